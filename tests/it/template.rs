//! Template packs from the outside: loaded from every place, checked, rendered.

use std::collections::BTreeMap;
use std::sync::Arc;

use samokoder::domain::blueprint::{Blueprint, derive};
use samokoder::domain::path::ProjectPath;
use samokoder::domain::spec::Spec;
use samokoder::spec;
use samokoder::template::{Error, Pack, PlannedSection, Renderer, packs};

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

#[test]
fn the_first_administrator_is_given_values_that_say_nothing() {
    let pack = Pack::embedded("react-hono").unwrap();
    let reading = spec::read("spec.yaml", include_bytes!("../fixtures/specs/account-values.yaml"));
    let (blueprint, problems) = derive(&reading.spec.unwrap(), &pack.manifest().facts());
    assert_eq!(problems, []);
    let files = rendered(pack, &blueprint).into_values().flatten().collect::<BTreeMap<_, _>>();
    let file = &files["src/server/accounts/first-administrator.ts"];
    let (_, values) = file.split_once("accountInput.parse(").unwrap();
    insta::assert_snapshot!(values.split_once(");").unwrap().0);
}

/// Blueprints of every kind of project that asks for features.
fn with_features(pack: &Pack) -> Vec<Blueprint> {
    let rooms = include_bytes!("../fixtures/features/room-booking/spec.yaml");
    let spec = spec::read("spec.yaml", rooms).spec.unwrap();
    let mut without_sign_in = spec.clone();
    without_sign_in.sign_in = None;
    for entity in &mut without_sign_in.entities {
        (entity.read_roles, entity.write_roles) = (None, None);
    }
    let without_entities = Spec { entities: Vec::new(), relations: Vec::new(), ..without_sign_in.clone() };
    [spec, without_sign_in, without_entities]
        .iter()
        .map(|spec| {
            let (blueprint, problems) = derive(spec, &pack.manifest().facts());
            assert_eq!(problems, []);
            assert!(blueprint.has_features);
            blueprint
        })
        .collect()
}

#[test]
fn a_pack_with_places_for_features_says_how_they_are_used() {
    let pack = Pack::embedded("react-hono").unwrap();
    let renderer = Renderer::new(Arc::new(pack.clone())).unwrap();
    for blueprint in with_features(&pack) {
        let guide = renderer.guide(&blueprint).unwrap();
        let words = guide.split_whitespace().count();
        assert!((500..=2650).contains(&words), "the guide has {words} words");
        assert_eq!(guide.contains("beforeWrite"), blueprint.has_entities);
        assert_eq!(guide.contains("requireRole"), blueprint.sign_in);
    }
}

#[test]
fn every_file_of_a_project_with_features_has_a_purpose_and_its_places_are_open() {
    let pack = Pack::embedded("react-hono").unwrap();
    let renderer = Renderer::new(Arc::new(pack.clone())).unwrap();
    for blueprint in with_features(&pack) {
        let plan = renderer.plan(&blueprint).unwrap();
        let paths: Vec<&ProjectPath> = plan.sections().iter().flat_map(PlannedSection::paths).collect();
        assert!(paths.iter().all(|path| pack.purpose(path).is_some()));
        let open = |path: &str| {
            let path = ProjectPath::parse(path).unwrap();
            paths.contains(&&path) && !pack.is_protected(&path)
        };
        assert!(open("src/server/features/index.ts"));
        assert!(open("src/web/features/index.tsx") && open("src/web/features/messages.ts"));
        assert!(!open("package.json") && !open("src/server/app.ts"));
        let test = pack.manifest().feature_tests.as_ref().unwrap().as_str();
        assert!(!pack.is_protected(&ProjectPath::parse(&format!("{test}/x.server.test.ts")).unwrap()));
    }
}

#[test]
fn a_project_says_what_its_server_is_for() {
    let pack = Pack::embedded("react-hono").unwrap();
    for blueprint in with_features(&pack) {
        let files = rendered(pack.clone(), &blueprint).into_values().flatten().collect::<BTreeMap<_, _>>();
        assert_eq!(files["README.md"].contains("any static host"), !blueprint.has_entities);
        assert_eq!(files["src/server/settings.ts"].contains("ADMIN_PASSWORD without ADMIN_LOGIN"), blueprint.sign_in);
    }
}

#[test]
fn a_project_without_features_has_no_places_for_them() {
    let pack = Pack::embedded("react-hono").unwrap();
    let renderer = Renderer::new(Arc::new(pack.clone())).unwrap();
    for mut blueprint in with_features(&pack).into_iter().filter(|blueprint| blueprint.has_entities) {
        blueprint.has_features = false;
        let plan = renderer.plan(&blueprint).unwrap();
        for section in plan.sections() {
            for file in plan.render(&section.id).unwrap() {
                assert!(!file.path.as_str().contains("features"), "{}", file.path);
                let is_about_features = file.content.windows(8).any(|word| word.eq_ignore_ascii_case(b"features"));
                assert!(!is_about_features, "{}", file.path);
            }
        }
    }
}

/// The manifest comes into the project at its delivery, after the project's own checks ran: its format is not theirs.
#[test]
fn the_manifest_of_a_delivery_is_left_out_of_the_projects_own_format_check() {
    let settings = include_str!("../../templates/react-hono/files/biome.json");
    let settings: serde_json::Value = serde_json::from_str(settings).unwrap();
    let included = settings["files"]["includes"].as_array().unwrap();
    assert!(included.contains(&format!("!{}", samokoder::artifact::MANIFEST_NAME).into()), "{included:?}");
}
