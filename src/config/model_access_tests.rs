use std::{ffi::OsString, fs, time::Duration};

use rust_decimal::Decimal;

use super::*;
use crate::{
    domain::{money::Usd, problem_sentences::open_placeholders},
    router::{
        call::{ModelClass, Strategy},
        secret::SecretSource as _,
        settings::{Currency, KeyBudget},
    },
};

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A folder of settings, and an environment that names it.
struct Place {
    folder: tempfile::TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables = vec![("XDG_CONFIG_HOME".into(), folder.path().into()), ("HOME".into(), "/nowhere".into())];
        Self { folder, variables }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// The file that nobody needs to name.
    fn with_file(self, text: &str) -> Self {
        fs::create_dir_all(self.path("samokoder")).unwrap();
        fs::write(self.path("samokoder/config.toml"), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, overrides: &Overrides) -> Result<ModelAccess, Vec<Problem>> {
        read(overrides, &Environment::new(self.variables.clone()))
    }

    /// What is wrong, with the file's name alone.
    fn problems(&self) -> String {
        let problems = self.read(&Overrides::default()).unwrap_err();
        for problem in &problems {
            assert_eq!(open_placeholders(problem), Vec::<String>::new(), "{}", problem.code);
        }
        let folder = format!("{}/samokoder/", self.folder.path().display());
        Error::Settings(problems).to_string().replace(&folder, "")
    }
}

fn access_of(text: &str) -> ModelAccess {
    Place::new().with_file(text).read(&Overrides::default()).unwrap()
}

fn problems_of(text: &str) -> String {
    Place::new().with_file(text).problems()
}

fn usd(text: &str) -> Usd {
    Usd::new(text.parse().unwrap())
}

#[test]
fn without_a_file_the_defaults_hold() {
    let access = Place::new().read(&Overrides::default()).unwrap();
    assert_eq!(access.router, router::Settings::default());
    assert_eq!(access.gateway.listen.to_string(), "127.0.0.1:4040");
    assert_eq!((access.file, access.secrets.file), (None, None));
    let empty = access_of("# nothing yet\n");
    assert_eq!(empty.router, router::Settings::default());
    assert!(empty.file.unwrap().ends_with("samokoder/config.toml"));
}

#[test]
fn every_setting_is_read() {
    let access = access_of(include_str!("../../tests/fixtures/config/everything.toml"));
    let router = &access.router;
    assert_eq!(router.strategy, Strategy::Balanced);
    assert_eq!(router.provider_order, ["own-vllm", "groq"]);
    assert_eq!((router.weights.cost, router.weights.latency, router.weights.quality), (2.0, 0.5, 1.0));
    assert_eq!(router.class_models[&ModelClass::Fast], ["groq/some-model", "own-vllm/qwen"]);
    assert_eq!(router.timeouts.reasoning.first_byte, Duration::from_secs(240));
    assert_eq!(router.timeouts.reasoning.idle, router::Settings::default().timeouts.reasoning.idle);
    assert_eq!(router.timeouts.fast.deadline, Duration::from_millis(2_500));
    assert_eq!((router.retries.most, router.retries.first_wait), (0, Duration::from_millis(250)));
    assert_eq!((router.breaker.failures, router.breaker.open_for), (3, Duration::from_secs(10)));
    assert!(router.cache.enabled);
    assert_eq!((router.cache.bytes, router.cache.keep_for), (1_048_576, Duration::from_secs(300)));
    assert_eq!(router.catalogue.providers["own-vllm"]["base_url"].as_str(), Some("http://127.0.0.1:8000/v1"));
    assert_eq!(router.catalogue.models.len(), 1);
    assert_eq!(router.prices.rub_per_usd, Some(Decimal::new(815, 1)));
    assert!(router.prices.file.as_ref().unwrap().ends_with("samokoder/prices.toml"));
    let price = &router.prices.rows[0];
    assert_eq!((price.provider.as_str(), price.model.as_str()), ("gigachat", "GigaChat-2-Max"));
    assert_eq!((price.currency, price.input, price.output), (Currency::Rub, Decimal::from(650), Decimal::new(6505, 1)));
    assert_eq!((price.since.as_deref(), price.cache_read), (Some("2026-02-01"), None));
    assert_eq!((router.budgets.per_generation, router.budgets.per_day), (Some(usd("2.50")), Some(usd("20"))));
    assert_eq!((router.budgets.per_key, router.budgets.per_key_per_day), (Some(usd("0.1")), Some(usd("0.000001"))));
    assert_eq!(router.budgets.per_tenant_per_day, Some(usd("30")));
    assert_eq!(router.budgets.keys["team-a"], KeyBudget { total: Some(usd("100")), per_day: Some(usd("5")) });
    assert_eq!(router.budgets.keys.len(), 1);
    let gateway = &access.gateway;
    assert_eq!(gateway.listen.to_string(), "0.0.0.0:8080");
    let keys: Vec<_> = gateway.keys.iter().map(|key| (key.name.as_str(), key.tenant.as_str(), key.call_cap)).collect();
    assert_eq!(keys, [("team-a", "a", Some(usd("0.25"))), ("ci", "local", None)]);
    assert_eq!(gateway.keys[0].digest.to_string(), DIGEST);
    assert_eq!((gateway.body_cap_bytes, gateway.total_body_bytes), (1_000_000, 2_000_000));
    assert_eq!(gateway.requests_per_key, 16);
    let connections = &gateway.connections;
    assert_eq!((connections.most, connections.per_client), (64, Some(8)));
    assert_eq!((connections.head_timeout, connections.idle_timeout), (Duration::from_secs(4), Duration::from_secs(90)));
    assert_eq!((gateway.body_timeout, gateway.grace), (Duration::from_secs(5), Duration::from_secs(3)));
    let idempotency = &gateway.idempotency;
    assert_eq!((idempotency.keep_for, idempotency.total_bytes), (Duration::from_secs(7200), 2_000_000));
    assert_eq!(idempotency.answer_bytes, 1_000);
    assert!(access.secrets.file.unwrap().ends_with("samokoder/keys.env"));
}

#[test]
fn command_line_goes_before_environment_and_that_before_the_file() {
    let text = "[prices]\nfile = \"file.json\"\n[gateway]\nlisten = \"127.0.0.1:1\"\n[secrets]\nfile = \"/file\"\n";
    let place = Place::new().with_file(text);
    let of_file = place.read(&Overrides::default()).unwrap();
    assert_eq!(of_file.router.prices.file, Some(place.path("samokoder/file.json")));
    assert_eq!((of_file.gateway.listen.port(), of_file.secrets.file), (1, Some(PathBuf::from("/file"))));
    let place = place.with("SAMOKODER_PRICES", "variable.json").with("SAMOKODER_LISTEN", "127.0.0.1:2");
    let place = place.with("SAMOKODER_SECRETS", "/variable");
    let of_variable = place.read(&Overrides::default()).unwrap();
    assert_eq!(of_variable.router.prices.file, Some(PathBuf::from("variable.json")));
    assert_eq!((of_variable.gateway.listen.port(), of_variable.secrets.file), (2, Some(PathBuf::from("/variable"))));
    let overrides =
        Overrides { prices: Some("flag.json".into()), listen: Some("127.0.0.1:3".parse().unwrap()), file: None };
    let of_flag = place.read(&overrides).unwrap();
    assert_eq!(of_flag.router.prices.file, Some(PathBuf::from("flag.json")));
    assert_eq!(of_flag.gateway.listen.port(), 3);
}

#[test]
fn the_file_is_the_named_one_or_the_users() {
    let place = Place::new().with_file("[router]\nstrategy = \"cost\"\n");
    fs::write(place.path("variable.toml"), "[router]\nstrategy = \"latency\"\n").unwrap();
    fs::write(place.path("flag.toml"), "[router]\nstrategy = \"quality\"\n").unwrap();
    let strategy = |place: &Place, file: Option<PathBuf>| {
        place.read(&Overrides { file, ..Overrides::default() }).unwrap().router.strategy
    };
    assert_eq!(strategy(&place, None), Strategy::Cost);
    let variable = place.path("variable.toml").display().to_string();
    let place = place.with("SAMOKODER_CONFIG", &variable);
    assert_eq!(strategy(&place, None), Strategy::Latency);
    assert_eq!(strategy(&place, Some(place.path("flag.toml"))), Strategy::Quality);
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let told = |place: &Place| Error::Settings(place.read(&Overrides::default()).unwrap_err()).to_string();
    let absent = Place::new().with("SAMOKODER_CONFIG", "/nowhere/samokoder.toml");
    assert_eq!(
        told(&absent),
        "/nowhere/samokoder.toml: The configuration file cannot be read: No such file or directory (os error 2). \
         Name a file that this program may read, by `--config` or `SAMOKODER_CONFIG`."
    );
    let large = Place::new().with_file(&"#".repeat(1024 * 1024 + 1));
    assert!(told(&large).contains("The configuration file has more than 1048576 bytes."), "{}", told(&large));
    let binary = Place::new().with_file("");
    fs::write(binary.path("samokoder/config.toml"), b"\xff").unwrap();
    assert!(told(&binary).contains("The configuration file is not text in UTF-8."), "{}", told(&binary));
}

#[tokio::test]
async fn keys_are_taken_from_the_environment_by_the_names_of_the_providers() {
    let place = Place::new()
        .with_file(
            "[providers.own]\ndialect = \"openai_chat\"\nbase_url = \"http://127.0.0.1:1/v1\"\nkey_names = [\"OWN\"]\n",
        )
        .with("OWN", "own-key")
        .with("OPENAI_API_KEY", "openai-key")
        .with("OTHER", "nobody-needs-this");
    let secrets = place.read(&Overrides::default()).unwrap().secrets;
    assert_eq!(format!("{secrets:?}").matches("[secret]").count(), 2, "{secrets:?}");
    let opened = secrets.open().unwrap();
    for (name, value) in [("OWN", Some("own-key")), ("OPENAI_API_KEY", Some("openai-key")), ("OTHER", None)] {
        assert_eq!(opened.secret(name).await.unwrap().map(|secret| secret.expose().to_owned()).as_deref(), value);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_place() {
    insta::assert_snapshot!(problems_of(include_str!("../../tests/fixtures/config/all_wrong.toml")));
}

#[test]
fn nothing_but_the_syntax_is_told_of_what_is_no_toml() {
    insta::assert_snapshot!(problems_of("[router\nstrategy = cheap\n\n[gateway]\nlisten = \"x\ny = 1\n"), @r#"
config.toml:1:8: This is not TOML: unclosed table, expected `]`. Correct it here or just before (https://toml.io).
config.toml:5:12: This is not TOML: invalid basic string, expected `"`. Correct it here or just before (https://toml.io).
"#);
}

#[test]
fn who_may_ask_without_a_key_is_this_machine_alone() {
    insta::assert_snapshot!(problems_of("[gateway]\nlisten = \"0.0.0.0:4040\"\n"), @r#"
config.toml:2:10: gateway.listen: The gateway would answer anybody who reaches 0.0.0.0:4040, and spend your money. Add a `[[gateway.keys]]`, or listen at `127.0.0.1`.
"#);
    let place = Place::new().with_file("[gateway]\nlisten = \"127.0.0.1:1\"\n").with("SAMOKODER_LISTEN", "[::]:1");
    insta::assert_snapshot!(place.problems(), @r#"
SAMOKODER_LISTEN: The gateway would answer anybody who reaches [::]:1, and spend your money. Add a `[[gateway.keys]]`, or listen at `127.0.0.1`.
"#);
    let place = Place::new().with("SAMOKODER_LISTEN", "everywhere");
    insta::assert_snapshot!(place.problems(), @r#"
SAMOKODER_LISTEN: `everywhere` is no address to listen at. Write an IP address and a port, such as `127.0.0.1:4040` or `[::1]:4040`.
"#);
    let with_key =
        format!("[gateway]\nlisten = \"0.0.0.0:1\"\n[[gateway.keys]]\nname = \"a\"\nsha256 = \"{DIGEST}\"\n");
    assert_eq!(access_of(&with_key).gateway.keys.len(), 1);
}

#[test]
fn a_key_that_was_written_in_a_wrong_place_is_not_shown() {
    let told = problems_of(
        "api_key = \"sk-canary\"\n[providers.openai]\napi_key = \"sk-canary\"\n\
         [[gateway.keys]]\nname = \"a\"\nsha256 = \"sk-canary\"\n[[gateway.keys]]\nname = \"b\"\nkey = \"sk-canary\"\n",
    );
    assert_eq!(told.lines().count(), 5, "{told}");
    assert!(!told.contains("canary"), "{told}");
}

/// The operators' page.
const PAGE: &str = include_str!("../../docs/router.md");

#[test]
fn examples_of_the_page_are_understood() {
    let blocks: Vec<&str> = PAGE.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(blocks.len() >= 4, "the page was not understood");
    for block in blocks {
        assert!(Place::new().with_file(block).read(&Overrides::default()).is_ok(), "{}", problems_of(block));
    }
}

#[test]
fn the_page_names_every_setting_and_its_default() {
    let rows: Vec<Vec<&str>> = PAGE
        .lines()
        .skip_while(|line| !line.starts_with("| setting |"))
        .skip(2)
        .map(|line| line.split('|').skip(1).map(str::trim).collect())
        .collect();
    let mut text = String::new();
    for row in &rows {
        let (setting, default) = (row[0].trim_matches('`'), row[2]);
        if let Some((before, after)) = setting.split_once("CLASS").filter(|_| setting.contains("timeouts")) {
            for (class, seconds) in default.split(", ").map(|of_class| of_class.split_once(' ').unwrap()) {
                text.push_str(&format!("{before}{class}{after} = {seconds}\n"));
            }
        } else if default.starts_with('`') && !setting.contains('`') && !default.contains(".toml") {
            text.push_str(&format!("{setting} = {}\n", default.trim_matches('`')));
        }
    }
    assert!(text.lines().count() > 25, "the table was not understood: {text}");
    let access = access_of(&text);
    assert_eq!(access.router, router::Settings::default());
    assert_eq!(format!("{:?}", access.gateway), format!("{:?}", api::gateway::Settings::default()));
    for (section, key) in settings_of(include_str!("../../tests/fixtures/config/everything.toml")) {
        let is_told = PAGE.lines().any(|line| line.starts_with(&format!("| `{section}")) && line.contains(&key));
        assert!(is_told, "the page does not tell of {key} in {section}");
    }
}

/// Sections and keys of a file, but for what stands in tables of names and in lists.
fn settings_of(text: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_matches(['[', ']']);
            section = name.split(".\"").next().unwrap_or_default().to_owned();
            for class in ModelClass::ALL {
                section = section.replace(&format!(".{}", class.name()), ".CLASS");
            }
        } else if let Some((key, _)) = line.split_once(" = ")
            && !section.starts_with("providers")
            && section != "models"
        {
            found.push((section.clone(), if section == "router.models" { "CLASS".to_owned() } else { key.to_owned() }));
        }
    }
    found
}

/// A value of any type, large and small ones among them.
const ANY_VALUE: &str = r#"-?[0-9]{1,30}(\.[0-9]{1,30})?|true|"[^"\\\p{C}]{0,5}"|\[\]|\{\}|\[\{\}\]|1979-05-27|0x[0-9a-f]{1,20}|1e-?[0-9]{1,3}|nan|-inf"#;

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reading(
        text in "(\\[[a-z.\\[\\]]{0,12}\\]|[a-z_]{1,8} = [-0-9a-z\"\\[\\]{}.]{0,8}|\\PC{0,8}\n?){0,12}",
    ) {
        let _ = Place::new().with_file(&text).read(&Overrides::default());
    }

    #[test]
    fn any_value_anywhere_is_read_or_told(
        line in proptest::sample::select(include_str!("../../tests/fixtures/config/everything.toml").lines().collect::<Vec<_>>()),
        value in ANY_VALUE,
    ) {
        if let Some((key, _)) = line.split_once(" = ") {
            let text = include_str!("../../tests/fixtures/config/everything.toml").replace(line, &format!("{key} = {value}"));
            let _ = Place::new().with_file(&text).read(&Overrides::default());
        }
    }
}

#[test]
fn a_provider_is_not_lost_by_a_number_that_is_too_large() {
    let text = "[providers.groq.quirks.add_fields]\nseed = 18446744073709551616\n";
    assert!(
        problems_of(text).contains("config.toml:2:8: providers: This value cannot be kept: "),
        "{}",
        problems_of(text)
    );
}

#[test]
fn amounts_beyond_all_measure_are_told() {
    insta::assert_snapshot!(
        problems_of("[router.timeouts.fast]\nidle_seconds = 80000000000000000000000000\n[budgets]\nper_day = 1e99\n"),
        @r#"
config.toml:2:16: router.timeouts.fast.idle_seconds: 80000000000000000000000000 is out of range. Write a number from 0.001 to 86400.
config.toml:4:11: budgets.per_day: `1e99` is no amount. Write a positive decimal number, such as `"2.50"`.
"#
    );
}
