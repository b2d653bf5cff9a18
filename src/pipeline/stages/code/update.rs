//! What a change makes of the files that the pack wrote: they are rendered anew and merged into the project.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        blueprint::{Blueprint, DataChange},
        id::{CommitId, StepKey},
        path::ProjectPath,
        stage::Stage,
    },
    pipeline::{
        Error, Interruption,
        change::Standing,
        context::{Context, StepResult},
        merge::{self, Conflict},
        snapshot::Snapshot,
        stages::{Drawing, analyze::Analysis, architect},
    },
    template::Renderer,
    workspace::Change,
};

/// The title of the step, and of its commit.
const TITLE: &str = "Bring the pack's files up to date";

/// The project after the pack wrote its part of a change.
pub(crate) struct Update {
    /// Every file.
    pub(crate) files: Snapshot,
    pub(crate) changes: Vec<Change>,
    pub(crate) conflicts: Vec<Conflict>,
}

/// What became of the pack's part of a change.
#[derive(Serialize, Deserialize)]
pub(crate) struct Updated {
    commit: Option<CommitId>,
    /// Files that stay as they were though the pack writes them differently now, and that no task mends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unmerged: Vec<ProjectPath>,
}

impl StepResult for Updated {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

/// Name of the step.
pub(crate) const STEP: &str = "pack";

/// Works the pack's part of a change out; nothing is written.
pub(crate) fn work_out(
    context: &Context<'_>,
    before: &Standing,
    blueprint: &Blueprint,
    analysis: &Analysis,
) -> Result<Update, Error> {
    let chapter = context.record.chapter();
    let is_ours = |key: &StepKey| chapter.within(key.as_str()).is_some();
    let commit = context.record.commit_before(is_ours).ok_or(Error::NothingCommitted)?;
    let ours = Snapshot::of(&context.workspace, &commit)?;
    let renderer = Renderer::new(context.pack.clone())?;
    let mut base =
        rendered(&renderer, &before.blueprint)?.with(&architect::standing_pages(&before.blueprint, &before.analysis)?);
    let mut theirs = rendered(&renderer, blueprint)?.with(&architect::standing_pages(blueprint, analysis)?);
    let mut changes = Vec::new();
    if let Some(data) = &context.pack.manifest().data {
        let kept: Vec<ProjectPath> = base.paths().filter(|path| data.keeps(path)).cloned().collect();
        if !kept.is_empty() {
            base = base.without(&kept);
            theirs = theirs.without(&kept);
            changes.extend(migration(context, &renderer, (before, blueprint), &ours)?);
        }
    }
    changes.extend(tests_of_withdrawn(context, analysis, &ours));
    let merged = merge::three_way(&base, &ours, &theirs)?;
    changes.extend(merged.changes);
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Update { files: ours.with(&changes), changes, conflicts: merged.conflicts })
}

fn rendered(renderer: &Renderer, blueprint: &Blueprint) -> Result<Snapshot, Error> {
    let plan = renderer.plan(blueprint)?;
    let mut files = Vec::new();
    for section in plan.sections() {
        let rendered = plan.render(&section.id)?.into_iter();
        files.extend(rendered.map(|file| Change {
            path: file.path,
            content: Some(file.content),
            executable: file.executable,
        }));
    }
    Ok(Snapshot::default().with(&files))
}

/// The migration that brings databases to the new tables, when they are other ones.
fn migration(
    context: &Context<'_>,
    renderer: &Renderer,
    (before, blueprint): (&Standing, &Blueprint),
    files: &Snapshot,
) -> Result<Option<Change>, Error> {
    // What loses data was allowed, or the change would not have begun.
    let (change, _) = DataChange::between(&before.blueprint, blueprint, true);
    let Some(data) = context.pack.manifest().data.as_ref().filter(|_| !change.is_empty()) else { return Ok(None) };
    let content = renderer.migration(&change)?;
    Ok(Some(Change { path: data.next(files.paths())?, content, executable: false }))
}

/// Tests of stories that hold no more.
fn tests_of_withdrawn(context: &Context<'_>, analysis: &Analysis, files: &Snapshot) -> Vec<Change> {
    let folder = context.pack.manifest().feature_tests_folder().to_owned();
    let prefixes: Vec<String> =
        analysis.withdrawn.iter().map(|id| format!("{folder}/{}-", id.to_lowercase())).collect();
    let is_withdrawn = |path: &&ProjectPath| prefixes.iter().any(|prefix| path.as_str().starts_with(prefix));
    let tests = files.paths().filter(is_withdrawn);
    tests.map(|path| Change { path: path.clone(), content: None, executable: false }).collect()
}

/// Commits the pack's part of a change.
pub(super) async fn write(
    context: &mut Context<'_>,
    before: &Standing,
    analysis: &Analysis,
    drawing: &Drawing,
) -> Result<(), Interruption> {
    let key = context.key(Stage::Code, STEP);
    context
        .step(key.clone(), TITLE, async |context| {
            let update = work_out(context, before, &drawing.blueprint, analysis)?;
            let is_mended = |conflict: &Conflict| {
                let tasks = drawing.planned.iter().flat_map(|planned| &planned.plan.tasks);
                tasks.flat_map(|task| &task.files).any(|file| file.path == conflict.path)
            };
            let unmerged = update.conflicts.iter().filter(|one| !is_mended(one)).map(|one| one.path.clone()).collect();
            if update.changes.is_empty() {
                return Ok(Updated { commit: None, unmerged });
            }
            let message = format!(
                "{TITLE}\n\nWhat follows from the changed spec is written anew; what was written by hand stays."
            );
            Ok(Updated { commit: Some(context.workspace.commit(&key, &message, &update.changes)?), unmerged })
        })
        .await?;
    let is_before_tasks =
        |step: &StepKey| *step == key || *step == context.record.key(Stage::Architect, architect::DOCUMENT);
    if let Some(commit) = context.record.commit_of_last(is_before_tasks) {
        context.workspace.mark_pristine(&commit)?;
    }
    Ok(())
}
