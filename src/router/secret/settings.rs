//! Where the operator keeps secrets.

use std::{path::PathBuf, sync::Arc};

use super::{ChainedSecrets, EnvironmentSecrets, FileSecrets, SecretFileError, SecretSource};

/// Where the operator keeps secrets.
#[derive(Debug, Clone, Default)]
pub struct SecretSettings {
    /// What the environment has.
    pub environment: EnvironmentSecrets,
    /// A file with more, for development; see [`FileSecrets`].
    pub file: Option<PathBuf>,
}

impl SecretSettings {
    /// Opens the sources: the environment goes before the file.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn open(self) -> Result<ChainedSecrets, SecretFileError> {
        let mut sources: Vec<Arc<dyn SecretSource>> = vec![Arc::new(self.environment)];
        if let Some(file) = self.file {
            sources.push(Arc::new(FileSecrets::open(&file)?));
        }
        Ok(ChainedSecrets::new(sources))
    }
}
