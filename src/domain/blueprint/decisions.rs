//! What was decided on the way from the spec to the blueprint, and why.

use crate::domain::spec::{PaginationKind, RelationKind, Spec};

use super::labels::lower_first;
use super::words::Words;
use super::{Blueprint, Decision, EntityBlueprint, Reference};

fn decision(title: impl Into<String>, reason: impl Into<String>) -> Decision {
    Decision { title: title.into(), reason: reason.into() }
}

/// The decisions behind a blueprint. `given` is the spec as the user wrote it, `spec` with what sign-in adds to it.
pub(super) fn decisions(blueprint: &Blueprint, given: &Spec, spec: &Spec) -> Vec<Decision> {
    let mut decisions = vec![template(blueprint, given), database(blueprint)];
    decisions.extend(blueprint.entities.iter().flat_map(|entity| {
        let references = entity.references.iter().map(|reference| to_one(entity, reference));
        let links = entity.links.iter().filter(|link| link.owner).map(|link| {
            decision(
                format!("{}.{} is the table {}", entity.names.pascal, link.camel, link.join_table),
                format!(
                    "Many {} go with many {}, which no column can hold. A pair stands in it once and goes with either row.",
                    lower_first(&entity.names.label_plural),
                    lower_first(&link.target.label_plural)
                ),
            )
        });
        references.chain(links)
    }));
    if blueprint.entities.iter().any(|entity| !entity.referrers.is_empty()) {
        decisions.push(decision(
            "A row that others refer to is not deleted",
            "Deleting the others along, or leaving them without what they refer to, would lose data that nobody meant \
             to lose. The answer names what still refers to the row.",
        ));
    }
    decisions.extend(names(blueprint, spec));
    decisions.push(sign_in(blueprint));
    decisions.extend(account(blueprint, given));
    decisions.extend(lists(blueprint));
    decisions.extend(languages(blueprint));
    decisions.extend(samples(blueprint));
    decisions
}

fn template(blueprint: &Blueprint, given: &Spec) -> Decision {
    let project = &blueprint.project;
    let reason = match &given.template {
        Some(_) => "The spec asks for it.",
        None => "The spec asks for none by name; this pack has all that it needs.",
    };
    decision(format!("Template pack {} {}", project.template, project.template_version), reason)
}

fn database(blueprint: &Blueprint) -> Decision {
    if blueprint.entities.is_empty() {
        return decision(
            "A relational database without tables",
            "The spec has no entities; a feature may add what it keeps.",
        );
    }
    let tables = blueprint.entities.len() + blueprint.join_tables.len();
    let relations =
        blueprint.join_tables.len() + blueprint.entities.iter().map(|entity| entity.references.len()).sum::<usize>();
    let reason = match relations {
        0 => "Rows have fixed, typed fields, which a database can check whatever writes to it.".to_owned(),
        _ => format!(
            "Rows have fixed, typed fields and {relations} {} between them, which a database can check whatever writes \
             to it: foreign keys are enforced.",
            if relations == 1 { "relation" } else { "relations" }
        ),
    };
    decision(
        format!(
            "A relational database with {tables} {} and numbered rows",
            if tables == 1 { "table" } else { "tables" }
        ),
        reason,
    )
}

fn to_one(entity: &EntityBlueprint, reference: &Reference) -> Decision {
    let title =
        format!("{}.{} is the column {}.{}", entity.names.pascal, reference.camel, entity.table, reference.column);
    let (one, many) = (lower_first(&entity.names.label), lower_first(&entity.names.label_plural));
    let target = lower_first(&reference.target.label);
    let shared = match reference.kind {
        RelationKind::OneToOne => format!("A {target} goes with one {one} at most, so the column is unique."),
        _ if reference.reflexive => format!("A {one} may stand under another one."),
        _ => format!("Many {many} may share one {target}."),
    };
    let required = if reference.required {
        "The spec requires it, so the column is never empty."
    } else {
        "The spec does not require it, so the column may be empty."
    };
    decision(title, format!("{shared} {required}"))
}

/// Names that differ from what the spec's would be by themselves.
fn names(blueprint: &Blueprint, spec: &Spec) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (entity, source) in blueprint.entities.iter().zip(&spec.entities) {
        let (names, stem) = (&entity.names, Words::of(source.name.as_str()));
        if names.pascal != stem.pascal() {
            decisions.push(decision(
                format!("{} is called {} in code", source.name, names.pascal),
                format!("{} or {} means something else there already.", stem.pascal(), stem.camel()),
            ));
        } else if stem.plural() == stem {
            decisions.push(decision(
                format!("Many of {} are called {} in code", names.pascal, names.plural_camel),
                "The word is its own plural, and code has to tell one row from many.",
            ));
        }
        if entity.table != stem.plural().snake() {
            decisions.push(decision(
                format!("The table of {} is called {}", source.name, entity.table),
                format!("{} means something in SQL, or another table has the name.", stem.plural().snake()),
            ));
        }
        for (field, source_field) in entity.fields.iter().zip(&source.fields) {
            let stem = Words::of(source_field.name.as_str());
            if field.camel != stem.camel() {
                decisions.push(decision(
                    format!("{}.{} is called {}", names.pascal, source_field.name, field.camel),
                    format!("{} means something else on every row.", stem.camel()),
                ));
            } else if field.column != stem.snake() {
                decisions.push(decision(
                    format!("{}.{} is stored in the column {}", names.pascal, field.camel, field.column),
                    format!("{} is a keyword of SQL, or another column has the name.", stem.snake()),
                ));
            }
        }
    }
    decisions
}

fn sign_in(blueprint: &Blueprint) -> Decision {
    if !blueprint.sign_in {
        return decision(
            "No sign-in",
            "The spec asks for none. Whoever reaches the server may read and change everything.",
        );
    }
    let roles: Vec<&str> = blueprint.roles.iter().map(|role| role.value.as_str()).collect();
    let accounts = if blueprint.self_registration {
        "Visitors may open an account themselves and get the last role."
    } else {
        "Accounts are opened by an administrator."
    };
    decision(
        format!("Sign-in with the roles {}", roles.join(", ")),
        format!(
            "The spec asks for it. Each entity names who may read and who may write; where the spec says nothing, every \
             role reads and all but the last of several write. {accounts}"
        ),
    )
}

fn account(blueprint: &Blueprint, given: &Spec) -> Vec<Decision> {
    let Some(account) = blueprint.entities.iter().find(|entity| entity.is_account) else { return Vec::new() };
    let name = &account.names.pascal;
    let source = given.entities.iter().find(|entity| super::account::is_account(given, entity));
    let login =
        source.and_then(|entity| entity.fields.iter().find(|field| Words::of(field.name.as_str()).snake() == "login"));
    let mut decisions = Vec::new();
    match (source, login) {
        (None, _) => decisions.push(decision(
            format!("{name} was added"),
            "People sign in, and the spec has no entity for their accounts.",
        )),
        (Some(_), None) => decisions.push(decision(
            format!("{name}.login was added"),
            "People sign in with it, and the spec's entity has none.",
        )),
        (Some(_), Some(field)) if !field.required || !field.unique => decisions.push(decision(
            format!("{name}.login is required and unique"),
            "People sign in with it, so every account needs one of its own.",
        )),
        _ => {}
    }
    if source.is_none_or(|entity| entity.write_roles.is_none()) {
        decisions.push(decision(
            format!("Only {} writes {name}", account.write_roles.join(", ")),
            "Whoever writes an account chooses its role.",
        ));
    }
    decisions
}

fn lists(blueprint: &Blueprint) -> Vec<Decision> {
    let mut kinds: Vec<((PaginationKind, u32), Vec<&str>)> = Vec::new();
    for entity in &blueprint.entities {
        let kind = (entity.pagination, entity.page_size);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(&entity.names.pascal),
            None => kinds.push((kind, vec![&entity.names.pascal])),
        }
    }
    let alone = kinds.len() == 1;
    let told = |((kind, size), names): &((PaginationKind, u32), Vec<&str>)| {
        let which = if alone { "All lists".to_owned() } else { format!("Lists of {}", names.join(", ")) };
        match kind {
            PaginationKind::Pages => decision(
                format!("{which} have pages of {size} rows"),
                "A list never asks for all rows, so that it stays fast when they become many.",
            ),
            PaginationKind::InfiniteScroll => decision(
                format!("{which} load {size} more rows at their end"),
                "The spec asks for it; the server never sends all rows at once.",
            ),
        }
    };
    kinds.iter().map(told).collect()
}

fn languages(blueprint: &Blueprint) -> Option<Decision> {
    let (first, others) = blueprint.languages.split_first()?;
    (!others.is_empty()).then(|| {
        decision(
            format!("The interface speaks {}", blueprint.languages.join(", ")),
            format!("The spec asks for it; {first} is shown where a person's browser asks for none of them."),
        )
    })
}

fn samples(blueprint: &Blueprint) -> Option<Decision> {
    let rows: usize = blueprint.entities.iter().map(|entity| entity.samples.len()).sum();
    (rows > 0).then(|| {
        decision(
            format!("{rows} sample rows"),
            "An empty application shows little. The rows satisfy every rule of the spec and refer only to each other.",
        )
    })
}
