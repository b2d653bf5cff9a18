//! GigaChat's tokens, against a scripted token server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{future::join_all, poll};
use samokoder::{
    domain::clock::{Clock, Timestamp},
    router::{
        failure::FailureClass, gigachat_token::GigachatTokens, provider::Provider, secret::Secret, transport::Transport,
    },
};
use serde_json::json;
use tokio::sync::Notify;

use super::scripted_server::{Act, ScriptedServer, answer, json as json_answer};

const START_MS: u64 = 1_800_000_000_000;
const HALF_HOUR_MS: u64 = 30 * 60 * 1000;

/// A clock that the test sets.
#[derive(Default)]
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(START_MS + self.0.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

struct Setup {
    server: ScriptedServer,
    clock: Arc<TestClock>,
    tokens: GigachatTokens,
    provider: Provider,
    transport: Transport,
    key: Secret,
}

impl Setup {
    fn of(server: ScriptedServer) -> Self {
        let clock = Arc::new(TestClock::default());
        let mut provider: Provider = toml::from_str(&format!(
            "title = 'GigaChat'\ndialect = 'gigachat'\nbase_url = 'http://chat.invalid/api/v1'\n\
             authorization = 'gigachat_oauth'\ntoken_url = '{}/oauth'\ntoken_scope = 'GIGACHAT_API_PERS'\n\
             [headers]\nx-for-the-api = 'only'",
            server.url()
        ))
        .unwrap();
        provider.name = "gigachat".to_owned();
        let transport = Transport::new(&provider).unwrap();
        let key = Secret::new("Y2xpZW50OnNlY3JldA==".to_owned());
        Self { server, tokens: GigachatTokens::new(clock.clone()), clock, provider, transport, key }
    }

    async fn token(&self) -> String {
        self.tokens.token(&self.transport, &self.provider, &self.key).await.unwrap().expose().to_owned()
    }
}

/// A server that numbers its tokens; each is good for half an hour from the clock's start.
async fn numbered() -> Setup {
    Setup::of(ScriptedServer::start(|number, _| grant(number)).await)
}

fn grant(number: usize) -> Vec<Act> {
    json_answer(200, &json!({ "access_token": format!("token-{number}"), "expires_at": START_MS + HALF_HOUR_MS }))
}

#[tokio::test]
async fn the_request_is_what_the_vendor_documents() {
    let setup = numbered().await;
    assert_eq!(setup.token().await, "token-0");
    let seen = &setup.server.seen()[0];
    let mut head: Vec<String> = seen.head.lines().map(str::to_owned).collect();
    head.retain(|line| !line.is_empty() && !line.starts_with("host:"));
    let id = head.iter_mut().find(|line| line.starts_with("rquid: ")).unwrap();
    let uuid = id.trim_start_matches("rquid: ").to_owned();
    assert_eq!(
        (uuid.len(), uuid.matches('-').count(), uuid.chars().nth(14)),
        (36, 4, Some('4')),
        "a random UUID: {uuid}"
    );
    "rquid: UUID".clone_into(id);
    head.sort();
    insta::assert_snapshot!(format!("{}\n\n{}", head.join("\n"), String::from_utf8_lossy(&seen.body)));
}

#[tokio::test]
async fn fifty_first_calls_send_one_request() {
    let answers = Arc::new(Notify::new());
    let wait = Arc::clone(&answers);
    let setup = Setup::of(
        ScriptedServer::start(move |number, _| [vec![Act::Await(Arc::clone(&wait))], grant(number)].concat()).await,
    );
    let mut all = Box::pin(join_all((0..50).map(|_| setup.token())));
    assert!(poll!(&mut all).is_pending(), "all fifty have asked before the first is answered");
    answers.notify_one();
    let tokens = all.await;
    assert!(tokens.iter().all(|token| token == "token-0"));
    assert_eq!((tokens.len(), setup.server.requests()), (50, 1));
    assert_eq!(setup.token().await, "token-0");
    assert_eq!(setup.server.requests(), 1);
}

#[tokio::test]
async fn a_token_is_replaced_a_minute_before_its_end() {
    let setup = numbered().await;
    assert_eq!(setup.token().await, "token-0");
    setup.clock.advance(29 * 60 - 1);
    assert_eq!(setup.token().await, "token-0");
    setup.clock.advance(1);
    assert_eq!(setup.token().await, "token-1");
}

#[tokio::test]
async fn a_refused_token_is_forgotten_once() {
    let setup = numbered().await;
    let refused = Secret::new(setup.token().await);
    setup.tokens.forget(&setup.provider, &setup.key, &refused);
    assert_eq!(setup.token().await, "token-1");
    // The others who were refused with the old one come late: the new one stays.
    setup.tokens.forget(&setup.provider, &setup.key, &refused);
    assert_eq!(setup.token().await, "token-1");
    assert_eq!(setup.server.requests(), 2);
}

#[tokio::test]
async fn another_key_scope_or_place_has_its_own_token() {
    let mut setup = numbered().await;
    assert_eq!(setup.token().await, "token-0");
    // The same first sixteen characters, which is where others stop looking.
    setup.key = Secret::new("Y2xpZW50OnNlY3JldC10d28=".to_owned());
    assert_eq!(setup.token().await, "token-1");
    setup.provider.token_scope = Some("GIGACHAT_API_CORP".to_owned());
    assert_eq!(setup.token().await, "token-2");
    setup.provider.token_url = setup.provider.token_url.map(|url| format!("{url}/v3"));
    assert_eq!(setup.token().await, "token-3");
    setup.provider.token_scope = Some("GIGACHAT_API_PERS".to_owned());
    setup.key = Secret::new("Y2xpZW50OnNlY3JldA==".to_owned());
    setup.provider.token_url = Some(format!("{}/oauth", setup.server.url()));
    assert_eq!(setup.token().await, "token-0");
    assert_eq!(setup.server.seen()[2].body, b"scope=GIGACHAT_API_CORP");
}

#[tokio::test]
async fn what_the_first_started_is_finished_by_the_others_and_ends_with_the_last() {
    let answers = Arc::new(Notify::new());
    let wait = Arc::clone(&answers);
    let setup = Setup::of(
        ScriptedServer::start(move |number, _| match number {
            0 => [vec![Act::Await(Arc::clone(&wait))], grant(number)].concat(),
            1 => vec![Act::Hang],
            _ => grant(number),
        })
        .await,
    );
    let (mut first, mut second) = (Box::pin(setup.token()), Box::pin(setup.token()));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    drop(first);
    answers.notify_one();
    assert_eq!(second.await, "token-0");

    setup.tokens.forget(&setup.provider, &setup.key, &Secret::new("token-0".to_owned()));
    let mut alone = Box::pin(setup.token());
    while setup.server.requests() < 2 {
        assert!(poll!(&mut alone).is_pending());
        tokio::task::yield_now().await;
    }
    drop(alone);
    setup.server.client_gone(1).await;
    assert_eq!(setup.token().await, "token-2");
}

#[tokio::test]
async fn refusals_say_whose_they_are_and_are_not_kept() {
    let cases = [
        (400, json!({ "code": 7, "message": "scope from db not fully includes consumed scope" }), FailureClass::Key),
        (400, json!({ "code": 5, "message": "scope is empty" }), FailureClass::Key),
        (400, json!({ "code": 1, "message": "credentials doesn't match db data" }), FailureClass::Key),
        (401, json!({ "code": 4, "message": "Can't decode 'Authorization' header" }), FailureClass::Key),
        (403, json!(null), FailureClass::Key),
        (429, json!({ "status": 429, "message": "Too Many Requests" }), FailureClass::RateLimit),
        (500, json!("oops"), FailureClass::Overload),
        (200, json!({ "expires_at": 1 }), FailureClass::Overload),
        (307, json!({}), FailureClass::Overload),
    ];
    let answers: Vec<Vec<Act>> =
        cases.iter().map(|(status, body, _)| answer(*status, &["retry-after: 2"], body.to_string())).collect();
    let setup = Setup::of(
        ScriptedServer::start(move |number, _| answers.get(number).cloned().unwrap_or_else(|| grant(number))).await,
    );
    let mut said = Vec::new();
    for (status, _, class) in &cases {
        let failure = setup.tokens.token(&setup.transport, &setup.provider, &setup.key).await.unwrap_err();
        assert_eq!(failure.class, *class, "{status}: {}", failure.message);
        assert!(!failure.message.contains("Y2xp"));
        let wait = failure.retry_after.map_or(0, |wait| wait.as_secs());
        said.push(format!("{} after {wait} s: {}", failure.code.unwrap(), failure.message));
    }
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(setup.token().await, "token-9");
}

#[tokio::test]
async fn settings_that_give_no_token_are_said_without_asking() {
    let mut setup = numbered().await;
    let mut said = Vec::new();
    for (url, scope, key) in [
        (None, Some("GIGACHAT_API_PERS"), "key"),
        (Some("http://token.invalid"), None, "key"),
        (Some("http://token.invalid"), Some("two scopes"), "key"),
        (Some("http://token.invalid"), Some("GIGACHAT_API_PERS"), "sk-secret\nline"),
    ] {
        setup.provider.token_url = url.map(str::to_owned);
        setup.provider.token_scope = scope.map(str::to_owned);
        setup.key = Secret::new(key.to_owned());
        let failure = setup.tokens.token(&setup.transport, &setup.provider, &setup.key).await.unwrap_err();
        said.push(format!("{} {}: {}", failure.class.name(), failure.code.unwrap(), failure.message));
    }
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(setup.server.requests(), 0);
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait_in_any_form() {
    let until = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_millis(START_MS + 7_000));
    let waits = [(format!("retry-after: {until}"), 7_000), ("retry-after: 0.5".to_owned(), 500)];
    for (header, wait_ms) in waits {
        let setup = Setup::of(ScriptedServer::always(answer(429, &[&header], "{}")).await);
        let failure = setup.tokens.token(&setup.transport, &setup.provider, &setup.key).await.unwrap_err();
        assert_eq!(failure.retry_after, Some(Duration::from_millis(wait_ms)), "{header}");
    }
}
