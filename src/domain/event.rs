//! The one event schema: for the terminal's `--json`, for event streams and for webhooks.

use serde::{Deserialize, Serialize};

use super::{
    generation::{PauseCause, State, Status, Verdict},
    id::{CommitId, GenerationId, StepKey},
    money::Usd,
    problem::Problem,
    stage::Stage,
    usage::Usage,
};

/// Version of the event schema; raised when a field changes its meaning or goes.
pub const EVENT_VERSION: u32 = 1;

/// Something that happened to a generation.
///
/// An input that is refused before a generation exists is an event too, so that a program that reads events needs no
/// second form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Work began, or went on.
    GenerationStarted {
        /// The generation.
        generation: GenerationId,
        /// The project's name.
        project: String,
        /// Where its workspace is.
        workspace: String,
        /// Recorded steps found in the workspace.
        replayed_steps: usize,
    },
    /// Something in the input was left out of account.
    Notice {
        /// What.
        problem: Problem,
    },
    /// A stage began.
    StageStarted {
        /// The stage.
        stage: Stage,
        /// How many steps it has, replayed ones counted.
        steps: usize,
    },
    /// A step began.
    StepStarted {
        /// The step.
        step: StepKey,
        /// For people.
        title: String,
    },
    /// A step's result is durable.
    StepFinished {
        /// The step.
        step: StepKey,
        /// The commit it made, when it made one.
        commit: Option<CommitId>,
        /// What became of a verification command.
        verdict: Option<Verdict>,
        /// It was recorded by an earlier run and not done again.
        replayed: bool,
        /// How long it took now, in milliseconds.
        duration_ms: u64,
    },
    /// A model answered an agent; the answer is durable.
    ModelAnswered {
        /// The step that asked.
        step: StepKey,
        /// The agent.
        agent: String,
        /// Who answered.
        provider: String,
        /// The model, as the provider names it.
        model: String,
        /// Tokens of all attempts.
        usage: Usage,
        /// Money of all attempts, in USD; none when nobody knows.
        cost: Option<Usd>,
        /// It was recorded by an earlier run and not asked again.
        replayed: bool,
        /// How long it took now, in milliseconds.
        duration_ms: u64,
    },
    /// A stage ended.
    StageFinished {
        /// The stage.
        stage: Stage,
    },
    /// The work ended.
    GenerationFinished {
        /// How.
        state: State,
        /// The ZIP, when one was written.
        artifact: Option<String>,
        /// The report beside it.
        report: Option<String>,
        /// How long the whole took, in milliseconds.
        duration_ms: u64,
    },
    /// The input is wrong; no work was started.
    Refused {
        /// Everything that is wrong with it.
        problems: Vec<Problem>,
    },
    /// The user stopped the work at a recorded point.
    Stopped {
        /// Its workspace, to be named in `samokoder resume`.
        workspace: String,
    },
    /// The work stopped by itself at a recorded point, and goes on when the cause is gone.
    Paused {
        /// The cause.
        cause: PauseCause,
        /// What happened, and what to do.
        message: String,
        /// Its workspace, to be named in `samokoder resume`.
        workspace: String,
    },
    /// The plan is made and waits for a person's yes.
    AwaitingApproval {
        /// Model calls that the rest of the work will take, as far as that can be told.
        calls: u64,
        /// Tokens that it will take.
        tokens: u64,
        /// Money that it will take, where the models have prices.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost: Option<Usd>,
        /// Its workspace, to be named in `samokoder approve`.
        workspace: String,
    },
    /// A generation that a service accepted moved in its life; durable with the move itself.
    StatusChanged {
        /// Where it is now.
        status: Status,
        /// Why, to branch on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The work could not go on; what is recorded is not lost.
    Broken {
        /// What happened, where, and what to do.
        message: String,
        /// Its workspace, when there is one.
        workspace: Option<String>,
    },
}

/// An event as it is written for programs: one JSON object a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`EVENT_VERSION`].
    pub version: u32,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
