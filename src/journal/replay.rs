//! From entries to what is known.

use std::collections::HashMap;

use serde_json::Value;

use super::{Entry, Error};
use crate::domain::id::StepKey;

/// Results of recorded steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    results: HashMap<StepKey, Value>,
    order: Vec<StepKey>,
}

impl Replay {
    /// Result of a step, when it is recorded.
    #[must_use]
    pub fn get(&self, key: &StepKey) -> Option<&Value> {
        self.results.get(key)
    }

    /// Adds a step that was recorded since.
    pub fn record(&mut self, key: StepKey, result: Value) {
        if self.results.insert(key.clone(), result).is_none() {
            self.order.push(key);
        }
    }

    /// Steps with their results, in the order in which they were recorded.
    pub fn iter(&self) -> impl Iterator<Item = (&StepKey, &Value)> {
        self.order.iter().filter_map(|key| self.results.get_key_value(key))
    }

    /// How many steps are recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Turns entries into the results that they record. Pure: the same entries give the same results.
///
/// # Errors
/// When a step is recorded twice with different results.
pub fn replay(entries: &[Entry]) -> Result<Replay, Error> {
    let mut replay = Replay::default();
    for entry in entries {
        match replay.results.get(&entry.key) {
            None => {
                replay.results.insert(entry.key.clone(), entry.value.clone());
                replay.order.push(entry.key.clone());
            }
            Some(recorded) if *recorded == entry.value => {}
            Some(_) => return Err(Error::Contradiction { key: entry.key.clone(), sequence: entry.sequence }),
        }
    }
    Ok(replay)
}
