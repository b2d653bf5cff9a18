//! The journal on a disk that fails (catalogue R-31 to R-34) and under workers that lost their claim.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use samokoder::{
    domain::{
        id::{Chapter, GenerationId, StepKey},
        stage::Stage,
    },
    journal::{Class, Entry, Error, Journal, replay},
};
use serde_json::{Value, json};

fn key(name: &str) -> StepKey {
    Chapter::FIRST.key(Stage::Code, name)
}

fn results(entries: &[Entry]) -> Vec<(String, Value)> {
    entries.iter().map(|entry| (entry.key.to_string(), entry.value.clone())).collect()
}

fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|item| item.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

struct Fixture {
    _home: tempfile::TempDir,
    dir: PathBuf,
    generation: GenerationId,
    segment: PathBuf,
    /// Length of the segment before the first append, and after each.
    lengths: Vec<u64>,
}

/// A journal with three recorded steps, in one segment.
fn three_steps() -> Fixture {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("journal");
    let generation = GenerationId::mint();
    let (mut journal, entries) = Journal::open(&dir, &generation).unwrap();
    assert!(entries.is_empty());
    let segment = dir.join("00000001.segment");
    let mut lengths = vec![fs::metadata(&segment).unwrap().len()];
    for name in ["one", "two", "three"] {
        journal
            .append(&key(name), &json!({ "commit": name, "files": [1, 2.5, null], "text": "Ünïcode\n\u{0}" }))
            .unwrap();
        lengths.push(fs::metadata(&segment).unwrap().len());
    }
    Fixture { _home: home, dir, generation, segment, lengths }
}

#[test]
fn records_are_read_back_in_order_by_every_later_claim() {
    let fixture = three_steps();
    let (mut second, entries) = Journal::open(&fixture.dir, &fixture.generation).unwrap();
    assert_eq!(second.epoch(), 2);
    assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(
        results(&entries).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["code/one", "code/two", "code/three"]
    );
    second.append(&key("four"), &json!(4)).unwrap();
    let (third, entries) = Journal::open(&fixture.dir, &fixture.generation).unwrap();
    assert_eq!(third.epoch(), 3);
    assert_eq!(entries.last().map(|entry| (entry.sequence, entry.value.clone())), Some((6, json!(4))));
    assert_eq!(Journal::read(&fixture.dir, &fixture.generation).unwrap(), entries);
    assert_eq!(replay(&entries).unwrap().len(), 4);
}

#[test]
fn reading_an_absent_journal_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("journal");
    assert!(Journal::read(&dir, &GenerationId::mint()).unwrap().is_empty());
    assert!(!dir.exists());
}

#[test]
fn what_a_stale_worker_appends_is_ignored() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("journal");
    let generation = GenerationId::mint();
    let (mut stale, _) = Journal::open(&dir, &generation).unwrap();
    stale.append(&key("one"), &json!("stale's, in time")).unwrap();
    let (mut owner, entries) = Journal::open(&dir, &generation).unwrap();
    assert_eq!(entries.len(), 1);
    stale.append(&key("two"), &json!("too late")).unwrap();
    owner.append(&key("two"), &json!("the owner's")).unwrap();
    stale.append(&key("three"), &json!("too late")).unwrap();
    let entries = Journal::read(&dir, &generation).unwrap();
    assert_eq!(
        results(&entries),
        [("code/one".into(), json!("stale's, in time")), ("code/two".into(), json!("the owner's"))]
    );
}

#[test]
fn a_claim_that_was_cut_short_holds_nothing() {
    let fixture = three_steps();
    let whole = fs::read(&fixture.segment).unwrap();
    for length in [0, 1, 63, 64, 70] {
        fs::write(fixture.dir.join("00000002.segment"), &whole[..length]).unwrap();
        let entries = Journal::read(&fixture.dir, &fixture.generation).unwrap();
        assert_eq!(entries.len(), 3, "{length} bytes");
    }
    let (next, entries) = Journal::open(&fixture.dir, &fixture.generation).unwrap();
    assert_eq!((next.epoch(), entries.len()), (3, 3));
    assert_eq!(Journal::read(&fixture.dir, &fixture.generation).unwrap().len(), 3);
}

#[test]
fn r32_a_record_cut_at_any_byte_is_dropped() {
    let fixture = three_steps();
    let whole = fs::read(&fixture.segment).unwrap();
    let (last, end) = (fixture.lengths[2], fixture.lengths[3]);
    for length in last..end {
        fs::write(&fixture.segment, &whole[..usize::try_from(length).unwrap()]).unwrap();
        let entries = Journal::read(&fixture.dir, &fixture.generation).unwrap();
        assert_eq!(entries.len(), 2, "cut to {length} of {end} bytes");
    }
    let (mut journal, entries) = Journal::open(&fixture.dir, &fixture.generation).unwrap();
    assert_eq!(entries.len(), 2);
    journal.append(&key("three"), &json!("again")).unwrap();
    let entries = Journal::read(&fixture.dir, &fixture.generation).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2, 3, 5]);
    assert_eq!(entries[2].value, json!("again"));
}

#[test]
fn r33_any_changed_bit_in_the_last_record_drops_it() {
    let fixture = three_steps();
    let whole = fs::read(&fixture.segment).unwrap();
    let last = usize::try_from(fixture.lengths[2]).unwrap();
    for bit in last * 8..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&fixture.segment, &bytes).unwrap();
        let entries = Journal::read(&fixture.dir, &fixture.generation).unwrap();
        assert_eq!(entries.len(), 2, "bit {bit}");
    }
}

#[test]
fn r33_any_changed_bit_in_an_earlier_record_stops_and_is_named() {
    let fixture = three_steps();
    let whole = fs::read(&fixture.segment).unwrap();
    let start = usize::try_from(fixture.lengths[1]).unwrap();
    let end = usize::try_from(fixture.lengths[2]).unwrap();
    for bit in start * 8..end * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&fixture.segment, &bytes).unwrap();
        let error = Journal::read(&fixture.dir, &fixture.generation).unwrap_err();
        assert_eq!(error.class(), Class::Damaged, "bit {bit}: {error}");
        let Error::Damaged { path, offset, sequence, .. } = &error else { panic!("bit {bit}: {error}") };
        assert_eq!((path, *offset, *sequence), (&fixture.segment, start as u64, 3), "bit {bit}");
        assert!(error.to_string().contains(&format!("byte {start}, entry 3")), "{error}");
    }
}

#[test]
fn r33_damage_in_an_adopted_segment_stops_even_at_its_end() {
    let fixture = three_steps();
    drop(Journal::open(&fixture.dir, &fixture.generation).unwrap());
    let whole = fs::read(&fixture.segment).unwrap();
    let last = fixture.lengths[2];
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let shorter = &whole[..usize::try_from(last).unwrap()];
    for bytes in [&flipped[..], shorter, &whole[..whole.len() - 1]] {
        fs::write(&fixture.segment, bytes).unwrap();
        let before = snapshot(&fixture.dir);
        let error = Journal::open(&fixture.dir, &fixture.generation).unwrap_err();
        assert!(matches!(&error, Error::Damaged { offset, sequence: 4, .. } if *offset == last), "{error}");
        assert_eq!(snapshot(&fixture.dir), before);
    }
}

/// A frame as the format's description has it, with any version and kind.
fn frame(version: u16, kind: u16, sequence: u64, generation: &GenerationId, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"SKJ1".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    bytes.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(generation.to_string().as_bytes());
    bytes.extend(crc32c::crc32c(payload).to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn r34_an_unknown_version_or_kind_is_refused_and_the_file_unchanged() {
    let fixture = three_steps();
    let whole = fs::read(&fixture.segment).unwrap();
    let appended = |extra: &[u8]| [&whole[..], extra].concat();
    let newer_whole = frame(2, 1, 1, &fixture.generation, b"in a layout that is not known here");
    let cases = [
        (appended(&frame(2, 2, 5, &fixture.generation, b"{}")), "format version 2", fixture.lengths[3]),
        (appended(&frame(1, 9, 5, &fixture.generation, b"{}")), "kind 9", fixture.lengths[3]),
        (newer_whole.clone(), "format version 2", 0),
        ([&newer_whole[..40], &[0xff; 100]].concat(), "format version 2", 0),
    ];
    for (bytes, what, at) in cases {
        fs::write(&fixture.segment, &bytes).unwrap();
        let before = snapshot(&fixture.dir);
        let error = Journal::open(&fixture.dir, &fixture.generation).unwrap_err();
        assert_eq!(error.class(), Class::Incompatible, "{error}");
        assert!(error.to_string().contains(what), "{error}");
        assert!(matches!(error, Error::Unknown { offset, .. } if offset == at), "{error}");
        assert_eq!(snapshot(&fixture.dir), before);
    }
}

#[test]
fn another_generations_journal_is_refused() {
    let fixture = three_steps();
    let before = snapshot(&fixture.dir);
    let error = Journal::open(&fixture.dir, &GenerationId::mint()).unwrap_err();
    assert!(matches!(error, Error::OtherGeneration { .. }), "{error}");
    assert_eq!(error.class(), Class::Incompatible);
    assert_eq!(snapshot(&fixture.dir), before);
}

#[test]
fn a_frame_out_of_sequence_is_damage() {
    let fixture = three_steps();
    let mut bytes = fs::read(&fixture.segment).unwrap();
    bytes.extend(frame(1, 2, 7, &fixture.generation, br#"{"key":"code/x","value":1}"#));
    fs::write(&fixture.segment, &bytes).unwrap();
    let error = Journal::open(&fixture.dir, &fixture.generation).unwrap_err();
    assert!(matches!(error, Error::Damaged { sequence: 5, .. }), "{error}");
}
