//! Finds and reads JSON that is damaged in the ways in which models damage it.
//!
//! Taken as they are meant: comments, commas too many or too few at the ends of lists and maps, single and typographic
//! quotes around names and values, names without quotes, line breaks and tabs inside strings, a backslash before a
//! character that needs none, `NaN` and `Infinity` (as null), Python's `True`, `False` and `None`. Brackets that are
//! not closed are not repaired: nobody knows what would have followed, and the answer is to be continued. The crates
//! that repair JSON (`jsonrepair`, `llm_json`) close them, so that a cut could not be told from a whole answer.

use serde_json::{Map, Number, Value};

/// Deepest nesting that is read: far below what would exhaust a stack.
const DEPTH_MAX: usize = 64;

/// What must stand after a name; often a quote inside a text, not escaped, has ended that text.
pub(super) const AFTER_NAME: &str = "`:` after the name";

/// Why no value could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The text ends inside the value.
    CutOff,
    /// It is nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// This is not what may stand here.
    Unexpected {
        /// Offset in bytes.
        at: usize,
        /// What may stand here.
        expected: &'static str,
    },
}

/// Reads one value at the start of a text and says where it ends, in bytes; or what is wrong, and how far it was JSON.
pub(super) fn read(text: &str) -> Result<(Value, usize), (Fault, usize)> {
    let mut reader = Reader { text, at: 0, names: 0 };
    match reader.value(0) {
        Ok(value) => Ok((value, reader.at)),
        // Without a single name or element read, this was no JSON but a bracket in prose.
        Err(fault @ Fault::Unexpected { .. }) if reader.names == 0 => Err((fault, 0)),
        Err(fault) => Err((fault, reader.at)),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Names of maps and elements of lists that were read.
    names: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    fn unexpected(&self, expected: &'static str) -> Fault {
        if self.rest().is_empty() { Fault::CutOff } else { Fault::Unexpected { at: self.at, expected } }
    }

    /// Steps over white space and comments.
    fn space(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let bare = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - bare.len();
            if bare.starts_with("//") || bare.starts_with('#') {
                self.at += bare.find('\n').unwrap_or(bare.len());
            } else if bare.starts_with("/*") {
                self.at += bare.find("*/").ok_or(Fault::CutOff)? + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
        self.space()?;
        match self.peek() {
            Some('{') => self.map(depth),
            Some('[') => self.list(depth),
            Some(quote) if closing(quote).is_some() => self.string().map(Value::String),
            Some(c) if c == '-' || c == '+' || c == '.' || c.is_ascii_alphanumeric() => self.word(),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        self.skip('{');
        let mut map = Map::new();
        loop {
            self.space()?;
            match self.peek() {
                Some('}') => {
                    self.skip('}');
                    return Ok(Value::Object(map));
                }
                Some(',') => self.skip(','),
                _ => {
                    let name = self.name()?;
                    self.space()?;
                    if self.peek() != Some(':') {
                        return Err(self.unexpected(AFTER_NAME));
                    }
                    self.skip(':');
                    self.names += 1;
                    let value = self.value(depth + 1)?;
                    map.insert(name, value);
                }
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        self.skip('[');
        let mut list = Vec::new();
        loop {
            self.space()?;
            match self.peek() {
                Some(']') => {
                    self.skip(']');
                    return Ok(Value::Array(list));
                }
                Some(',') => self.skip(','),
                _ => {
                    list.push(self.value(depth + 1)?);
                    self.names += 1;
                }
            }
        }
    }

    fn name(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Some(quote) if closing(quote).is_some() => self.string(),
            Some(c) if c.is_alphanumeric() || c == '_' || c == '$' => Ok(self.bare().to_owned()),
            _ => Err(self.unexpected("a name in double quotes, or `}`")),
        }
    }

    fn bare(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_$-+.".contains(c))).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        let word = self.bare();
        let number = word.strip_prefix('+').unwrap_or(word);
        match number {
            "true" | "True" => return Ok(Value::Bool(true)),
            "false" | "False" => return Ok(Value::Bool(false)),
            "null" | "None" | "undefined" | "NaN" | "-NaN" | "Infinity" | "-Infinity" => return Ok(Value::Null),
            _ => {}
        }
        if let Ok(number) = serde_json::from_str::<Number>(number) {
            return Ok(Value::Number(number));
        }
        // `.5`, `5.` and `007`: numbers everywhere but in JSON.
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        let parsed = number.parse::<f64>().ok().filter(|_| is_number).and_then(Number::from_f64);
        if let Some(number) = parsed {
            return Ok(Value::Number(number));
        }
        if self.rest().is_empty() {
            return Err(Fault::CutOff);
        }
        self.at = start;
        Err(self.unexpected("a value; text stands in double quotes"))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let open = self.peek().unwrap_or('"');
        let close = closing(open).unwrap_or('"');
        self.skip(open);
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find([close, '\\']).ok_or(Fault::CutOff)?;
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            if self.peek() == Some(close) {
                self.skip(close);
                return Ok(text);
            }
            self.skip('\\');
            self.escape(&mut text)?;
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self, text: &mut String) -> Result<(), Fault> {
        let c = self.peek().ok_or(Fault::CutOff)?;
        self.skip(c);
        match c {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => {
                let high = self.four_digits()?;
                let pair = (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u");
                let low = if pair {
                    self.at += 2;
                    Some(self.four_digits()?)
                } else {
                    None
                };
                let units = std::iter::once(high).chain(low);
                text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            '"' | '\'' | '/' | '\\' | '\n' => text.push(c),
            other => text.extend(['\\', other]),
        }
        Ok(())
    }

    fn four_digits(&mut self) -> Result<u16, Fault> {
        let Some(digits) = self.rest().get(..4) else { return Err(self.unexpected("four hexadecimal digits")) };
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let number = number.ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(number)
    }
}

/// The quote that closes what this one opens.
const fn closing(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '\'' => Some('\''),
        '“' => Some('”'),
        '„' => Some('“'),
        '‘' => Some('’'),
        _ => None,
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
pub(super) mod tests;
