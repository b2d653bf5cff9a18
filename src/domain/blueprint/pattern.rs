//! Patterns: the form that JavaScript takes, and strings that match or just fail to.

use std::ops::RangeInclusive;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::dice::Dice;

/// Longest string that is made for a pattern.
const GENERATED_MAX_CHARS: usize = 20_000;
/// Memory that one compiled pattern may take.
const COMPILED_MAX_BYTES: usize = 2 << 20;
/// Lengths tried above the least possible one.
const LENGTHS_TRIED: usize = 40;
/// Strings tried for each length.
const TRIES_PER_LENGTH: u64 = 4;

/// A pattern that whole values match.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    regex: Regex,
    root: Node,
}

/// What a part of a pattern matches, with the least and greatest number of characters.
#[derive(Debug)]
struct Node {
    min: usize,
    max: Option<usize>,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Text(String),
    OneOf(Vec<(char, char)>),
    Repeat { min: usize, max: Option<usize>, of: Box<Node> },
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Pattern {
    /// Reads a pattern of the spec; `None` when it is no pattern or too costly to match.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let text = for_javascript(without_anchors(pattern));
        let meaning = with_ascii_classes(&text);
        let regex =
            regex::RegexBuilder::new(&format!("^(?:{meaning})$")).size_limit(COMPILED_MAX_BYTES).build().ok()?;
        let hir = regex_syntax::Parser::new().parse(&meaning).ok()?;
        Some(Self { root: Node::of(&hir), text, regex })
    }

    /// The pattern without anchors of its own, as `new RegExp(.., "u")` takes it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole value matches.
    pub(super) fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }

    /// A string that matches, with a number of characters in the range; another one for most other seeds.
    ///
    /// `None` when none was found, which need not mean that there is none.
    pub(super) fn generate(&self, chars: RangeInclusive<usize>, seed: u64) -> Option<String> {
        let least = (*chars.start()).max(self.root.min);
        let greatest = (*chars.end()).min(self.root.max.unwrap_or(usize::MAX)).min(GENERATED_MAX_CHARS);
        if least > greatest {
            return None;
        }
        let mut dice = Dice::new(seed);
        let room = greatest - least;
        let preferred =
            if least >= 3 { least + dice.below(room.min(3) + 1) } else { (5 + dice.below(4)).clamp(least, greatest) };
        let others = (least..=greatest).take(LENGTHS_TRIED);
        std::iter::once(preferred).chain(others).chain([greatest]).find_map(|target| {
            (0..TRIES_PER_LENGTH).find_map(|_| {
                let mut made = String::new();
                self.root.write(target, &mut dice, &mut made);
                let fits = chars.contains(&made.chars().count()) && made.trim() == made && self.matches(&made);
                fits.then_some(made)
            })
        })
    }

    /// A string that does not match but is accepted otherwise, made by changing one that matches.
    pub(super) fn near_miss(&self, valid: &str, accept: impl Fn(&str) -> bool) -> Option<String> {
        let count = valid.chars().count();
        let spoil = ['!', '#', '-', '_', 'x', 'X', '0', '~', '.', ' '];
        let all = spoil.iter().map(|with| std::iter::repeat_n(*with, count).collect::<String>());
        let one = spoil.iter().flat_map(|with| {
            [0, count / 2, count.saturating_sub(1)].into_iter().map(move |place| {
                valid.chars().enumerate().map(|(at, kept)| if at == place { *with } else { kept }).collect::<String>()
            })
        });
        let longer = spoil.iter().map(|with| format!("{valid}{with}"));
        let shorter = std::iter::once(valid.chars().take(count.saturating_sub(1)).collect::<String>());
        one.chain(longer).chain(shorter).chain(all).find(|candidate| {
            !candidate.is_empty() && candidate.trim() == candidate && !self.matches(candidate) && accept(candidate)
        })
    }
}

impl Node {
    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::text(String::new()),
            HirKind::Literal(literal) => Self::text(String::from_utf8_lossy(&literal.0).into_owned()),
            HirKind::Class(class) => Self { min: 1, max: Some(1), shape: Shape::OneOf(ranges(class)) },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let of = Self::of(&repetition.sub);
                let min = usize::try_from(repetition.min).unwrap_or(usize::MAX);
                let max = repetition.max.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
                Self {
                    min: of.min.saturating_mul(min),
                    max: if of.max == Some(0) {
                        Some(0)
                    } else {
                        of.max.and_then(|each| max.map(|max| each.saturating_mul(max)))
                    },
                    shape: Shape::Repeat { min, max, of: Box::new(of) },
                }
            }
            HirKind::Concat(parts) => {
                let parts: Vec<Self> = parts.iter().map(Self::of).collect();
                Self {
                    min: parts.iter().fold(0, |sum, part| sum.saturating_add(part.min)),
                    max: parts.iter().try_fold(0_usize, |sum, part| part.max.map(|max| sum.saturating_add(max))),
                    shape: Shape::All(parts),
                }
            }
            HirKind::Alternation(branches) => {
                let branches: Vec<Self> = branches.iter().map(Self::of).collect();
                Self {
                    min: branches.iter().map(|branch| branch.min).min().unwrap_or_default(),
                    max: branches.iter().try_fold(0, |most, branch| branch.max.map(|max| most.max(max))),
                    shape: Shape::Any(branches),
                }
            }
        }
    }

    fn text(text: String) -> Self {
        let count = text.chars().count();
        Self { min: count, max: Some(count), shape: Shape::Text(text) }
    }

    /// Writes a matching string of about `target` characters.
    fn write(&self, target: usize, dice: &mut Dice, out: &mut String) {
        if out.len() > GENERATED_MAX_CHARS * 4 {
            return;
        }
        match &self.shape {
            Shape::Text(text) => out.push_str(text),
            Shape::OneOf(ranges) => out.extend(choose(ranges, dice)),
            Shape::Any(branches) => {
                let fits = |branch: &&Self| branch.min <= target && branch.max.is_none_or(|max| target <= max);
                let fitting: Vec<&Self> = branches.iter().filter(fits).collect();
                let chosen = fitting.get(dice.below(fitting.len())).copied();
                let chosen = chosen.or_else(|| branches.iter().min_by_key(|branch| branch.min.abs_diff(target)));
                if let Some(branch) = chosen {
                    branch.write(target, dice, out);
                }
            }
            Shape::All(parts) => {
                let parts: Vec<&Self> = parts.iter().collect();
                write_all(&parts, target, dice, out);
            }
            Shape::Repeat { min, max, of } => {
                let times = repetitions(of, *min, *max, target, dice);
                write_all(&vec![of.as_ref(); times], target, dice, out);
            }
        }
    }
}

/// How often to repeat a part so that about `target` characters come of it.
fn repetitions(of: &Node, min: usize, max: Option<usize>, target: usize, dice: &mut Dice) -> usize {
    let most = max.unwrap_or(usize::MAX).min(target.checked_div(of.min).unwrap_or(target));
    let fewest = match of.max {
        Some(0) => 0,
        Some(each) => target.div_ceil(each),
        None => usize::from(target > 0),
    };
    let fewest = fewest.max(min);
    let most = most.max(fewest).min(max.unwrap_or(usize::MAX));
    // Few repetitions of a varying part give longer, more readable words.
    fewest.min(most) + dice.below((most.saturating_sub(fewest)).min(2) + 1)
}

/// Writes parts one after the other, sharing the characters beyond their least lengths among those that can grow.
fn write_all(parts: &[&Node], target: usize, dice: &mut Dice, out: &mut String) {
    let least: usize = parts.iter().fold(0, |sum, part| sum.saturating_add(part.min));
    let mut extra = target.saturating_sub(least);
    let mut targets: Vec<usize> = parts.iter().map(|part| part.min).collect();
    loop {
        let can_grow = |part: &Node, at: usize| part.max.is_none_or(|max| at < max);
        let growing = parts.iter().zip(&targets).filter(|(part, at)| can_grow(part, **at)).count();
        if extra == 0 || growing == 0 {
            break;
        }
        let share = (extra / growing).max(1);
        for (part, at) in parts.iter().zip(&mut targets) {
            let room = part.max.map_or(usize::MAX, |max| max.saturating_sub(*at));
            let more = share.min(room).min(extra);
            *at += more;
            extra -= more;
        }
    }
    for (part, target) in parts.iter().zip(targets) {
        part.write(target, dice, out);
    }
}

fn ranges(class: &Class) -> Vec<(char, char)> {
    match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            let ascii = class.iter().filter(|range| range.start().is_ascii());
            ascii.map(|range| (char::from(range.start()), char::from(range.end().min(127)))).collect()
        }
    }
}

/// A character of the class: a small letter where there is one, then capitals and digits, then what prints.
fn choose(ranges: &[(char, char)], dice: &mut Dice) -> Option<char> {
    let holds = |letter: char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&letter));
    let small = ('a'..='z').filter(|letter| holds(*letter));
    let others = ('A'..='Z').chain('0'..='9').filter(|letter| holds(*letter));
    let mut pool: Vec<char> = small.collect();
    if pool.is_empty() || (pool.len() < 6 && dice.below(2) == 1) {
        pool.extend(others);
    }
    if pool.is_empty() {
        pool.extend(('!'..='~').filter(|letter| holds(*letter)));
    }
    if pool.is_empty() {
        pool.extend(Some(' ').filter(|letter| holds(*letter)));
    }
    if pool.is_empty() {
        let wide: Vec<char> = ranges.iter().flat_map(|(first, last)| (*first..=*last).take(64)).take(512).collect();
        pool.extend(wide.iter().filter(|letter| letter.is_alphanumeric()));
        if pool.is_empty() {
            pool = wide;
        }
    }
    pool.get(dice.below(pool.len())).copied()
}

/// Cuts one `^` at the start and one `$` at the end, which a pattern for whole values may have or not.
fn without_anchors(pattern: &str) -> &str {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    match pattern.strip_suffix('$') {
        Some(head) if head.chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 0 => head,
        _ => pattern,
    }
}

/// Rewrites what Rust's syntax allows and JavaScript's `u` flag does not: needless backslashes, bare `]` and `}`.
fn for_javascript(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    let mut class_items: Option<usize> = None;
    let mut open_braces = 0_usize;
    while let Some(letter) = letters.next() {
        match (letter, class_items) {
            ('\\', _) => {
                let Some(escaped) = letters.next() else {
                    out.push('\\');
                    break;
                };
                let needless = escaped.is_ascii_punctuation()
                    && !"^$\\.*+?()[]{}|/".contains(escaped)
                    && !(escaped == '-' && class_items.is_some());
                if needless || !escaped.is_ascii() || escaped == ' ' {
                    out.push(escaped);
                } else {
                    out.extend(['\\', escaped]);
                    // `\p{..}`, `\u{..}`: the brace belongs to the escape.
                    open_braces += usize::from(letters.peek() == Some(&'{') && "pPux".contains(escaped));
                    if open_braces > 0 && letters.peek() == Some(&'{') {
                        out.extend(letters.next());
                    }
                }
                class_items = class_items.map(|items| items + 1);
                continue;
            }
            ('[', None) => {
                class_items = Some(0);
                out.push('[');
                if letters.peek() == Some(&'^') {
                    out.extend(letters.next());
                }
                continue;
            }
            (']', Some(items)) if items > 0 => {
                class_items = None;
                out.push(']');
                continue;
            }
            (']', _) => out.push_str("\\]"),
            ('{', None) => {
                open_braces += 1;
                out.push('{');
            }
            ('}', None) if open_braces == 0 => out.push_str("\\}"),
            ('}', _) => {
                open_braces = open_braces.saturating_sub(1);
                out.push('}');
            }
            _ => out.push(letter),
        }
        class_items = class_items.map(|items| items + 1);
    }
    out
}

/// Writes out `\d` and `\w`, which mean ASCII in JavaScript and all of Unicode in Rust.
fn with_ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let escaped = if letter == '\\' { letters.next() } else { None };
        match escaped {
            None => out.push(letter),
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}
