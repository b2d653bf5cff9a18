use super::*;

fn matches(pattern: &str, path: &str) -> bool {
    Pattern::parse(pattern).unwrap().matches(path)
}

#[test]
fn a_star_stays_inside_a_component() {
    assert!(matches("src/*.ts.tera", "src/app.ts.tera"));
    assert!(matches("*", "package.json"));
    assert!(matches("a*b*c", "a-b-b-c"));
    assert!(!matches("src/*", "src/a/b"));
    assert!(!matches("*.ts", "src/a.ts"));
    assert!(!matches("a*b*c", "a-c-b"));
}

#[test]
fn two_stars_cross_components() {
    assert!(matches("src/**", "src/a"));
    assert!(matches("src/**", "src/a/b/c"));
    assert!(matches("**/*.ts", "a.ts"));
    assert!(matches("**/*.ts", "x/y/a.ts"));
    assert!(matches("src/**/test/*.ts", "src/a/b/test/c.ts"));
    assert!(!matches("src/**", "srcs/a"));
    assert!(!matches("src/**/test/*.ts", "src/a/b/c.ts"));
}

#[test]
fn braces_and_brackets_stand_for_themselves() {
    assert!(matches("src/{entity}.ts.tera", "src/{entity}.ts.tera"));
    assert!(!matches("src/{entity,enum}.ts", "src/entity.ts"));
    assert!(matches("a[b]?", "a[b]?"));
    assert!(!matches("a[b]?", "abc"));
}

#[test]
fn a_pattern_of_many_stars_is_quick() {
    let pattern = format!("{}b", "*a".repeat(40));
    let began = std::time::Instant::now();
    assert!(!matches(&pattern, &"a".repeat(255)));
    assert!(began.elapsed().as_millis() < 200);
}

#[test]
fn patterns_that_leave_the_folder_are_refused() {
    for text in ["", "/a", "a//b", "../a", "a/./b", "a/", "a**", "a\\b"] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}
