use std::path::PathBuf;

use super::{
    Error, Settings,
    programs::{Program, Programs},
};

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn program(&self, name: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "#!/usr/bin/env node\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn find(&self, name: &str, folder: &str) -> Result<Program, Error> {
        let mut settings = Settings::new("/samokoder".into(), "/tmp".into());
        settings.program_folders = vec![PathBuf::from("relative"), self.path(folder)];
        settings.home = Some(self.path(""));
        Programs::new(&settings).find(name, &self.path("work"))
    }
}

#[test]
fn an_installation_is_shown_whole_when_it_stands_alone() {
    let home = Home::new();
    let node = home.program(".nvm/versions/node/v20/bin/node");
    home.program(".nvm/versions/node/v20/lib/node_modules/npm/bin/npm-cli.js");
    let npm = home.path(".nvm/versions/node/v20/bin/npm");
    std::os::unix::fs::symlink("../lib/node_modules/npm/bin/npm-cli.js", &npm).unwrap();
    let folder = ".nvm/versions/node/v20/bin";
    let shows = vec![home.path(".nvm/versions/node/v20")];
    assert_eq!(home.find("node", folder).unwrap(), Program { path: node, shows: shows.clone() });
    assert_eq!(home.find("npm", folder).unwrap(), Program { path: npm, shows });
}

#[test]
fn a_home_folder_is_never_shown_whole() {
    let home = Home::new();
    for folder in ["bin", ".local/bin"] {
        let node = home.program(&format!("{folder}/node"));
        assert_eq!(home.find("node", folder).unwrap(), Program { path: node.clone(), shows: vec![node] });
    }
    let real = home.program(".local/lib/node_modules/npm/bin/npm-cli.js");
    std::os::unix::fs::symlink("../lib/node_modules/npm/bin/npm-cli.js", home.path(".local/bin/npm")).unwrap();
    let found = home.find("npm", ".local/bin").unwrap();
    assert_eq!(found, Program { path: real, shows: vec![home.path(".local/lib/node_modules")] });
}

#[test]
fn a_link_out_of_a_home_folder_is_followed() {
    let home = Home::new();
    let real = home.program("tools/node-v20/bin/node");
    std::fs::create_dir_all(home.path("bin")).unwrap();
    std::os::unix::fs::symlink(&real, home.path("bin/node")).unwrap();
    assert_eq!(home.find("node", "bin").unwrap(), Program { path: real, shows: vec![home.path("tools/node-v20")] });
}

#[test]
fn the_systems_programs_need_nothing_shown() {
    let home = Home::new();
    let found = home.find("env", "none").unwrap();
    assert!(found.shows.is_empty() && found.path.is_absolute(), "{found:?}");
}

#[test]
fn what_is_not_a_program_is_not_found() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("bin/folder")).unwrap();
    std::fs::write(home.path("bin/text"), "").unwrap();
    home.program("work/bin/ours");
    std::os::unix::fs::symlink(home.path("work/bin/ours"), home.path("bin/linked-out")).unwrap();
    for name in ["folder", "text", "linked-out", "none"] {
        let found = home.find(name, "bin");
        assert!(matches!(&found, Err(Error::MissingProgram { .. })), "{name}: {found:?}");
    }
    assert!(matches!(home.find("ours", "work/bin"), Err(Error::MissingProgram { .. })));
    for name in ["./ours", "bin/ours", "../ours"] {
        assert!(matches!(home.find(name, "work"), Err(Error::Refused { .. })), "{name}");
    }
    let message = home.find("none", "bin").unwrap_err().to_string();
    assert!(message.contains("`none` was not found in ") && message.contains("/usr/bin"), "{message}");
    assert!(!message.contains("relative"), "{message}");
}
