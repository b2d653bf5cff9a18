//! Has the debugger mend what failed, and the tester look again at a test that he disputes.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    findings::{named, shown},
    round::key,
    shares::{Facts, Found},
    testers::prefix,
};
use crate::{
    agents::RoleName,
    domain::{
        path::ProjectPath,
        requirements::{Criterion, Story},
    },
    pipeline::{
        Interruption,
        briefing::Briefing,
        contents::{Contents, FileText},
        context::Context,
        dialogue::{Complaint, Dialogue},
        packages::Seen,
        writing::{Draft, Written},
    },
    workspace::Change,
};

/// Most bytes of failures that the debugger is shown.
const SHOWN_MAX_BYTES: usize = 24 * 1024;

/// What the debugger makes of his share; the reason when nothing came of it.
pub(super) async fn mended(
    context: &Context<'_>,
    facts: &Facts<'_>,
    (number, found): (u32, &[Found<'_>]),
) -> Result<Result<Written, String>, Interruption> {
    let Facts { briefing, rules, files, .. } = *facts;
    let prompt = briefing.team.prompt(
        RoleName::Debugger,
        "mend",
        &json!({
            "failures": shown(found, SHOWN_MAX_BYTES),
            "guide": briefing.guide,
            "data_model": briefing.data_model,
            "files": briefing.listing(files),
            "contents": contents(facts, found),
            "edit_format": briefing.edit_format,
            "protected": [&rules.tests],
        }),
    )?;
    let Briefing { asking, team, .. } = briefing;
    let dialogue = Dialogue { asking, team, agent: RoleName::Debugger, key: key(context, number, "debugger") };
    let permit = |path: &ProjectPath| rules.permit(briefing, path);
    let mut draft = Draft::new(RoleName::Debugger, files, &permit);
    let seen = Seen { files: files.clone(), packages: context.packages.added_to(files) };
    let read = async |text: &str| {
        let answers = context.packages.answer(&seen, &draft.given(), &Draft::wishes(text)).await?;
        let written = draft.take_with(text, &answers);
        Ok(written.and_then(|written| disputes_of_tests(&written, facts).map(|()| written)))
    };
    Ok(dialogue.until_looked_up(prompt, read).await?.map_err(|gave_up| gave_up.reason))
}

/// What may hold the cause: the files that the failures name, those that serve the stories whose tests fail, and what
/// they import. Where no failure names any, all that agents wrote.
fn contents(facts: &Facts<'_>, found: &[Found<'_>]) -> Vec<FileText> {
    let named = named(found);
    let is_changeable = |path: &&ProjectPath| facts.written.contains(*path) || facts.rules.is_test(path);
    let mut whole: Vec<&ProjectPath> = named.iter().filter(is_changeable).collect();
    let failing = |story: &str| {
        let prefix = format!("{}{}-", facts.rules.tests, story.to_lowercase());
        named.iter().any(|path| path.as_str().starts_with(&prefix))
    };
    for story in facts.stories.iter().filter(|story| failing(&story.id)) {
        whole.extend(facts.briefing.files_serving(&story.id));
    }
    if whole.is_empty() {
        whole.extend(facts.written);
    }
    let imported_by: BTreeSet<&ProjectPath> = whole.iter().copied().collect();
    Contents::of(facts.files).whole(whole).used(&named).used_by(imported_by).chosen()
}

fn disputes_of_tests(written: &Written, facts: &Facts<'_>) -> Result<(), Complaint> {
    let tests = &facts.rules.tests;
    let problems: Vec<String> = written
        .disputes
        .iter()
        .filter(|(path, _)| !path.as_str().starts_with(tests) || !facts.files.has(path))
        .map(|(path, _)| format!("`{path}` cannot be disputed: it is no test below `{tests}`"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Complaint::of_content(problems)) }
}

/// Lets the tester look at a test again, once in a generation and once in each change. No change: the test stands.
pub(super) async fn disputed(
    context: &Context<'_>,
    facts: &Facts<'_>,
    (number, path, reason): (u32, &ProjectPath, &str),
) -> Result<Vec<Change>, Interruption> {
    let Facts { briefing, files, .. } = *facts;
    let name = path.as_str().replace('/', "-");
    let was_replaced =
        (1..number).any(|earlier| context.record.has_any(key(context, earlier, &format!("dispute/{name}/")).as_str()));
    if was_replaced {
        return Ok(Vec::new());
    }
    let is_its = |story: &&Story| path.as_str().starts_with(&prefix(briefing, story));
    let story = facts.stories.iter().find(is_its);
    let criterion = |criterion: &Criterion| format!("{} {}", criterion.id, criterion.text);
    let criteria: Vec<String> = story.iter().flat_map(|story| story.criteria.iter().map(criterion)).collect();
    let prompt = briefing.team.prompt(
        RoleName::Tester,
        "dispute",
        &json!({
            "path": path,
            "reason": reason,
            "criteria": criteria,
            "guide": briefing.guide,
            "data_model": briefing.data_model,
            "files": briefing.listing(files),
            "contents": Contents::of(files).whole([path]).used_by([path]).chosen(),
            "edit_format": "whole",
        }),
    )?;
    let Briefing { asking, team, .. } = briefing;
    let key = key(context, number, &format!("dispute/{name}"));
    let dialogue = Dialogue { asking, team, agent: RoleName::Tester, key };
    let permit = |written: &ProjectPath| {
        if written == path { Ok(()) } else { Err(format!("only `{path}` is in question")) }
    };
    let mut draft = Draft::new(RoleName::Tester, files, &permit);
    let read = |text: &str| {
        if text.trim_end().trim_end_matches("<done/>").trim() == "<keep/>" {
            return Ok(Written::default());
        }
        draft.take(text)
    };
    let answer = dialogue.until(prompt, read).await?;
    Ok(answer.map(|written| written.changes).unwrap_or_default())
}
