use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::super::hostile;
use super::*;

/// Everything but what changes plain punctuation.
fn extensions() -> Options {
    Options::all() - Options::ENABLE_SMART_PUNCTUATION - Options::ENABLE_OLD_FOOTNOTES
}

/// The text that a Markdown reader shows, and whether it is one paragraph of plain text.
fn read_markdown(source: &str) -> (String, bool) {
    let mut text = String::new();
    let mut is_plain = true;
    for event in Parser::new_ext(source, extensions()) {
        match event {
            Event::Text(piece) => text.push_str(&piece),
            Event::Start(Tag::Paragraph) | Event::End(_) => {}
            _ => is_plain = false,
        }
    }
    (text, is_plain)
}

#[track_caller]
fn markdown_round_trips(text: &str) {
    let escaped = markdown(text);
    let shown = one_line(text);
    assert_eq!(read_markdown(&escaped), (shown.clone(), true), "{escaped}");
    // Inside a cell of a table as well.
    let table = format!("| a |\n|---|\n| {escaped} |\n");
    let cells = Parser::new_ext(&table, extensions()).filter(|event| matches!(event, Event::Start(Tag::TableCell)));
    assert_eq!(cells.count(), 2, "{table}");
}

#[test]
fn hostile_texts_mean_only_themselves_in_markdown() {
    hostile::texts().iter().for_each(|text| markdown_round_trips(text));
}

proptest! {
    #[test]
    fn every_text_means_only_itself_in_markdown(text in "[ -~\n]{0,40}", marks in "[*_`~|\\\\<>&#+=:^$.()\\[\\]{}!0-9a -]{0,16}") {
        markdown_round_trips(&text);
        markdown_round_trips(&marks);
    }

    #[test]
    fn every_text_stays_in_its_comment(text in ".*", marks in "[*/<>!-]{0,12}") {
        stays_in_comment(&text);
        stays_in_comment(&marks);
    }

    #[test]
    fn every_text_round_trips_through_html(text in "[^\0]*") {
        assert_eq!(from_html(&html(&text)), text);
    }
}

#[track_caller]
fn stays_in_comment(text: &str) {
    let comment = comment(text);
    for mark in ["*/", "/*", "-->", "--!>"] {
        assert!(!format!(" {comment} ").contains(mark), "{comment}");
    }
    assert!(!comment.contains(is_hidden), "{comment}");
    assert_eq!(comment.replace(' ', ""), one_line(text).replace(' ', ""));
}

#[test]
fn hostile_texts_stay_in_their_comment() {
    hostile::texts().iter().for_each(|text| stays_in_comment(text));
    assert_eq!(comment("a */ b\n --> c"), "a * / b -- > c");
}

fn from_html(text: &str) -> String {
    assert!(!text.contains(['<', '>', '"', '\'']));
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// For HTML.
#[test]
fn s35_hostile_texts_round_trip_through_html() {
    for text in hostile::texts() {
        assert_eq!(from_html(&html(&text)), text.replace('\0', "\u{fffd}"));
    }
}
