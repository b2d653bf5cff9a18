//! Template packs from the outside: loaded from every place, checked, rendered.

use std::collections::BTreeMap;
use std::sync::Arc;

use samokoder::domain::blueprint::Blueprint;
use samokoder::template::{Error, Pack, Renderer, packs};

use super::template_support::{blueprint, fixture};

fn tiny() -> Pack {
    Pack::from_dir(&fixture("packs/tiny")).unwrap()
}

/// Every file of a project by section and path, `+x` behind those that are executable.
fn rendered(pack: Pack, context: &Blueprint) -> BTreeMap<String, BTreeMap<String, String>> {
    let renderer = Renderer::new(Arc::new(pack)).unwrap();
    let plan = renderer.plan(context).unwrap();
    let section = |id: &str| {
        let files = plan.render(id).unwrap().into_iter();
        files.map(|file| {
            let mark = if file.executable { " +x" } else { "" };
            (format!("{}{mark}", file.path), String::from_utf8(file.content).unwrap())
        })
    };
    plan.sections().iter().map(|known| (known.id.clone(), section(&known.id).collect())).collect()
}

#[test]
fn the_tiny_pack_renders() {
    insta::assert_json_snapshot!(rendered(tiny(), &blueprint(2)));
}

#[test]
fn the_tiny_pack_passes_its_check() {
    assert_eq!(tiny().check(), []);
}

#[test]
fn conditions_choose_files() {
    let mut context = blueprint(1);
    context.sign_in = true;
    let with = rendered(tiny(), &context);
    assert_eq!(with["sign-in"].keys().collect::<Vec<_>>(), ["src/session.js"]);
    context.sign_in = false;
    let without = rendered(tiny(), &context);
    assert_eq!(without["sign-in"].keys().collect::<Vec<_>>(), ["src/visitors.js"]);
}

#[test]
fn a_pack_is_the_same_from_a_folder_and_from_its_archive() {
    let pack = tiny();
    let bytes = pack.to_archive().unwrap();
    let copy = Pack::from_archive(&bytes).unwrap();
    assert_eq!(copy.digest(), pack.digest());
    assert_eq!(copy.manifest(), pack.manifest());
    assert_eq!(copy.to_archive().unwrap(), bytes);
    assert_eq!(rendered(copy, &blueprint(2)), rendered(pack, &blueprint(2)));
}

#[test]
fn every_embedded_pack_passes_its_check() {
    for summary in packs().unwrap() {
        let pack = Pack::embedded(&summary.name).unwrap();
        assert_eq!(pack.check(), [], "{}", summary.name);
        let folder = fixture("../../templates").join(&summary.name);
        assert_eq!(Pack::from_dir(&folder).unwrap().digest(), pack.digest(), "{}", summary.name);
    }
}

#[test]
fn an_unknown_pack_names_those_that_exist() {
    let error = Pack::embedded("no-such-pack").unwrap_err();
    assert!(matches!(&error, Error::UnknownPack { name, .. } if name == "no-such-pack"), "{error}");
}

/// A pack of the size of a real one: eight templates for each entity, with loops over fields, filters and `fit` blocks.
fn large_pack() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir_all(&files).unwrap();
    let manifest = std::fs::read_to_string(fixture("packs/tiny/template.toml")).unwrap();
    let (head, tail) = manifest.split_once("[[sections]]").unwrap();
    let (_, tail) = tail.split_once("[commands.fetch]").unwrap();
    let section = "[[sections]]\nid = \"all\"\ntitle = \"All\"\nwhy = \"All.\"\nfiles = [\"**\"]\n\n[commands.fetch]";
    let manifest = format!("{head}{section}{tail}").replace("executable = [\"scripts/*\"]\n", "");
    std::fs::write(folder.path().join("template.toml"), manifest).unwrap();
    let template = r#"import { {{ entity.names.pascal }} } from "./{{ entity.names.kebab }}";

export const {{ entity.names.camel }}Fields = {
{%- for field in entity.fields %}
  {{ field.camel }}: {
    label: {{ field.label | ts }},
    column: {{ field.column | ts }},
    required: {{ field.required }},
    {%- if field.max_length %}
    maximum: {{ field.max_length }},
    {%- endif %}
    example: {{ field.example | ts_value }},
  },
{%- endfor %}
};

{% for field in entity.fields -%}
{% filter fit %}
export function check{{ field.pascal }}(
  row: {{ entity.names.pascal }},
  other: {{ entity.names.pascal }},
): boolean {
{% endfilter %}
{% filter fit %}
  return compare(
    row.{{ field.camel }},
    other.{{ field.camel }},
    {{ [f.camel for f in entity.fields if f.required] | ts_value }},
  );
{% endfilter %}
}

{% endfor -%}
"#;
    for number in 0..8 {
        std::fs::write(files.join(format!("{{entity}}.{number}.ts.tera")), template).unwrap();
    }
    folder
}

/// Times of the whole way from a loaded pack to rendered bytes, for 5, 50, 100 and 200 entities.
#[test]
#[ignore = "a measurement: run it in a release build"]
fn rendering_takes_time_in_proportion() {
    let folder = large_pack();
    let pack = Arc::new(Pack::from_dir(folder.path()).unwrap());
    for (entities, limit_ms) in [(5, 15), (50, 75), (100, 150), (200, 300)] {
        let context = blueprint(entities);
        let began = std::time::Instant::now();
        let renderer = Renderer::new(Arc::clone(&pack)).unwrap();
        let files = renderer.plan(&context).unwrap().render("all").unwrap();
        let elapsed = began.elapsed();
        let bytes: usize = files.iter().map(|file| file.content.len()).sum();
        println!("{entities} entities, {} files, {} KiB: {elapsed:?}", files.len(), bytes / 1024);
        assert!(elapsed.as_millis() < limit_ms, "{entities} entities took {elapsed:?}");
    }
}
