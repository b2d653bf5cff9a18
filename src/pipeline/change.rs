//! A change of what a generation delivered: an order of its own, which goes through the same stages on top of the last
//! commit. Each change is a chapter of the workspace: its files and the keys of its steps begin with `change-<n>`.

use serde::{Deserialize, Serialize};

use super::{
    Delivery, Entered, Error,
    context::read_private_json,
    keeper::NoKeeper,
    order,
    record::{self, Record},
    snapshot::Snapshot,
    stages::{
        analyze::{self, Analysis},
        architect,
    },
};
use crate::{
    agents::Team,
    domain::{
        blueprint::{self, Blueprint, DataChange},
        id::{Chapter, CommitId, StepKey},
        problem::Problem,
        spec::{Attachment, Feature, Spec},
    },
    journal::Replay,
    spec,
    workspace::Workspace,
};

/// What is to change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// In the user's words; empty when a new spec says all.
    pub words: String,
    /// Texts that the words refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Whether rows may be lost where the new data model has no place for them.
    #[serde(default)]
    pub drops_data: bool,
}

/// What a chapter came to.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) analysis: Analysis,
    pub(crate) blueprint: Blueprint,
}

impl Standing {
    /// Reads what a chapter recorded; `first_spec` is what the generation began with.
    pub(super) fn read(
        workspace: &Workspace,
        recorded: &Replay,
        chapter: Chapter,
        first_spec: &Spec,
    ) -> Result<Self, Error> {
        let analysis = analysis_of(workspace, recorded, chapter, first_spec)?;
        let digest = architect::recorded_digest(recorded, chapter)?.ok_or(Error::NothingCommitted)?;
        let blueprint = read_private_json(workspace, chapter.named(architect::BLUEPRINT_FILE), &digest)?;
        Ok(Self { analysis, blueprint })
    }
}

/// What the analysis of a chapter came to; `first_spec` is what the generation began with.
pub(super) fn analysis_of(
    workspace: &Workspace,
    recorded: &Replay,
    chapter: Chapter,
    first_spec: &Spec,
) -> Result<Analysis, Error> {
    match analyze::recorded_digest(recorded, chapter)? {
        Some(digest) => read_private_json(workspace, chapter.named(analyze::ANALYSIS_FILE), &digest),
        None => Ok(Analysis::of_structure(first_spec.clone())),
    }
}

/// A change as it is asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The new spec, whole; `None` when words say what changes.
    pub spec: Option<Spec>,
    /// What the new spec's file had that has no meaning here.
    pub ignored: Vec<Problem>,
    /// What is to change.
    pub asked: Asked,
}

/// A change that was taken back.
#[derive(Serialize)]
struct Abandoned {
    commit: Option<CommitId>,
}

impl Entered {
    fn standing(&self) -> Result<Standing, Error> {
        if !record::is_delivered(&self.recorded, self.chapter) {
            return Err(Error::Unfinished { workspace: self.workspace_path().display().to_string() });
        }
        Standing::read(&self.workspace, &self.recorded, self.chapter, &self.order.spec)
    }

    /// Begins a change of what the workspace delivered. It is durable on return, so that it can be resumed; with problems
    /// nothing is begun. The change that is at work already is entered again.
    ///
    /// # Errors
    /// [`Error::Unfinished`] when the work before is not at its end; else when the workspace fails.
    pub fn change(
        self,
        wish: Wish,
        delivery: Delivery,
        team: Option<Team>,
    ) -> Result<Result<Self, Vec<Problem>>, Error> {
        if self.is_at_work_on(&wish) {
            let mut entered = self;
            entered.order.delivery = delivery;
            return Ok(Ok(entered));
        }
        let before = self.standing()?;
        let Wish { spec, ignored, asked } = wish;
        let spec = match spec {
            Some(spec) => match self.changed_spec(spec, &before, asked.drops_data) {
                Ok(spec) => spec,
                Err(problems) => return Ok(Err(problems)),
            },
            None => with_words(before.analysis.spec.clone(), &asked),
        };
        let digest = spec::digest(&spec);
        let mut order = self.order.follow(spec, digest, ignored, delivery);
        order.change = Some(asked);
        let chapter = self.last.next();
        let entered = Self { chapter, last: chapter, before: Some(before), ..self };
        order::begin_chapter(entered, order, team).map(Ok)
    }

    /// Takes a change back that has not come to its end, and gives its number: the files are again what was delivered before
    /// it, by a commit on top of those that it made, and the next change follows on that. Durable on return; what the change
    /// was, and what it cost, stays recorded.
    ///
    /// # Errors
    /// [`Error::NothingToAbandon`] when no change is under way; else when the workspace or the journal fails.
    pub fn abandon(self) -> Result<u32, Error> {
        let Self { chapter, mut workspace, journal, recorded, .. } = self;
        if chapter == Chapter::FIRST || record::is_delivered(&recorded, chapter) {
            return Err(Error::NothingToAbandon { workspace: workspace.path().display().to_string() });
        }
        let record = Record::new(chapter, journal, recorded, &NoKeeper);
        workspace.settle(record.last_commit().as_ref())?;
        let is_its = |key: &StepKey| chapter.within(key.as_str()).is_some();
        let delivered = record.commit_before(is_its).ok_or(Error::NothingCommitted)?;
        let present = workspace.head().cloned().ok_or(Error::NothingCommitted)?;
        let delivered = Snapshot::of(&workspace, &delivered)?;
        let changes = delivered.changes_since(&Snapshot::of(&workspace, &present)?);
        let key = record::abandoned_key(chapter);
        let message = format!("Take change {} back\n\nThe files are as they were delivered before it.", chapter.0);
        let commit = if changes.is_empty() { None } else { Some(workspace.commit(&key, &message, &changes)?) };
        record.put(&key, &Abandoned { commit })?;
        Ok(chapter.0)
    }

    /// Whether the last chapter is this change and has not come to its end.
    fn is_at_work_on(&self, wish: &Wish) -> bool {
        let is_same_spec = match &wish.spec {
            Some(spec) => spec::digest(spec) == self.order.spec_digest,
            None => true,
        };
        self.order.change.as_ref() == Some(&wish.asked)
            && is_same_spec
            && !record::is_delivered(&self.recorded, self.chapter)
    }

    /// A new spec, once nothing stands in its way.
    fn changed_spec(&self, spec: Spec, before: &Standing, drops_data: bool) -> Result<Spec, Vec<Problem>> {
        let known = &before.analysis.spec;
        let says_nothing = !spec.needs_model() && spec.attachments.is_empty();
        let words = |spec: &Spec| (spec.prose.clone(), spec.features.clone(), spec.attachments.clone());
        if !says_nothing && words(&spec) != words(known) {
            return Err(vec![Problem::new("change_spec_words", "")]);
        }
        let (prose, features, attachments) = words(known);
        let spec = Spec { prose, features, attachments, ..spec };
        if spec == *known {
            return Err(vec![Problem::new("change_nothing", "")]);
        }
        let manifest = self.pack.manifest();
        if let Some(named) = spec.template.as_ref().filter(|named| **named != manifest.name) {
            let problem = Problem::new("change_of_template", "template").with("known", &manifest.name);
            return Err(vec![problem.with("named", named)]);
        }
        let (after, mut problems) = blueprint::derive(&spec, &manifest.facts());
        if problems.is_empty() && manifest.data.is_some() {
            problems.extend(DataChange::between(&before.blueprint, &after, drops_data).1);
        }
        if problems.is_empty() { Ok(spec) } else { Err(problems) }
    }
}

/// The same spec with what is asked of it now.
fn with_words(spec: Spec, asked: &Asked) -> Spec {
    let mut spec = spec;
    spec.features.push(Feature { description: asked.words.clone() });
    spec
}
