//! What workers do with what was accepted.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use samokoder::{
    domain::{digest::Digest, generation::Status, id::GenerationId, spec::Limits},
    store::Moved,
};

use super::{redis::Redis, site::Site};

/// Each step takes so long that a process can be killed in the middle.
const SLOW: [(&str, &str); 1] = [("SAMOKODER_FAULT", "slow:250")];
/// A short lease, so that nobody waits for half a minute.
const LEASE: &str = "[service]\nlease_seconds = 3\n";

/// The digest of what an undisturbed run delivers.
fn undisturbed(site: &Site) -> Digest {
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&generation, Status::Unverified);
    assert_eq!(worker.stop().0, Some(0));
    end.artifact.unwrap().digest
}

#[test]
fn what_was_accepted_is_delivered() {
    let site = Site::new();
    let generation = site.accept();
    let worker = site.worker(&["--workers", "2"], &[]);
    let end = site.until_status(&generation, Status::Unverified);
    let kept = end.artifact.unwrap();
    assert_eq!(kept.name, "shop.zip");
    assert_eq!(site.bytes_of(&kept), kept.digest);
    let report = end.report.unwrap();
    assert!(!report.contains(site.path().to_str().unwrap()), "{report}");
    let events = site.events(&generation);
    let numbers: Vec<i64> = events.iter().map(|told| told.sequence).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    let told = serde_json::to_string(&events.iter().map(|told| &told.event).collect::<Vec<_>>()).unwrap();
    assert!(!told.contains(site.path().to_str().unwrap()), "{told}");
    assert_eq!(worker.stop().0, Some(0));
}

#[test]
fn a_worker_that_was_killed_is_followed_by_one_that_goes_on() {
    let site = Site::new();
    let wanted = undisturbed(&site);
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &SLOW);
    site.until_steps(&generation, 3);
    worker.kill();
    let before = site.finished_steps(&generation).len();
    let began = Instant::now();
    let worker = site.worker(&["--workers", "1"], &SLOW);
    site.until_steps(&generation, before + 1);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let end = site.until_status(&generation, Status::Unverified);
    assert_eq!(end.artifact.unwrap().digest, wanted);
    assert_eq!(end.epoch, 2);
    let mut steps: Vec<String> = site.finished_steps(&generation).into_iter().map(|(step, _)| step).collect();
    let count = steps.len();
    steps.sort();
    steps.dedup();
    assert_eq!(steps.len(), count, "no step was told of twice");
    drop(worker);
}

#[test]
fn what_kills_its_worker_again_and_again_is_retired() {
    let site = Site::new();
    let poison = site.accept();
    for _ in 0..3 {
        site.worker(&["--workers", "1"], &[("SAMOKODER_FAULT", "abort:analyze/spec")]).wait();
    }
    let _worker = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&poison, Status::Failed);
    assert_eq!(end.cause.as_deref(), Some("worker_died_repeatedly"));
    // It goes on when its owner says so.
    site.block_on(site.records().resume(&Site::owner(), &poison, &Limits::default())).unwrap();
    site.until_status(&poison, Status::Unverified);
}

#[test]
fn a_panic_fails_one_generation_and_no_other() {
    let site = Site::new();
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &[("SAMOKODER_FAULT", "panic:code/schemas")]);
    let end = site.until_status(&generation, Status::Failed);
    assert_eq!(end.cause.as_deref(), Some("program_error"));
    assert_eq!(worker.stop().0, Some(0), "the process lives on");
}

#[test]
fn what_is_cancelled_ends_at_a_recorded_point_and_can_be_resumed() {
    let site = Site::new();
    let generation = site.accept();
    let _worker = site.worker(&["--workers", "1"], &SLOW);
    site.until_steps(&generation, 2);
    let moved = site.block_on(site.records().cancel(&Site::owner(), &generation)).unwrap();
    assert!(matches!(moved, Moved::Yes(_)));
    let began = Instant::now();
    site.until_status(&generation, Status::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let resumed = site.block_on(site.records().resume(&Site::owner(), &generation, &Limits::default())).unwrap();
    assert!(matches!(resumed, Moved::Yes(_)));
    site.until_status(&generation, Status::Unverified);
}

#[test]
fn a_worker_that_is_told_to_stop_gives_its_work_back() {
    let site = Site::new();
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &SLOW);
    site.until_steps(&generation, 2);
    let (code, took) = worker.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let left = site.generation(&generation);
    assert_eq!((left.status, left.claims, left.holder), (Status::Queued, 0, None));
    let _worker = site.worker(&["--workers", "1"], &[]);
    site.until_status(&generation, Status::Unverified);
}

#[test]
fn a_step_that_takes_longer_than_the_grace_does_not_keep_a_worker() {
    let site = Site::new();
    site.configure("[service]\ngrace_seconds = 1\n");
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &[("SAMOKODER_FAULT", "slow:20000")]);
    site.until(&generation, "a claim", |generation| generation.status == Status::Running);
    std::thread::sleep(Duration::from_millis(500));
    let (code, took) = worker.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_worker_that_was_frozen_changes_nothing_when_it_wakes() {
    let site = Site::new();
    let wanted = undisturbed(&site);
    site.configure(LEASE);
    let generation = site.accept();
    let frozen = site.worker(&["--workers", "1"], &SLOW);
    site.until_steps(&generation, 3);
    frozen.signal(Signal::SIGSTOP);
    let second = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&generation, Status::Unverified);
    assert_eq!(end.artifact.as_ref().unwrap().digest, wanted);
    assert_eq!(end.epoch, 2);
    let events = site.events(&generation).len();
    frozen.signal(Signal::SIGCONT);
    std::thread::sleep(Duration::from_secs(3));
    let after = site.generation(&generation);
    assert_eq!((after.status, &after.artifact, after.epoch), (end.status, &end.artifact, end.epoch));
    assert_eq!(site.events(&generation).len(), events);
    // It works on what comes next.
    drop(second);
    let next: GenerationId = site.accept();
    site.until_status(&next, Status::Unverified);
}

#[test]
fn what_is_accepted_while_redis_is_away_is_delivered() {
    let mut redis = Redis::absent();
    let site = Site::new();
    site.configure(&format!("[service]\nqueue = \"{}\"\n", redis.url()));
    let worker = site.worker(&["--workers", "1"], &[]);
    let first = site.accept();
    site.until_status(&first, Status::Unverified);
    redis.begin();
    let second = site.accept();
    site.until_status(&second, Status::Unverified);
    redis.command("FLUSHALL");
    redis.kill();
    let third = site.accept();
    site.until_status(&third, Status::Unverified);
    assert_eq!(worker.stop().0, Some(0));
}

#[test]
fn a_workspace_that_is_kept_in_the_storage_outlives_its_host() {
    let site = Site::new();
    let wanted = undisturbed(&site);
    site.configure("[service]\nlease_seconds = 3\n[service.storage]\nkeep_workspaces = true\n");
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &SLOW);
    site.until_steps(&generation, 4);
    worker.kill();
    // As if the next worker were another host's: nothing is there but records and storage.
    for folder in ["workspaces", "holders", "deliveries"] {
        std::fs::remove_dir_all(site.data().join(folder)).unwrap();
    }
    let _worker = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&generation, Status::Unverified);
    assert_eq!(end.artifact.unwrap().digest, wanted);
    let replayed = site.finished_steps(&generation).iter().filter(|(_, replayed)| *replayed).count();
    assert!(replayed <= 1, "what was told is not done again: {:?}", site.finished_steps(&generation));
    assert_eq!(end.epoch, 2);
}

#[test]
fn secrets_in_addresses_are_never_shown() {
    let site = Site::new();
    site.configure("[service]\ndatabase = \"mysql://user:hunter2@db/x\"\nqueue = \"redis://:hunter3@127.0.0.1:1\"\n");
    site.worker(&[], &[]).wait();
    let logs = site.logs();
    assert!(logs.contains("config.toml:2:12"), "{logs}");
    site.configure("[service]\nworkers = 1\n");
    let environment = [
        ("SAMOKODER_DATABASE_URL", "postgres://user:hunter2@127.0.0.1:1/x"),
        ("SAMOKODER_QUEUE_URL", "redis://:hunter3@127.0.0.1:1"),
    ];
    site.worker(&[], &environment).wait();
    let logs = site.logs();
    assert!(!logs.contains("hunter"), "{logs}");
}
