use serde_json::json;

use super::messages;
use crate::router::request::{Image, Message, Part, Request, Role, ToolCall};

fn called(text: &str, calls: &[(&str, &str, &str)]) -> Message {
    let tool_calls = calls
        .iter()
        .map(|(id, name, arguments)| ToolCall {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            arguments: (*arguments).to_owned(),
        })
        .collect();
    Message { tool_calls, ..Message::text(Role::Assistant, text) }
}

fn answered(id: &str, text: &str) -> Message {
    Message { tool_call_id: Some(id.to_owned()), ..Message::text(Role::Tool, text) }
}

fn request(messages: Vec<Message>) -> Request {
    Request { messages, ..Request::default() }
}

#[test]
fn calls_made_together_are_told_one_after_the_other() {
    let request = request(vec![
        Message::text(Role::User, "Погода?"),
        called("Смотрю.", &[("gst_77d3fb14-457a-46ba-937e-8d856156d003", "weather", r#"{"city":"Москва"}"#)]),
        answered("gst_77d3fb14-457a-46ba-937e-8d856156d003", r#"{"t": -5}"#),
        called(
            "",
            &[("a", "weather", r#"{"city":"Тула"}"#), ("b", "time", ""), ("c", "lost", "[1]"), ("d", "bad", "{oops")],
        ),
        answered("b", "noon"),
        answered("a", "[1, 2]"),
        answered("d", ""),
        Message::text(Role::System, "Be brief."),
        Message::text(Role::User, "И?"),
        Message::text(Role::System, "Be polite."),
    ]);
    insta::assert_json_snapshot!(messages(&request, Some("Answer.")).unwrap());
}

#[test]
fn an_answer_to_nothing_is_refused() {
    for stray in [
        vec![answered("a", "1")],
        vec![called("", &[("a", "f", "")]), answered("b", "1")],
        vec![called("", &[("a", "f", "")]), answered("a", "1"), answered("a", "2")],
        vec![called("", &[("a", "f", "")]), Message::text(Role::User, "x"), answered("a", "1")],
    ] {
        let failure = messages(&request(stray), None).unwrap_err();
        assert_eq!(failure.message, "a tool's answer must follow the turn that calls it, with the call's id");
    }
}

#[test]
fn parts_are_text_or_refused_by_name() {
    let of = |parts| messages(&request(vec![Message { parts, ..Message::text(Role::User, "") }]), None);
    let text = |text: &str| Part::Text(text.to_owned());
    assert_eq!(of(vec![text("a"), text("b")]).unwrap(), [json!({ "role": "user", "content": "a\nb" })]);
    let url = Image::Url { url: "https://example.org/a.png".to_owned(), detail: None };
    let image = Image::Base64 { media_type: "image/png".to_owned(), data: "AA==".to_owned(), detail: None };
    for image in [url, image] {
        let failure = of(vec![text("a"), Part::Image(image)]).unwrap_err();
        assert_eq!(failure.message, "GigaChat takes images only as files that were uploaded before");
    }
    let failure = of(vec![Part::Other { kind: "input_audio".to_owned(), body: json!({}) }]).unwrap_err();
    assert_eq!(failure.message, "GigaChat cannot carry a part of type input_audio");
}
