//! The point at which a person may look at the plan before money is spent on it.

use serde::{Deserialize, Serialize};

use super::{super::analyze::Analysis, Planned};
use crate::{
    domain::stage::Stage,
    pipeline::{
        Interruption,
        context::{Context, StepResult},
    },
};

/// A person's answer.
#[derive(Serialize, Deserialize)]
struct Approved {
    approved: bool,
}

impl StepResult for Approved {}

/// Goes on when nobody is to be asked, or the answer was yes.
pub(super) async fn wait(
    context: &mut Context<'_>,
    analysis: &Analysis,
    planned: Option<&Planned>,
) -> Result<(), Interruption> {
    if !analysis.spec.approval {
        return Ok(());
    }
    let key = context.key(Stage::Architect, "approval");
    if !context.record.has(&key) && !context.approves {
        return Err(Interruption::AwaitingApproval { estimate: planned.map(|planned| planned.estimate) });
    }
    context.step(key, "Have the plan approved", async |_| Ok(Approved { approved: true })).await?;
    Ok(())
}
