//! A request's body while it is written.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::router::failure::{Failure, FailureClass};

/// A JSON object that is written field by field, in the order in which fields came. What a caller sent is borrowed, so that
/// a long conversation is not copied for the sake of one field.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    fields: Vec<(Cow<'a, str>, Field<'a>)>,
}

#[derive(Debug)]
enum Field<'a> {
    Borrowed(&'a Value),
    Written(Box<RawValue>),
}

impl<'a> Body<'a> {
    /// A body with the fields of another.
    pub(super) fn of(fields: &'a Map<String, Value>) -> Self {
        let fields = fields.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Field::Borrowed(value)));
        Self { fields: fields.collect() }
    }

    /// Whether a field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// Sets a field, in its old place when it was there.
    pub(super) fn set(
        &mut self,
        name: impl Into<Cow<'a, str>>,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), Failure> {
        let name = name.into();
        let written = Field::Written(to_raw_value(value).map_err(|error| cannot_write(&error))?);
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, field)) => *field = written,
            None => self.fields.push((name, written)),
        }
        Ok(())
    }

    /// Gives a field another name.
    pub(super) fn rename(&mut self, name: &str, other: &'a str) {
        for (known, _) in self.fields.iter_mut().filter(|(known, _)| known == name) {
            *known = Cow::Borrowed(other);
        }
    }

    /// Takes a field out.
    pub(super) fn remove(&mut self, name: &str) {
        self.fields.retain(|(known, _)| known != name);
    }

    /// Appends the fields that are not there yet. Their names differ from each other, so only older ones are looked at.
    pub(super) fn append(&mut self, fields: impl Iterator<Item = (&'a String, &'a Value)>) {
        let older = self.fields.len();
        for (name, value) in fields {
            if !self.fields.iter().take(older).any(|(known, _)| known == name) {
                self.fields.push((Cow::Borrowed(name), Field::Borrowed(value)));
            }
        }
    }

    /// The body as JSON.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(&self).map_err(|error| cannot_write(&error))
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields.iter().map(|(name, field)| (name, field)))
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Borrowed(value) => value.serialize(serializer),
            Self::Written(written) => written.serialize(serializer),
        }
    }
}

fn cannot_write(error: &serde_json::Error) -> Failure {
    Failure::new(FailureClass::Caller, "unsupported", format!("the request cannot be written as JSON: {error}"))
}
