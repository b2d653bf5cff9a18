//! What a spec would take, as far as that can be told before anybody looked at it closely.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::fault::Fault;
use crate::{
    agents::{Models, Question, RoleName, Team, Turn},
    domain::spec::Spec,
};

/// Words of prose that make a task of their own, at least and at most.
const WORDS_PER_TASK: (usize, usize) = (60, 12);
/// Calls that one task takes: written and read at least; sent back, tested and mended at most.
const CALLS_PER_TASK: (u64, u64) = (2, 6);
/// Calls of the analyst, the architect and the lead: each once at least, each repaired twice at most.
const CALLS_BEFORE: (u64, u64) = (3, 9);
/// Tokens of a question and of an answer in one call, at least and at most.
const QUESTION_TOKENS: (usize, usize) = (3_000, 12_000);
const ANSWER_TOKENS: (u32, u32) = (800, 4_000);
/// Digits of an amount after its point: cents.
const CENTS: u32 = 2;

/// What a spec would take.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(super) struct Estimate {
    /// Whether a model is needed at all.
    needs_model: bool,
    /// Model calls.
    calls: CountRange,
    /// Tokens, in and out.
    tokens: CountRange,
    /// Money in US dollars; none where a model that may be asked has no price, or none can be asked.
    usd: Option<AmountRange>,
    /// What it is reckoned from, for people.
    based_on: Vec<String>,
}

/// A range of whole numbers.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(super) struct CountRange {
    /// The least that is likely.
    least: u64,
    /// The most that is likely.
    most: u64,
}

/// A range of amounts, as decimal numbers.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(super) struct AmountRange {
    /// The least that is likely.
    least: String,
    /// The most that is likely.
    most: String,
}

/// Reckons what a spec would take. Nobody is asked anything.
pub(super) async fn of(spec: &Spec, models: &dyn Models) -> Result<Estimate, Fault> {
    if !spec.needs_model() {
        let nothing = || CountRange { least: 0, most: 0 };
        return Ok(Estimate {
            needs_model: false,
            calls: nothing(),
            tokens: nothing(),
            usd: Some(AmountRange { least: "0".to_owned(), most: "0".to_owned() }),
            based_on: vec!["The spec is structure alone, which is rendered without a model.".to_owned()],
        });
    }
    let (few, many) = tasks(spec);
    let least = CALLS_BEFORE.0 + few * CALLS_PER_TASK.0;
    let most = CALLS_BEFORE.1 + many * CALLS_PER_TASK.1;
    let attached: usize = spec.attachments.iter().map(|attachment| attachment.text.len()).sum();
    let told = (spec.prose.len() + attached) / 4;
    let questions = (QUESTION_TOKENS.0 + told, QUESTION_TOKENS.1 + told);
    let tokens = |calls: u64, question: usize, answer: u32| calls * (question as u64 + u64::from(answer));
    let usd = prices(models, (least, most), questions).await?;
    let mut based_on = vec![
        format!("{few} to {many} tasks, by its features and the length of what is said in words"),
        format!(
            "{} to {} calls for each task, and {} to {} before the first",
            CALLS_PER_TASK.0, CALLS_PER_TASK.1, CALLS_BEFORE.0, CALLS_BEFORE.1
        ),
        format!(
            "{} to {} tokens of a question, {} to {} of an answer",
            questions.0, questions.1, ANSWER_TOKENS.0, ANSWER_TOKENS.1
        ),
        "Once its plan is made, a generation with `approval: true` waits and tells a closer estimate.".to_owned(),
    ];
    based_on.push(match usd {
        Some(_) => "The price of the model that would be asked first for each class.".to_owned(),
        None => "No price: no model can be asked now, or one that may be asked has no price.".to_owned(),
    });
    Ok(Estimate {
        needs_model: true,
        calls: CountRange { least, most },
        tokens: CountRange {
            least: tokens(least, questions.0, ANSWER_TOKENS.0),
            most: tokens(most, questions.1, ANSWER_TOKENS.1),
        },
        usd,
        based_on,
    })
}

fn tasks(spec: &Spec) -> (u64, u64) {
    let words = spec.prose.split_whitespace().count()
        + spec.features.iter().map(|feature| feature.description.split_whitespace().count()).sum::<usize>();
    let features = spec.features.len();
    let few = features.max(words / WORDS_PER_TASK.0).max(1);
    let many = (features * 3).max(words / WORDS_PER_TASK.1).max(3);
    (few as u64, many as u64)
}

async fn prices(
    models: &dyn Models,
    calls: (u64, u64),
    questions: (usize, usize),
) -> Result<Option<AmountRange>, Fault> {
    let team = Team::embedded().map_err(|error| Fault::internal(&error))?;
    let class = |role| team.class_of(role);
    // Most calls are the developer's; before the first there is one for each of the three others.
    let Some((writer, planner)) = class(RoleName::Developer).zip(class(RoleName::Architect)) else { return Ok(None) };
    let mut amounts = Vec::new();
    for (calls, before, question, answer) in [
        (calls.0, CALLS_BEFORE.0, questions.0, ANSWER_TOKENS.0),
        (calls.1, CALLS_BEFORE.1, questions.1, ANSWER_TOKENS.1),
    ] {
        let mut amount = Decimal::ZERO;
        for (class, count) in [(planner, before), (writer, calls - before)] {
            // A quote reckons with a token for each byte.
            let turns = vec![Turn::ours(" ".repeat(question))];
            let asked = Question { turns, answer_tokens_max: answer, ..Question::probe(class) };
            let Some(most) = models.quote(&asked).await.ok().and_then(|quote| quote.most) else { return Ok(None) };
            amount += most.amount().saturating_mul(Decimal::from(count));
        }
        let cents = amount.round_dp_with_strategy(CENTS, RoundingStrategy::AwayFromZero);
        amounts.push(cents.to_string());
    }
    let mut amounts = amounts.into_iter();
    Ok(amounts.next().zip(amounts.next()).map(|(least, most)| AmountRange { least, most }))
}
