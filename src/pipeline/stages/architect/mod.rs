//! Decides every name, table, route and example value, and writes the decisions into the project; where stories go beyond
//! what the pack writes, has their design and their tasks drawn up too.

mod approval;
mod design;
mod pages;

use serde::{Deserialize, Serialize};

pub use design::Estimate;
pub(crate) use design::Planned;

use super::{analyze::Analysis, code::Committed};
use crate::{
    domain::{
        blueprint::{self, Blueprint},
        digest::Digest,
        id::Chapter,
        path::ProjectPath,
        problem::Problem,
        spec::Spec,
        stage::Stage,
    },
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
    },
    journal::Replay,
    template::Pack,
    workspace::Change,
};

/// Private file of the workspace that holds the blueprint: an upgrade of the product never changes one in progress.
pub(in crate::pipeline) const BLUEPRINT_FILE: &str = "blueprint.json";
/// Where the project's own description of its architecture stands.
const PAGE_PATH: &str = "docs/architecture.md";

#[derive(Serialize, Deserialize)]
struct Drawn {
    blueprint_digest: Digest,
}

impl StepResult for Drawn {}

/// Name of the step that records it.
const BLUEPRINT: &str = "blueprint";

/// The digest of the blueprint of a chapter; `None` when it is not drawn yet.
pub(in crate::pipeline) fn recorded_digest(recorded: &Replay, chapter: Chapter) -> Result<Option<Digest>, Error> {
    let key = chapter.key(Stage::Architect, BLUEPRINT);
    let Some(value) = recorded.get(&key).cloned() else { return Ok(None) };
    let drawn: Result<Drawn, _> = serde_json::from_value(value);
    drawn.map(|drawn| Some(drawn.blueprint_digest)).map_err(|source| Error::Recorded { what: key.to_string(), source })
}

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
        .step(context.key(Stage::Architect, BLUEPRINT), "Draw the blueprint", async |context| {
            let (blueprint, _) = blueprint::derive(spec, &context.pack.manifest().facts());
            let blueprint_digest = context.write_private_json(BLUEPRINT_FILE, &blueprint)?;
            drawn = Some(blueprint);
            Ok(Drawn { blueprint_digest })
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
    let step = context.key(Stage::Architect, "document");
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
