//! Placeholders in the paths of a pack's files.

use tera::Value;

/// What may stand between braces, for messages.
pub(super) const KNOWN: &str =
    "`{entity}`, `{enum}` (or one form of its names, such as `{entity.plural_kebab}`), `{language}` or `{project}`";
/// Forms of names that may follow `entity.` and `enum.`.
const FORMS: [&str; 8] =
    ["pascal", "camel", "snake", "kebab", "plural_pascal", "plural_camel", "plural_snake", "plural_kebab"];

/// What a path is repeated over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    /// Every entity.
    Entity,
    /// Every enumeration.
    Enum,
    /// Every interface language.
    Language,
}

impl Axis {
    /// Every axis.
    pub(super) const ALL: [Self; 3] = [Self::Entity, Self::Enum, Self::Language];

    /// The variable that templates find the element in.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Enum => "enum",
            Self::Language => "language",
        }
    }

    /// The list in the context that the elements come from.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Entity => "entities",
            Self::Enum => "enums",
            Self::Language => "languages",
        }
    }
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A variable's field, by its path in the context.
    Field(&'static str, String),
}

/// A path with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathTemplate {
    parts: Vec<Part>,
    axes: Vec<Axis>,
}

impl PathTemplate {
    /// Parses a path of a pack.
    ///
    /// # Errors
    /// The text between braces that means nothing.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut axes = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, next) = after.split_once('}').ok_or_else(|| after.to_owned())?;
            parts.push(Part::Text(before.to_owned()));
            let (part, axis) = placeholder(inside).ok_or_else(|| inside.to_owned())?;
            parts.push(part);
            axes.extend(axis);
            rest = next;
        }
        parts.push(Part::Text(rest.to_owned()));
        axes.sort();
        axes.dedup();
        Ok(Self { parts, axes })
    }

    /// What the path is repeated over.
    pub(super) fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The path for one element of each axis.
    ///
    /// # Errors
    /// The placeholder that the context has no text for.
    pub(super) fn expand<'v>(&'v self, variable: impl Fn(&str) -> Option<&'v Value>) -> Result<String, String> {
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => path.push_str(text),
                Part::Field(name, field) => {
                    let value = variable(name).and_then(|value| reach(value, field)).and_then(Value::as_str);
                    path.push_str(value.ok_or_else(|| format!("{name}.{field}"))?);
                }
            }
        }
        Ok(path)
    }
}

/// A value inside another, by names with dots between; the value itself when there are none.
pub(super) fn reach<'v>(value: &'v Value, path: &'v str) -> Option<&'v Value> {
    if path.is_empty() { Some(value) } else { value.get_from_path(path) }
}

fn placeholder(inside: &str) -> Option<(Part, Option<Axis>)> {
    let (root, form) = inside.split_once('.').map_or((inside, None), |(root, form)| (root, Some(form)));
    let named = |axis: Axis| {
        let form = form.unwrap_or("kebab");
        FORMS.contains(&form).then(|| (Part::Field(axis.variable(), format!("names.{form}")), Some(axis)))
    };
    match (root, form) {
        ("entity", _) => named(Axis::Entity),
        ("enum", _) => named(Axis::Enum),
        ("language", None) => Some((Part::Field("language", String::new()), Some(Axis::Language))),
        ("project", None) => Some((Part::Field("project", "name".to_owned()), None)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "placeholder_tests.rs"]
mod tests;
