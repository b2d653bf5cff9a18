//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser},
};

use crate::{domain::spec::Limits, pipeline::TASKS_AT_ONCE, router::call::ModelClass};

const EXIT_CODES: &str = "\
Exit codes:
  0    verified (or the command did what it was asked)
  1    the project's checks failed, or the work could not go on
  2    the command line or the spec is wrong; nothing was started
  3    unverified: complete, but something was not run (always so with --no-verify)
  4    paused: a limit is reached, no provider can be asked, or the plan waits for `samokoder approve DIR`
  130  stopped; `samokoder resume DIR` goes on";

/// Turns an app spec into a working, verified project.
#[derive(Debug, Parser)]
#[command(name = "samokoder", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generates a project from a spec, verifies it and writes it as a ZIP.
    #[command(after_help = "Example:\n  samokoder generate examples/team-library.yaml -o library.zip")]
    Generate(Generate),
    /// Goes on with a generation that was interrupted.
    #[command(after_help = "Example:\n  samokoder resume ./library-workspace")]
    Resume(Resume),
    /// Says yes to the plan of a generation that waits for it, and goes on.
    #[command(after_help = "Example:\n  samokoder approve ./library-workspace")]
    Approve(Resume),
    /// Changes what a generation delivered, on top of its last commit.
    #[command(
        after_help = "Examples:\n  samokoder change ./library-workspace \"add tags to books\"\n  samokoder change ./library-workspace --spec library.yaml"
    )]
    Change(Change),
    /// Opens a project that was made elsewhere in a workspace, verifies it, and lets it be changed.
    #[command(
        after_help = "Examples:\n  samokoder import library.zip --workspace ./library-workspace\n  samokoder import ./library --spec library.yaml"
    )]
    Import(Import),
    /// Writes the ZIP of a workspace again, without running anything.
    #[command(after_help = "Example:\n  samokoder export ./library-workspace -o library.zip --with-history")]
    Export(Export),
    /// Runs the checks of a workspace's project once more.
    #[command(after_help = "Example:\n  samokoder verify ./library-workspace")]
    Verify(Verify),
    /// Takes a change back that has not come to its end: the project is again what was delivered before it.
    #[command(after_help = "Example:\n  samokoder abandon ./library-workspace")]
    Abandon(Abandon),
    /// Lists the template packs.
    #[command(after_help = "Example:\n  samokoder templates --json")]
    Templates {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the JSON Schema of the spec.
    #[command(after_help = "Example:\n  samokoder schema > samokoder.schema.json")]
    Schema,
    /// Writes a commented starter spec.
    #[command(after_help = "Example:\n  samokoder init my-app.yaml")]
    Init {
        /// File to write; never overwrites.
        #[arg(default_value = "samokoder.yaml", value_name = "FILE")]
        file: PathBuf,
    },
    /// Shows what this machine offers: sandbox tiers, limits, tools.
    #[command(after_help = "Example:\n  samokoder doctor")]
    Doctor {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Serves model calls over HTTP, in the wire formats of OpenAI and Anthropic.
    #[command(
        after_help = "Examples:\n  samokoder gateway\n  samokoder gateway --new-key team-a\n  samokoder gateway --listen 0.0.0.0:4040 --config samokoder.toml"
    )]
    Gateway(Gateway),
    /// Serves the API, and works on what is handed in.
    #[command(
        after_help = "Examples:\n  samokoder serve\n  samokoder serve --listen 0.0.0.0:4080 --workers 0 --config samokoder.toml"
    )]
    Serve(Serve),
    /// Works on what was handed in to a service, on this host too.
    #[command(after_help = "Example:\n  samokoder worker --workers 4 --config samokoder.toml")]
    Worker(ServiceOptions),
    /// Copies all that a service keeps on this host, while it serves.
    #[command(
        after_help = "Example:\n  samokoder backup /backups/monday --data /var/lib/samokoder\n\nWith PostgreSQL or a bucket, copy those by their own means."
    )]
    Backup(Backup),
    /// Makes a service's data folder from a backup.
    #[command(after_help = "Example:\n  samokoder restore /backups/monday --data /var/lib/samokoder")]
    Restore(Restore),
    /// Takes a workspace over into a service, on the service's host: from then on it is a generation like others.
    #[command(after_help = "Example:\n  samokoder adopt ./library-workspace --data /var/lib/samokoder")]
    Adopt(Adopt),
    /// Hands a spec in to a server.
    #[command(
        after_help = "The key is read from SAMOKODER_API_KEY.\n\nExample:\n  samokoder submit examples/team-library.yaml --watch"
    )]
    Submit(Submit),
    /// Follows a generation of a server's until its end.
    #[command(
        after_help = "The exit code is that of `generate`: 0 when it is verified.\n\nExample:\n  samokoder watch 0193c1f4-2b1c-7c3a-9f0e-2d3c4b5a6978"
    )]
    Watch(Watch),
    /// Fetches the project of a server's generation.
    #[command(after_help = "Example:\n  samokoder download 0193c1f4-2b1c-7c3a-9f0e-2d3c4b5a6978 -o library.zip")]
    Download(Download),
    /// Lists the generations of a server, the newest first.
    #[command(after_help = "Example:\n  samokoder list --status running")]
    List(List),
    /// Ends a generation of a server's.
    #[command(after_help = "Example:\n  samokoder cancel 0193c1f4-2b1c-7c3a-9f0e-2d3c4b5a6978")]
    Cancel(Cancel),
    /// Lists models, who serves them, and what they cost.
    #[command(after_help = "Example:\n  samokoder models --class coding --provider openai")]
    Models(Models),
    /// Prints a completion script for a shell.
    #[command(after_help = "Example:\n  samokoder completions bash > /etc/bash_completion.d/samokoder")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

pub use super::{
    client_arguments::{Cancel, Download, List, ServerOptions, Submit, Watch},
    upkeep_arguments::{Adopt, Backup, DataOptions, Restore},
};

/// `samokoder generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// The spec: a .yaml, .json, .toml or .jdl file, or a .md or .txt file in your own words.
    #[arg(value_name = "SPEC")]
    pub spec: PathBuf,
    /// Text files that the spec's words refer to.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub attach: Vec<PathBuf>,
    /// ZIP to write [default: NAME.zip in this folder].
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
    /// Folder for the work; holding the same spec's work, it goes on with that [default: a new one among the user's state files].
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    /// Use a template pack from a folder.
    #[arg(long, value_name = "DIR")]
    pub pack: Option<PathBuf>,
    /// Use agents from a folder; what it lacks is as usual.
    #[arg(long, value_name = "DIR")]
    pub agents: Option<PathBuf>,
    /// What to run and how to tell about it.
    #[command(flatten)]
    pub run: RunOptions,
    /// Who is asked what the pack cannot write.
    #[command(flatten)]
    pub models: ModelOptions,
    /// Put the git history into the ZIP.
    #[arg(long)]
    pub with_history: bool,
}

/// Options of every command that may ask models.
#[derive(Debug, Args)]
pub struct ModelOptions {
    /// The configuration file [default: samokoder/config.toml among the user's settings, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Prices of models in place of the product's own.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Write every answer into a transcript.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Take every answer from a transcript; nobody is asked.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    pub replay: Option<PathBuf>,
}

/// Limits that go before those of the spec.
#[derive(Debug, Args)]
pub struct LimitOptions {
    /// Most money for model calls of this generation, in USD.
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<rust_decimal::Decimal>,
    /// Most model calls of this generation.
    #[arg(long, value_name = "COUNT")]
    pub max_calls: Option<u32>,
    /// Most tokens of this generation, in and out.
    #[arg(long, value_name = "COUNT")]
    pub max_tokens: Option<u64>,
    /// Most minutes of work on this generation.
    #[arg(long, value_name = "MINUTES")]
    pub max_minutes: Option<u32>,
}

impl LimitOptions {
    /// The limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let Self { max_cost, max_calls, max_tokens, max_minutes } = self;
        Limits { minutes: *max_minutes, cost_usd: *max_cost, calls: *max_calls, tokens: *max_tokens }
    }
}

/// Options of every command that may run the project's checks.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Do not run the project; the result is `unverified` (exit code 3).
    #[arg(long)]
    pub no_verify: bool,
    /// Print one JSON event a line.
    #[arg(long)]
    pub json: bool,
    /// Run generated code even where no sandbox works. Only for code that you trust.
    #[arg(long)]
    pub allow_unsandboxed: bool,
    /// How many tasks agents work on at once; more saves time, and changes nothing else.
    #[arg(long, value_name = "COUNT", default_value_t = TASKS_AT_ONCE, value_parser = RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub tasks_at_once: usize,
}

/// `samokoder resume` and `samokoder approve`.
#[derive(Debug, Args)]
pub struct Resume {
    /// The workspace.
    #[arg(value_name = "DIR")]
    pub workspace: PathBuf,
    /// ZIP to write [default: as the generation was started].
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
    /// What to run and how to tell about it.
    #[command(flatten)]
    pub run: RunOptions,
    /// Who is asked what the pack cannot write.
    #[command(flatten)]
    pub models: ModelOptions,
    /// What the models may cost, in place of the spec's limits.
    #[command(flatten)]
    pub limits: LimitOptions,
}

/// `samokoder change`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("asked").required(true).args(["words", "file", "spec"]))]
pub struct Change {
    /// The workspace.
    #[arg(value_name = "DIR")]
    pub workspace: PathBuf,
    /// What is to change, in your own words.
    #[arg(value_name = "WORDS")]
    pub words: Option<String>,
    /// A text file that says in your own words what is to change.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The changed spec, in full; what follows from its structure needs no model.
    #[arg(long, value_name = "SPEC")]
    pub spec: Option<PathBuf>,
    /// Text files that the words refer to.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "spec")]
    pub attach: Vec<PathBuf>,
    /// Let tables and columns go with their rows where the changed spec has no place for them.
    #[arg(long)]
    pub drop_data: bool,
    /// ZIP to write [default: as the generation was started].
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
    /// Use agents from a folder; what it lacks is as usual.
    #[arg(long, value_name = "DIR")]
    pub agents: Option<PathBuf>,
    /// What to run and how to tell about it.
    #[command(flatten)]
    pub run: RunOptions,
    /// Who is asked what the pack cannot write.
    #[command(flatten)]
    pub models: ModelOptions,
    /// What the models may cost for this change, in place of the spec's limits.
    #[command(flatten)]
    pub limits: LimitOptions,
}

/// `samokoder import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The ZIP of a delivery, or the folder that it was unpacked into; with a spec that describes it, any other project.
    #[arg(value_name = "DIR_OR_ZIP")]
    pub project: PathBuf,
    /// The spec that describes the project [default: its GENERATION.json, else its samokoder.yaml].
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// ZIP to write [default: NAME.zip in this folder].
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
    /// Folder for the work; holding the same import, it goes on with that [default: a new one among the user's state files].
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    /// The template pack to work on the project with, from a folder [default: the one that it was made with, as it is now].
    #[arg(long, value_name = "DIR")]
    pub pack: Option<PathBuf>,
    /// What to run and how to tell about it.
    #[command(flatten)]
    pub run: RunOptions,
}

/// `samokoder export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The workspace.
    #[arg(value_name = "DIR")]
    pub workspace: PathBuf,
    /// ZIP to write [default: NAME.zip in this folder].
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: Option<PathBuf>,
    /// Put the git history into the ZIP.
    #[arg(long)]
    pub with_history: bool,
    /// The configuration file, for the keys that must not be in the result [default: as for `generate`].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `samokoder verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The workspace.
    #[arg(value_name = "DIR")]
    pub workspace: PathBuf,
    /// The configuration file, for the keys that must not be in the result [default: as for `generate`].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print one JSON event a line.
    #[arg(long)]
    pub json: bool,
    /// Run generated code even where no sandbox works. Only for code that you trust.
    #[arg(long)]
    pub allow_unsandboxed: bool,
}

/// `samokoder abandon`.
#[derive(Debug, Args)]
pub struct Abandon {
    /// The workspace.
    #[arg(value_name = "DIR")]
    pub workspace: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `samokoder gateway`.
#[derive(Debug, Args)]
pub struct Gateway {
    /// Where to listen; anywhere but on this machine, API keys must be configured [default: 127.0.0.1:4040].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The configuration file [default: samokoder/config.toml among the user's settings, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Prices of models in place of the product's own.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Make an API key, print it and what to write into the configuration file, and do nothing else.
    #[arg(long, value_name = "NAME", exclusive = true)]
    pub new_key: Option<String>,
}

/// `samokoder serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen [default: 127.0.0.1:4080].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// How it works.
    #[command(flatten)]
    pub service: ServiceOptions,
}

/// Options of every command that works for a service.
#[derive(Debug, Args)]
pub struct ServiceOptions {
    /// How many generations to work on at once; 0 leaves the work to others [default: the number of cores].
    #[arg(long, value_name = "COUNT", value_parser = RangedU64ValueParser::<usize>::new().range(0..=10_000))]
    pub workers: Option<usize>,
    /// Folder of all that the service keeps on this host [default: service among the user's state files].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file [default: samokoder/config.toml among the user's settings, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Prices of models in place of the product's own.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Run generated code even where no sandbox works. Only for code that you trust.
    #[arg(long)]
    pub allow_unsandboxed: bool,
}

/// `samokoder models`.
#[derive(Debug, Args)]
pub struct Models {
    /// Only models of a class.
    #[arg(long, value_name = "CLASS", value_parser = model_class())]
    pub class: Option<ModelClass>,
    /// Only what a provider serves.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The configuration file [default: samokoder/config.toml among the user's settings, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Prices of models in place of the product's own.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// List everything that has a price, not only what the router chooses from.
    #[arg(long, conflicts_with = "class")]
    pub all: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

fn model_class() -> impl TypedValueParser<Value = ModelClass> {
    PossibleValuesParser::new(ModelClass::ALL.map(ModelClass::name)).try_map(|name| {
        let class = ModelClass::ALL.into_iter().find(|class| class.name() == name);
        class.ok_or("there is no such class")
    })
}
