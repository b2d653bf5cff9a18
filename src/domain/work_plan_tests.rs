//! A plan is put in order, or everything that is wrong with it is said.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::requirements::RequirementsDraft;

fn requirements() -> Requirements {
    let draft: RequirementsDraft = serde_json::from_value(json!({"stories": [
        {"title": "One", "story": "I want one", "criteria": ["it is there"]},
        {"title": "Two", "story": "I want two", "criteria": ["it is there", "it stays"]},
    ]}))
    .unwrap();
    draft.into()
}

fn settle(tasks: serde_json::Value) -> Result<WorkPlan, Vec<PlanProblem>> {
    let requirements = requirements();
    let facts = PlanFacts {
        requirements: &requirements,
        exists: &|path| path.as_str() == "src/there.ts",
        is_protected: &|path| path.as_str() == "package.json",
    };
    WorkPlan::settle(serde_json::from_value(json!({ "tasks": tasks })).unwrap(), &facts)
}

fn task(id: &str, files: &[&str], needs: &[&str]) -> serde_json::Value {
    let files: Vec<_> = files.iter().map(|path| json!({"path": path, "purpose": "is tested"})).collect();
    json!({"id": id, "title": id, "description": "", "stories": ["S1", "S2"], "files": files, "depends_on": needs})
}

#[test]
fn each_task_stands_after_those_it_needs_and_is_numbered_in_that_order() {
    let plan = settle(json!([
        task("page", &["src/page.ts"], &["rule"]),
        task("rule", &["src/rule.ts"], &["words"]),
        task("words", &["src/words.ts"], &[]),
        task("other", &["src/other.ts"], &[]),
    ]))
    .unwrap();
    let shown: Vec<_> = plan.tasks.iter().map(|task| (task.id.as_str(), task.title.as_str())).collect();
    assert_eq!(shown, [("T1", "words"), ("T2", "rule"), ("T3", "page"), ("T4", "other")]);
    assert_eq!(plan.task("T3").unwrap().needs, BTreeSet::from(["T1".to_owned(), "T2".to_owned()]));
    assert!(plan.task("T4").unwrap().needs.is_empty());
}

#[test]
fn tasks_that_write_one_file_are_ordered() {
    let plan = settle(json!([
        task("a", &["src/index.ts"], &[]),
        task("b", &["src/index.ts", "src/b.ts"], &[]),
        task("c", &["src/b.ts"], &[]),
    ]))
    .unwrap();
    assert_eq!(plan.task("T2").unwrap().needs, BTreeSet::from(["T1".to_owned()]));
    assert_eq!(plan.task("T3").unwrap().needs, BTreeSet::from(["T1".to_owned(), "T2".to_owned()]));
}

#[test]
fn a_shared_file_does_not_make_a_circle_of_what_was_said() {
    let plan = settle(json!([task("a", &["src/index.ts"], &["b"]), task("b", &["src/index.ts"], &[])])).unwrap();
    assert_eq!(plan.tasks.iter().map(|task| task.title.as_str()).collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let problems = settle(json!([
        {"id": "a", "title": "a", "description": "", "stories": ["S1", "S9"], "depends_on": ["z"], "files": [
            {"path": "../outside.ts"}, {"path": ".git/config"}, {"path": "package.json"}, {"path": "src/a.ts"}, {"path": "src/a.ts"},
        ]},
        {"id": "a", "title": "b", "description": "", "files": []},
    ]))
    .unwrap_err();
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_circle_is_named() {
    let problems = settle(json!([task("a", &["src/a.ts"], &["b"]), task("b", &["src/b.ts"], &["a"])])).unwrap_err();
    assert_eq!(problems, [PlanProblem::Circle { tasks: "a, b".to_owned() }]);
}

#[test]
fn a_file_to_read_must_be_there_by_then() {
    let mut early = task("a", &["src/a.ts"], &[]);
    early["reads"] = json!(["src/there.ts", "src/b.ts"]);
    let problems = settle(json!([task("b", &["src/b.ts"], &[]), early])).unwrap_err();
    assert_eq!(
        problems,
        [PlanProblem::UnknownRead { task: "a".to_owned(), path: ProjectPath::parse("src/b.ts").unwrap() }]
    );
}

proptest! {
    #[test]
    fn any_plan_without_circle_is_ordered(
        links in prop::collection::vec((0_usize..12, 0_usize..12, 0_usize..4), 0..30),
        rank in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let tasks: Vec<_> = (0..12)
            .map(|number| {
                let needs: Vec<_> = links
                    .iter()
                    .filter(|(from, to, _)| *from == number && rank[*to] < rank[*from])
                    .map(|(_, to, _)| format!("t{to}"))
                    .collect();
                let shared = links.iter().find(|(from, ..)| *from == number).map_or(9, |(.., file)| *file);
                let needs: Vec<_> = needs.iter().map(String::as_str).collect();
                task(&format!("t{number}"), &[&format!("src/{shared}.ts"), &format!("own/{number}.ts")], &needs)
            })
            .collect();
        let plan = settle(json!(tasks)).unwrap();
        let mut seen = BTreeSet::new();
        for task in &plan.tasks {
            prop_assert!(task.needs.iter().all(|id| seen.contains(id)));
            seen.insert(task.id.clone());
        }
        for one in &plan.tasks {
            for other in plan.tasks.iter().filter(|other| other.id != one.id) {
                let shares = one.files.iter().any(|file| other.files.iter().any(|theirs| theirs.path == file.path));
                prop_assert!(!shares || one.needs.contains(&other.id) || other.needs.contains(&one.id));
            }
        }
    }
}
