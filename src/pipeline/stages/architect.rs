//! Decides every name, table, route and example value, and writes the decisions into the project.

use serde::{Deserialize, Serialize};

use super::code::Committed;
use crate::{
    domain::{
        blueprint::{self, Blueprint},
        digest::Digest,
        id::StepKey,
        path::ProjectPath,
        problem::Problem,
        spec::Spec,
        stage::Stage,
    },
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
    },
    template::Pack,
    workspace::Change,
};

/// Private file of the workspace that holds the blueprint: an upgrade of the product never changes one in progress.
const BLUEPRINT_FILE: &str = "blueprint.json";
/// Where the project's own description of its architecture stands.
const PAGE_PATH: &str = "docs/architecture.md";

#[derive(Serialize, Deserialize)]
struct Drawn {
    blueprint_digest: Digest,
}

impl StepResult for Drawn {}

/// What stands between a spec and its blueprint, before any work starts.
#[must_use]
pub fn check(spec: &Spec, pack: &Pack) -> Vec<Problem> {
    blueprint::derive(spec, &pack.manifest().facts()).1
}

pub(crate) async fn run(context: &mut Context<'_>) -> Result<Blueprint, Interruption> {
    context.begin_stage(Stage::Architect, 2);
    let mut drawn = None;
    let recorded = context
        .step(StepKey::new(Stage::Architect, "blueprint"), "Draw the blueprint", async |context| {
            let (blueprint, _) = blueprint::derive(&context.order.spec, &context.pack.manifest().facts());
            let bytes = serde_json::to_vec(&blueprint)
                .map_err(|source| Error::Recorded { what: BLUEPRINT_FILE.to_owned(), source })?;
            context.workspace.write_private(BLUEPRINT_FILE, &bytes)?;
            drawn = Some(blueprint);
            Ok(Drawn { blueprint_digest: Digest::of(&bytes) })
        })
        .await?;
    let blueprint = match drawn {
        Some(blueprint) => blueprint,
        None => read(context, &recorded.blueprint_digest)?,
    };
    context
        .step(StepKey::new(Stage::Architect, "document"), "Describe the architecture", async |context| {
            let page = Change {
                path: ProjectPath::parse(PAGE_PATH)?,
                content: Some(blueprint::architecture_page(&blueprint).into_bytes()),
                executable: false,
            };
            let message = "Describe the architecture\n\n\
                The data model, the routes and the decisions behind them come first: every\n\
                later commit follows from this page.";
            let step = StepKey::new(Stage::Architect, "document");
            Ok(Committed { commit: Some(context.workspace.commit(&step, message, &[page])?) })
        })
        .await?;
    context.end_stage(Stage::Architect);
    Ok(blueprint)
}

fn read(context: &Context<'_>, digest: &Digest) -> Result<Blueprint, Interruption> {
    let bytes = context.workspace.read_private(BLUEPRINT_FILE)?.unwrap_or_default();
    if Digest::of(&bytes) != *digest {
        return Err(Error::Altered { name: BLUEPRINT_FILE }.into());
    }
    let blueprint =
        serde_json::from_slice(&bytes).map_err(|source| Error::Recorded { what: BLUEPRINT_FILE.to_owned(), source })?;
    Ok(blueprint)
}
