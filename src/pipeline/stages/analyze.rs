//! Completes what was asked. A structured spec is complete as it stands: what remains is to fix which one is worked on.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{digest::Digest, id::StepKey, stage::Stage},
    pipeline::{
        Interruption,
        context::{Context, StepResult},
    },
};

#[derive(Serialize, Deserialize)]
struct Analyzed {
    spec_digest: Digest,
}

impl StepResult for Analyzed {}

pub(crate) async fn run(context: &mut Context<'_>) -> Result<(), Interruption> {
    context.begin_stage(Stage::Analyze, 1);
    context
        .step(StepKey::new(Stage::Analyze, "spec"), "Take the spec", async |context| {
            Ok(Analyzed { spec_digest: context.order.spec_digest.clone() })
        })
        .await?;
    context.end_stage(Stage::Analyze);
    Ok(())
}
