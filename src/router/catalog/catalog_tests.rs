use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, Document};
use crate::network::AddressRule;
use crate::router::{
    call::{ModelClass, Wanted},
    dialect::DialectName,
    provider::SchemaMode,
    reading::DataProblemKind,
    settings::{CatalogueOverlay, Settings},
};

fn own() -> Catalog {
    Catalog::load(&[]).unwrap()
}

fn with(text: &str) -> Catalog {
    Catalog::load(&[Document::of_file("mine.toml", text)]).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(text: &str) -> String {
    let problems = Catalog::load(&[Document::of_file("mine.toml", text)]).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn routes(catalog: &Catalog, wanted: &str) -> Vec<String> {
    let listings = catalog.find(&Wanted::of_name(wanted), &BTreeMap::new()).unwrap();
    listings.into_iter().map(|listing| listing.route.name.clone()).collect()
}

#[test]
fn the_products_own_catalogue_is_whole() {
    let catalog = own();
    let lines = catalog.providers().iter().map(|provider| {
        let key = if provider.key_optional { "key optional" } else { "key" };
        format!("{} {} {} {key}", provider.name, provider.dialect.name(), provider.base_url)
    });
    let providers: Vec<String> = lines.collect();
    let providers = providers.join("\n");
    insta::assert_snapshot!(providers);
    for class in ModelClass::ALL {
        let providers: BTreeSet<String> = routes(&catalog, class.name())
            .iter()
            .filter_map(|route| Some(route.split_once('/')?.0.to_owned()))
            .collect();
        for name in ["openrouter", "groq", "openai", "anthropic", "gigachat"] {
            assert!(providers.contains(name) || (class, name) == (ModelClass::Fast, "anthropic"), "{class:?} {name}");
        }
    }
    for name in Settings::default().provider_order {
        assert!(catalog.provider(&name).is_some(), "{name}");
    }
}

#[test]
fn every_shipped_provider_names_its_page() {
    let entries: Vec<&str> = super::OWN_PROVIDERS.split("\n\n").filter(|part| part.contains("[providers.")).collect();
    assert_eq!(entries.len(), own().providers().len());
    for entry in entries {
        let comments: String = entry.lines().filter(|line| line.starts_with('#')).collect();
        assert!(comments.contains("https://"), "{entry}");
    }
}

#[test]
fn a_providers_table_replaces_the_fields_that_it_names() {
    let catalog = with(
        r#"
        [providers.openai]
        base_url = "https://proxy.example.org/v1"
        quirks.drop_fields = ["user"]
        "#,
    );
    let provider = catalog.provider("openai").unwrap();
    assert_eq!(provider.base_url, "https://proxy.example.org/v1");
    assert_eq!(provider.quirks.drop_fields, ["user"]);
    assert_eq!(provider.key_names, ["OPENAI_API_KEY"], "what is not named stays");
    let place = |catalog: &Catalog| catalog.providers().iter().position(|provider| provider.name == "openai");
    assert_eq!(place(&catalog), place(&own()), "and so does its place");
    let route = &catalog.model("gpt-6-luna").unwrap().routes[1];
    assert_eq!(route.provider.base_url, "https://proxy.example.org/v1", "routes see it");
    assert_eq!(route.quirks.drop_fields, ["user", "temperature", "top_p"], "with what the route drops itself");
}

#[test]
fn any_server_with_a_known_wire_format_is_a_provider_more() {
    let catalog = with(
        r#"
        [providers.office]
        dialect = "openai_chat"
        base_url = "http://10.0.0.5:8080/v1"
        key_optional = true
        headers = { "X-Team" = "blue" }
        quirks = { schema_mode = "json_object", add_fields = { top_k = 20, options = { think = false } } }
        "#,
    );
    let office = catalog.provider("office").unwrap();
    assert_eq!((office.title.as_str(), office.dialect), ("office", DialectName::OpenaiChat));
    assert_eq!(office.headers.get("x-team").map(String::as_str), Some("blue"));
    assert_eq!(office.quirks.schema_mode, SchemaMode::JsonObject);
    assert_eq!(serde_json::to_string(&office.quirks.add_fields).unwrap(), r#"{"options":{"think":false},"top_k":20}"#);
    assert_eq!(routes(&catalog, "office/qwen3:8b"), ["office/qwen3:8b"]);
}

#[test]
fn a_models_row_takes_the_place_of_the_one_of_its_name() {
    let catalog = with(
        r#"
        [[models]]
        name = "gpt-6.1-sol"
        classes = ["chat"]
        tier = 2
        context_tokens = 1000
        vision = false
        tools = true
        schema = false
        reasoning = false
        routes = [{ provider = "ollama", model = "sol", context_tokens = 500, schema = true }]
        "#,
    );
    let model = catalog.model("gpt-6.1-sol").unwrap();
    assert_eq!((model.classes.as_slice(), model.tier), ([ModelClass::Chat].as_slice(), Some(2)));
    assert_eq!(catalog.models()[0].name, "gpt-6.1-sol", "in the same place");
    assert_eq!(catalog.models().len(), own().models().len());
    let [route] = model.routes.as_slice() else { panic!("{:?}", model.routes) };
    assert_eq!((route.name.as_str(), route.context_tokens), ("ollama/sol", Some(500)));
    assert!(route.abilities.schema && route.abilities.forced_tools && !route.abilities.vision);
}

#[test]
fn every_problem_is_told_at_once_with_its_place_and_what_to_write() {
    let told = problems(
        r#"surprise = 1

[providers.Acme]
dialect = "openai_chat"
base_url = "https://api.example.org/v1"
key_names = ["ACME_KEY"]

[providers.wrong]
title = 7
dialect = "openai"
base_url = "https://user:hunter2@example.org/v1"
key_names = ["sk-proj-hunter2!"]
headers = { authorization = "Bearer hunter2", "bad name" = "x" }
concurrency_per_key = 0
authorization = "gigachat_oauth"
titel = "Wrong"
[providers.wrong.quirks]
schema_mode = "strict"
drop_fields = [1]
add_fields = { when = 2026-11-21 }

[providers.keyless]
dialect = "openai_chat"
base_url = "https://example.org/v1/"

[[models]]
name = "auto"
classes = ["quick"]
tier = 6
context_tokens = -1
vision = "yes"
tools = true
schema = true
routes = []

[[models]]
name = "twice"
classes = []
tier = 1
context_tokens = 1
vision = false
tools = false
schema = false
reasoning = false
routes = [
  { provider = "opneai", model = "x" },
  { provider = "wrong", model = "a b" },
  { provider = "openai" },
  { provider = "openai", model = "x" },
  { provider = "openai", model = "x" },
]

[[models]]
name = "twice"
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_not_toml_is_told_with_its_place() {
    let told = problems("[providers.acme\nbase_url = https://example.org\n[[models]]\nname = 1\n");
    insta::assert_snapshot!(told);
}

#[test]
fn a_problem_never_repeats_what_may_be_a_key() {
    let told = problems(
        r#"
        [providers.acme]
        dialect = "openai_chat"
        base_url = "https://api.example.org/?key=sk-secret-1"
        proxy = "https://user:sk-secret-2@example.org"
        key_names = ["sk-secret-3"]
        headers = { "x-key" = "sk-secret-4\n", "x-api-key" = "sk-secret-5" }
        "#,
    );
    assert_eq!(told.lines().count(), 5, "{told}");
    assert!(!told.contains("sk-secret"), "{told}");
}

/// What users may name is on the internet, whatever the table that it replaces said.
#[test]
fn s60_s61_s62_s63_s64_an_address_that_is_not_public_is_refused_by_its_own_kind() {
    let row = |url: &str, more: &str| {
        format!(
            "[providers.theirs]\ndialect = 'openai_chat'\nkey_optional = true\naddress = 'public'\nbase_url = '{url}'\n{more}"
        )
    };
    let kinds = |text: &str| {
        let problems = Catalog::load(&[Document::of_file("mine.toml", text)]).unwrap_err();
        problems.iter().map(|problem| problem.kind).collect::<Vec<_>>()
    };
    for url in [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:8080",
        "https://localhost",
        "https://[::1]",
        "https://0.0.0.0",
        "https://10.0.0.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.1",
        "https://[::ffff:127.0.0.1]",
        "https://api.openai.com@evil.test",
        "https://evil.test#@api.openai.com",
        "https://evil.test\\@api.openai.com",
        "file:///etc/passwd",
        "gopher://evil.test",
        "ftp://evil.test",
        "http://api.example.org/v1",
    ] {
        assert_eq!(kinds(&row(url, "")), [DataProblemKind::UrlNotAllowed], "{url}");
    }
    let own = "[providers.ollama]\naddress = 'public'";
    assert_eq!(kinds(own), [DataProblemKind::UrlNotAllowed], "the base's own address counts");
    assert_eq!(kinds(&row("https://api.example.org/v1", "proxy = 'http://proxy:3128'")), [DataProblemKind::Data]);
    let good = with(&row("https://api.example.org/v1", ""));
    assert_eq!(good.provider("theirs").unwrap().address, AddressRule::Public);
    assert_eq!(good.provider("openai").unwrap().address, AddressRule::Any);
}

#[test]
fn other_sections_stand_beside_it_only_where_that_is_said() {
    let text = "[gateway]\nlisten = \"127.0.0.1:8080\"\n[providers.openai]\ntitle = \"Ours\"\n";
    let catalog = Catalog::load(&[Document::of_section("samokoder.toml", text)]).unwrap();
    assert_eq!(catalog.provider("openai").unwrap().title, "Ours");
    assert_eq!(problems(text), "mine.toml:1:2: `gateway` is not known here; the keys are `models` or `providers`");
}

#[test]
fn what_the_settings_hold_is_read_too_without_places() {
    let settings: toml::Table = toml::from_str("[acme]\ndialect = \"openai_chat\"\nbase_url = \"ftp://x\"\n").unwrap();
    let overlay = CatalogueOverlay { providers: settings, models: Vec::new() };
    let document = Document::of_settings(&overlay).unwrap().unwrap();
    let problems = Catalog::load(&[document]).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let told = told.join("\n");
    insta::assert_snapshot!(told);
    assert_eq!(Document::of_settings(&CatalogueOverlay::default()).unwrap(), None);
}

#[test]
fn a_name_is_a_models_or_a_providers_model() {
    let catalog = own();
    assert_eq!(
        routes(&catalog, "claude-opus-5-5"),
        ["openrouter/anthropic/claude-opus-5.5", "anthropic/claude-opus-5-5"]
    );
    assert_eq!(routes(&catalog, "anthropic/claude-opus-5-5"), ["anthropic/claude-opus-5-5"]);
    assert_eq!(routes(&catalog, "ollama/qwen3:8b"), ["ollama/qwen3:8b"]);
    assert_eq!(routes(&catalog, "openrouter/vendor/model:free"), ["openrouter/vendor/model:free"]);
    let listed = catalog.find(&Wanted::of_name("openai/gpt-6-luna"), &BTreeMap::new()).unwrap();
    assert_eq!(listed[0].model.name, "gpt-6-luna", "a listed route has what the catalogue knows of it");
    let unlisted = catalog.find(&Wanted::of_name("deepseek/other"), &BTreeMap::new()).unwrap();
    assert_eq!((unlisted[0].model.tier, unlisted[0].route.context_tokens), (None, None));
    assert_eq!(
        unlisted[0].route.quirks.schema_mode,
        SchemaMode::JsonObject,
        "the provider's quirks are known all the same"
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let catalog = own();
    for (asked, told) in [
        ("claude-opus-5.5", "no model is named `claude-opus-5.5`: did you mean `claude-opus-5-5`"),
        ("gpt6-luna", "no model is named `gpt6-luna`: did you mean `gpt-6-luna`"),
        ("reason", "no model is named `reason`: did you mean `reasoning`"),
        (
            "open-router/openai/gpt-6-luna",
            "no model is named `open-router/openai/gpt-6-luna`: did you mean `openrouter/openai/gpt-6-luna`",
        ),
        ("zzz", "no model is named `zzz`: ask for a model of the catalogue, a class, `auto`, or `provider/model`"),
        ("ollama/", "no model is named `ollama/`"),
        ("ollama/two words", "no model is named `ollama/two words`"),
        ("", "no model is named ``"),
    ] {
        let error = catalog.find(&Wanted::of_name(asked), &BTreeMap::new()).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn auto_is_every_model_that_has_a_class() {
    let catalog = with(
        r#"
        [[models]]
        name = "private"
        classes = []
        tier = 1
        context_tokens = 1000
        vision = false
        tools = false
        schema = false
        reasoning = false
        routes = [{ provider = "vllm", model = "private" }]
        "#,
    );
    let all = routes(&catalog, "auto");
    assert_eq!(all, routes(&own(), "auto"));
    assert_eq!(routes(&catalog, "private"), ["vllm/private"]);
}

#[test]
fn the_settings_may_name_the_models_of_a_class() {
    let catalog = own();
    let names = vec!["claude-haiku-5-5".to_owned(), "ollama/qwen3:8b".to_owned()];
    let class_models = BTreeMap::from([(ModelClass::Fast, names)]);
    let found = |class| {
        let listings = catalog.find(&Wanted::Class(class), &class_models).unwrap();
        listings.into_iter().map(|listing| listing.route.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        found(ModelClass::Fast),
        ["openrouter/anthropic/claude-haiku-5.5", "anthropic/claude-haiku-5-5", "ollama/qwen3:8b"]
    );
    assert_eq!(found(ModelClass::Chat), routes(&catalog, "chat"));
}
