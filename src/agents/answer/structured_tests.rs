use super::*;
use crate::agents::answer::json::tests::any_json;
use proptest::prelude::*;
use serde_json::json;

fn schema() -> AnswerSchema {
    let schema = json!({
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 10},
            "tasks": {"type": "array", "items": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "level": {"enum": ["low", "high"]}},
                "required": ["id"],
                "additionalProperties": false,
            }},
        },
        "required": ["title"],
    });
    AnswerSchema { name: "lead_plan".into(), schema }
}

fn good(text: &str) -> Value {
    let (value, problems) = read(text, &schema());
    assert_eq!(problems, [], "{text}");
    value.unwrap()
}

fn bad(text: &str) -> (ProblemKind, String) {
    let (value, problems) = read(text, &schema());
    assert_eq!((value, problems.len()), (None, 1), "{text}");
    (problems[0].kind, problems[0].message.clone())
}

#[test]
fn the_value_is_found_in_what_stands_around_it() {
    for text in [
        "{\"title\": \"x\"}",
        "\u{feff} {\"title\": \"x\"}\n",
        "```json\n{\"title\": \"x\"}\n```",
        "Here is the plan [1] for {you}:\n\n```json\n{\"title\": \"x\",}\n```\n\nI hope that it's {useful}.",
        "As in {\"a\": 1}: {\"title\": \"x\"}",
        "The form is `{title: …}`. My answer: {title: 'x'}",
        "{\"title\": \"x\"}\n{\"a\": 1}",
    ] {
        assert_eq!(good(text), json!({"title": "x"}), "{text}");
    }
}

#[test]
fn a_piece_of_an_answer_is_not_the_answer() {
    // Cut off: complete objects inside are not taken for the whole.
    for text in [
        "{\"title\": \"x\", \"tasks\": [{\"id\": \"a\"}, {\"id\": \"b\"",
        "{\"title\": \"x\", \"tasks\": [{\"id\": \"a\"}, {\"id\": \"{\\\"id\\\": 1}",
        "```json\n{\"ti",
        "{",
    ] {
        assert_eq!(bad(text).0, ProblemKind::CutOff, "{text}");
    }
    // Damaged beyond repair: neither.
    let (kind, message) = bad("{\"title\": \"He said \"no\" to it\",\n \"tasks\": [{\"id\": \"a\"}]}");
    assert_eq!(kind, ProblemKind::Syntax);
    assert_eq!(
        message,
        "The JSON is not valid in line 1, column 23: there must be `:` after the name, not `\" to it\",`. \
         A quote inside text is written `\\\"`."
    );
}

#[test]
fn answers_without_a_value_say_so() {
    assert_eq!(bad("").0, ProblemKind::Empty);
    assert_eq!(bad(" \n\u{feff}").0, ProblemKind::Empty);
    assert_eq!(bad("I cannot do that.").0, ProblemKind::Empty);
    assert_eq!(bad("Lists such as [1, 2] alone.").0, ProblemKind::Empty);
    assert_eq!(bad(&"{\"a\":".repeat(100_000)).0, ProblemKind::TooLarge);
    assert_eq!(bad(&" ".repeat(ANSWER_MAX_BYTES + 1)).0, ProblemKind::TooLarge);
}

#[test]
fn what_the_schema_refuses_is_told_with_pointers() {
    let (value, problems) = read(
        "{\"title\": 5, \"tasks\": [{\"id\": \"a\", \"level\": \"middle\"}, {\"level\": \"low\", \"x/y\": 1}]}",
        &schema(),
    );
    assert!(value.is_some());
    insta::assert_json_snapshot!("what_the_schema_refuses", problems);
    let many: Vec<_> = (0..100).map(|_| json!({})).collect();
    let (_, problems) = read(&json!({"title": "x", "tasks": many}).to_string(), &schema());
    assert_eq!(problems.len(), PROBLEMS_MAX);
}

#[test]
fn a_long_value_is_quoted_short() {
    let (_, problems) = read(&json!({"title": "x".repeat(100_000)}).to_string(), &schema());
    assert!(problems[0].message.len() < 300, "{}", problems[0].message);
}

proptest! {
    #[test]
    fn repair_never_changes_valid_json(value in any_json()) {
        let text = value.to_string();
        let expected: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read(&text, &schema()).0, Some(expected));
    }

    #[test]
    fn fences_and_commas_change_nothing(value in any_json()) {
        let wrapped = json!({"title": "x", "value": value});
        let expected: Value = serde_json::from_str(&wrapped.to_string()).unwrap();
        let inner = wrapped.to_string();
        let inner = inner.strip_suffix('}').unwrap();
        prop_assert_eq!(read(&format!("Sure:\n```json\n{inner},}}\n```\nDone."), &schema()).0, Some(expected));
    }

    #[test]
    fn any_text_is_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json in "[\\[\\]{}:,\"'/*a1 \n]{0,80}") {
        for text in [String::from_utf8_lossy(&bytes).into_owned(), json] {
            let (value, problems) = read(&text, &schema());
            prop_assert!(value.is_some() || problems.len() == 1);
        }
    }
}
