//! Parses arguments, runs, and turns the end into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    // First, while there is one thread: the sandbox's own processes are modes of this program.
    if let Some(code) = samokoder::process::helper_main(&arguments) {
        return ExitCode::from(code);
    }
    ExitCode::SUCCESS
}
