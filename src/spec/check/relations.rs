//! Relations to something, shown by something, and possible to fill.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::fields::named;
use super::{Checker, relation_path};
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, Relation};
use crate::spec::names::nearest;

/// Checks every relation, and that the required ones leave a first row possible.
pub(super) fn check(checker: &mut Checker<'_>) {
    let entities: HashMap<&str, &Entity> =
        checker.spec.entities.iter().map(|entity| (entity.name.as_str(), entity)).collect();
    for relation in &checker.spec.relations {
        let path = relation_path(relation);
        let from = entity(checker, &entities, &relation.from.entity, &path);
        let to = entity(checker, &entities, &relation.to.entity, &format!("{path}.to"));
        if let (Some(to), Some(name)) = (to, &relation.from.display_field) {
            named(checker, &format!("{path}.display"), (to, name), "display");
        }
        if let (Some(from), Some(name)) = (from, &relation.to.display_field) {
            named(checker, &format!("{path}.inverse_display"), (from, name), "display");
        }
    }
    cycles(checker, &entities);
}

fn entity<'a>(
    checker: &mut Checker<'_>,
    entities: &HashMap<&str, &'a Entity>,
    name: &Identifier,
    path: &str,
) -> Option<&'a Entity> {
    if let Some(entity) = entities.get(name.as_str()) {
        return Some(entity);
    }
    if !checker.was_left_out(&format!("entities.{name}")) && !checker.was_left_out("entities") {
        let meant = nearest(name.as_str(), checker.spec.entities.iter().map(|entity| entity.name.as_str()));
        let problem = match meant {
            Some(meant) => Problem::new("entity_misspelt", path).with("meant", meant),
            None => Problem::new("entity_unknown", path),
        };
        checker.report(problem.with("entity", name));
    }
    None
}

/// Required relations, by the entity that has them.
type Needs<'a> = BTreeMap<&'a str, Vec<&'a Relation>>;

/// Finds the circles of required relations: no row of them could ever be the first. Each is told once, at its first
/// relation in the order of the spec.
fn cycles(checker: &mut Checker<'_>, entities: &HashMap<&str, &Entity>) {
    let spec = checker.spec;
    let mut needs: Needs<'_> = BTreeMap::new();
    for relation in spec.relations.iter().filter(|relation| relation.required) {
        let known = |name: &Identifier| entities.contains_key(name.as_str());
        if known(&relation.from.entity) && known(&relation.to.entity) {
            needs.entry(relation.from.entity.as_str()).or_default().push(relation);
        }
    }
    let mut told: HashSet<&str> = HashSet::new();
    for relation in spec.relations.iter().filter(|relation| relation.required) {
        if told.contains(relation.from.entity.as_str()) {
            continue;
        }
        let Some(circle) = shortest_circle(&needs, relation) else { continue };
        told.extend(circle.iter().map(|relation| relation.from.entity.as_str()));
        let steps: Vec<String> = circle.iter().map(|step| named_step(step)).collect();
        let start = &relation.from.entity;
        let problem = Problem::new("required_circle", relation_path(relation));
        checker.report(problem.with("circle", format!("{} → {start}", steps.join(" → "))));
    }
}

fn named_step(relation: &Relation) -> String {
    match &relation.from.name {
        Some(name) => format!("{}.{name}", relation.from.entity),
        None => relation.from.entity.to_string(),
    }
}

/// The shortest way along required relations that begins with `first` and comes back to where it began.
fn shortest_circle<'a>(needs: &Needs<'a>, first: &'a Relation) -> Option<Vec<&'a Relation>> {
    let goal = first.from.entity.as_str();
    let mut came_by: HashMap<&str, &Relation> = HashMap::new();
    let mut queue = VecDeque::from([first.to.entity.as_str()]);
    let mut seen: HashSet<&str> = HashSet::from([first.to.entity.as_str()]);
    while let Some(entity) = queue.pop_front() {
        if entity == goal {
            let mut circle = Vec::new();
            let mut at = goal;
            while let Some(relation) = came_by.get(at).filter(|_| at != first.to.entity.as_str() || circle.is_empty()) {
                circle.push(*relation);
                at = relation.from.entity.as_str();
                if at == first.to.entity.as_str() {
                    break;
                }
            }
            circle.push(first);
            circle.reverse();
            return Some(circle);
        }
        for relation in needs.get(entity).into_iter().flatten() {
            if seen.insert(relation.to.entity.as_str()) {
                came_by.insert(relation.to.entity.as_str(), relation);
                queue.push_back(relation.to.entity.as_str());
            }
        }
    }
    None
}
