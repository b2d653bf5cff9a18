use futures::future::BoxFuture;

use super::*;
use crate::router::{hand_clock::HandClock, secret::SecretError};

/// A source whose answers are set by hand.
#[derive(Default)]
struct HandSource(Mutex<HashMap<String, Result<String, ()>>>);

impl HandSource {
    fn set(&self, name: &str, secret: Result<&str, ()>) {
        self.0.lock().unwrap().insert(name.to_owned(), secret.map(str::to_owned));
    }
}

impl SecretSource for HandSource {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret>, SecretError>> {
        let found = self.0.lock().unwrap().get(name).cloned().transpose();
        let error =
            || SecretError { name: name.to_owned(), source_name: "hand".to_owned(), reason: "it is shut".to_owned() };
        Box::pin(async move { found.map(|secret| secret.map(Secret::new)).map_err(|()| error()) })
    }
}

fn provider(name: &str, more: &str) -> Arc<Provider> {
    let row = format!("title = '{name}'\ndialect = 'openai_chat'\nbase_url = 'http://127.0.0.1/v1'\n{more}");
    Arc::new(Provider { name: name.to_owned(), ..toml::from_str(&row).unwrap() })
}

fn caller(own_keys: &[(&str, &str)]) -> Caller {
    let own_keys = own_keys.iter().map(|(name, key)| ((*name).to_owned(), Secret::new((*key).to_owned()))).collect();
    Caller { own_keys, ..Caller::local() }
}

struct Fixture {
    source: Arc<HandSource>,
    clock: HandClock,
    keys: OperatorKeys,
}

fn fixture() -> Fixture {
    let (source, clock) = (Arc::new(HandSource::default()), HandClock::default());
    let providers = [provider("one", "key_names = ['ONE', 'OLD_ONE']"), provider("two", "key_names = ['TWO']")];
    let keys = OperatorKeys::new(Arc::clone(&source) as _, clock.shared(), &providers);
    Fixture { source, clock, keys }
}

impl Fixture {
    async fn key(&self, provider: &str) -> Option<String> {
        let ring = self.keys.ring(&caller(&[])).await;
        ring.of(provider).map(|key| key.secret.expose().to_owned())
    }
}

#[tokio::test]
async fn the_first_name_that_has_a_key_counts() {
    let fixture = fixture();
    fixture.source.set("OLD_ONE", Ok("old"));
    assert_eq!((fixture.key("one").await.as_deref(), fixture.key("two").await), (Some("old"), None));
    fixture.source.set("ONE", Ok("new"));
    fixture.keys.doubt();
    assert_eq!(fixture.key("one").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_new_key_counts_after_a_while_or_when_the_old_one_is_refused() {
    let fixture = fixture();
    fixture.source.set("ONE", Ok("first"));
    assert_eq!(fixture.key("one").await.as_deref(), Some("first"));
    fixture.source.set("ONE", Ok("second"));
    assert_eq!(fixture.key("one").await.as_deref(), Some("first"), "it was asked just now");
    fixture.clock.advance(FRESH);
    assert_eq!(fixture.key("one").await.as_deref(), Some("second"));
    fixture.source.set("ONE", Ok("third"));
    fixture.keys.doubt();
    assert_eq!(fixture.key("one").await.as_deref(), Some("third"));
}

#[tokio::test]
async fn a_source_that_cannot_be_read_takes_no_key_away() {
    let fixture = fixture();
    fixture.source.set("ONE", Ok("first"));
    fixture.key("one").await;
    fixture.source.set("ONE", Err(()));
    fixture.keys.doubt();
    assert_eq!(fixture.key("one").await.as_deref(), Some("first"));
}

#[tokio::test]
async fn the_callers_own_key_goes_before() {
    let fixture = fixture();
    fixture.source.set("ONE", Ok("operators"));
    let ring = fixture.keys.ring(&caller(&[("one", "own")])).await;
    let own = ring.of("one").unwrap();
    assert_eq!((own.secret.expose(), &own.fingerprint), ("own", &own.secret.fingerprint()));
    assert_eq!(ring.credential(&provider("one", "")), Credential::Key(own.fingerprint.clone()));
    assert_eq!(ring.credential(&provider("two", "")), Credential::Missing);
    assert_eq!(ring.credential(&provider("two", "key_optional = true")), Credential::NotNeeded);
}

#[test]
fn keys_are_shown_as_providers_want_them() {
    let key = Secret::new("sk-1".to_owned());
    let shown = |how| {
        let (name, value) = Key::header(&key, how).unwrap();
        assert!(value.is_sensitive());
        format!("{name}: {}", value.to_str().unwrap())
    };
    assert_eq!(shown(Authorization::Bearer), "authorization: Bearer sk-1");
    assert_eq!(shown(Authorization::XApiKey), "x-api-key: sk-1");
    let broken = Key::header(&Secret::new("sk\n1".to_owned()), Authorization::Bearer).unwrap_err();
    assert_eq!((broken.class, broken.code.as_deref()), (FailureClass::Key, Some("malformed_key")));
}
