use std::{fs::File, io::Read as _, os::fd::OwnedFd, path::PathBuf};

use serde_json::json;

use super::*;
use crate::domain::{id::Chapter, stage::Stage};

/// A journal whose file takes every write and refuses every sync, as a pipe does.
fn on_a_pipe() -> (Journal, File) {
    let (reader, writer) = std::io::pipe().unwrap();
    let journal = Journal {
        path: PathBuf::from("pipe"),
        file: File::from(OwnedFd::from(writer)),
        generation: GenerationId::mint(),
        epoch: 1,
        sequence: 1,
        bytes: 0,
        stopped: false,
    };
    (journal, File::from(OwnedFd::from(reader)))
}

#[test]
fn r30_a_failed_sync_is_final() {
    let (mut journal, mut reader) = on_a_pipe();
    let error = journal.append(&Chapter::FIRST.key(Stage::Code, "a"), &json!(1)).unwrap_err();
    assert!(matches!(error, Error::Io { action: "sync", .. }), "{error}");
    assert_eq!(error.class(), Class::Stop);

    let error = journal.append(&Chapter::FIRST.key(Stage::Code, "b"), &json!(2)).unwrap_err();
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    assert_eq!(error.class(), Class::Stop);

    drop(journal);
    let mut written = Vec::new();
    reader.read_to_end(&mut written).unwrap();
    let frame::Decoded::Frame(only) = frame::decode(&written) else { panic!("the first append wrote a frame") };
    assert_eq!(only.bytes, written.len(), "the second append wrote nothing");
}

#[test]
fn r29_a_full_disk_leaves_the_journal_as_it_was() {
    // /dev/full takes no byte and says ENOSPC; a device cannot be cut back to its length, so here that is final.
    let mut journal = on_a_pipe().0;
    journal.file = File::options().append(true).open("/dev/full").unwrap();
    let error = journal.append(&Chapter::FIRST.key(Stage::Code, "a"), &json!(1)).unwrap_err();
    assert_eq!(error.class(), Class::Stop, "{error}");

    // On a file that can be cut back, the part that was written goes and the journal stays usable.
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&dir.path().join("journal"), &GenerationId::mint()).unwrap();
    let before = std::fs::read(&journal.path).unwrap();
    journal.file.write_all(b"half a fra").unwrap();
    let error = journal.take_back(io::ErrorKind::StorageFull.into());
    assert_eq!(error.class(), Class::StorageFull, "{error}");
    assert_eq!(std::fs::read(&journal.path).unwrap(), before);
    journal.append(&Chapter::FIRST.key(Stage::Code, "a"), &json!(1)).unwrap();
}

#[test]
fn replay_keeps_order_and_refuses_contradictions() {
    let entry = |sequence, name: &str, value| Entry { sequence, key: Chapter::FIRST.key(Stage::Code, name), value };
    let same_twice = [entry(2, "b", json!(1)), entry(3, "a", json!(2)), entry(4, "b", json!(1))];
    let replay = replay(&same_twice).unwrap();
    assert_eq!(replay.len(), 2);
    assert_eq!(replay.get(&Chapter::FIRST.key(Stage::Code, "a")), Some(&json!(2)));
    let order: Vec<&str> = replay.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(order, ["code/b", "code/a"]);

    let error = super::replay(&[entry(2, "b", json!(1)), entry(5, "b", json!(3))]).unwrap_err();
    assert!(matches!(error, Error::Contradiction { sequence: 5, .. }), "{error}");
}
