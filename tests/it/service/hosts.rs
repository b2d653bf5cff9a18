//! Workers on several hosts, over real servers: PostgreSQL, Redis, and an S3-compatible store.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use samokoder::{
    api::service::{KeptWorkspaces, Workspaces as _},
    domain::{digest::Digest, generation::Status, id::GenerationId},
    queue::{Doorbell as _, Queue},
    storage::Storage,
};

use super::{
    redis::Redis,
    site::{Process, Site},
};
use crate::servers::{Postgres, S3};

const LEASE: Duration = Duration::from_secs(3);
/// Generations that two hosts race for; `scripts/crash-service hosts` has them race for 200.
const RACED: usize = 24;
/// What a takeover may take beyond the lease.
const TAKEOVER: Duration = Duration::from_secs(5);
const SLOW: (&str, &str) = ("SAMOKODER_FAULT", "slow:250");
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "tester"), ("AWS_SECRET_ACCESS_KEY", "tester")];

/// The servers that hosts share.
struct Centre {
    postgres: Postgres,
    redis: Redis,
    s3: Option<S3>,
    database: String,
}

impl Centre {
    fn start() -> Self {
        let postgres = Postgres::start();
        let database = postgres.database();
        Self { postgres, redis: Redis::start(), s3: None, database }
    }

    /// With a store that keeps the workspaces.
    fn with_storage() -> Self {
        let centre = Self::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let s3 = runtime.block_on(S3::start());
        Self { s3: Some(s3), ..centre }
    }

    /// One more host.
    fn host(&self) -> Site {
        let site = Site::sharing(&self.database);
        let (database, queue) = (&self.database, self.redis.url());
        let mut text = format!("[service]\ndatabase = \"{database}\"\nqueue = \"{queue}\"\nlease_seconds = 3\n");
        if let Some(s3) = &self.s3 {
            let endpoint = s3.endpoint();
            text +=
                &format!("[service.storage]\nbucket = \"samokoder\"\nendpoint = \"{endpoint}\"\nallow_http = true\n");
        }
        site.configure(&text);
        site
    }
}

/// An API that runs, and the key to it.
struct Served {
    _process: Process,
    address: String,
    key: String,
    client: reqwest::Client,
}

impl Served {
    fn start(site: &Site, workers: &str, environment: &[(&str, &str)]) -> Self {
        let process = site.start("serve", &["--listen", "127.0.0.1:0", "--workers", workers], environment);
        let log = site.until_said(&process, "listening on http://");
        let address = log.split("listening on ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let printed = site.printed("serve");
        let key = printed.split_whitespace().find(|word| word.starts_with("samokoder_")).unwrap().to_owned();
        // Refused only when another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { _process: process, address, key, client: reqwest::Client::new() }
    }

    /// What a request is answered, and after how long.
    fn ask(&self, site: &Site, method: reqwest::Method, path: &str, body: &str) -> (reqwest::Response, Duration) {
        let request = self.client.request(method, format!("{}{path}", self.address)).bearer_auth(&self.key);
        let request = request.header("content-type", "application/yaml").body(body.to_owned());
        let began = Instant::now();
        (site.block_on(async { request.send().await.unwrap() }), began.elapsed())
    }
}

fn worker(site: &Site, places: &str, more: &[(&str, &str)]) -> Process {
    site.worker(&["--workers", places], &[&KEYS, more].concat())
}

fn digest(site: &Site, id: &GenerationId) -> Digest {
    site.generation(id).artifact.unwrap().digest
}

#[test]
fn r25_two_hosts_that_race_deliver_each_once() {
    let centre = Centre::start();
    let hosts = [centre.host(), centre.host()];
    let handed: Vec<GenerationId> = (0..RACED).map(|_| hosts[0].accept()).collect();
    let workers = hosts.each_ref().map(|host| worker(host, "2", &[]));
    let mut digests = Vec::new();
    for id in &handed {
        let end = hosts[0].until_status(id, Status::Unverified);
        assert_eq!(end.epoch, 1, "nobody took it from another");
        let steps = hosts[0].finished_steps(id);
        let keys: std::collections::HashSet<&String> = steps.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), steps.len(), "each step was told of once");
        digests.push(end.artifact.unwrap().digest);
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "all have the same bytes");
    for (host, worker) in hosts.iter().zip(workers) {
        assert_eq!(worker.stop().0, Some(0));
        let made = std::fs::read_dir(host.data().join("workspaces")).unwrap().count();
        assert!(made > 1, "each host had its part of the work");
    }
}

#[test]
fn r24_another_host_goes_on_where_one_was_killed_or_frozen() {
    let centre = Centre::with_storage();
    let (first, second) = (centre.host(), centre.host());
    let undisturbed = first.accept();
    let before = worker(&first, "1", &[]);
    first.until_status(&undisturbed, Status::Unverified);
    let wanted = digest(&first, &undisturbed);
    assert_eq!(before.stop().0, Some(0));
    for signal in [Signal::SIGKILL, Signal::SIGSTOP] {
        let id = first.accept();
        let dying = worker(&first, "1", &[SLOW]);
        first.until_steps(&id, 4);
        dying.signal(signal);
        let (began, told) = (Instant::now(), first.finished_steps(&id).len());
        let following = worker(&second, "1", &[]);
        first.until_steps(&id, told + 1);
        assert!(began.elapsed() <= LEASE + TAKEOVER, "{:?}", began.elapsed());
        let end = first.until_status(&id, Status::Unverified);
        assert_eq!((end.epoch, &end.artifact.as_ref().unwrap().digest), (2, &wanted));
        let events = first.events(&id).len();
        if signal == Signal::SIGSTOP {
            dying.signal(Signal::SIGCONT);
            std::thread::sleep(LEASE);
            assert_eq!(first.generation(&id), end, "the frozen one changed nothing when it woke");
            assert_eq!(first.events(&id).len(), events);
        }
        assert_eq!(following.stop().0, Some(0));
    }
}

#[test]
fn a_database_that_was_killed_in_mid_work_loses_nothing() {
    let mut centre = Centre::start();
    let host = centre.host();
    let undisturbed = host.accept();
    let _worker = worker(&host, "2", &[("SAMOKODER_FAULT", "slow:60")]);
    host.until_status(&undisturbed, Status::Unverified);
    let handed: Vec<GenerationId> = (0..4).map(|_| host.accept()).collect();
    host.until_steps(&handed[0], 3);
    let served = Served::start(&host, "0", &KEYS);
    centre.postgres.kill();
    let path = format!("/v1/generations/{}", handed[0]);
    let (answer, took) = served.ask(&host, reqwest::Method::GET, &path, "");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(answer.status().as_u16(), 503);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    centre.postgres.restart();
    for id in &handed {
        // The records of the test itself have to find the database again, too.
        while host.block_on(host.records().generation(&Site::owner(), id)).is_err() {
            std::thread::sleep(Duration::from_millis(100));
        }
        host.until_status(id, Status::Unverified);
        assert_eq!(digest(&host, id), digest(&host, &undisturbed));
        let numbers: Vec<i64> = host.events(id).iter().map(|told| told.sequence).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }
}

#[test]
fn a_workspace_that_only_one_host_has_is_left_to_that_host() {
    let centre = Centre::start();
    let (first, second) = (centre.host(), centre.host());
    let id = first.accept();
    let dying = worker(&first, "1", &[SLOW]);
    first.until_steps(&id, 4);
    dying.kill();
    let other = worker(&second, "1", &[]);
    std::thread::sleep(LEASE + Duration::from_secs(3));
    assert_eq!(first.generation(&id).epoch, 1, "nobody without the workspace claimed it");
    let elsewhere = second.accept();
    second.until_status(&elsewhere, Status::Unverified);
    let told = first.finished_steps(&id).len();
    let _again = worker(&first, "1", &[]);
    let end = first.until_status(&id, Status::Unverified);
    assert_eq!(end.epoch, 2);
    let replayed = first.finished_steps(&id).iter().skip(told).filter(|(_, is_replayed)| *is_replayed).count();
    assert!(replayed <= 1, "what was done was not done again: {:?}", first.finished_steps(&id));
    drop(other);
}

#[test]
fn r36_r37_r38_redis_that_dies_is_emptied_or_freezes_costs_time_alone() {
    let mut redis = Redis::start();
    let site = Site::new();
    site.configure(&format!("[service]\nqueue = \"{}\"\n", redis.url()));
    let served = Served::start(&site, "2", &[("SAMOKODER_FAULT", "slow:30")]);
    let spec = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n";
    let hand_in = || {
        let (answer, took) = served.ask(&site, reqwest::Method::POST, "/v1/generations?verify=false", spec);
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert_eq!(answer.status().as_u16(), 202);
        let accepted: serde_json::Value = serde_json::from_str(&site.block_on(answer.text()).unwrap()).unwrap();
        accepted["id"].as_str().unwrap().parse::<GenerationId>().unwrap()
    };
    let mut handed = vec![hand_in()];
    site.until_steps(&handed[0], 2);
    redis.kill();
    handed.push(hand_in());
    redis.begin();
    handed.push(hand_in());
    redis.command("FLUSHALL");
    handed.push(hand_in());
    redis.signal(Signal::SIGSTOP);
    handed.push(hand_in());
    for id in &handed {
        site.until_status(id, Status::Unverified);
    }
    redis.signal(Signal::SIGCONT);
    handed.push(hand_in());
    site.until_status(&handed[5], Status::Unverified);
}

#[test]
fn a_cancel_by_way_of_another_process_is_heard_within_a_second() {
    let site = Site::new();
    let id = site.accept();
    let _worker = site.worker(&["--workers", "1"], &[("SAMOKODER_FAULT", "slow:40")]);
    site.until_steps(&id, 2);
    let began = Instant::now();
    site.block_on(site.records().cancel(&Site::owner(), &id)).unwrap();
    site.until_status(&id, Status::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn what_a_killed_worker_had_on_its_way_is_removed_by_the_next() {
    let site = Site::new();
    let id = site.accept();
    let dying = site.worker(&["--workers", "1"], &[SLOW]);
    site.until_steps(&id, 3);
    dying.kill();
    let deliveries = site.data().join("deliveries");
    assert_eq!(std::fs::read_dir(&deliveries).unwrap().count(), 1);
    let next = site.worker(&["--workers", "1"], &[]);
    site.until_status(&id, Status::Unverified);
    assert_eq!(next.stop().0, Some(0));
    let left = std::fs::read_dir(&deliveries).unwrap().flat_map(|own| std::fs::read_dir(own.unwrap().path()).unwrap());
    assert_eq!(left.count(), 0);
}

#[test]
fn a_kept_workspace_is_looked_at_on_a_host_that_never_had_it() {
    let site = Site::new();
    site.configure("[service.storage]\nkeep_workspaces = true\n");
    let id = site.accept();
    let worker = site.worker(&["--workers", "1"], &[]);
    let end = site.until_status(&id, Status::Unverified);
    assert_eq!(worker.stop().0, Some(0));
    let storage = Storage::in_folder(&site.data().join("storage")).unwrap();
    let elsewhere = site.path().join("elsewhere");
    let kept = KeptWorkspaces::new(elsewhere.join("workspaces"), elsewhere.join("brought"), storage);
    let folder = site.block_on(kept.folder(&end)).unwrap().unwrap();
    let view = samokoder::workspace::View::open(&folder).unwrap().unwrap();
    assert!(view.files(&view.head().unwrap()).unwrap().len() > 10);
    let here = site.data().join("workspaces");
    let storage = Storage::in_folder(&site.data().join("storage")).unwrap();
    let kept = KeptWorkspaces::new(here.clone(), elsewhere.join("brought"), storage);
    let folder = site.block_on(kept.folder(&end)).unwrap().unwrap();
    assert_eq!(folder, here.join(format!("{id}.1")), "where it is here, nothing is brought");
}

#[test]
fn redis_keeps_no_names_of_bells_that_were_heard() {
    let redis = Redis::start();
    let site = Site::new();
    site.configure(&format!("[service]\nqueue = \"{}\"\n", redis.url()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let stop = samokoder::process::Cancel::new();
    let queue = {
        let _inside = runtime.enter();
        std::sync::Arc::new(Queue::in_redis(&redis.url()).unwrap())
    };
    for _ in 0..20 {
        queue.bell().ring(&GenerationId::mint());
    }
    let (pushing, until) = (std::sync::Arc::clone(&queue), stop.clone());
    runtime.spawn(async move { pushing.push(&until).await });
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let mut count = |key: &str| redis::cmd("SCARD").arg(key).query::<i64>(&mut connection).unwrap();
    let heard = |count: &mut dyn FnMut(&str) -> i64| count("samokoder-bells:done");
    let began = Instant::now();
    // All but those that were heard since are gone at the first look, a second after the listener began.
    let _worker = site.worker(&["--workers", "1"], &[]);
    let mut most = 0;
    while most == 0 || heard(&mut count) > 0 {
        most = most.max(heard(&mut count));
        assert!(began.elapsed() < Duration::from_secs(90), "{most} names were kept");
        std::thread::sleep(Duration::from_millis(20));
    }
    stop.cancel();
}
