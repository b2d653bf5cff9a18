//! Options of entities: those with a meaning here are resolved for each entity, the others are left out.

use std::collections::HashSet;

use crate::domain::problem::Problem;
use crate::domain::spec::PaginationKind;
use crate::spec::jdl::findings::Findings;
use crate::spec::jdl::syntax::{Application, File, OptionStatement, Selection, Word};

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
            Meaning::PagesOff => self.pagination = None,
            Meaning::PagesUnknown | Meaning::None => {}
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
    let own = application.map(|application| application.options.as_slice()).unwrap_or_default();
    let statements = || file.options.iter().chain(own);
    for statement in statements() {
        report(statement, declared, findings);
    }
    // From the last statement to the first, each entity takes the first value that it meets: a statement then costs
    // no more than its length, however many there are.
    let mut without_pages = declared.entity_names.clone();
    let mut without_search = declared.entity_names.clone();
    let mut options = OptionsByEntity::new();
    for statement in statements().rev() {
        let mut meanings = meanings(statement).rev();
        let pages = meanings.clone().find(|meaning| matches!(meaning, Meaning::Pages(_) | Meaning::PagesOff));
        let search = meanings.find(|meaning| matches!(meaning, Meaning::Search(_)));
        for (meaning, undecided) in [(pages, &mut without_pages), (search, &mut without_search)] {
            let Some(meaning) = meaning else { continue };
            for name in decide(statement, undecided) {
                options.entry(name).or_default().apply(meaning);
            }
        }
    }
    options
}

/// What each of the statement's values means; the option itself when it takes none.
fn meanings<'s>(statement: &'s OptionStatement<'_>) -> impl DoubleEndedIterator<Item = Meaning> + Clone + 's {
    let valueless = statement.values.is_empty().then(|| meaning(statement.name.text, None));
    let of_values = statement.values.iter().map(|value| meaning(statement.name.text, Some(value.text)));
    of_values.chain(valueless)
}

/// Takes the entities that the statement is for out of the undecided ones.
fn decide<'a>(statement: &OptionStatement<'a>, undecided: &mut HashSet<&'a str>) -> Vec<&'a str> {
    if undecided.is_empty() {
        return Vec::new();
    }
    let Selection { all, names, except } = &statement.entities;
    let except: HashSet<&str> = except.iter().map(|name| name.text).collect();
    let decided: Vec<&'a str> = if *all {
        undecided.iter().copied().filter(|name| !except.contains(name)).collect()
    } else {
        let names = names.iter().map(|name| name.text);
        names.filter(|name| undecided.contains(name) && !except.contains(name)).collect()
    };
    for name in &decided {
        undecided.remove(name);
    }
    decided
}

/// Reports what of the statement has no meaning here, or none at all.
fn report<'a>(statement: &OptionStatement<'a>, declared: &Declared<'a, '_>, findings: &mut Findings<'_>) {
    declared.check_listed(&statement.entities.names, findings);
    declared.check_listed(&statement.entities.except, findings);
    let values = statement.values.iter().copied().map(Some).chain(statement.values.is_empty().then_some(None));
    for (meaning, value) in meanings(statement).zip(values) {
        match meaning {
            Meaning::None => ignore("jdl_ignored_option", statement, value, findings),
            Meaning::PagesOff => ignore("jdl_ignored_pagination_off", statement, value, findings),
            Meaning::PagesUnknown => {
                let at = value.unwrap_or(statement.name);
                findings.problem(Problem::new("jdl_pagination_unknown", "").with("value", at.text), at.position);
            }
            Meaning::Pages(_) | Meaning::Search(_) => {}
        }
    }
}

fn ignore(code: &str, statement: &OptionStatement<'_>, value: Option<Word<'_>>, findings: &mut Findings<'_>) {
    let ignored = Problem::new(code, "")
        .with("option", statement.name.text)
        .with("entities", statement.entities.shown())
        .with("value", value.map(|value| value.text).unwrap_or_default());
    findings.ignore(ignored, statement.name.position);
}
