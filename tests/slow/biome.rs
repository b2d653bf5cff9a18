//! The real Biome, for the tests that ask it.

use std::path::Path;

use tempfile::TempDir;

/// Version that generated projects use.
const VERSION: &str = "2.6.8";

/// Biome in a folder of its own.
pub(crate) struct Biome {
    folder: TempDir,
}

impl Biome {
    /// Downloads Biome from npm.
    pub(crate) fn install() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#).unwrap();
        let settings =
            r#"{ "formatter": { "indentStyle": "space", "lineWidth": 100 }, "assist": { "enabled": true } }"#;
        std::fs::write(folder.path().join("biome.json"), settings).unwrap();
        let biome = Self { folder };
        let package = format!("@biomejs/biome@{VERSION}");
        biome.run("npm", &["install", "--ignore-scripts", "--no-audit", "--no-fund", &package]);
        biome
    }

    /// A text as Biome formats it.
    pub(crate) fn formatted(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path().join(name), text).unwrap();
        self.run("npx", &["biome", "format", "--write", name]);
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Holds a text against Biome's recommended rules and its order of imports.
    pub(crate) fn check(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
        self.run("npx", &["biome", "check", "--error-on-warnings", "--max-diagnostics=50", name]);
    }

    /// What a module prints.
    pub(crate) fn node(&self, name: &str) -> String {
        self.run("node", &[name])
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    #[expect(clippy::disallowed_methods, reason = "npm and what it installs run in a folder of their own")]
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = std::process::Command::new(program).args(arguments).current_dir(self.path()).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {printed}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        printed
    }
}
