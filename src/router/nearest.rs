//! Names that a wrong one may have been meant for.

/// Least Jaro-Winkler similarity of a name that is worth naming: a letter or two wrong, not another word.
const SIMILARITY_MIN: f64 = 0.8;
/// Most names that are named.
const NAMES_MAX: usize = 3;

/// The names most like a wrong one, the most like first; none when none is like it.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut like: Vec<(f64, &str)> = names
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .collect();
    like.sort_by(|(left, left_name), (right, right_name)| right.total_cmp(left).then(left_name.cmp(right_name)));
    like.dedup_by(|left, right| left.1 == right.1);
    like.into_iter().take(NAMES_MAX).map(|(_, name)| name).collect()
}
