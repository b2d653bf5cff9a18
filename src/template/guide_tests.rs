//! Parts are taken out, whole.

use super::*;

const GUIDE: &str = "# How\n\nAll of you.\n\n## A route\n\n```ts\n## A page\n```\n\nOn the server.\n\n## A page\n\nSeen.\n\n\
                     ## Style\n\nAll again.\n";

fn told(left_out: &[&str]) -> String {
    let part = |heading: &str| GuidePart { heading: heading.to_owned(), files: Vec::new() };
    without(GUIDE, &[part("A route"), part("A page")], |part| left_out.contains(&part.heading.as_str()))
}

#[test]
fn a_part_reaches_to_the_next_heading() {
    assert_eq!(told(&[]), GUIDE);
    let common = "# How\n\nAll of you.\n\n";
    let style = "## Style\n\nAll again.\n";
    assert_eq!(told(&["A route"]), format!("{common}## A page\n\nSeen.\n\n{style}"));
    let route = "## A route\n\n```ts\n## A page\n```\n\nOn the server.\n\n";
    assert_eq!(told(&["A page"]), format!("{common}{route}{style}"));
    assert_eq!(told(&["A page", "A route"]), format!("{common}{style}"));
    assert_eq!(told(&["Style"]), GUIDE, "a part of which the pack says nothing is for everybody");
}

#[test]
fn code_has_no_headings() {
    assert!(has_part(GUIDE, "A route") && has_part(GUIDE, "Style"));
    assert!(!has_part("```\n## A part\n```\n", "A part"));
}
