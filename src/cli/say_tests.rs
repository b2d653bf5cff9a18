use super::*;
use serde_json::json;

#[test]
fn a_summary_tells_what_was_not_done_and_what_was_mended() {
    let report: Report = serde_json::from_value(json!({
        "report_version": 1, "state": "failed", "generation": "01900000-0000-7000-8000-000000000000",
        "project": "room", "spec_digest": "a".repeat(64), "ignored": [],
        "template": {"name": "small", "version": "1.0.0", "digest": "b".repeat(64)},
        "artifact": {"path": "room.zip", "size_bytes": 1, "digest": "c".repeat(64), "files": 1},
        "commit": "d".repeat(40), "workspace": "room.work", "product_version": "0.1.0", "sandbox": null, "tools": {},
        "checks": [], "parked": [],
        "undone": ["code/tasks/T1: it was \u{1b}[31mrefused"], "mended": ["round 1: a test was replaced", format!("round 2: a test was disputed: {}", "why ".repeat(500))],
    }))
    .unwrap();
    let text = summary(&report, Path::new("room.report.json"));
    assert!(text.contains("\nnot done: code/tasks/T1: it was \\u{1b}[31mrefused\n"), "{text}");
    assert!(text.contains("\n  round 1: a test was replaced\n"), "{text}");
    let disputed = text.lines().find(|line| line.contains("round 2")).unwrap();
    assert!(disputed.ends_with('…') && disputed.chars().count() < 210, "{disputed}");
}
