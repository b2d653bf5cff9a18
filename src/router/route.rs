//! Routes: who could answer, in which order, and why.

use std::time::Duration;

use serde::Serialize;

use super::call::Strategy;

/// A route that was not taken into account, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The route, `provider/model`.
    pub route: String,
    /// Why not, for the operator: it may name settings.
    pub reason: String,
    /// The same for whoever asks.
    #[serde(skip)]
    pub for_caller: String,
    /// What would have to change.
    pub kind: RefusalKind,
    /// How long to wait until this is no reason any more; none when waiting does not help.
    #[serde(skip)]
    pub wait: Option<Duration>,
}

/// What would have to change for a route to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The question: the route cannot do what it asks.
    Request,
    /// The settings: a key or a price is missing, or the key is no good.
    Settings,
    /// What the call may cost.
    Budget,
    /// Time has to pass.
    Time,
}

/// Why a call goes where it goes. Can be asked for, and is logged.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// What was asked for.
    pub asked: String,
    /// How candidates were ordered.
    pub strategy: Strategy,
    /// Candidates, best first.
    pub candidates: Vec<CandidateScore>,
    /// The rest.
    pub refused: Vec<Refusal>,
}

/// A candidate and what put it where it stands.
#[derive(Debug, Clone, Serialize)]
pub struct CandidateScore {
    /// The route, `provider/model`.
    pub route: String,
    /// For people: the figures that decided, with their units.
    pub because: String,
}
