//! Problems of a caller's body, all of them, each with its place.

use std::fmt;

use serde_json::{Map, Value};

use crate::router::failure::{Failure, FailureClass};

/// So many are told; a body that is wrong throughout does not make an answer of its own size.
const MOST_TOLD: usize = 50;

/// A place in a body, such as `messages.3.content.0.text`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// The body.
    Body,
    /// A field of an object.
    Field(&'a Place<'a>, &'a str),
    /// An item of a list.
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => Ok(()),
            Self::Field(Self::Body, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}.{index}"),
        }
    }
}

impl Place<'_> {
    /// The place of a field of the object here.
    pub(super) fn field<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place::Field(self, name)
    }

    /// The place of an item of the list here.
    pub(super) fn item(&self, index: usize) -> Place<'_> {
        Place::Item(self, index)
    }
}

/// Problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<String>,
    untold: usize,
}

impl Problems {
    /// Adds a problem at a place.
    pub(super) fn add(&mut self, place: &Place<'_>, what: impl fmt::Display) {
        if self.told.len() < MOST_TOLD {
            self.told.push(format!("{place}: {what}"));
        } else {
            self.untold = self.untold.saturating_add(1);
        }
    }

    /// All of them as one failure of the caller; nothing when there is none.
    pub(super) fn into_result(mut self) -> Result<(), Failure> {
        if self.told.is_empty() {
            return Ok(());
        }
        if self.untold > 0 {
            self.told.push(format!("and {} more problems", self.untold));
        }
        Err(Failure::new(FailureClass::Caller, "invalid_request", self.told.join("; ")))
    }

    /// An object.
    pub(super) fn object<'v>(&mut self, place: &Place<'_>, value: &'v Value) -> Option<&'v Map<String, Value>> {
        self.expect(place, "an object", value.as_object())
    }

    /// A list.
    pub(super) fn list<'v>(&mut self, place: &Place<'_>, value: &'v Value) -> Option<&'v Vec<Value>> {
        self.expect(place, "a list", value.as_array())
    }

    /// A field that must be there.
    pub(super) fn required<'v>(
        &mut self,
        place: &Place<'_>,
        object: &'v Map<String, Value>,
        name: &str,
    ) -> Option<&'v Value> {
        let value = optional(object, name);
        if value.is_none() {
            self.add(&place.field(name), "is missing");
        }
        value
    }

    /// A text that must be there.
    pub(super) fn required_text<'v>(
        &mut self,
        place: &Place<'_>,
        object: &'v Map<String, Value>,
        name: &str,
    ) -> Option<&'v str> {
        let value = self.required(place, object, name)?;
        self.expect(&place.field(name), "a text", value.as_str())
    }

    /// A text that may be there.
    pub(super) fn text<'v>(
        &mut self,
        place: &Place<'_>,
        object: &'v Map<String, Value>,
        name: &str,
    ) -> Option<&'v str> {
        self.expect(&place.field(name), "a text", optional(object, name)?.as_str())
    }

    /// A number of tokens that may be there.
    pub(super) fn count(&mut self, place: &Place<'_>, object: &Map<String, Value>, name: &str) -> Option<u64> {
        self.expect(&place.field(name), "a whole number from 0 on", optional(object, name)?.as_u64())
    }

    /// A number from 0 to 1 that may be there.
    pub(super) fn fraction(&mut self, place: &Place<'_>, object: &Map<String, Value>, name: &str) -> Option<f64> {
        let number = optional(object, name)?.as_f64().filter(|number| (0.0..=1.0).contains(number));
        self.expect(&place.field(name), "a number from 0 to 1", number)
    }

    /// A yes or no that may be there.
    pub(super) fn flag(&mut self, place: &Place<'_>, object: &Map<String, Value>, name: &str) -> Option<bool> {
        self.expect(&place.field(name), "true or false", optional(object, name)?.as_bool())
    }

    fn expect<T>(&mut self, place: &Place<'_>, what: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.add(place, format_args!("must be {what}"));
        }
        found
    }
}

/// A field that may be there; null is as good as none.
pub(super) fn optional<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.get(name).filter(|value| !value.is_null())
}
