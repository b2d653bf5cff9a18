//! An answer piece by piece, as the caller gets it.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures::{
    Stream, StreamExt as _,
    future::poll_fn,
    stream::{self, BoxStream},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};
use tracing::Instrument as _;

use super::{
    Error, StreamItem,
    account::Account,
    attempt::{Deadline, Flow, Run},
    failure::Failure,
};

type Item = Result<StreamItem, Error>;

/// An answer piece by piece: [`StreamItem::Piece`]s, then one [`StreamItem::End`]; or, where it broke off, an error, which
/// is the last item.
///
/// Its first piece is there already, and whoever sent that sends all of it: nobody else is asked any more. It must be
/// done within the call's deadline, also when nobody reads: then the provider's connection is closed, what came until then
/// is settled, and the error is kept for a reader who comes back. Dropping it does the same at once, and keeps nothing.
#[must_use = "the provider goes on writing while this is held"]
pub struct AnswerStream {
    account: Account,
    open: Arc<Mutex<Open>>,
    /// The task that waits for the deadline; it ends with this.
    _watch: JoinSet<()>,
}

/// What reader and deadline share.
struct Open {
    /// What comes; none when its last item was had.
    items: Option<BoxStream<'static, Item>>,
    /// The deadline has passed, and whoever waited for it ends the stream: the reader waits for its last item.
    is_past: bool,
    /// The last item, when nobody has read it yet.
    last: Option<Item>,
    reader: Option<Waker>,
}

impl AnswerStream {
    pub(super) fn new(mut run: Run, flow: Box<Flow>, deadline: Deadline) -> Self {
        run.note_first_piece();
        let account = run.account();
        let live = Live { run, flow: Some(flow), deadline, failure: None };
        let items = stream::unfold(live, |mut live| async move { live.next().await.map(|item| (item, live)) });
        let open = Open { items: Some(items.boxed()), is_past: false, last: None, reader: None };
        let open = Arc::new(Mutex::new(open));
        let mut watch = JoinSet::new();
        watch.spawn(end_at(deadline.at, Arc::clone(&open)).in_current_span());
        Self { account, open, _watch: watch }
    }

    /// What the call took until its first piece: who answers, and who was asked before.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }
}

impl Stream for AnswerStream {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut open = lock(&self.open);
        if let Some(last) = open.last.take() {
            return Poll::Ready(Some(last));
        }
        if !open.is_past {
            let polled = open.poll(context);
            if polled.is_ready() {
                return polled;
            }
        } else if open.items.is_none() {
            return Poll::Ready(None);
        }
        match &mut open.reader {
            Some(reader) => reader.clone_from(context.waker()),
            None => open.reader = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for AnswerStream {
    fn drop(&mut self) {
        // Not left to the task, which ends when it is its turn: the provider sees at once that nobody waits.
        let items = lock(&self.open).items.take();
        drop(items);
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Open {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let Some(items) = &mut self.items else { return Poll::Ready(None) };
        let polled = items.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Ok(StreamItem::End(_)) | Err(_)))) {
            self.items = None;
        }
        polled
    }
}

/// Ends a stream at its deadline, whether or not it is read. A piece costs the reader no more for it than a free lock.
async fn end_at(deadline: Instant, open: Arc<Mutex<Open>>) {
    sleep_until(deadline).await;
    poll_fn(|context| {
        let mut open = lock(&open);
        open.is_past = true;
        loop {
            match open.poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(StreamItem::Piece(_)))) => {}
                Poll::Ready(last) => {
                    open.last = last;
                    return Poll::Ready(());
                }
            }
        }
    })
    .await;
    let reader = lock(&open).reader.take();
    if let Some(reader) = reader {
        reader.wake();
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    // What panicked under the lock panics again when it is polled; it can still be dropped.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream on its way.
struct Live {
    run: Run,
    /// What the provider sends; none when the last item is told, or is about to be.
    flow: Option<Box<Flow>>,
    deadline: Deadline,
    /// What broke it off; told after the pieces that came before.
    failure: Option<Failure>,
}

impl Live {
    async fn next(&mut self) -> Option<Item> {
        loop {
            let flow = self.flow.as_mut()?;
            if Instant::now() >= self.deadline.at {
                self.flow = None;
                let error = self.run.past_deadline(self.deadline.limit);
                return Some(Err(self.run.failed(error).await));
            }
            if let Some(piece) = flow.pieces.pop_front() {
                self.run.note_finishes(&piece);
                return Some(Ok(StreamItem::Piece(piece)));
            }
            if let Some(failure) = self.failure.take() {
                self.flow = None;
                let failure = self.run.fail_attempt(failure);
                let error = Error::Failed { failure, attempts: Vec::new() };
                return Some(Err(self.run.failed(error).await));
            }
            if flow.is_over {
                self.flow = None;
                return Some(Ok(StreamItem::End(Box::new(self.run.answered().await))));
            }
            // That the time is over is told by the next turn.
            if let Ok(outcome) = timeout_at(self.deadline.at, self.run.read(flow)).await {
                self.failure = outcome.err();
            }
        }
    }
}
