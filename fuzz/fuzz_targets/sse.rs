//! However a stream is cut, its events are the same, and so is whether it is damaged.

#![no_main]

use samokoder::network::SseReader;

/// The events until the end or the damage, and whether there is damage.
fn read(bytes: &[u8], size: usize) -> (Vec<(String, Vec<u8>)>, bool) {
    let mut reader = SseReader::with_limit(1 << 16);
    let mut events = Vec::new();
    // The last push brings nothing: damage behind events of the same bytes is told by the next.
    for piece in bytes.chunks(size.max(1)).chain([[].as_slice()]) {
        match reader.push(piece) {
            Ok(more) => events.extend(more.into_iter().map(|event| (event.name.to_string(), event.data.to_vec()))),
            Err(_) => return (events, true),
        }
    }
    (events, false)
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((cut, stream)) = input.split_first() else { return };
    assert_eq!(read(stream, stream.len()), read(stream, usize::from(*cut)));
});
