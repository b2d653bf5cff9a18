//! A map that forgets, for what is learned about others: callers choose its keys, so that its size must not be theirs.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, time::Duration};

/// Entries by key. One that was not touched for `idle` is as if it were not there; when the map is full, the quarter
/// that was not touched for the longest makes room.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    entries: HashMap<K, Entry<V>>,
    capacity: usize,
    idle: Duration,
    swept_at: Duration,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    touched_at: Duration,
}

impl<K: Eq + Hash + Clone, V> Bounded<K, V> {
    pub(super) fn new(capacity: usize, idle: Duration) -> Self {
        Self { entries: HashMap::new(), capacity: capacity.max(4), idle, swept_at: Duration::ZERO }
    }

    /// Looks, without touching.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: Duration) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).filter(|entry| is_fresh(entry, now, self.idle)).map(|entry| &entry.value)
    }

    /// Touches an entry, which `make` makes when there is none.
    pub(super) fn touch(&mut self, key: &K, now: Duration, make: impl FnOnce() -> V) -> &mut V {
        self.make_room(key, now);
        let entry = self.entries.entry(key.clone()).or_insert_with(|| Entry { value: make(), touched_at: now });
        entry.touched_at = now;
        &mut entry.value
    }

    /// Touches an entry that is there.
    pub(super) fn get_mut(&mut self, key: &K, now: Duration) -> Option<&mut V> {
        let idle = self.idle;
        let entry = self.entries.get_mut(key).filter(|entry| is_fresh(entry, now, idle))?;
        entry.touched_at = now;
        Some(&mut entry.value)
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    /// Entries that are there, in no order.
    pub(super) fn iter(&self, now: Duration) -> impl Iterator<Item = (&K, &V)> {
        self.entries
            .iter()
            .filter(move |(_, entry)| is_fresh(entry, now, self.idle))
            .map(|(key, entry)| (key, &entry.value))
    }

    /// Whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Drops what is idle, now and then and when there is no room; then, without room, a quarter.
    fn make_room(&mut self, key: &K, now: Duration) {
        let idle = self.idle;
        let full = self.entries.len() >= self.capacity && !self.entries.contains_key(key);
        if full || now.saturating_sub(self.swept_at) >= idle {
            self.entries.retain(|_, entry| is_fresh(entry, now, idle));
            self.swept_at = now;
        } else if let Some(entry) = self.entries.get(key)
            && !is_fresh(entry, now, idle)
        {
            self.entries.remove(key);
        }
        if self.entries.len() < self.capacity || self.entries.contains_key(key) {
            return;
        }
        let mut touched: Vec<Duration> = self.entries.values().map(|entry| entry.touched_at).collect();
        let mut leaving = touched.len().div_ceil(4);
        let (_, limit, _) = touched.select_nth_unstable(leaving.saturating_sub(1));
        let limit = *limit;
        self.entries.retain(|_, entry| {
            let leaves = leaving > 0 && entry.touched_at <= limit;
            leaving = leaving.saturating_sub(usize::from(leaves));
            !leaves
        });
    }
}

fn is_fresh<V>(entry: &Entry<V>, now: Duration, idle: Duration) -> bool {
    now.saturating_sub(entry.touched_at) < idle
}

#[cfg(test)]
#[path = "bounded_tests.rs"]
mod tests;
