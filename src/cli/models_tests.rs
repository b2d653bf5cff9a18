use super::*;

fn band(service_tier: &'static str, above_input_tokens: u64, [input, cached, output]: [&str; 3]) -> BandLine {
    BandLine {
        service_tier,
        above_input_tokens,
        usd_per_million_tokens: RateLine {
            input: input.to_owned(),
            cached_input: cached.to_owned(),
            cache_write: input.to_owned(),
            cache_write_1h: input.to_owned(),
            output: output.to_owned(),
            reasoning: output.to_owned(),
        },
    }
}

fn line(name: Option<&str>, route: &str, bands: Vec<BandLine>, unknown: Option<&str>) -> ModelLine {
    ModelLine {
        name: name.map(str::to_owned),
        route: route.to_owned(),
        provider: "acme".to_owned(),
        classes: vec!["chat"],
        tier: Some(3),
        context_tokens: name.map(|_| 128_000),
        max_output_tokens: None,
        deprecated_at: None,
        price: unknown.is_none().then(|| PriceLine {
            bands,
            date: "2026-10-21".to_owned(),
            source: "https://acme.test/prices".to_owned(),
        }),
        unknown: unknown.map(str::to_owned),
    }
}

#[test]
fn models_stand_in_columns_figures_at_the_right() {
    let lines = [
        line(Some("large"), "acme/large", vec![band("standard", 0, ["2.5", "1.25", "10"])], None),
        line(
            Some("long"),
            "acme/long",
            vec![band("standard", 0, ["0.075", "0", "0.3"]), band("standard", 200_000, ["1", "1", "2"])],
            None,
        ),
        line(
            Some("quick"),
            "acme/quick",
            vec![band("standard", 0, ["1", "1", "2"]), band("flex", 200_000, ["1", "1", "2"])],
            None,
        ),
        line(None, "acme/secret", Vec::new(), Some("it depends on the contract")),
    ];
    insta::assert_snapshot!(model_table(&lines));
}

#[test]
fn an_empty_list_says_what_to_do() {
    assert!(model_table(&[]).contains("--all"));
}
