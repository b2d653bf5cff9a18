//! Answers in JSON that are not what was asked for.
//!
//! | what the model does | what follows |
//! |---|---|
//! | fences, prose around, trailing commas, a byte order mark | is repaired; nobody is asked again |
//! | no JSON, another form, an empty answer | the problems go back to it, at most 3 times |
//! | a fourth answer that is wrong | the work ends, `failed`; nothing more is asked |
//! | the same wrong answer again | the work ends at once |
//! | an answer that is cut off | it is continued, at most 3 times |
//! | it refuses | the work ends at once |

use samokoder::{
    agents::{Says, Terms},
    pipeline::Outcome,
};

use serde_json::json;

use super::{
    answers::{analysis, plan, task},
    rig::{Rig, succeeded},
    script::{CALLS, INDEX, MARKS, REPORT, WORDS, script},
};

fn good() -> String {
    analysis(&["mark books", "see what is left"])
}

fn rig() -> Rig {
    let rig = Rig::new(Terms::default());
    script(&rig);
    rig
}

fn gave_up(outcome: Outcome) -> String {
    match outcome {
        Outcome::GaveUp { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn damage_is_repaired_without_asking_again() {
    let good = good();
    let comma = good.strip_suffix('}').unwrap();
    for answer in [
        format!("```json\n{good}\n```"),
        format!("Here it is:\n\n{good}\n\nTell me when you want more."),
        format!("{comma},}}"),
        format!("\u{feff}{good}"),
    ] {
        let rig = rig();
        rig.says("analyze/analyst/1", answer.clone());
        succeeded(rig.run(rig.begin(WORDS)));
        assert_eq!(rig.models.steps().len(), CALLS, "{answer}");
    }
}

#[test]
fn what_cannot_be_used_goes_back_with_the_reason() {
    for (answer, reason) in [
        ("I would rather talk about books.", "JSON"),
        ("", "empty"),
        (r#"{"structure": {}, "stories": 7}"#, "stories"),
        (
            r#"{"structure": {"entities": {"Book": {"fields": {"title": "unicorn"}}}}, "stories": [], "assumptions": [], "questions": [], "risks": []}"#,
            "unicorn",
        ),
    ] {
        let rig = rig();
        rig.says("analyze/analyst/1", answer);
        rig.says("analyze/analyst/2", good());
        succeeded(rig.run(rig.begin(WORDS)));
        assert_eq!(rig.count("analyze/"), 2, "{answer}");
        let told = rig.asked("analyze/analyst/2");
        assert!(told.rsplit("\n----\n").next().unwrap().contains(reason), "{told}");
    }
}

#[test]
fn problems_of_a_plan_are_told_by_its_own_names() {
    let mut marks = task("marks", "S1", &[MARKS], &[]);
    marks["reads"] = json!(["src/none.js"]);
    let report = task("report", "S2", &[REPORT], &[]);
    for (field, value, told) in [
        ("stories", json!(["S2"]), "task marks reads `src/none.js`, which neither exists nor is written"),
        ("title", json!(7), "In `report`: The value is not of type \"string\""),
        ("files", json!([{"path": "tests/features/s1-a.test.js", "purpose": "x"}]), "task report may not write"),
    ] {
        let rig = rig();
        let mut other = report.clone();
        other[field] = value;
        rig.says("architect/lead/1", plan(&[other, marks.clone()]));
        let listing = task("listing", "S1", &[INDEX], &["marks"]);
        rig.says("architect/lead/2", plan(&[task("marks", "S1", &[MARKS], &[]), listing, report.clone()]));
        succeeded(rig.run(rig.begin(WORDS)));
        let asked = rig.asked("architect/lead/2");
        assert!(asked.rsplit("\n----\n").next().unwrap().contains(told), "{asked}");
    }
}

#[test]
fn three_repairs_are_all() {
    let rig = rig();
    for number in 1..=6 {
        rig.says(&format!("analyze/analyst/{number}"), format!("no JSON, number {number}"));
    }
    let reason = gave_up(rig.run(rig.begin(WORDS)));
    assert!(reason.contains("analyst"), "{reason}");
    assert_eq!(rig.models.steps().len(), 4);
    gave_up(rig.run(rig.reopen()));
    assert_eq!(rig.models.steps().len(), 4, "what was given up is not paid for again by itself");
}

#[test]
fn the_same_wrong_answer_ends_it_at_once() {
    let rig = rig();
    rig.models.answer_always("analyze/", Says::text("no"));
    rig.says("analyze/analyst/1", "no");
    gave_up(rig.run(rig.begin(WORDS)));
    assert_eq!(rig.models.steps().len(), 2);
}

#[test]
fn an_answer_that_is_cut_off_is_continued() {
    let value: serde_json::Value = serde_json::from_str(&good()).unwrap();
    let text = serde_json::to_string_pretty(&value).unwrap();
    let (beginning, rest) = text.split_at(text.len() / 2);
    let last_line = beginning.rsplit('\n').next().unwrap();
    let rig = rig();
    rig.models.answer_always("analyze/analyst/1", Says::cut_off(beginning));
    rig.says("analyze/analyst/1/more-1", format!("{last_line}{rest}"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!(rig.count("analyze/"), 2);
}

#[test]
fn an_answer_without_end_is_given_up() {
    let rig = rig();
    for (round, number) in [(1, 0), (2, 10), (3, 20), (4, 30)] {
        rig.models.answer_always(&format!("analyze/analyst/{round}"), Says::cut_off(format!("{{\"a\": \"{number}")));
        for more in 1..=3 {
            let step = format!("analyze/analyst/{round}/more-{more}");
            rig.models.answer_always(&step, Says::cut_off(format!("{{\"a\": \"{number} and {more}")));
        }
    }
    let reason = gave_up(rig.run(rig.begin(WORDS)));
    assert!(reason.contains("cut off"), "{reason}");
    assert_eq!(rig.models.steps().len(), 16, "four answers, each continued three times");
}

#[test]
fn a_refusal_ends_it_at_once() {
    let rig = rig();
    rig.models.answer_always("analyze/analyst/1", Says::refused("I cannot help with reading rooms"));
    let reason = gave_up(rig.run(rig.begin(WORDS)));
    assert!(reason.contains("I cannot help with reading rooms"), "{reason}");
    assert_eq!(rig.models.steps().len(), 1);
}
