//! Projects that were delivered elsewhere are opened in a workspace; hostile ones are refused (S-28 to S-32).

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use samokoder::{
    agents::Terms,
    domain::{event::Event, problem::Problem},
    pipeline::{self, Delivery, Project},
    spec,
    template::Pack,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    rig::{Rig, changed_pack, pack, succeeded},
    script::{INDEX, MARKS, WORDS, script},
};

/// The room with a shelf in it.
const SHELF: &str = "name: reading-room\ntitle: Reading room\nentities:\n  Book:\n    fields:\n      title: string!\n  Shelf:\n    fields:\n      place: string\n";

type Read = Result<Result<Project, Vec<Problem>>, pipeline::Error>;

fn delivered() -> Rig {
    let rig = Rig::new(Terms::default());
    script(&rig);
    succeeded(rig.run(rig.begin(WORDS)));
    rig
}

fn read(path: &Path) -> Read {
    read_by(path, None)
}

/// As [`read`], by a spec that describes it.
fn read_by(path: &Path, given: Option<&str>) -> Read {
    let delivery = Delivery { artifact: PathBuf::new(), verify: true, with_history: false };
    let given = given.map(|text| spec::read("room.yaml", text.as_bytes()));
    pipeline::read_project(path, given, |_| Ok(Pack::clone(&pack())), delivery)
}

fn opened(read: Read) -> Project {
    read.unwrap().map_err(|problems| format!("{problems:?}")).unwrap()
}

fn refused(read: Read) -> Vec<String> {
    read.unwrap().err().unwrap().into_iter().map(|problem| problem.code).collect()
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
    let mut entered = opened(read(&folder)).begin(&rig.workspace()).unwrap();
    rig.deliver(&mut entered);
    let report = succeeded(rig.run(entered));
    assert!(report.agents.is_empty());
    assert_eq!(rig.models.steps(), Vec::<String>::new());
    assert_eq!(rig.file(MARKS).unwrap(), by_hand);
    assert!(rig.file(INDEX).unwrap().contains("\"marks\","));
    assert_eq!((rig.file("node_modules/a/index.js"), rig.file("GENERATION.json")), (None, None));
    succeeded(rig.run(rig.change_spec(SHELF, false).unwrap()));
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
        let mut entered = opened(read(&path)).begin(&rig.workspace()).unwrap();
        rig.deliver(&mut entered);
        succeeded(rig.run(entered));
    }
    assert_eq!(rig.file(MARKS), base.file(MARKS));
}

/// A template of the pack as an older version of it had it.
const ENTITY: &str = "files/src/entities/{entity}.js.tera";

#[test]
fn a_delivery_by_another_version_of_the_pack_is_opened_as_it_is_and_can_be_changed() {
    let mut base = Rig::new(Terms::default());
    base.pack = changed_pack(&[
        ("template.toml", |text| text.replace("version = \"1.0.0\"", "version = \"0.9.0\"")),
        (ENTITY, |text| format!("// As it was written before.\n{text}")),
    ]);
    script(&base);
    succeeded(base.run(base.begin(WORDS)));
    let book = base.file("src/entities/book.js").unwrap();
    assert!(book.starts_with("// As it was written before."));
    let folder = unpacked(&base, "unpacked");
    let by_hand = "export const marks = 1;   \n";
    fs::write(folder.join(MARKS), by_hand).unwrap();
    let rig = base.beside("imported");
    let mut entered = opened(read(&folder)).begin(&rig.workspace()).unwrap();
    rig.deliver(&mut entered);
    let report = succeeded(rig.run(entered));
    let notice = report.notices.first().unwrap();
    assert_eq!((report.notices.len(), notice.code.as_str()), (1, "import_of_version"));
    assert!(notice.what().contains("`tiny-features` (0.9.0; here it is 1.0.0)"), "{notice}");
    assert!(rig.events().contains(&Event::Notice { problem: notice.clone() }));
    assert_eq!(rig.file("src/entities/book.js").unwrap(), book, "the project's own");
    assert_eq!(rig.file("docs/architecture.md"), base.file("docs/architecture.md"));
    assert_eq!(rig.file(MARKS).unwrap(), by_hand, "nothing is laid out anew");
    assert!(rig.commits().last().unwrap().contains("the template pack wrote"), "{:?}", rig.commits());
    let report =
        succeeded(rig.run(rig.change_spec(&SHELF.replace("Book:", "Book:\n    label: Volume"), false).unwrap()));
    assert!(report.notices.is_empty());
    let changed = rig.file("src/entities/book.js").unwrap();
    assert!(changed.starts_with("// As it was written before.") && changed.contains("Volume"), "{changed}");
    let shelf = rig.file("src/entities/shelf.js").unwrap();
    assert!(shelf.starts_with("export const shelf"), "by the present version: {shelf}");
    assert!(rig.file("docs/requirements.md").unwrap().contains("S2"));
    let architecture = rig.file("docs/architecture.md").unwrap();
    assert!(architecture.contains("tiny-features 1.0.0") && architecture.contains("2 tables"), "{architecture}");
}

#[test]
fn what_a_delivery_says_of_itself_is_used_only_where_it_can_be() {
    let base = delivered();
    let folder = unpacked(&base, "unpacked");
    let manifest = fs::read_to_string(folder.join("GENERATION.json")).unwrap();
    assert!(!manifest.contains("We keep books"), "the user's words are not handed on");
    let said = |place: &str, value: serde_json::Value| {
        let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        *manifest.pointer_mut(place).unwrap() = value;
        fs::write(folder.join("GENERATION.json"), manifest.to_string()).unwrap();
        refused(read(&folder))
    };
    assert_eq!(said("/requirements/stories/0/id", "../S1".into()), ["import_manifest_unreadable"]);
    assert_eq!(said("/manifest_version", 2.into()), ["import_manifest_unreadable"]);
    assert_eq!(said("/template/name", "a\u{1b}[31m".into()), ["import_manifest_unreadable"]);
    assert_eq!(said("/template", serde_json::json!({})), ["import_manifest_unreadable"]);
    let other = serde_json::json!({ "name": "other", "version": "1.0.0", "digest": "00".repeat(32) });
    assert_eq!(said("/template", other), ["import_of_template"]);
    let codes = said("/spec/name", "a; touch /tmp/pwn #".into());
    assert_eq!((codes.len(), codes[1].as_str()), (2, "import_spec_unusable"));
    // A spec that is given holds in place of all of these.
    let project = opened(read_by(&folder, Some(SHELF)));
    let imported = project.order().import.as_ref().unwrap();
    assert_eq!(imported.origin, pipeline::Origin::SamePack);
    assert_eq!(imported.requirements.stories.len(), 2, "the stories came along");
    fs::write(folder.join("GENERATION.json"), "{}").unwrap();
    let project = opened(read_by(&folder, Some(SHELF)));
    assert_eq!(project.order().import.as_ref().unwrap().origin, pipeline::Origin::Elsewhere);
    fs::remove_file(folder.join("GENERATION.json")).unwrap();
    assert_eq!(refused(read(&folder)), ["import_without_spec"]);
}

#[test]
fn a_zip_that_another_program_wrote_is_the_project_in_its_folder() {
    let base = delivered();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default();
    for folder in ["room", "room/src", "room/data"] {
        zip.add_directory(folder, plain).unwrap();
    }
    let files = [
        ("room/package.json", "{}"),
        ("room/.env", "KEY=1"),
        ("room/.env.local", "KEY=2"),
        ("room/data/rows.db", ""),
        ("__MACOSX/room/._src", ""),
    ];
    for (name, text) in files {
        zip.start_file(name, plain).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let path = written(&base, "foreign.zip", &zip.finish().unwrap().into_inner());
    let rig = base.beside("imported");
    let mut entered = opened(read_by(&path, Some(SHELF))).begin(&rig.workspace()).unwrap();
    rig.deliver(&mut entered);
    succeeded(rig.run(entered));
    assert_eq!(rig.file("package.json").unwrap(), "{}");
    assert_eq!(fs::read_dir(rig.workspace().join("tree")).unwrap().count(), 1, "what is no part of it stays out");
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
    let folder = |name: &str| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.add_directory(name, SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let cases: [(&str, Vec<u8>); 11] = [
        ("S-28 a path outside", with("reading-room/../../x", b"x")),
        ("S-28 an absolute path", with("/etc/x", b"x")),
        ("S-28 a folder outside", folder("reading-room/../../x")),
        ("S-29 a link", link),
        ("S-30 two entries of one name", patched("package.jsom", "package.json", false)),
        ("S-30 another name beside the content", patched("package.jsom", "package.jsot", true)),
        ("S-31 more than a file may be", with("reading-room/bomb", &vec![0; 17 * 1024 * 1024])),
        ("S-32 more entries than a project has", zipped(&many)),
        ("a git directory", with("reading-room/.git/config", b"[core]\n\tfsmonitor = touch /tmp/canary\n")),
        ("a git directory's folder", folder("reading-room/.git")),
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
