//! Characters that text for people must not hold.

/// The first character that hides or reorders text, or controls a terminal; line breaks and tabs are fine where `lines`.
pub(crate) fn forbidden_character(text: &str, lines: bool) -> Option<char> {
    text.chars().find(|c| match c {
        '\n' | '\t' => !lines,
        '\r' => true,
        c => c.is_control() || reorders_or_hides(*c),
    })
}

/// Bidirectional controls, invisible operators, tags and the byte order mark (Unicode TR 36 and CVE-2021-42574). The
/// joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
fn reorders_or_hides(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
