//! English sentences for problems, from tables keyed by their codes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{problem::Problem, shown::shown};

/// The tables, one for each part of the product that has problems of its own.
const TABLES: [&str; 6] = [
    include_str!("sentences/spec.toml"),
    include_str!("sentences/jdl.toml"),
    include_str!("sentences/blueprint.toml"),
    include_str!("sentences/config.toml"),
    include_str!("sentences/router_prices.toml"),
    include_str!("sentences/change.toml"),
];

/// Longest part of a parameter that a sentence shows.
const SHOWN_MAX_CHARS: usize = 300;

#[derive(Deserialize)]
struct Sentences {
    what: String,
    #[serde(default)]
    instead: String,
}

static SENTENCES: LazyLock<BTreeMap<String, Sentences>> = LazyLock::new(|| {
    let tables = TABLES.iter().filter_map(|table| toml::from_str::<BTreeMap<String, Sentences>>(table).ok());
    tables.flatten().collect()
});

impl Problem {
    /// Says in a sentence what is wrong.
    #[must_use]
    pub fn what(&self) -> String {
        match SENTENCES.get(&self.code) {
            Some(sentences) => fill(&sentences.what, &self.params),
            None => format!("{}: {:?}", self.code, self.params),
        }
    }

    /// Says in a sentence what to write instead; empty where there is nothing to do.
    #[must_use]
    pub fn instead(&self) -> String {
        SENTENCES.get(&self.code).map(|sentences| fill(&sentences.instead, &self.params)).unwrap_or_default()
    }
}

/// `blog.yaml:12:9: entities.Post.fields.title.max_length: <what> <instead>`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", shown(file, SHOWN_MAX_CHARS))?;
        }
        if let Some(position) = self.position {
            write!(f, "{}:{}:", position.line, position.column)?;
        }
        if self.file.is_some() || self.position.is_some() {
            f.write_str(" ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", shown(&self.path, SHOWN_MAX_CHARS))?;
        }
        f.write_str(&self.what())?;
        let instead = self.instead();
        if instead.is_empty() { Ok(()) } else { write!(f, " {instead}") }
    }
}

/// Puts parameters into a sentence in one pass, so that braces in a parameter stay as they are. A placeholder without a
/// parameter stays too.
fn fill(sentence: &str, params: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match params.get(name) {
            Some(value) => filled.push_str(&shown(value, SHOWN_MAX_CHARS)),
            None => {
                filled.push('{');
                filled.push_str(name);
                filled.push('}');
            }
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// Placeholders in a problem's sentences for which it has no parameter.
#[cfg(test)]
pub(crate) fn open_placeholders(problem: &Problem) -> Vec<String> {
    let Some(Sentences { what, instead }) = SENTENCES.get(&problem.code) else { return vec![problem.code.clone()] };
    let sentences = format!("{what} {instead}");
    let parts = sentences.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    parts
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !problem.params.contains_key(*name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
#[path = "problem_sentences_tests.rs"]
mod tests;
