//! Events for a terminal: a bar for each stage, and beneath it what is being done.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::say;
use crate::{domain::event::Event, pipeline::EventSink};

/// How often the running time is drawn anew.
const TICK: std::time::Duration = std::time::Duration::from_millis(100);

/// Draws progress bars.
#[derive(Default)]
pub struct Progress {
    bar: Mutex<Option<ProgressBar>>,
}

impl EventSink for Progress {
    fn emit(&self, event: Event) {
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match &event {
            Event::StageStarted { stage, steps } => {
                let style = ProgressStyle::with_template(
                    "{prefix:>10} {bar:24.cyan/blue} {pos:>2}/{len:<2} {wide_msg} {elapsed}",
                )
                .unwrap_or_else(|_| ProgressStyle::default_bar());
                let started = ProgressBar::new(u64::try_from(*steps).unwrap_or(u64::MAX)).with_style(style);
                started.set_prefix(stage.name());
                started.enable_steady_tick(TICK);
                *bar = Some(started);
            }
            Event::StepStarted { title, .. } => {
                if let Some(bar) = &*bar {
                    bar.set_message(title.clone());
                }
            }
            Event::StepFinished { verdict, .. } => {
                if let Some(bar) = &*bar {
                    bar.inc(1);
                    if verdict.as_ref().is_some_and(|verdict| *verdict != crate::domain::generation::Verdict::Passed)
                        && let Some(line) = say::line(&event)
                    {
                        bar.println(line);
                    }
                }
            }
            Event::StageFinished { .. } => {
                if let Some(bar) = bar.take() {
                    bar.set_message("");
                    bar.finish();
                }
            }
            Event::GenerationFinished { .. }
            | Event::Stopped { .. }
            | Event::Paused { .. }
            | Event::AwaitingApproval { .. }
            | Event::Broken { .. }
            | Event::Refused { .. } => {
                if let Some(bar) = bar.take() {
                    bar.abandon();
                }
            }
            Event::GenerationStarted { .. }
            | Event::Notice { .. }
            | Event::ModelAnswered { .. }
            | Event::StatusChanged { .. } => {
                if let Some(line) = say::line(&event) {
                    super::print(&format!("{line}\n"));
                }
            }
        }
    }
}
