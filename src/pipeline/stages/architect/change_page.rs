//! The page that tells a change: what was asked, what it means for stories and data, how it is met.

use super::{Planned, pages};
use crate::{
    domain::{
        blueprint::{AlteredTable, Column, DataChange},
        design::Design,
        id::Chapter,
        markdown::{blocks, code, escaped, line, push},
    },
    pipeline::{
        change::{Asked, Standing},
        stages::analyze::Analysis,
    },
};

/// All that the page tells of.
pub(super) struct Told<'a> {
    pub(super) chapter: Chapter,
    pub(super) asked: &'a Asked,
    pub(super) before: &'a Standing,
    pub(super) analysis: &'a Analysis,
    pub(super) data: &'a DataChange,
    pub(super) planned: Option<&'a Planned>,
}

/// Where the page of a change stands in the project.
pub(super) fn path(chapter: Chapter) -> String {
    format!("docs/changes/{}.md", chapter.0)
}

/// `docs/changes/<n>.md`.
pub(super) fn page(told: &Told<'_>) -> String {
    let Told { chapter, asked, analysis, planned, .. } = told;
    let mut page = format!("# Change {} of {}\n\n## What was asked for\n\n", chapter.0, escaped(&analysis.spec.title));
    if asked.words.is_empty() {
        page.push_str("A changed spec, in full.\n\n");
    } else {
        push(&mut page, format_args!("{}\n\n", blocks(&asked.words)));
    }
    data(&mut page, told.data);
    stories(&mut page, told);
    pages::notes(&mut page, &analysis.requirements);
    if let Some(planned) = planned {
        if planned.design != Design::default() {
            page.push_str("## Design\n\n");
            pages::design_body(&mut page, &planned.design);
        }
        page.push_str("## Plan\n\n");
        pages::plan_body(&mut page, planned);
    }
    pages::ended(page)
}

fn data(page: &mut String, change: &DataChange) {
    if change.is_empty() {
        return;
    }
    page.push_str("## What changes in the database\n\nA migration does it; no other row is touched.\n\n");
    for entity in &change.new_tables {
        push(page, format_args!("- table {} is new\n", code(&entity.table)));
    }
    for join in &change.new_join_tables {
        push(page, format_args!("- table {} is new\n", code(&join.table)));
    }
    for altered in &change.altered_tables {
        columns(page, altered, &altered.added, "is new");
        columns(page, altered, &altered.refilled, "is made anew with its values, under another rule");
        columns(page, altered, &altered.dropped, "is dropped with its values");
    }
    for table in &change.dropped_tables {
        push(page, format_args!("- table {} is dropped with its rows\n", code(table)));
    }
    page.push('\n');
}

fn columns(page: &mut String, altered: &AlteredTable, columns: &[Column], what: &str) {
    for column in columns {
        push(page, format_args!("- column {} of {} {what}\n", code(&column.column), code(&altered.table)));
    }
}

fn stories(page: &mut String, told: &Told<'_>) {
    let known = &told.before.analysis.whole().stories;
    for story in &told.analysis.requirements.stories {
        let news = if known.iter().any(|one| one.id == story.id) { "changed" } else { "new" };
        pages::story(page, story, news);
    }
    for id in &told.analysis.withdrawn {
        let title = known.iter().find(|story| story.id == *id).map(|story| line(&story.title)).unwrap_or_default();
        push(page, format_args!("## {id}: {title} (withdrawn)\n\n"));
    }
}
