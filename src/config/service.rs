//! The section about the service: `[service]`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    api,
    domain::problem::Problem,
    network::AddressRule,
    pipeline,
    router::secret::SecretSettings,
    webhook,
    worker::{self, Retention},
};

use super::{
    Config, Error, ModelAccess, Overrides,
    environment::Environment,
    gateway::listen,
    model_access,
    section::{Found, Section},
};

/// Secrets of the service, by the names that they have in the environment or in the file with secrets.
pub(super) const SECRETS: [&str; 4] = [DATABASE_URL, QUEUE_URL, S3_ACCESS_KEY, S3_SECRET_KEY];
/// Address of the database, with its password.
pub const DATABASE_URL: &str = "SAMOKODER_DATABASE_URL";
/// Address of the queue, with its password.
pub const QUEUE_URL: &str = "SAMOKODER_QUEUE_URL";
/// Access key of the S3-compatible store.
pub const S3_ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";
/// Its secret.
pub const S3_SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// Names a fault on purpose in the environment; for tests.
const FAULT_VARIABLE: &str = "SAMOKODER_FAULT";
const WORKERS_MOST: u64 = 10_000;
const TASKS_MOST: u64 = 64;
/// Region of vendors that have none.
const REGION: &str = "us-east-1";

/// What the section says.
#[derive(Debug, Clone, Default)]
pub struct ServiceSection {
    listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    database: Option<Address>,
    queue: Option<Address>,
    storage: StorageSection,
    workers: Option<usize>,
    lease: Option<Duration>,
    grace: Option<Duration>,
    tasks_at_once: Option<usize>,
    allow_unsandboxed: bool,
    webhook_addresses: Option<AddressRule>,
    retention: Retention,
}

/// An address that may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address. Only for who connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Address {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[address]")
    }
}

/// Where results are kept, as it is written.
#[derive(Debug, Clone, Default)]
struct StorageSection {
    folder: Option<PathBuf>,
    s3: Option<S3>,
    keeps_workspaces: Option<bool>,
}

/// An S3-compatible store, but for its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// Bucket.
    pub bucket: String,
    /// Folder in it; empty for none.
    pub prefix: String,
    /// Address, where it is not Amazon's own.
    pub endpoint: Option<String>,
    /// Region.
    pub region: String,
    /// Whether the address may be plain HTTP.
    pub allow_http: bool,
}

/// Where results are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In a folder.
    Folder(PathBuf),
    /// In an S3-compatible store.
    S3(S3),
}

/// What the command line says about the service.
#[derive(Debug, Clone, Default)]
pub struct ServiceOverrides {
    /// The configuration file (`--config`).
    pub file: Option<PathBuf>,
    /// A price file (`--prices`).
    pub prices: Option<PathBuf>,
    /// Where to listen (`--listen`).
    pub listen: Option<SocketAddr>,
    /// Generations that are worked on at once (`--workers`).
    pub workers: Option<usize>,
    /// The data folder (`--data`).
    pub data: Option<PathBuf>,
    /// Whether generated code may run without a sandbox (`--allow-unsandboxed`).
    pub allow_unsandboxed: bool,
}

/// How the service is run.
#[derive(Debug, Clone)]
pub struct Service {
    /// Surroundings of the sandbox, the packages, and the pipeline.
    pub config: Config,
    /// The router's settings and keys.
    pub access: ModelAccess,
    /// Where the service's own secrets are: those of [`DATABASE_URL`] and its kin.
    pub secrets: SecretSettings,
    /// Folder of everything that the service keeps on this host.
    pub data: PathBuf,
    /// The database; `None` for a file in the data folder.
    pub database: Option<Address>,
    /// The queue; `None` for a file in the data folder.
    pub queue: Option<Address>,
    /// Where results are kept.
    pub storage: Storage,
    /// Settings of the workers.
    pub worker: worker::Settings,
    /// Settings of the API.
    pub api: api::service::Settings,
}

/// Reads the configuration file and the environment, under what the command line says.
///
/// # Errors
/// Everything that is wrong with the settings.
pub fn service(overrides: &ServiceOverrides) -> Result<Service, Error> {
    let models = Overrides { file: overrides.file.clone(), prices: overrides.prices.clone(), listen: None };
    let access = model_access(&models)?;
    let section = access.service.clone();
    let config = super::load(overrides.allow_unsandboxed || section.allow_unsandboxed)?;
    let data = match &overrides.data {
        Some(data) => config.current_folder.join(data),
        None => section.data.unwrap_or_else(|| config.state.join("service")),
    };
    // A configuration file that was named by a relative path gives relative ones.
    let data = config.current_folder.join(data);
    let in_folder =
        |folder: Option<PathBuf>| config.current_folder.join(folder.unwrap_or_else(|| data.join("storage")));
    let is_shared = section.storage.s3.is_some();
    let storage = match section.storage.s3 {
        Some(s3) => Storage::S3(s3),
        None => Storage::Folder(in_folder(section.storage.folder)),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let defaults = api::service::Settings::default();
    let grace = section.grace.unwrap_or(defaults.grace);
    let worker = worker::Settings {
        concurrency: overrides.workers.or(section.workers).unwrap_or(cores),
        lease: section.lease.unwrap_or(LEASE),
        grace,
        workspaces: data.join("workspaces"),
        deliveries: data.join("deliveries"),
        keeps_workspaces: section.storage.keeps_workspaces.unwrap_or(is_shared),
        pipeline: pipeline::Settings {
            tasks_at_once: section.tasks_at_once.unwrap_or(config.pipeline.tasks_at_once),
            ..config.pipeline.clone()
        },
        retention: section.retention.clone(),
        // Nobody's environment makes a release build fail.
        fault: Environment::of_process()
            .text(FAULT_VARIABLE)
            .filter(|_| cfg!(debug_assertions))
            .and_then(|fault| fault.parse().ok()),
    };
    let addresses = section.webhook_addresses.unwrap_or(defaults.webhooks.addresses);
    let listen = overrides.listen.or(section.listen).unwrap_or(defaults.listen);
    Ok(Service {
        secrets: access.secrets.clone(),
        access,
        database: section.database,
        queue: section.queue,
        storage,
        worker,
        api: api::service::Settings { listen, grace, webhooks: webhook::Settings { addresses }, ..defaults },
        config,
        data,
    })
}

/// For how long a claim holds without a sign of life, where nobody says: three signs may be missed.
const LEASE: Duration = Duration::from_secs(30);

/// Reads the section; relative paths start at the file's folder.
pub(super) fn read(top: &Section<'_, '_>, folder: &Path) -> ServiceSection {
    let Some(section) = top.section("service") else { return ServiceSection::default() };
    let count = |key, range| section.whole(key, range).and_then(|count| usize::try_from(count).ok());
    let path = |section: &Section<'_, '_>, key| section.text(key).map(|path| folder.join(path.value));
    let read = ServiceSection {
        listen: section.text("listen").and_then(|written| listen(&section, &written)).map(|found| found.value),
        data: path(&section, "data"),
        database: address(&section, "database", &["postgres", "postgresql"]),
        queue: address(&section, "queue", &["redis"]),
        storage: section.section("storage").map(|section| storage(section, path)).unwrap_or_default(),
        workers: count("workers", 0..=WORKERS_MOST),
        lease: section.seconds("lease_seconds"),
        grace: section.seconds("grace_seconds"),
        tasks_at_once: count("tasks_at_once", 1..=TASKS_MOST),
        allow_unsandboxed: section.flag("allow_unsandboxed").unwrap_or_default(),
        webhook_addresses: section.word("webhook_addresses", &ADDRESS_RULES),
        retention: section.section("retention").map(retention).unwrap_or_default(),
    };
    section.finish();
    read
}

const ADDRESS_RULES: [(&str, AddressRule); 2] = [("public", AddressRule::Public), ("any", AddressRule::Any)];
/// A hundred years.
const DAYS_MOST: u64 = 36_500;
/// What a 64-bit file system can hold.
const BYTES_MOST: u64 = i64::MAX as u64;

fn retention(section: Section<'_, '_>) -> Retention {
    // 0 says as much as nothing: kept.
    let some = |key, most| section.whole(key, 0..=most).filter(|number| *number > 0);
    let days = |key| some(key, DAYS_MOST).map(|days| Duration::from_secs(days * 24 * 60 * 60));
    let read = Retention {
        workspaces: days("workspace_days"),
        artifacts: days("artifact_days"),
        logs: days("log_days"),
        events: days("event_days"),
        workspace_bytes: some("workspace_bytes", BYTES_MOST),
        artifact_bytes: some("artifact_bytes", BYTES_MOST),
        every: section.seconds("every_seconds").unwrap_or(Retention::default().every),
    };
    section.finish();
    read
}

/// An address of one of some schemes. What was written is not repeated: it may hold a password.
fn address(section: &Section<'_, '_>, key: &'static str, schemes: &[&str]) -> Option<Address> {
    let Found { value, offset } = section.text(key)?;
    let is_known = reqwest::Url::parse(&value).is_ok_and(|url| schemes.contains(&url.scheme()));
    if !is_known {
        let known = schemes.iter().map(|scheme| format!("{scheme}://")).collect::<Vec<_>>().join(" or ");
        let problem = Problem::new("config_service_address_wrong", section.path_of(key)).with("known", known);
        section.note(offset, problem);
    }
    is_known.then_some(Address(value))
}

fn storage(
    section: Section<'_, '_>,
    path: impl Fn(&Section<'_, '_>, &'static str) -> Option<PathBuf>,
) -> StorageSection {
    let text = |key| section.text(key).map(|found| found.value);
    let folder = path(&section, "folder");
    let prefix = text("prefix").unwrap_or_default();
    let (endpoint, region) = (text("endpoint"), text("region").unwrap_or_else(|| REGION.to_owned()));
    let allow_http = section.flag("allow_http").unwrap_or_default();
    let s3 = text("bucket").map(|bucket| S3 { bucket, prefix, endpoint, region, allow_http });
    if folder.is_some() && s3.is_some() {
        section.note(section.offset(), Problem::new("config_storage_twice", section.path()));
    }
    let read = StorageSection { folder, s3, keeps_workspaces: section.flag("keep_workspaces") };
    section.finish();
    read
}
