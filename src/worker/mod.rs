//! Brings accepted generations forward: claims them one by one where there is a free place, and works on each in a thread
//! of its own until its end.
//!
//! What is to be done is in the records; a bell only says when to look. Whatever a worker does it does under a claim, and
//! records under the claim's number: one that was cut off or frozen changes nothing once another has claimed.

mod agree;
mod ending;
mod fault;
mod halt;
mod holder;
mod host;
mod janitor;
mod place;
mod sweep;
mod telling;
mod trouble;
mod work;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

pub use self::{fault::Fault, holder::Holder, host::host};
use self::{
    halt::{Halt, Why},
    trouble::Trouble,
};
use crate::{
    agents::{Models, Team},
    domain::{clock::Clock, id::GenerationId},
    packages::PackageRegistry,
    pipeline,
    process::{Cancel, Runner},
    queue::{Listener, Queue},
    storage::Storage,
    store::{self, Records},
    template::{self, Pack},
};

/// How often the records are looked into without a bell.
const SWEEP: Duration = Duration::from_secs(2);
/// How often is asked whether what is worked on here was cancelled by way of another process.
const CANCELS: Duration = Duration::from_millis(500);
/// Most generations that are asked for at once.
const CLAIMABLE: usize = 64;

/// What an operator decides about workers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Generations that are worked on at once.
    pub concurrency: usize,
    /// For how long a claim holds without a sign of life.
    pub lease: Duration,
    /// How long a step in flight may take to its end after the worker was told to stop.
    pub grace: Duration,
    /// Folder of the workspaces.
    pub workspaces: PathBuf,
    /// Folder of ZIPs on their way to the storage, where each process has a folder of its own.
    pub deliveries: PathBuf,
    /// Whether workspaces are kept in the storage, so that other hosts can go on.
    pub keeps_workspaces: bool,
    /// The pipeline's settings.
    pub pipeline: pipeline::Settings,
    /// For how long what ended is kept.
    pub retention: Retention,
    /// What is to go wrong on purpose.
    pub fault: Option<Fault>,
}

/// For how long what came to its end is kept; what is not named is kept until its owner deletes it.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Workspaces, after their generation ended.
    pub workspaces: Option<Duration>,
    /// Delivered ZIPs.
    pub artifacts: Option<Duration>,
    /// What commands wrote, in workspaces.
    pub logs: Option<Duration>,
    /// Events and messages.
    pub events: Option<Duration>,
    /// Most bytes of the workspaces on this host; those that ended first go first.
    pub workspace_bytes: Option<u64>,
    /// Most bytes of artifacts in the storage.
    pub artifact_bytes: Option<u64>,
    /// How often is looked for what is not kept any more.
    pub every: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            workspaces: None,
            artifacts: None,
            logs: None,
            events: None,
            workspace_bytes: None,
            artifact_bytes: None,
            every: Duration::from_secs(600),
        }
    }
}

/// What a worker reaches the world through.
#[derive(Clone)]
pub struct Ports {
    /// What was accepted.
    pub records: Records,
    /// Where results are kept.
    pub storage: Storage,
    /// Where bells come from.
    pub queue: Arc<Queue>,
    /// This process.
    pub holder: Arc<Holder>,
    /// What generations are made with.
    pub means: Arc<Means>,
    /// Hears of what was recorded of a generation; must not block.
    pub recorded: Arc<Recorded>,
}

/// Hears of what was recorded of a generation.
pub type Recorded = dyn Fn(&GenerationId) + Send + Sync;

/// Gives those who answer a generation's agents.
pub type ModelsOf = dyn Fn(&GenerationId) -> Box<dyn Models> + Send + Sync;

/// What generations are made with; all share it.
pub struct Means {
    /// Runs commands of generated projects.
    pub runner: Box<dyn Runner>,
    /// Tells about packages.
    pub registry: Box<dyn PackageRegistry>,
    /// Tells the time for durations.
    pub clock: Arc<dyn Clock>,
    /// Answers agents.
    pub models: Box<ModelsOf>,
    /// The agents.
    pub team: Team,
    packs: Mutex<HashMap<String, Arc<Pack>>>,
}

impl Means {
    /// What generations are made with.
    #[must_use]
    pub fn new(
        (runner, registry): (Box<dyn Runner>, Box<dyn PackageRegistry>),
        clock: Arc<dyn Clock>,
        models: Box<ModelsOf>,
        team: Team,
    ) -> Self {
        Self { runner, registry, clock, models, team, packs: Mutex::default() }
    }

    /// A template pack; all who use it share one.
    fn pack(&self, name: &str) -> Result<Arc<Pack>, template::Error> {
        let mut packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pack) = packs.get(name) {
            return Ok(Arc::clone(pack));
        }
        let pack = Arc::new(Pack::embedded(name)?);
        packs.insert(name.to_owned(), Arc::clone(&pack));
        Ok(pack)
    }
}

/// The workers of a process. Clones are the same.
#[derive(Clone)]
pub struct Workers(Arc<Shared>);

struct Shared {
    settings: Settings,
    ports: Ports,
    places: Arc<Semaphore>,
    nearby: Arc<Notify>,
    /// The claims that are worked on, by their numbers.
    running: Mutex<HashMap<(GenerationId, i64), Arc<Halt>>>,
}

impl Workers {
    /// Workers that have not begun.
    #[must_use]
    pub fn new(settings: Settings, ports: Ports) -> Self {
        let places = Arc::new(Semaphore::new(settings.concurrency));
        let nearby = ports.queue.nearby();
        Self(Arc::new(Shared { settings, ports, places, nearby, running: Mutex::default() }))
    }

    /// Works until `stop`; then no more is taken, and what is worked on is given back at the next recorded point. Returns
    /// within the grace, whatever is still worked on: it dies with the process, and loses nothing that was recorded.
    pub async fn run(&self, stop: &Cancel) {
        let mut works = JoinSet::new();
        let listener: Arc<dyn Listener> = Arc::new(self.clone());
        let mut janitor = JoinSet::new();
        let (cleaning, ended) = (self.clone(), stop.clone());
        janitor.spawn(async move { Box::pin(cleaning.clean(&ended)).await });
        let listening = self.0.ports.queue.listen(self.0.ports.holder.id(), listener, stop);
        tokio::select! {
            () = Box::pin(self.take_until(stop, &mut works)) => {}
            () = async { Box::pin(listening).await; std::future::pending().await } => {}
        }
        for halt in self.running().values() {
            halt.halt(Why::Shutdown);
        }
        let left = async {
            while janitor.join_next().await.is_some() {}
            while works.join_next().await.is_some() {}
        };
        if timeout(self.0.settings.grace, left).await.is_err() {
            tracing::warn!("{} generations did not come to a recorded point within the grace", self.running().len());
            works.detach_all();
        }
    }

    async fn take_until(&self, stop: &Cancel, works: &mut JoinSet<()>) {
        let mut sweep = interval(SWEEP);
        let mut cancels = interval(CANCELS);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        cancels.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = cancels.tick() => {
                    self.hear_cancels().await;
                    continue;
                }
                _ = sweep.tick() => self.sweep().await,
                () = self.0.nearby.notified() => self.hear_cancels().await,
                Some(_) = works.join_next() => {}
            }
            self.take(works).await;
        }
    }

    /// Claims what is to be had while there are places.
    async fn take(&self, works: &mut JoinSet<()>) {
        let shared = &self.0;
        loop {
            let free = shared.places.available_permits().min(CLAIMABLE);
            if free == 0 {
                return;
            }
            let found = match shared.ports.records.claimable(u32::try_from(free).unwrap_or(u32::MAX)).await {
                Ok(found) => found,
                Err(error) => return tracing::warn!("what is to be done could not be found out: {error}"),
            };
            let mut is_passed_over = false;
            for generation in &found {
                let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else { return };
                match shared.ports.records.claim(generation, shared.ports.holder.id(), shared.settings.lease).await {
                    Ok(Some(claim)) => {
                        (shared.ports.recorded)(generation);
                        let workers = self.clone();
                        works.spawn(async move {
                            Box::pin(workers.work(claim)).await;
                            drop(place);
                        });
                    }
                    // Another was faster.
                    Ok(None) => {}
                    // One that nobody can read keeps nobody from the others.
                    Err(error) if error.class() == store::Class::Permanent => {
                        tracing::error!(%generation, "it could not be claimed: {error}");
                        is_passed_over = true;
                    }
                    Err(error) => return tracing::warn!(%generation, "it could not be claimed: {error}"),
                }
            }
            if is_passed_over || found.len() < free {
                return;
            }
        }
    }

    /// No code runs under the lock that could panic half way.
    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<(GenerationId, i64), Arc<Halt>>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Workers {
    fn hear(&self, generation: GenerationId) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Who has no free place leaves the next bell to others. It ends with the process only.
            if let Ok(place) = self.0.places.acquire().await {
                drop(place);
            }
            tracing::trace!(%generation, "a bell was heard");
            self.0.nearby.notify_one();
        })
    }
}
