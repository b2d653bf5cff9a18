//! The environment, taken once. Nothing else looks at it.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use crate::router::secret::EnvironmentSecrets;

/// Names the program's own folder in the user's folders (XDG Base Directory Specification 0.8).
const FOLDER: &str = "samokoder";

/// Environment variables that are set and not empty.
pub(super) struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// The variables of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(super) fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// These variables.
    pub(super) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { variables: variables.into_iter().filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// A variable.
    pub(super) fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(&OsString::from(name)).cloned()
    }

    /// A variable that names a file or a folder.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// A variable that is text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok()
    }

    /// The user's home folder.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.path("HOME").filter(|home| home.is_absolute())
    }

    /// The program's folder among those of a kind: `xdg` names the variable, `below_home` the folder when it is not set.
    pub(super) fn own_folder(&self, xdg: &str, below_home: &str) -> Option<PathBuf> {
        let base = self.path(xdg).filter(|base| base.is_absolute());
        Some(base.or_else(|| Some(self.home()?.join(below_home)))?.join(FOLDER))
    }

    /// The program's folder of settings.
    pub(super) fn settings_folder(&self) -> Option<PathBuf> {
        self.own_folder("XDG_CONFIG_HOME", ".config")
    }

    /// Those of some variables that are there, as secrets.
    pub(super) fn secrets(&self, names: &[&str]) -> EnvironmentSecrets {
        EnvironmentSecrets::new(names.iter().filter_map(|name| Some(((*name).to_owned(), self.text(name)?))))
    }
}
