//! The fields of a body on its way out, and what a vendor's quirks make of them.

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value};

use crate::router::{failure::Failure, provider::Quirks};

/// Fields of Anthropic's own that mean nothing here, and that a strict provider would refuse.
pub(super) const OF_ANTHROPIC: &[&str] = &[
    "anthropic_beta",
    "anthropic_version",
    "container",
    "context_management",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "service_tier",
    "thinking",
];

/// The top-level fields of a JSON body, in order. What a caller sent is borrowed, not copied.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(&'a str, Field<'a>)>);

#[derive(Debug)]
enum Field<'a> {
    Sent(&'a Value),
    Ours(Value),
}

impl<'a> Fields<'a> {
    /// Appends a field that is not there yet, as the caller sent it.
    pub(super) fn send(&mut self, name: &'a str, value: &'a Value) {
        self.0.push((name, Field::Sent(value)));
    }

    /// Sets a field: in its place when it is there, else at the end.
    pub(super) fn set(&mut self, name: &'a str, value: impl Into<Value>) {
        let field = Field::Ours(value.into());
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, there)) => *there = field,
            None => self.0.push((name, field)),
        }
    }

    /// Sets a field when there is something to set it to.
    pub(super) fn set_some(&mut self, name: &'a str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Takes a field out.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(other, _)| *other != name);
    }

    /// A field's value, to change it and set it again.
    pub(super) fn copied(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, field)| match field {
            Field::Sent(value) => (*value).clone(),
            Field::Ours(value) => value.clone(),
        })
    }

    /// Appends what a caller sent beyond the typed fields, but for names that are there already.
    pub(super) fn send_extra(&mut self, extra: &'a Map<String, Value>, is_sent: impl Fn(&str) -> bool) {
        // Names in `extra` differ from each other: only ours need a look, however many a caller sends.
        let ours = self.0.len();
        for (name, value) in extra {
            if is_sent(name) && !self.0.iter().take(ours).any(|(other, _)| other == name) {
                self.send(name, value);
            }
        }
    }

    /// Leaves out what the vendor refuses, and adds what it needs where nobody said otherwise.
    pub(super) fn apply(&mut self, quirks: &'a Quirks) {
        self.0.retain(|(name, _)| !quirks.drop_fields.iter().any(|dropped| dropped == name));
        for (name, value) in &quirks.add_fields {
            if !self.0.iter().any(|(other, _)| other == name) {
                self.send(name, value);
            }
        }
    }

    /// Writes the body.
    ///
    /// # Errors
    /// None that a JSON value can cause.
    pub(super) fn to_body(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(self).map_err(|error| super::unsupported(&format!("the request cannot be written: {error}")))
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            match field {
                Field::Sent(value) => map.serialize_entry(name, value)?,
                Field::Ours(value) => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}
