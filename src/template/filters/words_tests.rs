use super::*;

/// The order in which Biome 2.6.8 put these names in an import.
const BIOME: &str = "_y $x A AB Ab a a_b a$ a1b a2 a02 a10 aB aB1 ab B b Post Posts post posts postTag postTags";

#[test]
fn names_sort_as_biome_sorts_imports() {
    let expected: Vec<&str> = BIOME.split(' ').collect();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    sorted.sort_by(|a, b| natural_order(a, b));
    assert_eq!(sorted, expected);
}

#[test]
fn maps_sort_by_a_field_and_what_has_none_is_refused() {
    let map = |name: &str| Value::from_serializable(&serde_json::json!({ "names": { "camel": name } }));
    let mut values = vec![map("b10"), map("b9")];
    natural_sort(&mut values, "names.camel").unwrap();
    assert_eq!(values, [map("b9"), map("b10")]);
    assert!(natural_sort(&mut values, "names.pascal").is_err());
    assert!(natural_sort(&mut values, "").is_err());
}

#[test]
fn only_the_first_letter_changes() {
    assert_eq!((upper_first("blogPost"), lower_first("BlogPost")), ("BlogPost".into(), "blogPost".into()));
    assert_eq!((upper_first(""), lower_first("Éa")), (String::new(), "éa".into()));
}
