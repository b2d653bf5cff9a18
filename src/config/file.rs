//! The configuration file: where it is, and its text.

use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
};

use crate::domain::problem::Problem;

use super::environment::Environment;

/// Names the file in the environment.
const VARIABLE: &str = "SAMOKODER_CONFIG";
/// The file in the user's folder of settings.
const NAME: &str = "config.toml";
/// More than any operator writes; a wrong file is not read to its end.
const BYTES_MOST: u64 = 1024 * 1024;

/// A configuration file.
pub(super) struct ConfigFile {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its name for people.
    pub(super) name: String,
    pub(super) text: String,
}

/// Finds and reads the file: the one that the command line names, else the one that `SAMOKODER_CONFIG` names, else the
/// one in the user's folder of settings, which need not be there.
pub(super) fn read(named: Option<&Path>, environment: &Environment) -> Result<Option<ConfigFile>, Problem> {
    let named = named.map(Path::to_owned).or_else(|| environment.path(VARIABLE));
    let optional = named.is_none();
    let Some(path) = named.or_else(|| Some(environment.settings_folder()?.join(NAME))) else { return Ok(None) };
    let name = path.display().to_string();
    match text_of(&path) {
        Ok(text) => Ok(Some(ConfigFile { path, name, text })),
        Err(Unread::Failed(error)) if optional && is_absent(error.kind()) => Ok(None),
        Err(Unread::Failed(error)) => Err(of_file(Problem::new("config_unreadable", "").with("reason", error), name)),
        Err(Unread::TooLarge) => Err(of_file(Problem::new("config_too_large", "").with("most", BYTES_MOST), name)),
        Err(Unread::NotText) => Err(of_file(Problem::new("config_not_utf8", ""), name)),
    }
}

/// A folder on the way that is a file is as absent as the file.
fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

enum Unread {
    Failed(std::io::Error),
    TooLarge,
    NotText,
}

fn text_of(path: &Path) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Unread::Failed)?;
    file.take(BYTES_MOST + 1).read_to_end(&mut bytes).map_err(Unread::Failed)?;
    if bytes.len() as u64 > BYTES_MOST {
        return Err(Unread::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| Unread::NotText)
}

fn of_file(problem: Problem, name: String) -> Problem {
    Problem { file: Some(name), ..problem }
}
