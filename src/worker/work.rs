//! The work on one claim.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Mutex, oneshot},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    Means, Workers, agree,
    ending::{self, Came},
    halt::{Halt, Why},
    place::{Place, StorageKeeper},
    telling::{Ears, tell},
    trouble::Trouble,
};
use crate::{
    pipeline::{self, Entered, EventSink as _, Keeper, NoKeeper, Ports},
    storage::{Keeping, Storage, is_checkpoint},
    store::{Claim, Class, End, Records, Renewal, Workspace},
};

/// Stack of a generation's thread. Only pages that were touched take memory; the main thread, which does the same work
/// for the command line, has as much.
const STACK_BYTES: usize = 8 * 1024 * 1024;
/// How long is waited for records that do not answer.
const AGAIN: Duration = Duration::from_secs(1);

impl Workers {
    /// Works on a claim until its end is recorded, or it is another's.
    pub(super) async fn work(&self, claim: Claim) {
        let key = (claim.generation.id.clone(), claim.epoch());
        let halt = Arc::new(Halt::default());
        self.running().insert(key.clone(), Arc::clone(&halt));
        let generation = &claim.generation.id;
        tracing::info!(%generation, epoch = claim.epoch(), "claimed");
        let mut renewing = JoinSet::new();
        renewing.spawn(renew(self.0.ports.records.clone(), claim.clone(), self.0.settings.lease, Arc::clone(&halt)));
        Box::pin(self.work_and_end(&claim, &halt)).await;
        self.running().remove(&key);
    }

    async fn work_and_end(&self, claim: &Claim, halt: &Arc<Halt>) {
        let records = &self.0.ports.records;
        let generation = &claim.generation.id;
        let ears = match Ears::of(records, claim, self.0.settings.fault.clone()).await {
            Ok(ears) => Arc::new(ears),
            // Its lease runs out, and somebody tries again.
            Err(error) => return tracing::warn!(%generation, "let go of: {error}"),
        };
        let mut telling = JoinSet::new();
        telling.spawn(tell(self.0.ports.clone(), claim.clone(), Arc::clone(&ears), Arc::clone(halt)));
        let (came, folder) = self.on_own_thread(claim, halt, &ears).await;
        if let Some(event) = ending::last_event(&came, claim) {
            ears.emit(event);
        }
        ears.close();
        // All that happened is recorded before the end is, so that who reads to the end has read all.
        while telling.join_next().await.is_some() {}
        let end = ending::end_of(came, halt.why(), claim, (&self.0.ports.storage, &folder)).await;
        if let Some(end) = end {
            record_end(records, claim, &end, halt).await;
            (self.0.ports.recorded)(generation);
        } else {
            tracing::warn!(%generation, epoch = claim.epoch(), "another works on it by now");
        }
        // What was on its way is kept by now, or is another's.
        let _ = std::fs::remove_dir_all(self.delivery(claim));
    }

    /// Runs the pipeline in a thread of its own: it computes, reads and writes between what it waits for.
    async fn on_own_thread(&self, claim: &Claim, halt: &Arc<Halt>, ears: &Arc<Ears>) -> (Came, PathBuf) {
        let bench = Bench {
            workers: self.clone(),
            claim: claim.clone(),
            halt: Arc::clone(halt),
            ears: Arc::clone(ears),
            runtime: Handle::current(),
        };
        let place = Place::new(&self.0.settings.workspaces, claim);
        let (done, came) = oneshot::channel();
        let name = format!("generation-{}", claim.generation.id);
        let started = thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(move || {
            // Nobody listens any more when the process ends.
            let _ = done.send(bench.bring_forward());
        });
        let folder = place.folder(&place.first());
        match started {
            Ok(_) => match came.await {
                Ok((came, folder)) => (came, folder),
                // The thread ended without an answer: by a panic, which the log has.
                Err(_) => (Err(Trouble::Panicked), folder),
            },
            Err(error) => (Err(Trouble::Disk(error)), folder),
        }
    }

    fn delivery(&self, claim: &Claim) -> PathBuf {
        let own = self.0.settings.deliveries.join(self.0.ports.holder.id().to_string());
        own.join(format!("{}.{}", claim.generation.id, claim.epoch()))
    }
}

/// What a generation's thread works with.
struct Bench {
    workers: Workers,
    claim: Claim,
    halt: Arc<Halt>,
    ears: Arc<Ears>,
    runtime: Handle,
}

impl Bench {
    /// Brings the generation forward; what came of it, and the folder that it was done in.
    fn bring_forward(&self) -> (Came, PathBuf) {
        let place = Place::new(&self.workers.0.settings.workspaces, &self.claim);
        let mut folder = place.folder(&place.first());
        let came = self.settle(&place, &mut folder).and_then(|(entered, keeping)| {
            let keeper = self.keeper(&folder, keeping);
            self.run(entered, &*keeper)
        });
        (came, folder)
    }

    fn run(&self, entered: Entered, keeper: &dyn Keeper) -> Came {
        let means: &Means = &self.workers.0.ports.means;
        let models = (means.models)(&self.claim.generation.id);
        let ports = Ports {
            runner: &*means.runner,
            registry: &*means.registry,
            models: &*models,
            clock: &*means.clock,
            events: &*self.ears,
            stop: self.halt.stop(),
            keeper,
        };
        Ok(self.runtime.block_on(pipeline::run(entered, &self.workers.0.settings.pipeline, ports))?)
    }

    fn keeper(&self, folder: &Path, keeping: Keeping) -> Box<dyn Keeper> {
        if !self.workers.0.settings.keeps_workspaces {
            return Box::new(NoKeeper);
        }
        let (records, storage) = (self.records().clone(), self.storage().clone());
        let keeping = Arc::new(Mutex::new(keeping));
        let (claim, folder, runtime) = (self.claim.clone(), folder.to_owned(), self.runtime.clone());
        Box::new(StorageKeeper { records, storage, claim, folder, keeping, runtime })
    }

    /// Enters the workspace, wherever it is or can be had.
    fn settle(&self, place: &Place, folder: &mut PathBuf) -> Result<(Entered, Keeping), Trouble> {
        std::fs::create_dir_all(&self.workers.0.settings.workspaces).map_err(Trouble::Disk)?;
        let kept = self.claim.generation.workspace.as_deref();
        let is_kept = self.workers.0.settings.keeps_workspaces;
        // What is decided now about keeping them may have been decided otherwise when it was begun.
        let (mut name, keeping) = match kept {
            Some(key) if is_checkpoint(key) => place.bring(self.storage(), key, &self.runtime)?,
            Some(name) => (name.to_owned(), Keeping::default()),
            None if is_kept => (place.own(), Keeping::default()),
            None => (place.first(), Keeping::default()),
        };
        *folder = place.folder(&name);
        let entered = match self.enter(folder) {
            // Whoever has it is frozen, or has not noticed yet that he lost it.
            Err(trouble) if trouble.is_locked() && self.claim.epoch() > 1 => {
                tracing::warn!(generation = %self.claim.generation.id, "another has the workspace still; a copy is made");
                name = place.copy(folder).map_err(Trouble::Disk)?;
                *folder = place.folder(&name);
                self.enter(folder)?
            }
            entered => entered?,
        };
        if !is_kept && kept != Some(name.as_str()) {
            let here = Workspace::Here(&name);
            let is_held = self.runtime.block_on(self.records().keep_workspace(&self.claim, &here))?;
            if !is_held {
                return Err(Trouble::Lost);
            }
        }
        if self.claim.epoch() > 1 {
            place.clear(&name).map_err(Trouble::Disk)?;
            self.storage().clear_unfinished(&self.claim.generation.id)?;
        }
        Ok((entered, keeping))
    }

    fn enter(&self, folder: &Path) -> Result<Entered, Trouble> {
        let delivery = self.workers.delivery(&self.claim);
        std::fs::create_dir_all(&delivery).map_err(Trouble::Disk)?;
        let artifact = delivery.join(format!("{}.zip", self.claim.generation.name));
        agree::enter(folder, &self.claim, &self.workers.0.ports.means, artifact)
    }

    fn records(&self) -> &Records {
        &self.workers.0.ports.records
    }

    fn storage(&self) -> &Storage {
        &self.workers.0.ports.storage
    }
}

/// Gives signs of life, and hears what is wanted. Who could give none for as long as a lease has lost his claim: another
/// may have it.
async fn renew(records: Records, claim: Claim, lease: Duration, halt: Arc<Halt>) {
    let generation = &claim.generation.id;
    let mut held_at = Instant::now();
    loop {
        sleep(lease / 3).await;
        let asked_at = Instant::now();
        let left = lease.saturating_sub(held_at.elapsed());
        match timeout(left, records.renew(&claim, lease)).await {
            Ok(Ok(Renewal::Held)) => held_at = asked_at,
            Ok(Ok(Renewal::CancelWanted)) => {
                held_at = asked_at;
                halt.halt(Why::Cancelled);
            }
            Ok(Ok(Renewal::Lost)) => return halt.halt(Why::Lost),
            Ok(Err(error)) => tracing::warn!(%generation, "a claim could not be renewed: {error}"),
            Err(_) => tracing::warn!(%generation, "a claim could not be renewed: the records do not answer"),
        }
        if held_at.elapsed() >= lease {
            tracing::warn!(%generation, "let go of, as nobody could be told that it is worked on");
            return halt.halt(Why::Lost);
        }
    }
}

/// Records the end of a claim, as soon as the records answer.
async fn record_end(records: &Records, claim: &Claim, end: &End, halt: &Halt) {
    let generation = &claim.generation.id;
    loop {
        match records.end(claim, end).await {
            Ok(true) => return tracing::info!(%generation, epoch = claim.epoch(), "{}", said(end)),
            Ok(false) => return tracing::warn!(%generation, epoch = claim.epoch(), "another works on it by now"),
            Err(error) if error.class() == Class::Permanent => {
                return tracing::error!(%generation, "its end could not be recorded: {error}");
            }
            Err(error) => tracing::warn!(%generation, "its end is recorded as soon as the records answer: {error}"),
        }
        if halt.why() == Some(Why::Lost) {
            return;
        }
        sleep(AGAIN).await;
    }
}

fn said(end: &End) -> &'static str {
    match end {
        End::Delivered { status, .. } | End::Stopped { status, .. } => status.name(),
        End::ChangeRefused { .. } => "a change is refused",
        End::GivenBack { .. } => "given back",
    }
}
