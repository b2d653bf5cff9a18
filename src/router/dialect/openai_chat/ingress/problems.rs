//! What is wrong with a body, all of it.

use serde_json::Value;

use crate::router::failure::{Failure, FailureClass};

/// Problems that are told in full; of a body with more, the number of the rest is.
const TOLD_LIMIT: usize = 50;

/// Problems found so far, each with the place in the body.
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<String>,
    more: usize,
}

impl Problems {
    /// Adds one: `place` such as `messages[2].content`, and what is wrong there.
    pub(super) fn add(&mut self, place: &str, what: &str) {
        if self.told.len() < TOLD_LIMIT {
            self.told.push(format!("{place}: {what}"));
        } else {
            self.more += 1;
        }
    }

    /// One failure that names them all.
    pub(super) fn into_failure(self) -> Result<(), Failure> {
        if self.told.is_empty() {
            return Ok(());
        }
        let more = if self.more == 0 { String::new() } else { format!("; and {} more", self.more) };
        let sentence = format!("{}{more}", self.told.join("; "));
        Err(Failure::new(FailureClass::Caller, "invalid_request", sentence))
    }

    /// Reads true or false.
    pub(super) fn boolean(&mut self, place: &str, value: &Value) -> Option<bool> {
        self.or_tell(value.as_bool(), place, "must be true or false")
    }

    /// Reads a number.
    pub(super) fn number(&mut self, place: &str, value: &Value) -> Option<f64> {
        self.or_tell(value.as_f64(), place, "must be a number")
    }

    /// Reads a whole number.
    pub(super) fn integer(&mut self, place: &str, value: &Value) -> Option<i64> {
        self.or_tell(value.as_i64(), place, "must be a whole number of 64 bits")
    }

    /// Reads a number of tokens, at least one.
    pub(super) fn tokens(&mut self, place: &str, value: &Value) -> Option<u64> {
        self.or_tell(value.as_u64().filter(|tokens| *tokens > 0), place, "must be a whole number above 0")
    }

    /// Reads a text.
    pub(super) fn text(&mut self, place: &str, value: Option<&Value>) -> Option<String> {
        match value {
            Some(Value::String(text)) => Some(text.clone()),
            None | Some(Value::Null) => self.or_tell(None, place, "is missing"),
            Some(_) => self.or_tell(None, place, "must be a text"),
        }
    }

    /// Reads a text or a list of them.
    pub(super) fn text_or_texts(&mut self, place: &str, value: &Value) -> Vec<String> {
        let texts = match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        self.or_tell(texts, place, "must be a text or a list of texts").unwrap_or_default()
    }

    fn or_tell<T>(&mut self, read: Option<T>, place: &str, what: &str) -> Option<T> {
        if read.is_none() {
            self.add(place, what);
        }
        read
    }
}
