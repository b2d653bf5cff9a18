//! A place in which no two names may be equal.

use std::collections::HashSet;

/// Names taken in one place.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    taken: HashSet<String>,
    ignores_case: bool,
}

impl Scope {
    /// A place where `Book` and `book` are two names.
    pub(super) fn exact<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self { taken: taken.into_iter().map(str::to_owned).collect(), ignores_case: false }
    }

    /// A place where `Book` and `book` are one name.
    pub(super) fn ignoring_case<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self { taken: taken.into_iter().map(str::to_ascii_lowercase).collect(), ignores_case: true }
    }

    fn key(&self, name: &str) -> String {
        if self.ignores_case { name.to_ascii_lowercase() } else { name.to_owned() }
    }

    /// Takes several names if they are free and differ from each other.
    pub(super) fn try_take(&mut self, names: &[String]) -> bool {
        let mut keys = HashSet::with_capacity(names.len());
        for name in names {
            let key = self.key(name);
            if self.taken.contains(&key) || !keys.insert(key) {
                return false;
            }
        }
        self.taken.extend(keys);
        true
    }
}

/// `suffix`, `suffix2`, `suffix3`, ... until one is accepted.
///
/// A scope holds finitely many names, so some number is always free.
pub(super) fn first_accepted<T>(suffix: &str, mut accept: impl FnMut(&str) -> Option<T>) -> T {
    let mut number = 1_u64;
    loop {
        let candidate = if number == 1 { suffix.to_owned() } else { format!("{suffix}{number}") };
        if let Some(accepted) = accept(&candidate) {
            return accepted;
        }
        number += 1;
    }
}
