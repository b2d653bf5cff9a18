//! Tells the records what happens to a generation, while its work goes on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    Fault, Ports,
    halt::{Halt, Why},
};
use crate::{
    domain::event::Event,
    pipeline::EventSink,
    store::{Claim, Class, Error, Progress, Records},
};

/// How long events are collected before they are recorded together.
const TOGETHER: Duration = Duration::from_millis(100);
/// How long is waited for records that do not answer.
const AGAIN: Duration = Duration::from_millis(500);
/// Events of an earlier claim that are read at once.
const PAGE: u32 = 500;

/// Hears the pipeline, without ever making it wait.
#[derive(Debug)]
pub(super) struct Ears {
    fault: Option<Fault>,
    heard: Mutex<Heard>,
    more: Notify,
}

#[derive(Debug)]
struct Heard {
    events: Vec<Event>,
    progress: Progress,
    /// What earlier claims told.
    told: HashSet<String>,
    is_closed: bool,
}

impl Ears {
    /// Ears that know what earlier claims told.
    ///
    /// # Errors
    /// When the records fail.
    pub(super) async fn of(records: &Records, claim: &Claim, fault: Option<Fault>) -> Result<Self, Error> {
        let generation = &claim.generation;
        let mut told = HashSet::new();
        let mut after = 0;
        // The first claim finds nothing but that it was accepted and claimed.
        let is_first = generation.epoch == 1;
        loop {
            let page = if is_first { Vec::new() } else { records.events(&generation.id, after, PAGE).await? };
            let Some(last) = page.last() else { break };
            after = last.sequence;
            told.extend(page.iter().filter_map(|told| name_of(&told.event)));
        }
        let heard = Heard { events: Vec::new(), progress: generation.progress.clone(), told, is_closed: false };
        Ok(Self { fault, heard: Mutex::new(heard), more: Notify::new() })
    }

    /// Nothing more is heard; what was heard is still told.
    pub(super) fn close(&self) {
        self.heard().is_closed = true;
        self.more.notify_one();
    }

    /// No code runs under the lock that could panic half way.
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be told next, and whether it is the last.
    fn take(&self) -> (Vec<Event>, Progress, bool) {
        let mut heard = self.heard();
        (std::mem::take(&mut heard.events), heard.progress.clone(), heard.is_closed)
    }
}

/// What makes an event one that is told once, however often its step is replayed.
fn name_of(event: &Event) -> Option<String> {
    match event {
        Event::StepFinished { step, .. } => Some(format!("finished {step}")),
        Event::ModelAnswered { step, .. } => Some(format!("answered {step}")),
        Event::Notice { problem } => Some(format!("notice {problem}")),
        Event::GenerationStarted { .. }
        | Event::StageStarted { .. }
        | Event::StepStarted { .. }
        | Event::StageFinished { .. }
        | Event::GenerationFinished { .. }
        | Event::Refused { .. }
        | Event::Stopped { .. }
        | Event::Paused { .. }
        | Event::AwaitingApproval { .. }
        | Event::StatusChanged { .. }
        | Event::Broken { .. } => None,
    }
}

impl EventSink for Ears {
    fn emit(&self, event: Event) {
        if let Some(fault) = &self.fault {
            fault.strike(&event);
        }
        let mut heard = self.heard();
        let is_new = name_of(&event).is_none_or(|name| heard.told.insert(name));
        advance(&mut heard.progress, &event, is_new);
        if is_new {
            heard.events.push(without_paths(event));
            drop(heard);
            self.more.notify_one();
        }
    }
}

/// How far the generation is after an event. An answer counts once, whichever claim tells of it.
fn advance(progress: &mut Progress, event: &Event, is_new: bool) {
    match event {
        Event::StageStarted { stage, steps } => {
            progress.stage = Some(*stage);
            progress.steps = *steps;
            progress.steps_done = 0;
        }
        Event::StepStarted { step, title } => {
            progress.step = Some(step.to_string());
            progress.title = Some(title.clone());
        }
        Event::StepFinished { step, .. } => {
            progress.step = Some(step.to_string());
            progress.steps_done += 1;
        }
        Event::ModelAnswered { usage, cost, .. } if is_new => {
            progress.calls = progress.calls.saturating_add(1);
            progress.tokens = progress.tokens.saturating_add(usage.total_tokens());
            progress.cost += cost.unwrap_or_default();
        }
        _ => {}
    }
}

/// The same event without places of this host, which are nobody's business.
fn without_paths(event: Event) -> Event {
    match event {
        Event::GenerationStarted { generation, project, replayed_steps, .. } => {
            let workspace = generation.to_string();
            Event::GenerationStarted { generation, project, workspace, replayed_steps }
        }
        Event::GenerationFinished { state, artifact, report, duration_ms } => Event::GenerationFinished {
            state,
            artifact: artifact.as_deref().map(file_name),
            report: report.as_deref().map(file_name),
            duration_ms,
        },
        other => other,
    }
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Records what is heard, in order, until the ears are closed and all is told, or the claim is lost.
pub(super) async fn tell(ports: Ports, claim: Claim, ears: Arc<Ears>, halt: Arc<Halt>) {
    loop {
        let (events, progress, is_last) = ears.take();
        if !events.is_empty() {
            if !tell_some(&ports.records, &claim, (&events, &progress), &halt).await {
                return;
            }
            (ports.recorded)(&claim.generation.id);
        }
        if is_last {
            return;
        }
        if events.is_empty() {
            ears.more.notified().await;
        }
        if !ears.heard().is_closed {
            tokio::time::sleep(TOGETHER).await;
        }
    }
}

/// False when the claim is lost.
async fn tell_some(records: &Records, claim: &Claim, (events, progress): (&[Event], &Progress), halt: &Halt) -> bool {
    let generation = &claim.generation.id;
    loop {
        match records.tell(claim, events, progress).await {
            Ok(true) => return true,
            Ok(false) => {
                halt.halt(Why::Lost);
                return false;
            }
            Err(error) if error.class() == Class::Permanent => {
                tracing::error!(%generation, "what happened could not be recorded: {error}");
                return true;
            }
            Err(error) => {
                if halt.why() == Some(Why::Lost) {
                    return false;
                }
                tracing::warn!(%generation, "what happened is recorded as soon as the records answer: {error}");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}
