use super::super::testing::{self, MANIFEST};

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    testing::pack(files).unwrap().check().iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_pack_has_no_problems() {
    let files = [
        ("files/a.tera", "{{ project.name }}{% for entity in entities %}{% include \"partials/p.tera\" %}{% endfor %}"),
        ("files/{entity}.tera", "{{ entity.table }}{% set x = 1 %}{{ x }}{% include \"partials/p.tera\" %}"),
        ("files/{enum.pascal}.{language}.tera", "{{ enum.names.pascal }}{{ language }}"),
        ("partials/p.tera", "{{ entity.names.pascal }}"),
    ];
    assert_eq!(problems(&files), [""; 0]);
}

#[test]
fn problems_of_templates_are_told_with_their_place() {
    let files = [
        ("files/broken.tera", "fine\n{% if %}"),
        ("files/filter.tera", "{{ project.name | no_such_filter }}"),
        ("files/missing.tera", "{% include \"partials/none.tera\" %}"),
        ("files/unknown.tera", "{{ projekt.name }}{{ entity.table }}"),
        ("files/{entity}.tera", "{{ entity.table }}{{ enum.names }}"),
    ];
    insta::assert_snapshot!(problems(&files).join("\n"));
}

#[test]
fn problems_of_the_manifest_are_told() {
    let manifest = MANIFEST.replace("files = [\"**\"]", "files = [\"a\", \"b\", \"nothing/*\"]").replace(
        "[commands]",
        "[[sections]]\nid = \"two\"\ntitle = \"Two\"\nwhy = \"So.\"\nfiles = [\"b\"]\n\n[conditions]\na = \"project.name\"\nb = \"no_such\"\n\n[commands]",
    );
    let files =
        [("template.toml", manifest.as_str()), ("files/a", ""), ("files/b", ""), ("files/c", ""), ("files/{x}", "")];
    insta::assert_snapshot!(problems(&files).join("\n"));
}

#[test]
fn conditions_may_ask_for_what_a_file_is_repeated_over() {
    let with = |condition: &str| {
        let manifest = MANIFEST.replace("[commands]", &format!("[conditions]\n\"*\" = \"{condition}\"\n\n[commands]"));
        problems(&[("template.toml", manifest.as_str()), ("files/{entity}.tera", "")])
    };
    assert_eq!(with("entity.has_unique"), [""; 0]);
    assert_eq!(with("uses.decimal"), [""; 0]);
    assert_eq!(with("!self_registration"), [""; 0]);
    assert_eq!(with("enum.has_unique").len(), 1);
    assert_eq!(with("uses.nothing").len(), 1);
}

#[test]
fn problems_of_what_is_told_to_writers_are_told() {
    let manifest = MANIFEST.replace(
        "[toolchain]",
        "protected = [\"gone.ts\"]\n\
         purposes = [{ files = \"{entity}.ts\", purpose = \"One\" }, { files = \"none/*\", purpose = \"None\" }]\n\
         guide_parts = [{ heading = \"A page\", files = [\"web/*\"] }, { heading = \"Gone\", files = [\"web/*\"] }]\n\
         [toolchain]",
    );
    let files = [
        ("template.toml", manifest.as_str()),
        ("guide.md.tera", "{{ project.name }} {{ entity.table }}\n## A page\n"),
        ("files/{entity}.ts.tera", ""),
        ("files/src/other.ts", ""),
    ];
    insta::assert_snapshot!(problems(&files).join("\n"));
}
