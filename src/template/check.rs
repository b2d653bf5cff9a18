//! Checks a pack by itself, before any project asks for it.

use std::collections::BTreeSet;

use serde_json::Value;
use tera::Tera;

use super::error::Error;
use super::layout::{self, Item};
use super::manifest::{Condition, GuidePart, Pattern};
use super::pack::{FILES, GUIDE, MANIFEST, PARTIALS, Pack, RENDERED};
use super::placeholder::Axis;
use super::problem::{Fault, PackProblem};
use super::{engine, guide, sample};
use crate::domain::problem::Position;

impl Pack {
    /// Everything that is wrong with the pack: templates that do not parse, variables that no project has, files in no
    /// section or in several, conditions that name no boolean, patterns that match nothing.
    #[must_use]
    pub fn check(&self) -> Vec<PackProblem> {
        // Its fields are plain data, which always serialize.
        let blueprint = serde_json::to_value(sample::blueprint()).unwrap_or_default();
        let mut problems = patterns(self);
        let items = match layout::items(self) {
            Ok(items) => items,
            Err(mut found) => {
                problems.append(&mut found);
                Vec::new()
            }
        };
        problems.extend(items.iter().flat_map(|item| conditions(item, &blueprint)));
        problems.extend(items.iter().filter_map(|item| without_purpose(self, item)));
        problems.extend(without_migration(self));
        problems.extend(without_part(self));
        problems.extend(templates(self, &items, &blueprint));
        problems
    }
}

fn patterns(pack: &Pack) -> Vec<PackProblem> {
    let manifest = pack.manifest();
    let sections = manifest
        .sections
        .iter()
        .flat_map(|section| section.files.iter().map(move |pattern| (pattern, format!("section `{}`", section.id))));
    let conditions = manifest.conditions.iter().map(|condition| (&condition.files, "`conditions`".to_owned()));
    let executable = manifest.executable.iter().map(|pattern| (pattern, "`executable`".to_owned()));
    let has_match = |pattern: &Pattern| pack.files().any(|(path, _)| pattern.matches(path));
    let purposes = manifest.purposes.iter().map(|purpose| (&purpose.files, "`purposes`".to_owned()));
    let protected = manifest.protected.iter().map(|pattern| (pattern, "`protected`".to_owned()));
    let kept = manifest.data.iter().flat_map(|data| &data.kept).map(|pattern| (pattern, "`data`".to_owned()));
    let has_output = |pattern: &Pattern| pack.files().any(|(path, _)| pattern.matches(written(path)));
    let of_outputs = purposes.chain(protected).chain(kept).filter(|(pattern, _)| !has_output(pattern));
    sections
        .chain(conditions)
        .chain(executable)
        .filter(|(pattern, _)| !has_match(pattern))
        .chain(of_outputs)
        .map(|(pattern, place)| {
            let pattern = pattern.as_str().to_owned();
            PackProblem::new(MANIFEST, None, Fault::PatternMatchesNothing { pattern, place })
        })
        .collect()
}

/// A file's path in a project, but for its placeholders.
fn written(path: &str) -> &str {
    path.strip_suffix(RENDERED).unwrap_or(path)
}

/// A template of migrations that is not there.
fn without_migration(pack: &Pack) -> Option<PackProblem> {
    let data = pack.manifest().data.as_ref()?;
    let is_there = pack.partials().any(|(path, _)| path == data.template);
    let fault = Fault::PatternMatchesNothing { pattern: data.template.clone(), place: "`data`".to_owned() };
    (!is_there).then(|| PackProblem::new(MANIFEST, None, fault))
}

/// Parts that the guide does not have.
fn without_part(pack: &Pack) -> Vec<PackProblem> {
    let guide = String::from_utf8_lossy(pack.guide().unwrap_or_default());
    let missing = pack.manifest().guide_parts.iter().filter(|part| !guide::has_part(&guide, &part.heading));
    let fault = |part: &GuidePart| Fault::NoGuidePart { heading: part.heading.clone() };
    missing.map(|part| PackProblem::new(MANIFEST, None, fault(part))).collect()
}

fn without_purpose(pack: &Pack, item: &Item) -> Option<PackProblem> {
    let purposes = &pack.manifest().purposes;
    let is_known = purposes.iter().any(|purpose| purpose.files.matches(written(&item.source)));
    let is_told = purposes.is_empty() || is_known;
    (!is_told).then(|| PackProblem::new(format!("{FILES}{}", item.source), None, Fault::NoPurpose))
}

/// Conditions of a file that name no boolean where the file is rendered.
fn conditions(item: &Item, blueprint: &Value) -> Vec<PackProblem> {
    let is_boolean = |condition: &Condition| {
        let (root, rest) = condition.variable.split_once('.').unwrap_or((&condition.variable, ""));
        let axis = item.output.axes().iter().find(|axis| axis.variable() == root);
        let value = match axis {
            Some(axis) => blueprint.get(axis.list()).and_then(|list| list.get(0)),
            None => blueprint.get(root),
        };
        let reached = rest.split('.').filter(|name| !name.is_empty()).try_fold(value?, |value, name| value.get(name));
        reached.and_then(Value::as_bool)
    };
    item.conditions
        .iter()
        .filter(|condition| is_boolean(condition).is_none())
        .map(|condition| {
            let name = condition.variable.clone();
            PackProblem::new(format!("{FILES}{}", item.source), None, Fault::NotABoolean { name })
        })
        .collect()
}

/// Templates that do not parse, or use variables that are not there.
fn templates(pack: &Pack, items: &[Item], blueprint: &Value) -> Vec<PackProblem> {
    let mut problems = Vec::new();
    let mut partials = engine::new();
    let mut sources = Vec::new();
    for (path, content) in pack.partials() {
        match engine::text(PARTIALS, path, content) {
            Ok(text) => sources.push((format!("{PARTIALS}{path}"), text)),
            Err(error) => problems.push(problem(error)),
        }
    }
    let names: Vec<String> = sources.iter().map(|(name, _)| name.clone()).collect();
    if let Err(error) = partials.add_raw_templates(sources) {
        // Templates that include a partial would fail for the partial's sake.
        problems.push(problem(engine::error(PARTIALS, &error)));
        return problems;
    }
    let shared: BTreeSet<String> = names
        .iter()
        .filter_map(|name| partials.get_template_variables(name).ok())
        .flat_map(|variables| variables.into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let templates = pack.files().filter(|(path, _)| path.ends_with(RENDERED));
    for (path, content) in templates {
        let mut tera = partials.clone();
        let name = format!("{FILES}{path}");
        let parsed = engine::text(FILES, path, content)
            .and_then(|text| tera.add_raw_template(&name, text).map_err(|error| engine::error(&name, &error)));
        match parsed {
            Err(error) => problems.push(problem(error)),
            Ok(()) => {
                let item = items.iter().find(|item| item.source == path);
                let axes = |item: &Item| variables(&name, item.output.axes(), &tera, (&shared, blueprint));
                problems.extend(item.map_or_else(Vec::new, axes));
            }
        }
    }
    if let Some(content) = pack.guide() {
        let mut tera = partials.clone();
        let parsed = engine::text("", GUIDE, content)
            .and_then(|text| tera.add_raw_template(GUIDE, text).map_err(|error| engine::error(GUIDE, &error)));
        match parsed {
            Err(error) => problems.push(problem(error)),
            Ok(()) => problems.extend(variables(GUIDE, &[], &tera, (&shared, blueprint))),
        }
    }
    problems
}

/// Variables of a template that no project has where it is rendered. Those that partials use are left to rendering: a
/// partial sees the loop variables of the template that includes it.
fn variables(
    file: &str,
    axes: &[Axis],
    tera: &Tera,
    (shared, blueprint): (&BTreeSet<String>, &Value),
) -> Vec<PackProblem> {
    let available: Vec<String> = blueprint
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .cloned()
        .chain(axes.iter().map(|axis: &Axis| axis.variable().to_owned()))
        .collect();
    let mut unknown: Vec<String> = tera
        .get_template_variables(file)
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .filter(|name| !available.contains(name) && !shared.contains(name))
        .collect();
    unknown.sort();
    unknown
        .into_iter()
        .map(|name| PackProblem::new(file, None, Fault::UnknownVariable { name, available: available.clone() }))
        .collect()
}

fn problem(error: Error) -> PackProblem {
    match error {
        Error::Render { template, line, column, message } => {
            let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
            let position = (line > 0).then(|| Position { line: number(line), column: number(column) });
            PackProblem::new(template, position, Fault::Syntax { message })
        }
        other => PackProblem::new("", None, Fault::Syntax { message: other.to_string() }),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
