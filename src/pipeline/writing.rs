//! Turns what an agent wrote into changes of the project's files, or into what is wrong with it. Pure: an answer that has
//! one wrong part changes nothing.

use crate::{
    agents::{
        RoleName,
        edit::{self, FailedBlock},
        files::{self, Part},
    },
    domain::path::ProjectPath,
    workspace::Change,
};

use super::{dialogue::Complaint, snapshot::Snapshot};

/// Most bytes of one file that an agent writes.
const FILE_MAX_BYTES: usize = 512 * 1024;

/// Which files an agent may write: nothing, or why not.
pub(crate) type Permit<'a> = dyn Fn(&ProjectPath) -> Result<(), String> + 'a;

/// What came of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub(crate) changes: Vec<Change>,
    /// Tests that the agent holds to be wrong, each with the reason.
    pub(crate) disputes: Vec<(ProjectPath, String)>,
}

/// Reads an answer and applies it to the files that it was written for.
pub(crate) fn read(agent: RoleName, files: &Snapshot, permit: &Permit<'_>, text: &str) -> Result<Written, Complaint> {
    let answer = files::read(text);
    let mut problems: Vec<String> = answer.problems.iter().map(ToString::to_string).collect();
    if let Some(cut_off) = &answer.cut_off {
        problems.push(cut_off.to_string());
    }
    let mut written = Written::default();
    for part in answer.parts {
        match part {
            Part::File { path, content } => {
                write(&mut written, files, permit, path, Ok(content), &mut problems);
            }
            Part::Edit { path, blocks } => {
                let content = match files.text(&path) {
                    Some(current) => edit::apply(current, &blocks).map_err(|failed| sentences(&path, &failed)),
                    None => Err(vec![format!("`{path}` cannot be edited: there is no such text file; write it by <file>")]),
                };
                write(&mut written, files, permit, path, content, &mut problems);
            }
            Part::Delete { path } => match permit(&path) {
                Err(reason) => problems.push(reason),
                Ok(()) if !files.has(&path) => problems.push(format!("`{path}` cannot be deleted: it does not exist")),
                Ok(()) => written.changes.push(Change { path, content: None, executable: false }),
            },
            Part::Package { name, .. } => {
                problems.push(format!("the package `{name}` cannot be added: write what is needed with what is there"));
            }
            Part::Dispute { path, reason } if agent == RoleName::Debugger => written.disputes.push((path, reason)),
            Part::Dispute { .. } => problems.push("only tests that fail can be disputed".to_owned()),
        }
    }
    if problems.is_empty() && written.changes.is_empty() && written.disputes.is_empty() {
        problems.push("the answer holds no file, no edit and no deletion".to_owned());
    }
    if problems.is_empty() { Ok(written) } else { Err(Complaint { problems }) }
}

fn write(
    written: &mut Written,
    files: &Snapshot,
    permit: &Permit<'_>,
    path: ProjectPath,
    content: Result<String, Vec<String>>,
    problems: &mut Vec<String>,
) {
    if let Err(reason) = permit(&path) {
        problems.push(reason);
        return;
    }
    match content {
        Err(failed) => problems.extend(failed),
        Ok(content) if content.len() > FILE_MAX_BYTES => {
            let bytes = content.len();
            problems.push(format!("`{path}` would have {bytes} bytes; at most {FILE_MAX_BYTES} are possible"));
        }
        Ok(content) => {
            let executable = files.is_executable(&path);
            written.changes.push(Change { path, content: Some(content.into_bytes()), executable });
        }
    }
}

fn sentences(path: &ProjectPath, failed: &[FailedBlock]) -> Vec<String> {
    failed.iter().map(|block| format!("`{path}`: {block}")).collect()
}

/// Changes as a unified diff, for a reader.
pub(crate) fn diff(before: &Snapshot, changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let old = before.text(&change.path).unwrap_or_default();
        let new = change.content.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let (from, to) = match (before.has(&change.path), change.content.is_some()) {
            (false, _) => ("/dev/null".to_owned(), format!("b/{}", change.path)),
            (true, true) => (format!("a/{}", change.path), format!("b/{}", change.path)),
            (true, false) => (format!("a/{}", change.path), "/dev/null".to_owned()),
        };
        let lines = similar::TextDiff::from_lines(old, new.as_ref());
        text.push_str(&lines.unified_diff().context_radius(3).header(&from, &to).to_string());
    }
    text
}
