//! Names that are nearly those of popular packages.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use super::name::{own, scope};

/// Names shorter than this are near to all others.
const LENGTH_MIN: usize = 3;
/// Names shorter than this are near to too many others by chance for one letter to say much.
const LENGTH_FOR_NEAR: usize = 5;
/// From this length on two letters may differ.
const LENGTH_FOR_TWO: usize = 8;

static POPULAR: LazyLock<Popular> = LazyLock::new(|| Popular::of(include_str!("popular.txt")));

struct Popular {
    names: BTreeSet<&'static str>,
    /// By the letters alone.
    letters: BTreeMap<String, &'static str>,
    scopes: BTreeSet<&'static str>,
}

impl Popular {
    fn of(text: &'static str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let names: BTreeSet<&str> = lines.collect();
        // Of names with the same letters the first in order stands for all; they are all popular.
        let letters = names.iter().rev().map(|name| (letters_of(name), *name)).collect();
        let scopes = names.iter().filter_map(|name| scope(name)).collect();
        Self { names, letters, scopes }
    }
}

/// How alike a name and a popular one are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// One letter more, less, other or swapped; or only separators or letters that look alike differ.
    Near,
    /// Two letters, or one of a short name; or the same name in another scope.
    Far,
}

/// The popular package for which a name could be taken; none when it is one itself, or its scope is that of one, since a
/// scope belongs to somebody.
pub(super) fn alike(name: &str) -> Option<(&'static str, Likeness)> {
    let popular = &*POPULAR;
    if popular.names.contains(name) || scope(name).is_some_and(|scope| popular.scopes.contains(scope)) {
        return None;
    }
    if let Some(same) = popular.letters.get(&letters_of(name)) {
        return Some((same, Likeness::Near));
    }
    if let Some(same) = popular.names.get(own(name)).filter(|_| scope(name).is_some()) {
        return Some((same, Likeness::Far));
    }
    let near = popular.names.iter().filter_map(|known| Some((likeness(name, known)?, *known))).min();
    near.map(|(likeness, known)| (known, likeness))
}

fn likeness(name: &str, known: &str) -> Option<Likeness> {
    let (short, long) = (name.len().min(known.len()), name.len().max(known.len()));
    if short < LENGTH_MIN || long - short > 2 {
        return None;
    }
    // A plural is nearly the same name: it does not count as a letter of its own.
    let singular = |name: &str| name.strip_suffix('s').unwrap_or(name).to_owned();
    let distance = strsim::osa_distance(name, known).min(strsim::osa_distance(&singular(name), &singular(known)));
    match distance {
        0 | 1 if short >= LENGTH_FOR_NEAR => Some(Likeness::Near),
        0 | 1 => Some(Likeness::Far),
        2 if long >= LENGTH_FOR_TWO => Some(Likeness::Far),
        _ => None,
    }
}

/// Letters and digits, those that look alike as one of them.
fn letters_of(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let like = [("0", "o"), ("1", "l"), ("5", "s"), ("rn", "m"), ("vv", "w")];
    like.into_iter().fold(letters, |letters, (from, to)| letters.replace(from, to))
}
