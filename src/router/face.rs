//! The router's face.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use crate::domain::{clock::Clock, money::Usd};

use super::{
    Answer, AnswerStream, Error,
    account::Account,
    attempt::{Ask, EmbeddingRequest, Got, LOG_TARGET, Run},
    breaker::Breakers,
    budget::Ledger,
    call::{Call, Caller},
    catalog::Catalog,
    failure::Failure,
    price::PriceTable,
    redact::holds_key,
    route::Explanation,
    secret::SecretSource,
    settings::Settings,
    shared::Shared,
};

/// The one place through which models are called. Clones share everything.
#[derive(Clone)]
pub struct Router {
    shared: Arc<Shared>,
}

/// Vectors of texts, as the provider sent them.
#[derive(Debug, Clone)]
pub struct EmbeddingAnswer {
    /// JSON in `OpenAI`'s form.
    pub body: Bytes,
    /// What the call took.
    pub account: Account,
}

/// What a call would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Who would be asked first, `provider/model`.
    pub route: String,
    /// The most that the call may cost; none where a candidate's price is not known.
    pub most: Option<Usd>,
    /// Tokens of the question, as estimated here.
    pub input_tokens: u64,
}

impl Router {
    /// Reads catalogue and prices, and makes ready to ask every provider. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Settings`] with all that is wrong in one of: catalogue, prices, order and weights, a provider's addresses.
    pub fn new(
        settings: Settings,
        secrets: Arc<dyn SecretSource>,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        Ok(Self { shared: Arc::new(Shared::new(settings, secrets, ledger, clock)?) })
    }

    /// Has a question answered. Dropping the future gives the call up; what it cost until then is settled.
    ///
    /// # Errors
    /// Nobody answered within the deadline; the error says why, and what was tried. Nothing that an error says holds a key.
    pub async fn complete(&self, call: Call) -> Result<Answer, Error> {
        match &self.shared.cache {
            Some(cache) if call.cache => {
                let question = call.clone();
                let began = self.shared.clock.monotonic();
                let mut answer = cache.answer(&question, self.ask(call)).await?;
                if answer.account.cached {
                    let took = self.shared.clock.monotonic().saturating_sub(began);
                    answer.account.total_ms = took.as_secs_f64() * 1_000.0;
                    log_cached(&question, &answer.account);
                }
                Ok(answer)
            }
            _ => self.ask(call).await,
        }
    }

    async fn ask(&self, call: Call) -> Result<Answer, Error> {
        let mut run = Run::begin(&self.shared, call).await;
        let completion = match run.first_answer(&Ask::Whole).await {
            Ok((Got::Whole(completion), _)) => completion,
            Ok(_) => return Err(run.failed(mixed_up()).await),
            Err(error) => return Err(run.failed(error).await),
        };
        Ok(Answer { completion, account: run.answered().await })
    }

    /// Has a question answered piece by piece. It returns when the first piece is there: until then, failures are met as
    /// those of a whole answer are.
    ///
    /// # Errors
    /// As [`Router::complete`]; what goes wrong after the first piece is an item of the stream.
    pub async fn stream(&self, call: Call) -> Result<AnswerStream, Error> {
        let mut run = Run::begin(&self.shared, call).await;
        match run.first_answer(&Ask::Stream).await {
            Ok((Got::Stream(flow), deadline)) => Ok(AnswerStream::new(run, flow, deadline)),
            Ok(_) => Err(run.failed(mixed_up()).await),
            Err(error) => Err(run.failed(error).await),
        }
    }

    /// Has vectors of texts made. `call.request` may be empty: the texts are taken from `request`, which goes to the
    /// provider as it is, but for the model.
    ///
    /// # Errors
    /// As [`Router::complete`].
    pub async fn embed(&self, mut call: Call, request: EmbeddingRequest) -> Result<EmbeddingAnswer, Error> {
        call.request = request.question();
        let mut run = Run::begin(&self.shared, call).await;
        let embeddings = match run.first_answer(&Ask::Embeddings(request)).await {
            Ok((Got::Embeddings(embeddings), _)) => embeddings,
            Ok(_) => return Err(run.failed(mixed_up()).await),
            Err(error) => return Err(run.failed(error).await),
        };
        Ok(EmbeddingAnswer { body: embeddings.body, account: run.answered().await })
    }

    /// Says who would be asked now, in which order, and why. Nobody is asked.
    ///
    /// # Errors
    /// [`Error::UnknownModel`]: nothing has the name that is wanted.
    pub async fn explain(&self, call: Call, stream: bool) -> Result<Explanation, Error> {
        let mut run = Run::begin(&self.shared, call).await;
        let ask = if stream { Ask::Stream } else { Ask::Whole };
        let choice = run.choose(&ask).await;
        run.leave();
        choice.map(|choice| choice.explanation())
    }

    /// Says who would be asked first now, and what a call may cost at most, whoever of the candidates answers it. Nobody
    /// is asked, nothing is reserved.
    ///
    /// # Errors
    /// [`Error::NoRoute`] and [`Error::UnknownModel`]: nobody could be asked.
    pub async fn quote(&self, call: Call) -> Result<Quote, Error> {
        let mut run = Run::begin(&self.shared, call).await;
        let choice = run.choose(&Ask::Whole).await;
        run.leave();
        let choice = choice?;
        let mut candidates =
            choice.candidates.iter().chain(choice.postponed.iter().map(|postponed| &postponed.candidate));
        let Some(first) = candidates.next() else { return Err(choice.no_route()) };
        let most = first
            .most_cost
            .and_then(|most| candidates.try_fold(most, |most, candidate| Some(most.max(candidate.most_cost?))));
        Ok(Quote { route: first.name().to_owned(), most, input_tokens: choice.need.input_tokens })
    }

    /// Whether a text holds a key of the operator's, in any common spelling. No such text may leave the house.
    pub async fn holds_key(&self, text: &str) -> bool {
        let keyring = self.shared.keys.ring(&Caller::local()).await;
        holds_key(text, &keyring.secrets())
    }

    /// Providers and models.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        self.shared.chooser.catalog()
    }

    /// What models cost.
    #[must_use]
    pub fn prices(&self) -> &PriceTable {
        &self.shared.prices
    }

    /// Which providers are left alone.
    #[must_use]
    pub fn breakers(&self) -> &Breakers {
        &self.shared.breakers
    }

    /// Waits until the cost of every call that was given up is settled. For a shutdown, after the last call.
    pub async fn settled(&self) {
        self.shared.afterwork.done().await;
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Router").field(&self.shared).finish()
    }
}

/// The line of a call that nobody was asked for.
fn log_cached(call: &Call, account: &Account) {
    tracing::info!(
        target: LOG_TARGET,
        tenant = call.caller.tenant,
        key = call.caller.key,
        generation = call.caller.generation.as_ref().map(tracing::field::display),
        asked = call.wanted.name(),
        result = "answered",
        cached = true,
        total_ms = account.total_ms,
        "model call answered by the cache after {:.0} ms",
        account.total_ms,
    );
}

fn mixed_up() -> Error {
    let failure = Failure::damaged("the answer is of another kind than what was asked for");
    Error::Failed { failure, attempts: Vec::new() }
}
