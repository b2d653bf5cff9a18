//! Those who asked are told, once they can be reached, and nobody else.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use samokoder::{
    domain::{
        clock::{Clock, Timestamp},
        generation::Status,
        submission::Webhook,
    },
    network::{AddressProblem, AddressRule},
    store::{Accepted, End},
    webhook::{ATTEMPTS, Deliverer, Settings, receiver_problem, sign},
};

use crate::records::support::{Fresh, claimed, kept, owner, submission};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ANY: Settings = Settings { addresses: AddressRule::Any };

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(1_800_000_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

/// A message as it came.
struct Message {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

/// Takes messages, and answers each with the next of some statuses; with the last one again and again.
struct Receiver {
    url: String,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl Receiver {
    async fn start(statuses: &[u16]) -> Self {
        let messages = Arc::new(Mutex::new(Vec::new()));
        let (seen, statuses) = (Arc::clone(&messages), statuses.to_vec());
        let take = move |headers: HeaderMap, body: Bytes| {
            let (seen, statuses) = (Arc::clone(&seen), statuses.clone());
            async move {
                let header = |name: &str| headers[name].to_str().unwrap().to_owned();
                let mut seen = seen.lock().unwrap();
                seen.push(Message {
                    id: header("webhook-id"),
                    timestamp: header("webhook-timestamp"),
                    signature: header("webhook-signature"),
                    body: String::from_utf8(body.to_vec()).unwrap(),
                });
                let status = statuses[(seen.len() - 1).min(statuses.len() - 1)];
                (axum::http::StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/told?by=us", listener.local_addr().unwrap());
        let app = Router::new().route("/told", post(take.clone())).route("/elsewhere", post(take));
        #[expect(clippy::disallowed_methods, reason = "the server ends with the test's runtime")]
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, messages }
    }

    fn seen<T>(&self, look: impl Fn(&[Message]) -> T) -> T {
        look(&self.messages.lock().unwrap())
    }
}

/// A generation of whose end somebody wants to be told, ended.
async fn ended(fresh: &Fresh, url: &str) -> String {
    let mut submission = submission("library");
    submission.webhook = Some(Webhook { url: url.to_owned(), secret: SECRET.to_owned() });
    let done = fresh.records.accept(&owner("ann"), std::slice::from_ref(&submission), "{}", None).await;
    assert_eq!(done.unwrap(), Accepted::New);
    let claim = claimed(&fresh.records, &submission.generation).await;
    let end = End::Delivered { status: Status::Succeeded, artifact: kept(), report: "{}".to_owned() };
    assert!(fresh.records.end(&claim, &end).await.unwrap());
    submission.generation.to_string()
}

fn deliverer(fresh: &Fresh, settings: &Settings) -> Deliverer {
    Deliverer::new(fresh.records.clone(), settings, Arc::new(Noon)).unwrap()
}

/// Makes what waits for its next try due.
fn later(fresh: &Fresh) {
    fresh.meddle("update deliveries set run_at = 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_is_told_of_the_end_and_can_tell_by_whom() {
    for fresh in Fresh::both().await {
        let receiver = Receiver::start(&[204]).await;
        let generation = ended(&fresh, &receiver.url).await;
        let deliverer = deliverer(&fresh, &ANY);
        assert_eq!(deliverer.send_due().await, 1);
        assert_eq!(deliverer.send_due().await, 0);
        receiver.seen(|messages| {
            let [message] = messages else { panic!("{} messages", messages.len()) };
            assert_eq!(message.timestamp, "1800000000");
            assert_eq!(message.signature, sign(SECRET, &message.id, 1_800_000_000, message.body.as_bytes()));
            let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
            let expected = serde_json::json!({
                "version": 1, "generation": generation, "sequence": 3, "event": "status_changed", "status": "succeeded",
            });
            assert_eq!(body, expected);
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_until_it_is_taken_always_as_the_same_message() {
    for fresh in Fresh::both().await {
        let receiver = Receiver::start(&[500, 429, 307, 200]).await;
        ended(&fresh, &receiver.url).await;
        let deliverer = deliverer(&fresh, &ANY);
        assert_eq!(deliverer.send_due().await, 1);
        assert_eq!(deliverer.send_due().await, 0, "it waits before the next try");
        for _ in 0..5 {
            later(&fresh);
            deliverer.send_due().await;
        }
        receiver.seen(|messages| {
            assert_eq!(messages.len(), 4, "the redirect was not followed, and what was taken is not sent again");
            assert!(messages.iter().all(|message| message.id == messages[0].id));
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_nobody_takes_is_given_up() {
    let fresh = Fresh::sqlite().await;
    let receiver = Receiver::start(&[503]).await;
    ended(&fresh, &receiver.url).await;
    let deliverer = deliverer(&fresh, &ANY);
    for _ in 0..ATTEMPTS + 5 {
        later(&fresh);
        deliverer.send_due().await;
    }
    assert_eq!(receiver.seen(<[Message]>::len), ATTEMPTS as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_send_at_once_send_each_message_once() {
    for fresh in Fresh::both().await {
        let receiver = Receiver::start(&[200]).await;
        for _ in 0..10 {
            ended(&fresh, &receiver.url).await;
        }
        let (first, second) = (deliverer(&fresh, &ANY), deliverer(&fresh, &ANY));
        let (one, other) = tokio::join!(first.send_due(), second.send_due());
        assert_eq!(one + other, 10);
        assert_eq!(receiver.seen(<[Message]>::len), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s60_s61_an_address_within_the_operators_network_is_not_asked() {
    let fresh = Fresh::sqlite().await;
    let receiver = Receiver::start(&[200]).await;
    let settings = Settings { addresses: AddressRule::Public };
    for (url, problem) in [
        (receiver.url.as_str(), AddressProblem::NotPublic),
        ("http://169.254.169.254/latest/", AddressProblem::NotPublic),
        ("https://127.1/x", AddressProblem::NotPublic),
        ("http://example.com/x", AddressProblem::Scheme),
        ("file:///etc/passwd", AddressProblem::Scheme),
        ("https://user:pass@example.com/", AddressProblem::UserInfo),
        ("https://example.com/#part", AddressProblem::Fragment),
        ("https://example.com/?a b", AddressProblem::NotAUrl),
    ] {
        assert_eq!(receiver_problem(url, &settings), Some(problem), "{url}");
    }
    assert_eq!(receiver_problem("https://example.com/told?token=x", &settings), None);
    // A name that was harmless when it was written down may lead here by now.
    let port = receiver.url.split(':').nth(2).unwrap();
    ended(&fresh, &format!("http://localhost:{port}")).await;
    assert_eq!(deliverer(&fresh, &settings).send_due().await, 1);
    assert_eq!(receiver.seen(<[Message]>::len), 0);
}
