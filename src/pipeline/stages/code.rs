//! Writes the project: one section of the pack after the other, one commit each.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        blueprint::Blueprint,
        id::{CommitId, StepKey},
        stage::Stage,
    },
    pipeline::{
        Interruption,
        context::{Context, StepResult},
    },
    template::Renderer,
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
    let mut renderer = None;
    for section in &sections {
        let key = StepKey::new(Stage::Code, &section.id);
        context
            .step(key.clone(), &section.title, async |context| {
                let renderer = match &renderer {
                    Some(renderer) => renderer,
                    None => renderer.insert(Renderer::new(&context.pack, blueprint)?),
                };
                let changes: Vec<Change> = renderer
                    .render(&section.id)?
                    .into_iter()
                    .map(|file| Change { path: file.path, content: Some(file.content), executable: file.executable })
                    .collect();
                if changes.is_empty() {
                    return Ok(Committed { commit: None });
                }
                let message = format!("{}\n\n{}", section.title, section.why);
                Ok(Committed { commit: Some(context.workspace.commit(&key, &message, &changes)?) })
            })
            .await?;
    }
    if let Some(head) = context.workspace.head().cloned() {
        context.workspace.mark_pristine(&head)?;
    }
    context.end_stage(Stage::Code);
    Ok(())
}
