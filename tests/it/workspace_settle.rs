//! Going on after a stop at any point (catalogue ), and keeping what nobody recorded.

use std::{
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
    path::Path,
};

use samokoder::{
    domain::id::CommitId,
    workspace::{Change, Class, Settlement, Workspace},
};

use crate::workspace::{Home, delete, files, names, script, step, write};
use crate::workspace_git::git;

const THIRD: &str = "Add the pages";

fn third() -> Vec<Change> {
    vec![
        write("src/main.ts", "start(8080, pages)\n"),
        write("src/pages/home.tsx", "<Home />\n"),
        script("bin/serve", "serve\n"),
        delete("run.sh"),
    ]
}

fn nothing_found(settlement: &Settlement) -> bool {
    settlement.parked.is_empty() && settlement.unknown.is_empty() && settlement.set_aside.is_empty()
}

fn parked_refs(dir: &Path) -> Vec<String> {
    let refs = git(dir, &["for-each-ref", "--format=%(refname)", "refs/samokoder/parked"]);
    refs.lines().map(str::to_owned).collect()
}

/// Copies a workspace as it is.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            fs::copy(item.path(), target).unwrap();
        }
    }
}

#[test]
fn an_untouched_workspace_settles_without_a_trace() {
    let home = Home::new();
    let (workspace, _, head) = home.two_commits();
    let tree = workspace.tree_path();
    drop(workspace);
    let before = files(&tree);
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    assert!(matches!(workspace.commit(&step("x"), "x", &[]).unwrap_err().class(), Class::Unsettled));
    assert_eq!(workspace.settle(Some(&head)).unwrap(), Settlement::default());
    assert_eq!(files(&tree), before);
    assert_eq!(workspace.head(), Some(&head));
}

#[test]
fn r12_a_commit_that_was_not_journaled_is_made_again_with_the_same_id() {
    let home = Home::new();
    let (mut workspace, _, second) = home.two_commits();
    let golden = workspace.commit(&step("pages"), THIRD, &third()).unwrap();
    let tree = files(&workspace.tree_path());
    drop(workspace);
    for _ in 0..2 {
        let mut workspace = Workspace::open(&home.dir()).unwrap();
        let settlement = workspace.settle(Some(&second)).unwrap();
        assert!(nothing_found(&settlement), "{settlement:?}");
        assert_eq!(names(&workspace.tree_path()), ["README.md", "run.sh*", "src/data/schema.ts", "src/main.ts"]);
        assert_eq!(git(&home.dir(), &["rev-parse", "main"]), second.0);
        assert_eq!(workspace.commit(&step("pages"), THIRD, &third()).unwrap(), golden);
        assert_eq!(files(&workspace.tree_path()), tree);
    }
    assert_eq!(git(&home.dir(), &["fsck", "--strict", "--full"]), "");
}

#[test]
fn r11_r12_a_kill_between_any_two_effects_of_a_commit_is_repaired() {
    let home = Home::new();
    let (mut workspace, _, second) = home.two_commits();
    let git_before = home.outside().join("git-before");
    copy(&home.dir().join("git"), &git_before);
    let tree_before = files(&workspace.tree_path());
    let golden = workspace.commit(&step("pages"), THIRD, &third()).unwrap();
    let tree_after = files(&workspace.tree_path());
    drop(workspace);

    // The effects in their order: objects, branch, then file by file. `None` puts a file back to before.
    let objects_only = |dir: &Path| {
        fs::copy(git_before.join("refs/heads/main"), dir.join("git/refs/heads/main")).unwrap();
    };
    let paths = ["run.sh", "bin/serve", "src/main.ts", "src/pages/home.tsx"];
    for done in 0..=paths.len() {
        for branch_moved in [true, false] {
            if !branch_moved && done > 0 {
                continue;
            }
            let killed = Home::new();
            copy(&home.dir(), &killed.dir());
            for path in &paths[done..] {
                let target = killed.dir().join("tree").join(path);
                let _ = fs::remove_file(&target);
                let marked = format!("{path}*");
                if let Some(content) = tree_before.get(*path).or(tree_before.get(&marked)) {
                    fs::write(&target, content).unwrap();
                    let source = home.outside().join("mode");
                    fs::write(&source, "").unwrap();
                    if tree_before.contains_key(&marked) {
                        use std::os::unix::fs::PermissionsExt as _;
                        fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).unwrap();
                    }
                }
            }
            if !branch_moved {
                objects_only(&killed.dir());
            }
            fs::write(killed.dir().join("staging/file"), "half a fi").unwrap();
            fs::write(killed.dir().join("git/refs/heads/main.lock"), "").unwrap();
            fs::write(killed.dir().join("git/HEAD.lock"), "").unwrap();

            let mut workspace = Workspace::open(&killed.dir()).unwrap();
            let settlement = workspace.settle(Some(&second)).unwrap();
            assert!(nothing_found(&settlement), "{done} files, branch {branch_moved}: {settlement:?}");
            let mut settled = files(&workspace.tree_path());
            settled.retain(|name, _| !name.ends_with('/'));
            assert_eq!(settled, tree_before);
            assert_eq!(workspace.commit(&step("pages"), THIRD, &third()).unwrap(), golden);
            assert_eq!(files(&workspace.tree_path()), tree_after);
            assert!(names(&killed.dir().join("staging")).is_empty());
            assert_eq!(git(&killed.dir(), &["fsck", "--strict", "--full"]), "");
        }
    }
}

#[test]
fn a_kill_before_the_first_commit_was_journaled_is_repaired() {
    let home = Home::new();
    let mut workspace = Workspace::create(&home.dir()).unwrap();
    let golden = workspace.commit(&step("base"), "Base", &[write("a/b", "1")]).unwrap();
    drop(workspace);
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(None).unwrap();
    assert!(nothing_found(&settlement), "{settlement:?}");
    assert!(names(&workspace.tree_path()).is_empty());
    assert_eq!(workspace.head(), None);
    assert_eq!(workspace.commit(&step("base"), "Base", &[write("a/b", "1")]).unwrap(), golden);
}

#[test]
fn refs_and_files_that_a_power_cut_tore_are_put_right() {
    let home = Home::new();
    let (workspace, _, head) = home.two_commits();
    let tree = workspace.tree_path();
    let before = files(&tree);
    drop(workspace);
    fs::write(home.dir().join("git/refs/heads/main"), "").unwrap();
    fs::remove_file(tree.join("run.sh")).unwrap();
    for folder in ["scratch", "logs", "journal"] {
        fs::remove_dir(home.dir().join(folder)).unwrap();
    }
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(Some(&head)).unwrap();
    assert!(nothing_found(&settlement), "{settlement:?}");
    assert_eq!(files(&tree), before);
    assert_eq!(git(&home.dir(), &["rev-parse", "main"]), head.0);
}

#[test]
fn work_that_no_step_made_is_parked_before_the_tree_is_set() {
    let home = Home::new();
    let (workspace, _, head) = home.two_commits();
    let tree = workspace.tree_path();
    let before = files(&tree);
    drop(workspace);
    fs::write(tree.join("README.md"), "# My blog\n").unwrap();
    fs::create_dir_all(tree.join("notes/deep")).unwrap();
    fs::write(tree.join("notes/deep/idea.md"), "an idea").unwrap();
    fs::remove_file(tree.join("run.sh")).unwrap();

    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(Some(&head)).unwrap();
    assert_eq!(settlement.parked, ["refs/samokoder/parked/1"]);
    assert_eq!(settlement.unknown, ["README.md", "notes/deep/idea.md"]);
    assert_eq!(files(&tree), before);
    assert_eq!(git(&home.dir(), &["show", "refs/samokoder/parked/1:README.md"]), "# My blog");
    assert_eq!(git(&home.dir(), &["show", "refs/samokoder/parked/1:notes/deep/idea.md"]), "an idea");
    assert_eq!(git(&home.dir(), &["rev-parse", "refs/samokoder/parked/1^"]), head.0);

    // Other work later goes to another ref; the same work once more does not.
    fs::write(tree.join("README.md"), "# My blog\n").unwrap();
    let settlement = workspace.settle(Some(&head)).unwrap();
    assert_eq!(settlement.parked, ["refs/samokoder/parked/1"]);
    fs::write(tree.join("README.md"), "# Their blog\n").unwrap();
    let settlement = workspace.settle(Some(&head)).unwrap();
    assert_eq!(settlement.parked, ["refs/samokoder/parked/2"]);
    assert_eq!(files(&tree), before);
    assert_eq!(git(&home.dir(), &["fsck", "--strict", "--full"]), "");
}

#[test]
fn work_in_the_place_of_files_and_folders_is_parked() {
    let home = Home::new();
    let (workspace, _, head) = home.two_commits();
    let tree = workspace.tree_path();
    let before = files(&tree);
    drop(workspace);
    fs::remove_dir_all(tree.join("src")).unwrap();
    fs::write(tree.join("src"), "a file now").unwrap();
    fs::remove_file(tree.join("README.md")).unwrap();
    fs::create_dir_all(tree.join("README.md/empty")).unwrap();
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(Some(&head)).unwrap();
    assert_eq!(settlement.unknown, ["src"]);
    assert_eq!(git(&home.dir(), &["show", "refs/samokoder/parked/1:src"]), "a file now");
    assert_eq!(files(&tree), before);
}

#[test]
fn somebodys_commit_on_the_branch_is_parked() {
    let home = Home::new();
    let (workspace, first, second) = home.two_commits();
    let tree = workspace.tree_path();
    let before = files(&tree);
    drop(workspace);
    let theirs = git(
        &home.dir(),
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit-tree",
            "-p",
            &second.0,
            "-m",
            "mine",
            &format!("{second}^{{tree}}"),
        ],
    );
    git(&home.dir(), &["update-ref", "refs/heads/main", &theirs]);
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    assert_eq!(workspace.settle(Some(&second)).unwrap().parked, ["refs/samokoder/parked/1"]);
    assert_eq!(git(&home.dir(), &["rev-parse", "refs/samokoder/parked/1"]), theirs);
    assert_eq!(git(&home.dir(), &["rev-parse", "main"]), second.0);
    assert_eq!(files(&tree), before);

    // A branch that is behind has nothing to keep, and neither has a HEAD on another branch.
    git(&home.dir(), &["update-ref", "refs/heads/main", &first.0]);
    git(&home.dir(), &["symbolic-ref", "HEAD", "refs/heads/other"]);
    assert!(workspace.settle(Some(&second)).unwrap().parked.is_empty());
    assert_eq!(git(&home.dir(), &["rev-parse", "HEAD"]), second.0);
    assert_eq!(parked_refs(&home.dir()), ["refs/samokoder/parked/1"]);
}

#[test]
fn what_git_cannot_keep_is_moved_out_of_the_tree() {
    let home = Home::new();
    let (workspace, _, head) = home.two_commits();
    let tree = workspace.tree_path();
    let before = files(&tree);
    drop(workspace);
    let secret = home.outside().join("secret");
    fs::write(&secret, "secret").unwrap();
    symlink(&secret, tree.join("leak")).unwrap();
    symlink("loop", tree.join("loop")).unwrap();
    fs::remove_file(tree.join("README.md")).unwrap();
    nix::unistd::mkfifo(&tree.join("README.md"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    let _socket = UnixListener::bind(tree.join("socket")).unwrap();
    fs::create_dir_all(tree.join("src/.git/hooks")).unwrap();
    fs::write(tree.join("src/.git/hooks/pre-commit"), "touch /tmp/pwn").unwrap();
    fs::write(tree.join(std::ffi::OsStr::from_bytes(b"not\xffutf8")), "x").unwrap();

    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(Some(&head)).unwrap();
    let moved: Vec<&str> = settlement.set_aside.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(moved, ["README.md", "leak", "loop", "not\u{fffd}utf8", "socket", "src/.git"]);
    assert!(settlement.parked.is_empty());
    assert_eq!(files(&tree), before);
    let aside = home.dir().join("set-aside/1");
    assert_eq!(
        names(&aside),
        ["README.md@", "leak@", "loop@", "not\u{fffd}utf8", "socket@", "src/.git/hooks/pre-commit"]
    );
    assert_eq!(fs::read_link(aside.join("leak")).unwrap(), secret);
    assert_eq!(workspace.settle(Some(&head)).unwrap(), Settlement::default());
}

#[test]
fn a_commit_that_is_not_there_is_named() {
    let home = Home::new();
    let (mut workspace, ..) = home.two_commits();
    let before = files(&workspace.tree_path());
    let absent = CommitId("00000000000000000000000000000000000000aa".into());
    let error = workspace.settle(Some(&absent)).unwrap_err();
    assert_eq!(error.class(), Class::Damaged);
    assert!(error.to_string().contains(&absent.0), "{error}");
    assert_eq!(files(&workspace.tree_path()), before);
}

#[test]
fn the_pristine_ref_stays_where_it_was_put() {
    let home = Home::new();
    let (mut workspace, first, second) = home.two_commits();
    assert_eq!(workspace.pristine(), None);
    workspace.mark_pristine(&first).unwrap();
    workspace.commit(&step("x"), "x", &[write("x", "")]).unwrap();
    drop(workspace);
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    workspace.settle(Some(&second)).unwrap();
    assert_eq!(workspace.pristine(), Some(first));
    workspace.mark_pristine(&second).unwrap();
    assert_eq!(workspace.pristine(), Some(second));
}

#[test]
fn a_copied_workspace_goes_on_elsewhere() {
    let home = Home::new();
    let (mut workspace, _, second) = home.two_commits();
    let golden = workspace.commit(&step("pages"), THIRD, &third()).unwrap();
    drop(workspace);
    let elsewhere = Home::new();
    copy(&home.dir(), &elsewhere.dir());
    let mut workspace = Workspace::open(&elsewhere.dir()).unwrap();
    assert!(nothing_found(&workspace.settle(Some(&second)).unwrap()));
    assert_eq!(workspace.commit(&step("pages"), THIRD, &third()).unwrap(), golden);
}
