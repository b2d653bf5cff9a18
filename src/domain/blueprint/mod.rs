//! The architect's typed answer: every name, table, route and example value of the project, decided once.
//!
//! A [`Blueprint`] serialized by serde is what templates see: its fields are the top-level variables. Nothing in a
//! template has to invent a name, choose a plural or make up a value.

mod account;
mod data_change;
mod decisions;
mod derivation;
mod dice;
mod examples;
mod fields;
mod files;
mod labels;
mod lexicon;
mod meaning;
mod mermaid;
mod naming;
mod number_values;
mod order;
mod page;
mod pattern;
mod relations;
mod reserved;
mod rules;
mod samples;
mod scope;
mod text_values;
mod time_values;
mod values;
mod words;
mod words_en;
mod words_ru;

#[cfg(test)]
mod tests;

pub use data_change::{AlteredTable, Column, DataChange};
pub use derivation::{PackFacts, derive};
pub use page::architecture_page;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::spec::{PaginationKind, RelationKind};

/// Everything that a template pack needs to know about the project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    /// The project itself.
    pub project: Project,
    /// Interface languages; the first is the default.
    pub languages: Vec<String>,
    /// Whether people sign in.
    pub sign_in: bool,
    /// Whether visitors may open an account themselves.
    pub self_registration: bool,
    /// `names.pascal` of the entity that people sign in with; `None` without sign-in.
    pub account: Option<String>,
    /// Roles in falling order of rights; empty without sign-in.
    pub roles: Vec<Role>,
    /// Entities in the order of the spec.
    pub entities: Vec<EntityBlueprint>,
    /// The same entities in an order in which each stands after those it requires: for migrations, seeds and tests. Holds `names.pascal`.
    pub creation_order: Vec<String>,
    /// Join tables of the many-to-many relations.
    pub join_tables: Vec<JoinTable>,
    /// Enumerations, each once.
    pub enums: Vec<EnumBlueprint>,
    /// Decisions taken, for `docs/architecture.md`.
    pub decisions: Vec<Decision>,
    /// Whether the project keeps rows of anything.
    #[serde(default)]
    pub has_entities: bool,
    /// Whether the project has places for features, code that no pack can derive: the spec asks for some in prose, or there
    /// is nothing else that the project could be filled with.
    #[serde(default)]
    pub has_features: bool,
    /// Whether any field is of the type named; keys are [`FieldBlueprint::kind`] values, every kind is present.
    pub uses: std::collections::BTreeMap<String, bool>,
}

/// The project itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Machine name, `^[a-z][a-z0-9-]{0,62}$`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// What it is for; may be empty.
    pub summary: String,
    /// Template pack.
    pub template: String,
    /// Version of the template pack.
    pub template_version: String,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Value as stored, snake case.
    pub value: String,
    /// Name for people.
    pub label: String,
}

/// A name in every form that code needs. Each form is ASCII, no reserved word, and unique among its kind.
///
/// `pascal`, `camel`, `plural_pascal` and `plural_camel` are unique across all entities and enumerations and differ
/// from each other. The file form `kebab` and the path form `plural_kebab` are equal where a word is its own plural.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Names {
    /// `BlogPost`: a type.
    pub pascal: String,
    /// `blogPost`: a variable.
    pub camel: String,
    /// `blog_post`.
    pub snake: String,
    /// `blog-post`: a file.
    pub kebab: String,
    /// `BlogPosts`.
    pub plural_pascal: String,
    /// `blogPosts`.
    pub plural_camel: String,
    /// `blog_posts`.
    pub plural_snake: String,
    /// `blog-posts`: a path segment.
    pub plural_kebab: String,
    /// `Blog post`: for people, as the spec has it when it does.
    pub label: String,
    /// `Blog posts`: for people.
    pub label_plural: String,
}

/// An entity with all that follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityBlueprint {
    /// Its names.
    pub names: Names,
    /// What it is for; may be empty.
    pub description: String,
    /// Table name, unquoted, no SQL keyword.
    pub table: String,
    /// Fields in the order of the spec.
    pub fields: Vec<FieldBlueprint>,
    /// To-one relations that this entity owns: one foreign key column each.
    pub references: Vec<Reference>,
    /// Many-to-many relations seen from this entity, owned or not (only sides that have a name).
    pub links: Vec<Link>,
    /// To-one relations of other entities that point here.
    pub referrers: Vec<Referrer>,
    /// `camel` of the field that stands for a row; `None` when no field is fit (the row's id stands for it).
    pub display_field: Option<String>,
    /// `camel` of the fields that search looks in.
    pub search: Vec<String>,
    /// Default order: `camel` of a field, or `id`.
    pub sort_field: String,
    /// Largest first.
    pub sort_descending: bool,
    /// Numbered pages or endless scrolling.
    pub pagination: PaginationKind,
    /// Rows a page.
    pub page_size: u32,
    /// Role values that may look; all roles where the spec names none. Empty without sign-in.
    pub read_roles: Vec<String>,
    /// Role values that may create, change and delete. Empty without sign-in.
    pub write_roles: Vec<String>,
    /// Whether this is the account table (the entity named `User` when people sign in).
    pub is_account: bool,
    /// Sample rows, valid and mutually consistent.
    pub samples: Vec<SampleRow>,
    /// Whether any field or reference is required.
    pub has_required: bool,
    /// Whether any field, or one-to-one reference, is unique.
    pub has_unique: bool,
    /// Position in [`Blueprint::creation_order`], from 0.
    pub creation_index: usize,
}

/// A field with all that follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldBlueprint {
    /// `publishedAt`: property in TypeScript and JSON.
    pub camel: String,
    /// `PublishedAt`.
    pub pascal: String,
    /// `published_at`.
    pub snake: String,
    /// Column name, unquoted, no SQL keyword.
    pub column: String,
    /// For `kind == "binary"`: property of the file's content in code, such as `coverContent`, else `None`.
    pub content_camel: Option<String>,
    /// For `kind == "binary"`: column of the file's content, such as `cover_content`, else `None`.
    pub content_column: Option<String>,
    /// For people.
    pub label: String,
    /// Shown beneath the form field; may be empty.
    pub description: String,
    /// `string`, `text`, `integer`, `decimal`, `float`, `boolean`, `date`, `time`, `datetime`, `duration`, `uuid`, `email`, `url`, `enum`, `binary`.
    pub kind: String,
    /// For `kind == "binary"`: only images.
    pub image: bool,
    /// For `kind == "enum"`: `pascal` of the enumeration, else `None`.
    pub enum_name: Option<String>,
    /// A row cannot be without it.
    pub required: bool,
    /// No two rows may share a value.
    pub unique: bool,
    /// Least value in plain decimal notation, else `None`.
    pub min: Option<String>,
    /// Greatest value in plain decimal notation, else `None`.
    pub max: Option<String>,
    /// Least length, else `None`.
    pub min_length: Option<u32>,
    /// Greatest length, else `None`.
    pub max_length: Option<u32>,
    /// Pattern that the whole value matches (without anchors of its own), else `None`.
    pub pattern: Option<String>,
    /// Default in its JSON form, else `None`.
    pub default: Option<Value>,
    /// Whether search looks in it.
    pub searchable: bool,
    /// Whether lists can be sorted by it (every kind but binary).
    pub sortable: bool,
    /// Whether it is shown as a list column (the first six fit ones).
    pub in_list: bool,
    /// A valid value in its JSON form.
    pub example: Value,
    /// Another valid value, different from `example` (equal to it only where the type and its bounds allow one value alone).
    pub other_example: Value,
    /// Values that break one rule each; only rules this field has, and `type`.
    pub invalid: Vec<InvalidExample>,
}

/// A value that breaks one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvalidExample {
    /// `required`, `type`, `min`, `max`, `min_length`, `max_length`, `pattern`, `format`, `enum`.
    pub rule: String,
    /// The value, in JSON form; `null` for `required`.
    pub value: Value,
    /// Words for a test's title, such as `longer than 200 characters`.
    pub title: String,
}

/// A to-one relation that the entity owns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// `author`: property that holds the row referred to.
    pub camel: String,
    /// `Author`.
    pub pascal: String,
    /// `authorId`: property that holds its id.
    pub id_camel: String,
    /// `author_id`: column.
    pub column: String,
    /// For people.
    pub label: String,
    /// Entity referred to.
    pub target: Names,
    /// Table referred to.
    pub target_table: String,
    /// `camel` of the field of the target that is shown; `None` when its id is.
    pub display_field: Option<String>,
    /// Kind: `many-to-one` or `one-to-one`.
    pub kind: RelationKind,
    /// A row cannot be without it.
    pub required: bool,
    /// The target is the entity itself.
    pub reflexive: bool,
}

/// A to-one relation of another entity that points here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Referrer {
    /// Name under which this entity sees it (`posts`); `None` when the spec does not show it from here.
    pub camel: Option<String>,
    /// For people; never empty.
    pub label: String,
    /// Entity that holds the reference.
    pub source: Names,
    /// Its table.
    pub source_table: String,
    /// Its property: `authorId`.
    pub id_camel: String,
    /// Its column: `author_id`.
    pub column: String,
    /// What the other entity calls the reference, for people: `Author`.
    pub reference_label: String,
    /// Its required flag.
    pub required: bool,
    /// Kind: `many-to-one` or `one-to-one`.
    pub kind: RelationKind,
}

/// A many-to-many relation seen from one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// `tags`: property that holds the rows.
    pub camel: String,
    /// `Tags`.
    pub pascal: String,
    /// `tagIds`: property that holds their ids.
    pub ids_camel: String,
    /// For people.
    pub label: String,
    /// Entity on the other side.
    pub target: Names,
    /// Its table.
    pub target_table: String,
    /// `camel` of the field of the target that is shown; `None` when its id is.
    pub display_field: Option<String>,
    /// Join table's `camel` (drizzle constant) .
    pub join_camel: String,
    /// Join table's name.
    pub join_table: String,
    /// Column in it that holds this side's id.
    pub own_column: String,
    /// Property for `own_column`.
    pub own_camel: String,
    /// Column in it that holds the other side's id.
    pub target_column: String,
    /// Property for `target_column`.
    pub target_camel: String,
    /// Whether this side writes the list.
    pub owner: bool,
    /// At least one is needed.
    pub required: bool,
}

/// The table behind a many-to-many relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JoinTable {
    /// Constant in code: `postTags`.
    pub camel: String,
    /// Table name: `post_tags`.
    pub table: String,
    /// Owner.
    pub source: Names,
    /// Owner's table.
    pub source_table: String,
    /// Column that holds the owner's id.
    pub source_column: String,
    /// Property for it.
    pub source_camel: String,
    /// Other side.
    pub target: Names,
    /// Other side's table.
    pub target_table: String,
    /// Column that holds the other side's id.
    pub target_column: String,
    /// Property for it.
    pub target_camel: String,
}

/// An enumeration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnumBlueprint {
    /// Its names.
    pub names: Names,
    /// Its values, at least one.
    pub values: Vec<EnumValueBlueprint>,
}

/// A value of an enumeration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnumValueBlueprint {
    /// As stored, as the spec has it.
    pub value: String,
    /// For people.
    pub label: String,
}

/// One row of sample data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// `camel` of each field that has a value, to its JSON form.
    pub values: Map<String, Value>,
    /// `id_camel` of each reference that is set, to the 1-based number of the target's sample row (which is its id in an empty database).
    pub references: Map<String, Value>,
    /// `ids_camel` of each owned link, to 1-based numbers of the target's sample rows.
    pub links: Map<String, Value>,
}

/// A decision, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided.
    pub title: String,
    /// Why.
    pub reason: String,
}
