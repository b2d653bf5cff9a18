//! Builds the adapters, wires them to the pipeline, and runs one command.

mod clock;
mod inspect;
mod work;

use anyhow::Result;

use crate::{
    cli::{Arguments, Command, exit},
    config,
};

/// Runs a command and gives the exit code.
///
/// # Errors
/// When the command could not do its work; the message says what happened and what to do.
pub fn run(arguments: Arguments) -> Result<u8> {
    match arguments.command {
        Command::Generate(command) => work::generate(&command),
        Command::Resume(command) => work::resume(&command),
        Command::Verify(command) => work::verify(&command),
        Command::Export(command) => work::export(&command),
        Command::Templates { json } => inspect::templates(json),
        Command::Schema => inspect::schema(),
        Command::Init { file } => inspect::init(&file),
        Command::Doctor { json } => inspect::doctor(&config::load(false)?, json),
        Command::Completions { shell } => Ok(inspect::completions(shell)),
    }
    .inspect(|code| debug_assert!([0, 1, 2, 3, exit::STOPPED].contains(code)))
}
