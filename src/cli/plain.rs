//! Events for a pipe or a log file: one plain line each.

use super::say;
use crate::{domain::event::Event, pipeline::EventSink};

/// Writes each event that a person wants to know as one line.
pub struct PlainLines;

impl EventSink for PlainLines {
    fn emit(&self, event: Event) {
        if let Some(line) = say::line(&event) {
            super::print(&format!("{line}\n"));
        }
    }
}
