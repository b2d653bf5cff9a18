//! The `samokoder` program: parses arguments, runs, and turns the end into an exit code.

use std::process::ExitCode;

use clap::Parser;
use samokoder::{app, cli, process};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    // HTTP clients that bring no TLS of their own take this one. It is refused only when there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Next, while there is one thread: the sandbox's own processes are modes of this program.
    if let Some(code) = process::warden_main(&arguments) {
        return ExitCode::from(code);
    }
    match app::run(cli::Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cli::complain(&format!("error: {error:#}\n"));
            ExitCode::from(cli::exit::FAILED)
        }
    }
}
