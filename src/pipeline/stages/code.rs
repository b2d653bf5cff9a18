//! Writes the project: one section of the pack after the other, one commit each.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        blueprint::Blueprint,
        id::{CommitId, StepKey},
        stage::Stage,
    },
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
    },
    template::{Plan, Renderer, Section},
    workspace::Change,
};

/// Result of a step that commits; `None` when there was nothing to commit.
#[derive(Serialize, Deserialize)]
pub(super) struct Committed {
    pub(super) commit: Option<CommitId>,
}

impl StepResult for Committed {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

pub(crate) async fn run(context: &mut Context<'_>, blueprint: &Blueprint) -> Result<(), Interruption> {
    let sections = context.pack.manifest().sections.clone();
    context.begin_stage(Stage::Code, sections.len());
    let is_recorded = |section: &Section| context.recorded().get(&key(section)).is_some();
    let renderer = if sections.iter().all(is_recorded) { None } else { Some(Renderer::new(context.pack.clone())?) };
    let plan = renderer.as_ref().map(|renderer| renderer.plan(blueprint)).transpose()?;
    for section in &sections {
        let work = async |context: &mut Context<'_>| match &plan {
            Some(plan) => Ok(write(context, plan, section)?),
            None => Ok(Committed { commit: None }),
        };
        context.step(key(section), &section.title, work).await?;
    }
    if let Some(head) = context.workspace.head().cloned() {
        context.workspace.mark_pristine(&head)?;
    }
    context.end_stage(Stage::Code);
    Ok(())
}

fn key(section: &Section) -> StepKey {
    StepKey::new(Stage::Code, &section.id)
}

fn write(context: &mut Context<'_>, plan: &Plan<'_>, section: &Section) -> Result<Committed, Error> {
    let changes: Vec<Change> = plan
        .render(&section.id)?
        .into_iter()
        .map(|file| Change { path: file.path, content: Some(file.content), executable: file.executable })
        .collect();
    if changes.is_empty() {
        return Ok(Committed { commit: None });
    }
    let message = format!("{}\n\n{}", section.title, section.why);
    Ok(Committed { commit: Some(context.workspace.commit(&key(section), &message, &changes)?) })
}
