//! Dates, times and durations; nothing here knows what day it is.

use jiff::civil::{Date, date};

use super::dice::Dice;
use super::words::Words;

/// First words or last words that tell where on a time line a field stands.
const BIRTH: &[&str] = &["birth", "birthday", "birthdate", "dob", "born"];
const LATER: &[&str] = &[
    "end",
    "ends",
    "ended",
    "due",
    "deadline",
    "finish",
    "finished",
    "closed",
    "until",
    "expires",
    "expiry",
    "to",
    "return",
    "returned",
    "delivered",
    "completed",
    "departure",
    "checkout",
    "modified",
    "updated",
    "changed",
    "valid",
];
/// Those of them that end something which takes hours, not days, when a time of day is given.
const ENDS: &[&str] = &["end", "ends", "ended", "finish", "finished", "until", "to"];
const FIRST_DAY: Date = date(2026, 1, 12);
const FIRST_BIRTH_DAY: Date = date(1961, 3, 8);
/// Days between rows: coprime with the span, so that rows spread over the whole year.
const DAYS_BETWEEN_ROWS: usize = 37;
const SPAN_DAYS: usize = 330;
const BIRTH_SPAN_DAYS: usize = 15_000;
const BIRTH_DAYS_BETWEEN_ROWS: usize = 2_311;
/// Minutes after midnight at which things happen.
const MINUTES: &[usize] = &[570, 855, 660, 1005, 500, 795, 620, 915];
const DURATIONS_MINUTES: &[usize] = &[90, 45, 30, 120, 15, 75, 60, 150, 20, 105];

fn has_word(name: &Words, words: &[&str]) -> bool {
    name.iter().any(|word| words.contains(&word))
}

fn day(name: &Words, index: usize, attempt: usize) -> Option<Date> {
    let (first, days) = if has_word(name, BIRTH) {
        (FIRST_BIRTH_DAY, index * BIRTH_DAYS_BETWEEN_ROWS % BIRTH_SPAN_DAYS)
    } else {
        let later = if has_word(name, LATER) { 9 + index % 5 } else { 0 };
        (FIRST_DAY, index * DAYS_BETWEEN_ROWS % SPAN_DAYS + later)
    };
    let days = i64::try_from(days.checked_add(attempt)?).ok()?;
    first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn minute(name: &Words, index: usize) -> usize {
    let start = index.checked_rem(MINUTES.len()).and_then(|at| MINUTES.get(at)).copied().unwrap_or_default();
    start + if has_word(name, LATER) { 90 } else { 0 }
}

/// `2026-03-14`.
pub(super) fn calendar_date(name: &Words, index: usize, attempt: usize) -> Option<String> {
    day(name, index, attempt).map(|day| day.to_string())
}

/// `2026-03-14T09:30:00.000Z`, as JavaScript writes it, so that stored values sort.
pub(super) fn instant(name: &Words, index: usize, attempt: usize) -> Option<String> {
    let minute = minute(name, index);
    // What ends at an instant began earlier that day.
    let day = if has_word(name, ENDS) { day(&Words::of("start"), index, attempt) } else { day(name, index, attempt) };
    day.map(|day| format!("{day}T{:02}:{:02}:00.000Z", minute / 60 % 24, minute % 60))
}

/// `09:30`.
pub(super) fn clock_time(name: &Words, index: usize, attempt: usize) -> String {
    let minute = (minute(name, index) + attempt) % (24 * 60);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// `PT1H30M`.
pub(super) fn duration(index: usize, attempt: usize) -> String {
    let start = index.checked_rem(DURATIONS_MINUTES.len()).and_then(|at| DURATIONS_MINUTES.get(at)).copied();
    let minutes = start.unwrap_or_default() + attempt;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let part = |count: usize, unit: char| if count > 0 { format!("{count}{unit}") } else { String::new() };
    let time = format!("{}{}", part(hours, 'H'), part(minutes, 'M'));
    let separator = if time.is_empty() { "" } else { "T" };
    format!("P{}{separator}{time}", part(days, 'D'))
}

/// A random UUID (version 4) that is the same every time.
pub(super) fn uuid(dice: &mut Dice) -> String {
    let bits = (u128::from(dice.roll()) << 64) | u128::from(dice.roll());
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}
