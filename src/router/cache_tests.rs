use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::future;
use tokio::{sync::oneshot, time::Instant};

use super::*;
use crate::{
    domain::{money::Usd, usage::Usage},
    router::{
        account::{Attempt, CostBasis},
        call::{Caller, Wanted},
        failure::Failure,
        request::{Message, Request, Role},
        secret::Secret,
    },
};

const SETTINGS: CacheSettings =
    CacheSettings { enabled: true, bytes: 1024 * 1024, keep_for: Duration::from_secs(3_600) };

fn call(tenant: &str, text: &str) -> Call {
    Call {
        request: Request { messages: vec![Message::text(Role::User, text)], ..Request::default() },
        wanted: Wanted::Auto,
        strategy: None,
        caller: Caller { tenant: tenant.to_owned(), ..Caller::local() },
        deadline: None,
        cost_cap: None,
        cache: true,
    }
}

fn answer(text: &str, finish: Finish) -> Answer {
    let choice = Choice { text: text.to_owned(), finish, ..Choice::default() };
    let usage = Usage { fresh_input_tokens: 3, output_tokens: 2, ..Usage::default() };
    Answer {
        completion: Completion { choices: vec![choice], usage: Some(usage), ..Completion::default() },
        account: Account {
            provider: "first".to_owned(),
            usage,
            cost: Cost { amount: Some(Usd::new(7.into())), basis: CostBasis::Usage },
            ..Account::default()
        },
    }
}

fn failure(class: FailureClass) -> Error {
    Error::Failed { failure: Failure::new(class, "broken", "broken"), attempts: Vec::new() }
}

/// Asks with much time.
async fn answered(
    cache: &AnswerCache,
    call: &Call,
    ask: impl Future<Output = Result<Answer, Error>>,
) -> Result<Answer, Error> {
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(3_600));
    cache.answer(call, deadline, ask).await.map_err(|no_answer| no_answer.error)
}

/// Counts how often it is asked.
#[derive(Default)]
struct Asked(AtomicUsize);

impl Asked {
    /// Answers when it is polled, not before.
    fn answer(&self, text: &str) -> impl Future<Output = Result<Answer, Error>> {
        future::lazy(move |_| {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(answer(text, Finish::Stop))
        })
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn an_equal_question_of_the_same_tenant_has_the_kept_answer_for_nothing() {
    let cache = AnswerCache::new(SETTINGS);
    let asked = Asked::default();
    let first = answered(&cache, &call("a", "Hi"), asked.answer("one")).await.unwrap();
    let again = answered(&cache, &call("a", "Hi"), asked.answer("two")).await.unwrap();
    assert_eq!((first.completion.text(), again.completion.text(), asked.times()), ("one", "one", 1));
    assert_eq!((first.account.cached, again.account.cached), (false, true));
    assert_eq!(first.account.cost.amount, Some(Usd::new(7.into())));
    assert_eq!(again.account.cost, Cost { amount: Some(Usd::ZERO), basis: CostBasis::Free });
    assert_eq!((again.account.usage, again.account.provider.as_str()), (Usage::default(), "first"));
}

#[tokio::test]
async fn what_differs_in_anything_is_asked_for_itself() {
    let cache = AnswerCache::new(SETTINGS);
    let asked = Asked::default();
    let mut hotter = call("a", "Hi");
    hotter.request.temperature = Some(0.5);
    let mut more = call("a", "Hi");
    more.request.extra.insert("logprobs".to_owned(), true.into());
    let mut other_model = call("a", "Hi");
    other_model.wanted = Wanted::Named("other".to_owned());
    let with_key = |key: &str| {
        let mut with_key = call("a", "Hi");
        with_key.caller.own_keys = vec![("first".to_owned(), Secret::new(key.to_owned()))];
        with_key
    };
    let (one_key, other_key) = (with_key("one"), with_key("other"));
    let questions = [call("a", "Hi"), call("b", "Hi"), call("a", "Ho"), hotter, more, other_model, one_key, other_key];
    for different in questions {
        assert!(!answered(&cache, &different, asked.answer("new")).await.unwrap().account.cached);
    }
    assert_eq!(asked.times(), 8);
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_not_kept() {
    let cache = AnswerCache::new(SETTINGS);
    for finish in [Finish::ContentFilter, Finish::Other("odd".to_owned())] {
        let cut = async { Ok(answer("cut", finish)) };
        assert_eq!(answered(&cache, &call("a", "Hi"), cut).await.unwrap().completion.text(), "cut");
    }
    let whole = answered(&cache, &call("a", "Hi"), Asked::default().answer("whole")).await.unwrap();
    assert_eq!(whole.completion.text(), "whole");
}

#[tokio::test]
async fn answers_go_when_their_time_is_over() {
    let cache = AnswerCache::new(CacheSettings { keep_for: Duration::from_nanos(1), ..SETTINGS });
    let asked = Asked::default();
    for _ in 0..3 {
        answered(&cache, &call("a", "Hi"), asked.answer("new")).await.unwrap();
    }
    assert_eq!(asked.times(), 3);
}

#[tokio::test]
async fn answers_take_no_more_memory_than_they_may() {
    let cache = AnswerCache::new(CacheSettings { bytes: 50_000, ..SETTINGS });
    for number in 0..20 {
        let long = "x".repeat(10_000);
        answered(&cache, &call("a", &number.to_string()), async { Ok(answer(&long, Finish::Stop)) }).await.unwrap();
    }
    cache.kept.run_pending_tasks().await;
    assert!(cache.kept.entry_count() > 0, "some are kept");
    assert!(cache.kept.weighted_size() <= 50_000, "{}", cache.kept.weighted_size());
}

/// Polls both until the second waits for the first.
async fn follow<'a>(
    leader: impl Future<Output = Result<Answer, Error>> + 'a,
    follower: impl Future<Output = Result<Answer, Error>> + 'a,
) -> [std::pin::Pin<Box<dyn Future<Output = Result<Answer, Error>> + 'a>>; 2] {
    let mut both: [std::pin::Pin<Box<dyn Future<Output = _> + 'a>>; 2] = [Box::pin(leader), Box::pin(follower)];
    for waiting in &mut both {
        assert!(futures::poll!(waiting.as_mut()).is_pending());
    }
    both
}

#[tokio::test]
async fn equal_questions_at_once_are_asked_once() {
    let cache = AnswerCache::new(SETTINGS);
    let (go, gate) = oneshot::channel::<()>();
    let (question, asked) = (call("a", "Hi"), Asked::default());
    let slow = async {
        gate.await.unwrap();
        Ok(answer("one", Finish::ContentFilter))
    };
    let [leader, follower] =
        follow(answered(&cache, &question, slow), answered(&cache, &question, asked.answer("two"))).await;
    go.send(()).unwrap();
    let (first, second) = futures::join!(leader, follower);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.completion.text(), second.completion.text(), asked.times()), ("one", "one", 0));
    assert_eq!((first.account.cached, second.account.cached), (false, true));
    assert_eq!((first.account.shared, second.account.shared), (false, true));
    assert_eq!((second.account.cost, second.account.attempts.len()), (Cost::FREE, 0));
}

#[tokio::test(start_paused = true)]
async fn a_follower_waits_no_longer_than_it_may() {
    let cache = AnswerCache::new(SETTINGS);
    let (question, asked) = (call("a", "Hi"), Asked::default());
    let limit = Duration::from_secs(1);
    let (go, gate) = oneshot::channel::<()>();
    let slow = async {
        gate.await.unwrap();
        Ok(answer("one", Finish::Stop))
    };
    let mut leader = Box::pin(cache.answer(&question, Deadline::after(Instant::now(), limit), slow));
    assert!(futures::poll!(leader.as_mut()).is_pending());
    let began = Instant::now();
    let late = cache.answer(&question, Deadline::after(began, limit), asked.answer("two")).await.unwrap_err();
    assert!(matches!(late.error, Error::Deadline { deadline, .. } if deadline == limit), "{late:?}");
    assert_eq!((late.has_asked, began.elapsed().as_secs(), asked.times()), (false, 1, 0));
    // The deadline of the call that asks is kept by itself.
    assert!(futures::poll!(leader.as_mut()).is_pending());
    go.send(()).unwrap();
    assert_eq!(leader.await.unwrap().completion.text(), "one");
}

#[tokio::test]
async fn attempts_of_another_call_are_not_a_followers() {
    let cache = AnswerCache::new(SETTINGS);
    let (go, gate) = oneshot::channel::<()>();
    let (question, asked) = (call("a", "Hi"), Asked::default());
    let attempt = Attempt {
        route: "first/m".to_owned(),
        failed: None,
        duration_ms: 1,
        usage: Usage::default(),
        cost: Cost { amount: Some(Usd::new(7.into())), basis: CostBasis::Usage },
        cost_not_believed: None,
    };
    let failing = async {
        gate.await.unwrap();
        let failure = Failure { usage: Some(Usage::default()), ..Failure::new(FailureClass::Overload, "broken", "no") };
        Err(Error::Failed { failure, attempts: vec![attempt] })
    };
    let [leader, follower] =
        follow(answered(&cache, &question, failing), answered(&cache, &question, asked.answer("two"))).await;
    go.send(()).unwrap();
    let (first, second) = futures::join!(leader, follower);
    assert!(matches!(first.unwrap_err(), Error::Failed { attempts, .. } if attempts.len() == 1));
    let Error::Failed { failure, attempts } = second.unwrap_err() else { panic!("another error") };
    assert_eq!((failure.class, failure.usage, attempts.len()), (FailureClass::Overload, None, 0));
    assert_eq!(failure.message, "an equal call that was being asked had no answer: first/m answered: no");
}

#[tokio::test]
async fn a_follower_takes_over_from_a_leader_that_goes_away() {
    let cache = AnswerCache::new(SETTINGS);
    let (question, asked) = (call("a", "Hi"), Asked::default());
    let never = std::future::pending();
    let [leader, follower] =
        follow(answered(&cache, &question, never), answered(&cache, &question, asked.answer("two"))).await;
    drop(leader);
    let second = follower.await.unwrap();
    assert_eq!((second.completion.text(), second.account.cached, asked.times()), ("two", false, 1));
}

#[tokio::test]
async fn followers_share_a_failure_only_when_it_would_be_theirs_too() {
    let budget = Error::Budget { scope: "key".to_owned(), cap: Usd::ZERO, used: Usd::ZERO, wanted: Usd::ZERO };
    let deadline = Error::Deadline { deadline: Duration::ZERO, attempts: Vec::new() };
    for (error, shared) in [
        (failure(FailureClass::Overload), true),
        (failure(FailureClass::Caller), true),
        (failure(FailureClass::Key), false),
        (budget, false),
        (deadline, false),
    ] {
        let cache = AnswerCache::new(SETTINGS);
        let (go, gate) = oneshot::channel::<()>();
        let (question, asked) = (call("a", "Hi"), Asked::default());
        let failing = async {
            gate.await.unwrap();
            Err(error.clone())
        };
        let [leader, follower] =
            follow(answered(&cache, &question, failing), answered(&cache, &question, asked.answer("two"))).await;
        go.send(()).unwrap();
        let (first, second) = futures::join!(leader, follower);
        assert!(first.is_err(), "{error}");
        assert_eq!((second.is_err(), asked.times() == 0), (shared, shared), "{error}");
    }
}
