//! For commands that ask no model, and hand over what models wrote.

use futures::future::BoxFuture;

use crate::agents::{Models, NoModels, NoReply, Question, Quote, Reply};

/// Asks nobody, and knows the keys of those who could be asked: none of them must be in what is handed over.
pub(super) struct Unasked(pub(super) Box<dyn Models>);

impl Models for Unasked {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        NoModels.quote(question)
    }

    fn holds_key<'a>(&'a self, text: &'a str) -> BoxFuture<'a, bool> {
        self.0.holds_key(text)
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        NoModels.ask(question)
    }
}
