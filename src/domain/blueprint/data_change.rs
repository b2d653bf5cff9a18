//! How a database that holds rows comes from one blueprint's tables to another's, and what stands in the way.
//!
//! Only what keeps every row right without knowing it is derived: new tables, new columns whose rows may be without a value
//! or have a default, columns that are filled anew under a looser or a defaulted rule, and what is dropped on demand.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Blueprint, EntityBlueprint, FieldBlueprint, JoinTable, Reference};
use crate::domain::{problem::Problem, spec::RelationKind};

/// What a migration has to do; what templates of migrations see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataChange {
    /// Entities whose table is new, each after those that it requires.
    pub new_tables: Vec<EntityBlueprint>,
    /// Join tables that are new.
    pub new_join_tables: Vec<JoinTable>,
    /// The account table, when people sign in from now on.
    pub new_sessions_of: Option<String>,
    /// Tables that stay, with what changes in them.
    pub altered_tables: Vec<AlteredTable>,
    /// Tables that go, each before those that it refers to.
    pub dropped_tables: Vec<String>,
}

/// A table that stays, with what changes in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlteredTable {
    /// Its name.
    pub table: String,
    /// Columns that are new.
    pub added: Vec<Column>,
    /// Columns that are made anew with the values of the old ones; rows without one get the default.
    pub refilled: Vec<Column>,
    /// Columns that go.
    pub dropped: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub column: String,
    /// [`FieldBlueprint::kind`], or `content` for that of a file, `reference` for the id of a row.
    pub kind: String,
    /// A row cannot be without it.
    pub required: bool,
    /// No two rows may share a value.
    pub unique: bool,
    /// Value of rows that have none, in its JSON form; never of a reference.
    pub default: Option<Value>,
    /// Table referred to.
    pub target_table: Option<String>,
    /// Whether it has an index of its own for being looked up by.
    pub indexed: bool,
    #[serde(skip)]
    path: String,
    #[serde(skip)]
    values: Option<Vec<String>>,
}

impl DataChange {
    /// Whether the tables stay as they are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Compares two blueprints: what a migration does, and why none can be derived.
    ///
    /// What drops a table or a column is a problem unless `drops_data`.
    #[must_use]
    pub fn between(before: &Blueprint, after: &Blueprint, drops_data: bool) -> (Self, Vec<Problem>) {
        let mut comparing = Comparing { before, after, change: Self::default(), problems: Vec::new(), drops_data };
        comparing.sign_in();
        comparing.tables();
        comparing.join_tables();
        (comparing.change, comparing.problems)
    }
}

struct Comparing<'a> {
    before: &'a Blueprint,
    after: &'a Blueprint,
    change: DataChange,
    problems: Vec<Problem>,
    drops_data: bool,
}

impl Comparing<'_> {
    fn sign_in(&mut self) {
        let account = |blueprint: &Blueprint| {
            blueprint.entities.iter().find(|entity| entity.is_account).map(|entity| entity.table.clone())
        };
        let has_table = |table: &str| self.before.entities.iter().any(|entity| entity.table == table);
        match (account(self.before), account(self.after)) {
            (None, Some(table)) if !has_table(&table) => self.change.new_sessions_of = Some(table),
            (before, after) if before == after => {}
            _ => self.problems.push(Problem::new("change_of_sign_in", "sign_in")),
        }
        let kept: BTreeSet<&str> = self.after.roles.iter().map(|role| role.value.as_str()).collect();
        if self.after.sign_in {
            let gone = self.before.roles.iter().filter(|role| !kept.contains(role.value.as_str()));
            self.problems.extend(
                gone.map(|role| Problem::new("change_removes_role", "sign_in.roles").with("role", &role.value)),
            );
        }
    }

    fn tables(&mut self) {
        let in_order = |blueprint: &Blueprint| {
            let mut entities = blueprint.entities.clone();
            entities.sort_by_key(|entity| entity.creation_index);
            entities
        };
        for entity in in_order(self.after) {
            match self.before.entities.iter().find(|known| known.table == entity.table) {
                Some(known) => self.table(known, &entity),
                None => self.change.new_tables.push(entity),
            }
        }
        let is_kept = |entity: &EntityBlueprint| self.after.entities.iter().any(|kept| kept.table == entity.table);
        let gone: Vec<EntityBlueprint> =
            in_order(self.before).into_iter().rev().filter(|entity| !is_kept(entity)).collect();
        for entity in gone {
            let path = format!("entities.{}", entity.names.pascal);
            self.loss(Problem::new("change_loses_table", path).with("table", &entity.table));
            self.change.dropped_tables.push(entity.table);
        }
    }

    fn table(&mut self, before: &EntityBlueprint, after: &EntityBlueprint) {
        let (old, new) = (columns(self.before, before), columns(self.after, after));
        let mut altered =
            AlteredTable { table: after.table.clone(), added: Vec::new(), refilled: Vec::new(), dropped: Vec::new() };
        for column in &new {
            match old.iter().find(|known| known.column == column.column) {
                None => {
                    self.added(column);
                    altered.added.push(column.clone());
                }
                Some(known) if self.is_refilled(known, column) => altered.refilled.push(column.clone()),
                Some(_) => {}
            }
        }
        for column in old.into_iter().filter(|known| !new.iter().any(|kept| kept.column == known.column)) {
            let path = column.path.clone();
            if column.unique {
                self.problems.push(Problem::new("change_drops_unique", path).with("column", &column.column));
            } else {
                self.loss(Problem::new("change_loses_column", path).with("column", &column.column));
            }
            altered.dropped.push(column);
        }
        if !(altered.added.is_empty() && altered.refilled.is_empty() && altered.dropped.is_empty()) {
            self.change.altered_tables.push(altered);
        }
    }

    /// A new column is a problem where rows that are there can have no value in it.
    fn added(&mut self, column: &Column) {
        let has_value = column.default.is_some() && !column.unique;
        if column.required && !has_value {
            self.problems.push(Problem::new("change_needs_value", column.path.clone()));
        }
    }

    /// Whether a column that stays is made anew.
    fn is_refilled(&mut self, before: &Column, after: &Column) -> bool {
        let path = || after.path.clone();
        if before.target_table != after.target_table || !becomes(&before.kind, &after.kind) {
            let problem = Problem::new("change_of_type", path());
            self.problems.push(problem.with("before", &before.kind).with("after", &after.kind));
            return false;
        }
        if let (Some(old), Some(new)) = (&before.values, &after.values) {
            let gone: Vec<&str> = old.iter().filter(|value| !new.contains(value)).map(String::as_str).collect();
            if !gone.is_empty() {
                self.problems.push(Problem::new("change_removes_value", path()).with("values", gone.join(", ")));
            }
        }
        if before.unique != after.unique {
            self.problems.push(Problem::new("change_of_uniqueness", path()));
            return false;
        }
        if before.required == after.required {
            return false;
        }
        if after.unique {
            self.problems.push(Problem::new("change_of_uniqueness", path()));
        } else if after.required && after.default.is_none() {
            self.problems.push(Problem::new("change_needs_value", path()));
        }
        true
    }

    fn join_tables(&mut self) {
        let tables = |join: &JoinTable| {
            let JoinTable { table, source_table, source_column, target_table, target_column, .. } = join;
            [table, source_table, source_column, target_table, target_column].map(String::clone)
        };
        let (before, after) = (&self.before.join_tables, &self.after.join_tables);
        let gone: Vec<JoinTable> =
            before.iter().filter(|join| !after.iter().any(|kept| tables(kept) == tables(join))).cloned().collect();
        let new = after.iter().filter(|join| !before.iter().any(|known| tables(known) == tables(join)));
        self.change.new_join_tables = new.cloned().collect();
        for join in gone {
            let path = format!("entities.{}", join.source.pascal);
            self.loss(Problem::new("change_loses_table", path).with("table", &join.table));
            // What refers to others goes before them.
            self.change.dropped_tables.insert(0, join.table);
        }
    }

    fn loss(&mut self, problem: Problem) {
        if !self.drops_data {
            self.problems.push(problem);
        }
    }
}

/// Whether values of one kind are values of another as they are stored.
fn becomes(before: &str, after: &str) -> bool {
    let is_text = |kind: &str| matches!(kind, "string" | "text" | "email" | "url" | "uuid" | "enum");
    before == after || (is_text(before) && matches!(after, "string" | "text"))
}

/// The columns of an entity's table but for its id, and what sign-in adds to one.
fn columns(blueprint: &Blueprint, entity: &EntityBlueprint) -> Vec<Column> {
    let fields = entity.fields.iter().flat_map(|field| {
        let content = field.content_column.as_ref().map(|column| Column {
            column: column.clone(),
            kind: "content".to_owned(),
            required: false,
            unique: false,
            default: None,
            values: None,
            ..of_field(blueprint, entity, field)
        });
        std::iter::once(of_field(blueprint, entity, field)).chain(content)
    });
    fields.chain(entity.references.iter().map(|reference| of_reference(entity, reference))).collect()
}

fn of_field(blueprint: &Blueprint, entity: &EntityBlueprint, field: &FieldBlueprint) -> Column {
    let of_kind =
        field.enum_name.as_ref().and_then(|name| blueprint.enums.iter().find(|one| one.names.pascal == *name));
    Column {
        column: field.column.clone(),
        kind: field.kind.clone(),
        required: field.required,
        unique: field.unique,
        // A duration is stored otherwise than it is written.
        default: field.default.clone().filter(|_| field.kind != "duration"),
        target_table: None,
        indexed: false,
        path: format!("entities.{}.fields.{}", entity.names.pascal, field.snake),
        values: of_kind.map(|one| one.values.iter().map(|value| value.value.clone()).collect()),
    }
}

fn of_reference(entity: &EntityBlueprint, reference: &Reference) -> Column {
    Column {
        column: reference.column.clone(),
        kind: "reference".to_owned(),
        required: reference.required,
        unique: reference.kind == RelationKind::OneToOne,
        default: None,
        target_table: Some(reference.target_table.clone()),
        indexed: reference.kind == RelationKind::ManyToOne,
        path: format!("entities.{}.fields.{}", entity.names.pascal, reference.camel),
        values: None,
    }
}
