use super::*;
use serde_json::json;

/// What each task is asked with, small.
fn contexts() -> Vec<(RoleName, &'static str, Value)> {
    let files = json!([{"path": "src/app.ts", "purpose": "The app"}, {"path": "README.md", "purpose": ""}]);
    let contents = json!([{"path": "src/app.ts", "text": "export const app = 1;\n"}]);
    let problems = json!([{"path": "/stories/0", "message": "\"criteria\" is a required property."}, {"path": "", "message": "It is too long."}]);
    let task = json!({
        "id": "calendar", "title": "Add the calendar", "description": "Show bookings by day.",
        "files": [{"path": "src/calendar.ts", "purpose": "Days", "action": "create"}],
        "criteria": ["A day lists its bookings"],
    });
    let (guide, data_model) = ("Routes stand in `src/routes`.", "Booking: starts_at datetime");
    let repair_json = json!({ "problems": problems });
    let repair_files = json!({ "problems": problems, "whole": false });
    vec![
        (
            RoleName::Analyst,
            "analyze",
            json!({
                "spec_title": "Bookings", "spec_summary": "Rooms by the hour", "prose": "I want to book rooms.",
                "features": ["Export as CSV"], "attachments": [{"name": "rooms.csv", "text": "name\nBlue"}],
                "structure": "entities: {}", "pack_summary": "CRUD for every entity", "spec_format": "entities: …", "problems": [],
            }),
        ),
        (
            RoleName::Architect,
            "design",
            json!({"requirements": "{}", "data_model": data_model, "guide": guide, "files": files}),
        ),
        (
            RoleName::Lead,
            "plan",
            json!({"requirements": "{}", "design": "{}", "data_model": data_model, "guide": guide, "files": files}),
        ),
        (
            RoleName::Developer,
            "write",
            json!({"task": task, "guide": guide, "data_model": data_model, "files": files, "contents": contents, "edit_format": "blocks"}),
        ),
        (RoleName::Reviewer, "review", json!({"task": task, "diff": "+export const x = 1;", "contents": contents})),
        (
            RoleName::Tester,
            "write",
            json!({
                "story": {"title": "Book a room", "story": "As a guest …", "criteria": ["Two bookings never overlap"]},
                "guide": guide, "files": files, "contents": contents, "path": "tests/features/book.test.ts",
            }),
        ),
        (
            RoleName::Debugger,
            "mend",
            json!({
                "failures": [{"check": "types", "log": "src/app.ts(1,1): error TS2322"}], "guide": guide, "files": files,
                "contents": contents, "protected": ["tests/features/book.test.ts"], "edit_format": "blocks",
            }),
        ),
        (RoleName::Analyst, "repair", repair_json),
        (RoleName::Developer, "repair", repair_files),
        (RoleName::Developer, "continue", json!({"tail": "const total = items.red"})),
    ]
}

#[test]
fn every_task_is_asked_as_its_snapshot_says() {
    let team = Team::embedded().unwrap();
    for (role, task, context) in contexts() {
        let prompt = team.prompt(role, task, &context).unwrap();
        let Prompt { class, effort, temperature, limits, .. } = &prompt;
        let head = format!(
            "{class:?} {effort:?} {temperature:?} {limits:?}\nschema: {}",
            prompt.schema.as_ref().map_or("none", |schema| &schema.name)
        );
        insta::assert_snapshot!(
            format!("{role}_{task}"),
            format!("{head}\n\n{}\n======\n{}", prompt.system, prompt.user)
        );
    }
}
