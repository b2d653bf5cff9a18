//! The tasks that meet the stories: which files each writes, and what it stands on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{path::ProjectPath, requirements::Requirements};

/// Most tasks of a plan.
pub const TASKS_MAX: usize = 60;
/// Most files that one task writes: more than that does not fit into one answer.
pub const TASK_FILES_MAX: usize = 8;

/// Tasks in the order in which they are committed: each stands after all that it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkPlan {
    /// The tasks.
    pub tasks: Vec<Task>,
}

/// A piece of work for one developer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// `T1`, `T2`, ... in the order of the plan.
    pub id: String,
    /// A few words, such as a commit has.
    pub title: String,
    /// What is to be written, and how it fits in.
    pub description: String,
    /// Stories that it serves.
    pub stories: Vec<String>,
    /// Every file that it may write.
    pub files: Vec<PlannedFile>,
    /// Files that its developer should see in full, beside those that it changes.
    pub reads: Vec<ProjectPath>,
    /// Tasks whose results it stands on, all of them and those that they need.
    pub needs: BTreeSet<String>,
}

/// A file that a task writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFile {
    /// Where it is.
    pub path: ProjectPath,
    /// What it is for, in one line.
    pub purpose: String,
}

/// What a plan is held against.
pub struct PlanFacts<'a> {
    /// Stories to be served.
    pub requirements: &'a Requirements,
    /// Whether the project has a file before the first task.
    pub exists: &'a dyn Fn(&ProjectPath) -> bool,
    /// Whether a file may not be written by a task.
    pub is_protected: &'a dyn Fn(&ProjectPath) -> bool,
}

/// A plan as a model writes it.
#[derive(Debug, Clone, Deserialize)]
pub struct WorkPlanDraft {
    tasks: Vec<TaskDraft>,
}

#[derive(Debug, Clone, Deserialize)]
struct TaskDraft {
    id: String,
    title: String,
    description: String,
    #[serde(default)]
    stories: Vec<String>,
    files: Vec<FileDraft>,
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    depends_on: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct FileDraft {
    path: String,
    #[serde(default)]
    purpose: String,
}

/// Something that is wrong with a plan, said to whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each sentence says what its variant means")]
pub enum PlanProblem {
    #[error("the plan has no task, but there are stories to be served")]
    Empty,
    #[error("the plan has {count} tasks; at most {TASKS_MAX} are possible: join those that belong together")]
    TooMany { count: usize },
    #[error("two tasks have the id `{id}`")]
    SameId { id: String },
    #[error("task {task} needs `{needed}`, which is no task of the plan")]
    UnknownNeed { task: String, needed: String },
    #[error("the tasks {tasks} need each other in a circle")]
    Circle { tasks: String },
    #[error("task {task} serves `{story}`, which is no story")]
    UnknownStory { task: String, story: String },
    #[error("no task serves story {story}")]
    UnservedStory { story: String },
    #[error("task {task} writes no file")]
    NoFiles { task: String },
    #[error("task {task} writes {count} files; at most {TASK_FILES_MAX} are possible: split it")]
    TooManyFiles { task: String, count: usize },
    #[error("task {task}: `{path}` cannot be a file of the project: {reason}")]
    BadPath { task: String, path: String, reason: String },
    #[error("task {task} names `{path}` twice")]
    SamePath { task: String, path: ProjectPath },
    #[error("task {task} may not write `{path}`: the file is protected; reach the goal without changing it")]
    Protected { task: String, path: ProjectPath },
    #[error("task {task} reads `{path}`, which neither exists nor is written by a task that it needs")]
    UnknownRead { task: String, path: ProjectPath },
}

impl WorkPlan {
    /// Holds a model's plan against the facts and puts it in order.
    ///
    /// Tasks that write one file are ordered as the draft lists them, whether it says so or not: what a task finds in a
    /// file must not depend on which of two was quicker. Ids are given anew in the order of the commits.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn settle(draft: WorkPlanDraft, facts: &PlanFacts<'_>) -> Result<Self, Vec<PlanProblem>> {
        let mut problems = Vec::new();
        let count = draft.tasks.len();
        if count == 0 && !facts.requirements.stories.is_empty() {
            problems.push(PlanProblem::Empty);
        }
        if count > TASKS_MAX {
            return Err(vec![PlanProblem::TooMany { count }]);
        }
        let mut ids = BTreeSet::new();
        for task in &draft.tasks {
            if !ids.insert(task.id.clone()) {
                problems.push(PlanProblem::SameId { id: task.id.clone() });
            }
        }
        let tasks: Vec<Task> = draft.tasks.into_iter().map(|task| read(task, &ids, facts, &mut problems)).collect();
        unserved(&tasks, facts.requirements, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let tasks = in_order(with_needs_of_files(tasks)).map_err(|problem| vec![problem])?;
        let tasks = with_all_needs(tasks);
        unknown_reads(&tasks, facts, &mut problems);
        // Whoever wrote the plan knows its tasks by its own ids: problems come before the numbers.
        if problems.is_empty() { Ok(Self { tasks: numbered(tasks) }) } else { Err(problems) }
    }

    /// A task by its id.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }
}

fn read(draft: TaskDraft, ids: &BTreeSet<String>, facts: &PlanFacts<'_>, problems: &mut Vec<PlanProblem>) -> Task {
    let id = draft.id;
    for needed in draft.depends_on.iter().filter(|needed| !ids.contains(*needed)) {
        problems.push(PlanProblem::UnknownNeed { task: id.clone(), needed: needed.clone() });
    }
    for story in &draft.stories {
        if !facts.requirements.stories.iter().any(|known| known.id == *story) {
            problems.push(PlanProblem::UnknownStory { task: id.clone(), story: story.clone() });
        }
    }
    match draft.files.len() {
        0 => problems.push(PlanProblem::NoFiles { task: id.clone() }),
        count if count > TASK_FILES_MAX => problems.push(PlanProblem::TooManyFiles { task: id.clone(), count }),
        _ => {}
    }
    let mut files: Vec<PlannedFile> = Vec::new();
    for file in draft.files {
        let Some(path) = path(&id, &file.path, problems) else { continue };
        if (facts.is_protected)(&path) {
            problems.push(PlanProblem::Protected { task: id.clone(), path });
        } else if files.iter().any(|known| known.path == path) {
            problems.push(PlanProblem::SamePath { task: id.clone(), path });
        } else {
            files.push(PlannedFile { path, purpose: file.purpose });
        }
    }
    let reads = draft.reads.iter().filter_map(|text| path(&id, text, problems)).collect();
    Task {
        title: draft.title,
        description: draft.description,
        stories: draft.stories,
        files,
        reads,
        needs: draft.depends_on.into_iter().collect(),
        id,
    }
}

fn path(task: &str, text: &str, problems: &mut Vec<PlanProblem>) -> Option<ProjectPath> {
    ProjectPath::parse(text)
        .map_err(|error| {
            let (task, path) = (task.to_owned(), text.to_owned());
            problems.push(PlanProblem::BadPath { task, path, reason: error.to_string() });
        })
        .ok()
}

fn unserved(tasks: &[Task], requirements: &Requirements, problems: &mut Vec<PlanProblem>) {
    for story in &requirements.stories {
        if !tasks.iter().any(|task| task.stories.contains(&story.id)) {
            problems.push(PlanProblem::UnservedStory { story: story.id.clone() });
        }
    }
}

/// Orders tasks that write one file.
fn with_needs_of_files(mut tasks: Vec<Task>) -> Vec<Task> {
    let mut needs: BTreeMap<String, BTreeSet<String>> =
        tasks.iter().map(|task| (task.id.clone(), task.needs.clone())).collect();
    let mut writers: BTreeMap<ProjectPath, Vec<String>> = BTreeMap::new();
    for task in &mut tasks {
        for file in &task.files {
            let writers = writers.entry(file.path.clone()).or_default();
            for earlier in writers.iter() {
                if !reaches(&needs, earlier, &task.id) {
                    needs.entry(task.id.clone()).or_default().insert(earlier.clone());
                    task.needs.insert(earlier.clone());
                }
            }
            writers.push(task.id.clone());
        }
    }
    tasks
}

/// Whether `from` needs `to`, directly or through others.
fn reaches(needs: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(needs.get(id).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// Puts each task after those that it needs, and otherwise keeps the order.
fn in_order(mut open: Vec<Task>) -> Result<Vec<Task>, PlanProblem> {
    let mut done: Vec<Task> = Vec::with_capacity(open.len());
    let mut ids: BTreeSet<String> = BTreeSet::new();
    while !open.is_empty() {
        let Some(next) = open.iter().position(|task| task.needs.iter().all(|id| ids.contains(id))) else {
            let tasks = open.iter().map(|task| task.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(PlanProblem::Circle { tasks });
        };
        let task = open.remove(next);
        ids.insert(task.id.clone());
        done.push(task);
    }
    Ok(done)
}

/// Adds to each task what its needs need. Tasks come in order.
fn with_all_needs(mut tasks: Vec<Task>) -> Vec<Task> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for task in &mut tasks {
        let further: Vec<String> = task.needs.iter().filter_map(|id| all.get(id)).flatten().cloned().collect();
        task.needs.extend(further);
        all.insert(task.id.clone(), task.needs.clone());
    }
    tasks
}

fn numbered(mut tasks: Vec<Task>) -> Vec<Task> {
    let ids: BTreeMap<String, String> =
        (1..).zip(&tasks).map(|(number, task)| (task.id.clone(), format!("T{number}"))).collect();
    let renamed = |id: &String| ids.get(id).cloned().unwrap_or_default();
    for task in &mut tasks {
        task.id = renamed(&task.id);
        task.needs = task.needs.iter().map(renamed).collect();
    }
    tasks
}

fn unknown_reads(tasks: &[Task], facts: &PlanFacts<'_>, problems: &mut Vec<PlanProblem>) {
    for task in tasks {
        let written = |path: &ProjectPath| {
            tasks
                .iter()
                .filter(|other| other.id == task.id || task.needs.contains(&other.id))
                .any(|other| other.files.iter().any(|file| file.path == *path))
        };
        for path in task.reads.iter().filter(|path| !(facts.exists)(path) && !written(path)) {
            problems.push(PlanProblem::UnknownRead { task: task.id.clone(), path: path.clone() });
        }
    }
}

#[cfg(test)]
#[path = "work_plan_tests.rs"]
mod tests;
