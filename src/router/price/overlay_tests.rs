use super::*;

fn problems(text: &str) -> String {
    let problems = read("own.toml", text).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_row_may_name_everything() {
    let layer = read(
        "own.toml",
        r#"
date = "2026-11-01"
source = "a contract"

[models."acme/large"]
input = 2.50
output = "10"
cache_read = 0
reasoning = 1e1
mode = "responses"
context_tokens = 200_000
max_output_tokens = 0x1000
features = ["vision", "reasoning"]
deprecated_at = "2027-01-01"

[[models."acme/large".bands]]
service_tier = "flex"
above_input_tokens = 100000
input = 1.25

[models."acme/small"]
currency = "RUB"
input = 103.7
output = 250.47
source = "a page"

[models."acme/odd/name"]
unknown = "nobody says"
"#,
    )
    .unwrap();
    insta::assert_debug_snapshot!(layer.rows);
}

#[test]
fn a_provider_may_be_free_unknown_like_another_or_a_seller() {
    let layer = read(
        "own.toml",
        r#"
[providers.a]
free = true
[providers.b]
unknown = "it depends"
cache_read_free = true
[providers.c]
like = "openai"
[providers.d]
free_ending = ":free"
vendors = { google = "gemini" }
[providers.e]
free = false
"#,
    )
    .unwrap();
    let rule = |name: &str| layer.providers.get(name).unwrap();
    assert!(rule("a").free.as_ref().is_some_and(Price::is_free));
    assert_eq!(rule("b").unknown.as_deref(), Some("it depends"));
    assert!(rule("b").cache_read_free);
    assert_eq!(rule("c").like.as_deref(), Some("openai"));
    assert_eq!(rule("d").free_ending.as_ref().map(|(ending, _)| &**ending), Some(":free"));
    assert_eq!(rule("d").vendors.get("google").map(|name| &**name), Some("gemini"));
    assert!(rule("e").free.is_none());
}

#[test]
fn every_problem_is_told_with_its_place() {
    let told = problems(
        r#"date = 2026-11-01
colour = "red"

[providers]
acme = 3

[providers.seller]
free = "yes"
prices = 1
vendors = { a = 1, b = "" }

[models]
"no slash" = { input = 1, output = 2 }
"/x" = { input = 1, output = 2 }

[models."acme/large"]
input = -1
output = "ten"
cache_read = 0.0000000001
cache_write = 1000001
cache_write_1h = true
reasoning = inf
currency = "EUR"
mode = "poem"
context_tokens = -5
max_output_tokens = "many"
features = ["vision", "telepathy", 3]
temperature = 1

[models."acme/half"]
input = 1

[models."acme/bands"]
input = 1
output = 2
bands = [{ service_tier = "slow", input = [], length = 3 }, 4]

[models."acme/list"]
input = 1
output = 2
bands = 3
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_not_toml_is_told_and_the_rest_is_read() {
    insta::assert_snapshot!(problems("date = \"2026-11-01\"\nsource = \n[models.\"a/b\"]\ninput = -1\noutput = 2\n"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", value in "[-0-9a-z\"\\[\\]{}=., ]{0,30}") {
        let _ = read("own.toml", &text);
        let _ = read("own.toml", &format!("[models.\"a/b\"]\ninput = {value}\noutput = 1\nbands = [{{ input = {value} }}]\n"));
        let _ = read("own.toml", &format!("[providers.a]\nfree = {value}\nvendors = {value}\n"));
    }
}
