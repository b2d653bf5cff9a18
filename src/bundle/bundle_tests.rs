use super::*;
use std::os::unix::fs::symlink;

const SMALL: Bounds = Bounds { file_max_bytes: MIB, total_max_bytes: 2 * MIB, files_max: 3 };

fn contents(files: &[(&str, usize)]) -> Contents {
    files.iter().map(|(path, bytes)| (ProjectPath::parse(path).unwrap(), Cow::Owned(vec![b'x'; *bytes]))).collect()
}

fn written(contents: &Contents) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in contents {
        let path = folder.path().join(path.as_str());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

#[test]
fn a_folder_and_its_archive_are_the_same_value() {
    let files = contents(&[("b/c.txt", 3), ("a.txt", 0), ("b/d/e.txt", 5)]);
    assert_eq!(read_folder(written(&files).path(), SMALL).unwrap(), files);
    let archive = write_archive(&files).unwrap();
    assert_eq!(read_archive(&archive, SMALL).unwrap(), files);
    assert_eq!(digest(&read_archive(&archive, SMALL).unwrap()), digest(&files));
}

#[test]
fn bounds_hold_for_folders_and_archives_alike() {
    let mib = 1024 * 1024;
    for (files, reason) in [
        (contents(&[("large", mib + 1)]), "large"),
        (contents(&[("a", mib), ("b", mib), ("c", 1)]), "larger than it may be"),
        (contents(&[("a", 1), ("b", 1), ("c", 1), ("d", 1)]), "more than 3 files or 2 MiB"),
    ] {
        assert!(read_folder(written(&files).path(), SMALL).is_err(), "{reason}");
        let error = read_archive(&write_archive(&files).unwrap(), SMALL).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn every_file_that_is_refused_is_told() {
    let folder = written(&contents(&[("a/b", 1)]));
    std::fs::write(folder.path().join("CON"), "").unwrap();
    symlink("/etc/passwd", folder.path().join("a/link")).unwrap();
    let error = read_folder(folder.path(), SMALL).unwrap_err().to_string();
    assert_eq!(error, "CON: it is a device name on Windows\na/link: links and special files have no place here");
}
