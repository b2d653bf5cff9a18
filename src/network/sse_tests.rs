use proptest::prelude::*;

use super::*;

fn event(name: &str, data: &str) -> SseEvent {
    SseEvent { name: name.to_owned(), data: Bytes::copy_from_slice(data.as_bytes()) }
}

/// Everything that a stream yields, whichever way it is cut.
fn read_in(chunks: &[&[u8]], limit_bytes: usize) -> (Vec<SseEvent>, Option<SseFault>) {
    let mut reader = SseReader::with_limit(limit_bytes);
    let mut events = Vec::new();
    for chunk in chunks {
        match reader.push(chunk) {
            Ok(more) => events.extend(more),
            Err(fault) => return (events, Some(fault)),
        }
    }
    // A failure may wait behind the last events.
    (events, reader.push(b"").err())
}

fn read(stream: &[u8]) -> Vec<SseEvent> {
    SseReader::new().push(stream).unwrap()
}

#[test]
fn an_event_is_told_when_an_empty_line_ends_it() {
    let mut reader = SseReader::new();
    assert_eq!(reader.push(b"event: message\ndata: {\"a\":1}\n").unwrap(), []);
    assert_eq!(reader.push(b"\n").unwrap(), [event("message", "{\"a\":1}")]);
}

#[test]
fn lines_end_in_any_of_three_ways() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("data: one{end}data: two{end}{end}data: three{end}{end}");
        assert_eq!(read(stream.as_bytes()), [event("", "one\ntwo"), event("", "three")], "{end:?}");
    }
}

#[test]
fn only_the_first_space_of_a_value_is_left_out() {
    assert_eq!(read(b"data:a\ndata: b\ndata:  c\n\n"), [event("", "a\nb\n c")]);
}

#[test]
fn comments_and_fields_that_nobody_needs_are_left_out() {
    let stream = b": OPENROUTER PROCESSING\n\n:\n\nid: 7\nretry: 10\nother: x\ndata\ndata: x\n\n: bye\n";
    assert_eq!(read(stream), [event("", "\nx")]);
}

#[test]
fn an_event_without_data_is_none_and_its_name_is_forgotten() {
    assert_eq!(read(b"event: ping\n\ndata: x\n\n"), [event("", "x")]);
}

#[test]
fn a_byte_order_mark_is_left_out_at_the_beginning_only() {
    assert_eq!(read(b"\xEF\xBB\xBFdata: x\n\n\xEF\xBB\xBFdata: y\n\n"), [event("", "x")]);
}

#[test]
fn half_an_event_is_none() {
    assert_eq!(read(b"data: whole\n\ndata: {\"half\":\n"), [event("", "whole")]);
}

#[test]
fn text_that_is_not_utf_8_is_damage_told_after_the_events_before_it() {
    let mut reader = SseReader::new();
    assert_eq!(reader.push(b"data: good\n\ndata: \xFF\n\ndata: later\n\n").unwrap(), [event("", "good")]);
    assert_eq!(reader.push(b"data: more\n\n"), Err(SseFault::NotUtf8));
    assert!(reader.push(b"data: more\n\n").is_err(), "a reader that failed stays failed");
    assert!(SseReader::new().push(b"event: \xC3\x28\n").is_err());
}

#[test]
fn a_line_of_ten_megabytes_passes_and_one_above_the_limit_is_refused() {
    let long = "x".repeat(10_000_000);
    let events = read(format!("data: {long}\n\n").as_bytes());
    assert_eq!(events.first().map(|event| event.data.len()), Some(10_000_000));

    let piece = vec![b'x'; 1_000_000];
    let mut reader = SseReader::new();
    let pushed = (0..20).find_map(|_| reader.push(&piece).err());
    assert_eq!(pushed, Some(SseFault::TooLarge { limit_bytes: EVENT_LIMIT_BYTES }));
    assert!(reader.line.is_empty(), "what is refused is not held on to");
}

#[test]
fn many_small_lines_of_one_event_count_together() {
    assert_eq!(
        read_in(&[&b"data: 0123456789\n".repeat(10)], 64),
        (Vec::new(), Some(SseFault::TooLarge { limit_bytes: 64 }))
    );
    let many = b"data: 0123456789\n\n".repeat(10);
    assert_eq!(read_in(&[&many], 64).0.len(), 10, "each event has the limit for itself");
}

/// Bytes that look like a stream often enough.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b"data: ".to_vec()),
        Just(b"data".to_vec()),
        Just(b"event: ".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b":".to_vec()),
        Just("{\"ключ\":\"🦀\"}".as_bytes().to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn where_a_stream_is_cut_makes_no_difference(
        stream in stream(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        limit_bytes in 8_usize..200,
    ) {
        let whole = read_in(&[&stream], limit_bytes);
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&read_in(&single, limit_bytes), &whole);
        let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let pieces: Vec<_> = places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        prop_assert_eq!(&read_in(&pieces, limit_bytes), &whole);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = SseReader::with_limit(64).push(&bytes);
    }
}
