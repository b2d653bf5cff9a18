//! Has a story's tester mend tests that are wrong in themselves: they do not pass linter, type checker or loader, or a
//! criterion has none that ran.

use serde_json::json;

use super::{
    findings::{named, shown},
    round::key,
    shares::{Facts, Found},
    testers::{permit, prefix},
};
use crate::{
    agents::RoleName,
    domain::{path::ProjectPath, requirements::Story},
    pipeline::{
        Interruption,
        briefing::Briefing,
        contents::Contents,
        context::Context,
        dialogue::{Dialogue, GaveUp},
        writing::{Draft, Written},
    },
};

/// Most bytes of failures that a tester is shown.
const SHOWN_MAX_BYTES: usize = 12 * 1024;

/// Name of the step under which a story's tester is asked in a round.
pub(super) fn step_name(story: &Story) -> String {
    format!("tester/{}", story.id)
}

pub(super) async fn mend(
    context: &Context<'_>,
    facts: &Facts<'_>,
    number: u32,
    (story, found): (&Story, &[Found<'_>]),
) -> Result<Result<Written, GaveUp>, Interruption> {
    let Facts { briefing, files, .. } = *facts;
    let prefix = prefix(briefing, story);
    let own: Vec<&ProjectPath> = files.paths().filter(|path| path.as_str().starts_with(&prefix)).collect();
    let serving = briefing.files_serving(&story.id);
    let contents = Contents::of(files)
        .whole(own.iter().copied())
        .used(&named(found))
        .used_by(own.iter().copied())
        .used(serving)
        .chosen();
    let prompt = briefing.team.prompt(
        RoleName::Tester,
        "mend",
        &json!({
            "story": story,
            "failures": shown(found, SHOWN_MAX_BYTES),
            "guide": briefing.guide,
            "data_model": briefing.data_model,
            "files": briefing.listing(files),
            "contents": contents,
            "path": prefix,
            "edit_format": "whole",
        }),
    )?;
    let permit = |path: &ProjectPath| permit(story, &prefix, path);
    let Briefing { asking, team, .. } = briefing;
    let dialogue = Dialogue { asking, team, agent: RoleName::Tester, key: key(context, number, &step_name(story)) };
    let mut draft = Draft::new(RoleName::Tester, files, &permit);
    dialogue.until(prompt, |text| draft.take(text)).await
}
