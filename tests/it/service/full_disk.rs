//! A disk without room: nothing is promised that cannot be kept, and all goes on when there is room again.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use samokoder::domain::generation::Status;

use super::site::{Process, Site};

const SPEC: &str = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n";

/// Takes all room of a disk; gives the file that does.
fn fill(process: &Process, disk: &Path) -> PathBuf {
    let path = process.sees(disk).join("filler");
    let mut file = std::fs::File::create(&path).unwrap();
    for piece in [64 * 1024, 4096] {
        while file.write_all(&vec![1; piece]).is_ok() {}
    }
    path
}

#[track_caller]
fn said(site: &Site, file: &str, start: &str) -> String {
    let began = Instant::now();
    loop {
        let text = std::fs::read_to_string(site.path().join(file)).unwrap_or_default();
        // A whole line: the rest of one that is being written may be missing.
        let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        if let Some(word) = lines.flat_map(str::split_whitespace).find(|word| word.starts_with(start)) {
            return word.to_owned();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "no {start} in {file}: {text}\n{}", site.logs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn wait_for_mount(process: &Process, disk: &Path, site: &Site) {
    let began = Instant::now();
    let device = |path: &Path| std::fs::metadata(path).map(|found| std::os::unix::fs::MetadataExt::dev(&found)).ok();
    while device(&process.sees(disk)).is_none_or(|found| Some(found) == device(disk)) {
        assert!(began.elapsed() < Duration::from_secs(30), "no small disk could be made\n{}", site.logs());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn r28_without_room_nothing_is_accepted_and_with_room_all_is_again() {
    let site = Site::new();
    let disk = site.path().join("small");
    let data = disk.display().to_string();
    let serving = ["serve", "--workers", "0", "--listen", "127.0.0.1:0", "--data", &data];
    let process = site.start_with_small_disk(&disk, "1m", &serving, "");
    let key = said(&site, "small.out", "samokoder_");
    let address = said(&site, "small.log", "http://127.0.0.1:");
    let submit = || {
        // There is one for the process; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        site.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = client.post(format!("{address}/v1/generations")).bearer_auth(&key);
            let answer = request.header("content-type", "application/yaml").body(SPEC).send().await.unwrap();
            let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
            (answer.status().as_u16(), kind)
        })
    };
    assert_eq!(submit().0, 202);
    let filler = fill(&process, &disk);
    // What has a place already may still be written to.
    let answers: Vec<_> = (0..20).map(|_| submit()).collect();
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 202).collect();
    assert!(!refused.is_empty(), "{answers:?}");
    for (status, kind) in &refused {
        assert!(matches!(status, 503 | 507), "{answers:?}");
        assert_eq!(kind, "application/problem+json");
    }
    let accepted = 1 + answers.len() - refused.len();
    std::fs::remove_file(filler).unwrap();
    assert_eq!(submit().0, 202, "{}", site.logs());
    let listed = site.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.get(format!("{address}/v1/generations?limit=200")).bearer_auth(&key);
        request.send().await.unwrap().text().await.unwrap()
    });
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let count = listed["items"].as_array().unwrap().len();
    assert_eq!(count, accepted + 1, "what was accepted is there, and nothing else");
}

/// A generation loses the room for one of the folders that it is made in, and gets it back.
fn loses_room(folder: &str, size: &str) {
    let site = Site::new();
    let wanted = {
        let undisturbed = site.accept();
        let worker = site.worker(&["--workers", "1"], &[]);
        let end = site.until_status(&undisturbed, Status::Unverified);
        worker.stop();
        end.artifact.unwrap().digest
    };
    let disk = site.data().join(folder);
    let data = site.data().display().to_string();
    let working = ["worker", "--workers", "1", "--data", &data];
    let process = site.start_with_small_disk(&disk, size, &working, "slow:200");
    wait_for_mount(&process, &disk, &site);
    let generation = site.accept();
    site.until_steps(&generation, 2);
    let filler = fill(&process, &disk);
    let paused = site.until_status(&generation, Status::Paused);
    assert_eq!(paused.cause.as_deref(), Some("storage_full"), "{paused:?}");
    std::fs::remove_file(filler).unwrap();
    let end = site.until_status(&generation, Status::Unverified);
    assert_eq!(end.artifact.unwrap().digest, wanted);
    let mut steps: Vec<String> = site.finished_steps(&generation).into_iter().map(|(step, _)| step).collect();
    let count = steps.len();
    steps.sort();
    steps.dedup();
    assert_eq!(steps.len(), count, "no step was done twice");
}

#[test]
fn r29_a_workspace_without_room_goes_on_when_there_is_some() {
    loses_room("workspaces", "16m");
}

#[test]
fn r29_an_artifact_without_room_is_kept_when_there_is_some() {
    loses_room("storage", "1m");
}
