//! Writes the project: one section of the pack after the other, then one task of the plan after the other; a commit each.

mod in_order;
mod task;
pub(crate) mod update;

pub(crate) use in_order::{Item, Settled, in_order};
pub(crate) use task::structured_answer;

use std::borrow::Cow;

use futures::FutureExt as _;
use serde::{Deserialize, Serialize};

use self::task::TaskAtWork;
use crate::{
    domain::{
        blueprint::Blueprint,
        id::{Chapter, CommitId, StepKey},
        path::ProjectPath,
        stage::Stage,
        work_plan::Task,
    },
    journal::Replay,
    pipeline::{
        Error, Interruption, Settings,
        briefing::Briefing,
        context::{Context, StepResult},
        import::{Imported, read_files},
        order::{IMPORT_FILE, Order},
        packages::Seen,
        record::{self, Record},
        snapshot::Snapshot,
        stages::{
            Drawing,
            analyze::Analysis,
            architect::{Planned, tasks_of},
        },
        writing::Written,
    },
    template::{Pack, Plan, Renderer, Section},
    workspace::Change,
};

/// Name of the step that takes what was imported.
const IMPORT: &str = "import";

/// Result of a step that commits; `None` when there was nothing to commit.
#[derive(Serialize, Deserialize)]
pub(crate) struct Committed {
    pub(crate) commit: Option<CommitId>,
}

impl StepResult for Committed {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

pub(crate) async fn run(
    context: &mut Context<'_>,
    settings: &Settings,
    analysis: &Analysis,
    drawing: &Drawing,
) -> Result<(), Interruption> {
    let tasks = drawing.planned.as_ref().map_or(0, |planned| planned.plan.tasks.len());
    match context.before.clone() {
        None => {
            context.begin_stage(Stage::Code, context.pack.manifest().sections.len() + tasks);
            sections(context, &drawing.blueprint).await?;
            if let Some(imported) = context.order.import.clone() {
                take_imported(context, &imported).await?;
            }
        }
        Some(before) => {
            context.begin_stage(Stage::Code, 1 + tasks);
            update::write(context, &before, analysis, drawing).await?;
        }
    }
    if let Some(planned) = &drawing.planned {
        write_tasks(context, settings, analysis, planned).await?;
    }
    context.end_stage(Stage::Code);
    Ok(())
}

/// Has the pack write what it can.
async fn sections(context: &mut Context<'_>, blueprint: &Blueprint) -> Result<(), Interruption> {
    let sections = context.pack.manifest().sections.clone();
    let record = context.record;
    let key = |section: &Section| record.key(Stage::Code, &section.id);
    let is_complete = sections.iter().all(|section| record.has(&key(section)));
    let renderer = if is_complete { None } else { Some(Renderer::new(context.pack.clone())?) };
    let plan = renderer.as_ref().map(|renderer| renderer.plan(blueprint)).transpose()?;
    for section in &sections {
        let work = async |context: &mut Context<'_>| match &plan {
            Some(plan) => Ok(write(context, plan, section)?),
            None => Ok(Committed { commit: None }),
        };
        context.step(key(section), &section.title, work).await?;
    }
    let is_section = |step: &StepKey| sections.iter().any(|section| key(section) == *step);
    if let Some(rendered) = context.record.commit_of_last(is_section) {
        context.workspace.mark_pristine(&rendered)?;
    }
    Ok(())
}

/// Puts the project to what was imported: all that is other than what the pack writes is one commit.
async fn take_imported(context: &mut Context<'_>, imported: &Imported) -> Result<(), Interruption> {
    const TITLE: &str = "Take the project as it was imported";
    let key = context.key(Stage::Code, IMPORT);
    context
        .step(key.clone(), TITLE, async |context| {
            let archive = context.workspace.read_private(IMPORT_FILE)?.unwrap_or_default();
            let altered = || Error::Altered { name: IMPORT_FILE.to_owned() };
            let files = read_files(&archive, imported)?.ok_or_else(altered)?;
            let rendered = context.last_snapshot()?;
            let file = |(path, content): (ProjectPath, Cow<'static, [u8]>)| {
                let executable = rendered.is_executable(&path);
                Change { path, content: Some(content.into_owned()), executable }
            };
            let files: Vec<Change> = files.into_iter().map(file).collect();
            let changes = Snapshot::default().with(&files).changes_since(&rendered);
            if changes.is_empty() {
                return Ok(Committed { commit: None });
            }
            let message = imported.commit_message(TITLE);
            Ok(Committed { commit: Some(context.workspace.commit(&key, &message, &changes)?) })
        })
        .await?;
    Ok(())
}

/// Has agents write the rest.
async fn write_tasks(
    context: &mut Context<'_>,
    settings: &Settings,
    analysis: &Analysis,
    planned: &Planned,
) -> Result<(), Interruption> {
    let briefing = Briefing::of(context, planned)?;
    let tasks = &planned.plan.tasks;
    let items: Vec<Item> = tasks.iter().map(|task| item(context, task)).collect();
    let work = |index: usize, seen: Seen| {
        let (briefing, requirements, plan, items) = (&briefing, &analysis.requirements, &planned.plan, &items);
        async move {
            match tasks.get(index).zip(items.get(index)) {
                Some((task, item)) => {
                    TaskAtWork { briefing, requirements, plan, task, key: item.key.clone(), seen }.done().await
                }
                None => Ok(Ok(Written::default())),
            }
        }
        .boxed_local()
    };
    in_order(context, &items, settings.tasks_at_once, work).await?;
    Ok(())
}

fn task_step(id: &str) -> String {
    format!("tasks/{id}")
}

/// Whether the pack's part of a chapter, what was imported and all planned tasks are settled, each in its latest try.
pub(crate) fn is_complete(pack: &Pack, order: &Order, (recorded, chapter): (&Replay, Chapter)) -> bool {
    let has = |name: &str| recorded.get(&chapter.key(Stage::Code, name)).is_some();
    let has_task = |id: &String| {
        let first = chapter.key(Stage::Code, &task_step(id));
        recorded.get(&record::current_try(recorded, chapter, &first)).is_some()
    };
    let has_packs_part = match chapter.before() {
        None => pack.manifest().sections.iter().all(|section| has(&section.id)),
        Some(_) => has(update::STEP),
    };
    let has_imported = order.import.is_none() || has(IMPORT);
    has_packs_part && has_imported && tasks_of(recorded, chapter).iter().all(has_task)
}

fn item(context: &Context<'_>, task: &Task) -> Item {
    let first_key = context.key(Stage::Code, &task_step(&task.id));
    let mut message = task.description.clone();
    if !task.stories.is_empty() {
        message = format!("{message}\n\nServes {}.", task.stories.join(", "));
    }
    Item {
        id: task.id.clone(),
        needs: task.needs.clone(),
        key: context.record.current_try(&first_key, Record::gave_up),
        first_key,
        title: task.title.clone(),
        message: message.trim().to_owned(),
    }
}

fn write(context: &mut Context<'_>, plan: &Plan<'_>, section: &Section) -> Result<Committed, Error> {
    let changes: Vec<Change> = plan
        .render(&section.id)?
        .into_iter()
        .map(|file| Change { path: file.path, content: Some(file.content), executable: file.executable })
        .collect();
    if changes.is_empty() {
        return Ok(Committed { commit: None });
    }
    let message = format!("{}\n\n{}", section.title, section.why);
    let key = context.key(Stage::Code, &section.id);
    Ok(Committed { commit: Some(context.workspace.commit(&key, &message, &changes)?) })
}
