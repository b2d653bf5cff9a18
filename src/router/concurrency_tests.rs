use std::{pin::pin, time::Duration};

use futures::poll;

use super::ConcurrencyLimits;
use crate::router::{provider::Provider, secret::Secret};

const LONG: Duration = Duration::from_secs(60);

fn provider(name: &str, base_url: &str, limit: Option<usize>) -> Provider {
    let table = format!("title = 'Scripted'\ndialect = 'gigachat'\nbase_url = '{base_url}'");
    let mut provider: Provider = toml::from_str(&table).unwrap();
    (provider.name, provider.concurrency_per_key) = (name.to_owned(), limit);
    provider
}

#[tokio::test(start_paused = true)]
async fn who_comes_first_is_served_first_and_dropping_makes_room() {
    let (limits, one) = (ConcurrencyLimits::default(), provider("a", "http://a", Some(1)));
    let key = Secret::new("key".to_owned());
    let first = limits.admit(&one, Some(&key), LONG).await.unwrap();
    let mut second = pin!(limits.admit(&one, Some(&key), LONG));
    let mut third = pin!(limits.admit(&one, Some(&key), LONG));
    assert!(poll!(&mut second).is_pending());
    assert!(poll!(&mut third).is_pending());
    drop(first);
    assert!(poll!(&mut third).is_pending(), "the second came before");
    let second = second.await.unwrap();
    assert!(poll!(&mut third).is_pending());
    drop(second);
    let _third = third.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_does_not_hold_up_the_others() {
    let (limits, one) = (ConcurrencyLimits::default(), provider("a", "http://a", Some(1)));
    let first = limits.admit(&one, None, LONG).await.unwrap();
    {
        let mut impatient = pin!(limits.admit(&one, None, LONG));
        assert!(poll!(&mut impatient).is_pending());
    }
    drop(first);
    let _next = limits.admit(&one, None, Duration::ZERO).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_the_calls_time() {
    let (limits, two) = (ConcurrencyLimits::default(), provider("giga", "http://a", Some(2)));
    let key = Secret::new("sk-never-to-be-seen".to_owned());
    let _held =
        (limits.admit(&two, Some(&key), LONG).await.unwrap(), limits.admit(&two, Some(&key), LONG).await.unwrap());
    let failure = limits.admit(&two, Some(&key), Duration::from_millis(250)).await.unwrap_err();
    insta::assert_debug_snapshot!(failure, @r#"
    Failure {
        class: RateLimit,
        status: None,
        code: Some(
            "concurrency_limit",
        ),
        message: "giga takes 2 requests at once with one key, and they were not done within 250 ms",
        retry_after: None,
        usage: None,
        provider_cost: None,
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn only_the_same_key_at_the_same_place_counts() {
    let limits = ConcurrencyLimits::default();
    let (mine, yours) = (Secret::new("mine".to_owned()), Secret::new("yours".to_owned()));
    let at_once = Duration::ZERO;
    let _held = [
        limits.admit(&provider("a", "http://a", Some(1)), Some(&mine), at_once).await.unwrap(),
        limits.admit(&provider("a", "http://a", Some(1)), Some(&yours), at_once).await.unwrap(),
        limits.admit(&provider("a", "http://a", Some(1)), None, at_once).await.unwrap(),
        limits.admit(&provider("a", "http://b", Some(1)), Some(&mine), at_once).await.unwrap(),
        limits.admit(&provider("b", "http://a", Some(1)), Some(&mine), at_once).await.unwrap(),
    ];
    limits.admit(&provider("a", "http://a", Some(1)), Some(&mine), at_once).await.unwrap_err();
    let free = provider("free", "http://a", None);
    let _all: Vec<_> = futures::future::join_all((0..100).map(|_| limits.admit(&free, Some(&mine), at_once))).await;
}

/// Keys of callers come and go; a process that runs for months does not keep them.
#[tokio::test(start_paused = true)]
async fn keys_that_are_not_used_are_forgotten() {
    let (limits, one) = (ConcurrencyLimits::default(), provider("a", "http://a", Some(1)));
    let held = limits.admit(&one, Some(&Secret::new("held".to_owned())), LONG).await.unwrap();
    for number in 0..1000 {
        let _permit = limits.admit(&one, Some(&Secret::new(format!("key {number}"))), LONG).await.unwrap();
    }
    assert!(limits.lanes.lock().unwrap().len() <= 3);
    limits.admit(&one, Some(&Secret::new("held".to_owned())), Duration::ZERO).await.unwrap_err();
    drop(held);
}
