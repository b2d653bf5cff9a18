//! The five strategies: which of the routes that may be asked comes first.
//!
//! All start from one order and sort it stably, so that what is equal stays as it is in [`Strategy::Ordered`], and equal
//! questions in equal circumstances get equal answers.
//!
//! - *ordered*: by the provider's place in the settings, then as the catalogue lists models and routes.
//! - *cost*: by what this request is expected to cost: its estimated tokens of input, none of them cached, and the
//!   expected tokens of output. Routes without a price come last.
//! - *latency*: by the time expected for this request from what was measured lately: to the first piece of a stream, to the
//!   end of a whole answer. A route that was not measured lately comes first, so that it is.
//! - *quality*: by tier, best first.
//! - *balanced*: by a weighted sum, least first, of three figures from 0, the best, to 1:
//!   cost `1 - (least + 0.001 USD) / (cost + 0.001 USD)`, time `1 - (least + 100 ms) / (time + 100 ms)`, quality
//!   `(5 - tier) / 4`. Least is taken over the routes that may be asked, so that one that costs twice as much as the
//!   cheapest has about 0.5 whatever the others cost; what is added makes alike what nobody feels, and keeps a free route
//!   from making all others infinitely dear. An unknown price has 1, a time that was not measured lately 0.5, an unknown
//!   tier 0.5. The weights are the settings', divided by their sum.

use std::cmp::Ordering;

use super::{super::call::Strategy, super::settings::Weights, Figures, need::Need};

/// Less money than this is as good as none.
const UNFELT_USD: f64 = 0.001;
/// Less time than this is as good as none.
const UNFELT_MS: f64 = 100.0;

/// Sorts routes, best first; they come in the order of [`Strategy::Ordered`].
pub(super) fn sort<T>(routes: &mut [T], strategy: Strategy, weights: Weights, figures: impl Fn(&T) -> Figures) {
    match strategy {
        Strategy::Ordered => {}
        Strategy::Cost => routes.sort_by_key(|route| {
            let cost = figures(route).expected_cost;
            (cost.is_none(), cost)
        }),
        Strategy::Latency => routes.sort_by(|left, right| by_time(figures(left), figures(right))),
        Strategy::Quality => routes.sort_by_key(|route| std::cmp::Reverse(figures(route).tier)),
        Strategy::Balanced => {
            let best = Best::of(routes.iter().map(&figures));
            routes.sort_by(|left, right| {
                let score = |route| best.score(figures(route), weights).sum;
                score(left).total_cmp(&score(right))
            });
        }
    }
}

fn by_time(left: Figures, right: Figures) -> Ordering {
    match (left.expected_ms, right.expected_ms) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// The least cost and time of all routes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Best {
    cost: Option<f64>,
    time_ms: Option<f64>,
}

/// The parts of a balanced score, each from 0, the best, to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub(super) cost: f64,
    pub(super) time: f64,
    pub(super) quality: f64,
    pub(super) sum: f64,
}

impl Best {
    pub(super) fn of(routes: impl Iterator<Item = Figures>) -> Self {
        let least = |so_far: Option<f64>, next: Option<f64>| match (so_far, next) {
            (Some(so_far), Some(next)) => Some(so_far.min(next)),
            (so_far, next) => so_far.or(next),
        };
        routes.fold(Self { cost: None, time_ms: None }, |best, figures| Self {
            cost: least(best.cost, figures.cost_number()),
            time_ms: least(best.time_ms, figures.expected_ms),
        })
    }

    pub(super) fn score(self, figures: Figures, weights: Weights) -> Score {
        let cost = figures.cost_number().map_or(1.0, |cost| above(self.cost, cost, UNFELT_USD));
        let time = figures.expected_ms.map_or(0.5, |time| above(self.time_ms, time, UNFELT_MS));
        let quality = figures.tier.map_or(0.5, |tier| f64::from(5_u8.saturating_sub(tier)) / 4.0);
        let total = weights.cost + weights.latency + weights.quality;
        let sum = (weights.cost * cost + weights.latency * time + weights.quality * quality) / total;
        Score { cost, time, quality, sum }
    }
}

/// How far a figure is above the least: 0 when it is the least, towards 1 when it is many times as much.
fn above(least: Option<f64>, figure: f64, unfelt: f64) -> f64 {
    1.0 - (least.unwrap_or(figure).max(0.0) + unfelt) / (figure.max(0.0) + unfelt)
}

/// The figures that put a route where it stands, for people.
pub(super) fn because(strategy: Strategy, place: Place, figures: Figures, need: &Need) -> String {
    match strategy {
        Strategy::Ordered => format!("its provider is number {} in the order of providers", place.provider),
        Strategy::Cost => cost_words(figures, need),
        Strategy::Latency => time_words(figures, need),
        Strategy::Quality => match figures.tier {
            Some(tier) => format!("tier {tier} of 5"),
            None => "its tier is not known".to_owned(),
        },
        Strategy::Balanced => {
            let Score { cost, time, quality, sum } = place.score;
            format!(
                "score {sum:.3}: cost {cost:.2} ({}), time {time:.2} ({}), quality {quality:.2} (tier {})",
                cost_words(figures, need),
                time_words(figures, need),
                figures.tier.map_or("unknown".to_owned(), |tier| format!("{tier} of 5"))
            )
        }
    }
}

/// Where a route stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The provider's place in the settings' order, from 1.
    pub(super) provider: usize,
    /// What the balanced strategy makes of it.
    pub(super) score: Score,
}

fn cost_words(figures: Figures, need: &Need) -> String {
    match figures.expected_cost {
        Some(cost) => format!(
            "{cost} USD expected for {} tokens of input and {} of output",
            need.input_tokens, figures.output_tokens
        ),
        None => "its price is not known".to_owned(),
    }
}

fn time_words(figures: Figures, need: &Need) -> String {
    match figures.expected_ms {
        Some(time_ms) if need.stream => format!("first piece expected after {time_ms:.0} ms"),
        Some(time_ms) => format!("{} tokens expected after {time_ms:.0} ms", figures.output_tokens),
        None => "not measured lately".to_owned(),
    }
}
