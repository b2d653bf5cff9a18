//! Events for programs: one JSON object a line, in the schema of [`domain::event`](crate::domain::event).

use crate::{
    domain::event::{EVENT_VERSION, Event, Record},
    pipeline::EventSink,
};

/// Writes each event as one line of JSON.
pub struct JsonLines;

impl EventSink for JsonLines {
    fn emit(&self, event: Event) {
        let record = Record { version: EVENT_VERSION, event };
        if let Ok(mut line) = serde_json::to_string(&record) {
            line.push('\n');
            super::print(&line);
        }
    }
}
