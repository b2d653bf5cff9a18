//! Faults on purpose, for tests of what a service survives. A release build has none.

use std::{panic, process, str::FromStr, thread, time::Duration};

use crate::domain::event::Event;

/// A fault that strikes when a step begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `slow:MS`: each step takes so many milliseconds longer.
    Slow(Duration),
    /// `abort:STEP`: the process dies.
    Abort(String),
    /// `panic:STEP`: the thread does.
    Panic(String),
}

impl FromStr for Fault {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some(("slow", ms)) => ms.parse().map(|ms| Self::Slow(Duration::from_millis(ms))).map_err(|_| ()),
            Some(("abort", step)) => Ok(Self::Abort(step.to_owned())),
            Some(("panic", step)) => Ok(Self::Panic(step.to_owned())),
            Some(_) | None => Err(()),
        }
    }
}

impl Fault {
    /// Strikes, when an event is what it waits for.
    pub(super) fn strike(&self, event: &Event) {
        let Event::StepStarted { step: begun, .. } = event else { return };
        match self {
            Self::Slow(time) => thread::sleep(*time),
            Self::Abort(step) if begun.as_str() == step => process::abort(),
            Self::Panic(step) if begun.as_str() == step => panic::resume_unwind(Box::new("a fault on purpose")),
            Self::Abort(_) | Self::Panic(_) => {}
        }
    }
}
