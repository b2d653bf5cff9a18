//! What tokens cost at one model: rates by kind of token, length of the input and service tier.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::{money::Usd, usage::Usage};

/// Decimal places of a rate per million tokens that a price may have.
pub(super) const DECIMALS_MAX: u32 = 9;
/// The highest rate per million tokens, in any currency: no token costs more than 1.
pub(super) const RATE_MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// More tokens than any call has. A count above is taken for this many, so that no product leaves the 96 bits of a
/// decimal: 10^6 per million with 9 places is 10^15 units, times 10^12 tokens is 10^27, and 2^96 is over 7 * 10^28.
const TOKENS_MAX: u64 = 1_000_000_000_000;
const MILLION_DIGITS: u32 = 6;

/// Where a price is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The vendor's page, or the file.
    pub source: String,
    /// When it was true there, `YYYY-MM-DD`; empty when nobody said.
    pub date: String,
}

/// How quickly a call is served, where a vendor sells that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceTier {
    /// As everybody is.
    #[default]
    Standard,
    /// Within a day.
    Batch,
    /// When there is room.
    Flex,
    /// Before others.
    Priority,
    /// Before others, by quicker machines.
    Ultrafast,
}

impl ServiceTier {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Standard, Self::Batch, Self::Flex, Self::Priority, Self::Ultrafast];

    /// Name in price files, and `service_tier` of vendors' answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Batch => "batch",
            Self::Flex => "flex",
            Self::Priority => "priority",
            Self::Ultrafast => "ultrafast",
        }
    }

    /// The tier that an answer's `service_tier` names. Vendors have names without a rate of their own (`default`,
    /// `on_demand`, `scale`): those cost what the standard tier does.
    #[must_use]
    pub fn of_answer(name: &str) -> Self {
        Self::ALL.into_iter().find(|tier| tier.name() == name).unwrap_or_default()
    }
}

/// Rates of one kind each, in US dollars per token, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Input that no cache held.
    pub input: Decimal,
    /// Output that is not reasoning.
    pub output: Decimal,
    /// Input that was read from the provider's cache.
    pub cache_read: Decimal,
    /// Input that was written into the provider's cache for five minutes.
    pub cache_write: Decimal,
    /// Input that was written into the provider's cache for an hour.
    pub cache_write_1h: Decimal,
    /// Output that was reasoning.
    pub reasoning: Decimal,
}

impl Rates {
    const FREE: Self = Self {
        input: Decimal::ZERO,
        output: Decimal::ZERO,
        cache_read: Decimal::ZERO,
        cache_write: Decimal::ZERO,
        cache_write_1h: Decimal::ZERO,
        reasoning: Decimal::ZERO,
    };

    fn dearest_input(&self) -> Decimal {
        self.input.max(self.cache_read).max(self.cache_write).max(self.cache_write_1h)
    }

    fn dearest_output(&self) -> Decimal {
        self.output.max(self.reasoning)
    }
}

/// Rates of a service tier from some length of input on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The service tier.
    pub tier: ServiceTier,
    /// Holds for calls with more input than this, for all of their tokens; 0 is every call.
    pub above_input_tokens: u64,
    /// The rates.
    pub rates: Rates,
}

/// What a model's tokens cost, and where that is from. Cheap to clone.
///
/// All amounts are exact decimals: nothing is rounded, no binary fraction is made. A vendor that charges more for long
/// input charges it for the whole call, so that the length of one call's input decides the rates of all of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    bands: Arc<[Band]>,
    origin: Arc<Origin>,
}

impl Price {
    /// A price of nothing at all, for a server of one's own.
    #[must_use]
    pub fn free(origin: Arc<Origin>) -> Self {
        Self {
            bands: Arc::new([Band { tier: ServiceTier::Standard, above_input_tokens: 0, rates: Rates::FREE }]),
            origin,
        }
    }

    /// What a call cost that used these tokens in the standard tier.
    ///
    /// It never falls when a call has more tokens of any kind (reasoning tokens being output tokens), is never negative,
    /// and of calls within one band it is additive. Reasoning beyond the output is not believed.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Usd {
        self.cost_in(ServiceTier::Standard, usage)
    }

    /// What a call cost in a service tier; in one that this model has no rates for, as in the standard tier.
    #[must_use]
    pub fn cost_in(&self, tier: ServiceTier, usage: &Usage) -> Usd {
        let input_tokens = usage.input_tokens();
        let mut rates = Rates::FREE;
        for band in self.bands_of(tier).filter(|band| band.covers(input_tokens)) {
            rates = band.rates;
        }
        let output = usage.output_tokens.min(TOKENS_MAX);
        let reasoning = usage.reasoning_tokens.min(output);
        let parts = [
            (rates.input, usage.fresh_input_tokens),
            (rates.cache_read, usage.cache_read_tokens),
            (rates.cache_write, usage.cache_write_tokens),
            (rates.cache_write_1h, usage.cache_write_1h_tokens),
            (rates.output, output - reasoning),
            (rates.reasoning, reasoning),
        ];
        parts.into_iter().map(|(rate, tokens)| amount(rate, tokens.min(TOKENS_MAX))).sum()
    }

    /// The most that a call in the standard tier can cost with at most so many tokens, however they are split between
    /// kinds: what a budget reserves.
    #[must_use]
    pub fn most(&self, input_tokens: u64, output_tokens: u64) -> Usd {
        self.most_in(ServiceTier::Standard, input_tokens, output_tokens)
    }

    /// The most that a call in a service tier can cost, for a request that asks for one.
    #[must_use]
    pub fn most_in(&self, tier: ServiceTier, input_tokens: u64, output_tokens: u64) -> Usd {
        let reachable = self.bands_of(tier).filter(|band| band.covers(input_tokens));
        let (input, output) = reachable.fold((Decimal::ZERO, Decimal::ZERO), |(input, output), band| {
            (input.max(band.rates.dearest_input()), output.max(band.rates.dearest_output()))
        });
        // Each of the four kinds of input is counted up to that number.
        amount(input, input_tokens.min(4 * TOKENS_MAX)) + amount(output, output_tokens.min(TOKENS_MAX))
    }

    /// Rates of a call with little input in the standard tier, to be shown and compared.
    #[must_use]
    pub fn rates(&self) -> &Rates {
        self.bands.first().map_or(&Rates::FREE, |band| &band.rates)
    }

    /// All rates, by tier and length of input.
    #[must_use]
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Where it is from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether no call costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.bands.iter().all(|band| band.rates == Rates::FREE)
    }

    fn bands_of(&self, tier: ServiceTier) -> impl Iterator<Item = &Band> {
        let has_own = self.bands.iter().any(|band| band.tier == tier);
        let tier = if has_own { tier } else { ServiceTier::Standard };
        self.bands.iter().filter(move |band| band.tier == tier)
    }
}

impl Band {
    const fn covers(&self, input_tokens: u64) -> bool {
        self.above_input_tokens == 0 || input_tokens > self.above_input_tokens
    }
}

fn amount(rate: Decimal, tokens: u64) -> Usd {
    Usd::new(rate.saturating_mul(Decimal::from(tokens)))
}

/// A kind of token that has a rate, in the order of the snapshot's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    Reasoning,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Input, Self::Output, Self::CacheRead, Self::CacheWrite, Self::CacheWrite1h, Self::Reasoning];

    /// Name in price files.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::CacheWrite1h => "cache_write_1h",
            Self::Reasoning => "reasoning",
        }
    }

    /// The kind whose rate counts where a price has none for this one: a cache that is not spoken of saves nothing.
    const fn otherwise(self) -> Option<Self> {
        match self {
            Self::Input | Self::Output => None,
            Self::CacheRead | Self::CacheWrite => Some(Self::Input),
            Self::CacheWrite1h => Some(Self::CacheWrite),
            Self::Reasoning => Some(Self::Output),
        }
    }
}

/// Rates that a price file states for a tier from some length of input on, per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatedBand {
    pub(super) tier: ServiceTier,
    pub(super) above_input_tokens: u64,
    pub(super) rates: [Option<Decimal>; 6],
}

impl StatedBand {
    fn rate(&self, kind: Kind) -> Option<Decimal> {
        self.rates.get(kind as usize).copied().flatten()
    }

    pub(super) fn set(&mut self, kind: Kind, rate: Decimal) {
        if let Some(place) = self.rates.get_mut(kind as usize) {
            *place = Some(rate);
        }
    }
}

/// What a price file states of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) bands: Vec<StatedBand>,
}

impl Stated {
    /// The whole price. None when the standard tier has no rate for input or none for output.
    ///
    /// What is not stated is the dearest of what could be meant: the rate of the kind that counts otherwise, the rate
    /// for shorter input, the standard tier's rate. A rate is never below that for shorter input.
    pub(super) fn price(&self, origin: Arc<Origin>) -> Option<Price> {
        self.stated(ServiceTier::Standard, 0, Kind::Input)?;
        self.stated(ServiceTier::Standard, 0, Kind::Output)?;
        let mut lengths: Vec<u64> = self.bands.iter().map(|band| band.above_input_tokens).chain([0]).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut bands: Vec<Band> = Vec::with_capacity(self.bands.len());
        for tier in ServiceTier::ALL {
            if !self.bands.iter().any(|band| band.tier == tier) {
                continue;
            }
            let mut below = None;
            for &above_input_tokens in &lengths {
                let rates = self.rates(tier, above_input_tokens, below);
                if below != Some(rates) {
                    bands.push(Band { tier, above_input_tokens, rates });
                }
                below = Some(rates);
            }
        }
        Some(Price { bands: bands.into(), origin })
    }

    /// Has tokens that a cache held cost nothing where the standard tier does not say what they cost.
    pub(super) fn cache_reads_are_free_unless_stated(&mut self) {
        if self.stated(ServiceTier::Standard, 0, Kind::CacheRead).is_none() {
            let standard = self.bands.iter_mut().filter(|band| band.tier == ServiceTier::Standard);
            for band in standard.filter(|band| band.above_input_tokens == 0) {
                band.set(Kind::CacheRead, Decimal::ZERO);
            }
        }
    }

    /// Replaces every rate; false when one has no replacement.
    pub(super) fn map(&mut self, change: impl Fn(Decimal) -> Option<Decimal>) -> bool {
        for rate in self.bands.iter_mut().flat_map(|band| &mut band.rates).flatten() {
            match change(*rate) {
                Some(changed) => *rate = changed,
                None => return false,
            }
        }
        true
    }

    fn rates(&self, tier: ServiceTier, above: u64, below: Option<Rates>) -> Rates {
        let rate = |kind| self.rate(tier, above, kind);
        let floor = below.unwrap_or(Rates::FREE);
        Rates {
            input: rate(Kind::Input).max(floor.input),
            output: rate(Kind::Output).max(floor.output),
            cache_read: rate(Kind::CacheRead).max(floor.cache_read),
            cache_write: rate(Kind::CacheWrite).max(floor.cache_write),
            cache_write_1h: rate(Kind::CacheWrite1h).max(floor.cache_write_1h),
            reasoning: rate(Kind::Reasoning).max(floor.reasoning),
        }
    }

    /// The rate of a kind per token.
    fn rate(&self, tier: ServiceTier, above: u64, kind: Kind) -> Decimal {
        let exact = self.bands.iter().find(|band| band.tier == tier && band.above_input_tokens == above);
        if let Some(rate) = exact.and_then(|band| band.rate(kind)) {
            return per_token(rate);
        }
        let shorter = self.stated(tier, above, kind).map(per_token);
        let standard = self.stated(ServiceTier::Standard, above, kind).map(per_token);
        let otherwise = kind.otherwise().map(|kind| self.rate(tier, above, kind));
        shorter.into_iter().chain(standard).chain(otherwise).max().unwrap_or_default()
    }

    /// What is stated for a length of input, or for the longest that is shorter.
    fn stated(&self, tier: ServiceTier, above: u64, kind: Kind) -> Option<Decimal> {
        let bands = self.bands.iter().filter(|band| band.tier == tier && band.above_input_tokens <= above);
        let stated = bands.filter_map(|band| Some((band.above_input_tokens, band.rate(kind)?)));
        stated.max_by_key(|(above, _)| *above).map(|(_, rate)| rate)
    }
}

/// Moves the point, which is exact: a rate has at most [`DECIMALS_MAX`] places, and a decimal may have 28.
fn per_token(mut rate: Decimal) -> Decimal {
    let scale = rate.scale().saturating_add(MILLION_DIGITS);
    debug_assert!(scale <= 28);
    // A rate that cannot be moved was never read from a file.
    let _ = rate.set_scale(scale);
    rate
}

/// A rate as it is written for people, per million tokens.
#[must_use]
pub fn per_million(rate: Decimal) -> Decimal {
    rate.saturating_mul(Decimal::from(10_u64.pow(MILLION_DIGITS))).normalize()
}

#[cfg(test)]
#[path = "rates_tests.rs"]
mod tests;
