//! What is looked after from time to time: the dead, the retired, those that wake, those that are to be cancelled.

use std::{fs, io};

use super::{Workers, halt::Why, trouble::Trouble};
use crate::{queue::Doorbell as _, store};

impl Workers {
    /// Looks after all of it. What fails is tried again by the next sweep.
    pub(super) async fn sweep(&self) {
        if let Err(error) = self.release_dead().await {
            tracing::warn!("leases of dead workers could not be released: {error}");
        }
        match self.0.ports.records.retire().await {
            Ok(retired) => {
                for generation in retired {
                    tracing::error!(%generation, "retired: its workers died, or it was cancelled when its worker died");
                }
            }
            Err(error) => tracing::warn!("what nobody will claim could not be retired: {error}"),
        }
        match self.0.ports.records.wake().await {
            Ok(woken) => {
                let bell = self.0.ports.queue.bell();
                woken.iter().for_each(|generation| bell.ring(generation));
            }
            Err(error) => tracing::warn!("what waited long enough could not be woken: {error}"),
        }
        if let Err(error) = self.clear_deliveries() {
            tracing::warn!("what dead workers left of deliveries could not be removed: {error}");
        }
    }

    /// Removes what processes of this host that are dead had on its way to the storage.
    fn clear_deliveries(&self) -> io::Result<()> {
        let items = match fs::read_dir(&self.0.settings.deliveries) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            items => items?,
        };
        for item in items {
            let item = item?;
            let holder = item.file_name().to_str().and_then(|name| name.parse().ok());
            if holder.is_some_and(|holder| self.0.ports.holder.is_forgotten(&holder)) {
                fs::remove_dir_all(item.path())?;
            }
        }
        Ok(())
    }

    /// Ends the leases of processes of this host that are dead.
    async fn release_dead(&self) -> Result<(), Trouble> {
        let holder = &self.0.ports.holder;
        for dead in holder.dead().map_err(Trouble::Disk)? {
            let released = self.0.ports.records.release(&dead).await?;
            holder.forget(&dead);
            if released > 0 {
                tracing::info!(holder = %dead, released, "{released} generations of a dead worker are taken over");
            }
        }
        Ok(())
    }

    /// Stops what is worked on here and is to be cancelled.
    pub(super) async fn hear_cancels(&self) {
        if self.running().is_empty() {
            return;
        }
        let cancelled: Result<_, store::Error> = self.0.ports.records.cancel_wanted(self.0.ports.holder.id()).await;
        match cancelled {
            Ok(cancelled) => {
                for (claim, halt) in self.running().iter() {
                    if cancelled.contains(&claim.0) {
                        halt.halt(Why::Cancelled);
                    }
                }
            }
            Err(error) => tracing::warn!("what is to be cancelled could not be found out: {error}"),
        }
    }
}
