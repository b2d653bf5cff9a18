//! How one record lies in a segment: a header of 64 bytes, then the payload.
//!
//! | bytes | field |
//! |---|---|
//! | 0..4 | `SKJ1` |
//! | 4..6 | format version, [`VERSION`] |
//! | 6..8 | kind: 1 opens a segment, 2 is a step's result |
//! | 8..12 | length of the payload in bytes |
//! | 12..20 | sequence: from 1, one more for each frame of the adopted history |
//! | 20..56 | generation id, as text |
//! | 56..60 | CRC32C (RFC 3720) of the payload |
//! | 60..64 | CRC32C of bytes 0..60 |
//! | 64.. | payload: JSON |
//!
//! Numbers are little-endian. The header has a checksum of its own so that a frame's length can be trusted when its
//! payload is damaged: that tells a torn last frame from a damaged earlier one. The first six bytes keep their meaning
//! in all versions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::id::{GenerationId, StepKey};

/// The format version that is written and read here.
pub const VERSION: u16 = 1;
/// Bytes before the payload.
pub const HEADER_BYTES: usize = 64;
/// Most bytes of a payload; a model's longest answers are far below it.
pub const PAYLOAD_MAX_BYTES: usize = 64 * 1024 * 1024;

const MAGIC: [u8; 4] = *b"SKJ1";
const GENERATION_BYTES: usize = 36;

/// What a frame records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A claim: the payload is an [`Opening`].
    Opening,
    /// A step's result: the payload is a [`Step`].
    Step,
}

impl Kind {
    fn number(self) -> u16 {
        match self {
            Self::Opening => 1,
            Self::Step => 2,
        }
    }

    fn from_number(number: u16) -> Option<Self> {
        match number {
            1 => Some(Self::Opening),
            2 => Some(Self::Step),
            _ => None,
        }
    }
}

/// Payload of the frame that opens a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// Number of the claim.
    pub(super) epoch: u64,
    /// What it takes over, in order.
    pub(super) adopts: Vec<Adopted>,
}

/// A part of an earlier segment that belongs to the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adopted {
    /// The segment.
    pub(super) epoch: u64,
    /// How many of its bytes, from the start.
    pub(super) bytes: u64,
}

/// Payload of a step's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// The step.
    pub(super) key: StepKey,
    /// What came of it.
    pub(super) value: Value,
}

/// A frame whose checksums fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// What it records.
    pub(super) kind: Kind,
    /// Its number.
    pub(super) sequence: u64,
    /// Whose it is, as text.
    pub(super) generation: &'a [u8],
    /// JSON.
    pub(super) payload: &'a [u8],
    /// Header and payload together.
    pub(super) bytes: usize,
}

/// What stands where a frame should start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// The bytes end before the frame does, or it is the last and its payload is damaged.
    Torn,
    /// A damaged frame that others follow.
    Damaged(&'static str),
    /// A frame of an unknown version or kind.
    Unknown(&'static str, u16),
}

/// Makes a frame; `None` when the payload is too large.
pub(super) fn encode(kind: Kind, sequence: u64, generation: &GenerationId, payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= PAYLOAD_MAX_BYTES)?;
    let generation = generation.to_string();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&kind.number().to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(generation.as_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend_from_slice(payload);
    Some(bytes)
}

/// Reads the frame at the start of the rest of a segment, which is not empty.
pub(super) fn decode(rest: &[u8]) -> Decoded<'_> {
    let Some(header) = rest.first_chunk::<HEADER_BYTES>() else {
        return Decoded::Torn;
    };
    let fields = Fields::of(header);
    if !fields.checksum_fits {
        return if headers_follow(rest) {
            Decoded::Damaged("its header does not fit its checksum")
        } else {
            Decoded::Torn
        };
    }
    if fields.version != VERSION {
        return Decoded::Unknown("format version", fields.version);
    }
    let Some(kind) = Kind::from_number(fields.kind) else {
        return Decoded::Unknown("kind", fields.kind);
    };
    let bytes = HEADER_BYTES + fields.length;
    let Some(payload) = rest.get(HEADER_BYTES..bytes) else {
        return Decoded::Torn;
    };
    if crc32c::crc32c(payload) != fields.payload_checksum {
        return if rest.len() > bytes {
            Decoded::Damaged("its payload does not fit its checksum")
        } else {
            Decoded::Torn
        };
    }
    let generation = rest.get(20..20 + GENERATION_BYTES).unwrap_or_default();
    Decoded::Frame(Frame { kind, sequence: fields.sequence, generation, payload, bytes })
}

/// The version that the first bytes of a segment state, whatever the rest looks like.
pub(super) fn stated_version(segment: &[u8]) -> Option<u16> {
    let rest = segment.strip_prefix(&MAGIC)?;
    rest.first_chunk::<2>().map(|bytes| u16::from_le_bytes(*bytes))
}

/// Whether a whole header starts anywhere behind the first byte. JSON has no zero bytes and a header always has, so a
/// payload cannot be taken for one.
fn headers_follow(rest: &[u8]) -> bool {
    rest.windows(HEADER_BYTES)
        .skip(1)
        .filter_map(|window| window.first_chunk::<HEADER_BYTES>())
        .any(|header| header.starts_with(&MAGIC) && Fields::of(header).checksum_fits)
}

struct Fields {
    version: u16,
    kind: u16,
    length: usize,
    sequence: u64,
    payload_checksum: u32,
    checksum_fits: bool,
}

impl Fields {
    fn of(header: &[u8; HEADER_BYTES]) -> Self {
        Self {
            version: u16::from_le_bytes(part(header, 4)),
            kind: u16::from_le_bytes(part(header, 6)),
            length: u32::from_le_bytes(part(header, 8)) as usize,
            sequence: u64::from_le_bytes(part(header, 12)),
            payload_checksum: u32::from_le_bytes(part(header, 56)),
            checksum_fits: header.starts_with(&MAGIC)
                && crc32c::crc32c(header.split_last_chunk::<4>().map_or(&[][..], |(covered, _)| covered))
                    == u32::from_le_bytes(part(header, 60)),
        }
    }
}

/// `N` bytes of a header from `start`, which the callers keep inside it.
fn part<const N: usize>(header: &[u8; HEADER_BYTES], start: usize) -> [u8; N] {
    header.get(start..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
}
