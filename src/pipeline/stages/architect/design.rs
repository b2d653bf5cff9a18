//! The design of what agents are to write, and the tasks that it is written in.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::estimate::{self, Estimate};
use crate::{
    agents::{EditFormat, Prompt, RoleName},
    domain::{
        blueprint::Blueprint,
        design::Design,
        digest::Digest,
        id::StepKey,
        path::ProjectPath,
        self_starting,
        stage::Stage,
        work_plan::{PlanFacts, WorkPlan, WorkPlanDraft},
    },
    journal::Replay,
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
        dialogue::{Complaint, Dialogue},
        listing::{FileLine, listing},
        stages::{analyze::Analysis, code::structured_answer},
        wording,
    },
    spec,
    template::Renderer,
};

/// Private file of the workspace that holds design and plan.
const PLAN_FILE: &str = "plan.json";
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
    /// How the model that codes is to write changes.
    pub(crate) edit_format: EditFormat,
}

#[derive(Serialize, Deserialize)]
struct Drawn {
    plan_digest: Digest,
    tasks: usize,
    estimate: Estimate,
}

impl StepResult for Drawn {}

/// Where a project has no files yet: those that its pack will write.
struct Ground {
    guide: String,
    data_model: String,
    files: Vec<ProjectPath>,
}

/// How many tasks the recorded plan has; none where nothing is planned.
pub(crate) fn tasks_of(recorded: &Replay) -> usize {
    let plan = recorded.get(&plan_key()).and_then(|plan| plan.get("tasks"));
    plan.and_then(serde_json::Value::as_u64).and_then(|tasks| usize::try_from(tasks).ok()).unwrap_or_default()
}

fn plan_key() -> StepKey {
    StepKey::new(Stage::Architect, "plan")
}

pub(super) async fn draw(
    context: &mut Context<'_>,
    analysis: &Analysis,
    blueprint: &Blueprint,
) -> Result<Planned, Interruption> {
    let mut drawn = None;
    let recorded = context
        .step(plan_key(), "Plan the work", async |context| {
            let planned = ask(context, analysis, blueprint).await?;
            let bytes = serde_json::to_vec(&planned)
                .map_err(|source| Error::Recorded { what: PLAN_FILE.to_owned(), source })?;
            context.workspace.write_private(PLAN_FILE, &bytes)?;
            let (tasks, estimate) = (planned.plan.tasks.len(), planned.estimate);
            drawn = Some(planned);
            Ok(Drawn { plan_digest: Digest::of(&bytes), tasks, estimate })
        })
        .await?;
    match drawn {
        Some(planned) => Ok(planned),
        None => Ok(context.read_private_json(PLAN_FILE, &recorded.plan_digest)?),
    }
}

async fn ask(context: &Context<'_>, analysis: &Analysis, blueprint: &Blueprint) -> Result<Planned, Interruption> {
    let renderer = Renderer::new(context.pack.clone()).map_err(Error::from)?;
    let plan = renderer.plan(blueprint).map_err(Error::from)?;
    let ground = Ground {
        guide: renderer.guide(blueprint).map_err(Error::from)?,
        data_model: spec::surface_yaml(&analysis.spec),
        files: plan.sections().iter().flat_map(|section| section.paths().cloned()).collect(),
    };
    let design = design(context, analysis, &ground).await?;
    let plan = work_plan(context, analysis, &ground, &design).await?;
    let told_bytes = ground.guide.len() + ground.data_model.len();
    let estimate = estimate::of(context, (&plan, &analysis.requirements), told_bytes).await?;
    let Ground { guide, data_model, .. } = ground;
    let edit_format = context.asking.edit_format().await;
    Ok(Planned { design, plan, estimate, guide, data_model, edit_format })
}

async fn design(context: &Context<'_>, analysis: &Analysis, ground: &Ground) -> Result<Design, Interruption> {
    let prompt = context.team()?.prompt(
        RoleName::Architect,
        "design",
        &json!({
            "requirements": wording::requirements(&analysis.requirements),
            "data_model": ground.data_model,
            "guide": ground.guide,
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
            "guide": ground.guide,
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
    let key = StepKey::new(Stage::Architect, agent.name());
    let dialogue = Dialogue { asking: context.asking, team: context.team()?, agent, key };
    let answer = dialogue.until(prompt, |text| check(structured_answer(schema.as_ref(), text)?)).await?;
    answer.map_err(|gave_up| Interruption::GaveUp { agent, reason: gave_up.reason })
}

fn files_of(context: &Context<'_>, ground: &Ground) -> Vec<FileLine> {
    listing(ground.files.iter().map(|path| (path, context.pack.purpose(path).unwrap_or_default().to_owned())))
}
