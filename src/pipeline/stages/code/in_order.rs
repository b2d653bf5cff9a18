//! Works on many things at once and commits them in the order of the plan, so that timing changes neither what one of them
//! sees nor any commit.

use std::collections::{BTreeMap, BTreeSet};

use futures::{
    StreamExt as _,
    future::{Either, LocalBoxFuture, select},
    stream::FuturesUnordered,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::id::{CommitId, StepKey},
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
        dialogue::GaveUp,
        packages::{Addition, Seen},
        snapshot::Snapshot,
        writing::Written,
    },
    workspace,
};

/// Something to be worked on.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its name among the others.
    pub(crate) id: String,
    /// Names of all that it stands on, directly or through others; each stands before it.
    pub(crate) needs: BTreeSet<String>,
    /// The step that commits it.
    pub(crate) key: StepKey,
    /// The step of its first try; the same but for what was given up and is tried anew.
    pub(crate) first_key: StepKey,
    /// Title of step and commit.
    pub(crate) title: String,
    /// Rest of the commit's message.
    pub(crate) message: String,
}

/// What became of an item.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) commit: Option<CommitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gave_up: Option<GaveUp>,
    /// Packages that the commit added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) packages: Vec<Addition>,
    /// Packages that it was to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wanted: Vec<Addition>,
}

impl StepResult for Settled {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

/// Work on one item: what is written.
pub(crate) type Work<'w> = LocalBoxFuture<'w, Result<Result<Written, GaveUp>, Interruption>>;

/// Has each item worked on as soon as all that it needs is done, `at_once` at a time, and commits their changes in order.
///
/// An item sees the files of the last commit before the first item, and on them the changes of those that it needs. What
/// an earlier run committed is taken from its commit. When one item is interrupted, those at work come to their end and no
/// other is begun.
pub(crate) async fn in_order<'w>(
    context: &mut Context<'_>,
    items: &[Item],
    at_once: usize,
    work: impl Fn(usize, Seen) -> Work<'w>,
) -> Result<Vec<Settled>, Interruption> {
    let mut row = Row::new(context, items)?;
    let mut running = FuturesUnordered::new();
    let mut interruption = None;
    loop {
        let (committed, ended) = beside(row.commit(context, items), &mut running).await;
        committed?;
        if !ended.is_empty() {
            ended.into_iter().for_each(|end| row.take(items, end, &mut interruption));
            continue;
        }
        for (index, item) in items.iter().enumerate() {
            let is_free = interruption.is_none() && running.len() < at_once.max(1);
            if !is_free || !row.can_begin(context, items, index) {
                continue;
            }
            row.begun.insert(index);
            match row.hopeless(item) {
                Some(gave_up) => {
                    row.done.insert(item.id.clone(), Err(gave_up));
                }
                None => {
                    let future = work(index, row.seen_by(items, item));
                    running.push(async move { (index, future.await) });
                }
            }
        }
        if row.has_next(items) {
            continue;
        }
        match running.next().await {
            None => break,
            Some(end) => row.take(items, end, &mut interruption),
        }
    }
    match interruption {
        Some(interruption) => Err(interruption),
        None => Ok(row.settled),
    }
}

/// Awaits a commit while those at work go on: it may add a package, which takes a while, and wait for one of them that
/// does the same. Gives what came to its end meanwhile too.
async fn beside<T, E>(
    commit: impl Future<Output = T>,
    running: &mut FuturesUnordered<impl Future<Output = E>>,
) -> (T, Vec<E>) {
    let mut commit = std::pin::pin!(commit);
    let mut ended = Vec::new();
    while !running.is_empty() {
        match select(commit.as_mut(), running.next()).await {
            Either::Left((committed, _)) => return (committed, ended),
            Either::Right((end, _)) => ended.extend(end),
        }
    }
    (commit.await, ended)
}

/// What came of the work on the item of an index.
type Ended = (usize, Result<Result<Written, GaveUp>, Interruption>);

/// Items being worked on.
struct Row {
    base: Snapshot,
    begun: BTreeSet<usize>,
    done: BTreeMap<String, Result<Written, GaveUp>>,
    settled: Vec<Settled>,
}

impl Row {
    fn new(context: &Context<'_>, items: &[Item]) -> Result<Self, Error> {
        let is_ours = |key: &StepKey| items.iter().any(|item| key.as_str().starts_with(item.first_key.as_str()));
        let commit = context.record.commit_before(is_ours).ok_or(Error::NothingCommitted)?;
        let base = Snapshot::of(&context.workspace, &commit)?;
        Ok(Self { base, begun: BTreeSet::new(), done: BTreeMap::new(), settled: Vec::new() })
    }

    /// Takes what came of an item; the first interruption is kept.
    fn take(&mut self, items: &[Item], (index, end): Ended, interruption: &mut Option<Interruption>) {
        match (items.get(index), end) {
            (Some(item), Ok(end)) => {
                self.done.insert(item.id.clone(), end);
            }
            (None, Ok(_)) => {}
            (_, Err(reason)) => {
                interruption.get_or_insert(reason);
            }
        }
    }

    /// Whether the next item in order can be committed.
    fn has_next(&self, items: &[Item]) -> bool {
        items.get(self.settled.len()).is_some_and(|item| self.done.contains_key(&item.id))
    }

    fn can_begin(&self, context: &Context<'_>, items: &[Item], index: usize) -> bool {
        let Some(item) = items.get(index) else { return false };
        !self.begun.contains(&index)
            && !context.record.has(&item.key)
            && item.needs.iter().all(|needed| self.done.contains_key(needed))
    }

    /// Why an item cannot be worked on: what it stands on was given up.
    fn hopeless(&self, item: &Item) -> Option<GaveUp> {
        let lost = item.needs.iter().find(|needed| matches!(self.done.get(*needed), Some(Err(_))))?;
        Some(GaveUp { reason: format!("it stands on {lost}, which was given up") })
    }

    /// What an item sees.
    fn seen_by(&self, items: &[Item], item: &Item) -> Seen {
        let seen = Seen { files: self.base.clone(), packages: Vec::new() };
        items
            .iter()
            .filter(|other| item.needs.contains(&other.id))
            .filter_map(|other| self.done.get(&other.id)?.as_ref().ok())
            .fold(seen, |Seen { files, mut packages }, written| {
                packages.extend(written.packages.iter().cloned());
                Seen { files: files.with(&written.changes), packages }
            })
    }

    /// Commits what is done, as far as nothing before it is missing.
    async fn commit(&mut self, context: &mut Context<'_>, items: &[Item]) -> Result<(), Interruption> {
        while let Some(item) = items.get(self.settled.len()) {
            let is_recorded = context.record.has(&item.key);
            if !is_recorded && !self.done.contains_key(&item.id) {
                return Ok(());
            }
            let end = self.done.get(&item.id).cloned();
            let settled =
                context.step(item.key.clone(), &item.title, async |context| settle(context, item, end).await).await?;
            if is_recorded {
                let end = end_of(context, &settled)?;
                self.done.insert(item.id.clone(), end);
            } else if let Some(gave_up) = &settled.gave_up {
                self.done.insert(item.id.clone(), Err(gave_up.clone()));
            }
            self.settled.push(settled);
        }
        Ok(())
    }
}

/// What an item that an earlier run committed came to.
fn end_of(context: &Context<'_>, settled: &Settled) -> Result<Result<Written, GaveUp>, Error> {
    let commit = match (&settled.gave_up, &settled.commit) {
        (Some(gave_up), _) => return Ok(Err(gave_up.clone())),
        (None, None) => return Ok(Ok(Written::default())),
        (None, Some(commit)) => commit,
    };
    let line = context.workspace.log(commit)?;
    let parent = line.iter().rev().nth(1).ok_or(Error::NothingCommitted)?;
    let before = Snapshot::of(&context.workspace, &parent.commit)?;
    let changes = Snapshot::of(&context.workspace, commit)?.changes_since(&before).into_iter();
    // The manifest came with the commit, not with what was written: others have it from the packages.
    let changes = changes.filter(|change| !context.packages.owns(&change.path)).collect();
    Ok(Ok(Written { changes, packages: settled.wanted.clone(), ..Written::default() }))
}

async fn settle(
    context: &mut Context<'_>,
    item: &Item,
    end: Option<Result<Written, GaveUp>>,
) -> Result<Settled, Interruption> {
    let Written { mut changes, packages: wanted, .. } = match end {
        None => return Ok(Settled::default()),
        Some(Err(gave_up)) => return Ok(Settled { gave_up: Some(gave_up), ..Settled::default() }),
        Some(Ok(written)) => written,
    };
    let mut packages = Vec::new();
    if !wanted.is_empty() {
        let (manifest, added) = context.packages.add(&context.last_snapshot()?, &wanted).await?;
        changes.extend(manifest);
        packages = added;
    }
    if changes.is_empty() {
        return Ok(Settled::default());
    }
    match context.workspace.commit(&item.key, &message(item, &packages), &changes) {
        Ok(commit) => Ok(Settled { commit: Some(commit), gave_up: None, packages, wanted }),
        // Such as two names that some file system takes for one.
        Err(error) if error.class() == workspace::Class::Refused => {
            Ok(Settled { gave_up: Some(GaveUp { reason: error.to_string() }), ..Settled::default() })
        }
        Err(error) => Err(error.into()),
    }
}

fn message(item: &Item, packages: &[Addition]) -> String {
    let added = packages.iter().map(|package| format!("Adds the package {} {}.", package.name, package.version));
    let added: Vec<String> = added.collect();
    let parts = [item.title.as_str(), item.message.as_str(), &added.join("\n")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}
