use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;
use crate::domain::markdown::{escaped, head, row};

/// Everything but what changes plain punctuation.
fn extensions() -> Options {
    Options::all() - Options::ENABLE_SMART_PUNCTUATION - Options::ENABLE_OLD_FOOTNOTES
}

#[test]
fn a_description_is_read_as_it_was_written() {
    let text = "Four pure modules, no `I/O`:\nsee `recipes.ts` (src/web/features/*.ts).\n\n- `stepSchema = z.object({ a: \"x\" | \"y\" })`;\n  \
        minutes <= 2880 & more\n  - kinds: starter_rise, _bulk_\n- the rest\nThen:\n1) first\n2) **second**\n\n```ts\nconst a = `b`;\n```\n# No title\n`open";
    insta::assert_snapshot!(blocks(text));
}

#[test]
fn a_line_keeps_its_code_and_nothing_else() {
    assert_eq!(line("  a `b_c`\n and *d* e_f "), "a `b_c` and \\*d\\* e_f");
    assert_eq!(line("``a`` ` b `c`"), "\\``a`\\` \\` b `c`");
    assert_eq!(line("a < b && c <= d, <script> &amp; &c"), "a < b && c <= d, \\<script> \\&amp; \\&c");
    assert_eq!(line("1. no list"), "1\\. no list");
    assert_eq!(cell("`a | b` | c"), "`a \\| b` \\| c");
    assert_eq!(escaped("`a_b` (c) {d}! {{x}}"), "\\`a_b\\` (c) {d}! \\{\\{x}}");
}

/// The text that a Markdown reader shows, without what parts its words.
fn shown(source: &str, allowed: impl Fn(&Event<'_>) -> bool) -> String {
    let mut text = String::new();
    for event in Parser::new_ext(source, extensions()) {
        match &event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(piece),
            Event::SoftBreak | Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            other => assert!(allowed(other), "{other:?} in {source:?}"),
        }
    }
    letters(&text)
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '`').collect()
}

fn is_block(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Start(Tag::List(_) | Tag::Item | Tag::CodeBlock(_))
            | Event::End(TagEnd::List(_) | TagEnd::Item | TagEnd::CodeBlock)
    )
}

fn is_cell(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell)
            | Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell)
    )
}

const MARKS: &str = "[*_`~|\\\\<>&#+=:^$.()\\[\\]{}!0-9a\n -]{0,40}";

proptest! {
    #[test]
    fn a_line_holds_no_markup(text in "[ -~]{0,60}", marks in MARKS) {
        for text in [text, marks] {
            prop_assert_eq!(shown(&line(&text), |_| false), letters(&text));
        }
    }

    #[test]
    fn a_cell_stays_one(text in "[ -~]{0,60}", marks in MARKS) {
        for text in [text, marks] {
            let mut table = String::new();
            head(&mut table, &["a"]);
            row(&mut table, &[cell(&text)]);
            prop_assert_eq!(shown(&table, is_cell), format!("a{}", letters(&text)));
            let cells = Parser::new_ext(&table, extensions()).filter(|event| matches!(event, Event::Start(Tag::TableCell)));
            prop_assert_eq!(cells.count(), 2);
        }
    }

    #[test]
    fn blocks_hold_nothing_but_paragraphs_lists_and_code(text in "[ -~\n]{0,200}", marks in MARKS) {
        for text in [text, marks] {
            shown(&blocks(&text), is_block);
        }
    }
}
