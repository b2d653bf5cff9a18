//! One task of the plan: a developer writes it, a reviewer reads the difference and may send it back once.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    agents::{EditFormat, ProblemKind, Prompt, RoleName, answer::structured},
    domain::{
        id::StepKey,
        path::ProjectPath,
        requirements::Requirements,
        work_plan::{PlannedFile, Task, WorkPlan},
    },
    pipeline::{
        Interruption,
        briefing::Briefing,
        contents::{Contents, FileText},
        dialogue::{Complaint, Dialogue, GaveUp},
        packages::Seen,
        wording,
        writing::{self, Draft, Written},
    },
};

/// What is known to whoever works on a task.
pub(crate) struct TaskAtWork<'a> {
    pub(crate) briefing: &'a Briefing<'a>,
    pub(crate) requirements: &'a Requirements,
    pub(crate) plan: &'a WorkPlan,
    pub(crate) task: &'a Task,
    pub(crate) key: StepKey,
    /// The project as it is before the task.
    pub(crate) seen: Seen,
}

/// A task as a prompt has it.
#[derive(Serialize)]
struct TaskShown<'a> {
    id: &'a str,
    title: &'a str,
    description: &'a str,
    files: Vec<FileShown<'a>>,
    stories: Vec<&'a crate::domain::requirements::Story>,
}

#[derive(Serialize)]
struct FileShown<'a> {
    path: &'a ProjectPath,
    purpose: &'a str,
    /// `create` or `change`.
    action: &'static str,
}

#[derive(Deserialize)]
struct Review {
    verdict: Verdict,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Accept,
    SendBack,
}

/// What a reviewer wants changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Finding {
    path: String,
    problem: String,
    instead: String,
}

impl TaskAtWork<'_> {
    /// Works on the task until it can be committed, or is given up.
    pub(crate) async fn done(self) -> Result<Result<Written, GaveUp>, Interruption> {
        let written = match self.write("write", &[]).await? {
            Ok(written) => written,
            Err(gave_up) => return Ok(Err(gave_up)),
        };
        let findings = self.review(&written).await?;
        if findings.is_empty() {
            return Ok(Ok(written));
        }
        let Seen { files, packages } = self.seen.clone();
        let after = Seen {
            files: files.clone().with(&written.changes),
            packages: packages.into_iter().chain(written.packages.clone()).collect(),
        };
        let after = Self { seen: after, ..self };
        // What was written stands; a second try that fails takes nothing from it.
        let Ok(second) = after.write("rework", &findings).await? else { return Ok(Ok(written)) };
        let changes = after.seen.files.clone().with(&second.changes).changes_since(&files);
        let packages = written.packages.into_iter().chain(second.packages).collect();
        Ok(Ok(Written { changes, packages, ..Written::default() }))
    }

    async fn write(&self, name: &str, findings: &[Finding]) -> Result<Result<Written, GaveUp>, Interruption> {
        let contents = Contents::of(&self.seen.files)
            .whole(self.own())
            .used(&self.task.reads)
            .used(&self.written_before())
            .used_by(self.own());
        let prompt = self.prompt(contents.chosen(), findings)?;
        let dialogue = self.dialogue(RoleName::Developer, name);
        let permit = |path: &ProjectPath| self.permit(path);
        let mut draft = Draft::new(RoleName::Developer, &self.seen.files, &permit);
        let packages = self.briefing.packages;
        let read = async |text: &str| {
            let answers = packages.answer(&self.seen, &draft.given(), &Draft::wishes(text)).await?;
            Ok(draft.take_with(text, &answers))
        };
        dialogue.until_looked_up(prompt, read).await
    }

    fn prompt(&self, contents: Vec<FileText>, findings: &[Finding]) -> Result<Prompt, Interruption> {
        let edit_format = self.briefing.edit_format;
        let context = json!({
            "task": self.shown(),
            "guide": self.briefing.guide_for(self.own()),
            "data_model": self.briefing.data_model,
            "design": wording::design_for(&self.briefing.design, self.task),
            "files": self.briefing.listing(&self.seen.files),
            "contents": contents,
            "findings": findings,
            "edit_format": if edit_format == EditFormat::Whole { "whole" } else { "blocks" },
        });
        let task = if findings.is_empty() { "write" } else { "rework" };
        Ok(self.briefing.team.prompt(RoleName::Developer, task, &context)?)
    }

    /// What the reviewer wants changed; nothing when the work is good, or no usable review came.
    async fn review(&self, written: &Written) -> Result<Vec<Finding>, Interruption> {
        let Written { changes, packages, .. } = written;
        let added = packages.iter().map(|package| format!("Added package: {} {}\n", package.name, package.version));
        let diff = added.chain([writing::diff(&self.seen.files, changes)]).collect::<String>();
        let contents = self.beside(written);
        let context = json!({
            "task": self.shown(),
            "guide": self.briefing.guide_for(self.own()),
            "data_model": self.briefing.data_model,
            "diff": diff,
            "contents": contents,
        });
        let prompt = self.briefing.team.prompt(RoleName::Reviewer, "review", &context)?;
        let schema = prompt.schema.clone();
        let dialogue = self.dialogue(RoleName::Reviewer, "review");
        let review = dialogue.until(prompt, |text| structured_answer::<Review>(schema.as_ref(), text)).await?;
        Ok(match review {
            Ok(Review { verdict: Verdict::SendBack, findings }) => findings,
            Ok(Review { verdict: Verdict::Accept, .. }) | Err(_) => Vec::new(),
        })
    }

    fn dialogue(&self, agent: RoleName, name: &str) -> Dialogue<'_> {
        let Briefing { asking, team, .. } = self.briefing;
        Dialogue { asking, team, agent, key: StepKey(format!("{}/{name}", self.key)) }
    }

    /// What a difference cannot be judged without: the files that it changes but in part, as they are after it, and what its
    /// author saw or it imports.
    fn beside(&self, written: &Written) -> Vec<FileText> {
        let after = self.seen.files.clone().with(&written.changes);
        let changed = || written.changes.iter().map(|change| &change.path);
        let (altered, created): (Vec<_>, Vec<_>) = changed().partition(|path| self.seen.files.has(path));
        Contents::of(&after)
            .without(created)
            .used(altered)
            .used(&self.task.reads)
            .used(&self.written_before())
            .used_by(changed())
            .chosen()
    }

    /// Files that the task writes.
    fn own(&self) -> impl Iterator<Item = &ProjectPath> {
        self.task.files.iter().map(|file| &file.path)
    }

    /// Files that the tasks before it wrote.
    fn written_before(&self) -> Vec<ProjectPath> {
        let before = self.plan.tasks.iter().filter(|task| self.task.needs.contains(&task.id));
        before.flat_map(|task| task.files.iter().map(|file| file.path.clone())).collect()
    }

    fn permit(&self, path: &ProjectPath) -> Result<(), String> {
        self.briefing.packages.permit(path)?;
        if self.task.files.iter().any(|file| file.path == *path) {
            return Ok(());
        }
        let allowed = self.task.files.iter().map(|file| format!("`{}`", file.path)).collect::<Vec<_>>().join(", ");
        Err(format!("`{path}` is none of this task's files; it may write only {allowed}"))
    }

    fn shown(&self) -> TaskShown<'_> {
        let Task { id, title, description, files, stories, .. } = self.task;
        let stories: Vec<_> = self.requirements.stories.iter().filter(|story| stories.contains(&story.id)).collect();
        let file = |file: &'_ PlannedFile| -> &'static str {
            if self.seen.files.has(&file.path) { "change" } else { "create" }
        };
        TaskShown {
            id,
            title,
            description,
            files: files
                .iter()
                .map(|planned| FileShown { path: &planned.path, purpose: &planned.purpose, action: file(planned) })
                .collect(),
            stories,
        }
    }
}

/// Reads a JSON answer into its type, or says what is wrong with it.
pub(crate) fn structured_answer<T: serde::de::DeserializeOwned>(
    schema: Option<&crate::agents::AnswerSchema>,
    text: &str,
) -> Result<T, Complaint> {
    let (value, problems) = match schema {
        Some(schema) => structured::read(text, schema),
        None => (serde_json::from_str(text).ok(), Vec::new()),
    };
    if !problems.is_empty() {
        return Err(Complaint { problems, wants_whole_files: false });
    }
    let value = value.ok_or_else(|| Complaint::of(ProblemKind::Syntax, "the answer is no JSON"))?;
    serde_json::from_value(value).map_err(|error| Complaint::of(ProblemKind::Schema, error.to_string()))
}
