//! An order in which rows can be created.

use super::relations::Related;

/// Positions of the entities, each after those it requires and, where no cycle forbids it, after all it refers to.
pub(super) struct CreationOrder {
    /// Positions in the order of creation.
    pub(super) positions: Vec<usize>,
    /// Positions of entities that no order can help: each is on or behind a cycle of required references.
    pub(super) stuck: Vec<usize>,
}

/// Orders entities for creation; those that are free to go first keep the order of the spec.
pub(super) fn creation_order(related: &Related) -> CreationOrder {
    let count = related.references.len();
    let mut waiting_required = vec![0_usize; count];
    let mut waiting_any = vec![0_usize; count];
    let mut dependents: Vec<Vec<(usize, bool)>> = vec![Vec::new(); count];
    for (source, target, required) in needs(related) {
        if let Some(list) = dependents.get_mut(target) {
            list.push((source, required));
            add(&mut waiting_any, source);
            if required {
                add(&mut waiting_required, source);
            }
        }
    }
    let mut ready_for_all = std::collections::BTreeSet::new();
    let mut ready_for_required = std::collections::BTreeSet::new();
    let mut left: std::collections::BTreeSet<usize> = (0..count).collect();
    let is_zero = |counts: &[usize], position: usize| counts.get(position).is_some_and(|waiting| *waiting == 0);
    for position in 0..count {
        if is_zero(&waiting_any, position) {
            ready_for_all.insert(position);
        } else if is_zero(&waiting_required, position) {
            ready_for_required.insert(position);
        }
    }
    let mut positions = Vec::with_capacity(count);
    while let Some(next) = ready_for_all.pop_first().or_else(|| ready_for_required.pop_first()) {
        left.remove(&next);
        positions.push(next);
        for (dependent, required) in dependents.get(next).into_iter().flatten().copied() {
            subtract(&mut waiting_any, dependent);
            if required {
                subtract(&mut waiting_required, dependent);
            }
            if !left.contains(&dependent) || !is_zero(&waiting_required, dependent) {
                continue;
            }
            if is_zero(&waiting_any, dependent) {
                ready_for_required.remove(&dependent);
                ready_for_all.insert(dependent);
            } else {
                ready_for_required.insert(dependent);
            }
        }
    }
    let stuck: Vec<usize> = left.into_iter().collect();
    positions.extend(&stuck);
    CreationOrder { positions, stuck }
}

/// Who needs whom, and whether it cannot do without: references and required links. A row that may refer to another of
/// its own entity needs nothing.
fn needs(related: &Related) -> Vec<(usize, usize, bool)> {
    let owners = related.references.iter().zip(&related.links).enumerate();
    let needs = owners.flat_map(|(source, (references, links))| {
        let references = references.iter().map(move |owned| (source, owned.target, owned.reference.required));
        let links = links.iter().filter(|owned| owned.link.owner && owned.link.required);
        references.chain(links.map(move |owned| (source, owned.target, true)))
    });
    needs.filter(|(source, target, required)| source != target || *required).collect()
}

fn add(counts: &mut [usize], position: usize) {
    if let Some(count) = counts.get_mut(position) {
        *count += 1;
    }
}

fn subtract(counts: &mut [usize], position: usize) {
    if let Some(count) = counts.get_mut(position) {
        *count = count.saturating_sub(1);
    }
}
