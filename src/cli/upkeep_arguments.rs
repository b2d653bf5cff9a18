//! Arguments of the commands that copy a service, make one from a copy, and take workspaces over.

use std::path::PathBuf;

use clap::Args;

/// Where a service is.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// Folder of all that the service keeps on this host [default: service among the user's state files].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file [default: samokoder/config.toml among the user's settings, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `samokoder backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Folder to make; it appears whole or not at all.
    #[arg(value_name = "DIR")]
    pub target: PathBuf,
    /// The service.
    #[command(flatten)]
    pub service: DataOptions,
}

/// `samokoder restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The folder that `samokoder backup` made.
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// The service, which is not there yet.
    #[command(flatten)]
    pub service: DataOptions,
}

/// `samokoder adopt`.
#[derive(Debug, Args)]
pub struct Adopt {
    /// The workspace; it stays as it is.
    #[arg(value_name = "DIR")]
    pub workspace: PathBuf,
    /// Project that it is to belong to [default: a new one].
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// Whose it is to be: tenant and owner, as of an API key.
    #[arg(long, value_name = "TENANT/OWNER", default_value = "default/default")]
    pub key_owner: String,
    /// The service.
    #[command(flatten)]
    pub service: DataOptions,
}
