//! Reads a Markdown or text file: what somebody wants in his own words, with parts of structure between them.
//!
//! YAML front matter, YAML blocks of a spec's keys and JDL blocks are structure; everything else is prose. What is what, in
//! detail, is written in `docs/specs.md`.

mod parts;
mod title;

use std::collections::HashSet;

use self::parts::{Language, Parts};
use super::format::Format;
use super::reader::TOP_KEYS;
use super::text::forbidden_character;
use super::tree::{self, Node, Value};
use super::{Draft, Reading, jdl};
use crate::domain::lines::Lines;
use crate::domain::problem::{Position, Problem};
use crate::domain::spec::Spec;

/// Keys whose values may be given in several parts of a file, and come together.
const GATHERED: [&str; 5] = ["entities", "enums", "features", "acceptance", "attachments"];

/// Reads a file of prose; `file_name` names the project when the text has no letter to name it by.
pub(super) fn read(file_name: &str, text: &str) -> Reading {
    let text = text.replace("\r\n", "\n");
    let is_plain_text = file_name.to_ascii_lowercase().ends_with(".txt");
    let parts = Parts::of(&text, is_plain_text);
    let mut source = Source { lines: Lines::of(&text), root: Vec::new(), problems: Vec::new(), ignored: Vec::new() };
    if let Some(front) = &parts.front_matter {
        source.front_matter(&parts, front);
    }
    let mut structure = HashSet::new();
    for (index, block) in parts.blocks.iter().enumerate() {
        if block.language == Language::Jdl || source.yaml(&parts, index) {
            structure.insert(index);
        }
    }
    let jdl_text = parts.jdl();
    source.words(file_name, &parts, &structure);
    let Source { lines, root, problems, ignored } = source;
    let root = Node { position: Position { line: 1, column: 1 }, value: Value::Table(root) };
    let mut draft = Draft::of_tree(&root, jdl_text.is_some());
    draft.problems.extend(problems);
    draft.ignored.extend(ignored);
    let is_whole = match jdl_text {
        None => true,
        Some(jdl_text) => {
            let (part, is_whole) = jdl::draft(file_name, &jdl_text, "app");
            let has_languages = matches!(&root.value, Value::Table(entries) if has(entries, "languages"));
            add(&mut draft, part, has_languages);
            is_whole
        }
    };
    if is_whole {
        let contradictions = draft.contradictions();
        draft.problems.extend(contradictions);
    }
    place_hidden_character(&mut draft, &parts, (&structure, &lines));
    draft.finished(file_name)
}

fn has(entries: &[(String, Node)], key: &str) -> bool {
    entries.iter().any(|(known, _)| known == key)
}

/// What the structured parts of a file come to.
struct Source<'a> {
    lines: Lines<'a>,
    root: Vec<(String, Node)>,
    problems: Vec<Problem>,
    ignored: Vec<Problem>,
}

impl Source<'_> {
    fn front_matter(&mut self, parts: &Parts<'_>, front: &std::ops::Range<usize>) {
        let text = parts.text.get(front.clone()).unwrap_or_default();
        match self.parsed(text, front.start) {
            Ok(Node { value: Value::Null, .. }) => {}
            Ok(Node { value: Value::Table(entries), .. }) => self.gather(entries),
            Ok(other) => {
                let mut problem = Problem::new("wrong_type", "").with("found", other.value.kind());
                problem.position = Some(other.position);
                self.problems.push(problem.with("expected", "keys of a spec between the lines `---`"));
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    /// Takes a YAML block that is part of a spec; whether it is one.
    fn yaml(&mut self, parts: &Parts<'_>, index: usize) -> bool {
        let Some(block) = parts.blocks.get(index) else { return false };
        let (text, start) = parts.masked(block);
        let speaks_of_entities = text.lines().any(|line| line.trim_start().starts_with("entities:"));
        match self.parsed(&text, start) {
            Ok(Node { value: Value::Table(entries), .. }) => {
                let known = |(key, _): &(String, Node)| TOP_KEYS.contains(&key.as_str());
                if has(&entries, "entities") || (!entries.is_empty() && entries.iter().all(known)) {
                    self.gather(entries);
                    return true;
                }
            }
            Err(problem) if speaks_of_entities => {
                self.problems.push(problem);
                return true;
            }
            Ok(_) | Err(_) => {}
        }
        let mut ignored = Problem::new("spec_ignored_block", "prose");
        ignored.position = Some(self.lines.position(start));
        self.ignored.push(ignored);
        false
    }

    /// Parses YAML that begins a line of the file.
    fn parsed(&self, text: &str, start: usize) -> Result<Node, Problem> {
        let above = self.lines.position(start).line.saturating_sub(1);
        let mut node = tree::parse(Format::Yaml, text).map_err(|mut broken| {
            broken.position.line = broken.position.line.saturating_add(above);
            broken.problem(Format::Yaml)
        })?;
        tree::move_down(&mut node, above);
        Ok(node)
    }

    /// Adds entries to those of the parts before; a key that is not gathered stands twice then, which is told.
    fn gather(&mut self, entries: Vec<(String, Node)>) {
        for (key, node) in entries {
            let before = self.root.iter_mut().find(|(known, _)| *known == key && GATHERED.contains(&key.as_str()));
            match (before.map(|(_, before)| &mut before.value), node.value) {
                (Some(Value::Table(before)), Value::Table(more)) => before.extend(more),
                (Some(Value::List(before)), Value::List(more)) => before.extend(more),
                (_, value) => self.root.push((key, Node { position: node.position, value })),
            }
        }
    }

    /// Adds the prose, and what it tells: name, title and language, where no key says them.
    fn words(&mut self, file_name: &str, parts: &Parts<'_>, structure: &HashSet<usize>) {
        let prose = parts.prose(structure);
        let has_entities = has(&self.root, "entities") || !parts.jdl_is_empty();
        // A heading alone is a name for the structure beneath it, not a wish.
        let is_all_structure = has_entities && parts.is_heading_alone(structure);
        let (first, heading) = parts.title(structure);
        let at = self.lines.position(first);
        let text = |text: String| Node { position: at, value: Value::Text(text) };
        let given = |key: &str| self.root.iter().find(|(known, _)| known == key).map(|(_, node)| &node.value);
        let heading = title::cleaned(&heading);
        let named_by = match given("title") {
            Some(Value::Text(title)) => title.clone(),
            _ if heading.is_empty() => file_stem(file_name).to_owned(),
            _ => heading.clone(),
        };
        let mut add = Vec::new();
        if given("name").is_none() {
            add.push(("name".to_owned(), text(title::project_name(&named_by))));
        }
        if given("title").is_none() && !heading.is_empty() {
            add.push(("title".to_owned(), text(heading)));
        }
        if given("languages").is_none() && title::is_russian(&prose) {
            add.push(("languages".to_owned(), Node { position: at, value: Value::List(vec![text("ru".to_owned())]) }));
        }
        if !prose.trim().is_empty() && !is_all_structure {
            add.push(("prose".to_owned(), text(prose)));
        }
        self.root.extend(add);
    }
}

fn file_stem(file_name: &str) -> &str {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Adds what JDL blocks say to what the rest of the file says, which comes first where both say something.
fn add(draft: &mut Draft, part: Draft, has_languages: bool) {
    if let (Some(spec), Some(told)) = (&mut draft.spec, part.spec) {
        let Spec { summary, languages, sign_in, entities, relations, .. } = told;
        spec.entities.extend(entities);
        spec.relations.extend(relations);
        spec.sign_in = spec.sign_in.take().or(sign_in);
        if spec.summary.is_empty() {
            spec.summary = summary;
        }
        if !has_languages && languages != ["en"] {
            spec.languages = languages;
        }
    }
    draft.problems.extend(part.problems);
    draft.ignored.extend(part.ignored);
    draft.left_out.extend(part.left_out);
    for (path, position) in part.positions {
        draft.positions.entry(path).or_insert(position);
    }
}

/// Tells where in the prose a character stands that nobody can see.
fn place_hidden_character(draft: &mut Draft, parts: &Parts<'_>, (structure, lines): (&HashSet<usize>, &Lines<'_>)) {
    let is_it = |problem: &&mut Problem| problem.path == "prose" && problem.code == "text_forbidden_character";
    if let Some(problem) = draft.problems.iter_mut().find(is_it) {
        let forbidden = |c: char| forbidden_character(c.encode_utf8(&mut [0; 4]), true).is_some();
        let offset = parts.kept(structure).into_iter().find_map(|range| {
            let slice = parts.text.get(range.clone()).unwrap_or_default();
            slice.find(forbidden).map(|offset| range.start + offset)
        });
        problem.position = offset.map(|offset| lines.position(offset)).or(problem.position);
    }
}

#[cfg(test)]
#[path = "prose_tests.rs"]
mod tests;
