//! What plain git makes of a workspace (catalogue S-22 to S-27), and that nothing of the machine is in a commit (R-52).

use std::{fs, path::Path, process::Command};

use samokoder::{
    domain::id::CommitId,
    workspace::{HistoryFile, Workspace},
};

use crate::workspace::{Home, names, script, step, write};

/// Runs git on a workspace's git directory, free of the machine's configuration; gives what it prints, trimmed.
pub(crate) fn git(workspace: &Path, arguments: &[&str]) -> String {
    git_in(workspace, &["--git-dir=git"], arguments)
}

#[expect(clippy::disallowed_methods, reason = "what git says of a workspace is what is tested")]
fn git_in(dir: &Path, options: &[&str], arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(options)
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(output.status.success(), "git {arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
    text
}

fn unpack_history(history: &[HistoryFile], into: &Path) {
    for file in history {
        let path = into.join(".git").join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.content).unwrap();
    }
}

#[test]
fn plain_git_reads_the_history() {
    let home = Home::new();
    let (workspace, first, second) = home.two_commits();
    drop(workspace);
    assert_eq!(git(&home.dir(), &["fsck", "--strict", "--full"]), "");
    assert_eq!(git(&home.dir(), &["rev-list", "main"]), format!("{second}\n{first}"));
    assert_eq!(git(&home.dir(), &["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(
        git(&home.dir(), &["log", "-1", "--format=%an <%ae> %ad|%cn <%ce> %cd|%s|%(trailers)", "--date=iso"]),
        "Samokoder <samokoder@localhost> 2025-01-01 00:00:01 +0000\
         |Samokoder <samokoder@localhost> 2025-01-01 00:00:01 +0000|Add the data model|Samokoder-Step: code/data"
    );
    assert_eq!(git(&home.dir(), &["show", "main:src/main.ts"]), "start(8080)");
    assert!(git(&home.dir(), &["ls-tree", "-r", "main"]).contains("100755 blob"));
    let objects = home.dir().join("git/objects");
    assert!(names(&objects).iter().all(|name| name.starts_with("pack/") || name == "info/"), "no loose objects");
    assert_eq!(names(&objects).iter().filter(|name| name.ends_with(".pack")).count(), 2);
}

#[test]
fn s22_s23_s24_s25_files_that_configure_git_are_plain_files() {
    let home = Home::new();
    let mut workspace = Workspace::create(&home.dir()).unwrap();
    let canary = home.outside().join("pwn");
    let command = format!("touch {}", canary.display());
    let changes = [
        write(".gitattributes", "* filter=x text eol=crlf export-ignore ident\n*.txt export-subst\n"),
        write("a.txt", "$Id$ $Format:%H$\nunix\n"),
        write(".gitmodules", &format!("[submodule \"m\"]\n\tpath = m\n\turl = ext::sh -c {command}\n")),
        write(".gitconfig", &format!("[filter \"x\"]\n\tclean = {command}\n")),
        write("vendor/b/HEAD", "ref: refs/heads/main\n"),
        write("vendor/b/config", &format!("[core]\n\tbare = true\n\tfsmonitor = {command}\n")),
        write("vendor/b/objects/keep", ""),
        write("vendor/b/refs/keep", ""),
        script("vendor/b/hooks/pre-commit", &format!("#!/bin/sh\n{command}\n")),
    ];
    let commit = workspace.commit(&step("x"), "x", &changes).unwrap();
    let again = workspace.commit(&step("y"), "y", &[write("b.txt", "$Format:%H$")]).unwrap();
    workspace.settle(Some(&commit)).unwrap();
    workspace.settle(Some(&again)).unwrap();
    workspace.settle(Some(&commit)).unwrap();
    let checkout = workspace.scratch_path().join("checkout");
    workspace.checkout(&commit, &checkout).unwrap();

    let expected = "$Id$ $Format:%H$\nunix\n";
    assert_eq!(fs::read_to_string(checkout.join("a.txt")).unwrap(), expected);
    assert_eq!(fs::read_to_string(workspace.tree_path().join("a.txt")).unwrap(), expected);
    let entries = workspace.entries(&commit).unwrap();
    assert_eq!(entries.len(), changes.len());
    for (entry, change) in entries.iter().map(|entry| (entry, changes.iter().find(|change| change.path == entry.path)))
    {
        assert_eq!(Some(&entry.content), change.unwrap().content.as_ref());
    }
    assert!(!canary.exists());
}

#[test]
fn s26_a_message_is_data() {
    let home = Home::new();
    let mut workspace = Workspace::create(&home.dir()).unwrap();
    for (number, message) in
        ["--amend", "-m", "a\n\nSigned-off-by: x <y@z>", "", "zero\0", "# no comment", "x\n\nSamokoder-Step: forged"]
            .into_iter()
            .enumerate()
    {
        let commit = workspace.commit(&step("s"), message, &[write(&number.to_string(), "")]).unwrap();
        let log = workspace.log(&commit).unwrap();
        assert_eq!(log.len(), number + 1, "each is a commit of its own");
        let last = log.last().unwrap();
        assert_eq!(last.message, message.replace('\0', "\u{fffd}"));
        assert_eq!(last.step, Some(step("s")));
        assert_eq!(git(&home.dir(), &["log", "-1", "--format=%an", "main"]), "Samokoder");
    }
    assert_eq!(git(&home.dir(), &["fsck", "--strict", "--full"]), "");
}

#[test]
fn s27_no_ref_is_named_by_a_spec() {
    let home = Home::new();
    let (mut workspace, first, _) = home.two_commits();
    workspace.mark_pristine(&first).unwrap();
    workspace.commit(&step("--upload-pack=touch /tmp/pwn"), "../../refs/heads/evil", &[write("x", "")]).unwrap();
    let refs = git(&home.dir(), &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(refs, "refs/heads/main\nrefs/samokoder/pristine");
    let evil = CommitId("--upload-pack=touch /tmp/pwn".into());
    workspace.mark_pristine(&evil).unwrap_err();
}

#[test]
fn a_delivered_history_can_be_used_and_cloned() {
    let home = Home::new();
    let (workspace, _, second) = home.two_commits();
    let history = workspace.history(&second).unwrap();
    let user = home.outside().join("user");
    workspace.checkout(&second, &user).unwrap();
    fs::write(user.join("GENERATION.json"), "{}").unwrap();
    unpack_history(&history, &user);
    assert_eq!(git_in(&user, &[], &["fsck", "--strict", "--full"]), "");
    assert_eq!(git_in(&user, &[], &["status", "--porcelain"]), "");
    assert_eq!(git_in(&user, &[], &["rev-list", "--count", "HEAD"]), "2");
    git_in(home.outside(), &[], &["clone", "--quiet", "user", "clone"]);
    assert_eq!(git_in(&home.outside().join("clone"), &[], &["rev-parse", "HEAD"]), second.0);
    fs::write(user.join("README.md"), "mine").unwrap();
    git_in(&user, &["-c", "user.name=A", "-c", "user.email=a@b"], &["commit", "--quiet", "-am", "Mine"]);
}

#[test]
fn a_delivered_history_does_not_depend_on_how_it_came_about() {
    let home = Home::new();
    let (mut workspace, first, second) = home.two_commits();
    let history = workspace.history(&second).unwrap();
    // Parked work, a step done twice, and git's own repacking leave other packs behind.
    fs::write(workspace.tree_path().join("mine"), "mine").unwrap();
    workspace.settle(Some(&first)).unwrap();
    let changes = [write("src/main.ts", "start(8080)\n"), write("src/data/schema.ts", "tables\n")];
    assert_eq!(workspace.commit(&step("data"), "Add the data model", &changes).unwrap(), second);
    git(&home.dir(), &["repack", "-adq"]);
    assert!(workspace.history(&second).unwrap() == history);
    assert!(names(&home.dir().join("staging")).is_empty());
}

const CHILD: &str = "SAMOKODER_TEST_UMASK";

/// Generates in a fresh place and prints everything that has to be the same.
fn fingerprint() -> String {
    let home = Home::new();
    let (mut workspace, first, second) = home.two_commits();
    let third = [write("Ünïcode/é.md", "é"), script("src/tool", "x")];
    let third = workspace.commit(&step("more"), "Add é", &third).unwrap();
    let history = workspace.history(&third).unwrap();
    let history: Vec<(&str, &[u8])> = history.iter().map(|file| (file.path.as_str(), &file.content[..])).collect();
    let history = samokoder::domain::digest::Digest::of_named(history);
    drop(workspace);
    let mut workspace = Workspace::open(&home.dir()).unwrap();
    let settlement = workspace.settle(Some(&third)).unwrap();
    let tree = names(&workspace.tree_path());
    format!("{first} {second} {third} {history} {settlement:?} {tree:?}")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test runs itself in other surroundings")]
fn r52_time_zone_language_umask_path_and_user_configuration_do_not_matter() {
    if let Ok(umask) = std::env::var(CHILD) {
        let umask = nix::sys::stat::Mode::from_bits_truncate(umask.parse().unwrap());
        nix::sys::stat::umask(umask);
        println!("fingerprint: {}", fingerprint());
        return;
    }
    let expected = fingerprint();
    let user = tempfile::tempdir().unwrap();
    let config = "[user]\n\tname = Other\n[core]\n\tautocrlf = true\n\tcompression = 9\n[init]\n\tdefaultBranch = trunk\n\ttemplateDir = /nonexistent\n";
    fs::write(user.path().join(".gitconfig"), config).unwrap();
    let name = "workspace_git::r52_time_zone_language_umask_path_and_user_configuration_do_not_matter";
    for (umask, zone, language) in [(0o000, "UTC", "C"), (0o077, "Asia/Tokyo", "ru_RU.UTF-8"), (0o133, "EST5EDT", "C")]
    {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, umask.to_string())
            .env("TZ", zone)
            .env("LANG", language)
            .env("HOME", user.path())
            .env("TMPDIR", user.path())
            .env("GIT_AUTHOR_NAME", "Other")
            .env("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text.lines().find_map(|line| line.split_once("fingerprint: ").map(|(_, found)| found));
        assert_eq!(
            found,
            Some(expected.as_str()),
            "umask {umask:o}: {text} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
