//! Completes what was asked: a structured spec is complete as it stands; prose is made into structure, so that the pack
//! writes it, and into stories for what no pack can write.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    agents::RoleName,
    domain::{
        blueprint,
        digest::Digest,
        id::StepKey,
        requirements::{Requirements, RequirementsDraft},
        spec::Spec,
        stage::Stage,
    },
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
        dialogue::{Complaint, Dialogue},
    },
    spec,
};

use super::code::structured_answer;

/// Private file of the workspace that holds the completed spec and the stories.
const ANALYSIS_FILE: &str = "analysis.json";
/// Most stories of a spec.
const STORIES_MAX: usize = 40;
/// Most characters of a story's title in a problem.
const TITLE_MAX_CHARS: usize = 80;

#[derive(Serialize, Deserialize)]
struct Taken {
    spec_digest: Digest,
}

impl StepResult for Taken {}

#[derive(Serialize, Deserialize)]
struct Analyzed {
    analysis_digest: Digest,
    stories: usize,
}

impl StepResult for Analyzed {}

/// What is to be built.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Analysis {
    /// The spec, complete.
    pub(crate) spec: Spec,
    /// What the pack does not write.
    pub(crate) requirements: Requirements,
}

#[derive(Deserialize)]
struct Answer {
    structure: Value,
    #[serde(flatten)]
    requirements: RequirementsDraft,
}

pub(crate) async fn run(context: &mut Context<'_>) -> Result<Analysis, Interruption> {
    let needs_model = context.order.spec.needs_model();
    context.begin_stage(Stage::Analyze, if needs_model { 2 } else { 1 });
    context
        .step(StepKey::new(Stage::Analyze, "spec"), "Take the spec", async |context| {
            Ok(Taken { spec_digest: context.order.spec_digest.clone() })
        })
        .await?;
    let analysis = if needs_model {
        analysis(context).await?
    } else {
        Analysis { spec: context.order.spec.clone(), requirements: Requirements::default() }
    };
    context.end_stage(Stage::Analyze);
    Ok(analysis)
}

async fn analysis(context: &mut Context<'_>) -> Result<Analysis, Interruption> {
    let mut found = None;
    let recorded = context
        .step(StepKey::new(Stage::Analyze, "requirements"), "Understand what is wanted", async |context| {
            let analysis = ask(context).await?;
            let bytes = serde_json::to_vec(&analysis)
                .map_err(|source| Error::Recorded { what: ANALYSIS_FILE.to_owned(), source })?;
            context.workspace.write_private(ANALYSIS_FILE, &bytes)?;
            let stories = analysis.requirements.stories.len();
            found = Some(analysis);
            Ok(Analyzed { analysis_digest: Digest::of(&bytes), stories })
        })
        .await?;
    match found {
        Some(analysis) => Ok(analysis),
        None => Ok(context.read_private_json(ANALYSIS_FILE, &recorded.analysis_digest)?),
    }
}

async fn ask(context: &Context<'_>) -> Result<Analysis, Interruption> {
    let asked = &context.order.spec;
    let team = context.team()?;
    let prompt = team.prompt(
        RoleName::Analyst,
        "analyze",
        &json!({
            "spec_title": asked.title,
            "spec_summary": asked.summary,
            "prose": asked.prose,
            "features": asked.features.iter().map(|feature| &feature.description).collect::<Vec<_>>(),
            "attachments": asked.attachments,
            "structure": spec::surface_yaml(asked),
            "pack_summary": context.pack.manifest().summary,
            "spec_format": spec::format_guide(),
        }),
    )?;
    let schema = prompt.schema.clone();
    let pack_facts = context.pack.manifest().facts();
    let dialogue = Dialogue {
        asking: context.asking,
        team,
        agent: RoleName::Analyst,
        key: StepKey::new(Stage::Analyze, "analyst"),
    };
    let answer = dialogue
        .until(prompt, |text| {
            let answer: Answer = structured_answer(schema.as_ref(), text)?;
            let completed = spec::complete(asked, &answer.structure);
            let mut problems: Vec<String> = completed.problems.iter().map(ToString::to_string).collect();
            if let Some(spec) = &completed.spec {
                problems.extend(blueprint::derive(spec, &pack_facts).1.iter().map(ToString::to_string));
            }
            let requirements = Requirements::from(answer.requirements);
            let count = requirements.stories.len();
            if count > STORIES_MAX {
                problems.push(format!("there are {count} stories; at most {STORIES_MAX} are possible: join some"));
            }
            for story in requirements.stories.iter().filter(|story| story.criteria.is_empty()) {
                let title = crate::domain::shown::shown(&story.title, TITLE_MAX_CHARS);
                problems.push(format!("the story `{title}` has no acceptance criterion"));
            }
            match completed.spec.filter(|_| problems.is_empty()) {
                Some(spec) => Ok(Analysis { spec, requirements }),
                None => Err(Complaint::of_content(problems)),
            }
        })
        .await?;
    answer.map_err(|gave_up| Interruption::GaveUp { agent: RoleName::Analyst, reason: gave_up.reason })
}
