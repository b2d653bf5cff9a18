//! Decides what happens next: four stages, each a row of recorded steps.
//!
//! There is no resume mode. [`run`] replays the journal and does the next thing, whether the workspace is new, was left
//! by a killed process or is finished.

mod asking;
mod briefing;
mod change;
mod checkout;
mod contents;
mod context;
mod delivery;
mod dialogue;
mod import;
mod imports;
mod keeper;
mod listing;
mod merge;
mod order;
mod outline;
mod packages;
mod purse;
mod record;
mod report;
mod sandbox;
mod secrets;
mod snapshot;
mod stages;
mod wording;
mod writing;

use std::path::PathBuf;

pub use asking::AgentSpent;
pub use change::{Asked, Wish};
pub use context::EventSink;
pub use delivery::export;
pub use import::{Imported, Origin, Project, read_project};
pub use keeper::{KeepError, Keeper, NoKeeper};
pub use order::{Delivery, Entered, Order, Stand, begin, reopen};
pub use purse::Spent;
pub use report::{AddedPackage, ChangeRecord, Check, RefusedPackage, Report, report_path};
pub use stages::architect::{Estimate, check};

use asking::Asking;
use context::Context;
use packages::Packages;
use record::Record;

use crate::{
    agents::{self, Models, RoleName},
    artifact, bundle,
    domain::{
        clock::Clock,
        event::Event,
        generation::{PauseCause, State},
        id::CommitId,
    },
    journal,
    packages::PackageRegistry,
    process::{self, Cancel, Runner},
    template, workspace,
};

/// What the pipeline reaches the world through.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Runs commands of the generated project. Nothing is retried: a verdict is a verdict.
    pub runner: &'a dyn Runner,
    /// Tells about packages that agents want to add; what it told of one is asked once in a generation.
    pub registry: &'a dyn PackageRegistry,
    /// Answers the agents' questions; nobody is asked for a spec that needs no model.
    pub models: &'a dyn Models,
    /// Tells the time for durations; nothing of it reaches the artifact.
    pub clock: &'a dyn Clock,
    /// Hears what happens.
    pub events: &'a dyn EventSink,
    /// Says that the user wants the work to stop.
    pub stop: &'a Cancel,
    /// Keeps the workspace where it outlives this machine, where that is wanted.
    pub keeper: &'a dyn Keeper,
}

/// What of the operator's the verification uses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder in which package managers keep what they downloaded, across generations.
    pub cache: PathBuf,
    /// How many tasks agents work on at once; timing changes nothing but time.
    pub tasks_at_once: usize,
}

/// Tasks that agents work on at once where the operator does not say.
pub const TASKS_AT_ONCE: usize = 4;

/// Work could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workspace failed.
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The agents' folder cannot be used.
    #[error(transparent)]
    Agents(#[from] agents::Error),
    /// A template pack failed.
    #[error(transparent)]
    Template(#[from] template::Error),
    /// The artifact could not be written.
    #[error(transparent)]
    Artifact(#[from] artifact::Error),
    /// The sandbox itself failed; a command that fails is a verdict, not an error.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// Something recorded does not have the form that this version reads.
    #[error("the record `{what}` cannot be read: {source}; go on with the version that wrote it, or generate anew")]
    Recorded {
        /// Key of the step, or name of the file.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The workspace holds the work on another spec or pack.
    #[error(
        "the workspace {workspace} holds work on another spec or template pack; name another folder, or go on with \
         that work by `samokoder resume {workspace}`"
    )]
    OtherSpec {
        /// The workspace.
        workspace: String,
    },
    /// What is to be changed is not at its end.
    #[error(
        "the work in {workspace} has not come to its end, so that nothing can be changed yet; finish it by `samokoder \
         resume {workspace}` or, if it is a change, take it back by `samokoder abandon {workspace}`"
    )]
    Unfinished {
        /// The workspace.
        workspace: String,
    },
    /// No change is under way.
    #[error("no change is under way in the workspace {workspace}: there is nothing to take back")]
    NothingToAbandon {
        /// The workspace.
        workspace: String,
    },
    /// The workspace was left before the spec was in it.
    #[error("the workspace {workspace} was left before anything was recorded; start it anew by `samokoder generate`")]
    NothingToResume {
        /// The workspace.
        workspace: String,
    },
    /// There is no complete project to deliver.
    #[error("the workspace holds no complete project yet; finish it by `samokoder resume`")]
    NothingCommitted,
    /// A private file of the workspace is not the one that was recorded.
    #[error(
        "the workspace's file `{name}` is not the one that was recorded; restore it from a backup, or generate anew"
    )]
    Altered {
        /// Its name.
        name: String,
    },
    /// A folder or an archive of files is not taken.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// A key of the operator's is in the project or in its history.
    #[error(
        "secret_in_output: the project or its history holds a key that models are asked with, so that nothing is \
         delivered; make that key invalid at its provider, and generate anew without it in the spec"
    )]
    SecretInOutput,
    /// What was recorded could not be kept where it outlives this machine; nothing came of it.
    #[error("what was recorded could not be kept: {0}")]
    Kept(#[source] KeepError),
    /// A path of the product's own is refused.
    #[error(transparent)]
    Path(#[from] crate::domain::path::UnsafePath),
    /// A file outside the workspace, or a scratch file, could not be used.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Why a step did not come to its end.
#[derive(Debug)]
pub(crate) enum Interruption {
    /// The user stopped the work.
    Stopped,
    /// It cannot go on for now.
    Paused(Pause),
    /// A person is to say yes to the plan.
    AwaitingApproval {
        /// What the rest of the work will take.
        estimate: Option<Estimate>,
    },
    /// An agent without which nothing goes on came to no answer that can be used.
    GaveUp {
        /// Which.
        agent: RoleName,
        /// What was wrong with its last answer.
        reason: String,
    },
    /// It failed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Interruption {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Why the work cannot go on for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The cause to branch on.
    pub cause: PauseCause,
    /// What happened, and what to do.
    pub message: String,
}

/// How the work ended.
#[derive(Debug)]
pub enum Outcome {
    /// It came to its end.
    Finished(Box<Report>),
    /// The user stopped it at a recorded point.
    Stopped,
    /// It stopped by itself at a recorded point; it goes on when the cause is gone.
    Paused(Pause),
    /// It waits for a person's yes to the plan.
    AwaitingApproval {
        /// What the rest of the work will take.
        estimate: Option<Estimate>,
    },
    /// It ended without a project.
    GaveUp {
        /// Why.
        reason: String,
    },
}

/// Brings a generation forward until it ends or is stopped.
///
/// Every step's result is durable in the workspace's journal before anything acts on it; a recorded step is never done
/// again. The artifact has the same bytes for the same spec, pack and product version, whether verified or not.
///
/// # Errors
/// When the workspace, the journal, the pack or the disk fails. Nothing recorded is lost: run it again.
pub async fn run(entered: Entered, settings: &Settings, ports: Ports<'_>) -> Result<Outcome, Error> {
    Box::pin(go(entered, settings, ports, stages::test::Round::Current)).await
}

/// As [`run`], and runs the project's checks once more when they came to a verdict before.
///
/// # Errors
/// As for [`run`].
pub async fn verify(entered: Entered, settings: &Settings, ports: Ports<'_>) -> Result<Outcome, Error> {
    Box::pin(go(entered, settings, ports, stages::test::Round::New)).await
}

async fn go(
    entered: Entered,
    settings: &Settings,
    ports: Ports<'_>,
    round: stages::test::Round,
) -> Result<Outcome, Error> {
    let started = ports.clock.monotonic();
    let order::Entered { order, chapter, before, pack, team, workspace, approves, journal, recorded, .. } = entered;
    let record = Record::new(chapter, journal, recorded, ports.keeper);
    let asking = Asking::new(&record, ports, order.spec.limits.clone())?;
    let packages = Packages::new(&record, ports, settings, (&pack, &workspace), order.delivery.verify);
    let mut context = Context {
        order,
        before,
        pack,
        team,
        workspace,
        ports,
        record: &record,
        asking: &asking,
        packages: &packages,
        approves,
        parked: Vec::new(),
    };
    ports.events.emit(Event::GenerationStarted {
        generation: context.order.generation.clone(),
        project: context.order.spec.name.to_string(),
        workspace: context.workspace.path().display().to_string(),
        replayed_steps: record.len(),
    });
    for problem in context.order.ignored.clone().into_iter().chain(context.order.notices(&context.pack)) {
        ports.events.emit(Event::Notice { problem });
    }
    match stages::all(&mut context, settings, round).await {
        Ok(verification) => {
            let report = Box::pin(delivery::deliver(&mut context, verification)).await?;
            ended(&record, report.state)?;
            delivered(&record, &report)?;
            ports.events.emit(Event::GenerationFinished {
                state: report.state,
                artifact: Some(report.artifact.path.clone()),
                report: Some(report::report_path(report.artifact.path.as_ref()).display().to_string()),
                duration_ms: context.milliseconds_since(started),
            });
            Ok(Outcome::Finished(Box::new(report)))
        }
        Err(Interruption::Stopped) => Ok(Outcome::Stopped),
        Err(Interruption::Paused(pause)) => Ok(Outcome::Paused(pause)),
        Err(Interruption::AwaitingApproval { estimate }) => Ok(Outcome::AwaitingApproval { estimate }),
        Err(Interruption::GaveUp { agent, reason }) => {
            ended(&record, State::Failed)?;
            Ok(Outcome::GaveUp { reason: format!("the {agent} came to no answer that can be used: {reason}") })
        }
        Err(Interruption::Failed(error)) => Err(error),
    }
}

/// Records that a try ended without success. Other ends are not recorded: what was not verified may be verified later.
fn ended(record: &Record<'_>, state: State) -> Result<(), Error> {
    let key = record::end_key(record.chapter(), record.retries() + 1);
    if state != State::Failed || record.has(&key) { Ok(()) } else { record.put(&key, &Ended { state }) }
}

/// Records that a try delivered a project: what it delivered can be changed from then on.
fn delivered(record: &Record<'_>, report: &Report) -> Result<(), Error> {
    let key = record::delivered_key(record.chapter(), record.retries() + 1);
    if record.has(&key) { Ok(()) } else { record.put(&key, &Delivered { delivered: report.commit.clone() }) }
}

#[derive(serde::Serialize)]
struct Ended {
    state: State,
}

#[derive(serde::Serialize)]
struct Delivered {
    delivered: CommitId,
}

/// The state that a verification leads to.
pub(crate) fn state_of(checks: &[Check]) -> State {
    use crate::domain::generation::Verdict;
    let failed = checks.iter().any(|check| matches!(check.verdict, Verdict::Failed { .. }));
    let not_run = checks.is_empty() || checks.iter().any(|check| matches!(check.verdict, Verdict::NotRun { .. }));
    match (failed, not_run) {
        (true, _) => State::Failed,
        (false, true) => State::Unverified,
        (false, false) => State::Succeeded,
    }
}
