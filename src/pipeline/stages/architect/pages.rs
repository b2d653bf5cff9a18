//! The pages about requirements, design and plan that the project gets. Of texts of users and
//! models paragraphs, lists and code stay what they are; all else in them is text.

use crate::domain::{
    design::{Design, Risk},
    markdown::{blocks, cell, escaped, head, line, push, row},
    requirements::{Requirements, Story},
    spec::Spec,
};

use super::Planned;

/// `docs/requirements.md`.
pub(super) fn requirements(spec: &Spec, requirements: &Requirements) -> String {
    let mut page = format!("# Requirements of {}\n\n", escaped(&spec.title));
    page.push_str("What was asked for beyond the data itself, and what shows that it is there.\n\n");
    for one in &requirements.stories {
        story(&mut page, one, "");
    }
    notes(&mut page, requirements);
    ended(page)
}

/// One story with its criteria, and in brackets what is new about it.
pub(super) fn story(page: &mut String, story: &Story, news: &str) {
    let news = if news.is_empty() { String::new() } else { format!(" ({news})") };
    let (title, text) = (line(&story.title), blocks(&story.story));
    push(page, format_args!("## {}: {title}{news}\n\n{text}\n\n", story.id));
    for criterion in &story.criteria {
        push(page, format_args!("- **{}** {}\n", criterion.id, line(&criterion.text)));
    }
    page.push('\n');
}

/// What stands beside the stories.
pub(super) fn notes(page: &mut String, requirements: &Requirements) {
    list(page, "Assumptions", &requirements.assumptions);
    let questions: Vec<_> =
        requirements.questions.iter().map(|open| [open.question.clone(), open.assumed.clone()]).collect();
    table(page, "Open questions", ["Question", "What is assumed"], &questions);
    risks(page, &requirements.risks);
}

/// `docs/design.md`.
pub(super) fn design(spec: &Spec, design: &Design) -> String {
    let mut page = format!("# Design of {}\n\n", escaped(&spec.title));
    page.push_str("How the requirements are met. The data model, its API and its pages are in `architecture.md`.\n\n");
    design_body(&mut page, design);
    ended(page)
}

/// The same without its heading.
pub(super) fn design_body(page: &mut String, design: &Design) {
    if !design.summary.trim().is_empty() {
        push(page, format_args!("{}\n\n", blocks(&design.summary)));
    }
    let modules: Vec<_> = design.modules.iter().map(|module| [module.name.clone(), module.purpose.clone()]).collect();
    table(page, "Modules", ["Module", "What it is for"], &modules);
    let routes: Vec<_> =
        design.routes.iter().map(|route| [route.method.clone(), name(&route.path), route.purpose.clone()]).collect();
    table(page, "Routes", ["Method", "Path", "What it does"], &routes);
    let pages: Vec<_> =
        design.pages.iter().map(|page| [name(&page.path), page.title.clone(), page.purpose.clone()]).collect();
    table(page, "Pages", ["Path", "Title", "What it is for"], &pages);
    list(page, "Data flow", &design.data_flow);
    let decisions: Vec<_> =
        design.decisions.iter().map(|choice| [choice.title.clone(), choice.reason.clone()]).collect();
    table(page, "Decisions", ["Decision", "Why"], &decisions);
    risks(page, &design.risks);
}

/// `docs/plan.md`.
pub(super) fn plan(spec: &Spec, planned: &Planned) -> String {
    let mut page = format!("# Plan of {}\n\n", escaped(&spec.title));
    plan_body(&mut page, planned);
    ended(page)
}

/// The same without its heading.
pub(super) fn plan_body(page: &mut String, planned: &Planned) {
    let estimate = planned.estimate;
    let cost = estimate.cost.map(|cost| format!(", about {cost} USD")).unwrap_or_default();
    push(
        page,
        format_args!(
            "The tasks in the order of their commits. Estimated before the first of them: {} model calls, {} tokens{cost}.\n\n",
            estimate.calls, estimate.tokens
        ),
    );
    for task in &planned.plan.tasks {
        push(page, format_args!("## {}: {}\n\n", task.id, line(&task.title)));
        if !task.description.trim().is_empty() {
            push(page, format_args!("{}\n\n", blocks(&task.description)));
        }
        if !task.stories.is_empty() {
            push(page, format_args!("- serves {}\n", task.stories.join(", ")));
        }
        if !task.needs.is_empty() {
            let needs: Vec<&str> = task.needs.iter().map(String::as_str).collect();
            push(page, format_args!("- stands on {}\n", needs.join(", ")));
        }
        for file in &task.files {
            push(page, format_args!("- {}: {}\n", line(&name(file.path.as_str())), line(&file.purpose)));
        }
        page.push('\n');
    }
}

fn list(page: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    push(page, format_args!("## {title}\n\n"));
    for item in items {
        push(page, format_args!("- {}\n", line(item)));
    }
    page.push('\n');
}

fn table<const N: usize>(page: &mut String, title: &str, titles: [&str; N], rows: &[[String; N]]) {
    if rows.is_empty() {
        return;
    }
    push(page, format_args!("## {title}\n\n"));
    head(page, &titles);
    for cells in rows {
        row(page, &cells.each_ref().map(|text| cell(text)));
    }
    page.push('\n');
}

fn risks(page: &mut String, risks: &[Risk]) {
    if risks.is_empty() {
        return;
    }
    page.push_str("## Risks\n\n");
    head(page, &["Risk", "Probability", "Impact", "What is done about it"]);
    for risk in risks {
        let (probability, impact) = (risk.probability.word().to_owned(), risk.impact.word().to_owned());
        row(page, &[cell(&risk.risk), probability, impact, cell(&risk.mitigation)]);
    }
    page.push('\n');
}

/// A path in code marks, as prose has them.
fn name(path: &str) -> String {
    format!("`{path}`")
}

/// One newline at the end.
pub(super) fn ended(page: String) -> String {
    format!("{}\n", page.trim_end())
}
