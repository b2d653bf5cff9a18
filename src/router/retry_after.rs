//! How long a provider asks to wait: the `retry-after` headers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;

use crate::domain::clock::Timestamp;

/// The longest wait that is believed, so that adding it to a time is always possible.
const LONGEST: Duration = Duration::from_hours(24);

/// Reads how long to wait before asking again.
///
/// `retry-after-ms` and `x-ms-retry-after-ms` (milliseconds, the exact forms of `OpenAI` and Azure) go before
/// `retry-after` (RFC 9110, section 10.2.3: seconds or a date; a fraction of a second is taken too, as some send it). A date
/// counts from the answer's own `date` header, so that a clock that is off does no harm, else from `now`. A date that has passed means no wait; more than a day is taken as a day.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let number = |name: &str| text(headers, name)?.parse::<f64>().ok();
    let wait_ms = number("retry-after-ms").or_else(|| number("x-ms-retry-after-ms"));
    wait_ms
        .and_then(|wait_ms| duration(wait_ms / 1000.0))
        .or_else(|| duration(number("retry-after")?))
        .or_else(|| until(headers, now))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn duration(seconds: f64) -> Option<Duration> {
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(seconds).map_or(LONGEST, |wait| wait.min(LONGEST)))
}

fn until(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let date = |name: &str| httpdate::parse_http_date(text(headers, name)?).ok();
    let until: SystemTime = date("retry-after")?;
    let own_time = || UNIX_EPOCH.checked_add(Duration::from_millis(now.0));
    let from = date("date").or_else(own_time)?;
    Some(until.duration_since(from).unwrap_or(Duration::ZERO).min(LONGEST))
}

#[cfg(test)]
#[path = "retry_after_tests.rs"]
mod tests;
