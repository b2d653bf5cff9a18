//! Models that ask nobody and answer from a script.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};

use super::port::{EditFormat, Models, NoReply, NoReplyKind, Question, Quote, Reply, ReplyEnd};
use crate::domain::{money::Usd, usage::Usage};

/// Models that ask nobody: each question gets the next answer that is meant for its step.
#[derive(Debug, Default)]
pub struct ScriptedModels {
    terms: Terms,
    state: Mutex<State>,
}

/// What every call is quoted at, and what it takes.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Most that a call may cost, as quoted; none for a model without a price.
    pub most: Option<Usd>,
    /// Money that an answer takes.
    pub cost: Option<Usd>,
    /// Tokens of a question, as quoted.
    pub question_tokens: u64,
    /// Tokens that an answer takes.
    pub usage: Usage,
    /// How the model writes changes of files.
    pub edit_format: EditFormat,
    /// How long a call takes, on the clock of tokio.
    pub delay: Duration,
}

impl Default for Terms {
    /// Nothing is paid, nothing is used, nobody waits.
    fn default() -> Self {
        Self {
            most: Some(Usd::ZERO),
            cost: Some(Usd::ZERO),
            question_tokens: 0,
            usage: Usage::default(),
            edit_format: EditFormat::Blocks,
            delay: Duration::ZERO,
        }
    }
}

/// What is said to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// An answer that ends in this way; an empty text and a huge one are answers too.
    Answer(String, ReplyEnd),
    /// No answer, for this reason.
    Nothing(NoReply),
    /// Nobody can be found to ask: the quote fails already.
    Unquoted(NoReply),
}

impl Says {
    /// A complete answer.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Answer(text.into(), ReplyEnd::Complete)
    }

    /// An answer that the token limit ends.
    #[must_use]
    pub fn cut_off(text: impl Into<String>) -> Self {
        Self::Answer(text.into(), ReplyEnd::CutOff)
    }

    /// An answer by which the model, or its provider, would not go on.
    #[must_use]
    pub fn refused(text: impl Into<String>) -> Self {
        Self::Answer(text.into(), ReplyEnd::Refused)
    }

    /// No answer, and nothing paid.
    #[must_use]
    pub fn nothing(kind: NoReplyKind, message: impl Into<String>) -> Self {
        Self::Nothing(no_reply(kind, message))
    }

    /// Nobody to ask.
    #[must_use]
    pub fn unquoted(kind: NoReplyKind, message: impl Into<String>) -> Self {
        Self::Unquoted(no_reply(kind, message))
    }
}

fn no_reply(kind: NoReplyKind, message: impl Into<String>) -> NoReply {
    NoReply { kind, message: message.into(), cost: Usd::ZERO, usage: Usage::default() }
}

#[derive(Debug, Default)]
struct State {
    rows: Vec<Row>,
    asked: Vec<Question>,
    flying: usize,
    flying_most: usize,
}

/// What is said to the questions of some steps.
#[derive(Debug)]
struct Row {
    /// How the key of the step begins.
    beginning: String,
    once: VecDeque<Says>,
    for_ever: Option<Says>,
    delay: Option<Duration>,
}

impl ScriptedModels {
    /// Makes models of which nothing is scripted yet: until that is done, a question gets no answer.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self { terms, state: Mutex::default() }
    }

    /// Lets the next question whose step's key begins so be answered. Of several beginnings the longest counts; what is
    /// said to one beginning is said in the order in which it was given, each once.
    pub fn answer(&self, beginning: &str, says: Says) {
        self.with_row(beginning, |row| row.once.push_back(says));
    }

    /// Lets every question whose step's key begins so be answered alike, once what was given by [`Self::answer`] is said.
    pub fn answer_always(&self, beginning: &str, says: Says) {
        self.with_row(beginning, |row| row.for_ever = Some(says));
    }

    /// Lets questions whose step's key begins so take their own time. The longest beginning counts.
    pub fn delay(&self, beginning: &str, delay: Duration) {
        self.with_row(beginning, |row| row.delay = Some(delay));
    }

    /// Every question that was asked so far, in order.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.state().asked.clone()
    }

    /// Keys of the steps that asked so far, in order.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        self.state().asked.iter().map(|question| question.step.to_string()).collect()
    }

    /// Most questions that were being answered at one time.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.state().flying_most
    }

    fn with_row(&self, beginning: &str, change: impl FnOnce(&mut Row)) {
        let mut state = self.state();
        if let Some(row) = state.rows.iter_mut().find(|row| row.beginning == beginning) {
            return change(row);
        }
        let mut row = Row { beginning: beginning.to_owned(), once: VecDeque::new(), for_ever: None, delay: None };
        change(&mut row);
        state.rows.push(row);
    }

    fn delay_of(&self, question: &Question) -> Duration {
        let state = self.state();
        let rows = state.rows.iter().filter(|row| question.step.as_str().starts_with(&row.beginning));
        let longest = rows.filter(|row| row.delay.is_some()).max_by_key(|row| row.beginning.len());
        longest.and_then(|row| row.delay).unwrap_or(self.terms.delay)
    }

    /// Takes what is to be said to a question.
    fn take(&self, question: &Question) -> Says {
        let mut state = self.state();
        let rows = state.rows.iter_mut().filter(|row| question.step.as_str().starts_with(&row.beginning));
        let speaking = rows.filter(|row| row.for_ever.is_some() || !row.once.is_empty());
        let row = speaking.max_by_key(|row| row.beginning.len());
        row.and_then(|row| row.once.pop_front().or_else(|| row.for_ever.clone())).unwrap_or_else(|| {
            let message = format!("the script has no answer for the step `{}`", question.step);
            Says::nothing(NoReplyKind::NoProvider, message)
        })
    }

    /// What the quote of a question fails by, when that is scripted; it is said once.
    fn take_unquoted(&self, question: &Question) -> Option<NoReply> {
        let mut state = self.state();
        let rows = state.rows.iter_mut().filter(|row| question.step.as_str().starts_with(&row.beginning));
        let row = rows.max_by_key(|row| row.beginning.len())?;
        match row.once.front() {
            Some(Says::Unquoted(reason)) => {
                let reason = reason.clone();
                row.once.pop_front();
                Some(reason)
            }
            _ => None,
        }
    }

    fn reply(&self, says: Says) -> Result<Reply, NoReply> {
        match says {
            Says::Answer(text, end) => Ok(Reply {
                text,
                end,
                provider: "script".to_owned(),
                model: "scripted".to_owned(),
                usage: self.terms.usage,
                cost: self.terms.cost,
                attempts: 1,
            }),
            Says::Nothing(reason) | Says::Unquoted(reason) => Err(reason),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a call as one in flight until it is dropped: a call that is given up is none any more.
struct Flight<'a>(&'a ScriptedModels);

impl<'a> Flight<'a> {
    fn begin(models: &'a ScriptedModels, question: &Question) -> Self {
        let mut state = models.state();
        state.asked.push(question.clone());
        state.flying += 1;
        state.flying_most = state.flying_most.max(state.flying);
        drop(state);
        Self(models)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.state().flying -= 1;
    }
}

impl Models for ScriptedModels {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        let quoted = match self.take_unquoted(question) {
            Some(reason) => Err(reason),
            None => Ok(Quote {
                route: "script/scripted".to_owned(),
                most: self.terms.most,
                question_tokens: self.terms.question_tokens,
                edit_format: self.terms.edit_format,
            }),
        };
        async move { quoted }.boxed()
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        async move {
            let _flight = Flight::begin(self, question);
            let says = self.take(question);
            let delay = self.delay_of(question);
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            self.reply(says)
        }
        .boxed()
    }
}

#[cfg(test)]
#[path = "scripted_tests.rs"]
mod tests;
