//! Packs made for one test, and what they render.

use std::{collections::BTreeMap, fs, sync::Arc};

use samokoder::{
    domain::blueprint::Blueprint,
    template::{Pack, Renderer},
};

pub(crate) use super::template_support::blueprint;
use super::template_support::fixture;

/// Text of each file of a project, by path.
pub(crate) type Files = BTreeMap<String, String>;

/// A pack of one section that holds these files.
pub(crate) fn pack(files: &[(String, &str)]) -> Arc<Pack> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join("files").join(name), text).unwrap();
    }
    let manifest = fs::read_to_string(fixture("packs/tiny/template.toml")).unwrap();
    let (head, tail) = manifest.split_once("[[sections]]").unwrap();
    let (_, tail) = tail.split_once("[commands.fetch]").unwrap();
    let section = "[[sections]]\nid = \"all\"\ntitle = \"All\"\nwhy = \"All.\"\nfiles = [\"**\"]\n\n[commands.fetch]";
    let manifest = format!("{head}{section}{tail}").replace("executable = [\"scripts/*\"]\n", "");
    fs::write(folder.path().join("template.toml"), manifest).unwrap();
    Arc::new(Pack::from_dir(folder.path()).unwrap())
}

/// Everything that a pack renders for a blueprint.
pub(crate) fn rendered(pack: &Arc<Pack>, blueprint: &Blueprint) -> Files {
    let renderer = Renderer::new(Arc::clone(pack)).unwrap();
    let files = renderer.plan(blueprint).unwrap().render("all").unwrap();
    files.into_iter().map(|file| (file.path.to_string(), String::from_utf8(file.content).unwrap())).collect()
}
