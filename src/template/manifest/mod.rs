//! `template.toml`, typed.

mod data;
mod parse;
mod pattern;
mod read;
mod writing;

use std::collections::BTreeMap;

pub use pattern::Pattern;

use super::problem::PackProblem;
use crate::domain::blueprint::PackFacts;
use crate::domain::path::ProjectPath;

/// What a pack says about itself. It is data: running the commands is for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Machine name, `^[a-z][a-z0-9-]{0,62}$`.
    pub name: String,
    /// Version, three numbers.
    pub version: String,
    /// What it makes, one line.
    pub summary: String,
    /// Programs that a project of this pack needs on the machine that verifies it.
    pub toolchain: Vec<Tool>,
    /// Names that the pack's own code has taken; the blueprint keeps clear of them.
    pub reserved: Reserved,
    /// Groups of files, one commit each, in the order in which they are committed.
    pub sections: Vec<Section>,
    /// Files that some projects do without.
    pub conditions: Vec<Condition>,
    /// Files, relative to `files/`, that are written with the executable bit.
    pub executable: Vec<Pattern>,
    /// What files of a project are for, the first that matches counts. Empty when the pack does not say.
    pub purposes: Vec<Purpose>,
    /// Files of a project that nothing but the pack may change.
    pub protected: Vec<Pattern>,
    /// Parts of the guide that not everybody needs.
    pub guide_parts: Vec<GuidePart>,
    /// Folder of a project in which the tests of its features stand; `None` when the pack has no place for features.
    pub feature_tests: Option<ProjectPath>,
    /// How the data of a project comes to a new data model; `None` when the pack cannot bring it there.
    pub data: Option<Data>,
    /// How a project of this pack is installed, checked and started.
    pub commands: Commands,
    /// Limits that the commands run under unless the operator sets others.
    pub limits: Limits,
}

impl Manifest {
    /// The folder of the project in which tests of features live.
    #[must_use]
    pub fn feature_tests_folder(&self) -> &str {
        self.feature_tests.as_ref().map_or("tests/features", ProjectPath::as_str)
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text.
    pub fn parse(text: &str) -> Result<Self, Vec<PackProblem>> {
        parse::manifest(text)
    }

    /// What the derivation of a blueprint has to know of the pack.
    #[must_use]
    pub fn facts(&self) -> PackFacts {
        PackFacts {
            name: self.name.clone(),
            version: self.version.clone(),
            reserved_types: self.reserved.types.clone(),
            reserved_variables: self.reserved.variables.clone(),
            reserved_tables: self.reserved.tables.clone(),
            derived_names: self.reserved.derived_names.clone(),
            account_properties: self.reserved.account_properties.clone(),
        }
    }
}

/// A program that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name on the search path.
    pub program: String,
    /// Least version, numbers separated by dots; `None` takes any.
    pub minimum: Option<String>,
}

impl Tool {
    /// Whether a version is new enough, as the program reports it (`v20.20.2`, `git version 2.39.5`): its first number
    /// with a dot counts. A report without one is not enough when a minimum is set.
    #[must_use]
    pub fn is_satisfied_by(&self, reported: &str) -> bool {
        let Some(minimum) = self.minimum.as_deref().map(numbers) else { return true };
        reported
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))
            .is_some_and(|version| numbers(version) >= minimum)
    }
}

/// Numbers of a version, without zeros at its end, so that `20` and `20.0.0` are equal.
fn numbers(version: &str) -> Vec<u64> {
    let mut parts: Vec<u64> =
        version.split('.').map_while(|part| if part.is_empty() { None } else { part.parse().ok() }).collect();
    while parts.last() == Some(&0) {
        parts.pop();
    }
    parts
}

/// Names that the pack's own code has taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reserved {
    /// Names of types.
    pub types: Vec<String>,
    /// Names of variables and functions.
    pub variables: Vec<String>,
    /// Names of tables.
    pub tables: Vec<String>,
    /// Names that the pack makes of each entity's, such as `{pascal}Input`; in braces `pascal`, `camel`,
    /// `plural_pascal` or `plural_camel`.
    pub derived_names: Vec<String>,
    /// Properties that the pack adds to the account entity, in camel case.
    pub account_properties: Vec<String>,
}

/// A group of files that is committed as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Machine name, unique in the pack.
    pub id: String,
    /// Subject of the commit.
    pub title: String,
    /// Body of the commit: why it is so.
    pub why: String,
    /// Its files, relative to `files/`, placeholders and `.tera` as they stand there.
    pub files: Vec<Pattern>,
}

/// Files that are left out unless a boolean of the blueprint has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The files, relative to `files/`.
    pub files: Pattern,
    /// Name of the boolean, with dots to reach inside: `sign_in`, `uses.binary`, `entity.has_unique`.
    pub variable: String,
    /// Value at which the files are there.
    pub expected: bool,
}

/// How the data that a project keeps comes to a new data model: by migrations, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Files of a project that stay as they were first written, since databases were made by them.
    pub kept: Vec<Pattern>,
    /// Where a further migration stands, with `{number}` for its four digits.
    pub migration: String,
    /// The partial that writes one, relative to `partials/`; it sees a
    /// [`DataChange`](crate::domain::blueprint::DataChange).
    pub template: String,
}

/// What some files of a project are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// The files, by their paths in the project.
    pub files: Pattern,
    /// What they are for, one line.
    pub purpose: String,
}

/// A part of the guide that only those need who write certain files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuidePart {
    /// What follows the `## ` at its beginning; it ends where the next one begins.
    pub heading: String,
    /// The files, by their paths in the project.
    pub files: Vec<Pattern>,
}

/// How a project is installed, checked and started. No shell is involved: arguments are passed as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// Installs packages, with network. `None` when nothing is to be installed.
    pub fetch: Option<Fetch>,
    /// Checks, without network, in this order.
    pub verify: Vec<Verify>,
    /// Starts the application. `None` when there is nothing to start.
    pub serve: Option<Serve>,
    /// Folders kept between runs.
    pub caches: Vec<Cache>,
    /// Adds a package to those that say what to install, with network. `None` when the pack cannot.
    pub add_package: Option<AddPackage>,
    /// Formats files in place, without network. `None` when the pack has no formatter.
    pub format: Option<Format>,
}

/// The command that adds one package at one exact version to the manifest and the lockfile, and installs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPackage {
    /// Program and arguments, in which `{package}` and `{version}` stand for what is added.
    pub argv: Vec<String>,
    /// Variables it is given.
    pub environment: BTreeMap<String, String>,
    /// Project files that it sees and may change, by pattern.
    pub files: Vec<Pattern>,
    /// Seconds after which it has failed.
    pub time_limit_s: u32,
}

/// The command that formats files in place. It needs the packages; how it ends says nothing, since what it could not
/// mend is for the checks to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// Program and arguments; the argument `{files}` stands for the files.
    pub argv: Vec<String>,
    /// Variables it is given.
    pub environment: BTreeMap<String, String>,
    /// Seconds after which it has failed.
    pub time_limit_s: u32,
}

/// The command that installs packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Variables it is given.
    pub environment: BTreeMap<String, String>,
    /// Project files that it may see, by pattern: those that say what to install, none of the project's code.
    pub files: Vec<Pattern>,
    /// Seconds after which it has failed.
    pub time_limit_s: u32,
}

/// A command that checks the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verify {
    /// Machine name, unique in the pack.
    pub id: String,
    /// What it checks, for people.
    pub title: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Variables it is given.
    pub environment: BTreeMap<String, String>,
    /// Seconds after which it has failed.
    pub time_limit_s: u32,
    /// Whether it connects to itself over loopback.
    pub needs_loopback: bool,
    /// How it tells of the tests that it runs, those of features among them. `None` when it runs none, or does not tell.
    pub test_report: Option<TestReport>,
}

/// How a command tells of the tests that it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestReport {
    /// A line for each test, as vitest's reporter `verbose` writes them.
    Vitest,
}

/// The command that starts the application, and how to tell that it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Variables it is given.
    pub environment: BTreeMap<String, String>,
    /// Variable that tells it the port to listen on.
    pub port_variable: String,
    /// Seconds in which the first probe must be answered.
    pub ready_time_limit_s: u32,
    /// Requests that must be answered as expected, in this order, at least one.
    pub probes: Vec<Probe>,
}

/// A `GET` request and the answer that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Path, with the leading slash.
    pub path: String,
    /// Status expected.
    pub status: u16,
    /// Media type expected, without parameters.
    pub content_type: String,
}

/// A folder kept between runs, in which a program finds what it downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Name of the folder.
    pub name: String,
    /// Variable that tells the program where the folder is.
    pub variable: String,
}

/// Limits that commands run under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of all processes together.
    pub memory_mib: u32,
    /// Processes and threads at a time.
    pub processes: u32,
    /// Space that they may fill on disk.
    pub disk_mib: u32,
    /// Output of one command that is kept.
    pub output_mib: u32,
}

impl Default for Limits {
    /// Limits that suit an npm project: what a build and its tests were seen to need, doubled.
    fn default() -> Self {
        Self { memory_mib: 2048, processes: 512, disk_mib: 2048, output_mib: 16 }
    }
}
