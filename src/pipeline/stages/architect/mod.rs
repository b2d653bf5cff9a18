//! Decides every name, table, route and example value, and writes the decisions into the project; where stories go beyond
//! what the pack writes, has their design and their tasks drawn up too.

mod approval;
mod change_page;
mod design;
mod estimate;
mod pages;

use serde::{Deserialize, Serialize};

pub(crate) use design::{Planned, tasks_of};
pub use estimate::Estimate;

use super::{analyze::Analysis, code::Committed};
use crate::{
    domain::{
        blueprint::{self, Blueprint, DataChange},
        digest::Digest,
        id::Chapter,
        path::ProjectPath,
        problem::Problem,
        spec::Spec,
        stage::Stage,
    },
    journal::Replay,
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
    },
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

/// Name of the step that commits the pages.
pub(crate) const DOCUMENT: &str = "document";
/// Name of the step that records the blueprint.
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

/// Pages that say at any time what the project is: a change brings them up to date.
pub(crate) fn standing_pages(blueprint: &Blueprint, analysis: &Analysis) -> Result<Vec<Change>, Error> {
    let mut pages = vec![page(PAGE_PATH, blueprint::architecture_page(blueprint))?];
    if !analysis.whole().stories.is_empty() {
        pages.push(page("docs/requirements.md", pages::requirements(&analysis.spec, analysis.whole()))?);
    }
    Ok(pages)
}

/// Where the page that tells a change stands in the project.
pub(in crate::pipeline) fn change_page_path(chapter: Chapter) -> String {
    change_page::path(chapter)
}

fn page(path: &str, text: String) -> Result<Change, Error> {
    Ok(Change { path: ProjectPath::parse(path)?, content: Some(text.into_bytes()), executable: false })
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
    let has_tasks = has_stories || design::has_conflicts(context, analysis, &blueprint)?;
    let planned = if has_tasks { Some(design::draw(context, analysis, &blueprint).await?) } else { None };
    document(context, &blueprint, analysis, planned.as_ref()).await?;
    approval::wait(context, analysis, planned.as_ref()).await?;
    context.end_stage(Stage::Architect);
    Ok(Drawing { blueprint, planned })
}

async fn blueprint(context: &mut Context<'_>, spec: &Spec) -> Result<Blueprint, Interruption> {
    let mut drawn = None;
    let recorded = context
        .step(context.key(Stage::Architect, BLUEPRINT), "Draw the blueprint", async |context| {
            let facts = context.pack.manifest().facts();
            let facts = match &context.order.import {
                Some(imported) => imported.pack_facts(facts),
                None => facts,
            };
            let (blueprint, _) = blueprint::derive(spec, &facts);
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
    let step = context.key(Stage::Architect, DOCUMENT);
    if context.before.is_some() {
        return document_change(context, blueprint, analysis, planned).await;
    }
    context
        .step(step.clone(), "Describe the architecture", async |context| {
            let mut pages = standing_pages(blueprint, analysis)?;
            if let Some(planned) = planned {
                pages.push(page("docs/design.md", pages::design(&analysis.spec, &planned.design))?);
                pages.push(page("docs/plan.md", pages::plan(&analysis.spec, planned))?);
            }
            let message = "Describe the architecture\n\n\
                The data model, the routes and the decisions behind them come first: every\n\
                later commit follows from this page.";
            Ok(Committed { commit: Some(context.workspace.commit(&step, message, &pages)?) })
        })
        .await?;
    Ok(())
}

/// Writes the page of a change, before anything else of it.
async fn document_change(
    context: &mut Context<'_>,
    blueprint: &Blueprint,
    analysis: &Analysis,
    planned: Option<&Planned>,
) -> Result<(), Interruption> {
    let step = context.key(Stage::Architect, DOCUMENT);
    let chapter = context.record.chapter();
    context
        .step(step.clone(), "Describe the change", async |context| {
            let before = context.before.as_ref().ok_or(Error::NothingCommitted)?;
            let asked = context.order.change.clone().unwrap_or_default();
            let data = match context.pack.manifest().data {
                Some(_) => DataChange::between(&before.blueprint, blueprint, true).0,
                None => DataChange::default(),
            };
            let told = change_page::Told { chapter, asked: &asked, before, analysis, data: &data, planned };
            let page = page(&change_page::path(chapter), change_page::page(&told))?;
            let message = format!("Describe change {}\n\nWhat was asked for, and what follows from it.", chapter.0);
            Ok(Committed { commit: Some(context.workspace.commit(&step, &message, &[page])?) })
        })
        .await?;
    Ok(())
}
