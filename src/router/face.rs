//! The router's face.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use crate::domain::clock::Clock;

use super::{
    Answer, AnswerStream, Error,
    account::Account,
    attempt::{Ask, EmbeddingRequest, Got, Operation, Record, Run},
    breaker::Breakers,
    budget::Ledger,
    call::Call,
    catalog::Catalog,
    failure::Failure,
    observer::CallObserver,
    price::PriceTable,
    route::Explanation,
    secret::SecretSource,
    settings::Settings,
    shared::Shared,
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
        let record = self.record(Operation::Chat, &call);
        match &self.shared.cache {
            Some(cache) if call.cache => {
                let question = call.clone();
                let began = self.shared.clock.monotonic();
                // On the heap, so that calls that no cache is asked for have a smaller future.
                let mut answer = Box::pin(cache.answer(&question, self.ask(call, record.clone()))).await?;
                if answer.account.cached {
                    let took = self.shared.clock.monotonic().saturating_sub(began);
                    answer.account.total_ms = took.as_secs_f64() * 1_000.0;
                    record.end_cached(&question, &answer.account);
                }
                Ok(answer)
            }
            _ => self.ask(call, record).await,
        }
    }

    async fn ask(&self, call: Call, record: Record) -> Result<Answer, Error> {
        let mut run = Run::begin(&self.shared, call, record).await;
        let completion = match run.first_answer(&Ask::Whole).await {
            Ok((Got::Whole(completion), _)) => completion,
            Ok(_) => return Err(run.failed(mixed_up()).await),
            Err(error) => return Err(run.failed(error).await),
        };
        completion.choices.iter().for_each(|choice| run.note_finish(&choice.finish));
        Ok(Answer { completion, account: run.answered().await })
    }

    /// Has a question answered piece by piece. It returns when the first piece is there: until then, failures are met as
    /// those of a whole answer are.
    ///
    /// # Errors
    /// As [`Router::complete`]; what goes wrong after the first piece is an item of the stream.
    pub async fn stream(&self, call: Call) -> Result<AnswerStream, Error> {
        let record = self.record(Operation::ChatStream, &call);
        let mut run = Run::begin(&self.shared, call, record).await;
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
        let record = self.record(Operation::Embeddings, &call);
        let mut run = Run::begin(&self.shared, call, record).await;
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
        let mut run = Run::begin(&self.shared, call, Record::default()).await;
        let ask = if stream { Ask::Stream } else { Ask::Whole };
        let choice = run.choose(&ask).await;
        run.leave();
        choice.map(|choice| choice.explanation())
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
