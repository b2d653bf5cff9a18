//! Fields: their names, and what lists, search and pickers do with them.

use crate::domain::name::Identifier;
use crate::domain::spec::{Entity, Field, FieldType};

use super::labels::label_of;
use super::reserved;
use super::scope::{Scope, first_accepted};
use super::words::Words;

/// Every value of `FieldBlueprint::kind`.
pub(super) const KINDS: &[&str] = &[
    "string", "text", "integer", "decimal", "float", "boolean", "date", "time", "datetime", "duration", "uuid",
    "email", "url", "enum", "binary",
];

/// Columns that a list shows at most.
const LIST_COLUMNS_MAX: usize = 6;

/// Last words of a field's name that make it stand for the row, the best first.
const DISPLAY_WORDS: &[&str] = &[
    "name", "title", "label", "login", "username", "subject", "headline", "email", "code", "number", "isbn", "sku",
    "handle", "slug",
];

/// Whether search can look in a field of the type.
pub(super) fn is_searchable(field_type: &FieldType) -> bool {
    matches!(field_type, FieldType::String | FieldType::Text | FieldType::Email | FieldType::Url)
}

/// A field with its names.
pub(super) struct NamedField<'a> {
    /// The field.
    pub(super) field: &'a Field,
    /// Its words.
    pub(super) stem: Words,
    /// Its column.
    pub(super) column: String,
    /// For a file: property and column of its content.
    pub(super) content: Option<(String, String)>,
}

impl NamedField<'_> {
    /// Property name.
    pub(super) fn camel(&self) -> String {
        self.stem.camel()
    }

    /// Name for people.
    pub(super) fn label(&self) -> String {
        self.field.label.clone().unwrap_or_else(|| label_of(self.field.name.as_str()))
    }
}

/// An entity's row: its properties and columns.
pub(super) struct Row<'a> {
    /// The entity.
    pub(super) entity: &'a Entity,
    /// Names of properties that are taken.
    pub(super) properties: Scope,
    columns: Scope,
    /// Its fields in the order of the spec.
    pub(super) fields: Vec<NamedField<'a>>,
}

impl<'a> Row<'a> {
    /// Names the fields of an entity.
    pub(super) fn new(entity: &'a Entity, account_properties: &[String]) -> Self {
        let account = account_properties.iter().map(String::as_str);
        let mut properties = Scope::ignoring_case(reserved::PROPERTIES.iter().copied().chain(account));
        let account_columns: Vec<String> = account_properties.iter().map(|name| Words::of(name).snake()).collect();
        let kept = account_columns.iter().map(String::as_str);
        let columns = Scope::ignoring_case(reserved::SQL_KEYWORDS.iter().chain(reserved::COLUMNS).copied().chain(kept));
        let stems: Vec<Words> = entity.fields.iter().map(|field| Words::of(field.name.as_str())).collect();
        let stems = super::naming::take_each(&stems, "value", |stem| {
            properties.try_take(&[stem.camel()]).then(|| stem.clone())
        });
        let mut row = Self { entity, properties, columns, fields: Vec::with_capacity(stems.len()) };
        for (field, stem) in entity.fields.iter().zip(stems) {
            let column = row.take_column(&stem);
            row.fields.push(NamedField { field, stem, column, content: None });
        }
        for index in 0..row.fields.len() {
            row.name_content(index);
        }
        row
    }

    fn name_content(&mut self, index: usize) {
        let Some(named) = self.fields.get(index) else { return };
        if !matches!(named.field.field_type, FieldType::Binary { .. }) {
            return;
        }
        let stem = named.stem.and("content");
        let mut take = |stem: &Words| self.properties.try_take(&[stem.camel()]).then(|| stem.clone());
        let stem = take(&stem).unwrap_or_else(|| first_accepted("file", |suffix| take(&stem.and(suffix))));
        let content = Some((stem.camel(), self.take_column(&stem)));
        if let Some(named) = self.fields.get_mut(index) {
            named.content = content;
        }
    }

    /// Takes a column: the snake case of the words, with a suffix when that is taken or an SQL keyword.
    pub(super) fn take_column(&mut self, stem: &Words) -> String {
        let mut take = |stem: &Words| self.columns.try_take(&[stem.snake()]).then(|| stem.snake());
        take(stem).unwrap_or_else(|| first_accepted("value", |suffix| take(&stem.and(suffix))))
    }

    /// Property name of the field that the spec calls so.
    pub(super) fn camel_of(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|named| named.field.name.as_str() == name).map(NamedField::camel)
    }

    /// Property name of the field that stands for a row: the one given, else the entity's own choice, else the best.
    pub(super) fn display_field(&self, given: Option<&str>) -> Option<String> {
        given
            .and_then(|name| self.camel_of(name))
            .or_else(|| self.entity.display_field.as_ref().and_then(|name| self.camel_of(name.as_str())))
            .or_else(|| self.best_display_field())
    }

    /// A required field called like a name, else the first required string, else the same among optional ones.
    fn best_display_field(&self) -> Option<String> {
        let fit = |named: &&NamedField<'_>| matches!(named.field.field_type, FieldType::String | FieldType::Email);
        let best = |required: bool| {
            let fields = || self.fields.iter().filter(fit).filter(move |named| named.field.required == required);
            let rank = |named: &&NamedField<'_>| DISPLAY_WORDS.iter().position(|word| *word == named.stem.last());
            let called = fields().filter_map(|named| rank(&named).map(|rank| (rank, named)));
            called.min_by_key(|(rank, _)| *rank).map(|(_, named)| named).or_else(|| fields().next())
        };
        best(true).or_else(|| best(false)).map(NamedField::camel)
    }

    /// Property names of the fields that search looks in.
    pub(super) fn search(&self) -> Vec<String> {
        let given = |names: &Vec<Identifier>| names.iter().filter_map(|name| self.camel_of(name.as_str())).collect();
        self.entity.search.as_ref().map_or_else(
            || {
                let fit = self.fields.iter().filter(|named| is_searchable(&named.field.field_type));
                fit.map(NamedField::camel).collect()
            },
            given,
        )
    }

    /// Property name to sort by, and whether the largest comes first.
    pub(super) fn sort(&self) -> (String, bool) {
        let given = self.entity.sort.as_ref();
        given
            .and_then(|sort| self.camel_of(sort.field.as_str()).map(|camel| (camel, sort.descending)))
            .unwrap_or_else(|| ("id".to_owned(), true))
    }

    /// Whether each field is a list column: the first six fit ones, the display field always among them.
    pub(super) fn list_columns(&self) -> Vec<bool> {
        let fit = |named: &NamedField<'_>| {
            !matches!(named.field.field_type, FieldType::Text | FieldType::Binary { .. } | FieldType::Uuid)
        };
        let display = self.display_field(None);
        let is_display = |named: &NamedField<'_>| display.as_ref() == Some(&named.camel());
        let mut left = LIST_COLUMNS_MAX - usize::from(self.fields.iter().any(is_display));
        let choose = |named: &NamedField<'_>| {
            let shown = is_display(named) || (fit(named) && left > 0);
            left -= usize::from(shown && !is_display(named));
            shown
        };
        self.fields.iter().map(choose).collect()
    }
}
