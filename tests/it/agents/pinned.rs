//! Prompts and packs that change while a generation is under way: it goes on with those that it was started with.

use std::{fs, path::Path};

use samokoder::{
    agents::{Team, Terms},
    pipeline::{self, Delivery, Error, Order, Outcome},
    process::Cancel,
    spec,
    template::Pack,
};

use super::{
    resuming::Stopping,
    rig::{Rig, pack, succeeded},
    script::{CALLS, WORDS, script},
};
use crate::template_support::fixture;

/// Agents whose developer is told something more.
fn team(folder: &Path, mark: &str) -> Team {
    let place = folder.join("developer");
    fs::create_dir_all(&place).unwrap();
    let own = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/developer/system.md")).unwrap();
    fs::write(place.join("system.md"), format!("{own}\n{mark}\n")).unwrap();
    Team::from_dir(folder).unwrap()
}

fn order(rig: &Rig, pack: &Pack) -> Order {
    let spec = spec::read("room.md", WORDS.as_bytes()).spec.unwrap();
    let digest = spec::digest(&spec);
    Order::new(spec, digest, Vec::new(), pack, Delivery { artifact: rig.artifact(), verify: true, with_history: true })
}

/// Works with one team until the first task was asked about; then nothing of it is left but what the workspace holds.
fn half_done(mark: &str) -> Rig {
    let mut rig = Rig::new(Terms::default());
    script(&rig);
    let folder = tempfile::tempdir().unwrap();
    let entered = rig.begin_with("room.md", WORDS, Some(team(folder.path(), mark)));
    let stopping = Stopping { models: &rig.models, after: 4, stop: &rig.stop };
    assert!(matches!(rig.run_with(entered, &stopping), Outcome::Stopped));
    rig.stop = Cancel::new();
    rig
}

fn told(rig: &Rig, mark: &str) -> (usize, usize) {
    let questions = rig.models.questions();
    let developers = questions
        .iter()
        .filter(|question| question.step.as_str().contains("write/") && question.step.as_str().starts_with("code/"));
    let developers: Vec<_> = developers.collect();
    (developers.iter().filter(|question| question.system.contains(mark)).count(), developers.len())
}

#[test]
fn r50_changed_prompts_do_not_reach_a_generation_that_is_under_way() {
    let rig = half_done("Only the first.");
    let folder = tempfile::tempdir().unwrap();
    let changed = team(folder.path(), "Only the second.");
    let pack = pack();
    let entered = pipeline::begin(&rig.workspace(), order(&rig, &pack), pack, Some(changed)).unwrap();
    succeeded(rig.run(entered));
    let (first, all) = told(&rig, "Only the first.");
    assert_eq!((first, all), (3, 3), "every developer is told the same");
    assert_eq!(told(&rig, "Only the second.").0, 0);
    assert_eq!(rig.models.steps().len(), CALLS, "and nothing is asked again");
}

#[test]
fn r50_a_changed_pack_is_refused_and_the_old_one_finishes() {
    let rig = half_done("Only the first.");
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("pack");
    super::rig::copy_folder(&fixture("packs/tiny-features"), &place);
    let index = place.join("files/src/features/index.js");
    let text = fs::read_to_string(&index).unwrap();
    fs::write(&index, format!("// of another version\n{text}")).unwrap();
    let changed = std::sync::Arc::new(Pack::from_dir(&place).unwrap());
    let refused = pipeline::begin(&rig.workspace(), order(&rig, &changed), changed, None).err().unwrap();
    assert!(matches!(refused, Error::OtherSpec { .. }), "{refused}");
    succeeded(rig.run(rig.reopen()));
    assert!(!rig.file("src/features/index.js").unwrap().contains("of another version"));
    assert_eq!(rig.models.steps().len(), CALLS);
}
