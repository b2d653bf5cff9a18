//! However a stream is cut, its events are the same.

#![no_main]

use samokoder::router::sse::SseReader;

fn read(bytes: &[u8], size: usize) -> Result<Vec<(String, Vec<u8>)>, ()> {
    let mut reader = SseReader::with_limit(1 << 16);
    let mut events = Vec::new();
    for piece in bytes.chunks(size.max(1)) {
        events.extend(
            reader.push(piece).map_err(drop)?.into_iter().map(|event| (event.name.to_string(), event.data.to_vec())),
        );
    }
    Ok(events)
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((cut, stream)) = input.split_first() else { return };
    let (whole, cut) = (read(stream, stream.len()), read(stream, usize::from(*cut)));
    assert_eq!(whole.is_ok(), cut.is_ok());
    assert!(whole.is_err() || whole == cut);
});
