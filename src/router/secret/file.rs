//! Secrets from a file of the user's own, for development.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Read as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use futures::future::{self, BoxFuture};
use nix::{fcntl::OFlag, unistd::geteuid};
use toml::de::{DeTable, DeValue};

use super::{Secret, SecretError, SecretSource};

/// The most that whoever owns the file may do with it, and nobody else may do anything: read and write.
const MODE_MOST: u32 = 0o600;
/// All bits of a mode, sticky and set-id bits included.
const MODE_BITS: u32 = 0o7777;
/// More than anybody has keys; a device or a wrong file is not read to its end.
const BYTES_MOST: u64 = 64 * 1024;
/// Problems that one error names.
const PROBLEMS_MOST: usize = 10;

/// Secrets from a file: TOML texts (`NAME = "value"`) when its name ends in `.toml`, else lines `NAME=value`.
///
/// The file is read once, when it is opened, and only when nobody but its owner can: a regular file of the user's or of
/// root's with mode 0600 or stricter. It is for development; a service takes its keys from the environment.
#[derive(Debug, Clone)]
pub struct FileSecrets {
    by_name: BTreeMap<String, Secret>,
}

impl FileSecrets {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, others could read it too, or lines of it are not understood; all those lines are told, by
    /// number, without what they hold.
    pub fn open(path: &Path) -> Result<Self, SecretFileError> {
        let refused = |reason: String| SecretFileError { path: path.to_owned(), reason };
        let text = read_private(path).map_err(refused)?;
        let is_toml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        let (by_name, problems) = if is_toml { from_toml(&text) } else { from_lines(&text) };
        if problems.is_empty() { Ok(Self { by_name }) } else { Err(refused(told(&problems))) }
    }
}

/// A file with secrets cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("could not take secrets from {}: {reason}", path.display())]
pub struct SecretFileError {
    /// The file.
    pub path: PathBuf,
    /// Why not, and what to do; never what the file holds.
    pub reason: String,
}

impl SecretSource for FileSecrets {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret>, SecretError>> {
        Box::pin(future::ready(Ok(self.by_name.get(name).cloned())))
    }
}

/// Reads a file that only its owner can read. What was opened is what is looked at, so that nobody can put another in its
/// place in between; opening does not wait for a pipe's other end.
fn read_private(path: &Path) -> Result<String, String> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY).bits())
        .open(path)
        .map_err(|error| format!("{error}; name a file that is there and that you may read"))?;
    check(&file, path)?;
    let mut bytes = Vec::new();
    file.take(BYTES_MOST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > BYTES_MOST {
        return Err(format!("it has more than {BYTES_MOST} bytes; keep only keys in it"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not text in UTF-8; save it in UTF-8".to_owned())
}

fn check(file: &File, path: &Path) -> Result<(), String> {
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file; write the keys into one, `NAME=value` on each line".to_owned());
    }
    let user = geteuid().as_raw();
    if metadata.uid() != user && metadata.uid() != 0 {
        return Err(format!(
            "it belongs to the user {}, who could change it; make it yours (`chown {user} {}`)",
            metadata.uid(),
            path.display()
        ));
    }
    let mode = metadata.mode() & MODE_BITS;
    if mode & !MODE_MOST != 0 {
        return Err(format!("its mode is {mode:04o}, so that others may read it; run `chmod 600 {}`", path.display()));
    }
    Ok(())
}

type Read = (BTreeMap<String, Secret>, Vec<String>);

fn from_lines(text: &str) -> Read {
    let mut read = Read::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let line = line.strip_prefix("export ").unwrap_or(line);
        match line.split_once('=') {
            Some((name, value)) => keep(&mut read, number, name.trim(), unquoted(value.trim())),
            None => read.1.push(format!("line {number} is not `NAME=value`")),
        }
    }
    read
}

fn from_toml(text: &str) -> Read {
    let mut read = Read::default();
    let line_of = |offset: usize| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    match DeTable::parse(text) {
        Ok(table) => {
            for (name, value) in table.get_ref() {
                let line = line_of(name.span().start);
                match value.get_ref() {
                    DeValue::String(value) => keep(&mut read, line, name.get_ref(), value),
                    _ => read.1.push(format!("line {line} is not `NAME = \"value\"`")),
                }
            }
        }
        // The parser's own message may show the line, and so a key.
        Err(error) => {
            read.1.push(format!("line {} is not TOML", line_of(error.span().map_or(0, |span| span.start))));
        }
    }
    read
}

fn keep((by_name, problems): &mut Read, line: usize, name: &str, value: &str) {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        problems.push(format!("line {line} has a name with other characters than letters, digits and `_`"));
    } else if value.chars().any(|c| c.is_control() || !c.is_ascii()) {
        problems.push(format!("line {line} has a value with characters that no key has"));
    } else if let Some(secret) = Secret::trimmed(value.to_owned())
        && by_name.insert(name.to_owned(), secret).is_some()
    {
        problems.push(format!("line {line} repeats the name of an earlier line"));
    }
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

fn told(problems: &[String]) -> String {
    let mut told = problems.iter().take(PROBLEMS_MOST).map(String::as_str).collect::<Vec<_>>().join("; ");
    if problems.len() > PROBLEMS_MOST {
        told.push_str(&format!("; and {} more", problems.len() - PROBLEMS_MOST));
    }
    told
}
