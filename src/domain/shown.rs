//! Foreign text as people may see it.

/// Text of somebody else as a terminal or a log line can show it: cut after so many characters, and with whatever controls
/// or reorders it escaped (control characters, line breaks among them, and Unicode's invisible and directional ones).
#[must_use]
pub fn shown(text: &str, most_chars: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most_chars));
    for (index, c) in text.chars().enumerate() {
        if index == most_chars {
            shown.push('…');
            break;
        }
        let harmless = !c.is_control()
            && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        if harmless { shown.push(c) } else { shown.extend(c.escape_unicode()) }
    }
    shown
}
