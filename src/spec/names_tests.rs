use super::*;

#[test]
fn one_and_many_are_the_same_name() {
    for (left, right) in [
        ("Post", "posts"),
        ("tag", "tags"),
        ("BlogPost", "blog_posts"),
        ("Category", "Categories"),
        ("Person", "people"),
        ("A_b", "ab"),
    ] {
        assert_eq!(folded_singular(left), folded_singular(right), "{left} {right}");
        assert_eq!(folded_plural(left), folded_plural(right), "{left} {right}");
    }
    assert_ne!(folded_singular("Post"), folded_singular("Poster"));
}

#[test]
fn proposals_are_valid_identifiers() {
    for (text, type_style, proposal) in [
        ("Ünïcode", true, "Unicode"),
        ("имя автора", false, "imia_avtora"),
        ("🚀", true, "Rocket"),
        ("2nd place", false, "n2nd_place"),
        ("../x", false, "x"),
        ("", true, "Thing"),
        ("`", false, "thing"),
        ("`id`", false, "id_value"),
        ("constructor!", true, "ConstructorValue"),
    ] {
        assert_eq!(identifier_like(text, type_style), proposal, "{text}");
    }
    assert!(Identifier::parse(&identifier_like(&"é".repeat(300), true)).is_ok());
    assert_eq!(project_name_like("My App!"), "my-app");
    assert_eq!(project_name_like("a; touch /tmp/pwn #"), "a-touch-tmp-pwn");
    assert_eq!(project_name_like(""), "thing");
}

#[test]
fn names_that_mean_something_already_are_refused_in_every_spelling() {
    for name in ["id", "ID", "constructor", "to_string", "hasOwnProperty", "then"] {
        assert!(refused_member(name).is_some(), "{name}");
    }
    for name in ["class", "order", "select", "type", "self", "async", "default", "identity"] {
        assert!(refused_member(name).is_none(), "{name}");
    }
    assert!(refused_elsewhere("constructor").is_some());
    assert!(refused_elsewhere("id").is_none());
}

#[test]
fn the_nearest_word_is_found_or_none() {
    assert_eq!(nearest("requierd", ["required", "unique"]), Some("required"));
    assert_eq!(nearest("maxLength", ["max_length", "min_length"]), Some("max_length"));
    assert_eq!(nearest("zzz", ["required"]), None);
}
