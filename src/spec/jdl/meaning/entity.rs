//! Entities.

use std::collections::HashSet;

use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, Pagination};
use crate::spec::FIELDS_MAX;
use crate::spec::jdl::findings::Findings;
use crate::spec::jdl::syntax::{self, Annotation};
use crate::spec::jdl::words;

use super::option::EntityOptions;
use super::{Scope, field};

/// Reads an entity; `None` when its name cannot be one, which is reported.
pub(super) fn entity<'a>(
    entity: &syntax::Entity<'a>,
    mut options: EntityOptions,
    scope: &mut Scope<'a, '_, '_, '_>,
) -> Option<Entity> {
    let path = format!("entities.{}", words::path_part(entity.name.text));
    scope.findings.place(path.clone(), entity.name.position);
    if let Some(table) = entity.table {
        let ignored = Problem::new("jdl_ignored_table_name", &path).with("table", table.text);
        scope.findings.ignore(ignored.with("entity", entity.name.text), table.position);
    }
    for annotation in &entity.annotations {
        annotate(&path, annotation, &mut options, scope.findings);
    }
    let mut seen = HashSet::new();
    let mut fields = Vec::new();
    scope.findings.at_most(FIELDS_MAX, entity.fields.len(), &path, entity.name.position);
    for declared in entity.fields.iter().take(FIELDS_MAX) {
        if seen.insert(declared.name.text) {
            fields.extend(field::field(&path, declared, scope));
        } else {
            let problem = Problem::new("jdl_field_repeated", &path).with("name", declared.name.text);
            scope.findings.problem(problem.with("entity", entity.name.text), declared.name.position);
        }
    }
    let description = scope.findings.description(&path, entity.comment);
    let name = scope.findings.identifier(&path, entity.name)?;
    Some(Entity {
        description,
        search: (options.search == Some(false)).then(Vec::new),
        pagination: options
            .pagination
            .map_or_else(Pagination::default, |kind| Pagination { kind, ..Pagination::default() }),
        ..Entity::new(name, fields)
    })
}

fn annotate(path: &str, annotation: &Annotation<'_>, options: &mut EntityOptions, findings: &mut Findings<'_>) {
    match options.annotate(annotation.name.text, annotation.value) {
        Ok(true) => {}
        Ok(false) => ignore_annotation(path, annotation, findings),
        Err(code) => {
            let at = annotation.value.unwrap_or(annotation.name);
            findings.problem(Problem::new(code, path).with("value", at.text), at.position);
        }
    }
}

/// Reports an annotation that has no meaning here.
pub(super) fn ignore_annotation(path: &str, annotation: &Annotation<'_>, findings: &mut Findings<'_>) {
    let ignored = Problem::new("jdl_ignored_annotation", path)
        .with("annotation", annotation.name.text)
        .with("value", annotation.value.map(|value| value.text).unwrap_or_default());
    findings.ignore(ignored, annotation.name.position);
}
