//! What every dialect must survive: any bytes as a whole answer, as an error, as a stream cut anywhere.

use http::HeaderMap;
use samokoder::{
    domain::clock::Timestamp,
    network::SseReader,
    router::{
        dialect::{DialectName, dialect},
    },
};

/// Reads the input as every kind of answer. The first byte says where streams are cut.
pub fn read(name: DialectName, input: &[u8]) {
    let Some((cut, body)) = input.split_first() else { return };
    let dialect = dialect(name);
    if let Ok(completion) = dialect.decode(body) {
        assert!(completion.usage.is_none_or(|usage| usage.reasoning_tokens <= usage.output_tokens));
    }
    let failure = dialect.failure(400 + u16::from(*cut), &HeaderMap::new(), body, Timestamp(0));
    assert!(failure.status.is_some());

    let mut reader = SseReader::with_limit(1 << 20);
    let mut pieces = dialect.piece_reader();
    'stream: for bytes in body.chunks(usize::from(*cut).max(1)) {
        let Ok(events) = reader.push(bytes) else { break };
        for event in events {
            if pieces.read(&event.name, &event.data).is_err() {
                break 'stream;
            }
        }
    }
    let _ = pieces.is_complete();
}
