//! `report.json`: verdicts and the machine's part, beside the ZIP and never in it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{asking::AgentSpent, sandbox::Task};
use crate::{
    domain::{
        digest::Digest,
        generation::{State, Verdict},
        id::{CommitId, GenerationId},
        problem::Problem,
    },
    process::Tier,
};

/// Version of the report's form; raised when a field changes its meaning or goes.
pub(super) const REPORT_VERSION: u32 = 1;

/// What was made, what was run, and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this form; raised when a field changes its meaning or goes.
    pub report_version: u32,
    /// How the generation ended.
    pub state: State,
    /// The generation.
    pub generation: GenerationId,
    /// The project's name.
    pub project: String,
    /// Digest of the spec's normal form.
    pub spec_digest: Digest,
    /// What the spec's file had that has no meaning here.
    pub ignored: Vec<Problem>,
    /// What is to be known of an imported project before it is changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Problem>,
    /// The template pack.
    pub template: TemplateRecord,
    /// What was delivered.
    pub artifact: ArtifactRecord,
    /// The last commit.
    pub commit: CommitId,
    /// What was changed of an earlier delivery, when that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeRecord>,
    /// Where the work is.
    pub workspace: String,
    /// Version of the product.
    pub product_version: String,
    /// Sandbox tier in which the checks ran; `None` when none was run.
    pub sandbox: Option<Tier>,
    /// Versions of the tools that the checks used.
    pub tools: BTreeMap<String, String>,
    /// Every check of the last round.
    pub checks: Vec<Check>,
    /// Refs of the workspace's git directory that keep work which nobody recorded.
    pub parked: Vec<String>,
    /// What agents gave up, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<String>,
    /// What was done about checks that failed, round by round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mended: Vec<String>,
    /// Packages that agents added to the project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages_added: Vec<AddedPackage>,
    /// Packages that agents asked for and did not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages_refused: Vec<RefusedPackage>,
    /// What model calls took, by stage and agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentSpent>,
}

/// A change of an earlier delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// Which of the generation's changes, from 1.
    pub number: u32,
    /// What was asked for, in words; empty when a changed spec said all.
    pub words: String,
    /// The page in the project that tells it.
    pub page: String,
}

/// A package that an agent added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedPackage {
    /// Its name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Why it is needed, as the agent says.
    pub reason: String,
}

/// A package that an agent asked for and did not get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedPackage {
    /// Its name, as the agent wrote it, made fit to be shown.
    pub name: String,
    /// Why it was refused.
    pub reason: String,
}

/// A template pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRecord {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Digest of its files.
    pub digest: Digest,
}

/// A written ZIP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRecord {
    /// Where it is.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// How many files it has, `GENERATION.json` counted.
    pub files: usize,
}

/// What became of one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name, unique in a round.
    pub id: String,
    /// What it checks, for people.
    pub title: String,
    /// Program and arguments; empty when the product itself asked the started application for a page.
    pub command: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The full log.
    pub log: Option<String>,
    /// The last lines of the log.
    pub tail: Vec<String>,
}

impl Check {
    pub(crate) fn passed(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            command: Vec::new(),
            verdict: Verdict::Passed,
            duration_ms: 0,
            log: None,
            tail: Vec::new(),
        }
    }

    pub(crate) fn not_run(task: &Task, reason: &str) -> Self {
        Self {
            command: task.argv.clone(),
            verdict: Verdict::NotRun { reason: reason.to_owned() },
            ..Self::passed(&task.id, &task.title)
        }
    }
}

/// Where the report of an artifact stands: `library.zip` has `library.report.json` beside it.
#[must_use]
pub fn report_path(artifact: &Path) -> PathBuf {
    artifact.with_extension("report.json")
}
