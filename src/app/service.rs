//! `samokoder serve` and `samokoder worker`.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use tokio::{net::TcpListener, task::JoinSet};

use super::{StopSignals, clock::MachineClock, language_models::RoutedModels, telemetry};
use crate::{
    agents::Team,
    api::{
        self,
        service::{KeptWorkspaces, News},
    },
    cli::{
        self,
        arguments::{Serve, ServiceOptions},
        exit,
    },
    config::{self, Address, Service, ServiceOverrides},
    domain::id::GenerationId,
    packages::NpmRegistry,
    process::{Cancel, Sandbox},
    queue::Queue,
    router::{Router, budget::InMemoryLedger, secret::SecretSource},
    storage::{S3Settings, Storage},
    store::Records,
    webhook::Deliverer,
    worker::{self, Holder, Means, Ports, Workers},
};

/// Serves the API and works, until it is told to stop.
pub(super) fn serve(command: &Serve) -> Result<u8> {
    start(&command.service, command.listen, Ways::Api)
}

/// Works until it is told to stop.
pub(super) fn work(command: &ServiceOptions) -> Result<u8> {
    start(command, None, Ways::WorkAlone)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    Api,
    WorkAlone,
}

fn start(options: &ServiceOptions, listen: Option<std::net::SocketAddr>, ways: Ways) -> Result<u8> {
    let overrides = ServiceOverrides {
        file: options.config.clone(),
        prices: options.prices.clone(),
        listen,
        workers: options.workers,
        data: options.data.clone(),
        allow_unsandboxed: options.allow_unsandboxed,
    };
    let service = match config::service(&overrides) {
        Ok(service) => service,
        Err(config::Error::Settings(problems)) => {
            cli::complain(&cli::problem_list(&problems));
            return Ok(exit::USAGE);
        }
        Err(error) => return Err(error.into()),
    };
    // It ends after all that is served, whose last traces it sends.
    let _telemetry = telemetry::start(&config::log())?;
    let runtime = super::serving_runtime()?;
    let ended = runtime.block_on(Box::pin(run(service, ways)));
    // A generation that did not come to a recorded point in time waits in its thread for nothing that is still to come.
    runtime.shutdown_background();
    ended
}

async fn run(service: Service, ways: Ways) -> Result<u8> {
    // Heard before anything is claimed.
    let signals = StopSignals::heard()?;
    std::fs::create_dir_all(&service.data)
        .with_context(|| format!("could not make the folder {}", service.data.display()))?;
    let secrets = service.secrets.clone().open()?;
    let records = Box::pin(records(&service, &secrets)).await?;
    let queue = Arc::new(queue(&service, &secrets).await?);
    let storage = storage(&service, &secrets).await?;
    let router = router(&service)?;
    let parts = Parts { service, records, storage, queue, router, news: News::default() };
    let stop = Cancel::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(signals.stop(stop.clone()));
    let (queue, pushed) = (Arc::clone(&parts.queue), stop.clone());
    tasks.spawn(async move { queue.push(&pushed).await });
    // Whichever cannot start ends the other in order.
    let working = async { parts.work(&stop).await.inspect_err(|_| stop.cancel()) };
    let serving = async {
        match ways {
            Ways::Api => parts.serve(&stop).await.inspect_err(|_| stop.cancel()),
            Ways::WorkAlone => Ok(()),
        }
    };
    let (worked, served) = tokio::join!(Box::pin(working), Box::pin(serving));
    parts.router.settled().await;
    parts.records.close().await;
    worked.and(served)?;
    tracing::info!("stopped");
    Ok(exit::VERIFIED)
}

/// What workers and the API share.
struct Parts {
    service: Service,
    records: Records,
    storage: Storage,
    queue: Arc<Queue>,
    router: Arc<Router>,
    news: News,
}

impl Parts {
    async fn work(&self, stop: &Cancel) -> Result<()> {
        let settings = self.service.worker.clone();
        if settings.concurrency == 0 {
            stop.cancelled().await;
            return Ok(());
        }
        let holder = Holder::begin(&self.service.data.join("holders")).context("could not make a holder's lock")?;
        let news = self.news.clone();
        let ports = Ports {
            records: self.records.clone(),
            storage: self.storage.clone(),
            queue: Arc::clone(&self.queue),
            holder: Arc::new(holder),
            means: Arc::new(means(&self.service, Arc::clone(&self.router)).await?),
            recorded: Arc::new(move |generation: &GenerationId| news.tell(generation)),
        };
        let count = settings.concurrency;
        tracing::info!(count, "working on up to {count} generations at once");
        Workers::new(settings, ports).run(stop).await;
        Ok(())
    }

    /// Workspaces of this host, and copies of those of others that are kept in the storage.
    fn workspaces(&self) -> KeptWorkspaces {
        let here = self.service.worker.workspaces.clone();
        KeptWorkspaces::new(here, self.service.data.join("brought"), self.storage.clone())
    }

    async fn serve(&self, stop: &Cancel) -> Result<()> {
        let settings = self.service.api.clone();
        let listen = settings.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("could not listen on {listen}"))?;
        let address = listener.local_addr().with_context(|| format!("could not listen on {listen}"))?;
        let ports = api::service::Ports {
            records: self.records.clone(),
            storage: self.storage.clone(),
            doorbell: Arc::new(self.queue.bell()),
            workspaces: Arc::new(self.workspaces()),
            models: Arc::new(RoutedModels::new(Arc::clone(&self.router), GenerationId::mint())),
            listed: super::models::listed(&self.service.access.router)?.into(),
            news: self.news.clone(),
        };
        let deliverer = Deliverer::new(self.records.clone(), &settings.webhooks, Arc::new(MachineClock::new()));
        let deliverer = deliverer.map_err(anyhow::Error::msg).context("could not make webhooks ready")?;
        let service = api::service::Service::new(ports, settings)?;
        if let Some(key) = api::service::ensure_first_key(&self.records).await? {
            cli::print(&format!("The first API key, shown this once:\n\n  {key}\n\n"));
        }
        tracing::info!(%address, "listening on http://{address}");
        let mut telling = JoinSet::new();
        let stopped = stop.clone();
        telling.spawn(async move { deliverer.run(&stopped).await });
        api::service::serve(listener, &service, stop.cancelled()).await;
        Ok(())
    }
}

pub(super) async fn secret(secrets: &dyn SecretSource, name: &str) -> Result<Option<Address>> {
    Ok(secrets.secret(name).await?.map(|secret| secret.expose().to_owned().into()))
}

pub(super) async fn records(service: &Service, secrets: &dyn SecretSource) -> Result<Records> {
    let address = secret(secrets, config::DATABASE_URL).await?.or_else(|| service.database.clone());
    Ok(match address {
        Some(address) => {
            let host = worker::host(&service.worker.workspaces).context("could not name this host's workspaces")?;
            Records::open_postgres(address.expose()).await?.seen_from(&host)
        }
        None => Records::open_file(&service.data.join("records.db")).await?,
    })
}

async fn queue(service: &Service, secrets: &dyn SecretSource) -> Result<Queue> {
    let address = secret(secrets, config::QUEUE_URL).await?.or_else(|| service.queue.clone());
    Ok(match address {
        Some(address) => Queue::in_redis(address.expose())?,
        None => Queue::in_file(&service.data.join("queue.db")).await?,
    })
}

pub(super) async fn storage(service: &Service, secrets: &dyn SecretSource) -> Result<Storage> {
    let s3 = match &service.storage {
        config::Storage::Folder(folder) => return Ok(Storage::in_folder(Path::new(folder))?),
        config::Storage::S3(s3) => s3.clone(),
    };
    let key = async |name: &str| {
        let found = secret(secrets, name).await?;
        found.with_context(|| {
            format!("the store {} needs the secret {name}: set it, or write it into the file", s3.bucket)
        })
    };
    let access_key = key(config::S3_ACCESS_KEY).await?.expose().to_owned();
    let secret_key = key(config::S3_SECRET_KEY).await?.expose().to_owned();
    let config::S3 { bucket, prefix, endpoint, region, allow_http } = s3.clone();
    Ok(Storage::in_s3(&S3Settings { bucket, prefix, endpoint, region, access_key, secret_key, allow_http })?)
}

/// One router for all: limits and the health of providers are the process's.
fn router(service: &Service) -> Result<Arc<Router>> {
    let access = service.access.clone();
    let ledger = Arc::new(InMemoryLedger::new(access.router.budgets.clone()));
    let secrets = Arc::new(access.secrets.open()?);
    Ok(Arc::new(Router::new(access.router, secrets, ledger, Arc::new(MachineClock::new()))?))
}

async fn means(service: &Service, router: Arc<Router>) -> Result<Means> {
    let config = &service.config;
    super::prepare(config)?;
    let tier = crate::process::best_tier(&config.process).await?;
    let runner = Box::new(Sandbox::new(config.process.clone(), tier));
    let registry = Box::new(NpmRegistry::new(config.packages.clone()));
    let models = Box::new(move |generation: &GenerationId| {
        Box::new(RoutedModels::new(Arc::clone(&router), generation.clone())) as Box<dyn crate::agents::Models>
    });
    Ok(Means::new((runner, registry), Arc::new(MachineClock::new()), models, Team::embedded()?))
}
