use serde_json::json;

use super::*;
use crate::router::request::{Role, Tool, ToolCall};

fn question(text: &str) -> Request {
    Request { messages: vec![Message::text(Role::User, text)], ..Request::default() }
}

#[test]
fn a_model_is_counted_with_its_own_table() {
    let text = "Привет, мир! Hello, world! 12345";
    assert_eq!((count(text, "gpt-4o-mini"), count(text, "gpt-4-0613")), (12, 14));
    assert_eq!(count(text, "openai/gpt-4-0613"), count(text, "gpt-4-0613"), "the provider's name does not count");
    assert_eq!(count(text, "claude-sonnet-4-5"), count(text, "gpt-4o"), "an estimate by the newest table");
}

#[test]
fn a_question_counts_all_that_is_sent() {
    let plain = count_request(&question("Hello"), "gpt-4o");
    assert_eq!(plain, 1 + 2 * AROUND_MESSAGE_TOKENS);
    let mut rich = question("Hello");
    rich.messages[0].parts.push(Part::Image(Image::Url { url: "https://pictures.test/1".to_owned(), detail: None }));
    rich.messages[0].tool_calls.push(ToolCall {
        id: "1".to_owned(),
        name: "look".to_owned(),
        arguments: "{}".to_owned(),
    });
    rich.tools.push(Tool {
        name: "look".to_owned(),
        description: Some("Looks".to_owned()),
        parameters: json!({"type": "object"}),
        strict: None,
    });
    rich.format = Format::JsonSchema { name: "it".to_owned(), schema: json!({"type": "object"}), strict: true };
    let schema_tokens = r#"{"type":"object"}"#.len() as u64 / 2 + 1;
    let words = count("look", "gpt-4o") * 2 + count("Looks", "gpt-4o") + count("{}", "gpt-4o");
    assert_eq!(
        count_request(&rich, "gpt-4o"),
        plain + IMAGE_TOKENS + words + 2 * AROUND_MESSAGE_TOKENS + 2 * schema_tokens
    );
}

#[test]
fn tools_and_functions_of_a_wire_format_of_their_own_count() {
    let mut request = question("Hello");
    let plain = (estimate(&request), count_request(&request, "gpt-4o"));
    request.other_tools.push(json!({"type": "custom", "custom": {"name": "x".repeat(3_000)}}));
    let more = (estimate(&request), count_request(&request, "gpt-4o"));
    assert!(more.0 > plain.0 + 1_000 && more.1 > plain.1 + 1_000, "{plain:?} {more:?}");
    request.extra.insert("functions".to_owned(), json!([{"name": "x".repeat(3_000)}]));
    assert!(estimate(&request) > more.0 + 1_000);
}

/// A million blanks in one run would make the tables' pattern give up.
#[test]
fn hostile_text_is_counted() {
    for hostile in [" ".repeat(1_200_000), "a".repeat(50_000), "\u{1F9D1}\u{200D}".repeat(10_000)] {
        let tokens = count(&hostile, "gpt-4o");
        assert!(tokens > 0 && tokens <= hostile.len() as u64, "{tokens}");
    }
    assert_eq!(count("", "gpt-4o"), 0);
}
