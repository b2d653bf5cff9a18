//! Where keys may not be seen: in what a panic prints, in errors, in lines of the log.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt as _,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use futures::StreamExt as _;
use http::{HeaderValue, header};
use samokoder::{
    domain::clock::{Clock, Timestamp},
    router::{
        Router, Settings,
        budget::InMemoryLedger,
        call::{Call, Caller, Wanted},
        request::{Message, Request, Role},
        secret::{EnvironmentSecrets, FileSecrets, Secret, SecretSettings},
        transport::{Outgoing, Timeouts},
    },
};
use tokio::sync::Notify;
use tracing_subscriber::fmt::MakeWriter;

use super::scripted_server::{Act, ScriptedServer, Seen, answer};

/// The operator's key, and the caller's own.
const CANARY: &str = "canary+K3y/0123456789=abcdef";
const OWN_CANARY: &str = "own-canary.K3y_9876543210~fedcba";

/// Every form of a key that may not be seen.
fn forms(key: &str) -> Vec<String> {
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = key
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    vec![
        key.to_owned(),
        key.chars().rev().collect(),
        STANDARD.encode(key),
        URL_SAFE_NO_PAD.encode(key),
        hex.to_uppercase(),
        hex,
        url,
    ]
}

fn assert_unseen(text: &str) {
    for key in [CANARY, OWN_CANARY] {
        // What `Debug` makes of bytes.
        let bytes = format!("{:?}", key.as_bytes());
        for form in forms(key).iter().map(String::as_str).chain([bytes.trim_matches(['[', ']']), "canary"]) {
            if let Some((before, after)) = text.split_once(form) {
                let before: String = before.chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
                panic!("{form} is seen: ..{before}[here]{}..", after.chars().take(200).collect::<String>());
            }
        }
    }
}

/// A time that goes on.
struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_262_400_000)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

fn call(model: &str) -> Call {
    let messages = vec![Message::text(Role::User, "Say hello.")];
    Call {
        request: Request { messages, ..Request::default() },
        wanted: Wanted::Named(format!("scripted/{model}")),
        strategy: None,
        caller: Caller::local(),
        deadline: None,
        cost_cap: None,
        cache: false,
    }
}

fn router(server: &ScriptedServer) -> Router {
    let mut settings = Settings::default();
    let provider = format!(
        "[scripted]\ndialect = 'openai_chat'\nbase_url = '{}'\nkey_names = ['SCRIPTED']\nfree = true",
        server.url()
    );
    settings.catalogue.providers = toml::from_str(&provider).unwrap();
    settings.retries.most = 1;
    settings.retries.first_wait = Duration::from_millis(1);
    let secrets = EnvironmentSecrets::new([("SCRIPTED".to_owned(), CANARY.to_owned())]);
    let ledger = Arc::new(InMemoryLedger::new(settings.budgets.clone()));
    Router::new(settings, Arc::new(secrets), ledger, Arc::new(RealClock(Instant::now()))).unwrap()
}

/// Lines of a log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The key that a request showed, in all forms, as an error.
fn echo(seen: &Seen, status: u16) -> Vec<Act> {
    let authorization = seen.head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
    let key = authorization.trim_start_matches("Bearer ");
    assert!([CANARY, OWN_CANARY].contains(&key), "{authorization}");
    let said = format!("wrong key {authorization} in {}", forms(key).join(" and "));
    let body = serde_json::json!({ "error": { "message": said, "type": key, "code": key } });
    answer(status, &["content-type: application/json", &format!("x-request-id: {key}")], body.to_string())
}

#[tokio::test]
async fn s73_a_key_that_a_provider_repeats_is_in_no_error_and_in_no_line_of_the_log() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for status in [400, 401, 418, 429, 500, 529] {
        let server = ScriptedServer::start(move |_, seen| echo(seen, status)).await;
        let router = router(&server);
        for own in [false, true] {
            let mut call = call("m");
            if own {
                call.caller.own_keys = vec![("scripted".to_owned(), Secret::new(OWN_CANARY.to_owned()))];
            }
            let whole = router.complete(call.clone()).await.unwrap_err();
            assert_unseen(&format!("{whole} {whole:?} {router:?} {call:?}"));
            let stream = router.stream(call).await.err().unwrap();
            assert_unseen(&format!("{stream} {stream:?}"));
        }
        // A key that is not known is not shown again.
        let expected = if status == 401 { 2 } else { 4 };
        assert!(server.requests() >= expected, "status {status}");
    }
    drop(guard);
    let text = lines.text();
    assert!(text.contains("scripted/m"), "the log was not captured: {text}");
    assert_unseen(&text);
}

#[tokio::test]
async fn s73_a_key_in_the_middle_of_a_stream_is_in_no_error() {
    let signal = Arc::new(Notify::new());
    let after_first = Arc::clone(&signal);
    let server = ScriptedServer::start(move |_, seen| {
        assert!(seen.head.contains(CANARY));
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let first = r#"{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"Hel"}}]}"#;
        let second = serde_json::json!({ "error": { "message": format!("lost {CANARY}"), "code": 500 } });
        vec![
            Act::Send(head.into()),
            Act::Chunk(format!("data: {first}\n\n").into()),
            Act::Await(Arc::clone(&after_first)),
            Act::Chunk(format!("data: {second}\n\n").into()),
            Act::LastChunk,
        ]
    })
    .await;
    let mut stream = Box::pin(router(&server).stream(call("m")).await.unwrap());
    assert!(stream.next().await.unwrap().is_ok());
    signal.notify_one();
    let items: Vec<_> = stream.collect().await;
    let error = items.last().unwrap().as_ref().unwrap_err();
    assert!(error.to_string().contains("lost"), "{error}");
    assert_unseen(&format!("{error} {error:?}"));
}

/// What a panic prints, when all that holds keys is in scope and is shown.
#[test]
fn s74_a_panic_with_keys_in_scope_shows_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.env");
    fs::write(&path, format!("SCRIPTED={CANARY}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

    let secret = Secret::new(CANARY.to_owned());
    let environment = EnvironmentSecrets::new([("SCRIPTED".to_owned(), CANARY.to_owned())]);
    let file = FileSecrets::open(&path).unwrap();
    let settings = SecretSettings { environment: environment.clone(), file: Some(path) };
    let mut call = call("m");
    call.caller.own_keys = vec![("scripted".to_owned(), Secret::new(OWN_CANARY.to_owned()))];
    let seconds = Duration::from_secs(1);
    let outgoing = Outgoing {
        path: "/chat/completions",
        headers: &[],
        authorization: Some((header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {CANARY}")).unwrap())),
        body: CANARY.into(),
        timeouts: Timeouts { first_byte: seconds, idle: seconds, total: seconds },
    };

    let printed = Arc::new(Mutex::new(String::new()));
    let (before, ours) = (panic::take_hook(), Arc::clone(&printed));
    let thread = std::thread::current().id();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == thread {
            ours.lock().unwrap().push_str(&format!("{info}\n{info:?}\n"));
        }
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        panic!("{:?}", (&secret, &environment, &file, &settings, &call, &outgoing));
    }));
    panic::set_hook(before);
    assert!(outcome.is_err());
    let printed = printed.lock().unwrap().clone();
    assert_eq!(printed.matches("[secret]").count(), 5, "{printed}");
    assert_unseen(&printed);
}
