//! A router over scripted providers.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use samokoder::{
    domain::money::Usd,
    router::{
        Answer, AnswerStream, Error, Router, Settings, StreamItem,
        account::{Account, Attempt},
        budget::InMemoryLedger,
        call::{Call, Caller, Wanted},
        completion::Delta,
        request::{Message, Request, Role},
        secret::EnvironmentSecrets,
        settings::{CallTimeouts, Currency, OwnPrice, Retries},
    },
};

pub(crate) use super::choice_world::HandClock;
use super::scripted_server::ScriptedServer;

/// Names of the providers, in the order in which they are asked.
pub(super) const NAMES: [&str; 3] = ["first", "second", "third"];
/// The model that all of them serve. Its tokens cost 1 and 2 USD per million.
pub(super) const MODEL: &str = "scripted";

/// The key of a provider.
pub(crate) fn key_of(name: &str) -> String {
    format!("sk-{name}-0123456789abcdef0123456789")
}

/// What a router is built from.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) keys: Vec<(String, String)>,
}

/// A router and what it is built on.
pub(crate) struct Rig {
    pub(crate) router: Router,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) ledger: Arc<InMemoryLedger>,
}

impl Plan {
    /// One provider for each URL. All speak Chat Completions; waits are short.
    pub(crate) fn of(urls: &[String]) -> Self {
        let mut settings = Settings { provider_order: Vec::new(), ..Settings::default() };
        let mut routes = Vec::new();
        let mut keys = Vec::new();
        for (name, url) in NAMES.iter().zip(urls) {
            let row = format!(
                "title = '{name}'\ndialect = 'openai_chat'\nbase_url = '{url}'\nkey_names = ['{}_KEY']",
                name.to_uppercase()
            );
            settings.catalogue.providers.insert((*name).to_owned(), toml::from_str(&row).unwrap());
            settings.provider_order.push((*name).to_owned());
            routes.push(format!("{{ provider = '{name}', model = '{MODEL}-{name}' }}"));
            settings.prices.rows.push(price(name));
            keys.push((format!("{}_KEY", name.to_uppercase()), key_of(name)));
        }
        let model = format!(
            "name = '{MODEL}'\ntitle = 'Scripted'\nclasses = ['chat']\ntier = 3\ncontext_tokens = 100000\n\
             max_output_tokens = 1000\nvision = true\ntools = true\nschema = true\nreasoning = false\nroutes = [{}]",
            routes.join(", ")
        );
        settings.catalogue.models.push(toml::from_str(&model).unwrap());
        settings.timeouts.chat = CallTimeouts {
            first_byte: Duration::from_secs(20),
            idle: Duration::from_secs(20),
            total: Duration::from_secs(30),
            deadline: Duration::from_secs(60),
        };
        let wait = Duration::from_millis(1);
        settings.retries = Retries { most: 2, first_wait: wait, longest_wait: wait };
        Self { settings, keys }
    }

    /// One provider for each server.
    pub(crate) fn over(servers: &[&ScriptedServer]) -> Self {
        Self::of(&servers.iter().map(|server| server.url()).collect::<Vec<_>>())
    }

    pub(crate) fn build(self) -> Rig {
        let clock = Arc::new(HandClock::default());
        let ledger = Arc::new(InMemoryLedger::new(self.settings.budgets.clone()));
        let secrets = Arc::new(EnvironmentSecrets::new(self.keys));
        let router = Router::new(self.settings, secrets, Arc::clone(&ledger) as _, Arc::clone(&clock) as _).unwrap();
        Rig { router, clock, ledger }
    }
}

fn price(provider: &str) -> OwnPrice {
    OwnPrice {
        provider: provider.to_owned(),
        model: format!("{MODEL}-{provider}"),
        currency: Currency::Usd,
        input: 1.into(),
        output: 2.into(),
        cache_read: None,
        cache_write: None,
        since: None,
        source: None,
    }
}

/// A router over these servers.
pub(super) fn rig(servers: &[&ScriptedServer]) -> Rig {
    Plan::over(servers).build()
}

/// A short question to the scripted model.
pub(super) fn call() -> Call {
    Call {
        request: Request { messages: vec![Message::text(Role::User, "Say hello.")], ..Request::default() },
        wanted: Wanted::Named(MODEL.to_owned()),
        strategy: None,
        caller: Caller::local(),
        deadline: None,
        cost_cap: None,
        cache: false,
    }
}

/// An amount of money.
pub(crate) fn usd(text: &str) -> Usd {
    Usd::new(text.parse().unwrap())
}

impl Rig {
    pub(super) async fn complete(&self) -> Result<Answer, Error> {
        self.router.complete(call()).await
    }

    /// A stream to its end.
    pub(super) async fn stream(&self) -> Streamed {
        match self.router.stream(call()).await {
            Ok(stream) => streamed(stream).await,
            Err(error) => Streamed { text: String::new(), end: Err(error) },
        }
    }
}

/// What came of a stream.
#[derive(Debug)]
pub(super) struct Streamed {
    pub(super) text: String,
    pub(super) end: Result<Account, Error>,
}

/// Reads a stream to its end, which is its last item.
pub(super) async fn streamed(mut stream: AnswerStream) -> Streamed {
    let mut text = String::new();
    while let Some(item) = stream.next().await {
        let end = match item {
            Ok(StreamItem::Piece(piece)) => {
                text.extend(piece.deltas.iter().filter_map(|delta| match delta {
                    Delta::Text { text, .. } => Some(text.as_str()),
                    _ => None,
                }));
                continue;
            }
            Ok(StreamItem::End(account)) => Ok(*account),
            Err(error) => Err(error),
        };
        assert!(stream.next().await.is_none(), "nothing follows the end");
        return Streamed { text, end };
    }
    panic!("a stream ended without an end after: {text}");
}

/// Attempts in short: route, and how it failed.
pub(super) fn in_short(attempts: &[Attempt]) -> Vec<String> {
    let short = |attempt: &Attempt| match &attempt.failed {
        None => format!("{}: answered", attempt.route),
        Some(failed) => {
            let status = failed.status.map(|status| format!(" {status}")).unwrap_or_default();
            let code = failed.code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
            format!("{}: {}{status}{code}", attempt.route, failed.class.name())
        }
    };
    attempts.iter().map(short).collect()
}

/// All that an error says of attempts.
pub(super) fn attempts_of(error: &Error) -> Vec<String> {
    match error {
        Error::Failed { attempts, .. } | Error::Deadline { attempts, .. } => in_short(attempts),
        Error::NoRoute { .. } | Error::UnknownModel(_) | Error::Budget { .. } | Error::Settings(_) => Vec::new(),
    }
}
