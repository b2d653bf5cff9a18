//! Which entity declares a relation, and where that puts it among the others.

use std::collections::BTreeMap;

use crate::domain::name::Identifier;
use crate::domain::spec::{Relation, RelationKind, Spec};

/// A relation as an entity declares it: as its owner, or, turned around, as the one to whom many refer.
pub(super) struct Declared<'a> {
    pub(super) relation: &'a Relation,
    pub(super) declarer: &'a Identifier,
    pub(super) is_turned: bool,
    /// Where among the entities its declarer stands.
    place: usize,
}

fn places(spec: &Spec) -> BTreeMap<&Identifier, usize> {
    spec.entities.iter().enumerate().map(|(place, entity)| (&entity.name, place)).collect()
}

/// The relations and who declares each: the owner, but where their order tells that it was the other side.
pub(super) fn declared(spec: &Spec) -> Vec<Declared<'_>> {
    let places = places(spec);
    let place = |name: &Identifier| places.get(name).copied().unwrap_or(usize::MAX);
    let may_turn = |relation: &Relation| relation.kind == RelationKind::ManyToOne && relation.to.name.is_some();
    // The last place at which each relation may be declared, when all behind it shall still find theirs.
    let mut last = Vec::with_capacity(spec.relations.len());
    let mut bound = usize::MAX;
    for relation in spec.relations.iter().rev() {
        last.push(bound);
        let owner = Some(place(&relation.from.entity));
        let other = may_turn(relation).then(|| place(&relation.to.entity));
        bound = owner.into_iter().chain(other).filter(|place| *place <= bound).max().unwrap_or(bound);
    }
    let mut at = 0;
    let mut declared = Vec::with_capacity(spec.relations.len());
    for (relation, bound) in spec.relations.iter().zip(last.into_iter().rev()) {
        let fits = |name: &Identifier| (at..=bound).contains(&place(name));
        let owner = &relation.from.entity;
        let must_turn = relation.from.name.is_none() || (!fits(owner) && fits(&relation.to.entity));
        let is_turned = may_turn(relation) && must_turn;
        let declarer = if is_turned { &relation.to.entity } else { owner };
        at = at.max(place(declarer)).min(bound);
        declared.push(Declared { relation, declarer, is_turned, place: place(declarer) });
    }
    declared
}

/// Adds relations where a file would have them: behind those of the entities up to their owner. Those that are there keep
/// their order.
pub(in crate::spec) fn add(spec: &mut Spec, added: Vec<Relation>) {
    let mut added: Vec<(usize, Relation)> = {
        let places = places(spec);
        let place = |relation: &Relation| places.get(&relation.from.entity).copied().unwrap_or(usize::MAX);
        added.into_iter().map(|relation| (place(&relation), relation)).collect()
    };
    added.sort_by_key(|(place, _)| *place);
    let mut added = added.into_iter().peekable();
    let mut relations = Vec::with_capacity(spec.relations.len() + added.len());
    for declared in declared(spec) {
        while let Some((_, relation)) = added.next_if(|(place, _)| *place < declared.place) {
            relations.push(relation);
        }
        relations.push(declared.relation.clone());
    }
    relations.extend(added.map(|(_, relation)| relation));
    spec.relations = relations;
}
