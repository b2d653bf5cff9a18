//! Builds the adapters, wires them to the pipeline, and runs one command.

mod change;
mod client;
mod clock;
mod gateway;
mod import;
mod inspect;
mod language_models;
mod models;
mod service;
mod telemetry;
mod unasked;
mod upkeep;
mod work;

use anyhow::{Context as _, Result};
use nix::sys::resource::{Resource, setrlimit};
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::{
    cli::{Arguments, Command, exit},
    config::{self, Config},
    process::{self, Cancel, Tier},
};

/// Runs a command and gives the exit code.
///
/// # Errors
/// When the command could not do its work; the message says what happened and what to do.
pub fn run(arguments: Arguments) -> Result<u8> {
    no_core_file()?;
    match arguments.command {
        Command::Generate(command) => work::generate(&command),
        Command::Resume(command) => work::resume(&command),
        Command::Approve(command) => work::approve(&command),
        Command::Change(command) => change::change(&command),
        Command::Abandon(command) => change::abandon(&command),
        Command::Import(command) => import::import(&command),
        Command::Verify(command) => work::verify(&command),
        Command::Export(command) => work::export(&command),
        Command::Templates { json } => inspect::templates(json),
        Command::Schema => inspect::schema(),
        Command::Init { file } => inspect::init(&file),
        Command::Doctor { json } => inspect::doctor(&config::load(false)?, json),
        Command::Gateway(command) => gateway::gateway(&command),
        Command::Submit(command) => client::submit(&command),
        Command::Watch(command) => client::watch(&command),
        Command::Download(command) => client::download(&command),
        Command::List(command) => client::list(&command),
        Command::Cancel(command) => client::cancel(&command),
        Command::Serve(command) => service::serve(&command),
        Command::Worker(command) => service::work(&command),
        Command::Backup(command) => upkeep::backup(&command),
        Command::Restore(command) => upkeep::restore(&command),
        Command::Adopt(command) => upkeep::adopt(&command),
        Command::Models(command) => models::list(&command),
        Command::Completions { shell } => Ok(inspect::completions(shell)),
    }
    .inspect(|code| debug_assert!([0, 1, 2, 3, exit::PAUSED, exit::STOPPED].contains(code)))
}

/// Keys of providers are in this process's memory, and a core file would keep them (setrlimit(2), core(5)).
fn no_core_file() -> Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0).context("could not forbid core files, in which keys would be kept")
}

/// Threads for waiting: the work itself is done by the thread that called.
fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Threads for serving: one for each core.
fn serving_runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// The signals that ask this process to stop (SIGINT, SIGTERM), heard from the moment this is made.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Hears them, within a runtime; from then on they end the process no more by themselves.
    fn heard() -> Result<Self> {
        let hear = |kind| signal(kind).context("could not listen for the signals that ask to stop");
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Stops the work at the first one.
    async fn stop(mut self, work: Cancel) {
        self.next().await;
        work.cancel();
    }

    /// As [`stop`](Self::stop); a second one ends the process at once, as a kill would: what is recorded stays.
    #[expect(clippy::disallowed_methods, reason = "whoever asks twice wants no more clean ends")]
    async fn stop_or_end(mut self, work: Cancel) {
        self.next().await;
        work.cancel();
        self.next().await;
        std::process::exit(i32::from(exit::STOPPED));
    }
}

/// The best sandbox of this machine.
fn best_tier(runtime: &Runtime, config: &Config) -> Result<Tier> {
    prepare(config)?;
    Ok(runtime.block_on(process::best_tier(&config.process))?)
}

/// Makes the folder that sandboxes are tried in.
fn prepare(config: &Config) -> Result<()> {
    let folder = &config.process.scratch;
    std::fs::create_dir_all(folder).with_context(|| format!("could not make the folder {}", folder.display()))
}
