//! Whatever the catalogue, the circumstances and the request: what is chosen can and may answer, and nothing that can and
//! may is left out.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use proptest::{prelude::*, strategy::Strategy as _};
use rust_decimal::Decimal;
use samokoder::{
    domain::money::Usd,
    router::{
        breaker::Health,
        call::{Call, ModelClass, Strategy},
        choice::{Choice, Need},
        failure::{Failure, FailureClass},
        model::{Model, Route},
        request::Request,
        settings::{Settings, Weights},
    },
};

use super::choice_world::{World, call};

#[derive(Debug, Clone)]
struct ProviderSpec {
    schema_mode: &'static str,
    free: bool,
    key_optional: bool,
    has_key: bool,
    failures: usize,
    /// Which of the models it refuses for now.
    limited: Option<usize>,
}

#[derive(Debug, Clone)]
struct ModelSpec {
    classes: Vec<&'static str>,
    tier: u8,
    context_tokens: u64,
    max_output_tokens: Option<u64>,
    abilities: [bool; 4],
    routes: Vec<RouteSpec>,
}

/// Provider, price per million tokens of input and of output, first piece in ms.
type RouteSpec = (usize, Option<(u32, u32)>, Option<u64>);

#[derive(Debug, Clone)]
struct CallSpec {
    wanted: usize,
    strategy: Strategy,
    need: Need,
    cap_cents: Option<u32>,
    left_cents: Option<u32>,
    seconds_later: u64,
    weights: [u8; 3],
}

const CLASSES: [&str; 4] = ["reasoning", "coding", "fast", "chat"];

fn providers() -> impl proptest::strategy::Strategy<Value = Vec<ProviderSpec>> {
    let provider = (
        prop::sample::select(vec!["native", "json_object", "function"]),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.7),
        prop::sample::select(vec![0_usize, 0, 4, 5]),
        prop::option::weighted(0.3, 0..6_usize),
    );
    let provider = provider.prop_map(|(schema_mode, free, key_optional, has_key, failures, limited)| ProviderSpec {
        schema_mode,
        free,
        key_optional,
        has_key,
        failures,
        limited,
    });
    prop::collection::vec(provider, 1..5)
}

fn models() -> impl proptest::strategy::Strategy<Value = Vec<ModelSpec>> {
    let price = prop::option::weighted(0.8, (0..50_u32, 0..100_u32));
    let route = (0..4_usize, price, prop::option::of(1..5_000_u64));
    let model = (
        prop::sample::subsequence(CLASSES.to_vec(), 0..=4),
        1..=5_u8,
        prop::sample::select(vec![2_000_u64, 16_000, 200_000, 1_000_000]),
        prop::option::of(prop::sample::select(vec![500_u64, 4_000, 64_000])),
        any::<[bool; 4]>(),
        prop::collection::vec(route, 1..4),
    );
    let model = model.prop_map(|(classes, tier, context_tokens, max_output_tokens, abilities, routes)| ModelSpec {
        classes,
        tier,
        context_tokens,
        max_output_tokens,
        abilities,
        routes,
    });
    prop::collection::vec(model, 1..6)
}

fn calls() -> impl proptest::strategy::Strategy<Value = CallSpec> {
    let strategies = vec![Strategy::Ordered, Strategy::Cost, Strategy::Latency, Strategy::Quality, Strategy::Balanced];
    let need = (
        prop::sample::select(vec![0_u64, 10, 1_500, 15_500, 500_000, u64::MAX]),
        prop::option::of(prop::sample::select(vec![1_u64, 600, 5_000, u64::MAX])),
        any::<[bool; 5]>(),
    );
    let need = need.prop_map(|(input_tokens, output_tokens, [vision, tools, forced_tool, schema, stream])| {
        let request = Request { max_output_tokens: output_tokens, ..Request::default() };
        Need { vision, tools, forced_tool, schema, ..Need::of(&request, stream).with_input_tokens(input_tokens) }
    });
    let money = || prop::option::weighted(0.4, prop::sample::select(vec![0_u32, 1, 20, 100_000]));
    let later = prop::sample::select(vec![0_u64, 5, 59, 60, 61]);
    (0..7_usize, prop::sample::select(strategies), need, money(), money(), later, [0..4_u8, 0..4, 0..4]).prop_map(
        |(wanted, strategy, need, cap_cents, left_cents, seconds_later, weights)| CallSpec {
            wanted,
            strategy,
            need,
            cap_cents,
            left_cents,
            seconds_later,
            weights,
        },
    )
}

fn text(providers: &[ProviderSpec], models: &[ModelSpec]) -> String {
    let mut text = String::new();
    for (at, ProviderSpec { schema_mode, free, key_optional, .. }) in providers.iter().enumerate() {
        writeln!(
            text,
            "[providers.p{at}]\ndialect = \"openai_chat\"\nbase_url = \"https://p{at}.example.org\"\nkey_names = [\"K{at}\"]\n\
             free = {free}\nkey_optional = {key_optional}\nquirks.schema_mode = \"{schema_mode}\""
        )
        .unwrap();
    }
    for (at, model) in models.iter().enumerate() {
        let [vision, tools, forced_tools, schema] = model.abilities;
        let most = model.max_output_tokens.map(|most| format!("max_output_tokens = {most}\n")).unwrap_or_default();
        let served: BTreeSet<usize> = model.routes.iter().map(|(provider, ..)| provider % providers.len()).collect();
        let routes: Vec<String> =
            served.iter().map(|provider| format!("{{ provider = \"p{provider}\", model = \"m{at}\" }}")).collect();
        writeln!(
            text,
            "[[models]]\nname = \"m{at}\"\nclasses = {:?}\ntier = {}\ncontext_tokens = {}\n{most}vision = {vision}\n\
             tools = {tools}\nforced_tools = {forced_tools}\nschema = {schema}\nreasoning = false\nroutes = [{}]",
            model.classes,
            model.tier,
            model.context_tokens,
            routes.join(", ")
        )
        .unwrap();
    }
    text
}

fn world(providers: &[ProviderSpec], models: &[ModelSpec], spec: &CallSpec) -> World {
    let mut world = World::of(&text(providers, models));
    for (at, model) in models.iter().enumerate() {
        for (provider, price, first_piece_ms) in &model.routes {
            let route = format!("p{}/m{at}", provider % providers.len());
            if let Some(price) = price {
                world.prices.0.insert(route.clone(), *price);
            }
            if let Some(ms) = first_piece_ms {
                world.latencies.note_stream(&route, Duration::from_millis(*ms), 100, Duration::from_millis(*ms));
            }
        }
    }
    for (at, provider) in providers.iter().enumerate() {
        let name = format!("p{at}");
        if !provider.has_key {
            world.without_key.push(name.clone());
        }
        world.fail(&name, provider.failures);
        if let Some(model) = provider.limited {
            let failure = Failure {
                retry_after: Some(Duration::from_secs(30)),
                ..Failure::new(FailureClass::RateLimit, "rate_limit", "words")
            };
            world.rate_limits.learn_failure(&world.key(&name), &format!("m{model}"), &failure);
        }
    }
    let [cost, latency, quality] = spec.weights.map(f64::from);
    let weights = Weights { cost, latency, quality };
    world.settings = Settings {
        provider_order: Vec::new(),
        weights: if cost + latency + quality > 0.0 { weights } else { Weights::default() },
        ..Settings::default()
    };
    world.budget_left = spec.left_cents.map(cents);
    world.clock.advance(Duration::from_secs(spec.seconds_later));
    world
}

fn cents(cents: u32) -> Usd {
    Usd::new(Decimal::new(i64::from(cents), 2))
}

fn wanted(spec: &CallSpec, models: usize) -> String {
    match spec.wanted {
        0 => "auto".to_owned(),
        class @ 1..=4 => CLASSES[class - 1].to_owned(),
        named => format!("m{}", named % models),
    }
}

/// The filters once more, straight from what the issue asks: nothing here is shared with what is tested.
fn may_answer(world: &World, spec: &CallSpec, model: &Model, route: &Route) -> bool {
    let need = &spec.need;
    let provider = &route.provider;
    let has_key = provider.key_optional || !world.without_key.contains(&provider.name);
    let able = (!need.vision || route.abilities.vision)
        && (!need.tools || route.abilities.tools)
        && (!need.forced_tool || route.abilities.forced_tools)
        && (!need.schema || route.keeps_schema());
    let answer = need.output_tokens.unwrap_or(1_000);
    let fits =
        route.context_tokens.is_none_or(|window| u128::from(need.input_tokens) + u128::from(answer) <= window.into())
            && route.max_output_tokens.is_none_or(|most| need.output_tokens.is_none_or(|wanted| wanted <= most));
    let caps = [spec.cap_cents, spec.left_cents];
    let payable = provider.free
        || caps.iter().flatten().all(|cap| {
            let window = route.context_tokens.unwrap_or(u64::MAX);
            let most = route.max_output_tokens.unwrap_or(u64::MAX).min(window.saturating_sub(need.input_tokens));
            let output_tokens = need.output_tokens.unwrap_or(most);
            let Some((input, output)) = world.prices.0.get(&route.name) else { return false };
            let micro = Decimal::from(*input) * Decimal::from(need.input_tokens)
                + Decimal::from(*output) * Decimal::from(output_tokens);
            micro <= cents(*cap).amount() * Decimal::from(1_000_000)
        });
    let mut key = world.key(&provider.name);
    if world.without_key.contains(&provider.name) {
        key.credential_fingerprint.clear();
    }
    let healthy = matches!(world.breakers.health(&key), Health::Closed | Health::ProbeDue);
    let within_limits = world.rate_limits.limited(&key, &route.model, need.input_tokens).is_none();
    let class = ModelClass::ALL.iter().position(|class| model.classes.contains(class)).is_some();
    let asked = match spec.wanted {
        0 => class,
        at @ 1..=4 => model.classes.iter().any(|class| class.name() == CLASSES[at - 1]),
        named => model.name == format!("m{}", named % world.catalog.models().len()),
    };
    asked && has_key && able && fits && payable && healthy && within_limits
}

fn chosen(choice: &Choice) -> Vec<String> {
    choice.candidates.iter().map(|candidate| candidate.name().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_chosen_satisfy_the_filters_and_the_others_do_not(
        providers in providers(),
        models in models(),
        spec in calls(),
    ) {
        let world = world(&providers, &models, &spec);
        let call = Call {
            strategy: Some(spec.strategy),
            cost_cap: spec.cap_cents.map(cents),
            ..call(&wanted(&spec, models.len()), Request::default())
        };
        let choice = world.choose(&call, &spec.need);
        let expected: BTreeSet<String> = world
            .catalog
            .models()
            .iter()
            .flat_map(|model| model.routes.iter().map(move |route| (model, route)))
            .filter(|(model, route)| may_answer(&world, &spec, model, route))
            .map(|(_, route)| route.name.clone())
            .collect();
        let names = chosen(&choice);
        prop_assert_eq!(names.iter().cloned().collect::<BTreeSet<_>>(), expected);
        prop_assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "each once");

        // Equal circumstances, equal choice; and every route has its line.
        prop_assert_eq!(&names, &chosen(&world.choose(&call, &spec.need)));
        let explanation = choice.explanation();
        prop_assert!(explanation.candidates.iter().all(|score| !score.because.is_empty()));
        prop_assert!(explanation.refused.iter().all(|refusal| !refusal.reason.is_empty()));

        // The order is the strategy's.
        for pair in choice.candidates.windows(2) {
            let [left, right] = pair else { unreachable!() };
            match spec.strategy {
                Strategy::Cost => {
                    let key = |cost: Option<Usd>| (cost.is_none(), cost);
                    prop_assert!(key(left.figures.expected_cost) <= key(right.figures.expected_cost));
                }
                Strategy::Quality => prop_assert!(left.figures.tier >= right.figures.tier),
                Strategy::Latency => {
                    let key = |time: Option<f64>| time.unwrap_or(-1.0);
                    prop_assert!(key(left.figures.expected_ms) <= key(right.figures.expected_ms));
                }
                Strategy::Ordered => prop_assert!(left.provider.name <= right.provider.name),
                Strategy::Balanced => {}
            }
        }
    }
}
