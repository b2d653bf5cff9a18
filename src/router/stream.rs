//! An answer piece by piece, as the caller gets it.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::time::timeout_at;

use super::{
    Error, StreamItem,
    account::Account,
    attempt::{Deadline, Flow, Run},
    failure::Failure,
};

/// An answer piece by piece: [`StreamItem::Piece`]s, then one [`StreamItem::End`]; or, where it broke off, an error, which
/// is the last item.
///
/// Its first piece is there already, and whoever sent that sends all of it: nobody else is asked any more. It must be
/// done within the call's deadline. Dropping it closes the provider's connection and settles what came until then.
#[must_use = "the provider goes on writing while this is held"]
pub struct AnswerStream {
    account: Account,
    items: BoxStream<'static, Result<StreamItem, Error>>,
}

impl AnswerStream {
    pub(super) fn new(mut run: Run, flow: Box<Flow>, deadline: Deadline) -> Self {
        run.note_first_piece();
        let account = run.account();
        let live = Live { run, flow, deadline, failure: None, is_done: false };
        let items = stream::unfold(live, |mut live| async move { live.next().await.map(|item| (item, live)) });
        Self { account, items: items.boxed() }
    }

    /// What the call took until its first piece: who answers, and who was asked before.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }
}

impl Stream for AnswerStream {
    type Item = Result<StreamItem, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_next_unpin(context)
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A stream on its way.
struct Live {
    run: Run,
    flow: Box<Flow>,
    deadline: Deadline,
    /// What broke it off; told after the pieces that came before.
    failure: Option<Failure>,
    is_done: bool,
}

impl Live {
    async fn next(&mut self) -> Option<Result<StreamItem, Error>> {
        loop {
            if let Some(piece) = self.flow.pieces.pop_front() {
                self.run.note_finishes(&piece);
                return Some(Ok(StreamItem::Piece(piece)));
            }
            if self.is_done {
                return None;
            }
            if let Some(failure) = self.failure.take() {
                self.is_done = true;
                let failure = self.run.fail_attempt(failure);
                let error = Error::Failed { failure, attempts: Vec::new() };
                return Some(Err(self.run.failed(error).await));
            }
            if self.flow.is_over {
                self.is_done = true;
                return Some(Ok(StreamItem::End(Box::new(self.run.answered().await))));
            }
            match timeout_at(self.deadline.at, self.run.read(&mut self.flow)).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => self.failure = Some(failure),
                Err(_) => {
                    self.is_done = true;
                    let error = self.run.past_deadline(self.deadline.limit);
                    return Some(Err(self.run.failed(error).await));
                }
            }
        }
    }
}
