//! The four stages, one room each.

pub(crate) mod analyze;
pub(crate) mod architect;
pub(crate) mod code;
pub(crate) mod test;

pub(crate) use architect::Drawing;

use super::{Interruption, Settings, context::Context};

/// Passes through all stages, and gives what the last one found.
pub(crate) async fn all(
    context: &mut Context<'_>,
    settings: &Settings,
    round: test::Round,
) -> Result<test::Verification, Interruption> {
    context.settle()?;
    let analysis = analyze::run(context).await?;
    let drawing = architect::run(context, &analysis).await?;
    code::run(context, settings, &analysis, &drawing).await?;
    test::run(context, settings, round, &analysis, &drawing).await
}
