//! The `samokoder` program.

use std::process::ExitCode;

use clap::Parser;
use samokoder::{app, cli, process};

fn main() -> ExitCode {
    // The sandbox's own modes come first: they need a process with one thread and nothing opened.
    if let Some(code) = process::helper_main(std::env::args_os()) {
        return code;
    }
    match app::run(cli::Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cli::complain(&format!("error: {error:#}\n"));
            ExitCode::from(cli::exit::FAILED)
        }
    }
}
