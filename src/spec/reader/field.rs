//! One field: its type, its bounds, its default.

use super::project::{Enums, enum_values};
use super::scalars::Style;
use super::{At, Reader, Table, value};
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Constraints, EnumValue, Field, FieldType};
use crate::spec::kinds::{self, KINDS};
use crate::spec::names::{enum_name, nearest};
use crate::spec::pattern;
use crate::spec::tree::Value;

pub(in crate::spec) const KEYS: [&str; 14] = [
    "type",
    "label",
    "description",
    "required",
    "unique",
    "default",
    "min",
    "max",
    "min_length",
    "max_length",
    "pattern",
    "values",
    "enum",
    "image",
];

/// Words of other languages for types, and what they are called here.
const SYNONYMS: [(&str, &str); 24] = [
    ("int", "integer"),
    ("number", "integer` or `decimal"),
    ("long", "integer"),
    ("bigint", "integer"),
    ("bigdecimal", "decimal"),
    ("money", "decimal"),
    ("numeric", "decimal"),
    ("double", "float"),
    ("real", "float"),
    ("bool", "boolean"),
    ("varchar", "string"),
    ("char", "string"),
    ("str", "string"),
    ("textblob", "text"),
    ("markdown", "text"),
    ("localdate", "date"),
    ("timestamp", "datetime"),
    ("instant", "datetime"),
    ("file", "binary"),
    ("blob", "binary"),
    ("image", "binary` with `image: true"),
    ("uri", "url"),
    ("guid", "uuid"),
    ("choice", "enum` with `values"),
];

/// Reads the field that is called `key` in the entity `owner`.
pub(super) fn read(
    reader: &mut Reader,
    owner: &Identifier,
    (key, at): (&str, &At<'_>),
    enums: &Enums,
) -> Option<Field> {
    let name = reader.name(key, at, Style::Member);
    let field = match &at.node.value {
        Value::Text(short) => short_form(reader, at, short),
        _ => long_form(reader, owner, (key, at), enums),
    };
    if name.is_none() || field.is_none() {
        reader.left_out.insert(at.path.clone());
    }
    // A field of a wrong type still has a name that others may clash with.
    let field = field.or_else(|| plain_field(FieldType::String, false))?;
    Some(Field { name: name?, ..field })
}

/// `string`, or `string!` for a required one.
fn short_form(reader: &mut Reader, at: &At<'_>, short: &str) -> Option<Field> {
    let (word, required) = short.strip_suffix('!').map_or((short, false), |word| (word, true));
    let field_type = match word {
        "enum" => {
            let path = format!("{}.values", at.path);
            let example = "{ type: enum, values: [open, closed] }";
            reader.refuse(at, Problem::new("key_missing", path).with("key", "values").with("example", example));
            return None;
        }
        word => kinds::plain(word),
    };
    match field_type {
        Some(field_type) => plain_field(field_type, required),
        None => {
            refuse_kind(reader, at, word);
            None
        }
    }
}

fn long_form(reader: &mut Reader, owner: &Identifier, (key, at): (&str, &At<'_>), enums: &Enums) -> Option<Field> {
    let expected = "a type such as `string`, or a table with `type`";
    let table = reader.table(at, expected, &KEYS)?;
    let field_type = field_type(reader, &table, enums, || enum_name(owner, key));
    let mut field = plain_field(field_type.clone().unwrap_or(FieldType::String), false)?;
    field.label = table.get("label").and_then(|at| reader.label(&at));
    field.description = table.get("description").and_then(|at| reader.description(&at)).unwrap_or_default();
    field.required = table.get("required").and_then(|at| reader.boolean(&at)).unwrap_or(false);
    field.unique = table.get("unique").and_then(|at| reader.boolean(&at)).unwrap_or(false);
    // Without a type nothing can be told about bounds and default.
    field.field_type = field_type?;
    field.constraints = constraints(reader, &table, &field.field_type);
    field.default = table.get("default").and_then(|at| value::read(reader, &at, &field.field_type));
    Some(field)
}

/// A field without bounds, whose name is put in by [`read`].
fn plain_field(field_type: FieldType, required: bool) -> Option<Field> {
    Some(Field {
        name: Identifier::parse("field").ok()?,
        label: None,
        description: String::new(),
        field_type,
        required,
        unique: false,
        constraints: Constraints::default(),
        default: None,
    })
}

fn field_type(
    reader: &mut Reader,
    table: &Table<'_>,
    enums: &Enums,
    own_name: impl Fn() -> Option<Identifier>,
) -> Option<FieldType> {
    let Some(at) = table.get("type") else {
        reader.missing(table, "type", "type: string");
        return None;
    };
    let word = reader.text(&at)?;
    let only_for = |reader: &mut Reader, key: &str, kind: &str| {
        if let Some(at) = table.get(key) {
            let problem = Problem::new("key_of_other_type", &at.path).with("key", key);
            reader.refuse(&at, problem.with("kind", kind).with("type", word));
        }
    };
    if word == "enum" {
        only_for(reader, "image", "binary");
        return enum_type(reader, table, enums, own_name);
    }
    let Some(plain) = kinds::plain(word) else {
        refuse_kind(reader, &at, word);
        return None;
    };
    only_for(reader, "values", "enum");
    only_for(reader, "enum", "enum");
    if let FieldType::Binary { .. } = plain {
        let image = table.get("image").and_then(|at| reader.boolean(&at)).unwrap_or(false);
        return Some(FieldType::Binary { image });
    }
    only_for(reader, "image", "binary");
    Some(plain)
}

fn enum_type(
    reader: &mut Reader,
    table: &Table<'_>,
    enums: &Enums,
    own_name: impl Fn() -> Option<Identifier>,
) -> Option<FieldType> {
    match (table.get("values"), table.get("enum")) {
        (None, None) => {
            reader.missing(table, "values", "values: [open, closed]");
            None
        }
        (Some(_), Some(at)) => {
            reader.refuse(&at, Problem::new("enum_and_values", &at.path));
            None
        }
        (Some(at), None) => {
            let values = enum_values(reader, &at)?;
            Some(FieldType::Enum { name: own_name()?, values })
        }
        (None, Some(at)) => named_enum(reader, &at, enums),
    }
}

fn named_enum(reader: &mut Reader, at: &At<'_>, enums: &Enums) -> Option<FieldType> {
    let wanted = reader.text(at)?;
    reader.used_enums.insert(wanted.to_owned());
    match enums.get(wanted) {
        Some(known) => {
            let (name, values): (Identifier, Vec<EnumValue>) = known.clone()?;
            Some(FieldType::Enum { name, values })
        }
        None if reader.left_out.contains("enums") => None,
        None => {
            let shown: String = wanted.chars().take(80).collect();
            let problem = match nearest(wanted, enums.keys().map(String::as_str)) {
                Some(meant) => Problem::new("enum_misspelt", &at.path).with("meant", meant),
                None => Problem::new("enum_unknown", &at.path),
            };
            reader.refuse(at, problem.with("name", shown));
            None
        }
    }
}

fn constraints(reader: &mut Reader, table: &Table<'_>, field_type: &FieldType) -> Constraints {
    let mut fitting = |key: &str| {
        let at = table.get(key)?;
        if kinds::takes(field_type, key) {
            return Some(at);
        }
        let problem = Problem::new("constraint_unfit", &at.path).with("constraint", key);
        reader.refuse(&at, problem.with("type", field_type.word()).with("fit", kinds::fitting(key)));
        None
    };
    let places = [fitting("min"), fitting("max"), fitting("min_length"), fitting("max_length"), fitting("pattern")];
    let [min, max, min_length, max_length, pattern] = places;
    Constraints {
        min: min.and_then(|at| reader.decimal(&at)).map(|bound| bound.normalize()),
        max: max.and_then(|at| reader.decimal(&at)).map(|bound| bound.normalize()),
        min_length: min_length.and_then(|at| reader.whole(&at, 0..=kinds::LENGTH_MAX)),
        max_length: max_length.and_then(|at| reader.whole(&at, 1..=kinds::LENGTH_MAX)),
        pattern: pattern.and_then(|at| Some(pattern::normal_form(reader.text(&at)?))),
    }
}

fn refuse_kind(reader: &mut Reader, at: &At<'_>, word: &str) {
    let shown: String = word.chars().take(80).collect();
    let lower = word.to_ascii_lowercase();
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower).map(|(_, kind)| *kind);
    let problem = match synonym.or_else(|| nearest(word, KINDS)) {
        Some(meant) => Problem::new("type_misspelt", &at.path).with("meant", meant),
        None => Problem::new("type_unknown", &at.path).with("known", KINDS.join("`, `")),
    };
    reader.refuse(at, problem.with("type", shown));
}
