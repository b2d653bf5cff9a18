use super::{PACKAGE_AGE_MIN_DAYS, Refusal, choose, judge, judge_name};
use crate::{
    domain::clock::Timestamp,
    packages::{PackageFacts, Release},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn days_ago(days: u64) -> Timestamp {
    Timestamp(NOW.0 - days * DAY_MS)
}

fn release(version: &str, age_days: u64) -> Release {
    let published_at = Some(days_ago(age_days));
    Release { version: version.to_owned(), published_at, deprecated: None, has_install_scripts: false }
}

fn facts(name: &str, first_days: u64, releases: Vec<Release>) -> PackageFacts {
    PackageFacts { name: name.to_owned(), first_published_at: Some(days_ago(first_days)), releases }
}

fn named(name: &str) -> Result<(), Refusal> {
    judge_name(name, |scope| scope == "@private")
}

fn alike(popular: &str) -> Result<(), Refusal> {
    Err(Refusal::Alike { popular: popular.to_owned() })
}

#[test]
fn names_that_npm_takes_pass() {
    for name in
        ["date-fns", "zod", "lodash.merge", "@tanstack/react-table", "@some-new-scope/thing.js", "a", "7zip-bin"]
    {
        assert_eq!(named(name), Ok(()), "{name}");
    }
}

/// S-80: whatever says more, or other, than a name is refused, and so is what a command could take for an option.
#[test]
fn s80_a_version_an_address_or_an_option_is_no_name() {
    for name in [
        "lodash@latest",
        "lodash@*",
        "lodash@^4.17.0",
        "lodash@4.17.21",
        "@types/node@20",
        "lodash *",
        "a=1",
        "lodash@npm",
    ] {
        assert_eq!(named(name), Err(Refusal::WithVersion), "{name}");
    }
    for name in [
        "git+https://github.com/a/b.git",
        "https://evil.test/a.tgz",
        "github:a/b",
        "a/b",
        "a/b/c",
        "@a/b/c",
        "file:../x",
        "./x",
        "../x",
        "/etc/x",
        "~/x",
        "npm:lodash",
        "lodash#semver:4",
        "C:\\x",
    ] {
        assert_eq!(named(name), Err(Refusal::Place), "{name}");
    }
    let long = "a".repeat(215);
    for name in [
        "",
        "-g",
        "--registry",
        "_x",
        "Lodash",
        "@",
        "@a",
        "@/a",
        "@a/",
        "@-a/b",
        "@a/-b",
        "node_modules",
        "naïve",
        "a..b",
        "a\u{0}b",
        "%20",
        "a!",
        long.as_str(),
    ] {
        assert_eq!(named(name), Err(Refusal::NoName), "{name}");
    }
    for name in ["fs", "path", "node:crypto", "worker_threads", "fs/promises"] {
        assert!(matches!(named(name), Err(Refusal::BuiltIn { .. })), "{name}");
    }
    assert_eq!(named("@private/thing"), Err(Refusal::PrivateScope));
}

/// S-79: one edit, another separator or another scope away from a popular name.
#[test]
fn s79_a_name_nearly_that_of_a_popular_package_is_refused() {
    for (name, popular) in [
        ("expresss", "express"),
        ("exprss", "express"),
        ("epxress", "express"),
        ("loadash", "lodash"),
        ("lo-dash", "lodash"),
        ("date_fns", "date-fns"),
        ("datefns", "date-fns"),
        ("date.fns", "date-fns"),
        ("react.dom", "react-dom"),
        ("tanstack-react-query", "@tanstack/react-query"),
        ("types-node", "@types/node"),
        ("reqwests", "request"),
        ("1odash", "lodash"),
        ("z0d", "zod"),
        ("cornrnander", "commander"),
        ("@tanstak/react-query", "@tanstack/react-query"),
        ("crossenv", "cross-env"),
    ] {
        assert_eq!(named(name), alike(popular), "{name}");
    }
    for name in
        ["express", "preact", "react-dnd", "lodash-es", "@emotion/react", "@types/react", "@types/some-new-thing"]
    {
        assert_eq!(named(name), Ok(()), "{name}");
    }
}

#[test]
fn s79_two_letters_count_against_a_young_name() {
    let young = facts("prettierxy", 400, vec![release("1.0.0", 300)]);
    assert_eq!(judge("prettierxy", Some(&young), NOW), alike("prettier").map(|()| String::new()));
    let old = facts("prettierxy", 1000, vec![release("1.0.0", 300)]);
    assert_eq!(judge("prettierxy", Some(&old), NOW), Ok("1.0.0".to_owned()));
}

/// Integrations are called so too; one that has been there for long is no trap.
#[test]
fn s79_a_short_name_with_another_letter_and_a_name_in_another_scope_count_against_a_young_name() {
    for (name, popular) in [("zob", "zod"), ("@evil/express", "express"), ("@fastify/cors", "cors")] {
        assert_eq!(named(name), Ok(()));
        let young = facts(name, 400, vec![release("1.0.0", 300)]);
        assert_eq!(judge(name, Some(&young), NOW), alike(popular).map(|()| String::new()));
        let old = facts(name, 1000, vec![release("1.0.0", 300)]);
        assert_eq!(judge(name, Some(&old), NOW), Ok("1.0.0".to_owned()));
    }
}

#[test]
fn a_package_is_judged_by_what_the_registry_tells() {
    let good = || facts("thing", 500, vec![release("2.1.0", 40), release("2.0.0", 80)]);
    let with = |change: fn(&mut PackageFacts)| {
        let mut facts = good();
        change(&mut facts);
        judge("thing", Some(&facts), NOW)
    };
    assert_eq!(judge("thing", Some(&good()), NOW), Ok("2.1.0".to_owned()));
    assert_eq!(judge("thing", None, NOW), Err(Refusal::Unknown), "S-78");
    let too_young = with(|facts| facts.first_published_at = Some(days_ago(PACKAGE_AGE_MIN_DAYS - 1)));
    assert_eq!(too_young, Err(Refusal::TooYoung));
    assert_eq!(with(|facts| facts.first_published_at = Some(days_ago(PACKAGE_AGE_MIN_DAYS))), Ok("2.1.0".to_owned()));
    assert_eq!(with(|facts| facts.first_published_at = Some(Timestamp(u64::MAX))), Err(Refusal::TooYoung));
    assert_eq!(with(|facts| facts.first_published_at = None), Err(Refusal::NoAge));
    assert_eq!(with(|facts| facts.releases.clear()), Err(Refusal::NoRelease));
    let deprecated = with(|facts| facts.releases[0].deprecated = Some("use other\u{202e}".to_owned()));
    assert_eq!(deprecated, Err(Refusal::Deprecated { note: "use other\\u{202e}".to_owned() }));
    assert_eq!(with(|facts| facts.releases[0].has_install_scripts = true), Err(Refusal::InstallScripts));
    let mut esbuild = facts("esbuild", 500, vec![release("0.28.2", 40)]);
    esbuild.releases[0].has_install_scripts = true;
    assert_eq!(judge("esbuild", Some(&esbuild), NOW), Ok("0.28.2".to_owned()));
}

#[test]
fn the_newest_version_that_is_three_days_old_is_chosen() {
    let releases = [release("3.0.0", 0), release("2.9.0", 2), release("2.8.0", 3), release("2.7.0", 30)];
    assert_eq!(choose(&releases, NOW).map(|release| release.version.as_str()), Some("2.8.0"));
    let facts = facts("thing", 500, releases.to_vec());
    assert_eq!(judge("thing", Some(&facts), NOW), Ok("2.8.0".to_owned()));
    assert_eq!(choose(&releases[..2], NOW), None);
    assert_eq!(choose(&[Release { published_at: None, ..release("1.0.0", 9) }], NOW), None);
}
