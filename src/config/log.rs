//! Where log lines and traces go.

use super::environment::Environment;

/// Where log lines and traces go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Which lines are written: a level, or directives of `tracing-subscriber`'s `EnvFilter`.
    pub filter: String,
    /// Whether lines are JSON.
    pub json: bool,
    /// Where traces are sent by OTLP over HTTP; none sends none.
    pub traces_to: Option<String>,
}

/// Reads the environment.
///
/// | variable | means | default |
/// |---|---|---|
/// | `SAMOKODER_LOG` | which lines are written | `info` |
/// | `SAMOKODER_LOG_FORMAT` | `json` for lines of JSON | lines for people |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | where traces are sent, such as `http://127.0.0.1:4318` | nowhere |
#[must_use]
pub fn log() -> Log {
    read(&Environment::of_process())
}

fn read(environment: &Environment) -> Log {
    Log {
        filter: environment.text("SAMOKODER_LOG").unwrap_or_else(|| "info".to_owned()),
        json: environment.text("SAMOKODER_LOG_FORMAT").is_some_and(|format| format == "json"),
        traces_to: environment.text("OTEL_EXPORTER_OTLP_ENDPOINT"),
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
