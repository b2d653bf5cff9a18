//! Patterns in the common subset of ECMAScript (with the `u` flag) and Rust's `regex`.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ErrorKind, LiteralKind, Visitor};

/// Most characters of a pattern.
pub(crate) const PATTERN_MAX_CHARS: usize = 500;
const NEST_LIMIT: u32 = 20;
const COMPILED_MAX_BYTES: usize = 1024 * 1024;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is longer than [`PATTERN_MAX_CHARS`].
    TooLong,
    /// It is no regular expression; what the parser says.
    Syntax(String),
    /// It uses something that not both engines have; what it is.
    Uncommon(&'static str),
    /// It would take too much memory to match.
    TooLarge,
}

/// A pattern without the anchors around it, as the whole value is matched anyway, and without needless backslashes.
///
/// What is no pattern stays as it is, for [`refusal`] to speak of.
pub(crate) fn normal_form(pattern: &str) -> String {
    let Ok(ast) = parse(pattern) else { return pattern.to_owned() };
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let ends: Vec<&Ast> = match &ast {
        Ast::Concat(concat) => concat.asts.first().into_iter().chain(concat.asts.last()).collect(),
        single => vec![single],
    };
    for end in ends {
        if let Ast::Assertion(assertion) = end
            && matches!(assertion.kind, ast::AssertionKind::StartLine | ast::AssertionKind::EndLine)
        {
            cuts.push((assertion.span.start.offset, assertion.span.end.offset));
        }
    }
    let mut needless = NeedlessEscapes::default();
    // The visitor's error type has no values.
    let _ = ast::visit(&ast, &mut needless);
    cuts.extend(needless.backslashes);
    cuts.sort_unstable();
    cuts.dedup();
    let mut kept = String::with_capacity(pattern.len());
    let mut from = 0;
    for (start, end) in cuts {
        kept.push_str(pattern.get(from..start).unwrap_or_default());
        from = end;
    }
    kept.push_str(pattern.get(from..).unwrap_or_default());
    kept
}

/// Why a pattern cannot be used; `None` when it can.
pub(crate) fn refusal(pattern: &str) -> Option<Refusal> {
    if pattern.chars().count() > PATTERN_MAX_CHARS {
        return Some(Refusal::TooLong);
    }
    let ast = match parse(pattern) {
        Ok(ast) => ast,
        Err(error) => {
            return Some(match error.kind() {
                ErrorKind::UnsupportedLookAround => Refusal::Uncommon("look-around such as `(?=…)`"),
                ErrorKind::UnsupportedBackreference => Refusal::Uncommon("back-references such as `\\1`"),
                kind => Refusal::Syntax(kind.to_string()),
            });
        }
    };
    let common = ast::visit(&ast, Common { pattern });
    if let Err(uncommon) = common {
        return Some(Refusal::Uncommon(uncommon));
    }
    compiled(pattern).is_none().then_some(Refusal::TooLarge)
}

/// The pattern as a regular expression over whole values, with the meaning that it has in ECMAScript.
pub(crate) fn compiled(pattern: &str) -> Option<Regex> {
    let ascii = with_ascii_classes(pattern)?;
    RegexBuilder::new(&format!("^(?:{ascii})$")).size_limit(COMPILED_MAX_BYTES).build().ok()
}

fn parse(pattern: &str) -> Result<Ast, Box<ast::Error>> {
    ParserBuilder::new().nest_limit(NEST_LIMIT).build().parse(pattern).map_err(Box::new)
}

/// `\d` and `\w` are of ASCII alone in ECMAScript, of all scripts in Rust.
fn with_ascii_classes(pattern: &str) -> Option<String> {
    let ast = parse(pattern).ok()?;
    let mut found = PerlClasses::default();
    let _ = ast::visit(&ast, &mut found);
    let mut text = String::with_capacity(pattern.len());
    let mut from = 0;
    for (start, end, class) in found.classes {
        text.push_str(pattern.get(from..start)?);
        text.push_str(class);
        from = end;
    }
    text.push_str(pattern.get(from..)?);
    Some(text)
}

#[derive(Default)]
struct PerlClasses {
    classes: Vec<(usize, usize, &'static str)>,
}

impl PerlClasses {
    fn add(&mut self, class: &ast::ClassPerl) {
        let ascii = match (&class.kind, class.negated) {
            (ast::ClassPerlKind::Digit, false) => "[0-9]",
            (ast::ClassPerlKind::Digit, true) => "[^0-9]",
            (ast::ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ast::ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
            (ast::ClassPerlKind::Space, _) => return,
        };
        self.classes.push((class.span.start.offset, class.span.end.offset, ascii));
    }
}

impl Visitor for &mut PerlClasses {
    type Output = ();
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        if let Ast::ClassPerl(class) = ast {
            self.add(class);
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Self::Err> {
        if let ast::ClassSetItem::Perl(class) = item {
            self.add(class);
        }
        Ok(())
    }
}

/// Characters that may be escaped outside of a class under the `u` flag (ECMA-262, `SyntaxCharacter`, and `/`).
fn may_be_escaped(c: char) -> bool {
    matches!(c, '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/')
}

#[derive(Default)]
struct NeedlessEscapes {
    backslashes: Vec<(usize, usize)>,
}

impl Visitor for &mut NeedlessEscapes {
    type Output = ();
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        if let Ast::Literal(literal) = ast {
            self.add(literal, may_be_escaped(literal.c));
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Self::Err> {
        if let ast::ClassSetItem::Literal(literal) = item {
            self.add(literal, may_be_escaped(literal.c) || literal.c == '-');
        }
        Ok(())
    }
}

impl NeedlessEscapes {
    fn add(&mut self, literal: &ast::Literal, needed: bool) {
        if matches!(literal.kind, LiteralKind::Meta | LiteralKind::Superfluous) && !needed {
            let start = literal.span.start.offset;
            self.backslashes.push((start, start + 1));
        }
    }
}

/// Stops at the first thing that not both engines have, or that means something else in one of them.
struct Common<'a> {
    pattern: &'a str,
}

impl Visitor for Common<'_> {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), &'static str> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), &'static str> {
        match ast {
            Ast::Flags(_) => Err("flags such as `(?i)`"),
            Ast::Group(group) => match &group.kind {
                ast::GroupKind::NonCapturing(flags) if !flags.items.is_empty() => Err("flags such as `(?i:…)`"),
                ast::GroupKind::CaptureName { starts_with_p: true, .. } => Err("groups such as `(?P<name>…)`"),
                _ => Ok(()),
            },
            Ast::Assertion(_) => Err("anchors and word boundaries such as `^`, `$` and `\\b` inside of it"),
            Ast::Literal(literal) => common_literal(literal, false),
            Ast::ClassUnicode(class) => self.unicode(class),
            Ast::Repetition(repetition) => {
                let operator = repetition.op.span;
                let text = self.pattern.get(operator.start.offset..operator.end.offset).unwrap_or_default();
                if text.starts_with("{,") || text.contains(' ') {
                    return Err("repetitions such as `{,3}`: write `{0,3}`");
                }
                Ok(())
            }
            Ast::Empty(_) | Ast::Dot(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => Ok(()),
            Ast::Alternation(_) | Ast::Concat(_) => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), &'static str> {
        match item {
            ast::ClassSetItem::Ascii(_) => Err("classes such as `[:alpha:]`"),
            ast::ClassSetItem::Bracketed(_) => Err("classes inside of classes such as `[a[bc]]`"),
            ast::ClassSetItem::Unicode(class) => self.unicode(class),
            ast::ClassSetItem::Literal(literal) => common_literal(literal, true),
            ast::ClassSetItem::Range(range) => {
                common_literal(&range.start, true)?;
                common_literal(&range.end, true)
            }
            ast::ClassSetItem::Empty(_) | ast::ClassSetItem::Perl(_) | ast::ClassSetItem::Union(_) => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ast::ClassSetBinaryOp) -> Result<(), &'static str> {
        Err("operations on classes such as `&&` and `--`")
    }
}

impl Common<'_> {
    /// Only general categories in braces are called the same in both: `\p{L}`, `\p{Lu}`.
    fn unicode(&self, class: &ast::ClassUnicode) -> Result<(), &'static str> {
        let text = self.pattern.get(class.span.start.offset..class.span.end.offset).unwrap_or_default();
        let category = text.get(2..).and_then(|rest| rest.strip_prefix('{')).and_then(|rest| rest.strip_suffix('}'));
        const CATEGORIES: &str =
            "L Lu Ll Lt LC Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp";
        match category {
            Some(category) if CATEGORIES.split(' ').any(|known| known == category) => Ok(()),
            _ => Err("Unicode classes other than general categories such as `\\p{L}`"),
        }
    }
}

fn common_literal(literal: &ast::Literal, in_class: bool) -> Result<(), &'static str> {
    match &literal.kind {
        LiteralKind::Verbatim if !in_class && matches!(literal.c, '{' | '}' | ']') => {
            Err("a brace or bracket without a backslash before it")
        }
        LiteralKind::Verbatim if in_class && literal.c == '[' => {
            Err("`[` inside of a class without a backslash before it")
        }
        LiteralKind::Meta | LiteralKind::Superfluous => {
            let common = may_be_escaped(literal.c) || (in_class && literal.c == '-');
            if common { Ok(()) } else { Err("a backslash before a character that needs none") }
        }
        LiteralKind::HexFixed(ast::HexLiteralKind::UnicodeLong) | LiteralKind::Octal => {
            Err("characters such as `\\U0001F680`: write `\\u{1F680}`")
        }
        LiteralKind::HexBrace(kind) if *kind != ast::HexLiteralKind::UnicodeShort => {
            Err("characters such as `\\x{1F680}`: write `\\u{1F680}`")
        }
        LiteralKind::Special(ast::SpecialLiteralKind::Bell | ast::SpecialLiteralKind::Space) => {
            Err("the character `\\a`: write `\\x07`")
        }
        LiteralKind::Verbatim | LiteralKind::HexFixed(_) | LiteralKind::HexBrace(_) | LiteralKind::Special(_) => Ok(()),
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
