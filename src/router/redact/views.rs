//! A text as it stands, and as it reads once its escapes are undone.

use std::ops::Range;

/// A text with escapes undone, byte by byte, and where each byte comes from.
pub(super) struct View {
    bytes: Vec<u8>,
    /// Where each byte begins in the text, and at last where the text ends; none when every byte is its own.
    starts: Option<Vec<usize>>,
}

impl View {
    /// All ways to read a text.
    pub(super) fn all_of(text: &str) -> Vec<Self> {
        let mut views = vec![Self { bytes: text.as_bytes().to_vec(), starts: None }];
        if text.contains('%') {
            views.push(Self::undone(text, percent));
        }
        if text.contains('\\') {
            views.push(Self::undone(text, backslash));
        }
        views
    }

    /// What it reads.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where a range of what it reads comes from.
    pub(super) fn origin(&self, range: Range<usize>) -> Option<Range<usize>> {
        match &self.starts {
            None => Some(range),
            Some(starts) => Some(*starts.get(range.start)?..*starts.get(range.end)?),
        }
    }

    fn undone(text: &str, escape: fn(&[u8]) -> Option<(char, usize)>) -> Self {
        let (mut bytes, mut starts) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        let mut rest = text.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            let at = text.len() - rest.len();
            match escape(rest).and_then(|(c, length)| Some((c, rest.get(length..)?))) {
                // What is no ASCII is part of no key.
                Some((c, behind)) => {
                    bytes.push(u8::try_from(c).unwrap_or(0));
                    rest = behind;
                }
                None => {
                    bytes.push(*first);
                    rest = behind;
                }
            }
            starts.push(at);
        }
        starts.push(text.len());
        Self { bytes, starts: Some(starts) }
    }
}

/// `%2D` (RFC 3986, section 2.1), and how long it is.
fn percent(bytes: &[u8]) -> Option<(char, usize)> {
    match bytes {
        [b'%', digits @ ..] => Some((hexadecimal(digits.get(..2)?)?, 3)),
        _ => None,
    }
}

/// `\/`, `\"` and their kin, `\u002d` (RFC 8259, section 7), `\x2d` (many programming languages), and how long it is.
fn backslash(bytes: &[u8]) -> Option<(char, usize)> {
    match bytes {
        [b'\\', b'u', digits @ ..] => Some((hexadecimal(digits.get(..4)?)?, 6)),
        [b'\\', b'x', digits @ ..] => Some((hexadecimal(digits.get(..2)?)?, 4)),
        [b'\\', c, ..] if c.is_ascii_punctuation() => Some((char::from(*c), 2)),
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<char> {
    digits
        .iter()
        .try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
        .and_then(char::from_u32)
}
