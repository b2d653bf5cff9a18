//! Server-sent events, read as their bytes arrive: WHATWG HTML, section 9.2.

use std::mem;

use bytes::Bytes;
use memchr::{memchr, memchr2};

/// Most bytes of one event. A picture in an answer takes a few million; what is larger is a sender gone wrong.
pub const EVENT_LIMIT_BYTES: usize = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// Its `event` field; empty when it has none.
    pub name: String,
    /// Its `data` fields, joined by line feeds. Valid UTF-8.
    pub data: Bytes,
}

/// A stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseFault {
    /// An event is larger than it may be.
    #[error("an event of more than {limit_bytes} bytes was sent")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// An event is not UTF-8.
    #[error("an event was sent that is not UTF-8")]
    NotUtf8,
}

/// Turns the bytes of one stream into events. Where the bytes were split makes no difference to what comes out.
///
/// Comments (keep-alives), `id` and `retry` are left out: whoever reads a model's answer does not come again, as that would be
/// paid again, and our own events say their numbers themselves. An event that no empty line ends is never told, as the
/// standard demands.
#[derive(Debug)]
pub struct SseReader {
    limit_bytes: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The `data` fields of the event that has not ended yet.
    data: Option<Vec<u8>>,
    name: String,
    /// No line has ended yet: the first may start with a byte order mark.
    at_beginning: bool,
    /// The last line ended with a carriage return: a line feed right after it belongs to it.
    after_carriage_return: bool,
    failed: Option<SseFault>,
}

impl SseReader {
    /// Reads from the beginning of a stream, with events of at most [`EVENT_LIMIT_BYTES`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(EVENT_LIMIT_BYTES)
    }

    /// Reads from the beginning of a stream, with events of at most so many bytes, the unfinished line included.
    #[must_use]
    pub fn with_limit(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            line: Vec::new(),
            data: None,
            name: String::new(),
            at_beginning: true,
            after_carriage_return: false,
            failed: None,
        }
    }

    /// Takes the next bytes, and gives the events that they complete.
    ///
    /// # Errors
    /// An event is larger than the limit or not UTF-8. Events before it in the
    /// same bytes are given first: then the next call is the one that fails. So does every call after that.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>, SseFault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        let mut events = Vec::new();
        let Err(fault) = self.read(bytes, &mut events) else { return Ok(events) };
        self.line = Vec::new();
        self.data = None;
        self.failed = Some(fault);
        if events.is_empty() { Err(fault) } else { Ok(events) }
    }

    fn read(&mut self, bytes: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseFault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if mem::take(&mut self.after_carriage_return) {
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
            let found = memchr2(b'\n', b'\r', rest).and_then(|at| rest.split_at_checked(at));
            let Some((head, [terminator, tail @ ..])) = found else {
                self.check_room(rest.len())?;
                self.line.extend_from_slice(rest);
                break;
            };
            self.check_room(head.len())?;
            self.after_carriage_return = *terminator == b'\r';
            rest = tail;
            if self.line.is_empty() {
                self.end_line(head, events)?;
            } else {
                let mut line = mem::take(&mut self.line);
                line.extend_from_slice(head);
                self.end_line(&line, events)?;
                line.clear();
                self.line = line;
            }
        }
        Ok(())
    }

    fn check_room(&self, more_bytes: usize) -> Result<(), SseFault> {
        let held = self.line.len().saturating_add(self.data.as_ref().map_or(0, Vec::len));
        if held.saturating_add(more_bytes) <= self.limit_bytes {
            return Ok(());
        }
        Err(SseFault::TooLarge { limit_bytes: self.limit_bytes })
    }

    fn end_line(&mut self, line: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseFault> {
        let line =
            if mem::take(&mut self.at_beginning) { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
        if line.is_empty() {
            events.extend(self.end_event()?);
            return Ok(());
        }
        let (field, value) = match memchr(b':', line).and_then(|at| line.split_at_checked(at)) {
            Some((field, [_, value @ ..])) => (field, value.strip_prefix(b" ").unwrap_or(value)),
            _ => (line, [].as_slice()),
        };
        match field {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            },
            b"event" => value_text(value)?.clone_into(&mut self.name),
            _ => {}
        }
        Ok(())
    }

    fn end_event(&mut self) -> Result<Option<SseEvent>, SseFault> {
        let name = mem::take(&mut self.name);
        let Some(data) = self.data.take() else { return Ok(None) };
        value_text(&data)?;
        Ok(Some(SseEvent { name, data: Bytes::from(data) }))
    }
}

impl Default for SseReader {
    fn default() -> Self {
        Self::new()
    }
}

fn value_text(value: &[u8]) -> Result<&str, SseFault> {
    str::from_utf8(value).map_err(|_| SseFault::NotUtf8)
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
