//! What a JDL file means here: the spec that it asks for.

mod application;
mod built_in;
mod entity;
mod field;
mod leftover;
mod option;
mod relation;

use std::collections::{HashMap, HashSet};

use crate::domain::problem::{Position, Problem};
use crate::domain::spec::{FieldType, Limits, SPEC_VERSION, Spec};
use crate::spec::ENTITIES_MAX;
use crate::spec::bounds::SAMPLE_ROWS_DEFAULT;

use super::findings::Findings;
use super::syntax::{Entity, Enumeration, File, Word};
use option::EntityOptions;

/// Builds the spec; parts that are not well formed are left out of it and reported.
pub(super) fn spec(file_name: &str, file: &File<'_>, findings: &mut Findings<'_>) -> Option<Spec> {
    let application = application::chosen(file, findings);
    let settings = application::settings(file_name, application, findings);
    let declared = Declared::of(file, findings);
    let included = application::included(application, &declared, findings);
    let options = option::resolve(file, application, &declared, findings);
    let mut uses = Uses::default();
    let mut entities = Vec::new();
    for entity in declared.entities.iter().filter(|entity| included.contains(entity.name.text)) {
        let chosen = options.get(entity.name.text).copied().unwrap_or_default();
        entities.extend(entity::entity(entity, chosen, &mut Scope { declared: &declared, uses: &mut uses, findings }));
    }
    let relations = relation::relations(file, &declared, &included, findings);
    if let Some(sign_in) = &settings.sign_in {
        // In a JHipster application whoever is signed in may write.
        for entity in &mut entities {
            entity.write_roles = Some(sign_in.roles.clone());
        }
    }
    // Those keep the default, by which accounts are the administrators' to write.
    built_in::add(&mut entities, &relations, &declared, findings);
    leftover::report(file, &uses, findings);
    Some(Spec {
        spec_version: SPEC_VERSION,
        name: settings.name?,
        title: settings.title,
        summary: settings.summary,
        template: None,
        languages: settings.languages,
        sign_in: settings.sign_in,
        entities,
        relations,
        sample_rows: SAMPLE_ROWS_DEFAULT,
        features: Vec::new(),
        acceptance: Vec::new(),
        limits: Limits::default(),
        prose: String::new(),
        attachments: Vec::new(),
        approval: false,
    })
}

/// What a file declares, by name.
struct Declared<'a, 'f> {
    entities: Vec<&'f Entity<'a>>,
    entity_names: HashSet<&'a str>,
    enums: HashMap<&'a str, &'f Enumeration<'a>>,
    constants: HashMap<&'a str, Word<'a>>,
}

impl<'a, 'f> Declared<'a, 'f> {
    /// Gathers the declarations; of two with one name the first counts.
    fn of(file: &'f File<'a>, findings: &mut Findings<'_>) -> Self {
        let mut declared = Self {
            entities: Vec::new(),
            entity_names: HashSet::new(),
            enums: HashMap::new(),
            constants: HashMap::new(),
        };
        match file.entities.get(ENTITIES_MAX).or(file.entities.first()) {
            Some(entity) => {
                findings.at_most(ENTITIES_MAX, file.entities.len(), "entities", entity.name.position);
            }
            None => findings.problem(Problem::new("jdl_no_entities", "entities"), Position { line: 1, column: 1 }),
        }
        for entity in file.entities.iter().take(ENTITIES_MAX) {
            if declared.entity_names.insert(entity.name.text) {
                declared.entities.push(entity);
            } else {
                repeated("jdl_entity_repeated", entity.name, findings);
            }
        }
        for enumeration in &file.enums {
            if declared.enums.contains_key(enumeration.name.text) {
                repeated("jdl_enum_repeated", enumeration.name, findings);
            } else {
                declared.enums.insert(enumeration.name.text, enumeration);
            }
        }
        for constant in &file.constants {
            if declared.constants.contains_key(constant.name.text) {
                repeated("jdl_constant_repeated", constant.name, findings);
            } else {
                declared.constants.insert(constant.name.text, constant.value);
            }
        }
        declared
    }

    /// Reports the names in a list of entities that nobody declared.
    fn check_listed(&self, listed: &[Word<'_>], findings: &mut Findings<'_>) {
        for name in listed {
            if findings.is_full() {
                return;
            }
            if !self.entity_names.contains(name.text) && !built_in::is_built_in(name.text) {
                let nearest = crate::spec::names::nearest(name.text, self.entity_names.iter().copied());
                let code = if nearest.is_some() { "jdl_unknown_entity_like" } else { "jdl_unknown_entity" };
                let problem = Problem::new(code, "").with("entity", name.text);
                let problem = nearest.into_iter().fold(problem, |problem, nearest| problem.with("nearest", nearest));
                findings.problem(problem, name.position);
            }
        }
    }
}

fn repeated(code: &str, name: Word<'_>, findings: &mut Findings<'_>) {
    findings.problem(Problem::new(code, "").with("name", name.text), name.position);
}

/// Declarations that something refers to.
#[derive(Default)]
struct Uses<'a> {
    /// Enumerations, each read when the first field of its type is.
    enums: HashMap<&'a str, Option<FieldType>>,
    constants: HashSet<&'a str>,
}

/// What the reading of one entity needs.
struct Scope<'a, 'f, 's, 'n> {
    declared: &'s Declared<'a, 'f>,
    uses: &'s mut Uses<'a>,
    findings: &'s mut Findings<'n>,
}

/// The options that have a meaning here, by entity.
type OptionsByEntity<'a> = HashMap<&'a str, EntityOptions>;
