//! The `fit` block: source code in one line when it fits, else as written.
//!
//! A generated file must be laid out as its formatter would, whatever the length of the names in it, yet no formatter runs
//! when it is generated. Printers of the Prettier family decide group by group: a group that fits in the line is written
//! flat, else broken. A template writes a group in its broken form:
//!
//! ```text
//! {% filter fit %}
//!   const row = await find{{ entity.names.pascal }}(
//!     database,
//!     id,
//!   );
//! {% endfilter %}
//! ```
//!
//! and gets `  const row = await findPost(database, id);` when that is at most `width` columns (100 unless given), else the
//! text as written. The rule:
//!
//! - One block is one group, from the first column of its first line to the last of its last line.
//! - The line ends next to the tags belong to the tags, and blank lines go, so that `{% for %}` can have a line of its own.
//! - Blocks nest: an inner block decides when the outer one does not fit. (Flat inner text is inside flat outer text, so
//!   when the inner one does not fit, nor does the outer.)
//! - Flat, lines are joined by a space, by nothing next to `(` `[` `<` `={`, before `.` and between a tag and its child; a comma, or the `;` of a
//!   type's member, before a closing bracket goes, and so do a leading `|` or `&` and parentheses that exist only around broken JSX or a
//!   broken operand of `return`. A conditional behind `=>` gets the parentheses that it has when flat.
//! - A text that never is one line stays as written: statements, function bodies, `//` comments, template literals over
//!   lines, elements with element children, several expressions or, beside a child, several attributes, and
//!   `{rows.map((row) => (` with an element among the children of another.
//! - `import` and `export` of one name are always one line.
//!
//! Where a formatter has several broken forms to choose from, the block holds them all, the least broken first, with a line
//! `--- or ---` between them: when the first is too long flat, the first form whose lines all fit is taken, else the last.

use unicode_width::UnicodeWidthChar as _;

use super::flatten::flatten;
use super::tokens;

/// What stands between two forms of one block.
const OR: &str = "--- or ---";

/// Lays out a block.
pub(super) fn fit(text: &str, width: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let forms: Vec<&[&str]> = lines.split(|line| line.trim_start() == OR).collect();
    let Some((first, others)) = forms.split_first() else { return String::new() };
    let Some(first_line) = first.first() else { return String::new() };
    let indent = first_line.len() - first_line.trim_start().len();
    let trimmed: Vec<&str> = first.iter().map(|line| line.trim_start()).collect();
    match flatten(&trimmed) {
        Some(flat) if indent + columns(&flat) <= width || is_import_of_one(&flat) => {
            format!("{}{flat}", " ".repeat(indent))
        }
        None if others.is_empty() => untouched(text),
        _ => forms
            .iter()
            .find(|form| form_fits(form, width))
            .or(forms.last())
            .map(|form| form.join("\n"))
            .unwrap_or_default(),
    }
}

/// Whether every line of a form fits. A line that ends with `=>` needs a column more when a conditional follows: the formatter
/// measures it with the parenthesis that the conditional would have.
fn form_fits(form: &[&str], width: usize) -> bool {
    form.iter().enumerate().all(|(index, line)| {
        let rest = form.get(index + 1..).unwrap_or_default();
        let is_measured_longer = line.ends_with("=>") && tokens::expression(&rest.join(" ")).1;
        columns(line) + usize::from(is_measured_longer) <= width
    })
}

/// Columns of a text as Biome counts them: the sum over its characters.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A text that cannot be one line, without the line ends next to the tags. Blank lines stay: they may part statements.
fn untouched(text: &str) -> String {
    let text = match text.split_once('\n') {
        Some((first, rest)) if first.trim().is_empty() => rest,
        _ => text,
    };
    match text.rsplit_once('\n') {
        Some((rest, last)) if last.trim().is_empty() => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// Whether a line imports or exports one name by braces, which is never broken.
fn is_import_of_one(flat: &str) -> bool {
    let Some(rest) = flat.strip_prefix("import ").or_else(|| flat.strip_prefix("export ")) else { return false };
    let rest = rest.strip_prefix("type ").unwrap_or(rest);
    rest.strip_prefix("{ ")
        .and_then(|rest| rest.split_once(" } from "))
        .is_some_and(|(names, _)| !names.contains([',', '{', '}']))
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "fit_corpus.rs"]
mod corpus;
