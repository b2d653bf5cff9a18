use super::frame::{Decoded, HEADER_BYTES, Kind, PAYLOAD_MAX_BYTES, VERSION, decode, encode, stated_version};
use crate::domain::id::GenerationId;

#[test]
fn reads_back_what_it_made() {
    let generation = GenerationId::mint();
    let bytes = encode(Kind::Step, 7, &generation, b"{}").unwrap();
    let Decoded::Frame(frame) = decode(&bytes) else { panic!("not a frame") };
    assert_eq!(frame.kind, Kind::Step);
    assert_eq!(frame.sequence, 7);
    assert_eq!(frame.generation, generation.to_string().as_bytes());
    assert_eq!(frame.payload, b"{}");
    assert_eq!(frame.bytes, HEADER_BYTES + 2);
    assert_eq!(stated_version(&bytes), Some(VERSION));
}

#[test]
fn the_layout_is_the_documented_one() {
    let generation: GenerationId = serde_json::from_str("\"0190a3c4-0000-7000-8000-000000000001\"").unwrap();
    let bytes = encode(Kind::Opening, 1, &generation, b"[1]").unwrap();
    assert_eq!(&bytes[..4], b"SKJ1");
    assert_eq!(&bytes[4..8], [1, 0, 1, 0]);
    assert_eq!(&bytes[8..12], [3, 0, 0, 0]);
    assert_eq!(&bytes[12..20], [1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(&bytes[20..56], b"0190a3c4-0000-7000-8000-000000000001");
    assert_eq!(&bytes[56..60], crc32c::crc32c(b"[1]").to_le_bytes());
    assert_eq!(&bytes[60..64], crc32c::crc32c(&bytes[..60]).to_le_bytes());
    assert_eq!(&bytes[64..], b"[1]");
}

#[test]
fn refuses_a_payload_over_the_limit() {
    let generation = GenerationId::mint();
    assert!(encode(Kind::Step, 1, &generation, &vec![b' '; PAYLOAD_MAX_BYTES + 1]).is_none());
}

#[test]
fn every_changed_bit_shows() {
    let generation = GenerationId::mint();
    let whole = encode(Kind::Step, 3, &generation, br#"{"key":"code/a","value":1}"#).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(decode(&bytes), Decoded::Torn, "as the last frame, bit {bit}");
        bytes.extend_from_slice(&whole);
        assert!(matches!(decode(&bytes), Decoded::Damaged(_)), "before another frame, bit {bit}");
    }
}
