//! The design of what agents are to write, and the tasks that it is written in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::estimate::{self, Estimate};
use crate::{
    agents::{EditFormat, Prompt, RoleName},
    domain::{
        blueprint::Blueprint,
        design::Design,
        digest::Digest,
        id::Chapter,
        path::ProjectPath,
        self_starting,
        spec::Spec,
        stage::Stage,
        work_plan::{PlanFacts, PlannedFile, Task, WorkPlan, WorkPlanDraft},
    },
    journal::Replay,
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult, read_private_json},
        dialogue::{Complaint, Dialogue},
        listing::{self, FileLine, Purposes},
        merge::Conflict,
        stages::{
            analyze::Analysis,
            code::{structured_answer, update},
        },
        wording,
    },
    spec,
    template::Renderer,
};

/// Private file of the workspace that holds design and plan.
const PLAN_FILE: &str = "plan.json";
/// Name of the step that records it.
const PLAN: &str = "plan";
/// Letter that the ids of tasks that join a file begin with; those of the lead's tasks begin with `T`.
const JOIN: char = 'M';
/// Most bytes of what is to be joined that a task shows.
const DIFF_MAX_BYTES: usize = 24 * 1024;

/// What agents are to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) design: Design,
    pub(crate) plan: WorkPlan,
    pub(crate) estimate: Estimate,
    /// The pack's guide to the project, as it was when the plan was made.
    pub(crate) guide: String,
    /// Entities and relations, as prompts show them.
    pub(crate) data_model: String,
    /// What files that tasks write are for, those of earlier chapters among them.
    pub(crate) purposes: Purposes,
    /// How the model that codes is to write changes.
    pub(crate) edit_format: EditFormat,
}

#[derive(Serialize, Deserialize)]
struct Drawn {
    plan_digest: Digest,
    tasks: usize,
    /// How many of them join what the pack and others made of one file.
    #[serde(default)]
    joins: usize,
    estimate: Estimate,
}

impl StepResult for Drawn {}

/// Has a file joined before anything else touches it.
fn join(plan: &mut WorkPlan, number: usize, conflict: &Conflict) {
    let Conflict { path, diff } = conflict;
    let id = join_id(number + 1);
    for task in &mut plan.tasks {
        if task.reads.contains(path) || task.files.iter().any(|file| file.path == *path) {
            task.needs.insert(id.clone());
        }
    }
    let mut shown = diff.clone();
    shown.truncate(shown.floor_char_boundary(DIFF_MAX_BYTES));
    let description = format!(
        "The file was changed since it was generated, and the changed data model asks for changes in the same lines. \
         Make these changes in it, and keep what it does beyond them; delete it if all of it goes:\n\n{shown}"
    );
    let task = Task {
        id,
        title: format!("Join what changed in {path}"),
        description,
        stories: Vec::new(),
        files: vec![PlannedFile { path: path.clone(), purpose: String::new() }],
        reads: Vec::new(),
        needs: BTreeSet::new(),
    };
    plan.tasks.insert(number, task);
}

/// Id of a task that joins a file, from 1.
fn join_id(number: usize) -> String {
    format!("{JOIN}{number}")
}

fn is_join(id: &str) -> bool {
    id.starts_with(JOIN)
}

/// Where a project has no files yet: those that its pack will write.
struct Ground {
    guide: String,
    data_model: String,
    files: Vec<ProjectPath>,
    /// What earlier plans say of files.
    purposes: Purposes,
}

/// Ids of the tasks of a chapter's recorded plan; none where nothing is planned.
pub(crate) fn tasks_of(recorded: &Replay, chapter: Chapter) -> Vec<String> {
    let plan = recorded.get(&chapter.key(Stage::Architect, PLAN));
    let count = |name: &str| {
        let count = plan.and_then(|plan| plan.get(name)).and_then(serde_json::Value::as_u64);
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    };
    let joins = count("joins");
    let written = count("tasks").saturating_sub(joins);
    (1..=joins).map(join_id).chain((1..=written).map(|number| format!("T{number}"))).collect()
}

pub(super) async fn draw(
    context: &mut Context<'_>,
    analysis: &Analysis,
    blueprint: &Blueprint,
) -> Result<Planned, Interruption> {
    let mut drawn = None;
    let recorded = context
        .step(context.key(Stage::Architect, PLAN), "Plan the work", async |context| {
            let planned = ask(context, analysis, blueprint).await?;
            let plan_digest = context.write_private_json(PLAN_FILE, &planned)?;
            let (tasks, estimate) = (planned.plan.tasks.len(), planned.estimate);
            let joins = planned.plan.tasks.iter().filter(|task| is_join(&task.id)).count();
            drawn = Some(planned);
            Ok(Drawn { plan_digest, tasks, joins, estimate })
        })
        .await?;
    match drawn {
        Some(planned) => Ok(planned),
        None => Ok(context.read_private_json(PLAN_FILE, &recorded.plan_digest)?),
    }
}

/// Whether somebody has to join what the pack and others made of one file.
pub(super) fn has_conflicts(context: &Context<'_>, analysis: &Analysis, blueprint: &Blueprint) -> Result<bool, Error> {
    let Some(before) = context.before.as_ref().filter(|_| context.team.is_some()) else { return Ok(false) };
    let update = update::work_out(context, before, blueprint, analysis)?;
    Ok(update.conflicts.iter().any(|conflict| is_joined(context, conflict)))
}

/// Whether an agent may join it; what nobody may write stays as it is, and is told.
fn is_joined(context: &Context<'_>, conflict: &Conflict) -> bool {
    !context.packages.owns(&conflict.path) && self_starting::refusal(&conflict.path).is_none()
}

async fn ask(context: &Context<'_>, analysis: &Analysis, blueprint: &Blueprint) -> Result<Planned, Interruption> {
    let renderer = Renderer::new(context.pack.clone()).map_err(Error::from)?;
    let update = match &context.before {
        Some(before) => Some(update::work_out(context, before, blueprint, analysis)?),
        None => None,
    };
    let files = match &update {
        Some(update) => update.files.paths().cloned().collect(),
        None => {
            let plan = renderer.plan(blueprint).map_err(Error::from)?;
            plan.sections().iter().flat_map(|section| section.paths().cloned()).collect()
        }
    };
    let guide = renderer.guide(blueprint).map_err(Error::from)?;
    let purposes = earlier_purposes(context)?;
    let ground = Ground { guide, data_model: data_model(&analysis.spec), files, purposes };
    let (design, mut plan) = if analysis.requirements.stories.is_empty() {
        (Design::default(), WorkPlan::default())
    } else {
        let design = design(context, analysis, &ground).await?;
        let plan = work_plan(context, analysis, &ground, &design).await?;
        (design, plan)
    };
    let conflicts = update.map(|update| update.conflicts).unwrap_or_default();
    let joined = conflicts.iter().filter(|conflict| is_joined(context, conflict));
    for (number, conflict) in joined.enumerate() {
        join(&mut plan, number, conflict);
    }
    let told_bytes = ground.guide.len() + ground.data_model.len();
    let estimate = estimate::of(context, (&plan, &analysis.requirements), told_bytes).await?;
    let Ground { guide, data_model, purposes: earlier, .. } = ground;
    let files = plan.tasks.iter().flat_map(|task| &task.files);
    let purposes = files.map(|file| (file.path.clone(), file.purpose.clone())).chain(earlier).collect();
    let edit_format = context.asking.edit_format().await;
    Ok(Planned { design, plan, estimate, guide, data_model, purposes, edit_format })
}

async fn design(context: &Context<'_>, analysis: &Analysis, ground: &Ground) -> Result<Design, Interruption> {
    let prompt = context.team()?.prompt(
        RoleName::Architect,
        "design",
        &json!({
            "requirements": wording::requirements(&analysis.requirements),
            "data_model": ground.data_model,
            "guide": context.pack.guide_for_plans(&ground.guide),
            "files": files_of(context, ground),
        }),
    )?;
    answer(context, RoleName::Architect, prompt, Ok::<Design, Complaint>).await
}

async fn work_plan(
    context: &Context<'_>,
    analysis: &Analysis,
    ground: &Ground,
    design: &Design,
) -> Result<WorkPlan, Interruption> {
    let prompt = context.team()?.prompt(
        RoleName::Lead,
        "plan",
        &json!({
            "requirements": wording::requirements(&analysis.requirements),
            "design": wording::design(design),
            "data_model": ground.data_model,
            "guide": context.pack.guide_for_plans(&ground.guide),
            "files": files_of(context, ground),
        }),
    )?;
    // Tests of stories are their tester's.
    let tests = format!("{}/", context.pack.manifest().feature_tests_folder());
    let facts = PlanFacts {
        requirements: &analysis.requirements,
        exists: &|path| ground.files.contains(path),
        is_protected: &|path| {
            context.pack.is_protected(path)
                || path.as_str().starts_with(&tests)
                || self_starting::refusal(path).is_some()
        },
    };
    answer(context, RoleName::Lead, prompt, |draft: WorkPlanDraft| {
        WorkPlan::settle(draft, &facts)
            .map_err(|problems| Complaint::of_content(problems.iter().map(ToString::to_string)))
    })
    .await
}

async fn answer<D: serde::de::DeserializeOwned, T>(
    context: &Context<'_>,
    agent: RoleName,
    prompt: Prompt,
    mut check: impl FnMut(D) -> Result<T, Complaint>,
) -> Result<T, Interruption> {
    let schema = prompt.schema.clone();
    let key = context.key(Stage::Architect, agent.name());
    let dialogue = Dialogue { asking: context.asking, team: context.team()?, agent, key };
    let answer = dialogue.until(prompt, |text| check(structured_answer(schema.as_ref(), text)?)).await?;
    answer.map_err(|gave_up| Interruption::GaveUp { agent, reason: gave_up.reason })
}

/// What a spec says of data, without sample rows: tests do not see them, and what is written does not go by them.
fn data_model(spec: &Spec) -> String {
    let mut spec = spec.clone();
    for entity in &mut spec.entities {
        entity.samples.clear();
        entity.without_samples = false;
    }
    spec::surface_yaml(&spec)
}

fn files_of(context: &Context<'_>, ground: &Ground) -> Vec<FileLine> {
    let purpose = |path| listing::purpose(path, &ground.purposes, &context.pack);
    listing::listing(ground.files.iter().map(|path| (path, purpose(path))))
}

/// What the latest earlier chapter with a plan knew of the files that models wrote.
fn earlier_purposes(context: &Context<'_>) -> Result<Purposes, Error> {
    let mut chapter = context.record.chapter().before();
    while let Some(earlier) = chapter {
        if !context.record.is_abandoned(earlier)
            && let Some(drawn) = context.record.get::<Drawn>(&earlier.key(Stage::Architect, PLAN))?
        {
            let planned: Planned = read_private_json(&context.workspace, earlier.named(PLAN_FILE), &drawn.plan_digest)?;
            return Ok(planned.purposes);
        }
        chapter = earlier.before();
    }
    Ok(Purposes::new())
}
