use super::*;

#[test]
fn versions_stand_before_or_after_the_family() {
    let cases = [
        ("-3-7-sonnet-20250219", Some((3, 7))),
        ("-3-opus-20240229", Some((3, 0))),
        ("-opus-4-20250514", Some((4, 0))),
        ("-opus-4-1-20250805", Some((4, 1))),
        ("-sonnet-4.5", Some((4, 5))),
        ("-sonnet-4-5@20250929", Some((4, 5))),
        ("-opus-4-6-fast", Some((4, 6))),
        ("-haiku-5-5", Some((5, 5))),
        ("-fable-5", Some((5, 0))),
        ("-2.1", Some((2, 1))),
        ("-mythos-preview", None),
        ("", None),
    ];
    for (after, expected) in cases {
        assert_eq!(version(after), expected, "claude{after}");
    }
}

#[test]
fn other_vendors_models_know_the_older_form() {
    let abilities = abilities("kimi-k3-5");
    assert_eq!(abilities.thinking, ThinkingForm::Budget);
    assert!(abilities.sampling && abilities.json_schema && abilities.forced_calls);
}

#[test]
fn what_cannot_be_switched_off_or_forced_depends_on_the_family() {
    let cases = [
        ("claude-opus-4-8", Off::Untold, true),
        ("claude-opus-5", Off::Disabled, true),
        ("claude-sonnet-5", Off::Disabled, true),
        ("claude-haiku-5-5", Off::Disabled, true),
        ("claude-sonnet-5-5", Off::BetweenTools, false),
        ("claude-opus-5-5", Off::Never, false),
        ("claude-fable-5", Off::Never, true),
        ("claude-fable-5-1", Off::Never, false),
        ("claude-novel-6", Off::Never, false),
        ("claude-next", Off::Never, false),
    ];
    for (model, off, forced_calls) in cases {
        let abilities = abilities(model);
        assert_eq!(abilities.thinking, ThinkingForm::Adaptive { off }, "{model}");
        assert_eq!(abilities.forced_calls, forced_calls, "{model}");
    }
}
