//! Which packages may be added to a project. Pure: facts and a time in, a verdict out.

use super::{
    PackageFacts, Release,
    name::{self, NameProblem},
    popular::{self, Likeness},
};
use crate::domain::{clock::Timestamp, shown::shown};

/// Most packages that agents add to one project.
pub const PACKAGES_MAX: usize = 10;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// A package that is younger may be a name that somebody registered because models invent it.
const PACKAGE_AGE_MIN_DAYS: u64 = 90;
/// A version that is younger may be one of a stolen account that nobody has noticed yet.
const RELEASE_AGE_MIN_DAYS: u64 = 3;
/// A package that is older has a name of its own right, though two letters of it are all that differ from a popular one.
const OWN_NAME_AGE_DAYS: u64 = 2 * 365;

/// Packages whose install scripts only print, measure, or fetch what their own dependencies bring already.
const WORKS_WITHOUT_SCRIPTS: [&str; 8] =
    ["@swc/core", "core-js", "core-js-pure", "es5-ext", "esbuild", "msw", "protobufjs", "sharp"];

/// Why a package is not added, as a model can act on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name is none.
    #[error("it is no name of an npm package; write the exact name, in small letters")]
    NoName,
    /// It says a version.
    #[error("write the name alone, without a version: the newest stable version is chosen here, and pinned")]
    WithVersion,
    /// It says where the package is.
    #[error("only packages of the registry can be added, by their names; no address, git reference or folder")]
    Place,
    /// It comes with Node.
    #[error("it comes with Node: import it as `node:{module}`, without a package")]
    BuiltIn {
        /// The module's name.
        module: String,
    },
    /// Its scope is served by another registry.
    #[error("packages of this scope come from a private registry, which projects do not use; do without it")]
    PrivateScope,
    /// The registry has none of that name.
    #[error("there is no such package in the registry; use one that you know to exist, or do without it")]
    Unknown,
    /// Its name is nearly that of another.
    #[error(
        "its name is nearly that of the popular package `{popular}`; if you mean that one, write its name, else do without"
    )]
    Alike {
        /// The popular package.
        popular: String,
    },
    /// It is too young.
    #[error(
        "it was first published less than {PACKAGE_AGE_MIN_DAYS} days ago; use an established package, or do without it"
    )]
    TooYoung,
    /// The registry does not say how old it is.
    #[error("the registry does not say when it was published; use an established package, or do without it")]
    NoAge,
    /// There is no version that could be taken.
    #[error(
        "it has no stable version that is at least {RELEASE_AGE_MIN_DAYS} days old; use another package, or do without it"
    )]
    NoRelease,
    /// Its author says not to use it.
    #[error("it is deprecated (\"{note}\"); use what has taken its place, or do without it")]
    Deprecated {
        /// What its author says.
        note: String,
    },
    /// It does not work without running programs at its installation.
    #[error("it runs install scripts, which are never run here; use a package that needs none, or do without it")]
    InstallScripts,
    /// There are enough.
    #[error("{PACKAGES_MAX} packages were added to this project already, and no more are; do without it")]
    TooMany,
    /// Something about this generation forbids it; the sentence says what.
    #[error("{0}; write what is needed with what the project has")]
    NotHere(String),
}

/// Judges a name by itself.
///
/// # Errors
/// What is wrong with it; nobody need be asked about it then.
pub fn judge_name(name: &str, has_own_registry: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    match name::problem(name) {
        Some(NameProblem::NoName) => Err(Refusal::NoName),
        Some(NameProblem::Version) => Err(Refusal::WithVersion),
        Some(NameProblem::Place) => Err(Refusal::Place),
        Some(NameProblem::BuiltIn) => {
            Err(Refusal::BuiltIn { module: name.strip_prefix("node:").unwrap_or(name).to_owned() })
        }
        None if name::scope(name).is_some_and(has_own_registry) => Err(Refusal::PrivateScope),
        None => match popular::alike(name) {
            Some((popular, Likeness::Near)) => Err(Refusal::Alike { popular: popular.to_owned() }),
            _ => Ok(()),
        },
    }
}

/// Judges what the registry told of a package whose name is good; gives the exact version to add.
///
/// # Errors
/// Why it is not added.
pub fn judge(name: &str, facts: Option<&PackageFacts>, now: Timestamp) -> Result<String, Refusal> {
    let facts = facts.ok_or(Refusal::Unknown)?;
    let first_published_at = facts.first_published_at.ok_or(Refusal::NoAge)?;
    let age = days_since(first_published_at, now);
    if age < PACKAGE_AGE_MIN_DAYS {
        return Err(Refusal::TooYoung);
    }
    if let Some((popular, _)) = popular::alike(name).filter(|_| age < OWN_NAME_AGE_DAYS) {
        return Err(Refusal::Alike { popular: popular.to_owned() });
    }
    let latest = facts.releases.first().ok_or(Refusal::NoRelease)?;
    let release = choose(&facts.releases, now).ok_or(Refusal::NoRelease)?;
    // The latest version says what its author thinks of the package; the chosen one what will be installed.
    if let Some(note) = latest.deprecated.as_ref().or(release.deprecated.as_ref()) {
        return Err(Refusal::Deprecated { note: shown(note.trim(), 200) });
    }
    if release.has_install_scripts && !works_without_scripts(name) {
        return Err(Refusal::InstallScripts);
    }
    Ok(release.version.clone())
}

/// The newest version that is old enough to be trusted.
#[must_use]
pub fn choose(releases: &[Release], now: Timestamp) -> Option<&Release> {
    releases.iter().find(|release| {
        release.published_at.is_some_and(|published_at| days_since(published_at, now) >= RELEASE_AGE_MIN_DAYS)
    })
}

/// Whether a package is known to work though its install scripts are not run.
pub(super) fn works_without_scripts(name: &str) -> bool {
    WORKS_WITHOUT_SCRIPTS.contains(&name)
}

/// Whole days; a time to come counts as now.
fn days_since(then: Timestamp, now: Timestamp) -> u64 {
    now.0.saturating_sub(then.0) / DAY_MS
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
