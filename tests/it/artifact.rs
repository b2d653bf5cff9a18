//! A delivery is made from a commit, never from the tree (catalogue S-13, S-15, S-16, S-17, S-23).

use std::{
    fs,
    io::{Cursor, Read as _},
    os::unix::fs::{PermissionsExt as _, symlink},
};

use samokoder::{
    artifact::{self, File, HistoryFile},
    domain::{id::CommitId, name::ProjectName},
    workspace::Workspace,
};
use serde_json::json;

use crate::workspace::{Home, names, step, write};

fn deliver(workspace: &Workspace, commit: &CommitId, with_history: bool) -> Vec<u8> {
    let files: Vec<File> = workspace
        .entries(commit)
        .unwrap()
        .into_iter()
        .map(|file| File { path: file.path, executable: file.executable, content: file.content })
        .collect();
    let history = if with_history { workspace.history(commit).unwrap() } else { Vec::new() };
    let history: Vec<HistoryFile> =
        history.into_iter().map(|file| HistoryFile { path: file.path, content: file.content }).collect();
    let name = ProjectName::parse("blog").unwrap();
    let destination = workspace.path().with_file_name("blog.zip");
    artifact::export(&destination, &name, &files, &history, &json!({ "commit": commit })).unwrap();
    fs::read(destination).unwrap()
}

#[test]
fn the_same_commit_gives_the_same_bytes_wherever_and_whenever() {
    let home = Home::new();
    let (workspace, _, second) = home.two_commits();
    let other = Home::new();
    let (elsewhere, _, same) = other.two_commits();
    for with_history in [false, true] {
        let one = deliver(&workspace, &second, with_history);
        // A ZIP tells time in steps of two seconds; a file that was touched an hour ago stands for an hour's wait.
        let hour_ago = std::time::SystemTime::UNIX_EPOCH;
        fs::File::open(elsewhere.tree_path().join("README.md")).unwrap().set_modified(hour_ago).unwrap();
        assert!(deliver(&elsewhere, &same, with_history) == one);
    }
}

#[test]
fn s13_s15_s16_s17_what_is_done_to_the_tree_is_not_delivered() {
    let home = Home::new();
    let (workspace, _, second) = home.two_commits();
    let golden = deliver(&workspace, &second, true);
    let tree = workspace.tree_path();
    let secret = home.outside().join("secret");
    fs::write(&secret, "canary").unwrap();
    symlink(&secret, tree.join("leak")).unwrap();
    symlink("/etc", tree.join("etc")).unwrap();
    symlink("b", tree.join("a")).unwrap();
    symlink("a", tree.join("b")).unwrap();
    fs::remove_file(tree.join("src/main.ts")).unwrap();
    fs::hard_link(&secret, tree.join("src/main.ts")).unwrap();
    fs::remove_file(tree.join("README.md")).unwrap();
    nix::unistd::mkfifo(&tree.join("README.md"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    fs::set_permissions(tree.join("run.sh"), fs::Permissions::from_mode(0o6777)).unwrap();
    assert!(deliver(&workspace, &second, true) == golden);
    drop(workspace);

    // What became of it is reported when the work goes on.
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(Some(&second)).unwrap();
    let moved: Vec<&str> = settlement.set_aside.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(moved, ["README.md", "a", "b", "etc", "leak"]);
    assert_eq!(settlement.unknown, ["src/main.ts"]);
    assert_eq!(fs::read_to_string(&secret).unwrap(), "canary");
    assert_eq!(names(&tree), ["README.md", "run.sh*", "src/data/schema.ts", "src/main.ts"]);
    assert!(deliver(&workspace, &second, true) == golden);
}

#[test]
fn s23_attributes_leave_the_delivery_complete_and_as_it_is() {
    let home = Home::new();
    let mut workspace = Workspace::create(&home.dir()).unwrap();
    let changes = [write(".gitattributes", "* export-ignore\n* export-subst\n"), write("a.txt", "$Format:%H$\n")];
    let commit = workspace.commit(&step("x"), "x", &changes).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(deliver(&workspace, &commit, false))).unwrap();
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        found.push((entry.name().unwrap().into_owned(), text));
    }
    assert_eq!(found[1], ("blog/GENERATION.json".to_owned(), format!("{{\n  \"commit\": \"{commit}\"\n}}\n")));
    assert_eq!(found[0].0, "blog/.gitattributes");
    assert_eq!(found[2], ("blog/a.txt".to_owned(), "$Format:%H$\n".to_owned()));
    assert_eq!(found.len(), 3);
}
