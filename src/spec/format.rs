//! Which format a spec file is in.

use regex::Regex;

/// A file format of specs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// YAML 1.2.
    Yaml,
    /// JSON (RFC 8259).
    Json,
    /// TOML 1.
    Toml,
    /// JHipster's domain language.
    Jdl,
    /// What somebody wants in his own words, as Markdown (`CommonMark`) or plain text.
    Prose,
}

impl Format {
    /// Tells the format by the file's ending, and by its content when the ending says nothing.
    pub(super) fn of(file_name: &str, text: &str) -> Self {
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("yaml" | "yml") => Self::Yaml,
            Some("json") => Self::Json,
            Some("toml") => Self::Toml,
            Some("jdl" | "jh") => Self::Jdl,
            Some("md" | "markdown" | "txt") => Self::Prose,
            _ => Self::by_content(text),
        }
    }

    /// Tells the format by the first line that is neither empty nor a comment of YAML and TOML; YAML when in doubt.
    fn by_content(text: &str) -> Self {
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
        if first.starts_with('{') {
            Self::Json
        } else if matches(r"^(//|/\*|@\w+|(application|entity|enum|relationship|use)\b[^:=]*$)", first) {
            Self::Jdl
        } else if matches(r#"^(\[[^,]*\]$|[\w."-]+\s*=)"#, first) {
            Self::Toml
        } else {
            Self::Yaml
        }
    }

    /// Name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Jdl => "JDL",
            Self::Prose => "text",
        }
    }
}

fn matches(pattern: &str, line: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(line))
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
