use std::time::{Duration, Instant};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;

use super::*;
use crate::router::failure::FailureClass;

const KEY: &str = "zz9+canary/0123=abc-DEF";

fn redacted(text: &str) -> String {
    redact(text, &[&Secret::new(KEY.to_owned())])
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// URL-encoded, as most programs do it.
fn url_encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// URL-encoded, every byte of it.
fn all_url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn json_escaped(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
        .collect()
}

/// Forms of a key in which a text may hold it.
fn forms(key: &str) -> Vec<String> {
    vec![
        key.to_owned(),
        key.chars().rev().collect(),
        STANDARD.encode(key),
        STANDARD_NO_PAD.encode(key),
        URL_SAFE.encode(key),
        URL_SAFE_NO_PAD.encode(key),
        hex(key),
        hex(key).to_uppercase(),
        url_encoded(key),
        all_url_encoded(key),
    ]
}

#[test]
fn what_holds_no_key_stays_as_it_is() {
    let text = "The model `gpt-4o-mini` does not exist or you do not have access to it. (request id: 7f3a) é";
    assert_eq!(redacted(text), text);
    assert_eq!(redact("", &[]), "");
    assert_eq!(redacted(""), "");
}

#[test]
fn every_form_of_a_known_key_is_masked() {
    for form in
        forms(KEY).into_iter().chain([url_encoded(&STANDARD.encode(KEY)), json_escaped(KEY), KEY.replace('/', "\\/")])
    {
        assert_eq!(redacted(&format!("refused: '{form}', sorry")), "refused: '•••', sorry", "{form}");
        assert_eq!(redacted(&form), "•••");
        assert_eq!(redacted(&format!("{form} {form}, {form}")), "••• •••, •••");
    }
    assert_eq!(redacted(&format!("a{KEY}{KEY}b")), "a•••b");
}

#[test]
fn a_key_within_another_base64_text_is_masked_with_it() {
    for before in ["", "u", "us", "user:", "longer user:"] {
        for after in ["", "x", "xy", "xyz"] {
            let text = format!("{before}{KEY}{after}");
            assert_eq!(redacted(&format!("<{}>", STANDARD.encode(&text))), "<•••>");
            assert_eq!(redacted(&format!("<{}>", URL_SAFE_NO_PAD.encode(&text))), "<•••>");
        }
    }
}

#[test]
fn what_a_key_is_the_base64_of_is_masked() {
    let key = Secret::new(STANDARD.encode("client-id-1:client-secret-2"));
    assert_eq!(redact("no client client-id-1:client-secret-2 here", &[&key]), "no client ••• here");
    assert_eq!(redact("wrong 'client-secret-2'", &[&key]), "wrong '•••'");
}

#[test]
fn what_stands_before_an_escape_hides_no_key() {
    for before in ["%", "%2", "\\", "\\u00"] {
        for form in forms("0A/00:Aa=") {
            let told = redact(&format!("{before}{form}"), &[&Secret::new("0A/00:Aa=".to_owned())]);
            // Letters and digits before a base64 text may be part of it.
            let rest = told.strip_suffix("•••").unwrap();
            assert!(before.starts_with(rest), "{before}{form}: {told}");
        }
    }
}

#[test]
fn several_keys_are_masked_together() {
    let keys = ["first-key-1", "first-key-1-longer", "other-key"].map(|key| Secret::new(key.to_owned()));
    let keys: Vec<&Secret> = keys.iter().collect();
    assert_eq!(redact("first-key-1-longer, first-key-1, OTHER-KEY.", &keys), "•••, •••, •••.");
}

#[test]
fn of_a_short_key_only_the_plain_form_is_known() {
    let key = Secret::new("none".to_owned());
    assert_eq!(redact("none: enon 6e6f6e65 bm9uZQ", &[&key]), "•••: enon 6e6f6e65 bm9uZQ");
    let nothing = Secret::new(String::new());
    assert_eq!(redact("as it is", &[&nothing]), "as it is");
}

#[test]
fn what_looks_like_a_key_is_masked() {
    let told = [
        "Incorrect API key provided: sk-proj-abcDEF123456_7890. See https://platform.example/account/api-keys.",
        "Incorrect API key provided: sk-ab**********wxyz",
        "got header Authorization: Bearer abc.def-123~456 and x-api-key: sk-ant-api03-AAAAbbbb1111",
        "authorization basic dXNlcjpwYXNzd29yZA==",
        "gsk_0123456789abcdefABCDEF; xai-0123456789abcdef; hf_abcdefghijklmnop; ghp_0123456789abcdefghij",
        "AKIAIOSFODNN7EXAMPLE is not AKIA",
        "AIzaSyA-0123456789abcdefghijklmnopqrstu",
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4",
        "{\"token\": \"c2VjcmV0LXRva2VuLTAxMjM0NQ==\", \"max_tokens\": 4096}",
        "token=c2VjcmV0LXRva2VuLTAxMjM0NQ",
        "connect to postgres://app:pa55word@db.example/app failed",
        "GET https://api.example/v1?key=abcdefgh&model=x 403",
    ];
    insta::assert_snapshot!(told.map(redacted).join("\n"), @r#"
    Incorrect API key provided: •••. See https://platform.example/account/api-keys.
    Incorrect API key provided: •••
    got header Authorization: Bearer ••• and x-api-key: •••
    authorization basic •••
    •••; •••; •••; •••
    ••• is not AKIA
    •••
    jwt •••
    {"token": "•••", "max_tokens": 4096}
    token=•••
    connect to postgres://app:•••@db.example/app failed
    GET https://api.example/v1?key=•••&model=x 403
    "#);
}

#[test]
fn ordinary_words_stay() {
    for text in [
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.",
        "Rate limit reached for llama-3.3-70b-versatile in organization org_01 on tokens per minute (TPM): Limit 6000",
        "max_tokens is too large: 99999999. This key: value pair is unknown",
        "You must provide a bearer token. See the basic guide",
        "tokens: internationalization-of-words",
        "https://user@host.example/path?keys=1&monkey=abcdefghi",
        "task-oriented risk-averse desk-",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn every_shape_is_a_regular_expression() {
    let (written, read) = shapes::patterns();
    assert_eq!(written, read);
}

#[test]
fn control_characters_are_escaped() {
    assert_eq!(redacted("a\r\nb\u{1b}[31m\u{202e}\0"), "a\\u{d}\\u{a}b\\u{1b}[31m\\u{202e}\\u{0}");
}

#[test]
fn long_texts_are_cut_and_no_key_is_cut_in_two() {
    assert_eq!(redacted(&"x".repeat(5_000_000)), format!("{}…", "x".repeat(SHOWN_MOST_CHARS)));
    // Masking makes a text shorter: what lay far behind comes into sight, and a key across the end of what is read with it.
    for shift in 0..KEY.len() + 2 {
        let before = format!("{KEY},").repeat(READ_MOST_BYTES / (KEY.len() + 1));
        let before =
            format!("{}{}", "y".repeat(READ_MOST_BYTES - before.len()).get(shift..).unwrap_or_default(), before);
        let told = redacted(&format!("{before} {KEY} {KEY}"));
        assert!(!told.contains("canary") && !told.contains("zz9+ca"), "{shift}: {told}");
    }
}

#[test]
fn a_key_that_cannot_be_taken_out_takes_all_with_it() {
    assert_eq!(redact("say •••", &[&Secret::new("•".to_owned())]), WITHHELD);
    assert_eq!(redact("an \u{1b} escape", &[&Secret::new("\\u{1b}".to_owned())]), WITHHELD);
    assert_eq!(redact("an \u{1b} (escape", &["\\u{1b}", "("].map(|key| Secret::new(key.to_owned())).each_ref()), "");
}

#[test]
fn a_failure_loses_the_keys_in_its_message_and_its_code() {
    let mut failure = Failure::new(FailureClass::Key, KEY, format!("no such key: {KEY}"));
    redact_failure(&mut failure, &[&Secret::new(KEY.to_owned())]);
    assert_eq!((failure.message.as_str(), failure.code.as_deref()), ("no such key: •••", Some("•••")));
}

#[test]
fn a_program_that_holds_a_key_is_known_whatever_the_spelling() {
    let secret = Secret::new(KEY.to_owned());
    for form in forms(KEY) {
        assert!(holds_key(&format!("const key = \"{form}\";"), &[&secret]), "{form}");
    }
    let (first, second) = KEY.split_at(KEY.len() / 2);
    assert!(holds_key(&format!("const key =\n  \"{first}\" +\n  \"{second}\";\n"), &[&secret]));
    assert!(!holds_key("const key = process.env.KEY;", &[&secret]));
    assert!(!holds_key("ask ollama", &[&Secret::new("ollama".to_owned())]));
}

#[test]
fn hostile_texts_take_no_long_time() {
    let key = Secret::new(format!("{}b", "a".repeat(200)));
    let started = Instant::now();
    for text in ["a", "%61", "\\u0061", "aaaaaaab", "key key key: ", "sk-", "eyJ", "://a:"] {
        assert!(redact(&text.repeat(10_000_000 / text.len()), &[&key]).len() < 20_000);
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

/// Whether a text holds another, whatever the case of ASCII letters.
fn holds(text: &str, form: &str) -> bool {
    text.to_ascii_lowercase().contains(&form.to_ascii_lowercase())
}

proptest! {
    #[test]
    fn no_form_of_a_key_survives(
        key in "[!-~]{8,80}",
        before in any::<String>(),
        between in any::<String>(),
        after in any::<String>(),
    ) {
        let secret = Secret::new(key.clone());
        for form in forms(&key) {
            let told = redact(&format!("{before}{form}{between}{form}{after}"), &[&secret]);
            for form in forms(&key) {
                prop_assert!(!holds(&told, &form), "{form} in {told}");
            }
        }
    }

    #[test]
    fn no_key_of_any_text_survives(key in any::<String>(), before in any::<String>(), after in any::<String>()) {
        prop_assume!(!key.is_empty());
        let told = redact(&format!("{before}{key}{after}"), &[&Secret::new(key.clone())]);
        prop_assert!(!told.contains(&key), "{told}");
    }

    #[test]
    fn what_is_told_is_one_short_line(text in any::<String>(), key in "[!-~]{0,40}") {
        let told = redact(&text, &[&Secret::new(key)]);
        prop_assert!(!told.chars().any(char::is_control));
        // An escape is ten characters at most.
        let most = SHOWN_MOST_CHARS * 10 + 1;
        prop_assert!(told.chars().count() <= most);
    }
}
