//! Decides every name, table, route and example value, and writes the decisions into the project; where stories go beyond
//! what the pack writes, has their design and their tasks drawn up too.

mod approval;
mod design;
mod estimate;
mod pages;

use serde::{Deserialize, Serialize};

pub(crate) use design::{Planned, tasks_of};
pub use estimate::Estimate;

use super::{analyze::Analysis, code::Committed};
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

/// What is to be written.
pub(crate) struct Drawing {
    pub(crate) blueprint: Blueprint,
    /// What agents are to write beyond the pack; none when the pack writes all.
    pub(crate) planned: Option<Planned>,
}

pub(crate) async fn run(context: &mut Context<'_>, analysis: &Analysis) -> Result<Drawing, Interruption> {
    let has_stories = !analysis.requirements.stories.is_empty();
    context.begin_stage(Stage::Architect, if has_stories { 4 } else { 2 });
    let blueprint = blueprint(context, &analysis.spec).await?;
    let planned = if has_stories { Some(design::draw(context, analysis, &blueprint).await?) } else { None };
    document(context, &blueprint, analysis, planned.as_ref()).await?;
    approval::wait(context, analysis, planned.as_ref()).await?;
    context.end_stage(Stage::Architect);
    Ok(Drawing { blueprint, planned })
}

async fn blueprint(context: &mut Context<'_>, spec: &Spec) -> Result<Blueprint, Interruption> {
    let mut drawn = None;
    let recorded = context
        .step(StepKey::new(Stage::Architect, "blueprint"), "Draw the blueprint", async |context| {
            let (blueprint, _) = blueprint::derive(spec, &context.pack.manifest().facts());
            let bytes = serde_json::to_vec(&blueprint)
                .map_err(|source| Error::Recorded { what: BLUEPRINT_FILE.to_owned(), source })?;
            context.workspace.write_private(BLUEPRINT_FILE, &bytes)?;
            drawn = Some(blueprint);
            Ok(Drawn { blueprint_digest: Digest::of(&bytes) })
        })
        .await?;
    match drawn {
        Some(blueprint) => Ok(blueprint),
        None => Ok(context.read_private_json(BLUEPRINT_FILE, &recorded.blueprint_digest)?),
    }
}

async fn document(
    context: &mut Context<'_>,
    blueprint: &Blueprint,
    analysis: &Analysis,
    planned: Option<&Planned>,
) -> Result<(), Interruption> {
    let step = StepKey::new(Stage::Architect, "document");
    context
        .step(step.clone(), "Describe the architecture", async |context| {
            let mut texts = vec![(PAGE_PATH, blueprint::architecture_page(blueprint))];
            if let Some(planned) = planned {
                texts.push(("docs/requirements.md", pages::requirements(&analysis.spec, &analysis.requirements)));
                texts.push(("docs/design.md", pages::design(&analysis.spec, &planned.design)));
                texts.push(("docs/plan.md", pages::plan(&analysis.spec, planned)));
            }
            let pages = texts
                .into_iter()
                .map(|(path, text)| {
                    let path = ProjectPath::parse(path)?;
                    Ok(Change { path, content: Some(text.into_bytes()), executable: false })
                })
                .collect::<Result<Vec<_>, Error>>()?;
            let message = "Describe the architecture\n\n\
                The data model, the routes and the decisions behind them come first: every\n\
                later commit follows from this page.";
            Ok(Committed { commit: Some(context.workspace.commit(&step, message, &pages)?) })
        })
        .await?;
    Ok(())
}
