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
    context.settle()?;
    analyze::run(context).await?;
    let blueprint = architect::run(context).await?;
    code::run(context, &blueprint).await?;
    test::run(context, settings, round).await
}
