use proptest::prelude::*;

use super::log::{Escaper, Log};

fn escaped(pieces: &[&[u8]]) -> String {
    let (mut escaper, mut text) = (Escaper::default(), String::new());
    for piece in pieces {
        escaper.escape(piece, &mut text);
    }
    escaper.finish(&mut text);
    text
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let cases: [(&[u8], &str); 12] = [
        (b"plain\ttext\n", "plain\ttext\n"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b[38:2:1:2:3mred\x1b[m", "red"),
        (b"\x1b[2J", "\\u{1b}[2J"),
        (b"\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"),
        (b"\x1b\x1b[0m", "\\u{1b}"),
        (b"\x1b[31", "\\u{1b}[31"),
        (b"one\r\ntwo\rthree", "one\ntwo\\rthree"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"caf\xc3\xa9 \xc3", "caf\u{e9} \\xc3"),
        ("\u{202e}gnp.exe".as_bytes(), "\\u{202e}gnp.exe"),
        ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(escaped(&[bytes]), expected, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn where_the_output_is_cut_into_pieces_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..200_usize) {
        let cut = cut.min(bytes.len());
        prop_assert_eq!(escaped(&[&bytes[..cut], &bytes[cut..]]), escaped(&[&bytes]));
    }

    #[test]
    fn no_control_character_gets_through(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(escaped(&[&bytes]).chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
    }

    #[test]
    fn colours_and_text_in_any_mixture_are_cut_alike(text in "(\u{1b}|\\[|[0-9;]|m|a|\r|\n|é){0,40}", cut in 0..80_usize) {
        let bytes = text.as_bytes();
        let cut = cut.min(bytes.len());
        prop_assert_eq!(escaped(&[&bytes[..cut], &bytes[cut..]]), escaped(&[bytes]));
    }
}

#[test]
fn the_log_is_cut_between_characters_and_the_tail_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, "an older log, and a longer one").unwrap();
    let mut log = Log::create(&path, 4).unwrap();
    log.take("abcé\n".as_bytes()).unwrap();
    for line in 0..100 {
        log.take(format!("line {line}\n").as_bytes()).unwrap();
    }
    log.take("x".repeat(5000).as_bytes()).unwrap();
    let (tail, truncated) = log.finish().unwrap();
    assert!(truncated);
    assert_eq!(tail.len(), 40);
    assert_eq!((tail[0].as_str(), tail[38].as_str(), tail[39].len()), ("line 61", "line 99", 1000));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, "abc\n[the log is cut here: the output is longer than it may be]\n");
}

#[test]
fn a_log_is_not_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).unwrap();
    assert!(Log::create(&path, 4).is_err());
    assert!(!folder.path().join("elsewhere").exists());
}
