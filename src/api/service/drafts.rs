//! From a spec that was sent to a submission: everything that is wrong with it is told at once.

use super::{
    Shared, codes,
    fault::{Fault, ProblemView},
    sent_spec::{Options, SentSpec},
};
use crate::{
    agents::{Question, Team},
    domain::{
        id::{GenerationId, ProjectId},
        problem::Problem,
        spec::Spec,
        submission::{Submission, Webhook},
    },
    pipeline,
    spec::{self, Reading},
    template::Pack,
    webhook,
};

/// The pack for specs that name none.
pub(super) const DEFAULT_PACK: &str = "react-hono";
/// Greatest priority, and with a minus the least.
const PRIORITY_MAX: i32 = 100;
/// Longest address of a webhook.
const ADDRESS_MAX_BYTES: usize = 2000;
/// Length of a secret that somebody chose.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 16..=200;

/// A spec that can be worked on.
#[derive(Debug, Clone)]
pub(super) struct ReadSpec {
    /// The spec in its normal form.
    pub(super) spec: Spec,
    /// What its text had that has no meaning here.
    pub(super) ignored: Vec<Problem>,
    /// Template pack.
    pub(super) template: String,
}

/// Reads a spec with what came with it, and looks whether its template pack can make it.
pub(super) fn read_spec(sent: &SentSpec) -> Result<ReadSpec, Vec<ProblemView>> {
    let mut reading = spec::read(&sent.file_name, &sent.text);
    for attached in &sent.attachments {
        let Some(spec) = &mut reading.spec else { break };
        if let Err(problem) = spec::attach(spec, &attached.name, &attached.bytes) {
            reading.problems.push(problem);
        }
    }
    let Reading { spec: Some(spec), problems, ignored, places } = reading else { return Err(views(&reading.problems)) };
    if !problems.is_empty() {
        return Err(views(&problems));
    }
    let template = spec.template.clone().or_else(|| sent.options.template.clone());
    let template = template.unwrap_or_else(|| DEFAULT_PACK.to_owned());
    let Ok(pack) = Pack::embedded(&template) else {
        let problem = places.locate(Problem::new("unknown_template", "template").with("name", &template));
        return Err(views(&[problem]));
    };
    let problems: Vec<Problem> =
        pipeline::check(&spec, &pack).into_iter().map(|problem| places.locate(problem)).collect();
    if problems.is_empty() { Ok(ReadSpec { spec, ignored, template }) } else { Err(views(&problems)) }
}

pub(super) fn views(problems: &[Problem]) -> Vec<ProblemView> {
    problems.iter().map(ProblemView::from).collect()
}

/// Refuses a spec in words when no model can answer; nobody is asked anything.
pub(super) async fn check_models(shared: &Shared, needs_model: bool) -> Result<(), Fault> {
    if !needs_model {
        return Ok(());
    }
    let team = Team::embedded().map_err(|error| Fault::internal(&error))?;
    for class in team.classes() {
        if let Err(refused) = shared.ports.models.quote(&Question::probe(class)).await {
            let detail = format!("the spec needs a model of the class {}: {refused}", class.name());
            return Err(Fault::new(codes::NO_MODEL, detail));
        }
    }
    Ok(())
}

/// Makes a submission of a spec.
pub(super) fn submission(read: ReadSpec, options: &Options, settings: &webhook::Settings) -> Result<Submission, Fault> {
    let invalid = |detail: &str| Fault::new(codes::INVALID_FIELD, detail);
    let project = match &options.project {
        None => None,
        Some(text) => {
            let found = text.parse::<ProjectId>().ok().filter(|id| id.to_string() == *text);
            Some(found.ok_or_else(no_project)?)
        }
    };
    let priority = options.priority.unwrap_or_default();
    if priority.abs() > PRIORITY_MAX {
        return Err(invalid("`priority` is a whole number from -100 to 100"));
    }
    Ok(Submission {
        generation: GenerationId::mint(),
        project,
        spec: read.spec,
        ignored: read.ignored,
        template: read.template,
        verify: options.verify.unwrap_or(true),
        with_history: options.with_history.unwrap_or_default(),
        priority,
        webhook: receiver(options, settings)?,
    })
}

/// The project takes no generations.
pub(super) fn no_project() -> Fault {
    Fault::new(codes::NO_PROJECT, "the project is not there, is not yours, or is archived")
}

fn receiver(options: &Options, settings: &webhook::Settings) -> Result<Option<Webhook>, Fault> {
    let invalid = |detail: &str| Fault::new(codes::INVALID_FIELD, detail);
    let Some(url) = &options.webhook else {
        let is_alone = options.webhook_secret.is_some();
        return if is_alone { Err(invalid("`webhook_secret` needs a `webhook`")) } else { Ok(None) };
    };
    if url.len() > ADDRESS_MAX_BYTES {
        return Err(invalid("`webhook` has at most 2,000 bytes"));
    }
    if let Some(problem) = webhook::receiver_problem(url, settings) {
        return Err(Fault::new(codes::URL_NOT_ALLOWED, format!("`webhook` cannot be told: {}", problem.sentence())));
    }
    let secret = match &options.webhook_secret {
        Some(secret) => {
            let is_fit = SECRET_CHARS.contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
            is_fit
                .then(|| secret.clone())
                .ok_or_else(|| invalid("`webhook_secret` has 16 to 200 printable ASCII characters"))?
        }
        None => webhook::new_secret().map_err(|error| Fault::internal(&error))?,
    };
    Ok(Some(Webhook { url: url.clone(), secret }))
}
