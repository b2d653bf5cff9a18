use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// One unit is 10^-15 USD: what a rate of nine places per million tokens counts in.
const UNITS_SCALE: u32 = 15;

fn origin() -> Arc<Origin> {
    Arc::new(Origin { source: "a page".to_owned(), date: "2026-11-21".to_owned() })
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn usd(text: &str) -> Usd {
    Usd::new(decimal(text))
}

/// Rates in the order of [`Kind::ALL`], `-` for one that is not stated.
fn band(tier: ServiceTier, above: u64, rates: &str) -> StatedBand {
    let mut band = StatedBand { tier, above_input_tokens: above, rates: [None; 6] };
    for (kind, rate) in Kind::ALL.into_iter().zip(rates.split(' ')).filter(|(_, rate)| *rate != "-") {
        band.set(kind, decimal(rate));
    }
    band
}

fn price(bands: &[StatedBand]) -> Price {
    Stated { bands: bands.to_vec() }.price(origin()).unwrap()
}

fn million(rate: Decimal) -> String {
    per_million(rate).to_string()
}

fn arbitrary_rate() -> impl Strategy<Value = Decimal> {
    (0_i64..=1_000_000_000, 0_u32..=DECIMALS_MAX).prop_map(|(digits, scale)| Decimal::new(digits, scale).min(RATE_MAX))
}

fn arbitrary_band() -> impl Strategy<Value = StatedBand> {
    let tier = prop::sample::select(ServiceTier::ALL.to_vec());
    let above = prop::sample::select(vec![0_u64, 128_000, 200_000, 272_000]);
    (tier, above, prop::array::uniform6(prop::option::of(arbitrary_rate())))
        .prop_map(|(tier, above_input_tokens, rates)| StatedBand { tier, above_input_tokens, rates })
}

fn arbitrary_price() -> impl Strategy<Value = Price> {
    let standard = (arbitrary_rate(), arbitrary_rate(), prop::array::uniform4(prop::option::of(arbitrary_rate())));
    (standard, prop::collection::vec(arbitrary_band(), 0..6)).prop_map(|((input, output, others), bands)| {
        let [read, write, write_1h, reasoning] = others;
        let rates = [Some(input), Some(output), read, write, write_1h, reasoning];
        let standard = StatedBand { tier: ServiceTier::Standard, above_input_tokens: 0, rates };
        price(&std::iter::once(standard).chain(bands).collect::<Vec<_>>())
    })
}

fn arbitrary_tokens() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..400_000, 0_u64..10_000_000_000, Just(u64::MAX), Just(0)]
}

fn arbitrary_usage() -> impl Strategy<Value = Usage> {
    prop::array::uniform6(arbitrary_tokens()).prop_map(|[fresh, read, write, write_1h, output, reasoning]| Usage {
        fresh_input_tokens: fresh,
        cache_read_tokens: read,
        cache_write_tokens: write,
        cache_write_1h_tokens: write_1h,
        output_tokens: output,
        reasoning_tokens: reasoning.min(output),
    })
}

fn arbitrary_tier() -> impl Strategy<Value = ServiceTier> {
    prop::sample::select(ServiceTier::ALL.to_vec())
}

fn input(tokens: u64) -> Usage {
    Usage { fresh_input_tokens: tokens, ..Usage::default() }
}

/// The rate in units, without any decimal arithmetic but moving the point.
fn units(rate: Decimal) -> i128 {
    rate.mantissa() * 10_i128.pow(UNITS_SCALE - rate.scale())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// With one more call's tokens of any kind a call never costs less. A reasoning token is an output token too.
    #[test]
    fn cost_is_monotonic_in_every_count(
        price in arbitrary_price(), tier in arbitrary_tier(), usage in arbitrary_usage(), more in arbitrary_tokens(), kind in 0..6,
    ) {
        let mut larger = usage;
        match kind {
            0 => larger.fresh_input_tokens = usage.fresh_input_tokens.saturating_add(more),
            1 => larger.cache_read_tokens = usage.cache_read_tokens.saturating_add(more),
            2 => larger.cache_write_tokens = usage.cache_write_tokens.saturating_add(more),
            3 => larger.cache_write_1h_tokens = usage.cache_write_1h_tokens.saturating_add(more),
            4 => larger.output_tokens = usage.output_tokens.saturating_add(more),
            _ => {
                let room = TOKENS_MAX.saturating_sub(usage.output_tokens);
                larger.output_tokens += more.min(room);
                larger.reasoning_tokens += more.min(room);
            }
        }
        prop_assert!(price.cost_in(tier, &larger) >= price.cost_in(tier, &usage));
    }

    /// Calls whose input is in one band cost together what a call with all of their tokens costs; in general never more
    /// than that, as longer input is never cheaper.
    #[test]
    fn cost_is_additive_over_calls_of_one_band(
        price in arbitrary_price(), tier in arbitrary_tier(),
        one in prop::array::uniform6(0_u64..100_000_000), other in prop::array::uniform6(0_u64..100_000_000),
    ) {
        let usage = |[fresh, read, write, write_1h, output, reasoning]: [u64; 6]| Usage {
            fresh_input_tokens: fresh,
            cache_read_tokens: read,
            cache_write_tokens: write,
            cache_write_1h_tokens: write_1h,
            output_tokens: output,
            reasoning_tokens: reasoning.min(output),
        };
        let (one, other) = (usage(one), usage(other));
        let apart = price.cost_in(tier, &one) + price.cost_in(tier, &other);
        let together = price.cost_in(tier, &(one + other));
        prop_assert!(apart <= together);
        let longest = price.bands().iter().map(|band| band.above_input_tokens).max().unwrap_or_default();
        if longest == 0 || one.input_tokens().min(other.input_tokens()) > longest {
            prop_assert_eq!(apart, together);
        }
    }

    /// The cost is the whole number of units that integer arithmetic gives: never negative, never rounded.
    #[test]
    fn cost_is_exact(price in arbitrary_price(), usage in arbitrary_usage()) {
        let mut rates = *price.rates();
        for band in price.bands().iter().filter(|band| band.tier == ServiceTier::Standard) {
            if usage.input_tokens() > band.above_input_tokens {
                rates = band.rates;
            }
        }
        let counted = |tokens: u64| i128::from(tokens.min(TOKENS_MAX));
        let output = counted(usage.output_tokens);
        let reasoning = counted(usage.reasoning_tokens).min(output);
        let expected = units(rates.input) * counted(usage.fresh_input_tokens)
            + units(rates.cache_read) * counted(usage.cache_read_tokens)
            + units(rates.cache_write) * counted(usage.cache_write_tokens)
            + units(rates.cache_write_1h) * counted(usage.cache_write_1h_tokens)
            + units(rates.output) * (output - reasoning)
            + units(rates.reasoning) * reasoning;
        let cost = price.cost(&usage).amount();
        prop_assert!(cost >= Decimal::ZERO);
        prop_assert_eq!(units(cost), expected);
    }

    /// What a budget reserves is enough for any split of at most so many tokens between the kinds.
    #[test]
    fn the_most_is_never_passed(
        price in arbitrary_price(), tier in arbitrary_tier(), usage in arbitrary_usage(),
        spare_input in 0_u64..1_000_000, spare_output in 0_u64..1_000_000,
    ) {
        let most = price.most_in(
            tier,
            usage.input_tokens().saturating_add(spare_input),
            usage.output_tokens.saturating_add(spare_output),
        );
        prop_assert!(most >= price.cost_in(tier, &usage), "{most} {}", price.cost_in(tier, &usage));
    }

    /// A vendor's count of reasoning that is larger than the output is not believed.
    #[test]
    fn reasoning_beyond_the_output_counts_as_the_output(price in arbitrary_price(), usage in arbitrary_usage()) {
        let damaged = Usage { reasoning_tokens: u64::MAX, ..usage };
        let honest = Usage { reasoning_tokens: usage.output_tokens, ..usage };
        prop_assert_eq!(price.cost(&damaged), price.cost(&honest));
    }
}

#[test]
fn each_kind_costs_its_own_rate() {
    let price = price(&[band(ServiceTier::Standard, 0, "3 15 0.3 3.75 6 20")]);
    let usage = Usage {
        fresh_input_tokens: 1_000,
        cache_read_tokens: 2_000,
        cache_write_tokens: 3_000,
        cache_write_1h_tokens: 4_000,
        output_tokens: 500,
        reasoning_tokens: 100,
    };
    // 0.003 + 0.0006 + 0.01125 + 0.024 + 400 * 15 + 100 * 20 per million.
    assert_eq!(price.cost(&usage), usd("0.04685"));
}

#[test]
fn what_is_not_stated_costs_what_counts_otherwise() {
    let price = price(&[band(ServiceTier::Standard, 0, "3 15")]);
    let rates = price.rates();
    assert_eq!(
        [rates.cache_read, rates.cache_write, rates.cache_write_1h, rates.reasoning].map(million),
        ["3", "3", "3", "15"]
    );
}

#[test]
fn an_hour_in_the_cache_costs_what_five_minutes_do_when_it_has_no_rate() {
    let price = price(&[band(ServiceTier::Standard, 0, "3 15 0.3 3.75")]);
    assert_eq!(million(price.rates().cache_write_1h), "3.75");
}

#[test]
fn long_input_makes_all_tokens_of_the_call_dearer_from_one_token_above_on() {
    let price = price(&[band(ServiceTier::Standard, 0, "1 10"), band(ServiceTier::Standard, 200_000, "2 15")]);
    assert_eq!(price.cost(&input(200_000)), usd("0.2"));
    assert_eq!(price.cost(&input(200_001)), usd("0.400002"));
    let cached = Usage { cache_read_tokens: 100_000, ..input(100_001) };
    assert_eq!(price.cost(&cached), usd("0.400002"), "all input counts, not the fresh alone");
    let answer = Usage { output_tokens: 1_000_000, ..Usage::default() };
    assert_eq!(price.cost(&answer), usd("10"), "output alone never makes the input long");
}

#[test]
fn a_rate_for_longer_input_is_never_below_that_for_shorter() {
    let price = price(&[band(ServiceTier::Standard, 0, "2 10"), band(ServiceTier::Standard, 200_000, "1 15")]);
    assert_eq!(price.cost(&input(200_001)), usd("0.400002"));
}

#[test]
fn a_service_tier_has_its_own_rates_and_others_are_standard() {
    let price = price(&[
        band(ServiceTier::Standard, 0, "2 8 0.5"),
        band(ServiceTier::Flex, 0, "1 4"),
        band(ServiceTier::Priority, 0, "4 16 0.4"),
    ]);
    let usage = Usage { output_tokens: 1_000_000, ..input(1_000_000) };
    assert_eq!(price.cost_in(ServiceTier::Flex, &usage), usd("5"));
    assert_eq!(price.cost_in(ServiceTier::Priority, &usage), usd("20"));
    assert_eq!(price.cost_in(ServiceTier::Batch, &usage), usd("10"), "no rates of its own");
    assert_eq!(price.cost(&usage), usd("10"));
    let cached = Usage { cache_read_tokens: 1_000_000, ..Usage::default() };
    assert_eq!(price.cost_in(ServiceTier::Flex, &cached), usd("1"), "the dearer of its input and the standard cache");
    assert_eq!(price.cost_in(ServiceTier::Priority, &cached), usd("0.4"), "its own");
}

#[test]
fn the_tier_of_an_answer_is_told_by_its_name() {
    let names = ["default", "standard", "on_demand", "flex", "priority", "batch", "ultrafast", "FLEX", ""];
    use ServiceTier::{Batch, Flex, Priority, Standard, Ultrafast};
    let expected = [Standard, Standard, Standard, Flex, Priority, Batch, Ultrafast, Standard, Standard];
    assert_eq!(names.map(ServiceTier::of_answer), expected);
}

#[test]
fn without_a_rate_for_input_or_output_there_is_no_price() {
    for rates in ["- 15", "3 -"] {
        assert_eq!(Stated { bands: vec![band(ServiceTier::Standard, 0, rates)] }.price(origin()), None);
    }
    assert_eq!(Stated { bands: vec![band(ServiceTier::Flex, 0, "3 15")] }.price(origin()), None);
    assert_eq!(Stated { bands: vec![band(ServiceTier::Standard, 200_000, "3 15")] }.price(origin()), None);
}

#[test]
fn free_is_free_however_much_is_used() {
    let price = Price::free(origin());
    let usage = Usage { output_tokens: u64::MAX, ..input(u64::MAX) };
    assert!(price.is_free());
    assert_eq!(price.cost(&usage), Usd::ZERO);
    assert_eq!(price.most(u64::MAX, u64::MAX), Usd::ZERO);
}
