//! One entity.

use super::project::Enums;
use super::scalars::Style;
use super::{At, Reader, field, relation, value};
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, Field, Pagination, PaginationKind, Relation, Sort};
use crate::spec::FIELDS_MAX;
use crate::spec::names::nearest;
use crate::spec::tree::Value;

pub(in crate::spec) const KEYS: [&str; 11] = [
    "label",
    "label_plural",
    "description",
    "fields",
    "relations",
    "display",
    "search",
    "sort",
    "pagination",
    "access",
    "samples",
];
pub(in crate::spec) const PAGINATION_KEYS: [&str; 2] = ["kind", "size"];
pub(in crate::spec) const ACCESS_KEYS: [&str; 2] = ["read", "write"];

const PAGINATION_KINDS: [&str; 2] = ["pages", "infinite-scroll"];
const PAGE_SIZE_MAX: u32 = 200;
const ROLES_MAX: usize = 20;
const SAMPLES_MAX: usize = 200;

/// Reads an entity and the relations that it declares.
pub(super) fn read(reader: &mut Reader, key: &str, at: &At<'_>, enums: &Enums) -> Option<(Entity, Vec<Relation>)> {
    let name = reader.name(key, at, Style::Type);
    let table = reader.table(at, "a table with `fields`", &KEYS)?;
    // What is inside is read even when the name is wrong, so that everything is told at once.
    let owner = name.clone().or_else(|| Identifier::parse("Thing").ok())?;
    if !table.has("fields") && !table.has("relations") {
        reader.missing(&table, "fields", "fields: { title: string }");
    }
    let fields = match table.get("fields") {
        Some(at) => fields(reader, &owner, &at, enums),
        None => Vec::new(),
    };
    let relations = match table.get("relations") {
        Some(at) => relation::read(reader, &owner, &at),
        None => Vec::new(),
    };
    let access = match table.get("access") {
        Some(at) => access(reader, &at),
        None => (None, None),
    };
    let samples = table.get("samples").map_or_else(|| Some(Vec::new()), |at| samples(reader, &at, &fields));
    let entity = Entity {
        name: owner,
        label: table.get("label").and_then(|at| reader.label(&at)),
        label_plural: table.get("label_plural").and_then(|at| reader.label(&at)),
        description: table.get("description").and_then(|at| reader.description(&at)).unwrap_or_default(),
        display_field: table.get("display").and_then(|at| reader.identifier(&at, Style::Member)),
        search: table.get("search").and_then(|at| search(reader, &at)),
        sort: table.get("sort").and_then(|at| sort(reader, &at)),
        pagination: table.get("pagination").map(|at| pagination(reader, &at)).unwrap_or_default(),
        without_samples: samples.is_none(),
        samples: samples.unwrap_or_default(),
        read_roles: access.0,
        write_roles: access.1,
        fields,
    };
    name.map(|_| (entity, relations))
}

fn fields(reader: &mut Reader, owner: &Identifier, at: &At<'_>, enums: &Enums) -> Vec<Field> {
    let Some(entries) = reader.entries(at, "a table of fields by name") else { return Vec::new() };
    if entries.len() > FIELDS_MAX {
        let problem = Problem::new("too_many", &at.path).with("count", entries.len()).with("most", FIELDS_MAX);
        reader.refuse(at, problem);
        return Vec::new();
    }
    let read = entries.into_iter().map(|(key, at)| field::read(reader, owner, (key, &at), enums));
    read.collect::<Vec<Option<Field>>>().into_iter().flatten().collect()
}

fn search(reader: &mut Reader, at: &At<'_>) -> Option<Vec<Identifier>> {
    match &at.node.value {
        Value::Boolean(false) => return Some(Vec::new()),
        Value::Boolean(true) => return None,
        _ => {}
    }
    let items = reader.items(at, "a list of field names, or `false` for no search", FIELDS_MAX)?;
    Some(reader.identifiers(&items))
}

/// `title`, or `-title` for the largest first.
fn sort(reader: &mut Reader, at: &At<'_>) -> Option<Sort> {
    let text = reader.text(at)?;
    let (field, descending) = text.strip_prefix('-').map_or((text, false), |field| (field, true));
    Some(Sort { field: reader.reference(field, at, Style::Member)?, descending })
}

fn pagination(reader: &mut Reader, at: &At<'_>) -> Pagination {
    let mut pagination = Pagination::default();
    if let Value::Text(_) = &at.node.value {
        pagination.kind = pagination_kind(reader, at).unwrap_or(pagination.kind);
        return pagination;
    }
    let expected = "`pages`, `infinite-scroll`, or a table with `kind` and `size`";
    let Some(table) = reader.table(at, expected, &PAGINATION_KEYS) else { return pagination };
    if let Some(kind) = table.get("kind").and_then(|at| pagination_kind(reader, &at)) {
        pagination.kind = kind;
    }
    if let Some(size) = table.get("size").and_then(|at| reader.whole(&at, 1..=PAGE_SIZE_MAX)) {
        pagination.size = size;
    }
    pagination
}

fn pagination_kind(reader: &mut Reader, at: &At<'_>) -> Option<PaginationKind> {
    match reader.text(at)? {
        "pages" => Some(PaginationKind::Pages),
        "infinite-scroll" => Some(PaginationKind::InfiniteScroll),
        _ => {
            reader.refuse_word(at, &PAGINATION_KINDS);
            None
        }
    }
}

type Roles = Option<Vec<Identifier>>;

fn access(reader: &mut Reader, at: &At<'_>) -> (Roles, Roles) {
    let Some(table) = reader.table(at, "a table with `read` and `write`", &ACCESS_KEYS) else { return (None, None) };
    let read = table.get("read").and_then(|at| roles(reader, &at));
    let write = table.get("write").and_then(|at| roles(reader, &at));
    (read, write)
}

fn roles(reader: &mut Reader, at: &At<'_>) -> Roles {
    let items = reader.items(at, "a list of roles", ROLES_MAX)?;
    if items.is_empty() {
        reader.refuse(at, Problem::new("roles_empty", &at.path));
        return None;
    }
    Some(reader.identifiers(&items))
}

type Row = serde_json::Map<String, serde_json::Value>;

/// The entity's own rows; `None` for no row at all, an empty list to have some made up.
fn samples(reader: &mut Reader, at: &At<'_>, fields: &[Field]) -> Option<Vec<Row>> {
    match &at.node.value {
        Value::Boolean(false) => return None,
        Value::Boolean(true) => return Some(Vec::new()),
        _ => {}
    }
    let items = reader.items(at, "a list of rows, or `false` for none", SAMPLES_MAX).unwrap_or_default();
    Some(items.iter().map(|item| sample(reader, item, fields)).collect())
}

/// A row; when it is no table an empty one holds its place, so that the others keep their numbers.
fn sample(reader: &mut Reader, at: &At<'_>, fields: &[Field]) -> Row {
    let mut row = Row::new();
    let owner_path = at.path.rsplit_once(".samples").map_or("", |(owner, _)| owner).to_owned();
    for (key, entry) in reader.entries(at, "a table of field names and values").unwrap_or_default() {
        if reader.left_out.contains(&format!("{owner_path}.fields.{key}")) {
            continue;
        }
        if let Some(field) = fields.iter().find(|field| field.name.as_str() == key) {
            if let Some(value) = value::read(reader, &entry, &field.field_type) {
                row.insert(key.to_owned(), value);
            }
        } else if !reader.left_out.contains(&format!("{owner_path}.fields")) {
            let problem = match nearest(key, fields.iter().map(|field| field.name.as_str())) {
                Some(meant) => Problem::new("sample_field_misspelt", &entry.path).with("meant", meant),
                None => Problem::new("sample_field_unknown", &entry.path),
            };
            reader.refuse(&entry, problem.with("field", key));
        }
    }
    row
}
