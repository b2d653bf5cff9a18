//! What names have in common and how they are proposed: the same name in another spelling, names that mean something
//! already, the nearest known word.

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::domain::name::{IDENTIFIER_MAX_CHARS, Identifier, PROJECT_NAME_MAX_CHARS, ProjectName};
use crate::domain::path::ProjectPath;

/// Names that every row has without being asked, and what to do instead.
const IMPLICIT: [(&str, &str); 1] =
    [("id", "Leave it out, every row has an `id`; a number of your own can be called `number` or `code`")];

/// Names that mean something on every JavaScript object, so that code that looks them up finds the wrong thing.
const OBJECT_PROPERTIES: [(&str, &str); 10] = [
    ("constructor", "Call it `builder` or `maker`"),
    ("prototype", "Call it `prototype_model`"),
    ("tostring", "Call it `text`"),
    ("tolocalestring", "Call it `local_text`"),
    ("valueof", "Call it `value`"),
    ("hasownproperty", "Call it `owns_property`"),
    ("isprototypeof", "Call it `is_model_of`"),
    ("propertyisenumerable", "Call it `is_listed`"),
    ("tojson", "Call it `json_text`"),
    ("then", "Call it `next` or `afterwards`"),
];

/// Every refused name, folded.
#[cfg(test)]
pub(crate) fn refused_names() -> impl Iterator<Item = &'static str> {
    IMPLICIT.iter().chain(&OBJECT_PROPERTIES).map(|(name, _)| *name)
}

/// A name as it is compared: small letters without underscores.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// A name as it is compared where one and many are the same: `Post`, `posts` and `POSTS` alike.
pub(crate) fn folded_singular(name: &str) -> String {
    with_last_word(name, |word| pluralizer::pluralize(word, 1, false))
}

/// The folded name of many.
pub(crate) fn folded_plural(name: &str) -> String {
    with_last_word(name, |word| pluralizer::pluralize(word, 2, false))
}

fn with_last_word(name: &str, change: impl Fn(&str) -> String) -> String {
    let snake = name.to_snake_case();
    let (start, last) = snake.rsplit_once('_').unwrap_or(("", &snake));
    folded(&format!("{start}{}", change(last)))
}

/// Why a name is refused for a field or relation although its letters are fine, as what to do instead.
pub(crate) fn refused_member(name: &str) -> Option<(&'static str, &'static str)> {
    let folded = folded(name);
    let find = |table: &'static [(&str, &str)], code| {
        table.iter().find(|(refused, _)| *refused == folded).map(|(_, instead)| (code, *instead))
    };
    find(&IMPLICIT, "name_implicit").or_else(|| find(&OBJECT_PROPERTIES, "name_object_property"))
}

/// Why a name is refused for an entity, role or enumeration value although its letters are fine, as what to do instead.
pub(crate) fn refused_elsewhere(name: &str) -> Option<(&'static str, &'static str)> {
    refused_member(name).filter(|(code, _)| *code == "name_object_property")
}

/// An identifier near to a text in any script, in the style of types (`BlogPost`) or members (`blog_post`).
pub(crate) fn identifier_like(text: &str, type_style: bool) -> String {
    let start: String = text.chars().take(200).collect();
    let ascii = deunicode::deunicode(&start);
    let words: String = ascii.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let joined = if type_style { words.to_upper_camel_case() } else { words.to_snake_case() };
    let fallback = if type_style { "Thing" } else { "thing" };
    let named = match joined.chars().next() {
        None => fallback.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{}{joined}", if type_style { "N" } else { "n" }),
        Some(_) => joined,
    };
    let accepted = if refused_member(&named).is_some() {
        format!("{named}{}", if type_style { "Value" } else { "_value" })
    } else {
        named
    };
    let cut: String = accepted.chars().take(IDENTIFIER_MAX_CHARS).collect();
    Identifier::parse(&cut).map_or_else(|_| fallback.to_owned(), |identifier| identifier.as_str().to_owned())
}

/// Name of an enumeration that belongs to one field: `BookStatus` for the field `status` of `Book`.
pub(crate) fn enum_name(owner: &Identifier, field: &str) -> Option<Identifier> {
    let joined = identifier_like(&format!("{owner}_{field}"), true);
    Identifier::parse(&joined).ok()
}

/// A project name near to a text in any script.
pub(crate) fn project_name_like(text: &str) -> String {
    let words = identifier_like(text, false).replace('_', "-");
    let cut: String = words.chars().take(PROJECT_NAME_MAX_CHARS).collect();
    let trimmed = cut.trim_end_matches('-');
    ProjectName::parse(trimmed).map_or_else(|_| "app".to_owned(), |name| name.as_str().to_owned())
}

/// Whether a project of this name could not be a folder everywhere.
pub(crate) fn is_reserved_project_name(name: &str) -> bool {
    ProjectPath::parse(name).is_err()
}

/// The known word that the writer most likely meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST_COMPARED_CHARS: usize = 64;
    const LEAST_LIKENESS: f64 = 0.6;
    if word.chars().count() > LONGEST_COMPARED_CHARS {
        return None;
    }
    let wanted = folded(&word.replace('-', "_"));
    known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&wanted, &folded(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
