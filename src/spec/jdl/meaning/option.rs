//! Options of entities: those with a meaning here are resolved for each entity, the others are left out.

use std::collections::HashSet;

use crate::domain::problem::Problem;
use crate::domain::spec::PaginationKind;
use crate::spec::jdl::findings::Findings;
use crate::spec::jdl::syntax::{Application, File, OptionStatement, Word};

use super::{Declared, OptionsByEntity};

/// Options of one entity.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EntityOptions {
    pub(super) pagination: Option<PaginationKind>,
    pub(super) search: Option<bool>,
}

/// What an option and its value mean.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Pages(PaginationKind),
    PagesOff,
    PagesUnknown,
    Search(bool),
    None,
}

fn meaning(option: &str, value: Option<&str>) -> Meaning {
    let is_off = matches!(value, Some("no" | "none" | "false"));
    match option {
        "paginate" | "pagination" | "Paginate" | "Pagination" => match value {
            Some("pagination" | "pager") => Meaning::Pages(PaginationKind::Pages),
            Some("infinite-scroll") => Meaning::Pages(PaginationKind::InfiniteScroll),
            _ if is_off => Meaning::PagesOff,
            _ => Meaning::PagesUnknown,
        },
        "search" | "Search" => Meaning::Search(!is_off),
        "use" => match value {
            Some("pagination" | "pager" | "infinite-scroll") => meaning("paginate", value),
            Some("elasticsearch") => Meaning::Search(true),
            _ => Meaning::None,
        },
        _ => Meaning::None,
    }
}

impl EntityOptions {
    /// Takes over an annotation's meaning; false when it has none here.
    pub(super) fn annotate(&mut self, name: &str, value: Option<Word<'_>>) -> Result<bool, &'static str> {
        match meaning(name, value.map(|value| value.text)) {
            Meaning::PagesUnknown => Err("jdl_pagination_unknown"),
            Meaning::None | Meaning::PagesOff => Ok(false),
            known => {
                self.apply(known);
                Ok(true)
            }
        }
    }

    fn apply(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Pages(kind) => self.pagination = Some(kind),
            Meaning::Search(on) => self.search = Some(on),
            Meaning::PagesOff | Meaning::PagesUnknown | Meaning::None => {}
        }
    }
}

/// Resolves the statements: the application's own win over those for the whole file, later ones over earlier ones.
pub(super) fn resolve<'a>(
    file: &File<'a>,
    application: Option<&Application<'a>>,
    declared: &Declared<'a, '_>,
    findings: &mut Findings<'_>,
) -> OptionsByEntity<'a> {
    let mut options = OptionsByEntity::new();
    let own = application.map(|application| application.options.as_slice()).unwrap_or_default();
    for statement in file.options.iter().chain(own) {
        declared.check_listed(&statement.entities.names, findings);
        declared.check_listed(&statement.entities.except, findings);
        let value = statement.value.map(|value| value.text);
        match meaning(statement.name.text, value) {
            Meaning::None => ignore("jdl_ignored_option", statement, findings),
            Meaning::PagesOff => ignore("jdl_ignored_pagination_off", statement, findings),
            Meaning::PagesUnknown => {
                let at = statement.value.unwrap_or(statement.name);
                findings.problem(Problem::new("jdl_pagination_unknown", "").with("value", at.text), at.position);
            }
            known => {
                for name in selected(statement, declared) {
                    options.entry(name).or_default().apply(known);
                }
            }
        }
    }
    options
}

fn selected<'a>(statement: &OptionStatement<'a>, declared: &Declared<'a, '_>) -> Vec<&'a str> {
    let except: HashSet<&str> = statement.entities.except.iter().map(|name| name.text).collect();
    let mut names: Vec<&'a str> = if statement.entities.all {
        declared.entities.iter().map(|entity| entity.name.text).collect()
    } else {
        statement.entities.names.iter().map(|name| name.text).collect()
    };
    names.retain(|name| !except.contains(name));
    names
}

fn ignore(code: &str, statement: &OptionStatement<'_>, findings: &mut Findings<'_>) {
    let ignored = Problem::new(code, "")
        .with("option", statement.name.text)
        .with("entities", statement.entities.shown())
        .with("value", statement.value.map(|value| value.text).unwrap_or_default());
    findings.ignore(ignored, statement.name.position);
}
