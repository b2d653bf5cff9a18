//! Making, opening and changing a workspace (catalogue S-09 to S-14 and S-17).

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use samokoder::{
    domain::{
        id::{Chapter, CommitId, StepKey},
        path::ProjectPath,
        stage::Stage,
    },
    workspace::{Change, Class, Error, FILE_MAX_BYTES, Workspace},
};

pub(crate) fn step(name: &str) -> StepKey {
    Chapter::FIRST.key(Stage::Code, name)
}

pub(crate) fn write(path: &str, content: &str) -> Change {
    Change { path: ProjectPath::parse(path).unwrap(), content: Some(content.into()), executable: false }
}

pub(crate) fn script(path: &str, content: &str) -> Change {
    Change { executable: true, ..write(path, content) }
}

pub(crate) fn delete(path: &str) -> Change {
    Change { path: ProjectPath::parse(path).unwrap(), content: None, executable: false }
}

pub(crate) struct Home {
    home: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("workspace")
    }

    pub(crate) fn outside(&self) -> &Path {
        self.home.path()
    }

    /// A workspace with two commits.
    pub(crate) fn two_commits(&self) -> (Workspace, CommitId, CommitId) {
        let mut workspace = Workspace::create(&self.dir()).unwrap();
        let first =
            [write("README.md", "# Blog\n"), write("src/main.ts", "start()\n"), script("run.sh", "#!/bin/sh\n")];
        let first = workspace.commit(&step("base"), "Lay the base", &first).unwrap();
        let second = [write("src/main.ts", "start(8080)\n"), write("src/data/schema.ts", "tables\n")];
        let second = workspace.commit(&step("data"), "Add the data model", &second).unwrap();
        (workspace, first, second)
    }
}

/// Every file, link and empty folder beneath a folder, with content and whether it may be run.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            let status = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
            if status.is_dir() {
                if fs::read_dir(&path).unwrap().next().is_none() {
                    files.insert(format!("{name}/"), String::new());
                }
                folders.push(path);
            } else if status.is_file() {
                let mark = if status.permissions().mode() & 0o111 == 0 { "" } else { "*" };
                files.insert(format!("{name}{mark}"), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
            } else {
                files.insert(format!("{name}@"), String::new());
            }
        }
    }
    files
}

pub(crate) fn names(dir: &Path) -> Vec<String> {
    files(dir).into_keys().collect()
}

#[test]
fn commits_are_in_the_tree_and_in_the_history() {
    let home = Home::new();
    let (mut workspace, first, second) = home.two_commits();
    assert_eq!(workspace.head(), Some(&second));
    let tree = workspace.tree_path();
    assert_eq!(names(&tree), ["README.md", "run.sh*", "src/data/schema.ts", "src/main.ts"]);
    assert_eq!(fs::read_to_string(tree.join("src/main.ts")).unwrap(), "start(8080)\n");

    let third = [delete("src/data/schema.ts"), delete("run.sh"), write("src/data.ts", "")];
    let third = workspace.commit(&step("cut"), "Cut\n\nWhat nobody needs.\n", &third).unwrap();
    assert_eq!(names(&tree), ["README.md", "src/data.ts", "src/main.ts"]);

    let old: Vec<_> = workspace.entries(&first).unwrap();
    let old: Vec<_> = old.iter().map(|file| (file.path.as_str(), file.executable, file.content.len())).collect();
    assert_eq!(old, [("README.md", false, 7), ("run.sh", true, 10), ("src/main.ts", false, 8)]);

    let log = workspace.log(&third).unwrap();
    assert_eq!(log.iter().map(|entry| &entry.commit).collect::<Vec<_>>(), [&first, &second, &third]);
    assert_eq!(log[2].message, "Cut\n\nWhat nobody needs.");
    assert_eq!(log[2].step, Some(step("cut")));
    assert!(fs::read_dir(home.dir().join("staging")).unwrap().next().is_none());
}

#[test]
fn a_file_may_give_way_to_a_folder_and_back() {
    let home = Home::new();
    let mut workspace = Workspace::create(&home.dir()).unwrap();
    workspace.commit(&step("a"), "a", &[write("src", "x")]).unwrap();
    workspace.commit(&step("b"), "b", &[write("src/main.rs", "y"), delete("src")]).unwrap();
    assert_eq!(names(&workspace.tree_path()), ["src/main.rs"]);
    let last = workspace.commit(&step("c"), "c", &[delete("src/main.rs"), write("src", "z")]).unwrap();
    assert_eq!(names(&workspace.tree_path()), ["src"]);
    assert_eq!(workspace.entries(&last).unwrap().len(), 1);
}

#[test]
fn only_what_is_a_workspace_opens() {
    let home = Home::new();
    let absent = Workspace::open(&home.dir()).unwrap_err();
    assert!(matches!(absent, Error::NotWorkspace { .. }), "{absent}");
    fs::create_dir(home.dir()).unwrap();
    let error = Workspace::open(&home.dir()).unwrap_err();
    assert_eq!(error.class(), Class::Unusable, "{error}");
    assert!(names(&home.dir()).is_empty(), "nothing was made");

    drop(Workspace::create(&home.dir()).unwrap());
    fs::write(home.dir().join("workspace.json"), br#"{"workspace_version":2}"#).unwrap();
    let error = Workspace::open(&home.dir()).unwrap_err();
    assert!(error.to_string().contains("a newer version of the product made it (layout 2"), "{error}");
    fs::write(home.dir().join("workspace.json"), b"[]").unwrap();
    let error = Workspace::open(&home.dir()).unwrap_err();
    assert!(matches!(error, Error::Incompatible { .. }), "{error}");
}

#[test]
fn a_workspace_is_made_only_where_nothing_is() {
    let home = Home::new();
    drop(Workspace::create(&home.dir()).unwrap());
    let error = Workspace::create(&home.dir()).unwrap_err();
    assert!(error.to_string().contains("resume it"), "{error}");

    for present in ["notes.txt", "git/HEAD", "tree/mine.txt", "lock"] {
        let home = Home::new();
        let path = home.dir().join(present);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "somebody's").unwrap();
        let error = Workspace::create(&home.dir()).unwrap_err();
        assert_eq!(error.class(), Class::Unusable, "{present}: {error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
    }
}

#[test]
fn a_half_made_workspace_is_completed() {
    let home = Home::new();
    let (workspace, first, _) = home.two_commits();
    drop(workspace);
    let whole = home.dir();
    // As after kills at the lock, amid the git directory, and before the marker.
    for left in [vec!["lock"], vec!["lock", "git"], vec!["lock", "git", "journal", "logs", "scratch", "staging"]] {
        let home = Home::new();
        fs::create_dir(home.dir()).unwrap();
        for name in left {
            if name == "lock" {
                fs::write(home.dir().join(name), "").unwrap();
            } else {
                fs::create_dir(home.dir().join(name)).unwrap();
                fs::write(home.dir().join(name).join("config"), "[core").unwrap();
            }
        }
        fs::create_dir_all(home.dir().join("tree")).unwrap();
        let (again, commit, _) = home.two_commits();
        assert_eq!(commit, first);
        assert_eq!(names(&again.tree_path()), names(&whole.join("tree")));
    }
}

#[test]
fn one_process_at_a_time() {
    let home = Home::new();
    let workspace = Workspace::create(&home.dir()).unwrap();
    let error = Workspace::open(&home.dir()).unwrap_err();
    assert_eq!(error.class(), Class::Busy);
    assert!(error.to_string().contains("in use by another process"), "{error}");
    drop(workspace);
    Workspace::open(&home.dir()).unwrap();
}

#[test]
fn private_files_are_written_whole() {
    let home = Home::new();
    let workspace = Workspace::create(&home.dir()).unwrap();
    assert_eq!(workspace.read_private("spec.json").unwrap(), None);
    workspace.write_private("spec.json", b"{}").unwrap();
    workspace.write_private("spec.json", b"{\"name\":\"blog\"}").unwrap();
    assert_eq!(workspace.read_private("spec.json").unwrap().unwrap(), b"{\"name\":\"blog\"}");
    let mode = fs::metadata(home.dir().join("spec.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for name in ["", "..", "a/b", "../spec.json", "/etc/passwd", "workspace.json", "Tree", "lock", "git", "staging"] {
        assert_eq!(workspace.write_private(name, b"x").unwrap_err().class(), Class::Refused, "{name}");
        assert_eq!(workspace.read_private(name).unwrap_err().class(), Class::Refused, "{name}");
    }
}

/// Refuses the changes, and shows that nothing came of them.
fn assert_refused(changes: &[Change]) -> String {
    let home = Home::new();
    let (mut workspace, _, head) = home.two_commits();
    let before = files(&workspace.tree_path());
    let error = workspace.commit(&step("x"), "x", changes).unwrap_err();
    assert_eq!(error.class(), Class::Refused, "{error}");
    assert_eq!(workspace.head(), Some(&head));
    assert_eq!(files(&workspace.tree_path()), before);
    workspace.commit(&step("y"), "y", &[write("fine", "")]).unwrap();
    error.to_string()
}

#[test]
fn s09_names_that_some_file_system_takes_for_one_are_refused() {
    let cases = [
        vec![write("readme.md", "x")],
        vec![write("a.txt", ""), write("A.txt", "")],
        vec![write("SRC/other.ts", "")],
        vec![write("caf\u{e9}", ""), write("cafe\u{301}", "")],
        vec![write("d\u{c9}j\u{e0}/x", ""), write("d\u{e9}j\u{e0}/y", "")],
        vec![write("STRASSE", ""), write("stra\u{df}e", "")],
    ];
    for changes in cases {
        let message = assert_refused(&changes);
        assert!(message.contains("name collision"), "{message}");
    }
    assert_eq!(
        assert_refused(&[write("readme.md", "x")]),
        "`readme.md` is refused: name collision: `README.md` is there, and some file systems take `readme.md` for the same name"
    );
}

#[test]
fn s09_a_name_is_free_again_when_its_file_went() {
    let home = Home::new();
    let (mut workspace, ..) = home.two_commits();
    workspace.commit(&step("x"), "x", &[delete("README.md"), write("readme.md", "x")]).unwrap();
    let changes = [delete("src/main.ts"), delete("src/data/schema.ts"), write("Src/main.ts", "x")];
    workspace.commit(&step("y"), "y", &changes).unwrap();
    assert_eq!(names(&workspace.tree_path()), ["Src/main.ts", "readme.md", "run.sh*"]);
}

#[test]
fn s10_a_file_and_a_folder_of_one_name_are_refused() {
    let expected = "`src` is a folder and cannot be a file too";
    assert!(assert_refused(&[write("src", "x")]).contains(expected));
    assert!(assert_refused(&[write("README.md/x", "")]).contains("`README.md` is a file and cannot be a folder too"));
    let one = assert_refused(&[write("new", ""), write("new/x", "")]);
    assert!(one.contains("`new` is a file and cannot be a folder too"), "{one}");
    let other = assert_refused(&[write("new/x", ""), write("new", "")]);
    assert!(other.contains("`new` is a folder and cannot be a file too"), "{other}");
}

#[test]
fn s11_quotas_hold() {
    let many: Vec<Change> = (0..100_000).map(|number| write(&format!("many/{number}"), "")).collect();
    let message = assert_refused(&many);
    assert!(message.contains("the project would have 100004 files; it may have 100000"), "{message}");
    let large = Change { content: Some(vec![0; FILE_MAX_BYTES + 1]), ..write("large", "") };
    assert!(assert_refused(&[large]).contains("larger than 100 MiB"));
}

#[test]
fn contradictory_changes_are_refused() {
    assert!(assert_refused(&[write("a", "1"), write("a", "2")]).contains("one step changes it twice"));
    assert!(assert_refused(&[delete("absent")]).contains("no such file"));
}

#[test]
fn s14_nothing_is_written_through_a_link() {
    let home = Home::new();
    let (mut workspace, ..) = home.two_commits();
    let target = home.outside().join("target");
    fs::create_dir(&target).unwrap();
    symlink(&target, workspace.tree_path().join("d")).unwrap();
    symlink(target.join("file"), workspace.tree_path().join("f")).unwrap();
    for path in ["d/x", "d/deep/x", "d", "f"] {
        let error = workspace.commit(&step("x"), "x", &[write(path, "x")]).unwrap_err();
        assert_eq!(error.class(), Class::Refused, "{path}: {error}");
        assert!(error.to_string().contains("a link"), "{path}: {error}");
    }
    assert!(names(&target).is_empty());
}

#[test]
fn s17_a_loop_of_links_is_refused_at_once() {
    let home = Home::new();
    let (mut workspace, ..) = home.two_commits();
    symlink("b", workspace.tree_path().join("a")).unwrap();
    symlink("a", workspace.tree_path().join("b")).unwrap();
    let error = workspace.commit(&step("x"), "x", &[write("a/x", "x")]).unwrap_err();
    assert_eq!(error.class(), Class::Refused, "{error}");
}

#[test]
fn a_hard_link_out_of_the_tree_is_not_written_through() {
    let home = Home::new();
    let (mut workspace, ..) = home.two_commits();
    let outside = home.outside().join("kept");
    fs::hard_link(workspace.tree_path().join("README.md"), &outside).unwrap();
    workspace.commit(&step("x"), "x", &[write("README.md", "new")]).unwrap();
    assert_eq!(fs::read_to_string(outside).unwrap(), "# Blog\n");
}

#[test]
fn what_somebody_changed_meanwhile_is_not_overwritten() {
    let home = Home::new();
    let (mut workspace, _, head) = home.two_commits();
    for (path, theirs) in [("README.md", "mine"), ("new.md", "also mine")] {
        fs::write(workspace.tree_path().join(path), theirs).unwrap();
        let error = workspace.commit(&step("x"), "x", &[write(path, "the step's")]).unwrap_err();
        assert_eq!(error.class(), Class::Unsettled, "{error}");
        assert_eq!(fs::read_to_string(workspace.tree_path().join(path)).unwrap(), theirs);
        let error = workspace.commit(&step("y"), "y", &[write("other", "")]).unwrap_err();
        assert!(matches!(error, Error::Unsettled), "{error}");
        let settlement = workspace.settle(Some(&head)).unwrap();
        assert_eq!(settlement.unknown, [path]);
    }
    workspace.commit(&step("x"), "x", &[write("README.md", "the step's"), write("new.md", "")]).unwrap();
}

#[test]
fn a_checkout_is_plain_files() {
    let home = Home::new();
    let (workspace, first, _) = home.two_commits();
    let into = workspace.scratch_path().join("checkout");
    workspace.checkout(&first, &into).unwrap();
    assert_eq!(names(&into), ["README.md", "run.sh*", "src/main.ts"]);
    assert_eq!(fs::read_to_string(into.join("src/main.ts")).unwrap(), "start()\n");
    let error = workspace.checkout(&first, &into).unwrap_err();
    assert!(matches!(error, Error::Occupied { .. }), "{error}");
    let unknown = CommitId("0123456789012345678901234567890123456789".into());
    assert_eq!(workspace.checkout(&unknown, &home.outside().join("other")).unwrap_err().class(), Class::Damaged);
    assert_eq!(workspace.entries(&CommitId("no id".into())).unwrap_err().class(), Class::Damaged);
}
