//! A service's API that runs, and what a client hears from it.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use futures::future::{BoxFuture, FutureExt as _};
use samokoder::{
    agents::{Models, NoModels},
    api::service::{self, News, NoWorkspace, Ports, Service, Settings, SettingsError, Workspaces, ensure_first_key},
    domain::{
        id::{GenerationId, HolderId},
        submission::Owner,
    },
    queue::Doorbell,
    storage::Storage,
    store::{Claim, Generation, Records},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

/// A spec that needs no model.
pub(super) const SPEC: &str = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n";
const YAML: &str = "application/yaml";

/// A bell that remembers whom it rang for.
#[derive(Default)]
pub(super) struct HeardBell(Mutex<Vec<GenerationId>>);

impl Doorbell for HeardBell {
    fn ring(&self, generation: &GenerationId) {
        self.0.lock().unwrap().push(generation.clone());
    }
}

/// Workspaces in a folder, by generation; one of its own for the word "panic".
pub(super) struct FolderOfWorkspaces(pub(super) PathBuf);

impl Workspaces for FolderOfWorkspaces {
    fn folder<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Option<PathBuf>, NoWorkspace>> {
        assert!(generation.name != "panic", "a test wants a panic");
        let folder = self.0.join(generation.id.to_string());
        async move { Ok(folder.is_dir().then_some(folder)) }.boxed()
    }
}

/// A service that runs; it ends when this is dropped.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) records: Records,
    pub(super) storage: Storage,
    pub(super) news: News,
    pub(super) bell: Arc<HeardBell>,
    client: reqwest::Client,
    /// The key that it printed at its first start.
    pub(super) key: String,
    pub(super) folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinSet<()>,
}

pub(super) async fn running() -> Running {
    start(Settings::default(), Arc::new(NoModels)).await
}

/// Why a service does not start with settings.
pub(super) async fn refused(settings: Settings) -> Option<SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let (ports, _) = ports(&folder, Arc::new(NoModels)).await;
    Service::new(ports, settings).err()
}

/// Records and storage in a folder, and who hears the bell.
async fn ports(folder: &TempDir, models: Arc<dyn Models>) -> (Ports, Arc<HeardBell>) {
    let bell = Arc::new(HeardBell::default());
    let ports = Ports {
        records: Records::open_file(&folder.path().join("records.db")).await.unwrap(),
        storage: Storage::in_folder(&folder.path().join("artifacts")).unwrap(),
        doorbell: Arc::clone(&bell) as _,
        workspaces: Arc::new(FolderOfWorkspaces(folder.path().join("workspaces"))),
        models,
        listed: Arc::from([]),
        news: News::default(),
    };
    (ports, bell)
}

pub(super) async fn start(settings: Settings, models: Arc<dyn Models>) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let (ports, bell) = ports(&folder, models).await;
    let key = ensure_first_key(&ports.records).await.unwrap().unwrap();
    serve((ports, bell), settings, (folder, key)).await
}

/// A service on the folder of one that was stopped.
pub(super) async fn restarted(folder: TempDir, key: String) -> Running {
    let ports = ports(&folder, Arc::new(NoModels)).await;
    assert_eq!(ensure_first_key(&ports.0.records).await.unwrap(), None, "a second first key was made");
    serve(ports, Settings::default(), (folder, key)).await
}

async fn serve(
    (ports, bell): (Ports, Arc<HeardBell>),
    settings: Settings,
    (folder, key): (TempDir, String),
) -> Running {
    let (records, storage, news) = (ports.records.clone(), ports.storage.clone(), ports.news.clone());
    let service = Service::new(ports, settings).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // There is one for the process; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (stop, stopped) = oneshot::channel();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        service::serve(listener, &service, async {
            // A test that ends without a word stops it too.
            let _ = stopped.await;
        })
        .await;
    });
    Running { address, records, storage, news, bell, client, key, folder, stop: Some(stop), serving }
}

impl Running {
    /// A request with the first key.
    pub(super) fn ask(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.ask_as(&self.key, method, path)
    }

    /// A request with a key.
    pub(super) fn ask_as(&self, key: &str, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.bare(method, path).bearer_auth(key)
    }

    /// A request without a key.
    pub(super) fn bare(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("http://{}{path}", self.address))
    }

    /// Hands a spec in.
    pub(super) fn submit(&self, spec: &str) -> reqwest::RequestBuilder {
        self.ask("POST", "/v1/generations").header("content-type", YAML).body(spec.to_owned())
    }

    /// Hands a spec in that is accepted, and gives its generation.
    pub(super) async fn accepted(&self) -> GenerationId {
        let reply = Reply::of(self.submit(SPEC)).await;
        assert_eq!(reply.status, 202, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// Asks with JSON.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        let request = self.ask("POST", path).header("content-type", "application/json");
        Reply::of(request.body(body.to_string())).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.ask("GET", path)).await
    }

    /// A key of another owner.
    pub(super) async fn stranger(&self) -> String {
        let mine = Reply::of(
            self.ask("POST", "/v1/keys").header("content-type", "application/json").body(r#"{"name":"moved"}"#),
        )
        .await;
        let made = mine.json();
        let database = rusqlite::Connection::open(self.folder.path().join("records.db")).unwrap();
        let moved = "update api_keys set tenant = 'others', owner = 'others' where id = ?1";
        assert_eq!(database.execute(moved, [made["id"].as_str().unwrap()]).unwrap(), 1);
        made["key"].as_str().unwrap().to_owned()
    }

    /// Works on a generation.
    pub(super) async fn claim(&self, id: &GenerationId) -> Claim {
        let lease = std::time::Duration::from_secs(60);
        self.records.claim(id, &HolderId::mint(), lease).await.unwrap().unwrap()
    }

    /// For whom the bell rang so far.
    pub(super) fn rung(&self) -> Vec<GenerationId> {
        self.bell.0.lock().unwrap().clone()
    }

    /// Whose the first key is.
    pub(super) fn owner() -> Owner {
        Owner { tenant: "default".to_owned(), owner: "default".to_owned() }
    }

    /// Stops it in order.
    pub(super) async fn stop(mut self) -> TempDir {
        let _ = self.stop.take().unwrap().send(());
        self.serving.join_next().await.unwrap().unwrap();
        self.records.close().await;
        self.folder
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Self { status, headers, body: answer.bytes().await.unwrap().to_vec() }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// It is an error of this status and kind, in the form that all have.
    #[track_caller]
    pub(super) fn assert_fault(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("/problems/{code}"), "{body}");
        assert!(!body["title"].as_str().unwrap().is_empty());
    }
}
