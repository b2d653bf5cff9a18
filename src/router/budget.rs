//! Budgets: money is reserved before a call and settled after it, for its generation, its key, its tenant and the day.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::domain::{clock::Timestamp, id::GenerationId, money::Usd};

use super::{Error, call::Caller, settings::BudgetSettings};

/// How long the books of a generation are kept after their last change: far longer than one takes, with the pauses that
/// people make in it.
const GENERATION_DAYS: u64 = 7;
/// Books of generations that are kept at most: some 30 MB of them.
const GENERATIONS_MOST: usize = 100_000;

/// A day of the world, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u64);

impl Day {
    const MS: u64 = 24 * 60 * 60 * 1000;

    /// The day of a moment.
    #[must_use]
    pub const fn of(moment: Timestamp) -> Self {
        Self(moment.0 / Self::MS)
    }
}

/// Whose money a budget limits. Keys and generations of different tenants are different ones, whatever their names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One generation, from its beginning to its end.
    Generation {
        /// Its tenant.
        tenant: String,
        /// Which.
        id: GenerationId,
    },
    /// One API key, ever.
    Key {
        /// Its tenant.
        tenant: String,
        /// Its name.
        key: String,
    },
    /// One API key in a day.
    KeyOfDay {
        /// Its tenant.
        tenant: String,
        /// Its name.
        key: String,
        /// The day.
        day: Day,
    },
    /// One tenant in a day, with all its keys and generations.
    TenantOfDay {
        /// Which.
        tenant: String,
        /// The day.
        day: Day,
    },
    /// Everybody in a day.
    Day(Day),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generation { id, .. } => write!(f, "generation {id}"),
            Self::Key { key, .. } => write!(f, "key {key}"),
            Self::KeyOfDay { key, .. } => write!(f, "key {key}, in a day"),
            Self::TenantOfDay { tenant, .. } => write!(f, "tenant {tenant}, in a day"),
            Self::Day(_) => f.write_str("everybody, in a day"),
        }
    }
}

/// Money that is set aside for one call. [`Ledger::settle`] takes it back when the call's cost is known.
///
/// One that is dropped instead, as when a task is cancelled before it could settle, stays spent: a call that may have been
/// billed counts as billed at the most that it may have cost.
#[derive(Debug)]
#[must_use = "what is reserved stays spent until it is settled"]
pub struct Reservation {
    scopes: Vec<Scope>,
    most: Usd,
}

impl Reservation {
    /// Sets an amount aside in scopes; for ledgers, once they have noted it.
    pub const fn new(scopes: Vec<Scope>, most: Usd) -> Self {
        Self { scopes, most }
    }

    /// Where it is set aside.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// How much.
    #[must_use]
    pub const fn most(&self) -> Usd {
        self.most
    }
}

/// What became of a reservation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a provider that bills above its reserve is to be told of"]
pub struct Settled {
    /// By how much the call cost more than was reserved.
    pub above_reserve: Option<Usd>,
    /// Budgets that are passed. Only a provider that bills above its reserve brings that about; each of them refuses every
    /// further call.
    pub overspent: Vec<Overspent>,
}

/// A budget that is passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overspent {
    /// Whose.
    pub scope: Scope,
    /// The budget.
    pub cap: Usd,
    /// What was spent.
    pub spent: Usd,
}

/// Keeps what was spent and what is reserved, and refuses what would pass a budget.
///
/// Both calls are short and do not wait for other calls; nobody retries them. An adapter that keeps its books on disk
/// returns once the change is durable, and gives an error when that fails: then nothing is reserved, and no call is made.
pub trait Ledger: Send + Sync {
    /// What the tightest of the caller's budgets leaves; none when no budget limits the caller. Where one does, a model
    /// without a price may not be called: nobody could say whether the call keeps to it. A hint for choosing, as other
    /// calls reserve meanwhile: [`Ledger::reserve`] decides.
    fn left(&self, caller: &Caller, day: Day) -> Option<Usd>;

    /// Sets aside the most that a call may cost, in every budget that limits the caller, or in none.
    ///
    /// # Errors
    /// [`Error::Budget`] names the first budget that does not allow it: the caller's generation, key, key in a day, tenant in
    /// a day, everybody in a day.
    fn reserve(&self, caller: &Caller, day: Day, most: Usd) -> Result<Reservation, Error>;

    /// Replaces what was set aside by what was spent, in the budgets and of the day in which it was.
    ///
    /// What is less goes back; what is more is counted, even past a budget, since it is owed. A cost below zero is none.
    fn settle(&self, reservation: Reservation, spent: Usd) -> Settled;
}

/// A ledger of one process. What it knows ends with the process.
///
/// It keeps books for every scope that has a budget and was used, a few hundred bytes each. Of days it keeps the latest and
/// the one before, for calls that end after midnight. Of generations it keeps those of the last seven days, and of these at
/// most 100,000: the ones that rested longest go first. None goes that has money set aside. A generation whose books are
/// gone begins anew; keys are kept as long as the process runs.
#[derive(Debug)]
pub struct InMemoryLedger {
    settings: BudgetSettings,
    books: Mutex<Books>,
    generations_most: usize,
}

/// The books of all scopes.
#[derive(Debug, Default)]
struct Books {
    of: HashMap<Scope, Book>,
    /// How many of them are of generations.
    generations: usize,
    /// Changes so far; orders generations by their last.
    changes: u64,
    /// The latest day on which money was set aside.
    today: Day,
}

/// The books of one scope, and when they were last changed.
#[derive(Debug, Clone, Copy, Default)]
struct Book {
    balance: Balance,
    change: u64,
    day: Day,
}

/// The books of one scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Money that is gone.
    pub spent: Usd,
    /// Money that calls in progress may cost, and calls that ended without being settled.
    pub reserved: Usd,
}

impl InMemoryLedger {
    /// Opens empty books.
    #[must_use]
    pub fn new(settings: BudgetSettings) -> Self {
        Self { settings, books: Mutex::default(), generations_most: GENERATIONS_MOST }
    }

    /// Counts money that was spent before this process, such as by a generation that is resumed.
    pub fn carry_over(&self, scope: Scope, spent: Usd) {
        let mut books = self.books();
        books.make_room(&scope, self.generations_most);
        books.change(scope).spent += spent;
    }

    /// The books of a scope; none when it has no budget or was never used.
    #[must_use]
    pub fn balance(&self, scope: &Scope) -> Option<Balance> {
        self.books().balance(scope)
    }

    /// The budgets that limit a caller.
    fn caps(&self, caller: &Caller, day: Day) -> Vec<(Scope, Usd)> {
        let settings = &self.settings;
        let tenant = || caller.tenant.clone();
        let of_generation = caller.generation.clone().zip(settings.per_generation);
        let mut caps: Vec<(Scope, Usd)> =
            of_generation.map(|(id, cap)| (Scope::Generation { tenant: tenant(), id }, cap)).into_iter().collect();
        if let Some(key) = &caller.key {
            let own = settings.keys.get(key).copied().unwrap_or_default();
            if let Some(cap) = own.total.or(settings.per_key) {
                caps.push((Scope::Key { tenant: tenant(), key: key.clone() }, cap));
            }
            if let Some(cap) = own.per_day.or(settings.per_key_per_day) {
                caps.push((Scope::KeyOfDay { tenant: tenant(), key: key.clone(), day }, cap));
            }
        }
        caps.extend(settings.per_tenant_per_day.map(|cap| (Scope::TenantOfDay { tenant: tenant(), day }, cap)));
        caps.extend(settings.per_day.map(|cap| (Scope::Day(day), cap)));
        caps
    }

    fn cap(&self, scope: &Scope) -> Option<Usd> {
        let settings = &self.settings;
        match scope {
            Scope::Generation { .. } => settings.per_generation,
            Scope::Key { key, .. } => settings.keys.get(key).and_then(|own| own.total).or(settings.per_key),
            Scope::KeyOfDay { key, .. } => {
                settings.keys.get(key).and_then(|own| own.per_day).or(settings.per_key_per_day)
            }
            Scope::TenantOfDay { .. } => settings.per_tenant_per_day,
            Scope::Day(_) => settings.per_day,
        }
    }

    /// A thread that panicked in here left whole books: every change of them is a single addition.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for InMemoryLedger {
    fn left(&self, caller: &Caller, day: Day) -> Option<Usd> {
        let caps = self.caps(caller, day);
        let books = self.books();
        let left = caps.iter().map(|(scope, cap)| {
            let balance = books.balance(scope).unwrap_or_default();
            cap.less(balance.spent + balance.reserved)
        });
        left.min()
    }

    fn reserve(&self, caller: &Caller, day: Day, most: Usd) -> Result<Reservation, Error> {
        let caps = self.caps(caller, day);
        let mut books = self.books();
        for (scope, cap) in &caps {
            let balance = books.balance(scope).unwrap_or_default();
            let used = balance.spent + balance.reserved;
            if used + most > *cap {
                let scope = if balance.spent > *cap {
                    format!("{scope}, which a provider passed by billing more than was reserved,")
                } else {
                    scope.to_string()
                };
                return Err(Error::Budget { scope, cap: *cap, used, wanted: most });
            }
        }
        books.begin(day);
        let scopes: Vec<Scope> = caps.into_iter().map(|(scope, _)| scope).collect();
        for scope in &scopes {
            books.make_room(scope, self.generations_most);
            books.change(scope.clone()).reserved += most;
        }
        Ok(Reservation::new(scopes, most))
    }

    fn settle(&self, reservation: Reservation, spent: Usd) -> Settled {
        let Reservation { scopes, most } = reservation;
        // No provider owes us money, whatever it says.
        let spent = spent.max(Usd::ZERO);
        let mut settled = Settled { above_reserve: (spent > most).then(|| spent - most), overspent: Vec::new() };
        let mut books = self.books();
        for scope in scopes {
            let balance = books.change(scope.clone());
            balance.reserved = balance.reserved.less(most);
            balance.spent += spent;
            let spent = balance.spent;
            if let Some(cap) = self.cap(&scope).filter(|cap| spent > *cap) {
                settled.overspent.push(Overspent { scope, cap, spent });
            }
        }
        settled
    }
}

impl Books {
    fn balance(&self, scope: &Scope) -> Option<Balance> {
        self.of.get(scope).map(|book| book.balance)
    }

    /// The balance of a scope, to be changed now.
    fn change(&mut self, scope: Scope) -> &mut Balance {
        self.changes = self.changes.saturating_add(1);
        let is_generation = matches!(scope, Scope::Generation { .. });
        let (change, day) = (self.changes, self.today);
        let book = self.of.entry(scope).or_insert_with(|| {
            self.generations = self.generations.saturating_add(usize::from(is_generation));
            Book::default()
        });
        (book.change, book.day) = (change, day);
        &mut book.balance
    }

    /// Begins a day, unless it has begun: drops the books of days before yesterday and of generations that rest.
    fn begin(&mut self, day: Day) {
        if day <= self.today {
            return;
        }
        self.today = day;
        self.keep(|scope, book| match scope {
            Scope::Generation { .. } => {
                book.balance.reserved > Usd::ZERO || book.day.0.saturating_add(GENERATION_DAYS) >= day.0
            }
            Scope::Key { .. } => true,
            Scope::KeyOfDay { day: of, .. } | Scope::TenantOfDay { day: of, .. } | Scope::Day(of) => {
                of.0.saturating_add(1) >= day.0
            }
        });
    }

    /// Makes room for a scope that is new: of too many generations, the half that rested longer goes.
    fn make_room(&mut self, scope: &Scope, generations_most: usize) {
        if !matches!(scope, Scope::Generation { .. })
            || self.generations < generations_most
            || self.of.contains_key(scope)
        {
            return;
        }
        let may_go = |(scope, book): (&Scope, &Book)| {
            let rests = matches!(scope, Scope::Generation { .. }) && book.balance.reserved == Usd::ZERO;
            rests.then_some(book.change)
        };
        let mut changes: Vec<u64> = self.of.iter().filter_map(may_go).collect();
        let half = changes.len() / 2;
        if changes.is_empty() {
            return;
        }
        let (_, last_to_go, _) = changes.select_nth_unstable(half);
        let last_to_go = *last_to_go;
        self.keep(|scope, book| {
            let rests = matches!(scope, Scope::Generation { .. }) && book.balance.reserved == Usd::ZERO;
            !(rests && book.change <= last_to_go)
        });
    }

    fn keep(&mut self, is_kept: impl Fn(&Scope, &Book) -> bool) {
        let generations = &mut self.generations;
        self.of.retain(|scope, book| {
            let is_kept = is_kept(scope, book);
            if !is_kept && matches!(scope, Scope::Generation { .. }) {
                *generations = generations.saturating_sub(1);
            }
            is_kept
        });
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
