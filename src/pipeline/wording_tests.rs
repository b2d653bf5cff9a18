use serde_json::json;

use super::*;
use crate::domain::{
    path::ProjectPath,
    requirements::RequirementsDraft,
    work_plan::{PlannedFile, Task},
};

fn sample_design() -> Design {
    serde_json::from_value(json!({
        "summary": "Rooms are\nbooked by the hour.",
        "modules": [
            {"name": "conflicts", "purpose": "No overlaps", "files": [{"path": "src/conflicts.ts", "purpose": "The rule"}]},
            {"name": "calendar", "purpose": "Days", "files": [{"path": "src/calendar.ts", "purpose": "The page"}]},
        ],
        "routes": [{"method": "GET", "path": "/api/free", "purpose": "What is free"}],
        "pages": [{"path": "calendar", "title": "Calendar", "purpose": "Shows days"}],
        "data_flow": ["From the form to the table"],
        "decisions": [{"title": "Half-open times", "reason": "Bookings may touch"}],
        "risks": [{"risk": "Two at once.", "probability": "low", "impact": "high", "mitigation": "One transaction."}],
    }))
    .unwrap()
}

#[test]
fn requirements_are_an_outline() {
    let draft: RequirementsDraft = serde_json::from_value(json!({
        "stories": [{"title": "Book", "story": "As a member, I want a room", "criteria": ["No overlaps", "At most\nthree"]}],
        "assumptions": ["Hours are local"],
        "questions": [{"question": "Who cancels?", "assumed": "The member"}],
        "risks": [{"risk": "Two at once.", "probability": "low", "impact": "high", "mitigation": "One transaction."}],
    }))
    .unwrap();
    insta::assert_snapshot!(requirements(&draft.into()));
    assert_eq!(requirements(&Requirements::default()), "");
}

#[test]
fn a_developer_sees_the_modules_of_his_files_alone() {
    insta::assert_snapshot!("whole_design", design(&sample_design()));
    let task = Task {
        id: "T1".to_owned(),
        title: String::new(),
        description: String::new(),
        stories: Vec::new(),
        files: vec![PlannedFile { path: ProjectPath::parse("src/calendar.ts").unwrap(), purpose: String::new() }],
        reads: Vec::new(),
        needs: std::collections::BTreeSet::new(),
    };
    insta::assert_snapshot!("design_for_a_task", design_for(&sample_design(), &task));
}
