//! Turns what an agent wrote into changes of the project's files, or into what is wrong with it. Pure: nothing is changed
//! until every part of an answer, or of the answers that mend it, can be used.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    agents::{
        AnswerProblem, ProblemKind, RoleName,
        answer::files::{self, Part},
        edit,
    },
    domain::{path::ProjectPath, self_starting},
    workspace::Change,
};

use super::{
    dialogue::Complaint,
    packages::{self, Addition},
    snapshot::Snapshot,
};

/// Most bytes of one file that an agent writes.
const FILE_MAX_BYTES: usize = 512 * 1024;
/// Rounds in which edits could not be applied, after which whole files are asked for.
const EDIT_ROUNDS_MAX: u32 = 3;

/// Which files an agent may write: nothing, or why not.
pub(crate) type Permit<'a> = dyn Fn(&ProjectPath) -> Result<(), String> + 'a;

/// What an agent wrote.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    /// Sorted by path, one for a path.
    pub(crate) changes: Vec<Change>,
    /// Tests that the agent holds to be wrong, each with the reason.
    pub(crate) disputes: Vec<(ProjectPath, String)>,
    /// Packages that are added.
    pub(crate) packages: Vec<Addition>,
    /// Why nothing that the agent may change would help, when it says so.
    pub(crate) blocked: Option<String>,
}

/// What an agent is writing: parts that can be used are kept while the others are mended.
pub(crate) struct Draft<'a> {
    agent: RoleName,
    files: &'a Snapshot,
    permit: &'a Permit<'a>,
    changes: BTreeMap<ProjectPath, Change>,
    disputes: BTreeMap<ProjectPath, String>,
    packages: BTreeMap<String, Addition>,
    blocked: Option<String>,
    /// Packages that were refused.
    refused: BTreeSet<String>,
    /// Files whose part could not be used so far.
    wanting: BTreeSet<ProjectPath>,
    edit_rounds: u32,
}

impl<'a> Draft<'a> {
    /// For the files that the agent was shown.
    pub(crate) fn new(agent: RoleName, files: &'a Snapshot, permit: &'a Permit<'a>) -> Self {
        Self {
            agent,
            files,
            permit,
            changes: BTreeMap::new(),
            disputes: BTreeMap::new(),
            packages: BTreeMap::new(),
            blocked: None,
            refused: BTreeSet::new(),
            wanting: BTreeSet::new(),
            edit_rounds: 0,
        }
    }

    /// Packages that an answer asks for, each with the reason.
    pub(crate) fn wishes(text: &str) -> Vec<(String, String)> {
        let wish = |part| match part {
            Part::Package { name, reason } => Some((name, reason)),
            Part::File { .. }
            | Part::Edit { .. }
            | Part::Delete { .. }
            | Part::Dispute { .. }
            | Part::Blocked { .. } => None,
        };
        files::read(text).parts.into_iter().filter_map(wish).collect()
    }

    /// Packages that earlier answers were given.
    pub(crate) fn given(&self) -> Vec<Addition> {
        self.packages.values().cloned().collect()
    }

    /// Takes an answer in, of somebody who cannot add packages.
    pub(crate) fn take(&mut self, text: &str) -> Result<Written, Complaint> {
        self.take_with(text, &BTreeMap::new())
    }

    /// Takes an answer in, and what is said to its wishes for packages; gives all that was written once nothing is wrong
    /// with it any more.
    pub(crate) fn take_with(
        &mut self,
        text: &str,
        packages: &BTreeMap<String, packages::Answer>,
    ) -> Result<Written, Complaint> {
        let answer = files::read(text);
        let mut problems = answer.problems;
        self.want(&problems);
        if let Some(cut_off) = &answer.cut_off {
            let message = "the answer ends in the middle of this part; write the part whole";
            problems.push(AnswerProblem::new(ProblemKind::CutOff, &cut_off.path, message));
        }
        let edits_failed_before = self.edit_rounds;
        for part in answer.parts {
            match part {
                Part::Package { name, .. } => match packages.get(&name) {
                    Some(Ok(addition)) => {
                        self.refused.remove(&name);
                        self.packages.extend(addition.clone().map(|addition| (name, addition)));
                    }
                    Some(Err(reason)) => self.refuse(name, reason.as_str(), &mut problems),
                    None => self.refuse(name, "no package can be added here", &mut problems),
                },
                part => self.part(part, &mut problems),
            }
        }
        self.miss_refused(&mut problems);
        if problems.is_empty() {
            let missing = "is still missing: its last version could not be used";
            problems.extend(self.wanting.iter().map(|path| problem(ProblemKind::Empty, path, missing)));
        }
        if problems.is_empty() && self.says_nothing() {
            let message = "the answer holds no file, no edit and no deletion in the form that was asked for";
            problems.push(AnswerProblem::new(ProblemKind::Empty, "", message));
        }
        if problems.iter().any(|problem| problem.kind == ProblemKind::Edit) {
            self.edit_rounds = edits_failed_before + 1;
        }
        if problems.is_empty() {
            let changes = self.changes.values().cloned().collect();
            let disputes = self.disputes.iter().map(|(path, reason)| (path.clone(), reason.clone())).collect();
            return Ok(Written { changes, disputes, packages: self.given(), blocked: self.blocked.clone() });
        }
        Err(Complaint { problems, wants_whole_files: self.edit_rounds >= EDIT_ROUNDS_MAX })
    }

    /// Whether nothing of any answer so far is kept.
    fn says_nothing(&self) -> bool {
        self.changes.is_empty() && self.disputes.is_empty() && self.blocked.is_none()
    }

    /// Wants every file anew of which a part came damaged. What may not be written at all, or came twice, need not come.
    fn want(&mut self, problems: &[AnswerProblem]) {
        let is_damage = |kind: ProblemKind| !matches!(kind, ProblemKind::UnsafePath | ProblemKind::Repeated);
        let damaged = problems.iter().filter(|problem| is_damage(problem.kind));
        let paths = damaged.filter_map(|problem| ProjectPath::parse(problem.path.trim()).ok());
        let wanting: Vec<ProjectPath> = paths.filter(|path| (self.permit)(path).is_ok()).collect();
        self.wanting.extend(wanting);
    }

    fn part(&mut self, part: Part, problems: &mut Vec<AnswerProblem>) {
        if let Some(path) = part.changes()
            && let Err(reason) = (self.permit)(path)
        {
            problems.push(problem(ProblemKind::UnsafePath, path, reason));
            return;
        }
        match part {
            Part::File { path, content } => self.write(path, content, problems),
            Part::Edit { path, blocks } => match self.files.text(&path) {
                None => {
                    let message = "there is no such text file to be edited; write it whole with <file>";
                    problems.push(problem(ProblemKind::Edit, &path, message));
                    self.wanting.insert(path);
                }
                Some(current) => match edit::apply(current, &blocks) {
                    Ok(content) => self.write(path, content, problems),
                    Err(failed) => {
                        problems.extend(failed.iter().map(|block| block.problem(path.as_str())));
                        self.wanting.insert(path);
                    }
                },
            },
            Part::Delete { path } if self.files.has(&path) => {
                self.wanting.remove(&path);
                self.changes.insert(path.clone(), Change { path, content: None, executable: false });
            }
            Part::Delete { path } => {
                problems.push(problem(ProblemKind::Empty, &path, "cannot be deleted: it does not exist"));
            }
            Part::Package { .. } => {}
            Part::Dispute { path, reason } if self.agent == RoleName::Debugger => {
                self.disputes.insert(path, reason);
            }
            Part::Dispute { path, .. } => {
                problems.push(problem(ProblemKind::UnsafePath, &path, "only a test that failed can be disputed"));
            }
            Part::Blocked { reason } if self.agent == RoleName::Debugger => self.blocked = Some(reason),
            Part::Blocked { .. } => {
                let message = "`<blocked>` is not for this answer: write the files that were asked for";
                problems.push(AnswerProblem::new(ProblemKind::Syntax, "", message));
            }
        }
    }

    fn refuse(&mut self, name: String, reason: &str, problems: &mut Vec<AnswerProblem>) {
        problems.push(AnswerProblem::new(ProblemKind::Package, &name, reason));
        // A place is no package: what a file imports by it may be the project's own.
        if !name.starts_with(['.', '/', '#']) {
            self.refused.insert(name);
        }
    }

    /// Wants every file anew that imports a package that was refused, in this answer or before.
    fn miss_refused(&mut self, problems: &mut Vec<AnswerProblem>) {
        let text =
            |change: &Change| String::from_utf8_lossy(change.content.as_deref().unwrap_or_default()).into_owned();
        let using = self.changes.values().filter_map(|change| {
            let text = text(change);
            let name = self.refused.iter().find(|name| imports(&text, name))?;
            Some((change.path.clone(), format!("uses the package {name}, which is refused: write it without")))
        });
        let using: Vec<(ProjectPath, String)> = using.collect();
        for (path, message) in using {
            problems.push(problem(ProblemKind::Package, &path, message));
            self.changes.remove(&path);
            self.wanting.insert(path);
        }
    }

    fn write(&mut self, path: ProjectPath, content: String, problems: &mut Vec<AnswerProblem>) {
        let bytes = content.len();
        if bytes > FILE_MAX_BYTES {
            let message = format!("would have {bytes} bytes; at most {FILE_MAX_BYTES} are possible");
            problems.push(problem(ProblemKind::TooLarge, &path, message));
            return;
        }
        if let Some(reason) = self_starting::refusal_of_file(&path, &content) {
            problems.push(problem(ProblemKind::UnsafePath, &path, reason));
            return;
        }
        self.wanting.remove(&path);
        let executable = self.files.is_executable(&path);
        self.changes.insert(path.clone(), Change { path, content: Some(content.into_bytes()), executable });
    }
}

/// Whether a file names a package, or something inside it, where an import would.
fn imports(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        matches!(before, Some('"' | '\'' | '`')) && matches!(after, Some('"' | '\'' | '`' | '/'))
    })
}

fn problem(kind: ProblemKind, path: &ProjectPath, message: impl Into<String>) -> AnswerProblem {
    AnswerProblem::new(kind, path.as_str(), message)
}

/// Changes as a unified diff, for a reader.
pub(crate) fn diff(before: &Snapshot, changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let old = before.text(&change.path).unwrap_or_default();
        let new = change.content.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let path = change.path.as_str();
        let (from, to) = match (before.has(&change.path), change.content.is_some()) {
            (false, _) => ("/dev/null".to_owned(), format!("b/{path}")),
            (true, true) => (format!("a/{path}"), format!("b/{path}")),
            (true, false) => (format!("a/{path}"), "/dev/null".to_owned()),
        };
        let lines = similar::TextDiff::from_lines(old, new.as_ref());
        text.push_str(&lines.unified_diff().context_radius(3).header(&from, &to).to_string());
    }
    text
}
