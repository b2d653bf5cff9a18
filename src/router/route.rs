//! Routes: who could answer, in which order, and why.

use serde::Serialize;

use super::call::Strategy;

/// A route that was not taken into account, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The route, `provider/model`.
    pub route: String,
    /// Why not, for people.
    pub reason: String,
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
