//! Has the stories tested, runs the project's checks, and has mended what they find, as long as that leads anywhere.

mod criteria;
mod debugging;
mod findings;
mod mending;
mod retesting;
mod round;
mod shares;
mod testers;

pub(crate) use mending::{what_was_mended, why_stopped};
pub(crate) use round::Verification;

use std::collections::BTreeMap;

use super::{Drawing, analyze::Analysis};
use crate::{
    domain::{generation::State, path::ProjectPath},
    pipeline::{Error, Interruption, Settings, briefing::Briefing, context::Context},
};
use round::Subject;

/// Which round of checks is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// The one that is recorded, finished or not; the first when there is none.
    Current,
    /// A new one, unless the last is not finished yet.
    New,
}

pub(crate) async fn run(
    context: &mut Context<'_>,
    settings: &Settings,
    wanted: Round,
    analysis: &Analysis,
    drawing: &Drawing,
) -> Result<Verification, Interruption> {
    let briefing = match &drawing.planned {
        Some(planned) => Some(Briefing::of(context, planned)?),
        None => None,
    };
    if let Some(briefing) = &briefing {
        testers::write(context, settings, briefing, analysis).await?;
    }
    let mut number = number_of(context, wanted)?;
    if !context.order.delivery.verify && !round::is_recorded(context, number) {
        return Ok(Verification { state: State::Unverified, checks: Vec::new(), tier: None, tools: BTreeMap::new() });
    }
    loop {
        let subject = Subject { written: &written(context)?, stories: &analysis.requirements.stories };
        let verification = round::run(context, settings, number, &subject).await?;
        let Some(briefing) = briefing.as_ref().filter(|_| wanted == Round::Current) else { return Ok(verification) };
        match mending::mend(context, briefing, analysis, number, &verification).await? {
            mending::End::Again => number += 1,
            mending::End::Stands => return Ok(verification),
            mending::End::BackTo(best) => {
                return round::run(context, settings, best, &Subject { written: &[], ..subject }).await;
            }
        }
    }
}

/// The files that agents wrote. What was imported is somebody's own, and stays laid out as it is.
fn written(context: &Context<'_>) -> Result<Vec<ProjectPath>, Interruption> {
    if context.order.import.is_some() {
        return Ok(Vec::new());
    }
    let now = context.last_snapshot()?;
    let changes = now.changes_since(&context.pristine_snapshot()?);
    Ok(changes.into_iter().filter(|change| change.content.is_some()).map(|change| change.path).collect())
}

fn number_of(context: &Context<'_>, wanted: Round) -> Result<u32, Error> {
    let mut last = 1;
    while round::is_recorded(context, last + 1) {
        last += 1;
    }
    let is_concluded = round::is_concluded(context, last);
    let is_outdated = is_concluded && !mending::stands(context, last) && round::is_outdated(context, last)?;
    Ok(if is_outdated || (wanted == Round::New && is_concluded) { last + 1 } else { last })
}
