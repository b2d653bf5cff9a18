//! Tests for each story's acceptance criteria, one tester a story.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use serde_json::json;

use crate::{
    agents::RoleName,
    domain::{id::StepKey, path::ProjectPath, requirements::Story, stage::Stage},
    pipeline::{
        Interruption, Settings,
        briefing::Briefing,
        contents::Contents,
        context::Context,
        dialogue::{Dialogue, GaveUp},
        packages::Seen,
        record::Record,
        snapshot::Snapshot,
        stages::{
            analyze::Analysis,
            code::{Item, in_order},
        },
        writing::{Draft, Written},
    },
};

/// Has every story tested; each story's tests are one commit.
pub(super) async fn write(
    context: &mut Context<'_>,
    settings: &Settings,
    briefing: &Briefing<'_>,
    analysis: &Analysis,
) -> Result<(), Interruption> {
    let stories = &analysis.requirements.stories;
    context.begin_stage(Stage::Test, stories.len());
    let items: Vec<Item> = stories.iter().map(|story| item(context, story)).collect();
    let items = &items;
    let work = |index: usize, seen: Seen| {
        async move {
            match stories.get(index).zip(items.get(index)) {
                Some((story, item)) => test(briefing, (story, &item.key), &seen.files).await,
                None => Ok(Ok(Written::default())),
            }
        }
        .boxed_local()
    };
    in_order(context, items, settings.tasks_at_once, work).await?;
    Ok(())
}

fn item(context: &Context<'_>, story: &Story) -> Item {
    let first_key = context.key(Stage::Test, &format!("stories/{}", story.id));
    let criteria: Vec<String> =
        story.criteria.iter().map(|criterion| format!("{} {}", criterion.id, criterion.text)).collect();
    Item {
        id: story.id.clone(),
        needs: BTreeSet::new(),
        key: context.record.current_try(&first_key, Record::gave_up),
        first_key,
        title: format!("Test {}: {}", story.id, story.title),
        message: criteria.join("\n"),
    }
}

/// The files that hold a story's tests begin so.
pub(super) fn prefix(briefing: &Briefing<'_>, story: &Story) -> String {
    let folder = briefing.pack.manifest().feature_tests_folder();
    format!("{folder}/{}-", story.id.to_lowercase())
}

/// Lets a story's tester write its own files, and no others.
pub(super) fn permit(story: &Story, prefix: &str, path: &ProjectPath) -> Result<(), String> {
    if path.as_str().starts_with(prefix) {
        return Ok(());
    }
    Err(format!("`{path}` cannot be written here: tests of {} are files whose paths begin with `{prefix}`", story.id))
}

async fn test(
    briefing: &Briefing<'_>,
    (story, key): (&Story, &StepKey),
    files: &Snapshot,
) -> Result<Result<Written, GaveUp>, Interruption> {
    let prefix = prefix(briefing, story);
    let tests = files.paths().filter(|path| path.as_str().starts_with(&prefix));
    // Of a story that a change alters there are tests already.
    let written: Vec<&ProjectPath> = briefing.files_serving(&story.id).into_iter().chain(tests).collect();
    let prompt = briefing.team.prompt(
        RoleName::Tester,
        "write",
        &json!({
            "story": story,
            "guide": briefing.guide,
            "data_model": briefing.data_model,
            "files": briefing.listing(files),
            "contents": Contents::of(files).whole(written.clone()).used_by(written).chosen(),
            "path": prefix,
            "edit_format": "whole",
        }),
    )?;
    let permit = |path: &ProjectPath| permit(story, &prefix, path);
    let Briefing { asking, team, .. } = briefing;
    let dialogue = Dialogue { asking, team, agent: RoleName::Tester, key: StepKey(format!("{key}/write")) };
    let mut draft = Draft::new(RoleName::Tester, files, &permit);
    dialogue.until(prompt, |text| draft.take(text)).await
}
