//! What happens to a generation, as it happens: looked up once for all who watch it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use serde_json::json;
use tokio::{
    sync::{broadcast, watch},
    task::JoinSet,
};

use super::{News, answer::rfc3339};
use crate::{
    domain::{
        event::{EVENT_VERSION, Event},
        id::GenerationId,
    },
    store::{Error, Records, Told},
};

/// Events that are kept for those who are a little behind; who is further behind reads the records himself.
const KEPT: usize = 512;
/// Events that are looked up at once.
const AT_ONCE: u32 = 500;
/// Looks without anything new after which it is asked whether the generation is still there.
const LOOKS_TILL_GONE: u32 = 20;

/// An event as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its number.
    pub(super) sequence: i64,
    /// The event in JSON.
    pub(super) text: Bytes,
    /// Its kind.
    pub(super) name: String,
    /// Whether only its owner brings the generation on from here.
    pub(super) is_end: bool,
}

impl Line {
    /// The line of an event.
    pub(super) fn of(told: &Told) -> Self {
        let mut value = json!({ "sequence": told.sequence, "at": rfc3339(told.at), "version": EVENT_VERSION });
        // An event is an object with the field `event`.
        let event = serde_json::to_value(&told.event).unwrap_or_default();
        let name = event.get("event").and_then(|name| name.as_str()).unwrap_or_default().to_owned();
        if let (Some(line), serde_json::Value::Object(fields)) = (value.as_object_mut(), event) {
            line.extend(fields);
        }
        let is_end = matches!(told.event, Event::StatusChanged { status, .. } if status.is_end());
        Self { sequence: told.sequence, text: Bytes::from(value.to_string()), name, is_end }
    }
}

/// All generations that are watched.
pub(super) struct Feeds {
    records: Records,
    news: News,
    every: Duration,
    open: Mutex<HashMap<GenerationId, Weak<Feed>>>,
    lookers: Mutex<JoinSet<()>>,
}

/// One generation that is watched.
pub(super) struct Feed {
    records: Records,
    id: GenerationId,
    recent: Mutex<VecDeque<Line>>,
    seen: watch::Sender<Seen>,
}

/// What was looked up last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Number of the last event.
    pub(super) last: i64,
    /// Whether the generation is not there any more.
    pub(super) is_gone: bool,
}

impl Feeds {
    pub(super) fn new(records: Records, news: News, every: Duration) -> Self {
        Self { records, news, every, open: Mutex::default(), lookers: Mutex::default() }
    }

    /// The feed of a generation whose events up to `last` are recorded. Somebody looks as long as anybody has it.
    pub(super) fn watch(&self, id: &GenerationId, last: i64) -> Arc<Feed> {
        let mut open = lock(&self.open);
        if let Some(feed) = open.get(id).and_then(Weak::upgrade) {
            return feed;
        }
        let feed = Arc::new(Feed {
            records: self.records.clone(),
            id: id.clone(),
            recent: Mutex::default(),
            seen: watch::Sender::new(Seen { last, is_gone: false }),
        });
        open.retain(|_, feed| feed.strong_count() > 0);
        open.insert(id.clone(), Arc::downgrade(&feed));
        let mut lookers = lock(&self.lookers);
        while lookers.try_join_next().is_some() {}
        lookers.spawn(look(Arc::downgrade(&feed), self.news.listen(), self.every));
        feed
    }
}

/// Looks for new events until nobody watches any more.
async fn look(feed: Weak<Feed>, mut news: broadcast::Receiver<GenerationId>, every: Duration) {
    let mut quiet = 0;
    loop {
        let Some(here) = feed.upgrade() else { return };
        let id = here.id.clone();
        match here.look(quiet >= LOOKS_TILL_GONE).await {
            Ok(0) => quiet = if quiet >= LOOKS_TILL_GONE { 0 } else { quiet + 1 },
            Ok(_) => quiet = 0,
            // Whoever watches waits; the next look may do.
            Err(error) => tracing::warn!("events of generation {id} could not be looked up: {error}"),
        }
        drop(here);
        let heard = async {
            loop {
                match news.recv().await {
                    Ok(other) if other != id => {}
                    // Whoever fell behind may have missed this one.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            () = heard => quiet = quiet.max(LOOKS_TILL_GONE),
            () = tokio::time::sleep(every) => {}
        }
    }
}

impl Feed {
    async fn look(&self, asks_whether_it_is_there: bool) -> Result<usize, Error> {
        let last = self.seen.borrow().last;
        let told = self.records.events(&self.id, last, AT_ONCE).await?;
        if told.is_empty() && asks_whether_it_is_there && self.records.generation_of_any(&self.id).await?.is_none() {
            self.seen.send_modify(|seen| seen.is_gone = true);
        }
        let Some(newest) = told.last().map(|told| told.sequence) else { return Ok(0) };
        {
            let mut recent = lock(&self.recent);
            recent.extend(told.iter().map(Line::of));
            let surplus = recent.len().saturating_sub(KEPT);
            recent.drain(..surplus);
        }
        self.seen.send_modify(|seen| seen.last = newest);
        Ok(told.len())
    }

    /// Hears of what is looked up.
    pub(super) fn seen(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }

    /// Events after a number, oldest first, some of them at a time; none when there are none yet.
    pub(super) async fn after(&self, sequence: i64) -> Result<Vec<Line>, Error> {
        if sequence >= self.seen.borrow().last {
            return Ok(Vec::new());
        }
        {
            let recent = lock(&self.recent);
            if recent.front().is_some_and(|first| first.sequence <= sequence + 1) {
                return Ok(recent.iter().filter(|line| line.sequence > sequence).cloned().collect());
            }
        }
        let told = self.records.events(&self.id, sequence, AT_ONCE).await?;
        Ok(told.iter().map(Line::of).collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in it is whole whenever the lock is free.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
