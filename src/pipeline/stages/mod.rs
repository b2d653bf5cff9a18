//! The four stages, one file each.

pub(crate) mod analyze;
pub(crate) mod architect;
pub(crate) mod code;
pub(crate) mod test;

use super::{Interruption, Settings, context::Context};

/// Passes through all stages, and gives what the last one found.
pub(crate) async fn all(
    context: &mut Context<'_>,
    settings: &Settings,
    round: test::Round,
) -> Result<test::Verification, Interruption> {
    settle(context)?;
    analyze::run(context).await?;
    let blueprint = architect::run(context).await?;
    code::run(context, &blueprint).await?;
    test::run(context, settings, round).await
}

/// Puts the tree to the last recorded commit; what nobody recorded is parked.
fn settle(context: &mut Context<'_>) -> Result<(), Interruption> {
    let last = context
        .recorded()
        .iter()
        .filter_map(|(_, value)| value.get("commit").and_then(serde_json::Value::as_str))
        .last()
        .map(|id| crate::domain::id::CommitId(id.to_owned()));
    let settlement = context.workspace.settle(last.as_ref())?;
    context.found_unknown(&settlement);
    Ok(())
}
