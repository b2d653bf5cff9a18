//! One attempt: a request to one provider, and the beginning of its answer.

use std::{sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue};
use tokio::time::{Instant, timeout};

use crate::domain::{clock::Timestamp, money::Usd};
use crate::router::{
    Error,
    breaker::Admission,
    choice::Candidate,
    completion::Completion,
    dialect::{Dialect, Encoded, Target, dialect},
    failure::{Failure, FailureClass},
    keyring::Key,
    model::Route,
    provider::Authorization,
    refused_keys::PassedOver,
    shared::Shared,
    transport::{Incoming, Outgoing, Timeouts, Transport},
};

use super::{
    bill::Bill,
    embedding::{self, EmbeddingRequest, Embeddings},
    flow::Flow,
    run::Run,
    running::{Reached, Running},
};

/// Most bytes of a whole answer, decompressed. The longest texts that models write have some hundred kilobytes; pictures
/// in answers, and vectors of many texts, have megabytes.
pub(super) const ANSWER_CAP_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of an error's body.
const ERROR_CAP_BYTES: usize = 64 * 1024;
/// How long an error's body is waited for: its status says enough to go on.
const ERROR_PATIENCE: Duration = Duration::from_secs(5);
/// A provider took a request whose token it refuses; the next token may be good.
const UNAUTHORIZED: u16 = 401;

/// What is asked for.
pub(in crate::router) enum Ask {
    /// The whole answer at once.
    Whole,
    /// The answer piece by piece.
    Stream,
    /// Vectors of texts.
    Embeddings(EmbeddingRequest),
}

/// An answer, or the beginning of one.
pub(in crate::router) enum Got {
    /// The whole of it.
    Whole(Completion),
    /// Its first pieces.
    Stream(Box<Flow>),
    /// Vectors of texts.
    Embeddings(Embeddings),
}

/// Why an attempt came to nothing.
pub(super) enum Stop {
    /// The provider was not asked.
    NotAsked(Error),
    /// The attempt failed.
    Failed(Failure),
}

impl Run {
    /// Makes one attempt, and another when the provider refuses a token that was good before. A place among a key's
    /// requests is waited for until `patience`.
    pub(super) async fn attempt(&mut self, candidate: &Candidate, ask: &Ask, patience: Instant) -> Result<Got, Stop> {
        let mut may_renew = candidate.provider.authorization == Authorization::GigachatOauth;
        loop {
            let (encoded, transport) = self.prepare(candidate, ask, patience).await.map_err(Stop::NotAsked)?;
            let failure = match self.exchange(encoded, &transport, ask).await {
                Ok(got) => {
                    self.shared.refused_keys.accepted(&candidate.key, &candidate.route.model);
                    return Ok(got);
                }
                Err(failure) => failure,
            };
            let is_refused_token = self.forget_token(&failure);
            let failure = self.fail_attempt(failure);
            if !(is_refused_token && std::mem::take(&mut may_renew)) {
                let (key, route, dialect) = (&candidate.key, &candidate.route, candidate.provider.dialect);
                self.shared.refused_keys.learn_failure(key, &route.model, dialect, &failure);
                return Err(Stop::Failed(failure));
            }
        }
    }

    /// Everything that must be in order before a provider is asked. When it is not, nothing was spent and nobody is marked.
    async fn prepare(
        &mut self,
        candidate: &Candidate,
        ask: &Ask,
        patience: Instant,
    ) -> Result<(Encoded, Transport), Error> {
        let unasked = |failure| Error::Failed { failure, attempts: Vec::new() };
        let encoded = encode(candidate, self, ask).map_err(unasked)?;
        let shared = Arc::clone(&self.shared);
        let provider = &candidate.provider;
        let transport = shared.transport(provider)?;
        let key = self.keys.of(&provider.name).cloned();
        let within = patience.saturating_duration_since(Instant::now());
        let place =
            shared.places.admit(provider, key.as_ref().map(|key| &key.secret), within).await.map_err(unasked)?;
        // Only now, as much may have happened while the place was waited for, and a probe may not wait.
        let pass = match shared.breakers.admit(&candidate.key) {
            Admission::Admitted(pass) => pass,
            Admission::Refused { retry_after } => return Err(unasked(left_alone(candidate.name(), retry_after))),
        };
        if let Err(passed_over) = shared.refused_keys.admit(&candidate.key, &candidate.route.model) {
            return Err(unasked(self.key_refused(&candidate.route, passed_over)));
        }
        let price = shared.prices.price(&provider.name, &candidate.route.model);
        let reservation = self.reserve(candidate, &encoded, matches!(ask, Ask::Embeddings(_))).await?;
        self.running = Some(Running {
            span: self.record.attempt(candidate),
            reservation,
            bill: Bill::new(&self.call, candidate, price),
            candidate: candidate.clone(),
            key,
            token: None,
            pass: Some(pass),
            place: Some(place),
            began: self.now(),
            waiting_since: None,
            first_piece_after: None,
            reached: Reached::Nothing,
            ledger: Arc::clone(&shared.ledger),
        });
        Ok((encoded, transport))
    }

    /// Sends the request and reads what is waited for before the answer is handed on.
    async fn exchange(&mut self, encoded: Encoded, transport: &Transport, ask: &Ask) -> Result<Got, Failure> {
        let shared = Arc::clone(&self.shared);
        let now = self.now();
        let Some(running) = &mut self.running else {
            return Err(Failure::new(FailureClass::Overload, "no_attempt", "no attempt was begun"));
        };
        running.waiting_since = Some(now);
        let outcome = running.ask(&shared, encoded, transport, ask).await;
        self.stop_waiting();
        outcome
    }
}

impl Running {
    async fn ask(
        &mut self,
        shared: &Shared,
        encoded: Encoded,
        transport: &Transport,
        ask: &Ask,
    ) -> Result<Got, Failure> {
        let wire = dialect(self.candidate.provider.dialect);
        let authorization = self.authorization(shared, transport).await?;
        let timeouts = self.candidate.timeouts;
        let timeouts = Timeouts { first_byte: timeouts.first_byte, idle: timeouts.idle, total: timeouts.total };
        self.reached = Reached::Sent;
        let Encoded { path, headers, body } = encoded;
        let incoming = transport.send(Outgoing { path, headers: &headers, authorization, body, timeouts }).await?;
        shared.rate_limits.learn(&self.candidate.key, &self.candidate.route.model, &incoming.headers);
        if !(200..300).contains(&incoming.status) {
            return Err(refusal(wire, incoming, shared.clock.now()).await);
        }
        match ask {
            Ask::Whole => {
                let completion = wire.decode(&incoming.whole(ANSWER_CAP_BYTES).await?)?;
                self.bill.hear_whole(&completion);
                Ok(Got::Whole(completion))
            }
            Ask::Stream => Ok(Got::Stream(Box::new(Flow::begin(wire, incoming, &mut self.bill).await?))),
            Ask::Embeddings(_) => {
                let embeddings = embedding::read(wire, incoming.whole(ANSWER_CAP_BYTES).await?)?;
                self.bill.hear_usage(embeddings.usage, embeddings.provider_cost);
                Ok(Got::Embeddings(embeddings))
            }
        }
    }

    /// The header that shows the key, or the token that is had for it; none without a key.
    async fn authorization(
        &mut self,
        shared: &Shared,
        transport: &Transport,
    ) -> Result<Option<(HeaderName, HeaderValue)>, Failure> {
        let provider = &self.candidate.provider;
        let Some(key) = &self.key else { return Ok(None) };
        let shown = match provider.authorization {
            Authorization::Bearer | Authorization::XApiKey => &key.secret,
            Authorization::GigachatOauth => {
                let token = shared.tokens.token(transport, provider, &key.secret).await?;
                &*self.token.insert(token)
            }
        };
        Key::header(shown, provider.authorization).map(Some)
    }
}

impl Run {
    /// Forgets a token that the provider refused, and says whether there was one.
    fn forget_token(&self, failure: &Failure) -> bool {
        let Some(Running { candidate, key: Some(key), token: Some(token), .. }) = &self.running else { return false };
        let is_refused = failure.status == Some(UNAUTHORIZED);
        if is_refused {
            self.shared.tokens.forget(&candidate.provider, &key.secret, token);
        }
        is_refused
    }
}

impl Run {
    /// The most that a whole answer of a candidate can cost; none where nothing bounds it.
    pub(in crate::router) fn most_of_whole(&self, candidate: &Candidate) -> Option<Usd> {
        let encoded = encode(candidate, self, &Ask::Whole).ok()?;
        self.most(candidate, &encoded, false).ok()
    }
}

fn encode(candidate: &Candidate, run: &Run, ask: &Ask) -> Result<Encoded, Failure> {
    let target = Target {
        model: &candidate.route.model,
        stream: matches!(ask, Ask::Stream),
        default_max_output_tokens: candidate.output_tokens,
        quirks: candidate.quirks(),
    };
    match ask {
        Ask::Whole | Ask::Stream => dialect(candidate.provider.dialect).encode(&run.call.request, &target),
        Ask::Embeddings(request) => request.encode(candidate.provider.dialect, &candidate.route.model),
    }
}

/// Reads an answer that is not a success.
async fn refusal(wire: &'static dyn Dialect, incoming: Incoming, now: Timestamp) -> Failure {
    let (status, headers) = (incoming.status, incoming.headers.clone());
    let body = timeout(ERROR_PATIENCE, incoming.whole(ERROR_CAP_BYTES)).await;
    wire.failure(status, &headers, &body.ok().and_then(Result::ok).unwrap_or_default(), now)
}

impl Run {
    /// A provider is not asked, as it refused the key lately.
    pub(super) fn key_refused(&self, route: &Route, passed_over: PassedOver) -> Failure {
        let PassedOver { wait, status } = passed_over;
        let provider = &route.provider.name;
        let refused = status.map(|status| format!(" with status {status}")).unwrap_or_default();
        let what_to_do = if self.keys.is_own(provider) {
            "check the key that you gave for it and the money on its account, or ask for another model"
        } else {
            "its operator must put a good key in its place or money on its account; ask for another model meanwhile"
        };
        let sentence = format!("{provider} refused the key for {} lately{refused}: {what_to_do}", route.name);
        let failure = Failure::new(FailureClass::Key, "key_refused", sentence);
        Failure { status, retry_after: Some(wait), ..failure }
    }
}

/// A provider is not asked, as it failed too often lately.
pub(super) fn left_alone(route: &str, retry_after: Duration) -> Failure {
    let sentence = format!("{route} failed too often and is left alone for another {} ms", retry_after.as_millis());
    let mut failure = Failure::new(FailureClass::Overload, "breaker_open", sentence);
    failure.retry_after = Some(retry_after);
    failure
}
