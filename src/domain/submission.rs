//! What was handed in to a service: the order for a generation, and what is wanted of it since.

use serde::{Deserialize, Serialize};

use super::{
    generation::Status,
    id::{GenerationId, ProjectId},
    problem::Problem,
    spec::{Attachment, Limits, Spec},
};

/// Whose something is. Taken from the key that was shown, never from what a request says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The tenant: nothing is shared between two.
    pub tenant: String,
    /// Who within the tenant.
    pub owner: String,
}

/// An order for a generation, accepted or about to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Identity of the generation.
    pub generation: GenerationId,
    /// The project that it belongs to; `None` makes one, named as the spec says.
    pub project: Option<ProjectId>,
    /// The spec in its normal form, attachments included.
    pub spec: Spec,
    /// What the spec's text had that has no meaning here.
    pub ignored: Vec<Problem>,
    /// Template pack that writes the project.
    pub template: String,
    /// Whether the project is built and tested.
    pub verify: bool,
    /// Whether the ZIP holds the git history.
    pub with_history: bool,
    /// Higher goes first.
    pub priority: i32,
    /// Who is told when it ends.
    pub webhook: Option<Webhook>,
}

/// The small part of a submission, for those who look at a generation and do not work on it: a spec may have megabytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Template pack that writes the project.
    pub template: String,
    /// Whether the project is built and tested.
    pub verify: bool,
    /// Whether the ZIP holds the git history.
    pub with_history: bool,
    /// Higher goes first.
    pub priority: i32,
    /// Limits of the spec.
    pub limits: Limits,
}

impl Submission {
    /// The small part of it.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            template: self.template.clone(),
            verify: self.verify,
            with_history: self.with_history,
            priority: self.priority,
            limits: self.spec.limits.clone(),
        }
    }
}

/// Who is told when a generation comes to an end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Address that the event is posted to.
    pub url: String,
    /// What the deliveries are signed with.
    pub secret: String,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What is wanted of a generation beyond its submission. It is a state, not a message: whoever brings the generation forward
/// makes the workspace agree with it, however often that was begun before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Limits that go before those of the spec.
    pub limits: Limits,
    /// How often the last chapter is to have been tried anew after it ended without success.
    pub retries: u32,
    /// Whether the plan of the last chapter is approved.
    pub approved: bool,
    /// The changes, oldest first: the chapters 1, 2, ...
    pub changes: Vec<Change>,
    /// What the generation was before the last change was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

impl Wanted {
    /// The same without the changes from one on, none of which was begun, and the status before they were asked for.
    #[must_use]
    pub fn without_changes_from(&self, begun: usize) -> (Self, Status) {
        let changes = self.changes.iter().take(begun).cloned().collect();
        let Before { status, retries, approved } =
            self.before.unwrap_or(Before { status: Status::Failed, retries: self.retries, approved: self.approved });
        (Self { limits: self.limits.clone(), retries, approved, changes, before: None }, status)
    }
}

/// What a generation was when a change was asked for, and is again should the change be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Where it was in its life.
    pub status: Status,
    /// How often the chapter before was to have been tried anew.
    pub retries: u32,
    /// Whether its plan was approved.
    pub approved: bool,
}

/// What is to change of what a generation delivered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// In the user's words; empty when a new spec says all.
    pub words: String,
    /// Texts that the words refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The new spec, whole; `None` when words say what changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<Spec>,
    /// What the new spec's text had that has no meaning here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Problem>,
    /// Whether rows may be lost where the new data model has no place for them.
    #[serde(default)]
    pub drops_data: bool,
}
