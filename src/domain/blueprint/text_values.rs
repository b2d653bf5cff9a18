//! Texts that read as if a person had typed them.

use deunicode::deunicode;

use super::dice::Dice;
use super::lexicon::{Lexicon, List};
use super::meaning::Meaning;
use super::words::Words;

const HEX_COLORS: List = &["#2563eb", "#16a34a", "#dc2626", "#ca8a04", "#7c3aed", "#0891b2", "#db2777", "#475569"];
const CURRENCIES: List = &["EUR", "USD", "GBP", "JPY", "CHF", "SEK", "NOK", "PLN"];
const LANGUAGE_CODES: List = &["en", "de", "fr", "es", "it", "ja", "pt", "pl"];
const MEDIA_TYPES: List = &["application/pdf", "image/png", "text/plain", "text/csv"];
const FILE_STEMS: List = &["report", "invoice", "photo", "plan", "contract", "notes"];
const FILE_ENDINGS: List = &["pdf", "png", "txt", "csv"];

/// Largest number of characters before the `@` of an e-mail address, and of one part of a host name.
const LOCAL_MAX_CHARS: usize = 64;
const HOST_PART_MAX_CHARS: usize = 63;

fn pick(list: List, index: usize) -> &'static str {
    index.checked_rem(list.len()).and_then(|at| list.get(at)).copied().unwrap_or_default()
}

fn pick_from<T: Copy>(list: &[T], index: usize) -> Option<T> {
    index.checked_rem(list.len()).and_then(|at| list.get(at)).copied()
}

/// Small Latin letters and digits of a text in any script.
fn latin(text: &str) -> String {
    deunicode(text).chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The text that a row with this number has for a meaning; rows of one entity agree (one person, one place).
pub(super) fn realistic(meaning: Meaning, words: &Lexicon, entity: &Words, index: usize) -> String {
    let (first, last) = pick_from(words.people, index).unwrap_or_default();
    let (city, country, code) = pick_from(words.places, index).unwrap_or_default();
    let from = |list: List| pick(list, index).to_owned();
    let number = index.saturating_add(1);
    match meaning {
        Meaning::FirstName => first.to_owned(),
        Meaning::LastName => last.to_owned(),
        Meaning::FullName => format!("{first} {last}"),
        Meaning::Login => latin(first),
        Meaning::Company => from(words.companies),
        Meaning::City => city.to_owned(),
        Meaning::Country => country.to_owned(),
        Meaning::CountryCode => code.to_owned(),
        Meaning::Street => from(words.streets),
        Meaning::Address => {
            let (street, house) = (pick(words.streets, index), 3 + (index * 7) % 90);
            if words.number_first { format!("{house} {street}") } else { format!("{street}, {house}") }
        }
        Meaning::PostalCode => (10_115 + (index * 731) % 89_000).to_string(),
        Meaning::Phone => format!("{}{:02}", words.phone, number % 100),
        Meaning::Email => format!("{}.{}@example.com", latin(first), latin(last)),
        Meaning::Url => format!("https://example.com/{}/{number}", entity.plural().kebab()),
        Meaning::Slug => {
            slug(&realistic(super::meaning::meaning_of(entity, &Words::of("title"), false), words, entity, index))
        }
        Meaning::Isbn => isbn(index),
        Meaning::Code => {
            let letters: String = entity.snake().chars().filter(char::is_ascii_lowercase).take(3).collect();
            format!("{}-{}", letters.to_ascii_uppercase(), 1_001 + index * 37)
        }
        Meaning::Year => (1_994 + (index * 7) % 32).to_string(),
        Meaning::Job => from(words.jobs),
        Meaning::Department => from(words.departments),
        Meaning::Product => from(words.products),
        Meaning::Project => from(words.projects),
        Meaning::Task => from(words.tasks),
        Meaning::Book => from(words.books),
        Meaning::Article => from(words.articles),
        Meaning::Film => from(words.films),
        Meaning::Event => from(words.events),
        Meaning::Course => from(words.courses),
        Meaning::Dish => from(words.dishes),
        Meaning::Category => from(words.categories),
        Meaning::Tag => from(words.tags),
        Meaning::Genre => from(words.genres),
        Meaning::Color => from(words.colors),
        Meaning::HexColor => from(HEX_COLORS),
        Meaning::Material => from(words.materials),
        Meaning::Currency => from(CURRENCIES),
        Meaning::Language => from(words.languages),
        Meaning::LanguageCode => from(LANGUAGE_CODES),
        Meaning::Version => format!("{}.{}.0", 1 + index / 10, index % 10),
        Meaning::IpAddress => format!("192.0.2.{}", 1 + index % 250),
        Meaning::FileName => format!("{}-{number}.{}", pick(FILE_STEMS, index), pick(FILE_ENDINGS, index)),
        Meaning::MediaType => from(MEDIA_TYPES),
        Meaning::Remark => from(words.remarks),
        Meaning::Description => from(words.descriptions),
        Meaning::Name => from(words.names),
    }
}

/// A text of several sentences.
pub(super) fn paragraph(meaning: Meaning, words: &Lexicon, index: usize) -> String {
    if meaning == Meaning::Remark {
        return pick(words.remarks, index).to_owned();
    }
    let sentences = [index, index + 3, index + 7].map(|at| pick(words.descriptions, at));
    sentences.iter().take(2 + index % 2).copied().collect::<Vec<_>>().join(" ")
}

/// The same text made different from others like it by a number.
pub(super) fn numbered(meaning: Meaning, text: &str, number: usize) -> String {
    match meaning {
        Meaning::Email => match text.split_once('@') {
            Some((local, host)) => format!("{local}{number}@{host}"),
            None => format!("{text}{number}"),
        },
        Meaning::Login | Meaning::Year | Meaning::PostalCode | Meaning::Isbn => format!("{text}{number}"),
        Meaning::Slug | Meaning::Url | Meaning::Code => format!("{text}-{number}"),
        Meaning::Remark | Meaning::Description => format!("{text} ({number})"),
        _ => format!("{text} {number}"),
    }
}

fn slug(text: &str) -> String {
    heck::ToKebabCase::to_kebab_case(deunicode(text).replace(['\'', '`'], "").as_str())
}

/// A well-formed ISBN-13 (the last digit is the check digit).
fn isbn(index: usize) -> String {
    let digits = format!("978{:09}", 306_406_157_usize.wrapping_add(index * 10_007_919) % 1_000_000_000);
    let weighted =
        digits.bytes().enumerate().map(|(at, digit)| usize::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 });
    let check = (10 - weighted.sum::<usize>() % 10) % 10;
    format!("{digits}{check}")
}

/// Brings a text to a length: cut after a word where one ends in range, or continued by `more`.
pub(super) fn sized(text: &str, least: usize, most: usize, more: impl Fn(usize) -> String) -> String {
    let mut sized = text.to_owned();
    let mut count = sized.chars().count();
    let mut round = 0;
    while count < least {
        round += 1;
        let next = more(round);
        sized.push(' ');
        sized.push_str(if next.is_empty() { "more" } else { &next });
        count = sized.chars().count();
    }
    if count <= most {
        return sized;
    }
    let cut: String = sized.chars().take(most).collect();
    let ends_with_word = sized.chars().nth(most).is_some_and(char::is_whitespace);
    let trimmed = cut.trim_end();
    if ends_with_word && trimmed.chars().count() >= least {
        return trimmed.to_owned();
    }
    if let Some((head, _)) = trimmed.rsplit_once(' ') {
        let head = head.trim_end_matches([',', '(', '&', '-', ' ']);
        if head.chars().count() >= least.max(3) {
            return head.to_owned();
        }
    }
    let missing = most.saturating_sub(trimmed.chars().count());
    if trimmed.chars().count() >= least { trimmed.to_owned() } else { format!("{trimmed}{}", ".".repeat(missing)) }
}

/// E-mail addresses from the pleasant to the shortest, brought to a length.
pub(super) fn emails(pleasant: &str, number: usize, least: usize, most: usize) -> Vec<String> {
    let local = pleasant.split('@').next().unwrap_or_default();
    let short = local.split('.').next().unwrap_or_default();
    let tail = if number == 0 { String::new() } else { number.to_string() };
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap_or_default());
    let all = [
        pleasant.to_owned(),
        format!("{short}{tail}@example.com"),
        format!("{}{tail}@example.com", letter(number)),
        format!("{}{}@b.test", letter(number / 26), letter(number)),
        format!("{}@{}.test", letter(number / 26), letter(number)),
        format!("{}@{}.co", letter(number / 26), letter(number)),
    ];
    let fits = |email: &String| email.len() <= most;
    all.into_iter().filter(fits).map(|email| longer_email(&email, least)).collect()
}

fn longer_email(email: &str, least: usize) -> String {
    let Some((local, host)) = email.split_once('@') else { return email.to_owned() };
    let mut missing = least.saturating_sub(email.len());
    let mut in_local = missing.min(LOCAL_MAX_CHARS.saturating_sub(local.len()));
    if missing == in_local + 1 {
        // A further part of the host takes two characters at least.
        in_local = in_local.saturating_sub(1);
    }
    missing -= in_local;
    let mut parts = String::new();
    while missing > 1 {
        let length = (missing - 1).min(HOST_PART_MAX_CHARS);
        // What is left must not be one character, which no part fits in.
        let length = if missing - length - 1 == 1 { length - 1 } else { length };
        parts.push_str(&"m".repeat(length));
        parts.push('.');
        missing -= length + 1;
    }
    format!("{local}{}@{parts}{host}", "x".repeat(in_local))
}

/// Addresses from the pleasant to the shortest, brought to a length.
pub(super) fn urls(pleasant: &str, number: usize, least: usize, most: usize) -> Vec<String> {
    let all = [
        pleasant.to_owned(),
        format!("https://example.com/{number}"),
        format!("https://b.test/{number}"),
        format!("http://b.co/{number}"),
        format!("http://b.co?{number}"),
        "http://b.co".to_owned(),
    ];
    let longer = |url: String| {
        let missing = least.saturating_sub(url.len());
        let separator = if missing > 0 && !url.contains('/') { "/" } else { "" };
        format!("{url}{separator}{}", "x".repeat(missing.saturating_sub(separator.len())))
    };
    all.into_iter().filter(|url| url.len() <= most).map(longer).collect()
}

/// Letters and digits of exactly this many characters.
pub(super) fn letters(chars: usize, seed: u64) -> String {
    let mut dice = Dice::new(seed);
    (0..chars).map(|_| char::from(b'a' + u8::try_from(dice.below(26)).unwrap_or_default())).collect()
}
