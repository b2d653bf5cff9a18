//! Whose trace a request belongs to: the header `traceparent` of W3C Trace Context
//! (<https://www.w3.org/TR/trace-context/#traceparent-header>).

use http::{HeaderMap, HeaderName};
use tracing::Span;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Bytes of version 00: `00-`, 32 digits, `-`, 16 digits, `-`, 2 digits.
const BYTES: usize = 55;
/// The bit of the flags that says that the caller records the trace.
const SAMPLED: u8 = 1;

/// Makes a span a part of its caller's trace. It is called once for a span, before anything else is done with that.
pub type JoinTrace = fn(&Span, TraceParent);

/// The span of a caller's from which a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace; never 0.
    pub trace_id: u128,
    /// The caller's span in it; never 0.
    pub span_id: u64,
    /// Whether the caller records the trace.
    pub is_sampled: bool,
}

impl TraceParent {
    /// Reads the header; none when it is missing, there twice, or not what the recommendation says: the request then begins a
    /// trace of its own, as if nobody had sent one.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        Self::read(value.to_str().ok()?)
    }

    fn read(text: &str) -> Option<Self> {
        let (known, rest) = text.split_at_checked(BYTES)?;
        let mut parts = known.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let version = u8::from_str_radix(digits(version, 2)?, 16).ok()?;
        // A version that comes later may say more after what this one says; 255 is none.
        let is_known = if version == 0 { rest.is_empty() } else { rest.is_empty() || rest.starts_with('-') };
        if version == u8::MAX || !is_known || parts.next().is_some() {
            return None;
        }
        let trace_id = u128::from_str_radix(digits(trace, 32)?, 16).ok().filter(|id| *id != 0)?;
        let span_id = u64::from_str_radix(digits(span, 16)?, 16).ok().filter(|id| *id != 0)?;
        let flags = u8::from_str_radix(digits(flags, 2)?, 16).ok()?;
        Some(Self { trace_id, span_id, is_sampled: flags & SAMPLED != 0 })
    }
}

/// The text, when it is so many hexadecimal digits, in lower case as they must be.
fn digits(text: &str, count: usize) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == count && text.bytes().all(is_digit)).then_some(text)
}

#[cfg(test)]
#[path = "trace_parent_tests.rs"]
mod tests;
