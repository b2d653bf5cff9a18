use std::{fs, io::Read as _};

use serde_json::json;

use super::*;

fn file(path: &str, executable: bool, content: &[u8]) -> File {
    File { path: ProjectPath::parse(path).unwrap(), executable, content: content.to_vec() }
}

fn name() -> ProjectName {
    ProjectName::parse("blog").unwrap()
}

fn sample() -> Vec<File> {
    vec![
        file("src/main.ts", false, b"start()\n"),
        file("run.sh", true, b"#!/bin/sh\n"),
        file("Ünïcode.md", false, &b"x".repeat(10_000)),
        file("src-old", false, b""),
    ]
}

#[test]
fn entries_are_sorted_dated_and_of_two_modes() {
    let history = [HistoryFile { path: "refs/heads/main".into(), content: b"0\n".to_vec() }];
    let (bytes, artifact) = pack(&name(), &sample(), &history, &json!({ "spec": "digest" })).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        assert_eq!(entry.last_modified(), Some(zip::DateTime::DEFAULT));
        assert_eq!(entry.extra_data().unwrap_or_default().len(), 0, "nothing beside the entry itself");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((entry.name().unwrap().into_owned(), entry.unix_mode(), content.len()));
    }
    assert_eq!(
        found,
        [
            ("blog/.git/refs/heads/main".to_owned(), Some(0o100_644), 2),
            ("blog/GENERATION.json".to_owned(), Some(0o100_644), 23),
            ("blog/run.sh".to_owned(), Some(0o100_755), 10),
            ("blog/src-old".to_owned(), Some(0o100_644), 0),
            ("blog/src/main.ts".to_owned(), Some(0o100_644), 8),
            ("blog/Ünïcode.md".to_owned(), Some(0o100_644), 10_000),
        ]
    );
    assert_eq!((artifact.entries, artifact.size_bytes), (6, bytes.len() as u64));
    assert_eq!(artifact.digest, Digest::of(&bytes));
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let mut files = sample();
    let (one, _) = pack(&name(), &files, &[], &json!({})).unwrap();
    files.reverse();
    let (two, _) = pack(&name(), &files, &[], &json!({})).unwrap();
    assert!(one == two);
}

/// Bytes that change with a new version of the crates that compress would change every artifact's digest: this is where
/// it shows.
#[test]
fn the_bytes_are_those_of_the_pinned_crates() {
    let (_, artifact) = pack(&name(), &sample(), &[], &json!({ "spec": "digest" })).unwrap();
    insta::assert_snapshot!(artifact.digest.as_str(), @"0f7449d55212634dd54fa315d49ac2bd3cee741fae70eb9842848142ac1969e9");
}

#[test]
fn what_cannot_go_in_is_refused() {
    let twice = [file("a", false, b"1"), file("a", false, b"2")];
    let error = pack(&name(), &twice, &[], &json!({})).unwrap_err();
    assert_eq!(error.to_string(), "`a` cannot go into the ZIP: there are two files with this path");
    for reserved in ["GENERATION.json", "generation.JSON", "Generation.json/x"] {
        let error = pack(&name(), &[file(reserved, false, b"")], &[], &json!({})).unwrap_err();
        assert_eq!(error.class(), Class::Refused, "{reserved}");
    }
    for path in ["../x", "/x", "a/../../x", ""] {
        let history = [HistoryFile { path: path.into(), content: Vec::new() }];
        assert_eq!(pack(&name(), &[], &history, &json!({})).unwrap_err().class(), Class::Refused, "{path}");
    }
}

#[test]
fn an_export_replaces_what_was_there_and_leaves_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let destination = home.path().join("blog.zip");
    fs::write(&destination, "older").unwrap();
    fs::write(home.path().join(".blog.zip.unfinished"), "left by a killed process, and longer than nothing").unwrap();
    let artifact = export(&destination, &name(), &sample(), &[], &json!({})).unwrap();
    assert_eq!(Digest::of(&fs::read(&destination).unwrap()), artifact.digest);
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["blog.zip"]);
}

#[test]
fn a_failed_export_leaves_what_was_there() {
    let home = tempfile::tempdir().unwrap();
    let destination = home.path().join("blog.zip");
    fs::create_dir_all(destination.join("in the way")).unwrap();
    let error = export(&destination, &name(), &sample(), &[], &json!({})).unwrap_err();
    assert_eq!(error.class(), Class::Io);
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["blog.zip"]);

    let error = export(&home.path().join("absent/blog.zip"), &name(), &[], &[], &json!({})).unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}

#[test]
fn more_files_than_a_plain_zip_counts_are_kept() {
    let files: Vec<File> = (0..70_000).map(|number| file(&format!("{number:05}"), false, b"")).collect();
    let (bytes, artifact) = pack(&name(), &files, &[], &json!({})).unwrap();
    assert_eq!(artifact.entries, 70_001);
    assert_eq!(zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len(), 70_001);
}
