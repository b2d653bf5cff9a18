//! What was asked: the spec in its normal form, whatever file format it came from.

use serde::{Deserialize, Serialize};

use super::name::{Identifier, ProjectName};

/// The spec format that this version of the product writes and reads.
pub const SPEC_VERSION: u32 = 1;

/// An app spec, complete and free of contradictions.
///
/// Only the readers in `spec` and code that keeps their guarantees build one: names are unique
/// (ignoring case, underscores and plural forms), relations point at entities that exist, constraints fit
/// their field's type, and no cycle of required relations makes a first row impossible.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Format version, [`SPEC_VERSION`].
    pub spec_version: u32,
    /// Machine name of the project: package name, folder, ZIP file.
    pub name: ProjectName,
    /// Name for people, in any script.
    pub title: String,
    /// One sentence or more about what the app is for; may be empty.
    pub summary: String,
    /// Template pack to render; `None` lets the architect stage choose.
    pub template: Option<String>,
    /// Interface languages (BCP 47 primary tags such as `en`, `ru`); the first is the default.
    pub languages: Vec<String>,
    /// Sign-in, when the spec asks for it.
    pub sign_in: Option<SignIn>,
    /// Entities in the order of the spec.
    pub entities: Vec<Entity>,
    /// Relations in the order of the spec.
    pub relations: Vec<Relation>,
    /// Rows of sample data made for each entity that brings none itself (0 for none).
    pub sample_rows: u32,
    /// Prose features, which need a model.
    pub features: Vec<Feature>,
    /// The user's own acceptance commands.
    pub acceptance: Vec<Acceptance>,
    /// Limits on the work of this generation.
    pub limits: Limits,
    /// What the user wants in his own words, which need a model; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prose: String,
    /// Texts that the user's words refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Whether the work waits for a person's yes once the blueprint is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
}

impl Spec {
    /// Whether a part of what is asked is said in words, so that only a model can do it.
    #[must_use]
    pub fn needs_model(&self) -> bool {
        !self.prose.is_empty() || !self.features.is_empty()
    }
}

/// A text file that came with a spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Name that tells it from the others; never a path that something is written to.
    pub name: String,
    /// Content.
    pub text: String,
}

/// Sign-in with roles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// Roles in falling order of rights; the first is the administrator's. Never empty.
    pub roles: Vec<Identifier>,
    /// Whether visitors may open an account themselves (with the last role).
    pub self_registration: bool,
}

/// A thing the app keeps rows of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Singular name as an identifier.
    pub name: Identifier,
    /// Name for people, one thing; `None` derives it from `name`.
    pub label: Option<String>,
    /// Name for people, many things; `None` derives it.
    pub label_plural: Option<String>,
    /// What it is for; may be empty.
    pub description: String,
    /// Fields in the order of the spec, without the implicit `id`.
    pub fields: Vec<Field>,
    /// Field whose value stands for a row in pickers and links; `None` lets the blueprint choose.
    pub display_field: Option<Identifier>,
    /// Text fields that the search box looks in; `None` means every string, text, email and url field, an empty list no search.
    pub search: Option<Vec<Identifier>>,
    /// Order of a list when nobody chose one; `None` means newest first.
    pub sort: Option<Sort>,
    /// How a list is cut.
    pub pagination: Pagination,
    /// The spec's own sample rows: field name to value, as typed in the spec. Empty to have `Spec::sample_rows` made up.
    pub samples: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Whether it begins without any row: none is made up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_samples: bool,
    /// Roles that may look; `None` means everyone who is signed in (or everyone without sign-in).
    pub read_roles: Option<Vec<Identifier>>,
    /// Roles that may create, change and delete; `None` means every role but the last of several.
    pub write_roles: Option<Vec<Identifier>>,
}

impl Entity {
    /// An entity of which nothing is said but its fields.
    #[must_use]
    pub fn new(name: Identifier, fields: Vec<Field>) -> Self {
        Self {
            name,
            label: None,
            label_plural: None,
            description: String::new(),
            fields,
            display_field: None,
            search: None,
            sort: None,
            pagination: Pagination::default(),
            samples: Vec::new(),
            without_samples: false,
            read_roles: None,
            write_roles: None,
        }
    }
}

/// Order of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sort {
    /// Field to sort by.
    pub field: Identifier,
    /// Largest first.
    pub descending: bool,
}

/// How a list is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pagination {
    /// Numbered pages or endless scrolling.
    pub kind: PaginationKind,
    /// Rows a page, 1 to 200.
    pub size: u32,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { kind: PaginationKind::Pages, size: 20 }
    }
}

/// Numbered pages or endless scrolling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaginationKind {
    /// Numbered pages.
    Pages,
    /// The next rows load at the end of the list.
    InfiniteScroll,
}

/// A typed value of an entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name as an identifier.
    pub name: Identifier,
    /// Name for people; `None` derives it from `name`.
    pub label: Option<String>,
    /// What it is for; may be empty. Shown beneath the form field.
    pub description: String,
    /// Type, with what belongs to it.
    pub field_type: FieldType,
    /// A row cannot be without it.
    pub required: bool,
    /// No two rows may share a value.
    pub unique: bool,
    /// Bounds that fit the type.
    pub constraints: Constraints,
    /// Value of a new row when none is given, in its JSON form (see [`FieldType`]).
    pub default: Option<serde_json::Value>,
}

impl Field {
    /// A field of which nothing is said but its type.
    #[must_use]
    pub fn new(name: Identifier, field_type: FieldType) -> Self {
        Self {
            name,
            label: None,
            description: String::new(),
            field_type,
            required: false,
            unique: false,
            constraints: Constraints::default(),
            default: None,
        }
    }
}

/// Type of a field, and how its values look in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldType {
    /// One line of text; JSON string.
    String,
    /// Many lines of text; JSON string.
    Text,
    /// Whole number within ±(2^53 - 1); JSON number.
    Integer,
    /// Exact decimal number; JSON string such as `"12.50"`.
    Decimal,
    /// Double-precision number; JSON number.
    Float,
    /// JSON boolean.
    Boolean,
    /// Calendar date, `"2026-11-21"`.
    Date,
    /// Wall-clock time, `"13:45"` or `"13:45:30"`.
    Time,
    /// Instant, RFC 3339 in UTC, `"2026-11-21T13:45:30Z"`.
    Datetime,
    /// ISO 8601 duration, `"PT1H30M"`.
    Duration,
    /// `"0190a3c4-…"`, lower case.
    Uuid,
    /// JSON string.
    Email,
    /// Absolute `http` or `https` address; JSON string.
    Url,
    /// One of the named values; JSON string.
    Enum {
        /// Name of the enumeration (its own, or made from entity and field).
        name: Identifier,
        /// Values in the order of the spec, at least one.
        values: Vec<EnumValue>,
    },
    /// A file; JSON object `{ name, mediaType, data }` with `data` in base64.
    Binary {
        /// Only images are accepted.
        image: bool,
    },
}

impl FieldType {
    /// The word for the type: in specs, in problems, and as `kind` in templates.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Datetime => "datetime",
            Self::Duration => "duration",
            Self::Uuid => "uuid",
            Self::Email => "email",
            Self::Url => "url",
            Self::Enum { .. } => "enum",
            Self::Binary { .. } => "binary",
        }
    }
}

/// One value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumValue {
    /// Value as stored: an identifier.
    pub value: Identifier,
    /// Value for people; `None` derives it.
    pub label: Option<String>,
}

/// Bounds on a field's value; each is `None` where it does not fit the type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Constraints {
    /// Least value of an integer, decimal or float, in decimal notation.
    pub min: Option<rust_decimal::Decimal>,
    /// Greatest value of an integer, decimal or float, in decimal notation.
    pub max: Option<rust_decimal::Decimal>,
    /// Least length in characters of a string, text, email or url; in bytes of a binary.
    pub min_length: Option<u32>,
    /// Greatest length in characters of a string, text, email or url; in bytes of a binary.
    pub max_length: Option<u32>,
    /// Regular expression that the whole string matches, in the common subset of ECMAScript and Rust (no look-around, no back-references).
    pub pattern: Option<String>,
}

/// A relation between two entities.
///
/// `from` owns it: it holds the reference (to-one) or writes the list (many-to-many). A one-to-many in a spec is
/// turned around into the many-to-one that it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// Kind, seen from the owner.
    pub kind: RelationKind,
    /// Owner's side.
    pub from: RelationEnd,
    /// Other side; its `name` is `None` when the relation is not seen from there.
    pub to: RelationEnd,
    /// An owner's row cannot be without it.
    pub required: bool,
}

/// Kind of a relation, seen from its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// Many owners refer to one.
    ManyToOne,
    /// One owner refers to one, and nobody else does.
    OneToOne,
    /// Many refer to many.
    ManyToMany,
}

/// One side of a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationEnd {
    /// Entity on this side.
    pub entity: Identifier,
    /// Name under which this side sees the other (`author` on a post, `posts` on an author).
    pub name: Option<Identifier>,
    /// Label of `name`; `None` derives it.
    pub label: Option<String>,
    /// Field of the OTHER side's entity that is shown here; `None` means that entity's display field.
    pub display_field: Option<Identifier>,
}

/// A prose feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// What the user wants, in his words.
    pub description: String,
}

/// A command of the user's that must pass before the project counts as verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Name in reports.
    pub name: String,
    /// Program and arguments, run in the project's folder inside the sandbox; no shell.
    pub command: Vec<String>,
    /// Files it brings: path in the project to text.
    pub files: std::collections::BTreeMap<super::path::ProjectPath, String>,
    /// Whether the app's server is started first; the command finds its address in `BASE_URL`.
    pub server: bool,
    /// Seconds after which it has failed.
    pub time_limit_s: u32,
}

/// Limits on the work of one generation; `None` leaves the operator's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock minutes of work.
    pub minutes: Option<u32>,
    /// Money for model calls, in USD.
    pub cost_usd: Option<rust_decimal::Decimal>,
    /// Number of model calls.
    pub calls: Option<u32>,
    /// Tokens in and out.
    pub tokens: Option<u64>,
}
