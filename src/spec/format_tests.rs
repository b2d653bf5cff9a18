use super::Format;

#[test]
fn ending_decides() {
    for (name, format) in [
        ("a.yaml", Format::Yaml),
        ("a.YML", Format::Yaml),
        ("a.json", Format::Json),
        ("a.toml", Format::Toml),
        ("dir.toml/a.jdl", Format::Jdl),
        ("a.jh", Format::Jdl),
        ("a.md", Format::Prose),
        ("README.Markdown", Format::Prose),
        ("a.txt", Format::Prose),
    ] {
        assert_eq!(Format::of(name, "{}"), format, "{name}");
    }
}

#[test]
fn content_decides_when_the_ending_says_nothing() {
    for (text, format) in [
        ("# c\nspec_version: 1\n", Format::Yaml),
        ("  {\n \"name\": \"x\"}", Format::Json),
        ("# c\n\nname = \"x\"\n", Format::Toml),
        ("[limits]\nminutes = 3\n", Format::Toml),
        ("entity Post {\n}\n", Format::Jdl),
        ("/** text */ entity Post", Format::Jdl),
        ("@dto(mapstruct) entity Post", Format::Jdl),
        ("application {\n", Format::Jdl),
        ("entity: x", Format::Yaml),
        ("", Format::Yaml),
    ] {
        assert_eq!(Format::of("-", text), format, "{text}");
        assert_eq!(Format::of("spec.conf", text), format, "{text}");
    }
}
