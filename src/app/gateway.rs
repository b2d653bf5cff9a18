//! `samokoder gateway`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;

use super::{StopSignals, clock::MachineClock, telemetry};
use crate::{
    api,
    cli::{self, arguments::Gateway, exit},
    config::{self, ModelAccess, Overrides},
    process::Cancel,
    router::{Router, budget::InMemoryLedger},
};

/// Serves until it is told to stop, or makes a key.
pub(super) fn gateway(command: &Gateway) -> Result<u8> {
    if let Some(name) = &command.new_key {
        return new_key(name);
    }
    let overrides = Overrides { file: command.config.clone(), prices: command.prices.clone(), listen: command.listen };
    let mut access = match config::model_access(&overrides) {
        Ok(access) => access,
        Err(config::Error::Settings(problems)) => {
            cli::complain(&cli::problem_list(&problems));
            return Ok(exit::USAGE);
        }
        Err(error) => return Err(error.into()),
    };
    // It ends after all that is served, whose last traces it sends.
    let telemetry = telemetry::start(&config::log())?;
    access.gateway.join_trace = telemetry.join();
    super::serving_runtime()?.block_on(serve(access))
}

fn new_key(name: &str) -> Result<u8> {
    let key = match api::gateway::new_key(name) {
        Ok(key) => key,
        Err(error @ api::gateway::NewKeyError::Name { .. }) => {
            cli::complain(&format!("error: {error}\n"));
            return Ok(exit::USAGE);
        }
        Err(error @ api::gateway::NewKeyError::Random { .. }) => return Err(error.into()),
    };
    cli::print(&format!(
        "The key, shown this once; give it to whoever is to ask:\n\n  {}\n\nThe gateway knows it by these lines in the \
         configuration file:\n\n{}",
        key.key, key.config
    ));
    Ok(exit::VERIFIED)
}

async fn serve(access: ModelAccess) -> Result<u8> {
    let listen = access.gateway.listen;
    let ledger = Arc::new(InMemoryLedger::new(access.router.budgets.clone()));
    let secrets = Arc::new(access.secrets.open()?);
    let router = Arc::new(Router::new(access.router, secrets, ledger, Arc::new(MachineClock::new()))?);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("could not listen on {listen}"))?;
    let address = listener.local_addr().with_context(|| format!("could not listen on {listen}"))?;
    let keys = access.gateway.keys.len();
    let signals = StopSignals::heard()?;
    tracing::info!(%address, keys, "listening on http://{address} for holders of {keys} keys");
    let stop = Cancel::new();
    let mut watchers = tokio::task::JoinSet::new();
    watchers.spawn(signals.stop(stop.clone()));
    let served =
        api::gateway::serve(listener, access.gateway, Arc::clone(&router), async move { stop.cancelled().await }).await;
    // What the last calls cost is counted and settled before the program ends.
    router.settled().await;
    served?;
    tracing::info!("stopped");
    Ok(exit::VERIFIED)
}
