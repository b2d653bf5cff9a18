//! What a pack's files are for: which section each belongs to, what it is repeated over, when it is left out.

use super::manifest::{Condition, Section};
use super::pack::{Pack, RENDERED};
use super::placeholder::{self, PathTemplate};
use super::problem::{Fault, PackProblem};

/// A file of a pack, with all that the manifest says about it.
#[derive(Debug)]
pub(super) struct Item {
    /// Path relative to `files/`.
    pub(super) source: String,
    /// Where its output goes.
    pub(super) output: PathTemplate,
    /// Whether it is a template; else it is copied.
    pub(super) is_rendered: bool,
    /// Whether its output is executable.
    pub(super) executable: bool,
    /// Number of its section in the manifest.
    pub(super) section: usize,
    /// What must hold for it to be there.
    pub(super) conditions: Vec<Condition>,
}

/// Every file of a pack, sorted by path.
///
/// # Errors
/// Every file that is in no section or in several, or has an unknown placeholder in its path.
pub(super) fn items(pack: &Pack) -> Result<Vec<Item>, Vec<PackProblem>> {
    let mut problems = Vec::new();
    let mut items = Vec::new();
    for (source, _) in pack.files() {
        match item(pack, source) {
            Ok(item) => items.push(item),
            Err(mut found) => problems.append(&mut found),
        }
    }
    if problems.is_empty() { Ok(items) } else { Err(problems) }
}

fn item(pack: &Pack, source: &str) -> Result<Item, Vec<PackProblem>> {
    let manifest = pack.manifest();
    let file = format!("{}{source}", super::pack::FILES);
    let mut problems = Vec::new();
    let holds = |section: &Section| section.files.iter().any(|pattern| pattern.matches(source));
    let sections: Vec<(usize, &Section)> =
        manifest.sections.iter().enumerate().filter(|(_, section)| holds(section)).collect();
    if sections.len() != 1 {
        let sections = sections.iter().map(|(_, section)| section.id.clone()).collect();
        problems.push(PackProblem::new(&file, None, Fault::NotInOneSection { sections }));
    }
    let written = source.strip_suffix(RENDERED).unwrap_or(source);
    let output = PathTemplate::parse(written).map_err(|placeholder| {
        PackProblem::new(&file, None, Fault::UnknownPlaceholder { placeholder, known: placeholder::KNOWN })
    });
    match (output, sections.first()) {
        (Ok(output), Some((section, _))) if problems.is_empty() => Ok(Item {
            source: source.to_owned(),
            output,
            is_rendered: source.ends_with(RENDERED),
            executable: manifest.executable.iter().any(|pattern| pattern.matches(source)),
            section: *section,
            conditions: manifest.conditions.iter().filter(|c| c.files.matches(source)).cloned().collect(),
        }),
        (output, _) => {
            problems.extend(output.err());
            Err(problems)
        }
    }
}
