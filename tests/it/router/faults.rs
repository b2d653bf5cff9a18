//! Faults of providers before an answer reached the caller: somebody else is asked at once, and what was tried is told.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use samokoder::router::{
    Error,
    failure::{Failure, FailureClass},
};
use serde_json::json;

use super::{
    rig::{Plan, Rig, attempts_of, in_short, key_of, rig, usd},
    scripted_server::{
        Act, ScriptedServer, answer, completion, error, event, json, role_event, stream, stream_end, stream_head,
        text_event,
    },
};

/// What a provider does and how its failure is told.
struct Fault {
    acts: Vec<Act>,
    told: &'static str,
}

fn fault(told: &'static str, acts: Vec<Act>) -> Fault {
    Fault { acts, told }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// Faults in the place of a whole answer, after which somebody else may be asked.
fn faults_of_whole_answers() -> Vec<Fault> {
    let wrong_types = json!({"id": 7, "choices": {"message": []}, "usage": "many"});
    let in_answer = json!({"error": {"message": "no capacity", "code": 503}});
    vec![
        fault("rate_limit 429 slow", error(429, &[], "slow")),
        fault("rate_limit 429 slow", error(429, &["retry-after: 3600"], "slow")),
        fault("rate_limit 429 slow", error(429, &["retry-after: Wed, 21 Oct 2099 07:28:00 GMT"], "slow")),
        fault("overload 529 overloaded_error", error(529, &[], "overloaded_error")),
        fault("overload 498 flex", error(498, &[], "flex")),
        fault("overload 500 broken", error(500, &[], "broken")),
        fault("overload 503 broken", error(503, &[], "broken")),
        fault("overload 408 broken", error(408, &[], "broken")),
        fault("overload 409 broken", error(409, &[], "broken")),
        fault("overload 425 broken", error(425, &[], "broken")),
        fault("overload 502", answer(502, &["content-type: text/html"], "<html>Bad gateway</html>")),
        fault("key 401 invalid_api_key", error(401, &[], "invalid_api_key")),
        fault("key 402 insufficient_credits", error(402, &[], "insufficient_credits")),
        fault("key 403 permission_denied", error(403, &[], "permission_denied")),
        fault("key 429 insufficient_quota", error(429, &[], "insufficient_quota")),
        fault("overload 307 redirect_refused", answer(307, &["location: http://127.0.0.1:1/v1"], "")),
        fault("overload damaged_answer", json(200, &wrong_types)),
        fault("overload damaged_answer", json(200, &json!([1, 2, 3]))),
        fault("overload damaged_answer", answer(200, &[], "")),
        fault("overload damaged_answer", answer(200, &[], "{\"choices\": [")),
        fault("overload damaged_answer", answer(200, &[], b"{\"id\": \"\xff\xfe\", \"choices\": []}")),
        fault("overload 200 503", json(200, &in_answer)),
        fault("overload connection_lost", vec![Act::Reset]),
        fault("overload connection_lost", vec![Act::Close]),
        fault(
            "overload connection_lost",
            vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"id\":".to_vec()), Act::Close],
        ),
        fault("overload connection_lost", vec![Act::Send(b"not HTTP at all\r\n\r\n".to_vec()), Act::Close]),
        // An error's body that never ends, that is a bomb, that breaks off: its status says enough.
        fault(
            "overload 500",
            vec![Act::Send(b"HTTP/1.1 500 Broken\r\ncontent-length: 1000\r\n\r\n{\"error\":".to_vec()), Act::Close],
        ),
        fault("overload 500", answer(500, &["content-encoding: gzip"], gzip(&vec![b' '; 1024 * 1024]))),
    ]
}

/// Faults of streams before they said anything.
fn faults_of_streams() -> Vec<Fault> {
    let begun = |acts: Vec<Act>| [stream_head(), role_event()].into_iter().chain(acts).collect::<Vec<_>>();
    let in_stream = json!({"error": {"message": "no capacity", "code": 503}});
    vec![
        fault("overload 529 overloaded_error", error(529, &[], "overloaded_error")),
        fault("overload 200 503", begun(vec![event(in_stream.clone()), Act::LastChunk])),
        fault("overload 200 503", json(200, &in_stream)),
        fault("overload damaged_answer", begun(vec![Act::LastChunk])),
        fault(
            "overload damaged_answer",
            begun(vec![Act::Chunk(b"data: {\"choices\": [{\"del".to_vec()), Act::LastChunk]),
        ),
        fault("overload damaged_answer", begun(vec![event("{\"choices\": 7}"), Act::LastChunk])),
        fault("overload damaged_answer", begun(vec![Act::Chunk(b"data: \xff\xfe\n\n".to_vec()), Act::LastChunk])),
        fault("overload damaged_answer", vec![stream_head(), event("[DONE]"), Act::LastChunk]),
        fault("overload damaged_answer", vec![stream_head(), Act::LastChunk]),
        fault("overload connection_lost", begun(vec![Act::Reset])),
        fault("overload connection_lost", begun(vec![Act::Close])),
        fault("overload event_too_large", begun(vec![Act::Chunk(vec![b'x'; 17 * 1024 * 1024]), Act::Hang])),
    ]
}

fn only_failure(error: &Error) -> &Failure {
    match error {
        Error::Failed { failure, .. } => failure,
        other => panic!("{other}"),
    }
}

/// A server that does one thing after the other, and what is told of each.
async fn one_after_the_other(faults: Vec<Fault>) -> (ScriptedServer, Vec<String>) {
    let (told, acts): (Vec<_>, Vec<_>) = faults.into_iter().map(|Fault { acts, told }| (told, acts)).unzip();
    let told = told.into_iter().map(|told| format!("first/scripted-first: {told}")).collect();
    (ScriptedServer::start(move |number, _| acts[number].clone()).await, told)
}

/// Long enough for every limit and breaker to be forgotten.
const MUCH_LATER: Duration = Duration::from_secs(25 * 60 * 60);

#[tokio::test]
async fn r45_a_whole_answer_comes_from_the_next_when_one_fails() {
    let (broken, faults) = one_after_the_other(faults_of_whole_answers()).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = rig(&[&broken, &healthy]);
    for (number, told) in faults.into_iter().enumerate() {
        let answer = rig.complete().await.unwrap();
        assert_eq!(answer.completion.text(), "Hi", "{told}");
        assert_eq!(in_short(&answer.account.attempts), [told, "second/scripted-second: answered".to_owned()]);
        assert_eq!((broken.requests(), healthy.requests()), (number + 1, number + 1));
        rig.clock.advance(MUCH_LATER);
    }
}

#[tokio::test]
async fn r45_a_stream_comes_from_the_next_when_one_fails_before_it_says_anything() {
    let (broken, faults) = one_after_the_other(faults_of_streams()).await;
    let healthy = ScriptedServer::always(stream(&["Hi"])).await;
    let rig = rig(&[&broken, &healthy]);
    for told in faults {
        let streamed = rig.stream().await;
        assert_eq!(streamed.text, "Hi", "{told}");
        let attempts = streamed.end.unwrap().attempts;
        assert_eq!(in_short(&attempts), [told, "second/scripted-second: answered".to_owned()]);
        rig.clock.advance(MUCH_LATER);
    }
}

#[tokio::test]
async fn what_is_the_callers_or_a_filters_ends_at_once() {
    for (status, code, class) in [
        (400, "invalid_value", FailureClass::Caller),
        (404, "model_not_found", FailureClass::Caller),
        (413, "too_long", FailureClass::Caller),
        (422, "unprocessable", FailureClass::Caller),
        (400, "content_filter", FailureClass::ContentFilter),
        (403, "content_policy_violation", FailureClass::ContentFilter),
    ] {
        let (refusing, healthy) =
            (ScriptedServer::always(error(status, &[], code)).await, ScriptedServer::always(completion("Hi")).await);
        let rig = rig(&[&refusing, &healthy]);
        for error in [rig.complete().await.unwrap_err(), rig.stream().await.end.unwrap_err()] {
            assert_eq!((error.class(), only_failure(&error).code.as_deref()), (class, Some(code)));
        }
        assert_eq!((refusing.requests(), healthy.requests()), (2, 0), "{code}");
        assert!(rig.router.breakers().states().is_empty(), "{code}");
    }
}

/// A 10 MB line is an event like another; one above the cap was refused in the tests above.
#[tokio::test]
async fn an_event_of_ten_megabytes_is_read() {
    let text = "x".repeat(10 * 1000 * 1000);
    let server = ScriptedServer::always(stream(&[&text])).await;
    let streamed = rig(&[&server]).stream().await;
    assert_eq!((streamed.text.len(), streamed.end.is_ok()), (text.len(), true));
}

#[tokio::test]
async fn s67_a_bomb_is_stopped_at_the_cap() {
    let bomb = gzip(&vec![b' '; 65 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    let bombing = ScriptedServer::always(answer(200, &["content-encoding: gzip"], bomb)).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let answer = rig(&[&bombing, &healthy]).complete().await.unwrap();
    assert_eq!(in_short(&answer.account.attempts)[0], "first/scripted-first: overload answer_too_large");
}

#[tokio::test]
async fn s65_a_key_never_follows_a_redirect() {
    let elsewhere = ScriptedServer::always(completion("stolen")).await;
    let location = format!("location: {}/chat/completions", elsewhere.url());
    for status in [301, 302, 303, 307, 308] {
        let redirecting = ScriptedServer::always(answer(status, &[location.as_str()], "")).await;
        let error = rig(&[&redirecting]).complete().await.unwrap_err();
        assert_eq!(only_failure(&error).code.as_deref(), Some("redirect_refused"), "{error}");
    }
    assert_eq!(elsewhere.requests(), 0);
}

/// Providers repeat the key that they refuse: no error, code or debug text holds it.
#[tokio::test]
async fn s73_an_echoed_key_is_not_told() {
    let key = key_of("first");
    let body = json!({"error": {
        "message": format!("Incorrect API key provided: {key}. Bearer {key}"), "type": key, "code": key,
    }});
    let echoing = ScriptedServer::always(json(401, &body)).await;
    let error = rig(&[&echoing]).complete().await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("Incorrect API key provided"), "{said}");
    assert!(!said.contains("0123456789abcdef"), "{said}");

    let event = json!({"error": {"message": format!("bad key {key}"), "code": 500}});
    let late = vec![stream_head(), text_event("Hi"), super::scripted_server::event(event), Act::LastChunk];
    let echoing = ScriptedServer::always(late).await;
    let said = format!("{:?}", rig(&[&echoing]).stream().await.end.unwrap_err());
    assert!(said.contains("bad key") && !said.contains("0123456789abcdef"), "{said}");
}

#[tokio::test]
async fn r45_the_last_candidate_is_asked_again_after_waits() {
    let server =
        ScriptedServer::start(|number, _| if number < 2 { error(503, &[], "busy") } else { completion("Hi") }).await;
    let answer = rig(&[&server]).complete().await.unwrap();
    assert_eq!(answer.account.attempts.len(), 3);

    let never = ScriptedServer::always(error(429, &[], "slow")).await;
    let failing = rig(&[&never]).complete().await.unwrap_err();
    assert_eq!(attempts_of(&failing).len(), 3, "two retries, then it ends");
    assert_eq!((failing.class(), never.requests()), (FailureClass::RateLimit, 3));
}

#[tokio::test]
async fn only_the_last_candidate_is_asked_again() {
    let busy =
        |number: usize| ScriptedServer::start(move |_, _| error(503, &[], if number == 0 { "one" } else { "two" }));
    let (first, second) = (busy(0).await, busy(1).await);
    let failing = rig(&[&first, &second]).complete().await.unwrap_err();
    assert_eq!((first.requests(), second.requests()), (1, 3));
    assert_eq!(only_failure(&failing).code.as_deref(), Some("two"));
}

/// What no wait mends is not asked again.
#[tokio::test]
async fn a_refused_key_is_not_shown_again() {
    let server = ScriptedServer::always(error(401, &[], "invalid_api_key")).await;
    let error = rig(&[&server]).complete().await.unwrap_err();
    assert_eq!((error.class(), server.requests()), (FailureClass::Key, 1));
}

/// A wait that a provider asks for goes before our own, when it ends before the deadline.
#[tokio::test]
async fn r45_a_wait_that_is_asked_for_is_kept_to() {
    let wait = Duration::from_millis(50);
    for header in ["retry-after: 0.05", "retry-after-ms: 50"] {
        let server = ScriptedServer::start(
            move |number, _| {
                if number == 0 { error(429, &[header], "slow") } else { completion("Hi") }
            },
        )
        .await;
        let rig = rig(&[&server]);
        let began = Instant::now();
        rig.complete().await.unwrap();
        assert!(began.elapsed() >= wait, "{header}");
        assert_eq!(server.requests(), 2);
    }
}

/// One that ends after the deadline is not begun: the caller hears of it at once.
#[tokio::test]
async fn a_wait_beyond_the_deadline_is_told_at_once() {
    let date = "date: Wed, 21 Oct 2015 07:28:00 GMT";
    // The clock of these tests says that it is noon.
    let undated = "retry-after: Sat, 21 Nov 2026 13:00:00 GMT";
    for header in [&["retry-after: 3600"][..], &[date, "retry-after: Wed, 21 Oct 2015 08:28:00 GMT"], &[undated]] {
        let headers: Vec<&'static str> = header.to_vec();
        let server = ScriptedServer::start(move |_, _| error(429, &headers, "slow")).await;
        let failing = rig(&[&server]).complete().await.unwrap_err();
        assert_eq!(only_failure(&failing).retry_after, Some(Duration::from_secs(3600)));
        assert_eq!(server.requests(), 1);
    }
}

/// The wait counts for the calls after it too: they go to somebody else, until it is over.
#[tokio::test]
async fn a_provider_that_asked_to_wait_is_left_alone_until_then() {
    let slow =
        ScriptedServer::start(
            |number, _| {
                if number == 0 { error(429, &["retry-after: 30"], "slow") } else { completion("Hi") }
            },
        )
        .await;
    let other = ScriptedServer::always(completion("Hi")).await;
    let rig = rig(&[&slow, &other]);
    let provider = |rig: &Rig| {
        let router = rig.router.clone();
        async move { router.complete(super::rig::call()).await.unwrap().account.provider }
    };
    assert_eq!(provider(&rig).await, "second");
    rig.clock.advance(Duration::from_secs(29));
    assert_eq!((provider(&rig).await.as_str(), slow.requests()), ("second", 1));
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(provider(&rig).await, "first");
}

/// Failed attempts that say what they used are paid.
#[tokio::test]
async fn a_failure_that_was_billed_is_charged() {
    let body = json!({"error": {"message": "broke off", "code": 502}, "usage": {"prompt_tokens": 1000, "completion_tokens": 500}});
    let broken = ScriptedServer::always(json(502, &body)).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let account = rig(&[&broken, &healthy]).complete().await.unwrap().account;
    assert_eq!(account.attempts[0].cost.amount, Some(usd("0.002")));
    assert_eq!(account.cost.amount, Some(usd("0.002017")));
    assert_eq!((account.usage.fresh_input_tokens, account.usage.output_tokens), (1011, 503));
}

/// A token that was good is renewed once; a key that is refused is not tried for ever.
#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let tokens = ScriptedServer::start(|number, _| {
        json(200, &json!({"access_token": format!("token-{number}"), "expires_at": 1_795_262_400_000_u64 + 1_800_000}))
    })
    .await;
    let server = ScriptedServer::start(|_, seen| {
        if seen.head.contains("Bearer token-0\r\n") { error(401, &[], "expired") } else { completion("Hi") }
    })
    .await;
    let with_tokens = |server: &ScriptedServer| {
        let mut plan = Plan::over(&[server]);
        let provider = plan.settings.catalogue.providers["first"].as_table_mut().unwrap();
        provider.insert("authorization".to_owned(), "gigachat_oauth".into());
        provider.insert("token_url".to_owned(), tokens.url().into());
        provider.insert("token_scope".to_owned(), "GIGACHAT_API_PERS".into());
        plan.build()
    };
    let answer = with_tokens(&server).complete().await.unwrap();
    assert_eq!((answer.account.attempts.len(), server.requests(), tokens.requests()), (2, 2, 2));

    let refusing = ScriptedServer::always(error(401, &[], "unknown")).await;
    let failing = with_tokens(&refusing).complete().await.unwrap_err();
    assert_eq!((failing.class(), refusing.requests()), (FailureClass::Key, 2));
    let said = format!("{failing:?}");
    assert!(!said.contains("token-"), "{said}");
}

#[tokio::test]
async fn the_good_end_of_a_stream_needs_no_more_than_its_end() {
    let mut acts = vec![stream_head(), text_event("Hi")];
    acts.extend(stream_end());
    let server = ScriptedServer::always(acts).await;
    assert_eq!(rig(&[&server]).stream().await.text, "Hi");
}
