use super::*;

const BASE: &[u8] = b"one\ntwo\nthree\nfour\nfive\n";

#[test]
fn changes_of_different_lines_are_joined() {
    let merged = merge_texts(BASE, b"ONE\ntwo\nthree\nfour\nfive\n", b"one\ntwo\nthree\nfour\nfive\nsix\n").unwrap();
    assert_eq!(merged.as_deref(), Some(&b"ONE\ntwo\nthree\nfour\nfive\nsix\n"[..]));
}

#[test]
fn changes_of_one_line_are_not() {
    let merged = merge_texts(BASE, b"one\ntwo\nTHREE\nfour\nfive\n", b"one\ntwo\n3\nfour\nfive\n").unwrap();
    assert_eq!(merged, None);
}

#[test]
fn the_same_change_on_both_sides_is_one() {
    let same = b"one\nfive\n";
    assert_eq!(merge_texts(BASE, same, same).unwrap().as_deref(), Some(&same[..]));
}
