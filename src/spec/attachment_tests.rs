use super::*;
use crate::domain::problem_sentences::open_placeholders;
use crate::spec::read;

fn spec_of(text: &str) -> Spec {
    read("spec.yaml", text.as_bytes()).spec.unwrap()
}

fn refusal(spec: &mut Spec, name: &str, bytes: &[u8]) -> String {
    let before = spec.clone();
    let problem = attach(spec, name, bytes).unwrap_err();
    assert_eq!(*spec, before);
    assert_eq!(open_placeholders(&problem), Vec::<String>::new());
    problem.code
}

#[test]
fn a_text_file_is_attached_with_plain_line_ends() {
    let mut spec = spec_of("name: app\nprose: Read the prices.\n");
    attach(&mut spec, "prices.csv", "\u{feff}a;b\r\n1;2\r\n".as_bytes()).unwrap();
    assert_eq!(spec.attachments, [Attachment { name: "prices.csv".to_owned(), text: "a;b\n1;2\n".to_owned() }]);
}

#[test]
fn what_is_no_text_or_too_much_is_not_attached() {
    let mut spec = spec_of("name: app\nprose: Read the prices.\n");
    attach(&mut spec, "a.txt", b"a").unwrap();
    assert_eq!(refusal(&mut spec, "a.txt", b"b"), "attachment_name_repeated");
    assert_eq!(refusal(&mut spec, "b.png", b"\x89PNG\r\n"), "attachment_not_text");
    assert_eq!(refusal(&mut spec, "b.bin", b"a\0b"), "attachment_not_text");
    assert_eq!(refusal(&mut spec, "b.txt", "a\u{202e}b".as_bytes()), "text_forbidden_character");
    assert_eq!(refusal(&mut spec, "b.txt", b"a\rb"), "text_forbidden_character");
    assert_eq!(refusal(&mut spec, "b\u{1b}.txt", b"a"), "text_forbidden_character");
    assert_eq!(refusal(&mut spec, "b\n.txt", b"a"), "text_of_several_lines");
    assert_eq!(refusal(&mut spec, " ", b"a"), "text_empty");
    assert_eq!(refusal(&mut spec, &"n".repeat(256), b"a"), "text_too_long");
    assert_eq!(refusal(&mut spec, "b.txt", &vec![b'a'; ATTACHMENT_MAX_BYTES + 1]), "attachment_too_large");
    for number in 0..5 {
        attach(&mut spec, &format!("{number}.txt"), &vec![b'a'; ATTACHMENT_MAX_BYTES]).unwrap();
    }
    assert_eq!(refusal(&mut spec, "b.txt", &vec![b'a'; 100 * 1024]), "attachments_too_large");
    for number in 6..COUNT_MAX {
        attach(&mut spec, &format!("{number}.txt"), b"").unwrap();
    }
    assert_eq!(refusal(&mut spec, "one-more.txt", b"a"), "too_many");
    let mut structured = spec_of("name: app\nentities: { Hive: { fields: { code: string } } }\n");
    assert_eq!(refusal(&mut structured, "a.txt", b"a"), "attachments_without_words");
}

#[test]
fn a_file_is_refused_for_all_of_its_attachments_at_once() {
    let reading = read(
        "spec.yaml",
        b"name: app\nprose: Words.\nattachments:\n- { name: a, text: x }\n- { name: a, text: \"\\e\" }\n- { name: 1 }\n- { colour: b, text: c }\n",
    );
    let told: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"));
    let reading = read("spec.json", br#"{"name": "app", "attachments": [{"name": "a", "text": "b"}]}"#);
    let codes: Vec<&str> = reading.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["key_missing", "attachments_without_words"]);
}
