//! Limits hold whatever the order in which calls begin and end.

use std::{sync::Arc, task::Poll};

use futures::{FutureExt as _, future::join_all, poll};

use super::*;

fn limits(cost: Option<rust_decimal::Decimal>, calls: Option<u32>, tokens: Option<u64>) -> Limits {
    Limits { minutes: Some(10), cost_usd: cost, calls, tokens }
}

fn usd(cents: i64) -> Usd {
    Usd::new(rust_decimal::Decimal::new(cents, 2))
}

fn took(cents: i64, tokens: u64) -> Spent {
    Spent { calls: 1, usage: Usage { output_tokens: tokens, ..Usage::default() }, cost: usd(cents) }
}

const A_CALL: Reserve = Reserve { cost: Usd::ZERO, tokens: 0 };

#[tokio::test]
async fn a_call_that_may_cost_too_much_waits_for_those_in_flight() {
    let purse = Purse::new(limits(Some(usd(100).amount()), None, None), Spent::default());
    let reserve = Reserve { cost: usd(60), tokens: 10 };
    purse.reserve(reserve, Duration::ZERO).await.unwrap();
    let mut second = Box::pin(purse.reserve(reserve, Duration::ZERO));
    assert_eq!(poll!(&mut second), Poll::Pending);
    purse.settle(reserve, took(10, 5));
    second.await.unwrap();
    purse.settle(reserve, took(50, 5));
    let exhausted = purse.reserve(reserve, Duration::ZERO).await.unwrap_err();
    assert_eq!(exhausted, Exhausted::Cost { limit: usd(100), used: usd(60), wanted: usd(60) });
    assert_eq!(purse.spent(), Spent { calls: 2, ..took(60, 10) });
}

#[tokio::test]
async fn calls_and_minutes_and_tokens_end_it() {
    let purse = Purse::new(limits(None, Some(1), Some(100)), Spent::default());
    let minutes = purse.reserve(A_CALL, Duration::from_secs(600)).await.unwrap_err();
    assert_eq!(minutes, Exhausted::Minutes { limit: 10 });
    let tokens = purse.reserve(Reserve { tokens: 101, ..A_CALL }, Duration::ZERO).await.unwrap_err();
    assert_eq!(tokens, Exhausted::Tokens { limit: 100, used: 0, wanted: 101 });
    purse.reserve(A_CALL, Duration::from_secs(599)).await.unwrap();
    assert_eq!(purse.reserve(A_CALL, Duration::ZERO).await.unwrap_err(), Exhausted::Calls { limit: 1 });
}

#[tokio::test]
async fn many_calls_at_once_never_pass_the_limit() {
    let purse = Arc::new(Purse::new(limits(Some(usd(50).amount()), None, None), Spent::default()));
    let calls = (0..100).map(|number| {
        let purse = Arc::clone(&purse);
        async move {
            let reserve = Reserve { cost: usd(7), tokens: 1 };
            let allowed = purse.reserve(reserve, Duration::ZERO).await;
            tokio::task::yield_now().await;
            if allowed.is_ok() {
                purse.settle(reserve, took(number % 8, 1));
            }
            allowed.is_ok()
        }
        .boxed()
    });
    let allowed = join_all(calls).await.into_iter().filter(|allowed| *allowed).count();
    assert!(purse.spent().cost <= usd(50));
    assert_eq!(purse.spent().calls, allowed as u64);
    assert!((7..100).contains(&allowed), "{allowed}");
}
