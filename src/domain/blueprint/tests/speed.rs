//! Derivation stays in proportion to the spec.

use super::kitchen_sink::{pack, spec};
use crate::domain::blueprint::derive;
use crate::domain::spec::{Relation, Spec};

/// The large spec many times over, each copy under names of its own.
fn copies(count: usize) -> Spec {
    let original = spec();
    let renamed =
        |name: &crate::domain::name::Identifier, copy: usize| super::identifier(&format!("{name}Copy{copy}x"));
    let mut all = spec();
    (all.entities, all.relations) = (Vec::new(), Vec::new());
    for copy in 0..count {
        all.entities.extend(original.entities.iter().cloned().map(|mut entity| {
            entity.name = renamed(&entity.name, copy);
            entity
        }));
        all.relations.extend(original.relations.iter().cloned().map(|mut relation: Relation| {
            relation.from.entity = renamed(&relation.from.entity, copy);
            relation.to.entity = renamed(&relation.to.entity, copy);
            relation
        }));
    }
    all
}

#[test]
fn four_times_the_spec_takes_about_four_times_as_long() {
    let time = |spec: &Spec| {
        let runs = (0..3).map(|_| {
            let start = std::time::Instant::now();
            assert_eq!(derive(spec, &pack()).1, []);
            start.elapsed()
        });
        runs.min().unwrap()
    };
    let (small, large) = (copies(4), copies(16));
    let (small_time, large_time) = (time(&small), time(&large));
    println!("{} entities: {small_time:?}; {} entities: {large_time:?}", small.entities.len(), large.entities.len());
    // Quadratic growth would be sixteenfold.
    assert!(large_time < small_time * 10, "{small_time:?} for 48 entities, {large_time:?} for 192");
}
