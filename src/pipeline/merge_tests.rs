use super::*;

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let change = |(name, text): &(&str, &str)| Change {
        path: path(name),
        content: Some(text.as_bytes().to_vec()),
        executable: false,
    };
    Snapshot::default().with(&files.iter().map(change).collect::<Vec<_>>())
}

fn merged(base: &[(&str, &str)], ours: &[(&str, &str)], theirs: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let merged = three_way(&snapshot(base), &snapshot(ours), &snapshot(theirs)).unwrap();
    let shown = |change: Change| match change.content {
        Some(content) => format!("{} = {}", change.path, String::from_utf8(content).unwrap()),
        None => format!("{} gone", change.path),
    };
    (
        merged.changes.into_iter().map(shown).collect(),
        merged.conflicts.into_iter().map(|conflict| conflict.path.to_string()).collect(),
    )
}

#[test]
fn what_nobody_touched_follows_the_pack() {
    let (changes, conflicts) = merged(
        &[("a", "1\n"), ("gone", "x\n"), ("same", "s\n")],
        &[("a", "1\n"), ("gone", "x\n"), ("same", "own\n"), ("feature", "f\n")],
        &[("a", "2\n"), ("same", "s\n"), ("new", "n\n")],
    );
    assert_eq!(changes, ["a = 2\n", "gone gone", "new = n\n"]);
    assert_eq!(conflicts, Vec::<String>::new());
}

#[test]
fn both_sides_changes_of_different_lines_are_kept() {
    let (changes, conflicts) =
        merged(&[("a", "1\n2\n3\n4\n5\n")], &[("a", "own\n2\n3\n4\n5\n")], &[("a", "1\n2\n3\n4\nnew\n")]);
    assert_eq!((changes, conflicts.len()), (vec!["a = own\n2\n3\n4\nnew\n".to_owned()], 0));
}

#[test]
fn where_both_changed_one_line_the_present_one_stays_and_it_is_said() {
    let base = snapshot(&[("a", "1\n")]);
    let merged = three_way(&base, &snapshot(&[("a", "own\n")]), &snapshot(&[("a", "new\n")])).unwrap();
    assert_eq!(merged.changes, Vec::new());
    let [conflict] = merged.conflicts.as_slice() else { panic!("{:?}", merged.conflicts) };
    assert!(conflict.diff.contains("-1\n+new\n"), "{}", conflict.diff);
}

#[test]
fn files_that_somebody_changed_or_made_do_not_go_or_turn_into_the_packs() {
    let (changes, conflicts) = merged(
        &[("changed", "1\n"), ("deleted", "1\n")],
        &[("changed", "own\n"), ("made", "own\n")],
        &[("deleted", "2\n"), ("made", "new\n")],
    );
    assert_eq!(changes, Vec::<String>::new());
    assert_eq!(conflicts, ["changed", "made"]);
}
