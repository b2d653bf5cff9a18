//! Something that there is only so much of: requests of one key at once, bytes of bodies in memory.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Something that there is only so much of. Taking and giving back is one atomic operation each: nobody waits.
#[derive(Debug)]
pub(super) struct Bound {
    most: usize,
    taken: AtomicUsize,
}

impl Bound {
    /// There is so much of it.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: AtomicUsize::new(0) })
    }

    /// How much there is of it, taken or not.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Takes so much; none when less is left.
    pub(super) fn take(self: &Arc<Self>, amount: usize) -> Option<Share> {
        let mut share = Share { of: Arc::clone(self), amount: 0 };
        share.grow(amount).then_some(share)
    }
}

/// What somebody took. It is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Arc<Bound>,
    amount: usize,
}

impl Share {
    /// Takes more; nothing of it when less is left.
    pub(super) fn grow(&mut self, amount: usize) -> bool {
        let more = |taken: usize| taken.checked_add(amount).filter(|taken| *taken <= self.of.most);
        // The figure guards nothing but itself, so that no order of other memory matters.
        let grew = self.of.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        if grew {
            self.amount += amount;
        }
        grew
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.taken.fetch_sub(self.amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[path = "bound_tests.rs"]
mod tests;
