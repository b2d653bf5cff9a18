//! What calls may cost, what they cost, and who is told: budgets, dropped calls, the log.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt as _;
use samokoder::router::{
    EmbeddingRequest, Error, StreamItem,
    account::{Cost, CostBasis},
    budget::{Balance, Scope},
    call::{Call, Caller},
    request::{Message, Role},
};
use tracing_subscriber::fmt::MakeWriter;

use super::{
    rig::{MODEL, Plan, Rig, call, key_of, rig, usd},
    scripted_server::{self, Act, ScriptedServer, completion, error, stream_head, text_event},
};

/// What the reserve of [`call`] is: 78 bytes of a body and what a provider may add to them, 1,000 tokens of output.
const MOST: &str = "0.002334";
/// What is settled for [`call`] when nobody saw the answer that may have been written: "Say hello." has three tokens, what
/// is around it eight; the answer, at its longest, 1,000.
const UNSEEN: &str = "0.002011";

fn of_key() -> Call {
    Call { caller: Caller { key: Some("team".to_owned()), ..Caller::local() }, ..call() }
}

fn with_budget(servers: &[&ScriptedServer], budget: &str) -> Rig {
    let mut plan = Plan::over(servers);
    plan.settings.budgets.per_key = Some(usd(budget));
    plan.build()
}

fn balance(rig: &Rig) -> Balance {
    let scope = Scope::Key { tenant: "local".to_owned(), key: "team".to_owned() };
    rig.ledger.balance(&scope).unwrap_or_default()
}

fn spent(amount: &str) -> Balance {
    Balance { spent: usd(amount), reserved: usd("0") }
}

#[tokio::test]
async fn money_is_reserved_before_a_call_and_settled_after_it() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let rig = with_budget(&[&server], "1");
    for calls in ["0.000017", "0.000034"] {
        rig.router.complete(of_key()).await.unwrap();
        assert_eq!(balance(&rig), spent(calls));
    }
}

#[tokio::test]
async fn a_call_that_may_pass_its_budget_is_not_made() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let enough = with_budget(&[&server], MOST);
    enough.router.complete(of_key()).await.unwrap();
    let error = enough.router.complete(of_key()).await.unwrap_err();
    assert!(matches!(&error, Error::Budget { scope, .. } if scope == "key team"), "{error}");
    assert_eq!(server.requests(), 1);
    assert_eq!(balance(&enough), spent("0.000017"));

    let error = with_budget(&[&server], "0.001").router.stream(of_key()).await.unwrap_err();
    assert!(matches!(error, Error::Budget { .. }), "{error}");
    assert_eq!(server.requests(), 1);
}

/// The reserve is there while the call is: two calls at once do not pass together what one may spend.
#[tokio::test]
async fn calls_at_once_share_a_budget() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let rig = with_budget(&[&server], "0.003");
    let (one, two) = futures::join!(rig.router.complete(of_key()), rig.router.complete(of_key()));
    assert_eq!((one.is_ok(), two.is_ok(), server.requests()), (true, false, 1));
    assert_eq!(balance(&rig), spent("0.000017"));
}

#[tokio::test]
async fn failed_attempts_give_back_what_they_did_not_cost() {
    let broken = ScriptedServer::always(error(500, &[], "broken")).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    // The second one's name is a letter longer.
    let rig = with_budget(&[&broken, &healthy], "0.002335");
    rig.router.complete(of_key()).await.unwrap();
    assert_eq!(balance(&rig), spent("0.000017"));
}

#[tokio::test]
async fn a_model_without_a_price_is_not_called_under_a_budget() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let without_price = |servers: &[&ScriptedServer]| {
        let mut plan = Plan::over(servers);
        plan.settings.prices.rows.remove(0);
        plan.settings.budgets.per_key = Some(usd("1"));
        plan.build()
    };
    let rig = without_price(&[&server]);
    let error = rig.router.complete(of_key()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no route for scripted: first/scripted-first: its price is not known, and money is limited; \
         ask for another model, or the operator for what is missing"
    );
    let capped = Call { cost_cap: Some(usd("1")), ..call() };
    assert!(matches!(rig.router.complete(capped).await.unwrap_err(), Error::NoRoute { .. }));
    assert_eq!(server.requests(), 0);
    assert_eq!(rig.complete().await.unwrap().account.cost.amount, None, "nothing limits this one");
    let answer = without_price(&[&server, &server]).router.complete(of_key()).await.unwrap();
    assert_eq!(answer.account.provider, "second");
}

/// What failed attempts were billed is part of what a call may cost.
#[tokio::test]
async fn a_cap_is_over_all_attempts() {
    let body =
        serde_json::json!({"error": {"message": "no"}, "usage": {"prompt_tokens": 0, "completion_tokens": 1000}});
    let billing = ScriptedServer::always(scripted_server::json(500, &body)).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = rig(&[&billing, &healthy]);
    let capped = |cap: &str| Call { cost_cap: Some(usd(cap)), ..call() };
    rig.router.complete(capped("0.004")).await.unwrap_err();
    assert_eq!((billing.requests(), healthy.requests()), (1, 0));
    rig.clock.advance(Duration::from_secs(3600));
    rig.router.complete(capped("0.005")).await.unwrap();
    assert_eq!((billing.requests(), healthy.requests()), (2, 1));
    assert!(matches!(rig.router.complete(capped("0.001")).await.unwrap_err(), Error::NoRoute { .. }));
}

/// Dropping a call that waits for a whole answer: the provider sees it go; it may have read and written all of it.
#[tokio::test]
async fn a_dropped_call_is_cancelled_and_settled() {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let rig = with_budget(&[&server], "1");
    let mut asking = Box::pin(rig.router.complete(of_key()));
    while server.requests() == 0 {
        assert!(futures::poll!(asking.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(balance(&rig).reserved, usd(MOST));
    drop(asking);
    server.client_gone(1).await;
    rig.router.settled().await;
    assert_eq!(balance(&rig), spent(UNSEEN));
    assert!(rig.router.breakers().states().is_empty(), "the provider is not to blame");
}

/// Dropping a stream: what came of it is counted and paid.
#[tokio::test]
async fn a_dropped_stream_is_cancelled_and_what_came_is_paid() {
    let acts = vec![stream_head(), text_event("Hello"), text_event(" world"), Act::Hang];
    let server = ScriptedServer::always(acts).await;
    let rig = with_budget(&[&server], "1");
    let mut stream = rig.router.stream(of_key()).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(stream.next().await, Some(Ok(StreamItem::Piece(_)))));
    }
    drop(stream);
    server.client_gone(1).await;
    rig.router.settled().await;
    assert_eq!(balance(&rig), spent("0.000015"), "11 tokens in, 2 out");
}

/// What the provider said of tokens before a stream was dropped goes before our own count.
#[tokio::test]
async fn a_dropped_stream_is_paid_by_the_providers_count_when_there_is_one() {
    let usage = serde_json::json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 50}});
    let acts = vec![stream_head(), text_event("Hello"), scripted_server::event(usage), text_event("!"), Act::Hang];
    let server = ScriptedServer::always(acts).await;
    let rig = with_budget(&[&server], "1");
    let mut stream = rig.router.stream(of_key()).await.unwrap();
    let mut texts = 0;
    while texts < 2 {
        let Some(Ok(StreamItem::Piece(piece))) = stream.next().await else { panic!("the stream ended") };
        texts += usize::from(
            piece.deltas.iter().any(|delta| matches!(delta, samokoder::router::completion::Delta::Text { .. })),
        );
    }
    drop(stream);
    rig.router.settled().await;
    assert_eq!(balance(&rig), spent("0.0002"));
}

/// A stream that breaks off is paid as far as it came.
#[tokio::test]
async fn a_stream_that_breaks_off_is_paid_as_far_as_it_came() {
    let server = ScriptedServer::always(vec![stream_head(), text_event("Hello world"), Act::LastChunk]).await;
    let rig = with_budget(&[&server], "1");
    let broken = super::rig::streamed(rig.router.stream(of_key()).await.unwrap()).await;
    assert!(broken.end.is_err());
    assert_eq!(balance(&rig), spent("0.000015"));
}

/// What a failed attempt costs where its provider says nothing of tokens: nothing, when it refused or was not reached; all
/// that it may have read and written, when its answer came damaged or not at all.
#[tokio::test]
async fn r45_a_failed_attempt_costs_what_its_provider_may_bill() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".to_vec();
    let with_cost = serde_json::json!({"error": {"message": "no"}, "usage": {"prompt_tokens": 9, "cost": 0.5}});
    let broken_off = serde_json::json!({"choices": [{"message": {"content": "Hel"}, "finish_reason": "error"}]});
    let (costs, acts): (Vec<_>, Vec<_>) = [
        ("0", error(500, &[], "broken")),
        ("0", error(429, &[], "slow")),
        ("0", scripted_server::json(200, &serde_json::json!({"error": {"message": "no capacity", "code": 503}}))),
        ("0.5", scripted_server::json(500, &with_cost)),
        (UNSEEN, vec![Act::Reset]),
        (UNSEEN, vec![Act::Close]),
        (UNSEEN, scripted_server::answer(307, &["location: http://127.0.0.1:9/"], "")),
        (UNSEEN, scripted_server::answer(200, &[], "{\"choices\": [")),
        (UNSEEN, scripted_server::json(200, &broken_off)),
        (UNSEEN, scripted_server::answer(200, &[], vec![b' '; 64 * 1024 * 1024 + 1])),
        (UNSEEN, vec![Act::Send(head.clone()), Act::Reset]),
        (UNSEEN, vec![Act::Hang]),
        (UNSEEN, vec![Act::Send(head), Act::Hang]),
    ]
    .into_iter()
    .unzip();
    let failing = ScriptedServer::start(move |number, _| acts[number].clone()).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let mut plan = Plan::over(&[&failing, &healthy]);
    plan.settings.timeouts.chat.total = Duration::from_millis(500);
    let rig = plan.build();
    for cost in costs {
        let account = rig.complete().await.unwrap().account;
        let attempt = &account.attempts[0];
        assert_eq!(attempt.cost.amount, Some(usd(cost)), "{:?}", attempt.failed);
        assert_eq!(account.cost.amount, Some(usd(cost) + usd("0.000017")));
        rig.clock.advance(Duration::from_secs(25 * 60 * 60));
    }
}

/// A provider that nobody can reach takes nothing.
#[tokio::test]
async fn an_attempt_without_a_connection_costs_nothing() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = Plan::of(&[format!("http://{closed}/v1"), healthy.url()]).build();
    let account = rig.complete().await.unwrap().account;
    assert_eq!(account.attempts[0].cost, Cost::FREE);
    assert_eq!(account.cost.amount, Some(usd("0.000017")));
}

/// A whole call that its deadline cuts off costs what it may have cost, and the account says that this is an estimate.
#[tokio::test]
async fn a_call_that_its_deadline_cuts_off_is_settled() {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let rig = with_budget(&[&server], "1");
    let hurried = Call { deadline: Some(Duration::from_millis(200)), ..of_key() };
    let Err(Error::Deadline { attempts, .. }) = rig.router.complete(hurried).await else { panic!("nobody answers") };
    assert_eq!(attempts[0].cost, Cost { amount: Some(usd(UNSEEN)), basis: CostBasis::Estimate });
    assert_eq!(balance(&rig), spent(UNSEEN));
}

/// A provider that answers at once where pieces were asked for has done the work: its answer is handed on, and paid once.
#[tokio::test]
async fn a_whole_answer_to_a_stream_is_handed_on_and_paid() {
    let body = serde_json::json!({
        "id": "1", "model": "m",
        "choices": [{"message": {"content": "Look", "reasoning": "Hm", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}},
        ]}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3},
    });
    let server = ScriptedServer::always(scripted_server::json(200, &body)).await;
    let healthy = ScriptedServer::always(completion("Hi")).await;
    let rig = with_budget(&[&server, &healthy], "1");
    let items: Vec<_> = rig.router.stream(of_key()).await.unwrap().collect().await;
    let [Ok(StreamItem::Piece(piece)), Ok(StreamItem::End(account))] = &items[..] else { panic!("{items:?}") };
    insta::assert_debug_snapshot!(piece.deltas);
    assert_eq!((account.model.as_str(), account.attempts.len(), healthy.requests()), ("m", 1, 0));
    assert_eq!(account.cost, Cost { amount: Some(usd("0.000017")), basis: CostBasis::Usage });
    assert_eq!(balance(&rig), spent("0.000017"));
}

/// No provider pays for being asked: the tokens have a price, and the account says what was not believed.
#[tokio::test]
async fn a_cost_below_zero_is_not_believed() {
    let body = serde_json::json!({
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3, "cost": -1000},
    });
    let server = ScriptedServer::always(scripted_server::json(200, &body)).await;
    let rig = with_budget(&[&server], "1");
    let account = rig.router.complete(of_key()).await.unwrap().account;
    assert_eq!(account.attempts[0].cost, Cost { amount: Some(usd("0.000017")), basis: CostBasis::Usage });
    assert_eq!(account.attempts[0].cost_not_believed, Some(usd("-1000")));
    assert_eq!(balance(&rig), spent("0.000017"));
}

/// A provider's own figure for vectors goes before the price, as for answers.
#[tokio::test]
async fn vectors_cost_what_their_provider_says() {
    let body = |usage: serde_json::Value| serde_json::json!({"data": [], "usage": usage});
    let told = scripted_server::json(200, &body(serde_json::json!({"prompt_tokens": 4, "cost": "0.25"})));
    let total = scripted_server::json(200, &body(serde_json::json!({"total_tokens": 4})));
    let server = ScriptedServer::start(move |number, _| if number == 0 { told.clone() } else { total.clone() }).await;
    let rig = with_budget(&[&server], "1");
    let asked = || EmbeddingRequest(serde_json::json!({"input": ["one"]}).as_object().unwrap().clone());
    let account = rig.router.embed(of_key(), asked()).await.unwrap().account;
    assert_eq!(account.cost, Cost { amount: Some(usd("0.25")), basis: CostBasis::Provider });
    let account = rig.router.embed(of_key(), asked()).await.unwrap().account;
    assert_eq!(account.cost, Cost { amount: Some(usd("0.000004")), basis: CostBasis::Usage });
    assert_eq!(balance(&rig), spent("0.250004"));
}

/// Takes what is written to the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn lines(&self) -> Vec<String> {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
    }
}

/// One line for each call, however it ended, with nothing of what was asked, answered or shown.
#[tokio::test]
async fn a_call_is_one_line_of_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .without_time()
        .with_max_level(tracing::Level::INFO)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let echo = serde_json::json!({"error": {"message": format!("your key {} and your secret question", key_of("first")), "code": 500}});
    let server = ScriptedServer::start(move |number, _| match number {
        0 => completion("the secret answer"),
        1 => scripted_server::stream(&["the secret", " answer"]),
        _ => scripted_server::json(400, &echo),
    })
    .await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.cache.enabled = true;
    let rig = plan.build();
    let mut asked = of_key();
    asked.request.messages = vec![Message::text(Role::User, "the secret question")];
    asked.cache = true;
    rig.router.complete(asked.clone()).await.unwrap();
    rig.router.complete(asked.clone()).await.unwrap();
    super::rig::streamed(rig.router.stream(asked.clone()).await.unwrap()).await.end.unwrap();
    rig.router.complete(Call { cache: false, ..asked }).await.unwrap_err();
    insta::assert_snapshot!(log.lines().join("\n"));
    assert_eq!(log.lines().len(), 4, "one for each call of {MODEL}");
}
