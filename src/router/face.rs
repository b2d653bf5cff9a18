//! The router's face.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::domain::{clock::Clock, money::Usd};

use super::{
    Answer, AnswerStream, Error,
    account::Account,
    afterwork::NotDone,
    attempt::{Ask, Deadline, EmbeddingRequest, Got, Operation, Record, Run},
    breaker::Breakers,
    budget::Ledger,
    cache::{AnswerCache, NoAnswer},
    call::{Call, Caller},
    catalog::Catalog,
    failure::Failure,
    observer::CallObserver,
    price::PriceTable,
    redact::holds_key,
    request::Request,
    route::Explanation,
    secret::SecretSource,
    settings::Settings,
    shared::Shared,
    tokens,
};

/// The one place through which models are called. Clones share everything.
#[derive(Clone)]
pub struct Router {
    shared: Arc<Shared>,
    observer: Option<Arc<dyn CallObserver>>,
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
        Ok(Self { shared: Arc::new(Shared::new(settings, secrets, ledger, clock)?), observer: None })
    }

    /// The same router, whose calls somebody hears of. Calls through other clones stay unheard.
    #[must_use]
    pub fn observed_by(&self, observer: Arc<dyn CallObserver>) -> Self {
        Self { shared: Arc::clone(&self.shared), observer: Some(observer) }
    }

    fn record(&self, operation: Operation, call: &Call) -> Record {
        Record::begin(operation, call, self.observer.as_ref())
    }

    /// Has a question answered. Dropping the future gives the call up; what it cost until then is settled.
    ///
    /// # Errors
    /// Nobody answered within the deadline; the error says why, and what was tried. Nothing that an error says holds a key.
    pub async fn complete(&self, call: Call) -> Result<Answer, Error> {
        let began = Instant::now();
        let record = self.record(Operation::Chat, &call);
        match &self.shared.cache {
            Some(cache) if call.cache => self.ask_cache(cache, call, record, began).await,
            _ => self.ask(call, record, began).await,
        }
    }

    async fn ask_cache(
        &self,
        cache: &AnswerCache,
        call: Call,
        record: Record,
        began: Instant,
    ) -> Result<Answer, Error> {
        let question = call.clone();
        let started = self.shared.clock.monotonic();
        let limit = call.deadline.unwrap_or_else(|| self.shared.chooser.patience(&call.wanted));
        let ask = self.ask(call, record.clone(), began);
        let mut outcome = cache.answer(&question, Deadline::after(began, limit), ask).await;
        let took = self.shared.clock.monotonic().saturating_sub(started);
        let total_ms = took.as_secs_f64() * 1_000.0;
        match &mut outcome {
            Ok(Answer { account, .. }) if account.cached => {
                account.total_ms = total_ms;
                record.end_unasked(&question, account, None);
            }
            Err(NoAnswer { error, has_asked: false }) => {
                record.end_unasked(&question, &Account { total_ms, ..Account::default() }, Some(error));
            }
            Ok(_) | Err(_) => {}
        }
        outcome.map_err(|no_answer| no_answer.error)
    }

    fn ask(&self, call: Call, record: Record, began: Instant) -> BoxFuture<'_, Result<Answer, Error>> {
        Box::pin(async move {
            let mut run = Run::begin(&self.shared, call, record).await;
            let completion = match run.first_answer(&Ask::Whole, began).await {
                Ok((Got::Whole(completion), _)) => completion,
                Ok(_) => return Err(run.failed(mixed_up()).await),
                Err(error) => return Err(run.failed(error).await),
            };
            completion.choices.iter().for_each(|choice| run.note_finish(&choice.finish));
            Ok(Answer { completion, account: run.answered().await })
        })
    }

    /// Has a question answered piece by piece. It returns when the first piece is there: until then, failures are met as
    /// those of a whole answer are.
    ///
    /// # Errors
    /// As [`Router::complete`]; what goes wrong after the first piece is an item of the stream.
    pub async fn stream(&self, call: Call) -> Result<AnswerStream, Error> {
        let began = Instant::now();
        let record = self.record(Operation::ChatStream, &call);
        let mut run = Run::begin(&self.shared, call, record).await;
        match run.first_answer(&Ask::Stream, began).await {
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
        let began = Instant::now();
        call.request = request.question();
        let record = self.record(Operation::Embeddings, &call);
        let mut run = Run::begin(&self.shared, call, record).await;
        let embeddings = match run.first_answer(&Ask::Embeddings(request), began).await {
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
        let mut run = Run::begin(&self.shared, call, Record::default()).await;
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
        let mut run = Run::begin(&self.shared, call, Record::default()).await;
        let choice = run.choose(&Ask::Whole).await;
        let quote = choice.and_then(|choice| {
            let later = choice.postponed.iter().map(|postponed| &postponed.candidate);
            let mut candidates = choice.candidates.iter().chain(later).peekable();
            let Some(first) = candidates.peek() else { return Err(choice.no_route()) };
            let route = first.name().to_owned();
            let most = candidates.try_fold(Usd::ZERO, |most, candidate| Some(most.max(run.most_of_whole(candidate)?)));
            Ok(Quote { route, most, input_tokens: choice.need.input_tokens })
        });
        run.leave();
        quote
    }

    /// Whether a text holds a key of the operator's, in any common spelling. No such text may leave the house.
    pub async fn holds_key(&self, text: &str) -> bool {
        let keyring = self.shared.keys.ring(&Caller::local()).await;
        holds_key(text, &keyring.secrets())
    }

    /// Counts a question's tokens for a model, as [`tokens::count_request`] does, on a thread for slow work; half of the
    /// machine's cores count at once. Nobody is asked, nothing is spent.
    ///
    /// # Errors
    /// No thread was free for 10 s, which the caller may try again, or the count broke.
    pub async fn count_tokens(&self, request: Request, model: String) -> Result<u64, NotDone> {
        self.shared.afterwork.result(move || tokens::count_request(&request, &model)).await
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

fn mixed_up() -> Error {
    let failure = Failure::damaged("the answer is of another kind than what was asked for");
    Error::Failed { failure, attempts: Vec::new() }
}
