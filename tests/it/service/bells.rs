//! The doorbell over both of apalis' queues, and the traps of apalis that it must not fall into.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use nix::sys::signal::Signal;
use samokoder::{
    domain::id::{GenerationId, HolderId},
    process::Cancel,
    queue::{Doorbell as _, Listener, Queue},
};
use tokio::{runtime::Runtime, task::JoinSet, time::sleep};

use super::redis::Redis;

/// Well under a sign of life, 10 s, which is how long apalis waits by itself.
const SOON: Duration = Duration::from_secs(3);

/// Hears, and takes its time.
struct Hearer {
    heard: Mutex<Vec<GenerationId>>,
    takes: Duration,
    /// Whether it keeps its thread meanwhile.
    blocks: bool,
}

impl Hearer {
    fn new(takes: Duration, blocks: bool) -> Arc<Self> {
        Arc::new(Self { heard: Mutex::default(), takes, blocks })
    }

    fn heard(&self) -> Vec<GenerationId> {
        self.heard.lock().unwrap().clone()
    }
}

impl Listener for Hearer {
    fn hear(&self, generation: GenerationId) -> BoxFuture<'_, ()> {
        self.heard.lock().unwrap().push(generation);
        Box::pin(async move {
            if self.blocks {
                std::thread::sleep(self.takes);
            } else {
                sleep(self.takes).await;
            }
        })
    }
}

/// Where a queue is.
enum Where<'a> {
    File(&'a Path),
    Redis(&'a Redis),
}

/// Processes that share a queue, each with its own connections.
struct Town {
    runtime: Runtime,
    tasks: JoinSet<()>,
    stop: Cancel,
}

impl Town {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        Self { runtime, tasks: JoinSet::new(), stop: Cancel::new() }
    }

    fn queue(&self, place: &Where<'_>, heartbeat: Duration) -> Arc<Queue> {
        let queue = match place {
            Where::File(folder) => self.runtime.block_on(Queue::in_file(&folder.join("queue.db"))).unwrap(),
            Where::Redis(redis) => {
                let _inside = self.runtime.enter();
                Queue::in_redis(&redis.url()).unwrap()
            }
        };
        Arc::new(queue.with_heartbeat(heartbeat))
    }

    /// A process that rings.
    fn ringer(&mut self, place: &Where<'_>) -> Arc<Queue> {
        let queue = self.queue(place, Duration::from_secs(10));
        let (pushing, stop) = (Arc::clone(&queue), self.stop.clone());
        self.tasks.spawn_on(async move { pushing.push(&stop).await }, self.runtime.handle());
        queue
    }

    /// A process that hears.
    fn hearer(&mut self, place: &Where<'_>, heartbeat: Duration, hearer: &Arc<Hearer>) {
        let queue = self.queue(place, heartbeat);
        let (stop, hearer) = (self.stop.clone(), Arc::clone(hearer));
        let holder = HolderId::mint();
        self.tasks.spawn_on(async move { queue.listen(&holder, hearer, &stop).await }, self.runtime.handle());
    }
}

#[track_caller]
fn until(what: &str, within: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < within, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn on_both(test: impl Fn(&Where<'_>)) {
    let folder = tempfile::Builder::new().prefix("bells-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    test(&Where::File(folder.path()));
    let redis = Redis::start();
    test(&Where::Redis(&redis));
}

#[test]
fn an_idle_listener_hears_at_once() {
    on_both(|place| {
        let (mut town, hearer) = (Town::new(), Hearer::new(Duration::ZERO, false));
        town.hearer(place, Duration::from_secs(10), &hearer);
        let queue = town.ringer(place);
        for _ in 0..2 {
            std::thread::sleep(Duration::from_secs(1));
            let generation = GenerationId::mint();
            queue.bell().ring(&generation);
            until("the bell", SOON, || hearer.heard().contains(&generation));
        }
    });
}

#[test]
fn one_bell_at_a_time_is_taken_so_that_others_hear_the_rest() {
    on_both(|place| {
        let (mut town, busy) = (Town::new(), Hearer::new(Duration::from_secs(60), false));
        town.hearer(place, Duration::from_secs(10), &busy);
        let queue = town.ringer(place);
        queue.bell().ring(&GenerationId::mint());
        until("the first bell", SOON, || busy.heard().len() == 1);
        let generations: Vec<_> = (0..3).map(|_| GenerationId::mint()).collect();
        generations.iter().for_each(|generation| queue.bell().ring(generation));
        std::thread::sleep(Duration::from_secs(1));
        let idle = Hearer::new(Duration::ZERO, false);
        town.hearer(place, Duration::from_secs(10), &idle);
        // One that the first fetched and could not hear yet may stay with it.
        until("the rest", SOON, || idle.heard().len() >= 2);
        assert_eq!(busy.heard().len(), 1);
    });
}

#[test]
fn a_listener_that_blocks_its_thread_keeps_its_bell() {
    on_both(|place| {
        let (mut town, slow) = (Town::new(), Hearer::new(Duration::from_secs(10), true));
        let other = Hearer::new(Duration::ZERO, false);
        let heartbeat = Duration::from_secs(1);
        town.hearer(place, heartbeat, &slow);
        let queue = town.ringer(place);
        queue.bell().ring(&GenerationId::mint());
        until("the bell", SOON, || slow.heard().len() == 1);
        town.hearer(place, heartbeat, &other);
        // Three signs of life are missed after 3 s; then a listener counts as dead, and his bell rings elsewhere.
        std::thread::sleep(Duration::from_secs(7));
        assert_eq!((slow.heard().len(), other.heard().len()), (1, 0));
    });
}

#[test]
fn a_queue_that_fails_is_listened_to_again_under_a_new_name() {
    let redis = Redis::start();
    let place = Where::Redis(&redis);
    let (mut town, hearer) = (Town::new(), Hearer::new(Duration::ZERO, false));
    town.hearer(&place, Duration::from_secs(10), &hearer);
    let queue = town.ringer(&place);
    queue.bell().ring(&GenerationId::mint());
    until("the first bell", SOON, || hearer.heard().len() == 1);
    // Longer than an answer may take; the name of before is registered still when the queue answers again.
    redis.signal(Signal::SIGSTOP);
    std::thread::sleep(Duration::from_secs(7));
    redis.signal(Signal::SIGCONT);
    let began = Instant::now();
    until("a bell after it", Duration::from_secs(10), || {
        queue.bell().ring(&GenerationId::mint());
        std::thread::sleep(Duration::from_millis(300));
        hearer.heard().len() > 1
    });
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_queue_that_was_killed_or_emptied_is_heard_again() {
    let mut redis = Redis::start();
    let (mut town, hearer) = (Town::new(), Hearer::new(Duration::ZERO, false));
    town.hearer(&Where::Redis(&redis), Duration::from_secs(10), &hearer);
    let queue = town.ringer(&Where::Redis(&redis));
    let heard_again = |count: usize| {
        until("a bell", Duration::from_secs(15), || {
            queue.bell().ring(&GenerationId::mint());
            std::thread::sleep(Duration::from_millis(300));
            hearer.heard().len() > count
        });
    };
    heard_again(0);
    redis.kill();
    std::thread::sleep(Duration::from_secs(1));
    // Nobody waits for a queue that is away.
    let began = Instant::now();
    (0..5_000).for_each(|_| queue.bell().ring(&GenerationId::mint()));
    assert!(began.elapsed() < Duration::from_secs(1));
    redis.begin();
    heard_again(hearer.heard().len());
    redis.command("FLUSHALL");
    heard_again(hearer.heard().len());
}

#[test]
fn a_queue_file_that_cannot_be_read_is_made_anew() {
    let folder = tempfile::Builder::new().prefix("bells-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(folder.path().join("queue.db"), "what a power cut left of a file without syncs".repeat(100))
        .unwrap();
    let place = Where::File(folder.path());
    let (mut town, hearer) = (Town::new(), Hearer::new(Duration::ZERO, false));
    town.hearer(&place, Duration::from_secs(10), &hearer);
    town.ringer(&place).bell().ring(&GenerationId::mint());
    until("the bell", SOON, || hearer.heard().len() == 1);
}
