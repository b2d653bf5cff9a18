//! Arguments of the commands that ask a server.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{PossibleValuesParser, RangedU64ValueParser},
};

use crate::domain::generation::Status;

/// Most generations that `list` shows.
const LISTED_MOST: u64 = 10_000;

/// Options of every command that asks a server.
#[derive(Debug, Args)]
pub struct ServerOptions {
    /// The server's address [default: what `SAMOKODER_SERVER` says, else port 4080 of this machine].
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// PEM file with the authority that vouches for the server, where this machine does not know it.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `samokoder submit`.
#[derive(Debug, Args)]
pub struct Submit {
    /// The spec: a .yaml, .json, .toml or .jdl file, or a .md or .txt file in your own words.
    #[arg(value_name = "SPEC")]
    pub spec: PathBuf,
    /// Text files that the spec's words refer to.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub attach: Vec<PathBuf>,
    /// Project that it belongs to [default: a new one].
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// Template pack [default: as the spec says].
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// Do not run the project; the result is `unverified`.
    #[arg(long)]
    pub no_verify: bool,
    /// Put the git history into the ZIP.
    #[arg(long)]
    pub with_history: bool,
    /// Higher goes first.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, allow_negative_numbers = true)]
    pub priority: i32,
    /// Address that is told of the end.
    #[arg(long, value_name = "URL")]
    pub webhook: Option<String>,
    /// Follow it until its end.
    #[arg(long)]
    pub watch: bool,
    /// The server.
    #[command(flatten)]
    pub server: ServerOptions,
}

/// `samokoder watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The generation.
    #[arg(value_name = "ID")]
    pub generation: String,
    /// Begin after the event of this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub after: i64,
    /// The server.
    #[command(flatten)]
    pub server: ServerOptions,
}

/// `samokoder download`.
#[derive(Debug, Args)]
pub struct Download {
    /// The generation.
    #[arg(value_name = "ID")]
    pub generation: String,
    /// ZIP to write [default: NAME.zip in this folder].
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: ServerOptions,
}

/// `samokoder list`.
#[derive(Debug, Args)]
pub struct List {
    /// Only those of a status.
    #[arg(long, value_name = "STATUS", value_parser = PossibleValuesParser::new(Status::ALL.map(Status::name)))]
    pub status: Option<String>,
    /// Only those of a project.
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// Only those whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Most that are listed.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = RangedU64ValueParser::<usize>::new().range(1..=LISTED_MOST))]
    pub limit: usize,
    /// The server.
    #[command(flatten)]
    pub server: ServerOptions,
}

/// `samokoder cancel`.
#[derive(Debug, Args)]
pub struct Cancel {
    /// The generation.
    #[arg(value_name = "ID")]
    pub generation: String,
    /// The server.
    #[command(flatten)]
    pub server: ServerOptions,
}
