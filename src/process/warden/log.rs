//! A command's output on its way into the log: made safe to read on a terminal, cut at its cap, its last lines kept.

use std::{collections::VecDeque, fs::File, io::Write, path::Path};

use super::{Named, Step};

/// How many of the last lines are kept.
const TAIL_LINES: usize = 40;
/// How much of one of the last lines is kept, in characters.
const TAIL_LINE_CHARACTERS: usize = 1000;
/// The longest colour sequence that is taken for one.
const COLOUR_MAX_CHARACTERS: usize = 32;

/// A log that is being written.
pub(super) struct Log {
    file: File,
    left_bytes: u64,
    truncated: bool,
    escaper: Escaper,
    tail: Tail,
    text: String,
}

impl Log {
    /// Makes the log, or cuts an older one to nothing.
    pub(super) fn create(path: &Path, output_bytes: u64) -> Step<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path)
            .named(&format!("make the log {}", path.display()))?;
        let (escaper, tail) = (Escaper::default(), Tail::default());
        Ok(Self { file, left_bytes: output_bytes, truncated: false, escaper, tail, text: String::new() })
    }

    /// Takes more of the output.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Step<()> {
        self.text.clear();
        self.escaper.escape(bytes, &mut self.text);
        self.write()
    }

    /// Takes the rest; returns the last lines and whether the log was cut.
    pub(super) fn finish(mut self) -> Step<(Vec<String>, bool)> {
        self.text.clear();
        self.escaper.finish(&mut self.text);
        self.write()?;
        Ok((self.tail.lines(), self.truncated))
    }

    fn write(&mut self) -> Step<()> {
        self.tail.take(&self.text);
        if self.truncated {
            return Ok(());
        }
        let fits = usize::try_from(self.left_bytes).unwrap_or(usize::MAX);
        let cut = self.text.floor_char_boundary(fits.min(self.text.len()));
        let kept = self.text.get(..cut).unwrap_or_default();
        self.file.write_all(kept.as_bytes()).named("write the log")?;
        self.left_bytes = self.left_bytes.saturating_sub(cut as u64);
        if cut < self.text.len() {
            self.truncated = true;
            self.file
                .write_all(b"\n[the log is cut here: the output is longer than it may be]\n")
                .named("write the log")?;
        }
        Ok(())
    }
}

/// Keeps the last lines.
#[derive(Default)]
struct Tail {
    done: VecDeque<String>,
    current: String,
    current_characters: usize,
}

impl Tail {
    fn take(&mut self, text: &str) {
        for character in text.chars() {
            if character == '\n' {
                self.end_line();
            } else if self.current_characters < TAIL_LINE_CHARACTERS {
                self.current.push(character);
                self.current_characters += 1;
            }
        }
    }

    fn end_line(&mut self) {
        if self.done.len() == TAIL_LINES {
            self.done.pop_front();
        }
        self.done.push_back(std::mem::take(&mut self.current));
        self.current_characters = 0;
    }

    fn lines(mut self) -> Vec<String> {
        if !self.current.is_empty() {
            self.end_line();
        }
        self.done.into()
    }
}

/// Turns any bytes into text without control characters: invalid UTF-8 and control characters are escaped, colours left
/// out, line ends made one kind.
#[derive(Default)]
pub(super) struct Escaper {
    /// The start of a character that the next bytes may complete.
    partial: Vec<u8>,
    state: State,
}

#[derive(Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Return,
    Escape,
    Colour(String),
}

impl Escaper {
    /// Appends the text for the next bytes.
    pub(super) fn escape(&mut self, bytes: &[u8], text: &mut String) {
        let joined;
        let bytes = if self.partial.is_empty() {
            bytes
        } else {
            self.partial.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.partial);
            &joined
        };
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for character in chunk.valid().chars() {
                self.character(character, text);
            }
            let invalid = chunk.invalid();
            let is_unfinished = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if chunks.peek().is_none() && is_unfinished {
                self.partial.extend_from_slice(invalid);
            } else {
                self.invalid(invalid, text);
            }
        }
    }

    /// Appends what is left over.
    pub(super) fn finish(&mut self, text: &mut String) {
        let partial = std::mem::take(&mut self.partial);
        self.invalid(&partial, text);
        self.leave(text);
    }

    fn invalid(&mut self, bytes: &[u8], text: &mut String) {
        if !bytes.is_empty() {
            self.leave(text);
        }
        for byte in bytes {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }

    /// Gives up on a sequence that turned out to be none.
    fn leave(&mut self, text: &mut String) {
        match std::mem::take(&mut self.state) {
            State::Text => {}
            State::Return => text.push_str("\\r"),
            State::Escape => text.push_str("\\u{1b}"),
            State::Colour(parameters) => {
                text.push_str("\\u{1b}[");
                text.push_str(&parameters);
            }
        }
    }

    fn character(&mut self, character: char, text: &mut String) {
        match (&mut self.state, character) {
            (State::Return, '\n') => self.state = State::Text,
            (State::Colour(_), 'm') => {
                self.state = State::Text;
                return;
            }
            (State::Escape, '[') => {
                self.state = State::Colour(String::new());
                return;
            }
            (State::Colour(parameters), '0'..='9' | ';' | ':') if parameters.len() < COLOUR_MAX_CHARACTERS => {
                parameters.push(character);
                return;
            }
            _ => self.leave(text),
        }
        match character {
            '\r' => self.state = State::Return,
            '\u{1b}' => self.state = State::Escape,
            '\n' | '\t' => text.push(character),
            _ if character.is_control() || turns_text(character) => text.extend(character.escape_unicode()),
            _ => text.push(character),
        }
    }
}

/// Whether a character changes the direction in which others are shown.
fn turns_text(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
