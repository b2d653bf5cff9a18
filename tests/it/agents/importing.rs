//! Projects that were delivered elsewhere are opened in a workspace; hostile ones are refused (S-28 to S-32).

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use samokoder::{
    agents::Terms,
    domain::problem::Problem,
    pipeline::{self, Delivery, Project},
    template::Pack,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    rig::{Rig, pack, succeeded},
    script::{INDEX, MARKS, WORDS, script},
};

type Read = Result<Result<Project, Vec<Problem>>, pipeline::Error>;

fn delivered() -> Rig {
    let rig = Rig::new(Terms::default());
    script(&rig);
    succeeded(rig.run(rig.begin(WORDS)));
    rig
}

fn read(path: &Path) -> Read {
    let delivery = Delivery { artifact: PathBuf::new(), verify: true, with_history: false };
    pipeline::read_project(path, |_| Ok(Pack::clone(&pack())), delivery)
}

/// The entries of a delivery without its history.
fn entries(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let names = names.into_iter().filter(|name| !name.contains("/.git/"));
    names
        .map(|name| {
            let mut content = Vec::new();
            archive.by_name(&name).unwrap().read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

fn zipped(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn unpacked(rig: &Rig, name: &str) -> PathBuf {
    let folder = rig.folder(name);
    for (path, content) in entries(&rig.zip()) {
        let path = folder.join(path.split_once('/').unwrap().1);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn written(rig: &Rig, name: &str, bytes: &[u8]) -> PathBuf {
    let path = rig.folder("archives").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_delivery_is_opened_with_what_became_of_it_and_can_be_changed() {
    let base = delivered();
    let folder = unpacked(&base, "unpacked");
    let by_hand = "export const marks = new Set(); // by hand\nexport const mark = (book) => marks.add(book);\n";
    fs::write(folder.join(MARKS), by_hand).unwrap();
    fs::create_dir_all(folder.join(".git/hooks")).unwrap();
    fs::write(folder.join(".git/hooks/post-checkout"), "#!/bin/sh\ntouch /tmp/canary\n").unwrap();
    fs::create_dir_all(folder.join("node_modules/a")).unwrap();
    fs::write(folder.join("node_modules/a/index.js"), "").unwrap();
    let rig = base.beside("imported");
    let project = read(&folder).unwrap().map_err(|problems| format!("{problems:?}")).unwrap();
    let mut entered = project.begin(&rig.workspace()).unwrap();
    rig.deliver(&mut entered);
    let report = succeeded(rig.run(entered));
    assert!(report.agents.is_empty());
    assert_eq!(rig.models.steps(), Vec::<String>::new());
    assert_eq!(rig.file(MARKS).unwrap(), by_hand);
    assert!(rig.file(INDEX).unwrap().contains("\"marks\","));
    assert_eq!((rig.file("node_modules/a/index.js"), rig.file("GENERATION.json")), (None, None));
    let shelf = "name: reading-room\ntitle: Reading room\nentities:\n  Book:\n    fields:\n      title: string!\n  Shelf:\n    fields:\n      place: string\n";
    succeeded(rig.run(rig.change_spec(shelf, false).unwrap()));
    assert!(rig.file("src/entities/shelf.js").is_some());
    assert_eq!(rig.file(MARKS).unwrap(), by_hand);
    assert!(rig.file("docs/requirements.md").unwrap().contains("S2"), "the stories came along");
}

#[test]
fn the_zip_and_the_folder_are_the_same_project_and_an_import_goes_on() {
    let base = delivered();
    let zip = written(&base, "own.zip", &zipped(&entries(&base.zip())));
    let rig = base.beside("imported");
    for path in [zip, unpacked(&base, "unpacked")] {
        let mut entered =
            read(&path).unwrap().map_err(|problems| format!("{problems:?}")).unwrap().begin(&rig.workspace()).unwrap();
        rig.deliver(&mut entered);
        succeeded(rig.run(entered));
    }
    assert_eq!(rig.file(MARKS), base.file(MARKS));
}

#[test]
fn what_this_product_did_not_deliver_is_refused_plainly() {
    let base = delivered();
    let folder = unpacked(&base, "unpacked");
    let manifest = fs::read_to_string(folder.join("GENERATION.json")).unwrap();
    let code = |text: Option<&str>| {
        match text {
            Some(text) => fs::write(folder.join("GENERATION.json"), text).unwrap(),
            None => fs::remove_file(folder.join("GENERATION.json")).unwrap(),
        }
        read(&folder).unwrap().err().unwrap().iter().map(|problem| problem.code.clone()).collect::<Vec<_>>()
    };
    let mut value: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert!(!manifest.contains("We keep books"), "the user's words are not handed on");
    value["requirements"]["stories"][0]["id"] = "../S1".into();
    assert_eq!(code(Some(&value.to_string())), ["import_manifest_unreadable"]);
    assert_eq!(code(Some("{}")), ["import_manifest_unreadable"]);
    let mut value: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    value["template"]["digest"] = "00".repeat(32).into();
    assert_eq!(code(Some(&value.to_string())), ["import_of_template"]);
    let mut value: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    value["spec"]["name"] = "a; touch /tmp/pwn #".into();
    assert_eq!(code(Some(&value.to_string())).len(), 1);
    assert_eq!(code(None), ["import_without_manifest"]);
}

#[test]
fn hostile_archives_are_refused_by_what_is_in_them() {
    let base = delivered();
    let own = entries(&base.zip());
    let with = |name: &str, content: &[u8]| {
        let mut entries = own.clone();
        entries.push((name.to_owned(), content.to_vec()));
        zipped(&entries)
    };
    let patched = |from: &str, to: &str, first_only: bool| {
        let bytes = with(&format!("reading-room/{from}"), b"x");
        let mut bytes = bytes;
        let places: Vec<usize> =
            (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
        assert_eq!(places.len(), 2);
        for at in places.iter().take(if first_only { 1 } else { 2 }) {
            bytes[*at..*at + to.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    };
    let link = {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.add_symlink("reading-room/d", "/tmp", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let many: Vec<(String, Vec<u8>)> = (0..70_000).map(|number| (format!("room/{number}"), Vec::new())).collect();
    let cases: [(&str, Vec<u8>); 9] = [
        ("S-28 a path outside", with("reading-room/../../x", b"x")),
        ("S-28 an absolute path", with("/etc/x", b"x")),
        ("S-29 a link", link),
        ("S-30 two entries of one name", patched("package.jsom", "package.json", false)),
        ("S-30 another name beside the content", patched("package.jsom", "package.jsot", true)),
        ("S-31 more than a file may be", with("reading-room/bomb", &vec![0; 17 * 1024 * 1024])),
        ("S-32 more entries than a project has", zipped(&many)),
        ("a git directory", with("reading-room/.git/config", b"[core]\n\tfsmonitor = touch /tmp/canary\n")),
        ("no archive", b"PK\x03\x04 nothing".to_vec()),
    ];
    for (name, bytes) in cases {
        let path = written(&base, "hostile.zip", &bytes);
        let error = read(&path).err().map(|error| error.to_string());
        assert!(error.is_some(), "{name} is taken");
    }
}

#[test]
fn an_encrypted_entry_is_refused() {
    let base = delivered();
    let mut bytes = zipped(&entries(&base.zip()));
    let central = (0..bytes.len()).find(|at| bytes[*at..].starts_with(b"PK\x01\x02")).unwrap();
    bytes[central + 8] |= 1;
    assert!(read(&written(&base, "encrypted.zip", &bytes)).is_err(), "S-32");
}

#[test]
fn links_in_a_folder_are_refused_and_its_git_directory_is_not_looked_into() {
    let base = delivered();
    let folder = unpacked(&base, "unpacked");
    fs::create_dir_all(folder.join(".git")).unwrap();
    symlink("/etc/passwd", folder.join(".git/config")).unwrap();
    assert!(read(&folder).unwrap().is_ok());
    symlink("/etc/passwd", folder.join("src/link")).unwrap();
    let error = read(&folder).err().unwrap().to_string();
    assert_eq!(error, "src/link: links and special files have no place here");
}
