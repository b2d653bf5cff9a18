//! What is not kept any more goes, and nothing else does.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use nix::fcntl::{Flock, FlockArg};
use samokoder::{
    domain::{generation::Status, id::GenerationId, spec::Limits, submission::Change},
    store::{Generation, Moved},
};

use super::site::Site;

/// A day of keeping, looked after all the time.
const A_DAY: &str = "[service]\nworkers = 1\n[service.retention]\nevery_seconds = 0.2\nworkspace_days = 1\n\
                     artifact_days = 1\nlog_days = 1\nevent_days = 1\n";

/// Makes all that ended as old as if it had ended two days ago.
const TWO_DAYS_LATER: &str =
    "update generations set finished_at = finished_at - 2 * 86400000 where finished_at is not null";

fn folder(site: &Site, id: &GenerationId) -> PathBuf {
    site.data().join("workspaces").join(id.to_string())
}

fn artifacts(site: &Site, id: &GenerationId) -> usize {
    let folder = site.data().join("storage/artifacts").join(id.to_string());
    std::fs::read_dir(folder)
        .map_or(0, |epochs| epochs.flat_map(|epoch| std::fs::read_dir(epoch.unwrap().path()).unwrap()).count())
}

#[track_caller]
fn wait_for(site: &Site, what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited for {what} in vain\n{}", site.logs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn done(site: &Site) -> (GenerationId, Generation) {
    let generation = site.accept();
    let worker = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&generation, Status::Unverified);
    worker.stop();
    (generation, end)
}

#[test]
fn what_was_deleted_leaves_nothing_behind() {
    let site = Site::new();
    site.configure("[service]\nworkers = 1\n[service.retention]\nevery_seconds = 0.2\n");
    let (deleted, _) = done(&site);
    let (kept, end) = done(&site);
    site.meddle("insert into idempotency select 'a', 'b', 'c', 'd', 'e', 'f', (unixepoch() - 25 * 3600) * 1000");
    site.block_on(site.records().delete(&Site::owner(), &deleted)).unwrap();
    let _worker = site.worker(&[], &[]);
    wait_for(&site, "an empty place", || !folder(&site, &deleted).exists() && artifacts(&site, &deleted) == 0);
    let database = rusqlite::Connection::open(site.data().join("records.db")).unwrap();
    for (table, column) in [("generations", "id"), ("events", "generation"), ("deliveries", "generation")] {
        let count = format!("select count(*) from {table} where {column} = ?1");
        let left = || database.query_row(&count, [deleted.to_string()], |row| row.get::<_, i64>(0)).unwrap();
        wait_for(&site, table, || left() == 0);
    }
    let answers = || database.query_row("select count(*) from idempotency", [], |row| row.get::<_, i64>(0)).unwrap();
    wait_for(&site, "forgotten answers", || answers() == 0);
    // What nobody deleted, and what nobody knows, is as it was.
    assert_eq!(site.bytes_of(&end.artifact.unwrap()), site.generation(&kept).artifact.unwrap().digest);
    assert!(folder(&site, &kept).join("journal").is_dir());
}

#[test]
fn what_ended_is_kept_for_as_long_as_the_operator_says() {
    let site = Site::new();
    let (old, end) = done(&site);
    let (young, _) = done(&site);
    let paused = site.accept();
    site.meddle(TWO_DAYS_LATER);
    site.meddle(&format!("update generations set finished_at = unixepoch() * 1000 where id = '{young}'"));
    // What has not ended is never too old, and what is held is in use.
    site.meddle(&format!(
        "update generations set status = 'paused', run_at = 9e15, finished_at = 1, created_at = 1 where id = '{paused}'"
    ));
    let lock = std::fs::File::open(folder(&site, &old).join("lock")).unwrap();
    let held = Flock::lock(lock, FlockArg::LockExclusive).unwrap();
    site.configure(A_DAY);
    let worker = site.worker(&[], &[]);
    wait_for(&site, "no artifact", || artifacts(&site, &old) == 0);
    wait_for(&site, "the row", || site.generation(&old).expired.workspace);
    std::thread::sleep(Duration::from_millis(600));
    assert!(folder(&site, &old).is_dir(), "somebody holds it");
    drop(held);
    wait_for(&site, "no folder", || !folder(&site, &old).exists());
    wait_for(&site, "one event", || site.events(&old).len() == 1);
    let row = site.generation(&old);
    assert_eq!((row.status, row.expired.artifact, row.expired.logs), (Status::Unverified, true, true));
    assert_eq!(site.events(&old)[0].sequence, end.last_event);
    let change = Change { words: "x".to_owned(), ..Change::default() };
    let asked = site.block_on(site.records().ask_change(&Site::owner(), &old, &change)).unwrap();
    assert!(matches!(asked, Moved::No(_)), "{asked:?}");
    assert_eq!(artifacts(&site, &young), 1);
    assert!(folder(&site, &young).is_dir());
    let row = site.generation(&paused);
    assert_eq!((row.status, row.expired.workspace), (Status::Paused, false));
    assert!(worker.log().contains("cleaned up"), "{}", worker.log());
    let resumed = site.block_on(site.records().resume(&Site::owner(), &paused, &Limits::default())).unwrap();
    assert!(matches!(resumed, Moved::Yes(_)), "{resumed:?}");
}

#[test]
fn what_takes_too_much_room_goes_the_oldest_first() {
    let site = Site::new();
    let all: Vec<(GenerationId, Generation)> = (0..3).map(|_| done(&site)).collect();
    let artifact = all[0].1.artifact.as_ref().unwrap().bytes;
    let (workspaces, most) = (1_000, artifact * 5 / 2);
    site.configure(&format!(
        "[service.retention]\nevery_seconds = 0.2\nartifact_bytes = {most}\nworkspace_bytes = {workspaces}\n"
    ));
    let _worker = site.worker(&["--workers", "1"], &[]);
    wait_for(&site, "no folder", || all.iter().all(|(id, _)| !folder(&site, id).exists()));
    wait_for(&site, "an artifact less", || artifacts(&site, &all[0].0) == 0);
    assert_eq!((artifacts(&site, &all[1].0), artifacts(&site, &all[2].0)), (1, 1));
}
