//! The service's API: specs are handed in, followed while they become projects, and the projects are fetched.
//!
//! Nothing here works on a generation: what is asked for is recorded, and a bell is rung for whoever works.

mod answer;
mod artifact;
mod asked;
mod callers;
mod catalog;
mod changes;
mod codes;
mod differences;
mod drafts;
mod estimate;
mod events;
mod fault;
mod feed;
mod files;
mod generation_view;
mod generations;
mod guard;
mod idempotency;
mod key;
mod keys;
mod listed;
mod looks;
mod meters;
mod news;
mod openapi;
mod pages;
mod projects;
mod routes;
mod sent_spec;
mod server;
mod settings;
mod specs;
mod submit;
mod workspaces;

use std::sync::Arc;

use tokio::sync::watch;

use self::{callers::Callers, feed::Feeds, meters::Meters};
pub use self::{
    key::{KeyError, ensure_first_key},
    listed::ListedModel,
    news::News,
    server::serve,
    settings::{BODY_CAP_BYTES, CrossOrigin, Settings, SettingsError},
    workspaces::{KeptWorkspaces, NoWorkspace, Workspaces},
};
use crate::{agents::Models, api::bound::Bound, queue::Doorbell, storage::Storage, store::Records};

/// What the service's API needs of others.
#[derive(Clone)]
pub struct Ports {
    /// Where everything is recorded.
    pub records: Records,
    /// Where artifacts are kept.
    pub storage: Storage,
    /// Wakes whoever works.
    pub doorbell: Arc<dyn Doorbell>,
    /// Where workspaces can be looked at.
    pub workspaces: Arc<dyn Workspaces>,
    /// Says whether a model would answer, and for how much; nobody is asked anything.
    pub models: Arc<dyn Models>,
    /// The models that are configured, for people to look at.
    pub listed: Arc<[ListedModel]>,
    /// Hears of what workers in this process record.
    pub news: News,
}

/// The service's API. Clones share everything.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

/// What all requests share.
struct Shared {
    settings: Settings,
    ports: Ports,
    body_room: Arc<Bound>,
    callers: Callers,
    feeds: Feeds,
    meters: Meters,
    /// Whether streams of events are to end.
    is_ending: watch::Sender<bool>,
}

impl Service {
    /// Puts the API together.
    ///
    /// # Errors
    /// When the settings would let strangers in.
    pub fn new(ports: Ports, settings: Settings) -> Result<Self, SettingsError> {
        settings.cross_origin.check()?;
        let body_room = Bound::new(settings.total_body_bytes.max(settings.body_cap_bytes));
        let is_ending = watch::Sender::new(false);
        let callers = Callers::new(ports.records.clone());
        let feeds = Feeds::new(ports.records.clone(), ports.news.clone(), settings.poll_every);
        let meters = Meters::new();
        Ok(Self(Arc::new(Shared { settings, ports, body_room, callers, feeds, meters, is_ending })))
    }

    /// The routes.
    pub fn app(&self) -> axum::Router {
        routes::app(&self.0)
    }

    /// Ends streams of events: their readers go on elsewhere, by the number of the last event.
    pub fn end_streams(&self) {
        self.0.is_ending.send_replace(true);
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Puts in order what nobody asks for.
    fn upkeep(&self) {
        self.0.meters.upkeep();
    }
}
