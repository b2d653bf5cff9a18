//! What an attempt cost, by the best that is known of it.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    domain::{money::Usd, usage::Usage},
    router::{
        account::{Cost, CostBasis},
        call::Call,
        choice::Candidate,
        completion::{Completion, Delta, Piece},
        price::{Price, ServiceTier},
        tokens,
    },
};

use super::reserve;

/// Bytes of an answer that are kept to be counted; of what is beyond, only the length.
const KEPT_BYTES: usize = 1024 * 1024;

/// Tokens and money of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub(super) usage: Usage,
    pub(super) cost: Cost,
}

impl Spent {
    /// Nothing.
    pub(super) const NOTHING: Self = Self {
        usage: Usage {
            fresh_input_tokens: 0,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            cache_write_1h_tokens: 0,
            output_tokens: 0,
            reasoning_tokens: 0,
        },
        cost: Cost::FREE,
    };
    /// Not known yet.
    pub(super) const UNKNOWN: Self =
        Self { usage: Self::NOTHING.usage, cost: Cost { amount: None, basis: CostBasis::Unknown } };
}

/// What was heard of an attempt so far, and the price of it.
pub(super) struct Bill {
    call: Arc<Call>,
    model: String,
    price: Option<Price>,
    is_free: bool,
    usage: Option<Usage>,
    provider_cost: Option<Usd>,
    /// What the provider said that it cost, and cannot have.
    cost_not_believed: Option<Usd>,
    /// Most tokens of the answers that were asked for.
    output_most_tokens: u64,
    heard: String,
    heard_beyond_bytes: u64,
}

impl Bill {
    /// Of an attempt that has not begun.
    pub(super) fn new(call: &Arc<Call>, candidate: &Candidate, price: Option<&Price>) -> Self {
        Self {
            call: Arc::clone(call),
            model: candidate.route.model.clone(),
            price: price.cloned(),
            is_free: candidate.provider.free,
            usage: None,
            provider_cost: None,
            cost_not_believed: None,
            output_most_tokens: candidate.output_tokens.saturating_mul(answers(call)),
            heard: String::new(),
            heard_beyond_bytes: 0,
        }
    }

    /// Takes in what a provider said of tokens and money. A cost below zero is noted and not believed: no provider pays
    /// for being asked, and the tokens have a price.
    pub(super) fn hear_usage(&mut self, usage: Option<Usage>, provider_cost: Option<Usd>) {
        self.usage = usage.or(self.usage);
        let (believed, not_believed) = match provider_cost {
            Some(cost) if cost < Usd::ZERO => (None, Some(cost)),
            cost => (cost, None),
        };
        self.provider_cost = believed.or(self.provider_cost);
        self.cost_not_believed = not_believed.or(self.cost_not_believed);
    }

    /// What the provider said that it cost, and cannot have.
    pub(super) const fn cost_not_believed(&self) -> Option<Usd> {
        self.cost_not_believed
    }

    /// Takes in a piece of a stream.
    pub(super) fn hear(&mut self, piece: &Piece) {
        for delta in &piece.deltas {
            match delta {
                Delta::Text { text, .. } | Delta::Reasoning { text, .. } | Delta::Refusal { text, .. } => {
                    self.keep(text);
                }
                Delta::ToolCall { name, arguments, .. } => {
                    self.keep(name.as_deref().unwrap_or_default());
                    self.keep(arguments);
                }
                Delta::Usage { usage, provider_cost } => self.hear_usage(Some(*usage), *provider_cost),
                Delta::Start { .. } | Delta::Finish { .. } => {}
            }
        }
    }

    /// Takes in a whole answer.
    pub(super) fn hear_whole(&mut self, completion: &Completion) {
        self.hear_usage(completion.usage, completion.provider_cost);
        if self.told().is_some() {
            return;
        }
        for choice in &completion.choices {
            self.keep(&choice.text);
            self.keep(&choice.reasoning);
            self.keep(choice.refusal.as_deref().unwrap_or_default());
            for call in &choice.tool_calls {
                self.keep(&call.name);
                self.keep(&call.arguments);
            }
        }
    }

    /// Whether the provider said anything of tokens or money.
    pub(super) const fn is_told(&self) -> bool {
        self.usage.is_some() || self.provider_cost.is_some()
    }

    /// Tokens of output, as far as the provider said.
    pub(super) fn output_tokens(&self) -> u64 {
        self.usage.map_or(0, |usage| usage.output_tokens)
    }

    /// Whether a part of the answer came.
    pub(super) const fn heard_anything(&self) -> bool {
        !self.heard.is_empty()
    }

    fn keep(&mut self, text: &str) {
        let room = KEPT_BYTES.saturating_sub(self.heard.len());
        let kept = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        self.heard.push_str(kept);
        let beyond = text.len().saturating_sub(kept.len()) as u64;
        self.heard_beyond_bytes = self.heard_beyond_bytes.saturating_add(beyond);
    }

    /// What was spent, where no token has to be counted to know it.
    pub(super) fn told(&self) -> Option<Spent> {
        let usage = self.usage.unwrap_or_default();
        let cost = match (self.provider_cost, self.usage, &self.price) {
            _ if self.is_free => Cost::FREE,
            (Some(amount), _, _) => Cost { amount: Some(amount), basis: CostBasis::Provider },
            (None, Some(usage), Some(price)) => {
                Cost { amount: Some(price.cost_in(tier(&self.call), &usage)), basis: CostBasis::Usage }
            }
            (None, _, None) => Cost::default(),
            (None, None, Some(_)) => return None,
        };
        Some(Spent { usage, cost })
    }

    /// What was spent, by counting the tokens that went out and came in. Of an answer that is `unseen`, as it was cut off
    /// before any of it came, nobody knows the length: it counts as long as it may have become. Slow: see
    /// [`tokens::count`].
    pub(super) fn counted(&self, unseen: bool) -> Spent {
        let output_tokens = if unseen {
            self.output_most_tokens
        } else {
            tokens::count(&self.heard, &self.model).saturating_add(self.heard_beyond_bytes.div_ceil(3))
        };
        let fresh_input_tokens = tokens::count_request(&self.call.request, &self.model);
        let usage = Usage { fresh_input_tokens, output_tokens, ..Usage::default() };
        let amount = self.price.as_ref().map(|price| price.cost_in(tier(&self.call), &usage));
        let basis = if amount.is_some() { CostBasis::Estimate } else { CostBasis::Unknown };
        Spent { usage, cost: Cost { amount, basis } }
    }
}

/// How quickly the caller wants to be served, as far as that has a price.
pub(super) fn tier(call: &Call) -> ServiceTier {
    let wanted = call.request.extra.get("service_tier").and_then(Value::as_str);
    wanted.map_or(ServiceTier::Standard, ServiceTier::of_answer)
}

/// How many answers the caller wants to its one question.
fn answers(call: &Call) -> u64 {
    call.request.extra.get("n").and_then(reserve::answers).unwrap_or(1)
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;
