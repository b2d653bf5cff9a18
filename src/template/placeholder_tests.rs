use super::*;

fn entity() -> Value {
    let names = serde_json::json!({ "names": { "kebab": "blog-post", "plural_kebab": "blog-posts" } });
    Value::try_from_serializable(&names).unwrap()
}

#[test]
fn placeholders_take_the_form_that_they_name() {
    let path = PathTemplate::parse("src/{entity.plural_kebab}/{entity}.{language}.ts").unwrap();
    assert_eq!(path.axes(), [Axis::Entity, Axis::Language]);
    let (entity, language) = (entity(), Value::from("de"));
    let expanded = path.expand(|name| match name {
        "entity" => Some(&entity),
        "language" => Some(&language),
        _ => None,
    });
    assert_eq!(expanded.unwrap(), "src/blog-posts/blog-post.de.ts");
}

#[test]
fn a_path_without_placeholders_is_itself() {
    let path = PathTemplate::parse("src/app.ts").unwrap();
    assert!(path.axes().is_empty());
    assert_eq!(path.expand(|_| None).unwrap(), "src/app.ts");
}

#[test]
fn what_means_nothing_is_refused() {
    for (text, inside) in [
        ("{entitty}", "entitty"),
        ("{entity.label}", "entity.label"),
        ("{project.title}", "project.title"),
        ("a{", ""),
        ("{}", ""),
        ("{entity", "entity"),
        ("{{entity}}", "{entity"),
    ] {
        assert_eq!(PathTemplate::parse(text), Err(inside.to_owned()), "{text}");
    }
}

#[test]
fn a_value_that_is_missing_or_no_text_is_named() {
    let entity = entity();
    let path = PathTemplate::parse("{entity.pascal}").unwrap();
    assert_eq!(path.expand(|_| Some(&entity)).unwrap_err(), "entity.names.pascal");
}
