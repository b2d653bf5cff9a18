//! Small files: images and notes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// Largest file that is made, so that no test or seed carries megabytes.
const MADE_MAX_BYTES: usize = 64 * 1024;
/// Red, green and blue of sample images.
const COLORS: &[[u8; 3]] = &[[37, 99, 235], [22, 163, 74], [220, 38, 38], [202, 138, 4], [124, 58, 237], [8, 145, 178]];

/// A file in its JSON form with a size in the range; `None` when no file of the kind has one.
pub(super) fn file(image: bool, index: usize, least: usize, most: usize) -> Option<Value> {
    if least > MADE_MAX_BYTES {
        return None;
    }
    let number = index.saturating_add(1);
    let (name, media_type, content) = if image {
        (format!("image-{number}.png"), "image/png", picture(index, least, most)?)
    } else {
        (format!("note-{number}.txt"), "text/plain", note(number, least, most)?)
    };
    Some(json!({ "name": name, "mediaType": media_type, "data": BASE64.encode(content) }))
}

/// A file of another kind than an image.
pub(super) fn not_an_image(least: usize, most: usize) -> Option<Value> {
    file(false, 0, least, most)
}

fn note(number: usize, least: usize, most: usize) -> Option<Vec<u8>> {
    let mut text = format!("Sample note {number}.\n");
    while text.len() < least {
        text.push_str("One more line of the sample note.\n");
    }
    if text.len() > most {
        text = format!("{number}{}", ".".repeat(least.max(1).saturating_sub(1)));
    }
    let size = text.len().min(most);
    (least..=most).contains(&size).then(|| text.into_bytes().into_iter().take(size).collect())
}

/// A square of one colour; a single pixel when there is no room for more.
fn picture(index: usize, least: usize, most: usize) -> Option<Vec<u8>> {
    let color = index.checked_rem(COLORS.len()).and_then(|at| COLORS.get(at)).copied().unwrap_or_default();
    [png(8, Some(color), 0), png(1, None, 0)].into_iter().find_map(|plain| {
        if (least..=most).contains(&plain.len()) {
            return Some(plain);
        }
        // A text chunk takes twelve bytes beside its content, which starts with a key and a zero.
        let padding = least.saturating_sub(plain.len() + CHUNK_OVERHEAD_BYTES).max(COMMENT_KEY.len());
        let padded = png(8, Some(color), padding);
        (least..=most).contains(&padded.len()).then_some(padded)
    })
}

const CHUNK_OVERHEAD_BYTES: usize = 12;
const COMMENT_KEY: &[u8] = b"Comment\0";

/// A PNG with one bit for each pixel, all of them 0 (<https://www.w3.org/TR/png-3/>).
fn png(side: u8, color: Option<[u8; 3]>, padding: usize) -> Vec<u8> {
    let color_type = if color.is_some() { 3 } else { 0 };
    let mut out = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n'];
    chunk(&mut out, *b"IHDR", &[0, 0, 0, side, 0, 0, 0, side, 1, color_type, 0, 0, 0]);
    if let Some(color) = color {
        chunk(&mut out, *b"PLTE", &color);
    }
    if padding > 0 {
        let mut comment = COMMENT_KEY.to_vec();
        comment.resize(padding.max(COMMENT_KEY.len()), b'.');
        chunk(&mut out, *b"tEXt", &comment);
    }
    // Each line is a filter byte and the pixels; all zero, so Adler-32 is 1 below the count.
    let lines = vec![0_u8; usize::from(side) * (1 + usize::from(side).div_ceil(8))];
    let count = u16::try_from(lines.len()).unwrap_or_default();
    let mut data = vec![0x78, 0x01, 1];
    data.extend(count.to_le_bytes());
    data.extend((!count).to_le_bytes());
    data.extend(&lines);
    data.extend(count.to_be_bytes());
    data.extend([0, 1]);
    chunk(&mut out, *b"IDAT", &data);
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    out.extend(u32::try_from(content.len()).unwrap_or_default().to_be_bytes());
    let mut checked = kind.to_vec();
    checked.extend(content);
    out.extend(&checked);
    out.extend(crc32fast::hash(&checked).to_be_bytes());
}
