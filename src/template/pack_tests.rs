use std::io::{Cursor, Write as _};
use std::os::unix::fs::symlink;

use super::super::testing;
use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in [("template.toml", testing::MANIFEST)].iter().chain(files) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn problems(result: Result<Pack, Error>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Refused { problems, .. } => problems.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

#[test]
fn the_digest_depends_on_content_and_paths_alone() {
    let first = folder(&[("files/a", "1"), ("files/b", "2")]);
    let second = folder(&[("files/b", "2"), ("files/a", "1")]);
    let digest = |folder: &tempfile::TempDir| Pack::from_dir(folder.path()).unwrap().digest();
    assert_eq!(digest(&first), digest(&second));
    std::fs::rename(second.path().join("files/a"), second.path().join("files/c")).unwrap();
    assert_ne!(digest(&first), digest(&second));
}

#[test]
fn links_and_special_files_are_refused() {
    let pack = folder(&[("files/a", "1")]);
    symlink("/etc/passwd", pack.path().join("files/secret")).unwrap();
    symlink("/etc", pack.path().join("files/folder")).unwrap();
    nix::unistd::mkfifo(&pack.path().join("files/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let found = problems(Pack::from_dir(pack.path()));
    let expected = ["folder", "pipe", "secret"]
        .map(|name| format!("files/{name}: the file is refused: links and special files have no place here"));
    assert_eq!(found, expected);
}

#[test]
fn paths_that_no_project_may_have_are_refused() {
    let pack = folder(&[("files/.git/config", "x"), ("files/aux.txt", "x"), ("files/a:b", "x"), ("files/fine", "x")]);
    assert_eq!(problems(Pack::from_dir(pack.path())).len(), 3);
}

#[test]
fn sizes_are_bounded() {
    let pack = folder(&[]);
    std::fs::create_dir(pack.path().join("files")).unwrap();
    let large = std::fs::File::create(pack.path().join("files/large")).unwrap();
    large.set_len(BOUNDS.file_max_bytes + 1).unwrap();
    assert_eq!(problems(Pack::from_dir(pack.path())), ["files/large: the file is refused: it is larger than 8 MiB"]);
    large.set_len(BOUNDS.file_max_bytes).unwrap();
    assert!(Pack::from_dir(pack.path()).is_ok());
}

#[test]
fn what_has_no_place_in_a_pack_is_refused() {
    let found = problems(testing::pack(&[("notes.txt", ""), ("partials/a.txt", ""), ("README.md", "")]));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(problems(Pack::from_contents("x", Contents::new())).len(), 1);
    assert!(matches!(Pack::from_dir(Path::new("/no/such/folder")), Err(Error::Unreadable { .. })));
}

/// A ZIP of entries with the type bits of their mode.
fn zip(entries: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, mode) in entries {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(*mode);
        if mode & 0o170_000 == 0o120_000 {
            zip.add_symlink(*name, String::from_utf8_lossy(content), options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(content).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn hostile_archives_are_refused() {
    let manifest = ("template.toml", testing::MANIFEST.as_bytes(), 0o644);
    assert!(Pack::from_archive(&zip(&[manifest])).is_ok());
    for bad in ["../evil", "/etc/passwd", "files/../../x", "files\\x", "files/.git/config"] {
        assert!(Pack::from_archive(&zip(&[manifest, (bad, b"x", 0o644)])).is_err(), "{bad}");
    }
    assert!(Pack::from_archive(&zip(&[manifest, ("files/link", b"/etc/passwd", 0o120_777)])).is_err());
    let bomb = vec![0; usize::try_from(BOUNDS.file_max_bytes).unwrap() + 1];
    assert!(Pack::from_archive(&zip(&[manifest, ("files/bomb", &bomb, 0o644)])).is_err());
    assert!(matches!(Pack::from_archive(b"no archive"), Err(Error::Archive { .. })));
}

#[test]
fn a_torn_archive_is_refused() {
    let bytes = testing::pack(&[("files/a", "content of a file")]).unwrap().to_archive().unwrap();
    for length in 0..bytes.len() {
        assert!(Pack::from_archive(&bytes[..length]).is_err(), "{length}");
    }
    let mut damaged = bytes.clone();
    let at = bytes.windows(7).position(|window| window == b"content").unwrap();
    damaged[at] ^= 1;
    assert!(Pack::from_archive(&damaged).is_err());
}

#[test]
fn a_pack_knows_what_files_are_for_and_which_are_its_own() {
    let manifest = testing::MANIFEST.replace(
        "[toolchain]",
        "protected = [\"{entity}.ts\"]\n\
         purposes = [{ files = \"index.ts\", purpose = \"The list\" }, { files = \"{entity}.ts\", purpose = \"One\" }]\n\
         [toolchain]",
    );
    let files = [("template.toml", manifest.as_str()), ("files/index.ts", ""), ("files/{entity}.ts.tera", "")];
    let pack = testing::pack(&files).unwrap();
    let path = |text| ProjectPath::parse(text).unwrap();
    assert_eq!(pack.purpose(&path("index.ts")), Some("The list"));
    assert_eq!(pack.purpose(&path("book.ts")), Some("One"));
    assert_eq!(pack.purpose(&path("src/book.ts")), None);
    assert!(pack.is_protected(&path("book.ts")));
    assert!(!pack.is_protected(&path("book.tsx")));
}
