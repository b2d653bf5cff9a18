//! Fields: their types, bounds and default values.

use std::collections::HashSet;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::domain::problem::Problem;
use crate::domain::spec::{Constraints, EnumValue, Field, FieldType};
use crate::spec::bounds::ENUM_VALUES_MAX;
use crate::spec::jdl::findings::Findings;
use crate::spec::jdl::syntax::{self, Annotation, Argument, Enumeration, Validation, Word};
use crate::spec::jdl::words;
use crate::spec::names::nearest;
use crate::spec::{forms, pattern};

use super::{Scope, entity};

/// JDL's types and what they are here.
const TYPES: [(&str, FieldType); 18] = [
    ("String", FieldType::String),
    ("TextBlob", FieldType::Text),
    ("Integer", FieldType::Integer),
    ("Long", FieldType::Integer),
    ("BigDecimal", FieldType::Decimal),
    ("Float", FieldType::Float),
    ("Double", FieldType::Float),
    ("Boolean", FieldType::Boolean),
    ("LocalDate", FieldType::Date),
    ("LocalTime", FieldType::Time),
    ("ZonedDateTime", FieldType::Datetime),
    ("Instant", FieldType::Datetime),
    ("Duration", FieldType::Duration),
    ("UUID", FieldType::Uuid),
    ("Blob", FieldType::Binary { image: false }),
    ("AnyBlob", FieldType::Binary { image: false }),
    ("ImageBlob", FieldType::Binary { image: true }),
    ("ByteBuffer", FieldType::Binary { image: false }),
];

/// Reads a field; `None` when it is left out, which is reported.
pub(super) fn field<'a>(
    entity_path: &str,
    field: &syntax::Field<'a>,
    scope: &mut Scope<'a, '_, '_, '_>,
) -> Option<Field> {
    let path = format!("{entity_path}.fields.{}", words::path_part(field.name.text));
    scope.findings.place(path.clone(), field.name.position);
    scope.findings.place(format!("{path}.type"), field.type_name.position);
    if field.name.text == "id" {
        let ignored = Problem::new("jdl_ignored_id_field", &path).with("type", field.type_name.text);
        scope.findings.ignore(ignored, field.name.position);
        scope.findings.left_out.insert(path);
        return None;
    }
    let name = scope.findings.identifier(&path, field.name);
    let description = scope.findings.description(&path, field.comment);
    let field_type = field_type(&path, field.type_name, scope);
    let bounds = match &field_type {
        Some(known) => bounds(&path, field, known, scope),
        None => Bounds::default(),
    };
    let mut read = Field {
        name: name?,
        label: None,
        description,
        field_type: field_type?,
        required: bounds.required,
        unique: bounds.unique,
        constraints: bounds.constraints,
        default: None,
    };
    for annotation in &field.annotations {
        annotate(&path, annotation, &mut read, scope.findings);
    }
    Some(read)
}

fn annotate(path: &str, annotation: &Annotation<'_>, field: &mut Field, findings: &mut Findings<'_>) {
    if annotation.is("defaultValue") {
        let at = annotation.value.unwrap_or(annotation.name);
        findings.place(format!("{path}.default"), at.position);
        field.default = annotation.value.and_then(|value| default_value(&field.field_type, value.text));
        if field.default.is_none() {
            let problem = Problem::new("jdl_default_invalid", format!("{path}.default")).with("value", at.text);
            findings.problem(problem.with("field", &field.name), at.position);
        }
    } else if annotation.is("id") {
        (field.required, field.unique) = (true, true);
        let ignored = Problem::new("jdl_ignored_id_annotation", path).with("field", &field.name);
        findings.ignore(ignored, annotation.name.position);
    } else {
        entity::ignore_annotation(path, annotation, findings);
    }
}

/// The default in its JSON form; `None` when the text is no value of the type.
fn default_value(field_type: &FieldType, text: &str) -> Option<serde_json::Value> {
    match field_type {
        FieldType::Integer => text.parse::<i64>().ok().map(serde_json::Value::from),
        FieldType::Float => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(serde_json::Value::from),
        FieldType::Decimal => Decimal::from_str(text).ok().map(|_| text.into()),
        FieldType::Boolean => text.parse::<bool>().ok().map(serde_json::Value::from),
        FieldType::Enum { values, .. } => values.iter().any(|value| value.value.as_str() == text).then(|| text.into()),
        FieldType::Binary { .. } => None,
        FieldType::String
        | FieldType::Text
        | FieldType::Date
        | FieldType::Time
        | FieldType::Datetime
        | FieldType::Duration
        | FieldType::Uuid
        | FieldType::Email
        | FieldType::Url => Some(forms::normal_form(field_type, text).unwrap_or_else(|| text.to_owned()).into()),
    }
}

fn field_type<'a>(path: &str, type_name: Word<'a>, scope: &mut Scope<'a, '_, '_, '_>) -> Option<FieldType> {
    if let Some((_, known)) = TYPES.iter().find(|(name, _)| *name == type_name.text) {
        return Some(known.clone());
    }
    let declared = scope.declared;
    if let Some(enumeration) = declared.enums.get(type_name.text) {
        // Read once, so that what is wrong with it is told once.
        let read = scope.uses.enums.entry(type_name.text);
        let read = read.or_insert_with(|| enumeration_type(enumeration, scope.findings)).clone();
        if read.is_none() {
            scope.findings.left_out.insert(path.to_owned());
        }
        return read;
    }
    scope.findings.left_out.insert(path.to_owned());
    if scope.findings.is_full() {
        return None;
    }
    let names = TYPES.iter().map(|(name, _)| *name).chain(declared.enums.keys().copied());
    let nearest = nearest(type_name.text, names);
    let code = match nearest {
        _ if declared.entity_names.contains(type_name.text) => "jdl_type_is_entity",
        Some(_) => "jdl_unknown_type_like",
        None => "jdl_unknown_type",
    };
    let problem = Problem::new(code, format!("{path}.type")).with("type", type_name.text);
    let problem = nearest.into_iter().fold(problem, |problem, nearest| problem.with("nearest", nearest));
    scope.findings.problem(problem, type_name.position);
    None
}

fn enumeration_type(enumeration: &Enumeration<'_>, findings: &mut Findings<'_>) -> Option<FieldType> {
    let mut values: Vec<EnumValue> = Vec::new();
    let mut seen = HashSet::new();
    findings.at_most(ENUM_VALUES_MAX, enumeration.values.len(), "enums", enumeration.name.position);
    for value in enumeration.values.iter().take(ENUM_VALUES_MAX) {
        if !seen.insert(value.name.text) {
            let problem = Problem::new("jdl_enum_value_repeated", "enums").with("name", value.name.text);
            findings.problem(problem.with("enum", enumeration.name.text), value.name.position);
            continue;
        }
        let label = value.label.and_then(|label| findings.label("enums", label.text, label.position));
        let name = findings.identifier("enums", value.name);
        values.extend(name.map(|value| EnumValue { value, label }));
    }
    if enumeration.values.is_empty() {
        let problem = Problem::new("jdl_enum_empty", "enums").with("enum", enumeration.name.text);
        findings.problem(problem, enumeration.name.position);
    }
    let name = findings.identifier("enums", enumeration.name)?;
    (!values.is_empty()).then_some(FieldType::Enum { name, values })
}

#[derive(Default)]
struct Bounds {
    required: bool,
    unique: bool,
    constraints: Constraints,
}

fn bounds<'a>(
    path: &str,
    field: &syntax::Field<'a>,
    field_type: &FieldType,
    scope: &mut Scope<'a, '_, '_, '_>,
) -> Bounds {
    let mut bounds = Bounds::default();
    let mut seen: Vec<&str> = Vec::new();
    for validation in &field.validations {
        let name = validation.name.text;
        let problem = |code: &str| Problem::new(code, path).with("validation", name).with("field", field.name.text);
        if seen.contains(&name) {
            scope.findings.problem(problem("jdl_validation_repeated"), validation.name.position);
            continue;
        }
        seen.push(name);
        if !fits(name, field_type) {
            let problem = problem("jdl_validation_not_for_type").with("type", field.type_name.text);
            scope.findings.problem(problem, validation.name.position);
            continue;
        }
        let Some(key) = spec_key(name) else { continue };
        scope.findings.place(format!("{path}.{key}"), validation.name.position);
        let value = argument(validation, scope);
        if !bounds.set(key, value.map(|word| word.text)) {
            // An unknown constant has no value and is reported as such.
            if let Some(value) = value {
                let problem = problem("jdl_validation_value_invalid").with("value", value.text);
                scope.findings.problem(problem, value.position);
            }
        }
    }
    bounds
}

impl Bounds {
    /// Sets a bound from the text of its value; false when the text is no value for it.
    fn set(&mut self, key: &str, value: Option<&str>) -> bool {
        let length = || value.and_then(|value| value.parse::<u32>().ok());
        let number = || value.and_then(|value| Decimal::from_str(value).ok());
        let bounds = &mut self.constraints;
        match key {
            "required" => {
                self.required = true;
                true
            }
            "unique" => {
                self.unique = true;
                true
            }
            "min" => put(&mut bounds.min, number()),
            "max" => put(&mut bounds.max, number()),
            "min_length" => put(&mut bounds.min_length, length()),
            "max_length" => put(&mut bounds.max_length, length()),
            _ => put(&mut bounds.pattern, value.map(pattern::normal_form)),
        }
    }
}

fn put<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

/// The argument's own text, or the constant's.
fn argument<'a>(validation: &Validation<'a>, scope: &mut Scope<'a, '_, '_, '_>) -> Option<Word<'a>> {
    match validation.argument? {
        Argument::Number(word) | Argument::Pattern(word) => Some(word),
        Argument::Constant(name) => {
            scope.uses.constants.insert(name.text);
            let value = scope.declared.constants.get(name.text).copied();
            if value.is_none() {
                findings_unknown_constant(name, scope.findings);
            }
            value.map(|value| Word { text: value.text, position: name.position })
        }
    }
}

fn findings_unknown_constant(name: Word<'_>, findings: &mut Findings<'_>) {
    findings.problem(Problem::new("jdl_unknown_constant", "").with("constant", name.text), name.position);
}

/// Name of a validation's bound in the spec.
fn spec_key(validation: &str) -> Option<&'static str> {
    match validation {
        "required" => Some("required"),
        "unique" => Some("unique"),
        "min" => Some("min"),
        "max" => Some("max"),
        "minlength" | "minbytes" => Some("min_length"),
        "maxlength" | "maxbytes" => Some("max_length"),
        "pattern" => Some("pattern"),
        _ => None,
    }
}

fn fits(validation: &str, field_type: &FieldType) -> bool {
    match validation {
        "min" | "max" => matches!(field_type, FieldType::Integer | FieldType::Decimal | FieldType::Float),
        "minlength" | "maxlength" | "pattern" => matches!(field_type, FieldType::String | FieldType::Text),
        "minbytes" | "maxbytes" => matches!(field_type, FieldType::Text | FieldType::Binary { .. }),
        _ => true,
    }
}
