//! Answers as models write them.

use serde_json::{Value, json};

/// An analyst's answer: one entity, and stories with a criterion each.
pub(super) fn analysis(stories: &[&str]) -> String {
    let stories: Vec<Value> = stories
        .iter()
        .map(|title| {
            json!({
                "title": title,
                "story": format!("As a reader, I want to {title}, so that I know what is left"),
                "criteria": [format!("It is possible to {title}")],
            })
        })
        .collect();
    json!({
        "structure": {"entities": {"Book": {"fields": {"title": {"type": "string", "required": true}}}}},
        "stories": stories,
        "assumptions": ["A book has one reader"],
        "questions": [{"question": "May two people read one book?", "assumed": "No"}],
        "risks": [{"risk": "Two readers", "probability": "low", "impact": "high", "mitigation": "Ask them"}],
    })
    .to_string()
}

/// An architect's answer.
pub(super) fn design() -> String {
    json!({
        "summary": "Features are plain modules",
        "modules": [{"name": "marks", "purpose": "Marks what is read", "files": []}],
        "routes": [], "pages": [], "data_flow": ["From the button to the list"],
        "decisions": [{"title": "No database", "reason": "Nothing is kept"}],
        "risks": [],
    })
    .to_string()
}

/// A task of a lead's plan: its id, the story that it serves, its files, what it needs.
pub(super) fn task(id: &str, story: &str, files: &[&str], needs: &[&str]) -> Value {
    let files: Vec<Value> =
        files.iter().map(|path| json!({"path": path, "purpose": format!("Part of {id}")})).collect();
    json!({
        "id": id, "title": format!("Write {id}"), "description": format!("All of {id}"), "stories": [story],
        "files": files, "reads": [], "depends_on": needs,
    })
}

/// A lead's answer.
pub(super) fn plan(tasks: &[Value]) -> String {
    json!({ "tasks": tasks }).to_string()
}

/// A reviewer's answer.
pub(super) fn accept() -> String {
    json!({"verdict": "accept", "findings": []}).to_string()
}

/// A reviewer's answer.
pub(super) fn send_back(path: &str, problem: &str) -> String {
    let finding = json!({"path": path, "problem": problem, "instead": "Do it right"});
    json!({"verdict": "send_back", "findings": [finding]}).to_string()
}

/// A whole file.
pub(super) fn file(path: &str, content: &str) -> String {
    format!("<file path=\"{path}\">\n{content}\n</file>\n<done/>\n")
}

/// A change of a file.
pub(super) fn edit(path: &str, search: &str, replace: &str) -> String {
    format!("<edit path=\"{path}\">\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n</edit>\n<done/>\n")
}
