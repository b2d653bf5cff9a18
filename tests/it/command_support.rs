//! The program as a user runs it, in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The pack of these tests.
pub(crate) const TINY: &str = "tests/fixtures/packs/tiny";

/// A folder to work in, with its own state and cache.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("cli-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    #[expect(clippy::disallowed_methods, reason = "the program is run as its user runs it")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samokoder"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("SAMOKODER_CACHE_DIR", self.path("cache"))
            .env("SAMOKODER_STATE_DIR", self.path("state"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran(self.command(arguments).output().unwrap())
    }

    /// `generate` with the tiny pack into `work` and `out.zip`.
    pub(crate) fn generate(&self, spec: &Path, options: &[&str]) -> Ran {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join(TINY);
        let fixed = ["generate", spec.to_str().unwrap(), "--pack", pack.to_str().unwrap()];
        self.run(&[&fixed, ["--workspace", "work", "-o", "out.zip"].as_slice(), options].concat())
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("out.report.json")).unwrap()).unwrap()
    }
}

/// A command that ended.
pub(crate) struct Ran(Output);

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub(crate) fn output(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn complaint(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.output().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "{}\n{}", self.output(), self.complaint());
        self
    }
}

/// A spec of one entity.
pub(crate) const NOTES: &str = "spec_version: 1
name: notes
entities:
  Note:
    fields:
      title: { type: string, required: true, max_length: 80 }
";

/// That spec as a file, with more at its end.
pub(crate) fn notes(bench: &Bench, more: &str) -> PathBuf {
    bench.write("notes.yaml", &format!("{NOTES}{more}"))
}
