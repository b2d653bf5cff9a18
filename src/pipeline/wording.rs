//! Requirements and design as prompts have them: in few words, an item a line.

use crate::domain::{
    design::{Design, Module},
    requirements::Requirements,
    work_plan::Task,
};

/// What was asked for.
pub(crate) fn requirements(requirements: &Requirements) -> String {
    let mut text = Outline::default();
    for story in &requirements.stories {
        text.line(0, &format!("{} {}", story.id, story.title));
        text.line(1, &story.story);
        for criterion in &story.criteria {
            text.line(1, &format!("{} {}", criterion.id, criterion.text));
        }
    }
    text.list("Assumptions", requirements.assumptions.iter().cloned());
    let assumed = |question: &str, answer: &str| format!("{question} Assumed: {answer}");
    text.list("Open questions", requirements.questions.iter().map(|open| assumed(&open.question, &open.assumed)));
    text.list("Risks", requirements.risks.iter().map(|risk| format!("{} {}", risk.risk, risk.mitigation)));
    text.0
}

/// How it is to be met.
pub(crate) fn design(design: &Design) -> String {
    let mut text = Outline::default();
    text.line(0, &design.summary);
    text.modules(&design.modules);
    text.contract(design);
    text.list("Data flow", design.data_flow.iter().cloned());
    text.list("Risks", design.risks.iter().map(|risk| format!("{} {}", risk.risk, risk.mitigation)));
    text.0
}

/// What of the design concerns whoever works on a task: the modules that hold its files, and what all parts keep to.
pub(crate) fn design_for(design: &Design, task: &Task) -> String {
    let is_of_task = |path: &str| task.files.iter().any(|file| file.path.as_str() == path);
    let modules = design.modules.iter().filter(|module| module.files.iter().any(|file| is_of_task(&file.path)));
    let mut text = Outline::default();
    text.line(0, &design.summary);
    text.modules(modules);
    text.contract(design);
    text.0
}

/// Lines, each set in by its level.
#[derive(Default)]
struct Outline(String);

impl Outline {
    fn line(&mut self, level: usize, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&"  ".repeat(level));
        self.0.push_str(&words.join(" "));
    }

    fn list(&mut self, title: &str, items: impl Iterator<Item = String>) {
        for (number, item) in items.enumerate() {
            if number == 0 {
                self.line(0, &format!("{title}:"));
            }
            self.line(1, &item);
        }
    }

    fn modules<'a>(&mut self, modules: impl IntoIterator<Item = &'a Module>) {
        for module in modules {
            self.line(0, &format!("Module {}: {}", module.name, module.purpose));
            for file in &module.files {
                self.line(1, &format!("{}: {}", file.path, file.purpose));
            }
        }
    }

    /// What parts of the code rely on in each other.
    fn contract(&mut self, design: &Design) {
        let routes = design.routes.iter().map(|route| format!("{} {}: {}", route.method, route.path, route.purpose));
        self.list("New routes", routes);
        let pages = design.pages.iter().map(|page| format!("{} ({}): {}", page.path, page.title, page.purpose));
        self.list("New pages", pages);
        self.list("Decisions", design.decisions.iter().map(|choice| format!("{}: {}", choice.title, choice.reason)));
    }
}

#[cfg(test)]
#[path = "wording_tests.rs"]
mod tests;
