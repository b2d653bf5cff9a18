use serde_json::json;

use super::super::testing;
use super::*;

fn render(files: &[(&str, &str)], context: &serde_json::Value) -> Result<Vec<(String, String)>, Error> {
    let renderer = Renderer::new(Arc::new(testing::pack(files)?))?;
    let files = renderer.plan(context)?.render("all")?;
    Ok(files.into_iter().map(|file| (file.path.to_string(), String::from_utf8(file.content).unwrap())).collect())
}

fn context(names: &[&str]) -> serde_json::Value {
    let named = |name: &&str| json!({ "names": { "kebab": name, "plural_kebab": format!("{name}s") } });
    json!({
        "project": { "name": "shop", "title": "Shop" }, "sign_in": true, "languages": ["en"],
        "entities": names.iter().map(named).collect::<Vec<_>>(), "enums": [],
    })
}

#[test]
fn files_are_sorted_and_copied_byte_for_byte() {
    let files = [("files/z.tera", "z"), ("files/a", "{{ not rendered"), ("files/m/x", ""), ("files/m.txt", "")];
    let rendered = render(&files, &context(&[])).unwrap();
    let paths: Vec<&str> = rendered.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["a", "m.txt", "m/x", "z"]);
    assert_eq!(rendered[0].1, "{{ not rendered");
}

#[test]
fn s33_s34_values_are_never_template_source() {
    for text in [
        "{{ 7*7 }}",
        "{% for i in range(end=99999) %}x{% endfor %}",
        "${7*7}",
        "<%= 7*7 %>",
        "{# x #}",
        "%} }}",
        "{% raw %}",
    ] {
        let mut context = context(&[]);
        context["project"]["title"] = json!(text);
        let began = std::time::Instant::now();
        let files = [("files/a.tera", "[{{ project.title }}]{% filter fit %}\n{{ project.title }}\n{% endfilter %}")];
        let rendered = render(&files, &context).unwrap();
        assert_eq!(rendered[0].1, format!("[{text}]{text}"));
        assert!(began.elapsed().as_secs() < 1);
    }
}

#[test]
fn what_is_undefined_is_told_with_template_line_and_what_there_is() {
    let files = [("files/{entity}.ts.tera", "one\ntwo {{ titel }}")];
    let error = render(&files, &context(&["post"])).unwrap_err().to_string();
    assert!(error.starts_with("files/{entity}.ts.tera:2:8: Variable `titel` is not defined."), "{error}");
    for name in ["project", "entities", "entity"] {
        assert!(error.contains(name), "{error}");
    }
    let files = [("files/a.tera", "{% include \"partials/p.tera\" %}"), ("partials/p.tera", "\n{{ project.titel }}")];
    let error = render(&files, &context(&[])).unwrap_err().to_string();
    assert!(error.starts_with("partials/p.tera:2:") && error.contains("title"), "{error}");
}

#[test]
fn a_filter_that_fails_is_told_with_its_place() {
    let error = render(&[("files/a.tera", "\n{{ project | sql }}")], &context(&[])).unwrap_err().to_string();
    assert!(error.starts_with("files/a.tera:2:") && error.contains("SQL has no literal"), "{error}");
}

#[test]
fn each_element_is_there_only_in_its_own_files() {
    let files = [
        ("files/{entity}.tera", "{{ entity.names.kebab }}"),
        ("files/{entity.plural_kebab}/{language}.tera", "{{ entity.names.kebab }} {{ language }}"),
        ("files/{project}.tera", "{{ entity is defined }}"),
    ];
    let rendered = render(&files, &context(&["post", "tag"])).unwrap();
    let expected =
        [("post", "post"), ("posts/en", "post en"), ("shop", "false"), ("tag", "tag"), ("tags/en", "tag en")];
    assert_eq!(rendered, expected.map(|(path, content)| (path.to_owned(), content.to_owned())));
}

#[test]
fn two_files_at_one_place_are_refused() {
    let collides = |files: &[(&str, &str)], names: &[&str]| {
        let result = render(files, &context(names));
        assert!(matches!(result, Err(Error::Collision { .. })), "{result:?}");
    };
    collides(&[("files/{entity}.ts", "")], &["post", "Post"]);
    collides(&[("files/a.ts", ""), ("files/A.ts.tera", "")], &[]);
    collides(&[("files/{entity}", ""), ("files/posts", "")], &["posts"]);
    collides(&[("files/{entity}", ""), ("files/Posts/x", "")], &["posts"]);
    assert!(render(&[("files/{entity}", ""), ("files/posts-x/x", "")], &context(&["posts"])).is_ok());
}

#[test]
fn names_cannot_lead_out_of_the_project() {
    for name in ["../x", "a/../../b", "", ".git", "con", "a\\b", "a\0b"] {
        let result = render(&[("files/{entity}/x", "")], &context(&[name]));
        assert!(matches!(result, Err(Error::OutputPath { .. })), "{name:?} {result:?}");
    }
}

#[test]
fn a_template_gone_wrong_ends() {
    let endless = "{% for a in range(end=90000) %}{% for b in range(end=90000) %}0123456789{% endfor %}{% endfor %}";
    let error = render(&[("files/a.tera", endless)], &context(&[])).unwrap_err().to_string();
    assert_eq!(error, "files/a.tera: it writes more than 16 MiB");
    let circle = [
        ("files/a.tera", "{% include \"partials/p.tera\" %}"),
        ("partials/p.tera", "{% include \"partials/p.tera\" %}"),
    ];
    assert!(render(&circle, &context(&[])).is_err());
}

#[test]
fn a_context_without_what_a_path_asks_for_is_an_error() {
    let result = render(&[("files/{entity}", "")], &json!({}));
    assert!(matches!(result, Err(Error::Context { .. })), "{result:?}");
    assert!(matches!(render(&[], &json!([1])), Err(Error::Context { .. })));
    let renderer = Renderer::new(Arc::new(testing::pack(&[]).unwrap())).unwrap();
    let unknown = renderer.plan(&json!({})).unwrap().render("none");
    assert!(matches!(unknown, Err(Error::UnknownSection { .. })));
}

#[test]
fn a_template_that_is_no_text_is_refused() {
    let pack = testing::pack(&[("files/a.tera", "{% if %}")]).unwrap();
    assert!(matches!(Renderer::new(Arc::new(pack)), Err(Error::Render { line: 1, .. })));
}

#[test]
fn a_guide_is_rendered_and_is_no_file_of_the_project() {
    let files = [
        ("guide.md.tera", "Write into {{ project.name }}.{% include \"partials/more.tera\" %}"),
        ("partials/more.tera", " Test it."),
        ("files/a", ""),
    ];
    let renderer = Renderer::new(Arc::new(testing::pack(&files).unwrap())).unwrap();
    assert_eq!(renderer.guide(&context(&[])).unwrap(), "Write into shop. Test it.");
    assert_eq!(render(&files, &context(&[])).unwrap().len(), 1);
    let error = renderer.guide(&json!({})).unwrap_err().to_string();
    assert!(error.starts_with("guide.md.tera:1:"), "{error}");
}

#[test]
fn a_pack_without_a_guide_has_an_empty_one() {
    let renderer = Renderer::new(Arc::new(testing::pack(&[("files/a", "")]).unwrap())).unwrap();
    assert_eq!(renderer.guide(&context(&[])).unwrap(), "");
}
