use super::*;
use proptest::prelude::*;

const ANSWER: &str = "<file path=\"src/x.ts\">\nexport function total(items: Item[]) {\n  const prices = items.map((item) => item.price);\n  \
                      return prices.reduce((sum, price) => sum + price, 0);\n}\n</file>\n<done/>\n";

#[test]
fn a_continuation_that_repeats_its_last_line_is_joined() {
    let cut = ANSWER.find("prices.reduce").unwrap() + 4;
    let (first, rest) = ANSWER.split_at(cut);
    for from in ["  return", "  const prices", "<file"] {
        let start = ANSWER.find(from).unwrap();
        let (_, second) = ANSWER.split_at(start);
        for wrapped in [
            second.to_owned(),
            format!("```ts\n{second}"),
            format!("\n\n{second}"),
            format!("Continuing where I stopped:\n\n```\n{second}"),
            format!("\u{feff}{second}"),
        ] {
            assert_eq!(join(first, &wrapped), ANSWER, "{wrapped}");
        }
    }
    let (_, repeated) = ANSWER.split_at(ANSWER.find("return").unwrap());
    assert_eq!(join(first, repeated), ANSWER);
    assert_eq!(join(first, rest), ANSWER);
}

#[test]
fn a_fence_in_the_middle_of_a_line_is_no_part_of_the_answer() {
    let (first, rest) = ANSWER.split_at(ANSWER.find("reduce").unwrap());
    assert_eq!(join(first, &format!("```typescript\n{rest}")), ANSWER);
    let (first, rest) = ANSWER.split_at(ANSWER.find("  return").unwrap());
    assert_eq!(join(first, &format!("```\n{rest}```\n")), format!("{ANSWER}```\n"));
    // A fence that belongs to the answer stays.
    let text = "<file path=\"a.md\">\n# A\n\n```ts\nlet x;\n```\n</file>\n<done/>\n";
    let (first, rest) = text.split_at(text.find("```").unwrap());
    assert_eq!(join(first, rest), text);
}

#[test]
fn what_the_answer_repeats_itself_is_kept() {
    let line = "    expect(response.status).toBe(200);\n";
    assert_eq!(join(&line.repeat(2), &line.repeat(2)), line.repeat(4));
    assert_eq!(join("a}\n}\n", "}\n}\n"), "a}\n}\n}\n}\n");
}

#[test]
fn joins_of_nothing() {
    assert_eq!(join("", "x"), "x");
    assert_eq!(join("x", ""), "x");
    assert_eq!(join("", "```ts\nx"), "```ts\nx");
}

#[test]
fn hostile_texts_are_joined_in_time() {
    let long = "a".repeat(2_000_000);
    let started = std::time::Instant::now();
    assert!(join(&long, &long).len() > long.len());
    assert!(join(&" \n".repeat(1_000_000), &" \n".repeat(1_000_000)).len() > 2_000_000);
    assert!(join(&"ab".repeat(1_000_000), &format!("{}c", "ab".repeat(8000))).len() > 1_000_000);
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}

proptest! {
    /// Of any cut of a text the join is the text again: with a continuation that goes on from there, and with one that
    /// repeats the last lines.
    #[test]
    fn a_cut_text_is_joined_to_itself(
        lines in prop::collection::btree_set("[ ]{0,4}[a-zé(){};=. ]{0,50}", 1..20),
        cut in any::<prop::sample::Index>(),
        back in 0..4_usize,
    ) {
        let text = lines.into_iter().enumerate().map(|(index, line)| format!("{line} // {index} of all lines\n")).collect::<String>();
        let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (first, second) = text.split_at(*cut.get(&places));
        prop_assert_eq!(join(first, second), text.as_str());
        let start = first.match_indices('\n').map(|(at, _)| at + 1).rev().nth(back).unwrap_or(0);
        let (_, again) = text.split_at(start);
        let begun = first.get(start..).unwrap_or_default();
        if begun.bytes().filter(|byte| !byte.is_ascii_whitespace()).count() >= OVERLAP_MIN_BYTES {
            // Every line has its number, so that none repeats another.
            prop_assert_eq!(join(first, again), text.as_str());
        }
    }

    #[test]
    fn nothing_of_the_first_part_is_ever_lost(first in any::<String>(), second in "[`a \n:]{0,40}") {
        prop_assert!(join(&first, &second).starts_with(&first));
    }
}
