//! What the operator decides about running programs.

use std::path::PathBuf;

/// What the operator decides about running programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// This product's own executable, whose `__sandbox` modes build the sandbox: `std::env::current_exe()`.
    pub executable: PathBuf,
    /// Folders to look for programs in, after the system's own; for toolchains under a home folder, such as the
    /// operator's `PATH`. Relative ones are left out, and so is what lies in a command's work folder.
    pub program_folders: Vec<PathBuf>,
    /// The operator's home folder: never shown whole, even when a tool lives in it.
    pub home: Option<PathBuf>,
    /// Where throwaway folders are made, in the tiers without a `/tmp` of their own.
    pub scratch: PathBuf,
    /// A certificate bundle on top of the system's; shown when fetching, named in `NODE_EXTRA_CA_CERTS` and
    /// `SSL_CERT_FILE`.
    pub certificate_file: Option<PathBuf>,
    /// The operator's registry settings (an npmrc file, say) and the variable that names it to the package manager
    /// (`NPM_CONFIG_USERCONFIG`); shown when fetching, to nothing else.
    pub registry_settings: Option<(String, PathBuf)>,
    /// Proxy variables, such as `HTTPS_PROXY`; given when fetching, to nothing else.
    pub proxy: Vec<(String, String)>,
    /// Generated code may run in the tier [`None`](super::Tier::None).
    pub allow_unsandboxed: bool,
}

impl Settings {
    /// Settings with nothing of the operator's in them.
    #[must_use]
    pub fn new(executable: PathBuf, scratch: PathBuf) -> Self {
        Self {
            executable,
            program_folders: Vec::new(),
            home: None,
            scratch,
            certificate_file: None,
            registry_settings: None,
            proxy: Vec::new(),
            allow_unsandboxed: false,
        }
    }
}
