//! Asks models. A question is durable before it is asked, and its answer before anything acts on it, so that no answer is
//! paid for twice: what was in flight when the process was killed is asked once more, and nothing else.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    Error, Interruption, Pause, Ports,
    purse::{Purse, Reserve, Spent},
    record::Record,
};
use crate::{
    agents::{EditFormat, Models, NoReply, NoReplyKind, Question, Quote, Reply, ReplyEnd, RoleName},
    domain::{
        digest::Digest, event::Event, generation::PauseCause, id::StepKey, model_class::ModelClass, money::Usd,
        spec::Limits, usage::Usage,
    },
};

/// A question that is about to be asked: `KEY/asked-N`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Asked {
    agent: RoleName,
    /// Digest of the conversation that is sent.
    question: Digest,
    /// Digest of the agent's prompts.
    prompt: Digest,
    route: String,
    most: Option<Usd>,
    /// Most tokens that it may take; zero in records of older versions.
    #[serde(default)]
    most_usage: Usage,
}

/// A question that nobody answered: `KEY/unanswered-N`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unanswered {
    kind: NoReplyKind,
    message: String,
    spent: Spent,
}

/// An answer: `KEY`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Answered {
    agent: RoleName,
    question: Digest,
    reply: Reply,
    /// Claim of the journal under which it came, and how long that one had worked by then.
    epoch: u64,
    worked_ms: u64,
}

/// What one agent's calls took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSpent {
    /// The stage.
    pub stage: String,
    /// The agent.
    pub agent: RoleName,
    /// Calls, tokens and money.
    #[serde(flatten)]
    pub spent: Spent,
}

/// The one way in which models are asked.
pub(crate) struct Asking<'a> {
    record: &'a Record<'a>,
    models: &'a dyn Models,
    ports: Ports<'a>,
    purse: Purse,
    /// When this run began, on the monotonic clock, and how long earlier ones worked.
    began: Duration,
    worked_before: Duration,
    halted: Mutex<Option<Pause>>,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(record: &'a Record<'a>, ports: Ports<'a>, limits: Limits) -> Result<Self, Error> {
        let ledger = Ledger::read(record)?;
        Ok(Self {
            record,
            models: ports.models,
            ports,
            purse: Purse::new(limits, ledger.total()),
            began: ports.clock.monotonic(),
            worked_before: ledger.worked(),
            halted: Mutex::new(None),
        })
    }

    pub(crate) fn record(&self) -> &'a Record<'a> {
        self.record
    }

    /// Gives the answer to a question, which is asked only when its answer is not recorded.
    ///
    /// Once a limit is reached nothing more is asked; calls in flight come to their end and are recorded.
    pub(crate) async fn ask(
        &self,
        agent: RoleName,
        prompt: &Digest,
        question: &Question,
    ) -> Result<Reply, Interruption> {
        let key = &question.step;
        if let Some(answered) = self.record.get::<Answered>(key)? {
            self.tell(key, &answered, true, 0);
            return Ok(answered.reply);
        }
        if self.ports.stop.is_cancelled() {
            return Err(Interruption::Stopped);
        }
        if let Some(pause) = self.halted() {
            return Err(Interruption::Paused(pause));
        }
        let digest = question.digest();
        let number = self.attempts(key) + 1;
        let quote = match self.models.quote(question).await {
            Ok(quote) => quote,
            Err(unasked) if unasked.kind == NoReplyKind::Question => return Ok(refusal(unasked)),
            Err(unasked) => return Err(self.unanswered(unasked)),
        };
        let most_usage = Usage {
            fresh_input_tokens: quote.question_tokens,
            output_tokens: u64::from(question.answer_tokens_max),
            ..Usage::default()
        };
        let reserve = self.reserve(&quote, most_usage).await?;
        let Quote { route, most, .. } = quote;
        let asked = Asked { agent, question: digest.clone(), prompt: prompt.clone(), route, most, most_usage };
        self.record.put(&numbered(key, "asked", number), &asked)?;
        let started = self.ports.clock.monotonic();
        self.ports.events.emit(Event::StepStarted { step: key.clone(), title: format!("Ask {}", asked.route) });
        let reply = match self.models.ask(question).await {
            // Not even the journal keeps such an answer.
            Ok(reply) if self.models.holds_key(&reply.text).await => with_a_key(reply),
            Ok(reply) => reply,
            Err(unasked) if unasked.kind == NoReplyKind::Question => refusal(unasked),
            Err(unasked) => {
                let spent = Spent { calls: 1, usage: unasked.usage, cost: unasked.cost };
                let unanswered = Unanswered { kind: unasked.kind, message: unasked.message.clone(), spent };
                let recorded = self.record.put(&numbered(key, "unanswered", number), &unanswered);
                self.purse.settle(reserve, spent);
                recorded?;
                return Err(self.unanswered(unasked));
            }
        };
        let spent = Spent { calls: 1, usage: reply.usage, cost: reply.cost.unwrap_or_default() };
        let worked_ms = milliseconds(self.worked_now());
        let answered = Answered { agent, question: digest, reply, epoch: self.record.epoch(), worked_ms };
        let recorded = self.record.put(key, &answered);
        self.purse.settle(reserve, spent);
        recorded?;
        self.tell(key, &answered, false, milliseconds(self.ports.clock.monotonic().saturating_sub(started)));
        Ok(answered.reply)
    }

    /// How the model that would now be asked for code writes changes.
    pub(crate) async fn edit_format(&self) -> EditFormat {
        let question = Question::probe(ModelClass::Coding);
        self.models.quote(&question).await.map(|quote| quote.edit_format).unwrap_or_default()
    }

    async fn reserve(&self, quote: &Quote, most_usage: Usage) -> Result<Reserve, Interruption> {
        if self.purse.needs_price() && quote.most.is_none() {
            let exhausted = super::purse::Exhausted::NoPrice { route: quote.route.clone() };
            return Err(self.halt(PauseCause::BudgetExhausted, exhausted.to_string()));
        }
        let reserve = Reserve { cost: quote.most.unwrap_or_default(), tokens: most_usage.total_tokens() };
        let worked = self.worked_before.saturating_add(self.worked_now());
        match self.purse.reserve(reserve, worked).await {
            Ok(()) => Ok(reserve),
            Err(exhausted) => Err(self.halt(PauseCause::BudgetExhausted, exhausted.to_string())),
        }
    }

    fn unanswered(&self, unasked: NoReply) -> Interruption {
        let cause = match unasked.kind {
            NoReplyKind::Budget => PauseCause::BudgetExhausted,
            NoReplyKind::NoProvider | NoReplyKind::Question => PauseCause::NoProvider,
        };
        self.halt(cause, unasked.message)
    }

    /// Lets nothing more be asked in this run.
    fn halt(&self, cause: PauseCause, message: String) -> Interruption {
        let mut halted = self.halted.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = halted.get_or_insert(Pause { cause, message });
        Interruption::Paused(pause.clone())
    }

    fn halted(&self) -> Option<Pause> {
        self.halted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often a question was asked before.
    fn attempts(&self, key: &StepKey) -> u32 {
        let mut number = 0;
        while self.record.has(&numbered(key, "asked", number + 1)) {
            number += 1;
        }
        number
    }

    fn worked_now(&self) -> Duration {
        self.ports.clock.monotonic().saturating_sub(self.began)
    }

    fn tell(&self, step: &StepKey, answered: &Answered, replayed: bool, duration_ms: u64) {
        let Reply { provider, model, usage, cost, .. } = &answered.reply;
        self.ports.events.emit(Event::ModelAnswered {
            step: step.clone(),
            agent: answered.agent.name().to_owned(),
            provider: provider.clone(),
            model: model.clone(),
            usage: *usage,
            cost: *cost,
            replayed,
            duration_ms,
        });
    }
}

/// An answer that holds a key of the operator's is as good as none, and says so.
fn with_a_key(reply: Reply) -> Reply {
    let text = "secret_in_output: the answer held a key of a provider's; it was not kept".to_owned();
    Reply { text, end: ReplyEnd::Refused, ..reply }
}

/// A question that is refused has no text that could be used; the dialogue says what follows from it.
fn refusal(unasked: NoReply) -> Reply {
    Reply {
        text: unasked.message,
        end: ReplyEnd::Refused,
        provider: String::new(),
        model: String::new(),
        usage: unasked.usage,
        cost: Some(unasked.cost),
        attempts: 0,
    }
}

fn numbered(key: &StepKey, what: &str, number: u32) -> StepKey {
    StepKey(format!("{key}/{what}-{number}"))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What is recorded of calls and their cost.
#[derive(Default)]
pub(crate) struct Ledger {
    agents: BTreeMap<(String, RoleName), Spent>,
    worked_ms: BTreeMap<u64, u64>,
}

impl Ledger {
    /// Adds up the record of the chapter. A call whose answer was lost with the process counts with the most money and
    /// the most tokens that it may have taken.
    pub(crate) fn read(record: &Record<'_>) -> Result<Self, Error> {
        let mut ledger = Self::default();
        let all = record.all();
        let read = |what: &StepKey, source| Error::Recorded { what: what.to_string(), source };
        for (key, value) in &all {
            let Some(within) = record.chapter().within(key.as_str()) else { continue };
            let Some((call, name)) = key.as_str().rsplit_once('/') else { continue };
            if let Some(number) = name.strip_prefix("asked-") {
                let asked: Asked = serde_json::from_value(value.clone()).map_err(|source| read(key, source))?;
                let failed = record.get::<Unanswered>(&StepKey(format!("{call}/unanswered-{number}")))?;
                let is_last = !record.has(&StepKey(format!("{call}/asked-{}", next(number))));
                let spent = match failed {
                    Some(unanswered) => unanswered.spent,
                    None => match record.get::<Answered>(&StepKey(call.to_owned()))?.filter(|_| is_last) {
                        Some(answered) => {
                            let worked = ledger.worked_ms.entry(answered.epoch).or_default();
                            *worked = (*worked).max(answered.worked_ms);
                            let cost = answered.reply.cost.unwrap_or_default();
                            Spent { calls: 1, usage: answered.reply.usage, cost }
                        }
                        None => Spent { calls: 1, usage: asked.most_usage, cost: asked.most.unwrap_or_default() },
                    },
                };
                let stage = within.split('/').next().unwrap_or_default().to_owned();
                ledger.agents.entry((stage, asked.agent)).or_default().add(spent);
            }
        }
        Ok(ledger)
    }

    pub(crate) fn total(&self) -> Spent {
        self.agents.values().fold(Spent::default(), |mut total, spent| {
            total.add(*spent);
            total
        })
    }

    /// By stage and agent.
    pub(crate) fn by_agent(&self) -> Vec<AgentSpent> {
        let row = |((stage, agent), spent): (&(String, RoleName), &Spent)| AgentSpent {
            stage: stage.clone(),
            agent: *agent,
            spent: *spent,
        };
        self.agents.iter().map(row).collect()
    }

    fn worked(&self) -> Duration {
        Duration::from_millis(self.worked_ms.values().fold(0, |sum, worked| sum.saturating_add(*worked)))
    }
}

fn next(number: &str) -> u32 {
    number.parse().unwrap_or(0_u32).saturating_add(1)
}
