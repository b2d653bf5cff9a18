//! Makes a workspace agree with what is wanted of its generation, however often that was begun before.

use std::path::{Path, PathBuf};

use super::{Means, Trouble};
use crate::{
    domain::submission::{Change, Submission},
    pipeline::{self, Asked, Delivery, Entered, Order, Wish},
    spec,
    store::Claim,
};

/// Enters a folder to work on a generation.
pub(super) fn enter(folder: &Path, claim: &Claim, means: &Means, artifact: PathBuf) -> Result<Entered, Trouble> {
    let Claim { generation, submission, .. } = claim;
    let delivery = Delivery { artifact, verify: submission.verify, with_history: submission.with_history };
    let mut entered = begin(folder, submission, means, &delivery)?;
    let begun = usize::try_from(entered.last_chapter().0).unwrap_or(usize::MAX);
    for (number, change) in generation.wanted.changes.iter().enumerate().skip(begun) {
        entered =
            self::change(entered, change, means, &delivery)?.map_err(|reason| Trouble::Refused(number, reason))?;
    }
    entered.deliver_to(Some(delivery.artifact), folder, submission.verify);
    entered.limit(&generation.wanted.limits);
    if generation.wanted.approved {
        entered.approve();
    }
    if entered.retries() < generation.wanted.retries {
        entered.retry()?;
    }
    Ok(entered)
}

fn begin(folder: &Path, submission: &Submission, means: &Means, delivery: &Delivery) -> Result<Entered, Trouble> {
    let pack = match means.pack(&submission.template) {
        Ok(pack) => pack,
        // A workspace from elsewhere has its own pack with it.
        Err(unknown) => return pipeline::reopen(folder).map_err(|_| unknown.into()),
    };
    let team = submission.spec.needs_model().then(|| means.team.clone());
    let spec = submission.spec.clone();
    let digest = spec::digest(&spec);
    let mut order = Order::new(spec, digest, submission.ignored.clone(), &pack, delivery.clone());
    order.generation = submission.generation.clone();
    match pipeline::begin(folder, order, pack, team) {
        // It was begun with the pack of an earlier version of the product, and goes on with that.
        Err(pipeline::Error::OtherSpec { .. }) => Ok(pipeline::reopen(folder)?),
        entered => Ok(entered?),
    }
}

/// Begins a change; says why when it cannot be made, and then nothing of it was begun.
fn change(
    entered: Entered,
    change: &Change,
    means: &Means,
    delivery: &Delivery,
) -> Result<Result<Entered, String>, Trouble> {
    let Change { words, attachments, spec, ignored, drops_data } = change.clone();
    let team = (!words.is_empty()).then(|| means.team.clone());
    let asked = Asked { words, attachments, drops_data };
    let wish = Wish { spec, ignored, asked };
    match entered.change(wish, delivery.clone(), team) {
        Ok(Ok(entered)) => Ok(Ok(entered)),
        Ok(Err(problems)) => Ok(Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))),
        Err(pipeline::Error::Unfinished { .. }) => {
            let reason = "the work before has not come to its end, so that nothing can be changed yet; resume it first";
            Ok(Err(reason.to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}
