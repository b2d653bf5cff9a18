//! Renders a pack's files for one project.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Tera, Value};

use super::error::Error;
use super::layout::{self, Item};
use super::pack::{FILES, GUIDE, PARTIALS, Pack};
use super::placeholder::{Axis, reach};
use super::{engine, manifest};
use crate::domain::blueprint::DataChange;
use crate::domain::path::ProjectPath;

/// Most bytes that one template may write: far above any source file, so that a loop gone wrong ends.
const OUTPUT_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Where it goes.
    pub path: ProjectPath,
    /// What is in it.
    pub content: Vec<u8>,
    /// Whether it has the executable bit.
    pub executable: bool,
}

/// A pack with its templates compiled.
pub struct Renderer {
    pack: Arc<Pack>,
    tera: Tera,
    items: Vec<Item>,
}

impl Renderer {
    /// Compiles a pack's templates.
    ///
    /// # Errors
    /// When a template does not parse, or a file is in no section or in several, or its path has an unknown
    /// placeholder.
    pub fn new(pack: Arc<Pack>) -> Result<Self, Error> {
        let items =
            layout::items(&pack).map_err(|problems| Error::Refused { pack: pack.manifest().name.clone(), problems })?;
        let mut sources = Vec::new();
        for (path, content) in pack.partials() {
            sources.push((format!("{PARTIALS}{path}"), engine::text(PARTIALS, path, content)?));
        }
        for (path, content) in pack.files().filter(|(path, _)| path.ends_with(super::pack::RENDERED)) {
            sources.push((format!("{FILES}{path}"), engine::text(FILES, path, content)?));
        }
        if let Some(content) = pack.guide() {
            sources.push((GUIDE.to_owned(), engine::text("", GUIDE, content)?));
        }
        let mut tera = engine::new();
        tera.add_raw_templates(sources).map_err(|error| engine::error("", &error))?;
        Ok(Self { pack, tera, items })
    }

    /// Lays out a project: which files it gets, section by section. The context is serialized once, here; its fields
    /// are the top-level variables of every template.
    ///
    /// # Errors
    /// When the context is no map, a condition names no boolean of it, a path is refused, or two files would be written
    /// to one place.
    pub fn plan(&self, context: &impl Serialize) -> Result<Plan<'_>, Error> {
        let context = Context::from_serialize(context).map_err(|error| Error::Context { reason: error.to_string() })?;
        let mut sections: Vec<PlannedSection> = self.pack.manifest().sections.iter().map(planned_section).collect();
        for item in &self.items {
            for file in files(item, &context)? {
                if let Some(section) = sections.get_mut(item.section) {
                    section.files.push(file);
                }
            }
        }
        for section in &mut sections {
            section.files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        collisions(&sections)?;
        Ok(Plan { renderer: self, context, sections })
    }

    /// Says, for one project, how features are written into it. Empty when the pack has no guide.
    ///
    /// # Errors
    /// When the context is no map, or the guide uses what is not there or writes more than 16 MiB.
    pub fn guide(&self, context: &impl Serialize) -> Result<String, Error> {
        if self.pack.guide().is_none() {
            return Ok(String::new());
        }
        let context = Context::from_serialize(context).map_err(|error| Error::Context { reason: error.to_string() })?;
        let content = self.render_template(GUIDE, &context)?;
        // Templates are UTF-8, and so are the values that they write.
        Ok(String::from_utf8_lossy(&content).into_owned())
    }

    /// Writes the migration that a change of the data model takes, by the pack's own template for it. `None` when the pack
    /// has none.
    ///
    /// # Errors
    /// When the template is not there, or uses what is not there or writes more than 16 MiB.
    pub fn migration(&self, change: &DataChange) -> Result<Option<Vec<u8>>, Error> {
        let Some(data) = &self.pack.manifest().data else { return Ok(None) };
        let context = Context::from_serialize(change).map_err(|error| Error::Context { reason: error.to_string() })?;
        self.render_template(&format!("{PARTIALS}{}", data.template), &context).map(Some)
    }

    fn render_template(&self, name: &str, context: &Context) -> Result<Vec<u8>, Error> {
        let mut output = Bounded(Vec::new());
        self.tera.render_to(name, context, &mut output).map_err(|error| engine::error(name, &error))?;
        Ok(output.0)
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }
}

/// A section of a project, before it is rendered.
#[derive(Debug)]
pub struct PlannedSection {
    /// Machine name.
    pub id: String,
    /// Subject of the commit.
    pub title: String,
    /// Body of the commit.
    pub why: String,
    files: Vec<PlannedFile>,
}

impl PlannedSection {
    /// Paths that the section writes, sorted. None when conditions leave every file out.
    pub fn paths(&self) -> impl Iterator<Item = &ProjectPath> {
        self.files.iter().map(|file| &file.path)
    }
}

#[derive(Debug)]
struct PlannedFile {
    path: ProjectPath,
    source: String,
    is_rendered: bool,
    executable: bool,
    variables: Vec<(Axis, Value)>,
}

/// What a project gets, ready to be rendered section by section.
pub struct Plan<'r> {
    renderer: &'r Renderer,
    context: Context,
    sections: Vec<PlannedSection>,
}

impl Plan<'_> {
    /// The sections in the order of the manifest.
    #[must_use]
    pub fn sections(&self) -> &[PlannedSection] {
        &self.sections
    }

    /// Renders a section's files, sorted by path. The same plan gives the same bytes.
    ///
    /// # Errors
    /// When there is no such section, or a template uses what is not there or writes more than 16 MiB.
    pub fn render(&self, section: &str) -> Result<Vec<RenderedFile>, Error> {
        let section = self
            .sections
            .iter()
            .find(|known| known.id == section)
            .ok_or_else(|| Error::UnknownSection { section: section.to_owned() })?;
        // Values are counted references: the copy is a dozen of them, and each file replaces at most three.
        let mut context = self.context.clone();
        section.files.iter().map(|file| self.render_file(file, &mut context)).collect()
    }

    fn render_file(&self, file: &PlannedFile, context: &mut Context) -> Result<RenderedFile, Error> {
        let content = if file.is_rendered {
            for axis in Axis::ALL {
                context.remove(axis.variable());
            }
            for (axis, value) in &file.variables {
                context.insert_value(axis.variable(), value.clone());
            }
            self.renderer.render_template(&format!("{FILES}{}", file.source), context)?
        } else {
            self.renderer.pack.file(&file.source).unwrap_or_default().to_vec()
        };
        Ok(RenderedFile { path: file.path.clone(), content, executable: file.executable })
    }
}

/// Takes as much as one template may write.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_MAX_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn planned_section(section: &manifest::Section) -> PlannedSection {
    PlannedSection { id: section.id.clone(), title: section.title.clone(), why: section.why.clone(), files: Vec::new() }
}

/// The files that one file of the pack becomes.
fn files(item: &Item, context: &Context) -> Result<Vec<PlannedFile>, Error> {
    let mut combinations: Vec<Vec<(Axis, Value)>> = vec![Vec::new()];
    for axis in item.output.axes() {
        let elements = context.get(axis.list()).and_then(Value::as_array).ok_or_else(|| Error::Context {
            reason: format!("it has no list `{}`, which the path of {FILES}{} asks for", axis.list(), item.source),
        })?;
        combinations = combinations
            .iter()
            .flat_map(|chosen| elements.iter().map(move |element| (chosen, element)))
            .map(|(chosen, element)| chosen.iter().cloned().chain([(*axis, element.clone())]).collect())
            .collect();
    }
    let mut files = Vec::new();
    for variables in combinations {
        if let Some(file) = file(item, context, variables)? {
            files.push(file);
        }
    }
    Ok(files)
}

fn file(item: &Item, context: &Context, variables: Vec<(Axis, Value)>) -> Result<Option<PlannedFile>, Error> {
    let variable = |name: &str| {
        let chosen = variables.iter().find(|(axis, _)| axis.variable() == name).map(|(_, value)| value);
        chosen.or_else(|| context.get(name))
    };
    for condition in &item.conditions {
        let (root, rest) = condition.variable.split_once('.').unwrap_or((&condition.variable, ""));
        let value = variable(root).and_then(|value| reach(value, rest)).and_then(Value::as_bool);
        let value = value.ok_or_else(|| Error::Context {
            reason: format!(
                "`{}`, which decides whether {FILES}{} is there, is no boolean",
                condition.variable, item.source
            ),
        })?;
        if value != condition.expected {
            return Ok(None);
        }
    }
    let template = || format!("{FILES}{}", item.source);
    let path = item.output.expand(variable).map_err(|placeholder| Error::Context {
        reason: format!("it has no text `{placeholder}`, which the path of {} asks for", template()),
    })?;
    let path = ProjectPath::parse(&path).map_err(|source| Error::OutputPath { template: template(), source })?;
    Ok(Some(PlannedFile {
        path,
        source: item.source.clone(),
        is_rendered: item.is_rendered,
        executable: item.executable,
        variables,
    }))
}

/// Finds files that some file system would write over each other: the same path, or a file where another needs a
/// folder.
fn collisions(sections: &[PlannedSection]) -> Result<(), Error> {
    let files: Vec<(String, &PlannedFile)> = sections
        .iter()
        .flat_map(|section| &section.files)
        .map(|file| (file.path.as_str().to_lowercase(), file))
        .collect();
    let mut seen: BTreeMap<&str, &PlannedFile> = BTreeMap::new();
    let collision = |first: &PlannedFile, second: &PlannedFile| Error::Collision {
        path: second.path.to_string(),
        first: format!("{FILES}{}", first.source),
        second: format!("{FILES}{}", second.source),
    };
    for (folded, file) in &files {
        if let Some(first) = seen.insert(folded, file) {
            return Err(collision(first, file));
        }
    }
    for (folded, file) in &files {
        for (at, _) in folded.match_indices('/') {
            if let Some(first) = folded.get(..at).and_then(|folder| seen.get(folder)) {
                return Err(collision(first, file));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
