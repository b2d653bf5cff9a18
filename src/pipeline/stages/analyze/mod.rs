//! Completes what was asked: a structured spec is complete as it stands; prose is made into structure, so that the pack
//! writes it, and into stories for what no pack can write. A change is completed on top of what is there already.

mod change;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    agents::RoleName,
    domain::{
        blueprint,
        digest::Digest,
        id::Chapter,
        requirements::{Requirements, RequirementsDraft},
        shown::shown,
        spec::Spec,
        stage::Stage,
    },
    journal::Replay,
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
        dialogue::{Complaint, Dialogue},
    },
    spec,
};

use super::code::structured_answer;

/// Private file of the workspace that holds the completed spec and the stories.
pub(in crate::pipeline) const ANALYSIS_FILE: &str = "analysis.json";
/// Name of the step that records it.
const REQUIREMENTS: &str = "requirements";
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
    /// What the pack does not write, and is to be written now.
    pub(crate) requirements: Requirements,
    /// In a change, all that the project meets after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whole: Option<Requirements>,
    /// In a change, stories that hold no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) withdrawn: Vec<String>,
}

impl Analysis {
    /// Of a spec that says all by itself.
    pub(in crate::pipeline) fn of_structure(spec: Spec) -> Self {
        Self { spec, requirements: Requirements::default(), whole: None, withdrawn: Vec::new() }
    }

    /// All that the project meets once the work is done.
    pub(crate) fn whole(&self) -> &Requirements {
        self.whole.as_ref().unwrap_or(&self.requirements)
    }
}

/// The digest of what the analysis of a chapter came to; `None` where the spec said all by itself.
pub(in crate::pipeline) fn recorded_digest(recorded: &Replay, chapter: Chapter) -> Result<Option<Digest>, Error> {
    let key = chapter.key(Stage::Analyze, REQUIREMENTS);
    let Some(value) = recorded.get(&key).cloned() else { return Ok(None) };
    let analyzed: Result<Analyzed, _> = serde_json::from_value(value);
    analyzed
        .map(|analyzed| Some(analyzed.analysis_digest))
        .map_err(|source| Error::Recorded { what: key.to_string(), source })
}

#[derive(Deserialize)]
struct Answer {
    structure: Value,
    #[serde(flatten)]
    requirements: RequirementsDraft,
}

pub(crate) async fn run(context: &mut Context<'_>) -> Result<Analysis, Interruption> {
    let is_imported = context.order.import.is_some();
    let has_analysis = context.order.needs_model() || context.before.is_some() || is_imported;
    context.begin_stage(Stage::Analyze, if has_analysis { 2 } else { 1 });
    context
        .step(context.key(Stage::Analyze, "spec"), "Take the spec", async |context| {
            Ok(Taken { spec_digest: context.order.spec_digest.clone() })
        })
        .await?;
    let analysis =
        if has_analysis { analysis(context).await? } else { Analysis::of_structure(context.order.spec.clone()) };
    context.end_stage(Stage::Analyze);
    Ok(analysis)
}

async fn analysis(context: &mut Context<'_>) -> Result<Analysis, Interruption> {
    let mut found = None;
    let recorded = context
        .step(context.key(Stage::Analyze, REQUIREMENTS), "Understand what is wanted", async |context| {
            let imported = context.order.import.clone();
            let analysis = match context.before.clone() {
                None if imported.is_some() => Analysis {
                    whole: imported.map(|imported| imported.requirements),
                    ..Analysis::of_structure(context.order.spec.clone())
                },
                None => ask(context).await?,
                Some(before) if context.order.needs_model() => Box::pin(change::ask(context, &before)).await?,
                Some(before) => change::of_structure(context.order.spec.clone(), &before),
            };
            let analysis_digest = context.write_private_json(ANALYSIS_FILE, &analysis)?;
            let stories = analysis.requirements.stories.len();
            found = Some(analysis);
            Ok(Analyzed { analysis_digest, stories })
        })
        .await?;
    match found {
        Some(analysis) => Ok(analysis),
        None => Ok(context.read_private_json(ANALYSIS_FILE, &recorded.analysis_digest)?),
    }
}

async fn ask(context: &Context<'_>) -> Result<Analysis, Interruption> {
    let asked = &context.order.spec;
    let told = json!({
        "spec_title": asked.title,
        "spec_summary": asked.summary,
        "prose": asked.prose,
        "features": asked.features.iter().map(|feature| &feature.description).collect::<Vec<_>>(),
        "attachments": asked.attachments,
        "structure": spec::surface_yaml(asked),
        "pack_summary": context.pack.manifest().summary,
        "spec_format": spec::format_guide(),
    });
    let pack_facts = context.pack.manifest().facts();
    ask_analyst(context, ("analyze", &told), |answer: Answer| {
        let completed = spec::complete(asked, &answer.structure);
        let mut problems: Vec<String> = completed.problems.iter().map(ToString::to_string).collect();
        if let Some(spec) = &completed.spec {
            problems.extend(blueprint::derive(spec, &pack_facts).1.iter().map(ToString::to_string));
        }
        let requirements = Requirements::from(answer.requirements);
        problems.extend(problems_of(&requirements));
        match completed.spec.filter(|_| problems.is_empty()) {
            Some(spec) => Ok(Analysis { requirements, ..Analysis::of_structure(spec) }),
            None => Err(problems),
        }
    })
    .await
}

/// Asks the analyst until `read` can use the answer; what it finds wrong goes back to him.
async fn ask_analyst<A: DeserializeOwned>(
    context: &Context<'_>,
    (task, told): (&str, &Value),
    mut read: impl FnMut(A) -> Result<Analysis, Vec<String>>,
) -> Result<Analysis, Interruption> {
    let (agent, team) = (RoleName::Analyst, context.team()?);
    let prompt = team.prompt(agent, task, told)?;
    let schema = prompt.schema.clone();
    let key = context.key(Stage::Analyze, agent.name());
    let dialogue = Dialogue { asking: context.asking, team, agent, key };
    let answer = dialogue
        .until(prompt, |text| read(structured_answer(schema.as_ref(), text)?).map_err(Complaint::of_content))
        .await?;
    answer.map_err(|gave_up| Interruption::GaveUp { agent, reason: gave_up.reason })
}

/// What is wrong with stories, said to their author.
fn problems_of(requirements: &Requirements) -> Vec<String> {
    let mut problems = Vec::new();
    let count = requirements.stories.len();
    if count > STORIES_MAX {
        problems.push(format!("there are {count} stories; at most {STORIES_MAX} are possible: join some"));
    }
    for story in requirements.stories.iter().filter(|story| story.criteria.is_empty()) {
        let title = shown(&story.title, TITLE_MAX_CHARS);
        problems.push(format!("the story `{title}` has no acceptance criterion"));
    }
    problems
}
