//! Workspaces from elsewhere are taken over.

use samokoder::{
    domain::{generation::Status, id::GenerationId, spec::Limits, submission::Change},
    spec,
    store::Moved,
};

use super::site::Site;

const SPEC: &str = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n";
const LARGER: &str = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n      price: decimal\n";

/// A workspace made from the terminal, and the digest of what it delivered.
fn made(site: &Site) -> (String, samokoder::domain::digest::Digest) {
    let (file, zip) = (site.path().join("shop.yaml"), site.path().join("shop.zip"));
    std::fs::write(&file, SPEC).unwrap();
    let folder = site.path().join("elsewhere").display().to_string();
    let (code, out, err) =
        site.command(&["generate", "shop.yaml", "--no-verify", "-o", "shop.zip", "--workspace", &folder]);
    assert_eq!(code, Some(3), "{out}{err}");
    (folder, samokoder::domain::digest::Digest::of(&std::fs::read(zip).unwrap()))
}

fn adopt(site: &Site, folder: &str) -> (Option<i32>, String, String) {
    site.command(&["adopt", folder, "--data", &site.data().display().to_string()])
}

#[test]
fn a_workspace_from_elsewhere_is_delivered_changed_and_known() {
    let site = Site::new();
    let (folder, wanted) = made(&site);
    let (code, out, err) = adopt(&site, &folder);
    assert_eq!(code, Some(0), "{out}{err}");
    let id: GenerationId = out.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(out.trim().split(' ').nth(1), Some("queued"));
    let (code, _, err) = adopt(&site, &folder);
    assert_eq!(code, Some(2), "{err}");
    let _worker = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&id, Status::Unverified);
    assert_eq!(site.bytes_of(&end.artifact.unwrap()), wanted, "it delivers the same again");
    assert!(site.finished_steps(&id).iter().all(|(_, replayed)| *replayed), "{:?}", site.finished_steps(&id));
    let change = Change { spec: spec::read("spec.yaml", LARGER.as_bytes()).spec, ..Change::default() };
    let asked = site.block_on(site.records().ask_change(&Site::owner(), &id, &change)).unwrap();
    assert!(matches!(asked, Moved::Yes(_)), "{asked:?}");
    let changed = site.until(&id, "the change", |now| now.status == Status::Unverified);
    assert_ne!(changed.artifact.unwrap().digest, wanted);
    // The folder that it came from is as it was: it goes on there too.
    assert_eq!(site.command(&["export", &folder, "-o", "again.zip"]).0, Some(0));
}

#[test]
fn one_that_is_not_at_its_end_waits_for_its_owner() {
    let site = Site::new();
    let (folder, wanted) = made(&site);
    // As if it had been killed after some steps: what is not in the journal was not done.
    let journal = std::path::Path::new(&folder).join("journal/00000001.segment");
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() / 2]).unwrap();
    let (code, out, err) = adopt(&site, &folder);
    assert_eq!(code, Some(0), "{out}{err}");
    let id: GenerationId = out.split(' ').next().unwrap().parse().unwrap();
    let row = site.generation(&id);
    assert_eq!((row.status, row.cause.as_deref()), (Status::Paused, Some("adopted")));
    let _worker = site.worker(&["--workers", "1"], &[]);
    let resumed = site.block_on(site.records().resume(&Site::owner(), &id, &Limits::default())).unwrap();
    assert!(matches!(resumed, Moved::Yes(_)), "{resumed:?}");
    let end = site.until_status(&id, Status::Unverified);
    assert_eq!(site.bytes_of(&end.artifact.unwrap()), wanted);
}

#[test]
fn what_is_no_workspace_is_not_taken_over() {
    let site = Site::new();
    let (code, _, err) = adopt(&site, &site.path().display().to_string());
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("is not a workspace"), "{err}");
}

#[test]
fn a_change_that_is_refused_leaves_all_as_it_was() {
    let site = Site::new();
    let id = site.accept();
    let _worker = site.worker(&["--workers", "1"], &[]);
    let before = site.until_status(&id, Status::Unverified);
    // The same spec changes nothing, which only its workspace tells.
    let ask = |text: &str| {
        let change = Change { spec: spec::read("spec.yaml", text.as_bytes()).spec, ..Change::default() };
        let asked = site.block_on(site.records().ask_change(&Site::owner(), &id, &change)).unwrap();
        assert!(matches!(asked, Moved::Yes(_)), "{asked:?}");
    };
    for _ in 0..2 {
        ask(SPEC);
        let after = site.until(&id, "the answer", |now| now.status != Status::Queued && now.status != Status::Running);
        assert_eq!((after.status, after.cause.as_deref()), (Status::Unverified, Some("change_refused")), "{after:?}");
        assert!(after.reason.unwrap().contains("has already"), "the problem is told");
        assert_eq!((&after.artifact, after.wanted.changes.len()), (&before.artifact, 0));
    }
    ask(LARGER);
    let changed =
        site.until(&id, "the change", |now| now.status == Status::Unverified && now.artifact != before.artifact);
    assert_eq!((changed.cause, changed.wanted.changes.len()), (None, 1));
}
