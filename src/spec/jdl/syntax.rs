//! A JDL file as its author wrote it: what stands where, without what it means here.

use crate::domain::problem::Position;

/// A piece of the file and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) position: Position,
}

/// The statements of a file by kind, each in the order of the file.
#[derive(Debug, Default)]
pub(super) struct File<'a> {
    pub(super) applications: Vec<Application<'a>>,
    pub(super) deployments: Vec<Deployment<'a>>,
    pub(super) constants: Vec<Constant<'a>>,
    pub(super) entities: Vec<Entity<'a>>,
    pub(super) enums: Vec<Enumeration<'a>>,
    pub(super) relationships: Vec<Relationship<'a>>,
    pub(super) options: Vec<OptionStatement<'a>>,
    /// Comments that describe nothing.
    pub(super) stray_comments: Vec<Word<'a>>,
}

/// `application { .. }`.
#[derive(Debug)]
pub(super) struct Application<'a> {
    pub(super) position: Position,
    pub(super) comment: Option<Word<'a>>,
    pub(super) settings: Vec<Setting<'a>>,
    /// What `entities` lists; `None` without such a line.
    pub(super) entities: Option<Selection<'a>>,
    pub(super) options: Vec<OptionStatement<'a>>,
}

/// `deployment { .. }`.
#[derive(Debug)]
pub(super) struct Deployment<'a> {
    pub(super) position: Position,
    pub(super) settings: Vec<Setting<'a>>,
}

/// A key and its value in a `config` or `deployment` block.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    /// `x` in `config(x) { .. }`.
    pub(super) namespace: Option<Word<'a>>,
    pub(super) key: Word<'a>,
    /// The value's words: one, or those of a list.
    pub(super) values: Vec<Word<'a>>,
    /// The value is in square brackets.
    pub(super) is_list: bool,
}

impl Setting<'_> {
    /// The value as it would be written; a secret is not shown, as reports are kept and passed on.
    pub(super) fn shown(&self) -> String {
        let key = self.key.text.to_ascii_lowercase();
        if ["secret", "password", "token", "remembermekey"].iter().any(|word| key.contains(word)) {
            return "***".to_owned();
        }
        let joined = self.values.iter().map(|value| value.text).collect::<Vec<_>>();
        if self.is_list { format!("[{}]", joined.join(", ")) } else { joined.join(".") }
    }
}

/// `NAME = value`.
#[derive(Debug)]
pub(super) struct Constant<'a> {
    pub(super) name: Word<'a>,
    pub(super) value: Word<'a>,
}

/// `@name` or `@name(value)`.
#[derive(Debug)]
pub(super) struct Annotation<'a> {
    pub(super) name: Word<'a>,
    pub(super) value: Option<Word<'a>>,
}

impl Annotation<'_> {
    /// Whether this is the named annotation; the first letter may be a capital.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.text.eq_ignore_ascii_case(name)
    }
}

/// `entity Name (table) { .. }`.
#[derive(Debug)]
pub(super) struct Entity<'a> {
    pub(super) name: Word<'a>,
    pub(super) table: Option<Word<'a>>,
    pub(super) comment: Option<Word<'a>>,
    pub(super) annotations: Vec<Annotation<'a>>,
    pub(super) fields: Vec<Field<'a>>,
}

/// `name Type validation..`.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) name: Word<'a>,
    pub(super) type_name: Word<'a>,
    pub(super) comment: Option<Word<'a>>,
    pub(super) annotations: Vec<Annotation<'a>>,
    pub(super) validations: Vec<Validation<'a>>,
}

/// `required`, `maxlength(20)` and their like.
#[derive(Debug)]
pub(super) struct Validation<'a> {
    pub(super) name: Word<'a>,
    pub(super) argument: Option<Argument<'a>>,
}

/// What stands in a validation's brackets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Argument<'a> {
    /// A number.
    Number(Word<'a>),
    /// The name of a constant.
    Constant(Word<'a>),
    /// A regular expression.
    Pattern(Word<'a>),
}

/// `enum Name { .. }`.
#[derive(Debug)]
pub(super) struct Enumeration<'a> {
    pub(super) name: Word<'a>,
    pub(super) comment: Option<Word<'a>>,
    pub(super) values: Vec<EnumerationValue<'a>>,
}

/// `NAME`, `NAME(word)` or `NAME("words")`.
#[derive(Debug)]
pub(super) struct EnumerationValue<'a> {
    pub(super) name: Word<'a>,
    pub(super) label: Option<Word<'a>>,
    pub(super) comment: Option<Word<'a>>,
}

/// One line of a `relationship` block.
#[derive(Debug)]
pub(super) struct Relationship<'a> {
    pub(super) kind: Cardinality,
    pub(super) from: Side<'a>,
    pub(super) to: Side<'a>,
    /// What follows `with`.
    pub(super) options: Vec<Word<'a>>,
}

/// Kind of a relationship as JDL names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cardinality {
    /// `OneToOne`.
    OneToOne,
    /// `OneToMany`.
    OneToMany,
    /// `ManyToOne`.
    ManyToOne,
    /// `ManyToMany`.
    ManyToMany,
}

impl Cardinality {
    /// The kind of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "OneToOne" => Some(Self::OneToOne),
            "OneToMany" => Some(Self::OneToMany),
            "ManyToOne" => Some(Self::ManyToOne),
            "ManyToMany" => Some(Self::ManyToMany),
            _ => None,
        }
    }
}

/// `Entity{name(display) required}`.
#[derive(Debug)]
pub(super) struct Side<'a> {
    pub(super) entity: Word<'a>,
    pub(super) name: Option<Word<'a>>,
    pub(super) display: Option<Word<'a>>,
    /// Where `required` stands, when it does.
    pub(super) required: Option<Position>,
    pub(super) comment: Option<Word<'a>>,
    pub(super) annotations: Vec<Annotation<'a>>,
}

/// Names of a list of entities that a report repeats.
const SHOWN_NAMES: usize = 10;

/// A list of entities: `A, B`, `*`, `all`, `* except C`.
#[derive(Debug, Default)]
pub(super) struct Selection<'a> {
    pub(super) all: bool,
    pub(super) names: Vec<Word<'a>>,
    pub(super) except: Vec<Word<'a>>,
}

impl Selection<'_> {
    /// The list as it would be written.
    pub(super) fn shown(&self) -> String {
        let list = |words: &[Word<'_>]| {
            let shown = words.iter().take(SHOWN_NAMES).map(|word| word.text).collect::<Vec<_>>().join(", ");
            if words.len() > SHOWN_NAMES { format!("{shown}, …") } else { shown }
        };
        let taken = if self.all { "*".to_owned() } else { list(&self.names) };
        if self.except.is_empty() { taken } else { format!("{taken} except {}", list(&self.except)) }
    }
}

/// `paginate A, B with pagination`, `readOnly A`, `use pagination for A`.
#[derive(Debug)]
pub(super) struct OptionStatement<'a> {
    /// The option's name, or `use`, whose value tells which option it is.
    pub(super) name: Word<'a>,
    pub(super) entities: Selection<'a>,
    /// At most one, but for `use`.
    pub(super) values: Vec<Word<'a>>,
}
