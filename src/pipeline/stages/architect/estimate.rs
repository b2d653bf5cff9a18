//! What the rest of the work will take, told before any of it is paid for.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{
    agents::{Question, RoleName, Turn},
    domain::{model_class::ModelClass, money::Usd, requirements::Requirements, work_plan::WorkPlan},
    pipeline::{Error, context::Context},
};

/// Calls to the developer in ten tasks: each is written, every other one is sent back.
const WRITTEN_IN_TEN_TASKS: u64 = 15;
/// Calls that mending takes, as a rule.
const CALLS_FOR_MENDING: u64 = 2;
/// Tokens that an answer with code takes, as a rule.
const ANSWER_TOKENS: u32 = 2_500;
/// Bytes of text to the token, as a rule.
const BYTES_PER_TOKEN: usize = 4;
/// Files that a prompt shows beside the guide, in bytes, as a rule.
const SHOWN_BYTES: usize = 20_000;
/// Digits of an amount after its point: cents.
const CENTS: u32 = 2;

/// What the rest of the work will take, as far as that can be told before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Model calls.
    pub calls: u64,
    /// Tokens, in and out.
    pub tokens: u64,
    /// Money, at the price of the dearest model that may be asked, rounded up to cents; none where one has no price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Usd>,
}

/// Reckons it by rules of thumb, from generations that were watched; the report says what it came to.
pub(super) async fn of(
    context: &Context<'_>,
    (plan, requirements): (&WorkPlan, &Requirements),
    told_bytes: usize,
) -> Result<Estimate, Error> {
    let (tasks, stories) = (plan.tasks.len() as u64, requirements.stories.len() as u64);
    let rows = [
        (RoleName::Developer, (tasks * WRITTEN_IN_TEN_TASKS).div_ceil(10)),
        (RoleName::Reviewer, tasks),
        (RoleName::Tester, stories),
        (RoleName::Debugger, CALLS_FOR_MENDING),
    ];
    let question_tokens = (told_bytes + SHOWN_BYTES) / BYTES_PER_TOKEN;
    let calls: u64 = rows.iter().map(|(_, calls)| calls).sum();
    let tokens = calls * (question_tokens as u64 + u64::from(ANSWER_TOKENS));
    let mut cost = Some(Usd::ZERO);
    for (role, calls) in rows {
        let call = match context.team()?.class_of(role) {
            Some(class) => call_cost(context, class, question_tokens).await,
            None => None,
        };
        let row = call.map(|call| Usd::new(call.amount().saturating_mul(Decimal::from(calls))));
        cost = cost.zip(row).map(|(cost, row)| cost + row);
    }
    let to_cents = |cost: Usd| cost.amount().round_dp_with_strategy(CENTS, RoundingStrategy::AwayFromZero);
    Ok(Estimate { calls, tokens, cost: cost.map(|cost| Usd::new(to_cents(cost))) })
}

/// Money for one call. A quote reckons with a token for each byte, so a question is priced that has as many bytes as the
/// call will have tokens.
async fn call_cost(context: &Context<'_>, class: ModelClass, question_tokens: usize) -> Option<Usd> {
    let question = Question {
        turns: vec![Turn::ours(" ".repeat(question_tokens))],
        answer_tokens_max: ANSWER_TOKENS,
        ..Question::probe(class)
    };
    context.ports.models.quote(&question).await.ok()?.most
}
