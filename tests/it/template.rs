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
