//! A provider that fails is left alone, and nobody else pays for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use samokoder::router::{
    Answer, Error,
    call::{Call, Caller, Wanted},
    failure::FailureClass,
    secret::Secret,
};
use tokio::sync::Notify;

use super::{
    rig::{Plan, Rig, attempts_of, call, in_short, rig, streamed},
    scripted_server::{Act, ScriptedServer, completion, error, stream, stream_head, text_event},
};

async fn ask_many(rig: &Rig, times: usize) {
    for answer in join_all((0..times).map(|_| rig.complete())).await {
        assert_eq!(answer.unwrap().account.provider, "second");
    }
}

/// The dead primary of the issue: five failures, then one probe a minute at most, whoever asks.
#[tokio::test]
async fn a_dead_primary_sees_one_probe_a_minute() {
    let dead = ScriptedServer::always(error(500, &[], "broken")).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = rig(&[&dead, &healthy]);
    for expected in 1..=5 {
        ask_many(&rig, 1).await;
        assert_eq!(dead.requests(), expected);
    }
    ask_many(&rig, 20).await;
    assert_eq!(dead.requests(), 5, "it is left alone");
    for minute in 1..=3 {
        rig.clock.advance(Duration::from_millis(59_999));
        ask_many(&rig, 5).await;
        assert_eq!(dead.requests(), 4 + minute, "not before the minute is over");
        rig.clock.advance(Duration::from_millis(1));
        ask_many(&rig, 20).await;
        assert_eq!(dead.requests(), 5 + minute, "of any number at once, one is the probe");
    }
    assert_eq!(healthy.requests(), 5 + 20 + 3 * 25);
}

#[tokio::test]
async fn a_primary_that_recovers_is_asked_again() {
    let is_dead = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&is_dead);
    let primary =
        ScriptedServer::start(
            move |_, _| {
                if switch.load(Ordering::SeqCst) { error(500, &[], "broken") } else { completion("Hi") }
            },
        )
        .await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = rig(&[&primary, &healthy]);
    for _ in 0..5 {
        ask_many(&rig, 1).await;
    }
    is_dead.store(false, Ordering::SeqCst);
    rig.clock.advance(Duration::from_secs(60));
    assert_eq!(rig.complete().await.unwrap().account.provider, "first", "the probe");
    assert_eq!(rig.complete().await.unwrap().account.provider, "first");
}

/// A probe that is dropped in the middle leaves its place to the next call.
#[tokio::test]
async fn a_probe_that_goes_away_frees_its_place() {
    let is_dead = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&is_dead);
    let primary =
        ScriptedServer::start(
            move |_, _| {
                if switch.load(Ordering::SeqCst) { error(500, &[], "broken") } else { vec![Act::Hang] }
            },
        )
        .await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = rig(&[&primary, &healthy]);
    for _ in 0..5 {
        ask_many(&rig, 1).await;
    }
    is_dead.store(false, Ordering::SeqCst);
    rig.clock.advance(Duration::from_secs(60));
    for probes in 1..=2 {
        let mut probing = Box::pin(rig.complete());
        until_asked(&primary, 5 + probes, probing.as_mut()).await;
        ask_many(&rig, 3).await;
        assert_eq!(primary.requests(), 5 + probes, "one probe at a time");
        drop(probing);
        primary.client_gone(probes).await;
    }
}

/// With nobody else to ask, a provider that is left alone is named at once, with the time to wait.
#[tokio::test]
async fn alone_and_dead_is_told_at_once() {
    let dead = ScriptedServer::always(error(500, &[], "broken")).await;
    let rig = rig(&[&dead]);
    rig.complete().await.unwrap_err();
    let second = rig.complete().await.unwrap_err();
    assert_eq!(
        (attempts_of(&second).len(), dead.requests()),
        (2, 5),
        "the fifth failure opens it, a retry is not made"
    );
    let Error::Failed { failure, attempts } = rig.complete().await.unwrap_err() else { panic!("another error") };
    assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Overload, Some("breaker_open")));
    assert_eq!((failure.retry_after, attempts.len(), dead.requests()), (Some(Duration::from_secs(60)), 0, 5));
}

fn with_own_key(key: &str) -> Call {
    let own_keys = vec![("first".to_owned(), Secret::new(key.to_owned()))];
    Call { caller: Caller { own_keys, ..Caller::local() }, ..call() }
}

/// One user's bad key, or a key that always fails, never closes a provider to others.
#[tokio::test]
async fn one_users_key_never_opens_the_breaker_for_others() {
    let server = ScriptedServer::start(|_, seen| {
        if seen.head.contains("Bearer bad") {
            error(401, &[], "invalid_api_key")
        } else if seen.head.contains("Bearer cursed") {
            error(500, &[], "broken")
        } else {
            completion("Hi")
        }
    })
    .await;
    let rig = rig(&[&server]);
    for _ in 0..10 {
        let refused = rig.router.complete(with_own_key("bad")).await.unwrap_err();
        assert_eq!(refused.class(), FailureClass::Key);
        rig.router.complete(with_own_key("cursed")).await.unwrap_err();
    }
    assert_eq!(rig.complete().await.unwrap().completion.text(), "Hi");
    let states = rig.router.breakers().states();
    let open: Vec<_> = states.iter().map(|(key, health)| (key.credential_fingerprint.clone(), health.name())).collect();
    assert_eq!(open, [(Secret::new("cursed".to_owned()).fingerprint(), "open")]);
}

/// After the first piece another provider is never asked, whatever happens; what came is given before the error.
#[tokio::test]
async fn there_is_no_switch_after_the_first_piece() {
    let rest =
        |end: Vec<Act>| [stream_head(), text_event("Hel"), text_event("lo")].into_iter().chain(end).collect::<Vec<_>>();
    for (told, end) in [
        ("connection_lost", vec![Act::Reset]),
        ("connection_lost", vec![Act::Close]),
        ("damaged_answer", vec![Act::LastChunk]),
        ("damaged_answer", vec![Act::Chunk(b"data: {\"choices\": [{\"delta\"".to_vec()), Act::LastChunk]),
        ("damaged_answer", vec![Act::Chunk(b"data: \xff\n\n".to_vec()), Act::LastChunk]),
        (
            "503",
            vec![super::scripted_server::event("{\"error\": {\"message\": \"no\", \"code\": 503}}"), Act::LastChunk],
        ),
    ] {
        // The reset waits until the pieces were read: what is not read yet is lost with it.
        let read = Arc::new(Notify::new());
        let acts = rest([vec![Act::Await(Arc::clone(&read))], end].concat());
        let breaking = ScriptedServer::always(acts).await;
        let healthy = ScriptedServer::always(stream(&["other"])).await;
        let rig = rig(&[&breaking, &healthy]);
        let begun = rig.router.stream(call()).await.unwrap();
        read.notify_one();
        let result = streamed(begun).await;
        let error = result.end.unwrap_err();
        assert!(result.text.starts_with("Hel"), "{told}: {}", result.text);
        assert!(attempts_of(&error)[0].ends_with(told), "{told}: {:?}", attempts_of(&error));
        assert_eq!((breaking.requests(), healthy.requests()), (1, 0), "{told}");
    }
}

/// Streams that break off count for the breaker like other failures.
#[tokio::test]
async fn streams_that_break_off_open_the_breaker() {
    let breaking = ScriptedServer::always(vec![stream_head(), text_event("Hi"), Act::LastChunk]).await;
    let healthy = ScriptedServer::always(stream(&["Hi"])).await;
    let rig = rig(&[&breaking, &healthy]);
    for _ in 0..5 {
        rig.stream().await.end.unwrap_err();
    }
    let account = rig.stream().await.end.unwrap();
    assert_eq!((account.provider.as_str(), breaking.requests()), ("second", 5));
}

/// Whatever hangs or drips, one deadline is over all attempts.
#[tokio::test]
async fn r47_one_deadline_is_over_all_attempts() {
    let pause = Duration::from_millis(5);
    let drip = |head: &[u8]| vec![Act::Send(head.to_vec()), Act::Drip(vec![b' '; 100_000], pause)];
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (slow, attempts) in
        [(vec![Act::Hang], 2), (drip(chunked), 1), (vec![Act::Send(chunked.to_vec()), Act::Hang], 1)]
    {
        let failing = ScriptedServer::always(error(503, &[], "busy")).await;
        let slow = ScriptedServer::always(slow).await;
        let servers = if attempts == 2 { vec![&failing, &slow] } else { vec![&slow, &failing] };
        let rig = rig(&servers);
        let deadline = Duration::from_millis(100);
        let began = Instant::now();
        let error = rig.router.complete(Call { deadline: Some(deadline), ..call() }).await.unwrap_err();
        assert!(matches!(error, Error::Deadline { .. }), "{error}");
        let told = attempts_of(&error);
        assert_eq!((told.len(), told.last().unwrap().ends_with("overload deadline")), (attempts, true), "{told:?}");
        assert!(began.elapsed() >= deadline && began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert!(
            rig.router.breakers().states().iter().all(|(key, _)| key.base_url == failing.url()),
            "our own impatience"
        );
    }
}

/// The deadline is over a stream to its end, and what came before is paid.
#[tokio::test]
async fn a_stream_ends_at_the_deadline() {
    let drip: Vec<Act> =
        (0..1_000).flat_map(|_| [text_event("drip "), Act::Drip(b":".to_vec(), Duration::from_millis(2))]).collect();
    let server = ScriptedServer::always([vec![stream_head()], drip].concat()).await;
    let rig = rig(&[&server]);
    let begun = rig.router.stream(Call { deadline: Some(Duration::from_millis(200)), ..call() }).await.unwrap();
    let result = streamed(begun).await;
    let Err(Error::Deadline { attempts, .. }) = result.end else { panic!("{:?}", result.end) };
    assert!(result.text.starts_with("drip "));
    assert!(attempts[0].cost.amount.is_some_and(|cost| cost > super::rig::usd("0.000011")), "{attempts:?}");
}

/// First byte, idle and total limits of an attempt lead to the next provider.
#[tokio::test]
async fn a_provider_that_is_too_slow_is_left_for_the_next() {
    let short = Duration::from_millis(60);
    let mut plans = Vec::new();
    for (told, acts) in [
        ("timeout_first_byte", vec![Act::Hang]),
        ("timeout_first_byte", vec![stream_head(), Act::Hang]),
        ("timeout_idle", vec![stream_head(), super::scripted_server::role_event(), Act::Hang]),
        (
            "timeout_total",
            vec![
                stream_head(),
                super::scripted_server::role_event(),
                Act::Drip(vec![b':'; 100_000], Duration::from_millis(2)),
            ],
        ),
    ] {
        let slow = ScriptedServer::always(acts).await;
        let healthy = ScriptedServer::always(stream(&["Hi"])).await;
        let mut plan = Plan::over(&[&slow, &healthy]);
        let timeouts = &mut plan.settings.timeouts.chat;
        match told {
            "timeout_first_byte" => timeouts.first_byte = short,
            "timeout_idle" => timeouts.idle = short,
            _ => timeouts.total = short * 5,
        }
        plans.push((told, plan, slow, healthy));
    }
    for (told, plan, slow, _healthy) in plans {
        let rig = plan.build();
        let attempts = rig.stream().await.end.unwrap().attempts;
        let expected =
            [format!("first/scripted-first: overload {told}"), "second/scripted-second: answered".to_owned()];
        assert_eq!(in_short(&attempts), expected);
        assert_eq!(slow.requests(), 1);
    }
}

/// Drives a call until the provider has so many requests.
async fn until_asked(server: &ScriptedServer, requests: usize, asking: impl Future<Output = Result<Answer, Error>>) {
    let mut asking = std::pin::pin!(asking);
    while server.requests() < requests {
        assert!(futures::poll!(asking.as_mut()).is_pending(), "it is not answered yet");
        tokio::task::yield_now().await;
    }
}

/// One place at a provider: the second call waits for it when there is nobody else, and goes elsewhere when there is.
#[tokio::test]
async fn calls_keep_to_a_keys_concurrency() {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let narrow = ScriptedServer::start(move |number, _| {
        let mut acts = completion("Hi");
        if number == 0 {
            acts.insert(0, Act::Await(Arc::clone(&gate)));
        }
        acts
    })
    .await;
    let other = ScriptedServer::always(completion("Hi")).await;
    let mut plan = Plan::over(&[&narrow, &other]);
    let row = plan.settings.catalogue.providers["first"].as_table_mut().unwrap();
    row.insert("concurrency_per_key".to_owned(), 1.into());
    let rig = plan.build();
    let mut first = Box::pin(rig.complete());
    until_asked(&narrow, 1, first.as_mut()).await;
    assert_eq!(rig.complete().await.unwrap().account.provider, "second");

    let alone = Call { wanted: Wanted::Named("first/scripted-first".to_owned()), ..call() };
    let mut second = Box::pin(rig.router.complete(alone));
    assert!(futures::poll!(second.as_mut()).is_pending(), "it waits for the place");
    assert_eq!(narrow.requests(), 1);
    go.notify_one();
    assert_eq!(first.await.unwrap().account.provider, "first");
    assert_eq!(second.await.unwrap().account.provider, "first");
    assert_eq!((narrow.requests(), other.requests()), (2, 1));
}

/// A call that waited for a place learns what became of the provider meanwhile, and is no sixth failure.
#[tokio::test]
async fn a_place_at_a_provider_that_failed_meanwhile_is_not_used() {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let dead = ScriptedServer::start(move |number, _| {
        let mut acts = error(500, &[], "broken");
        if number == 4 {
            acts.insert(0, Act::Await(Arc::clone(&gate)));
        }
        acts
    })
    .await;
    let mut plan = Plan::over(&[&dead]);
    plan.settings.retries.most = 0;
    let row = plan.settings.catalogue.providers["first"].as_table_mut().unwrap();
    row.insert("concurrency_per_key".to_owned(), 1.into());
    let rig = plan.build();
    for _ in 0..4 {
        rig.complete().await.unwrap_err();
    }
    let mut fifth = Box::pin(rig.complete());
    until_asked(&dead, 5, fifth.as_mut()).await;
    let mut waiting = Box::pin(rig.complete());
    assert!(futures::poll!(waiting.as_mut()).is_pending(), "it waits for the place");
    go.notify_one();
    fifth.await.unwrap_err();
    let Error::Failed { failure, .. } = waiting.await.unwrap_err() else { panic!("another error") };
    assert_eq!((failure.code.as_deref(), dead.requests()), (Some("breaker_open"), 5));
}

/// A reader that stops reading holds nothing beyond the deadline: neither the provider's connection nor the place of others.
#[tokio::test]
async fn a_stream_that_nobody_reads_ends_at_the_deadline() {
    let server = ScriptedServer::start(|number, _| {
        if number == 0 { vec![stream_head(), text_event("Hi"), Act::Hang] } else { completion("Hello") }
    })
    .await;
    let mut plan = Plan::over(&[&server]);
    let row = plan.settings.catalogue.providers["first"].as_table_mut().unwrap();
    row.insert("concurrency_per_key".to_owned(), 1.into());
    let rig = plan.build();
    let deadline = Duration::from_millis(200);
    let unread = rig.router.stream(Call { deadline: Some(deadline), ..call() }).await.unwrap();
    let next = tokio::time::timeout(Duration::from_secs(20), rig.complete()).await.expect("the place is free again");
    assert_eq!(next.unwrap().completion.text(), "Hello");
    server.client_gone(1).await;
    let result = streamed(unread).await;
    let Err(Error::Deadline { attempts, .. }) = result.end else { panic!("{:?}", result.end) };
    assert_eq!(
        (result.text.as_str(), in_short(&attempts)),
        ("", vec!["first/scripted-first: overload deadline".to_owned()])
    );
    assert!(attempts[0].cost.amount.is_some_and(|cost| cost > super::rig::usd("0")), "{attempts:?}");
}

/// A name that the catalogue does not have is the caller's: that it never answers closes nothing to those who ask for others.
#[tokio::test]
async fn a_made_up_model_never_opens_the_breaker_for_others() {
    let server = ScriptedServer::start(|_, seen| {
        if seen.json()["model"] == "made-up" { error(500, &[], "broken") } else { completion("Hi") }
    })
    .await;
    let rig = rig(&[&server]);
    let made_up = Call { wanted: Wanted::Named("first/made-up".to_owned()), ..call() };
    for _ in 0..4 {
        rig.router.complete(made_up.clone()).await.unwrap_err();
    }
    assert_eq!(server.requests(), 5, "it is itself left alone");
    assert_eq!(rig.complete().await.unwrap().account.provider, "first");
    let other = Call { wanted: Wanted::Named("first/other".to_owned()), ..call() };
    assert_eq!(rig.router.complete(other).await.unwrap().account.provider, "first");
}
