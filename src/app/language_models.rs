//! Lets the router answer the agents' questions.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};
use serde_json::Value;

use crate::{
    agents::{AnswerSchema, EditFormat, Models, NoReply, NoReplyKind, Question, Quote, Reply, ReplyEnd, Speaker},
    domain::{id::GenerationId, money::Usd, usage::Usage},
    router::{
        self, Answer, Router,
        account::Attempt,
        call::{Call, Caller, Wanted},
        completion::Finish,
        failure::FailureClass,
        request::{Format, Message, Request, Role},
        route::RefusalKind,
    },
};

/// Models of this tier or a lower one write whole files: they seldom repeat lines exactly enough for blocks.
const WHOLE_FILES_TIER: u8 = 2;

/// Lengths of answers that are asked for where no model answers at the wanted length.
const SHORTER_ANSWERS_TOKENS: [u32; 3] = [16_000, 8_000, 4_000];

/// Bytes of a token where nobody counts them; most texts have more.
const BYTES_PER_TOKEN: u64 = 3;

/// The router, as agents see it.
pub(super) struct RoutedModels {
    router: Arc<Router>,
    generation: GenerationId,
}

impl RoutedModels {
    pub(super) fn new(router: Arc<Router>, generation: GenerationId) -> Self {
        Self { router, generation }
    }

    /// Finds a form of the question that some model takes: where none keeps to a schema, the schema is told in words; where
    /// none answers at such length, less is asked for, as what is cut off is continued.
    async fn quoted(&self, question: &Question) -> Result<(router::Quote, Call), NoReply> {
        let wanted = question.answer_tokens_max;
        let shorter = SHORTER_ANSWERS_TOKENS.into_iter().filter(|shorter| *shorter < wanted);
        let mut refused = None;
        for answer_tokens in std::iter::once(wanted).chain(shorter) {
            for by_schema in [true, false].into_iter().filter(|by_schema| *by_schema || question.schema.is_some()) {
                let call = self.call(question, by_schema, answer_tokens);
                match self.router.quote(call.clone()).await {
                    Ok(quote) => return Ok((quote, call)),
                    Err(error @ router::Error::NoRoute { .. }) => {
                        refused.get_or_insert(error);
                    }
                    Err(error) => return Err(no_reply(error)),
                }
            }
        }
        let nobody = router::Error::NoRoute { asked: question.class.name().to_owned(), refused: Vec::new() };
        Err(no_reply(refused.unwrap_or(nobody)))
    }

    fn call(&self, question: &Question, by_schema: bool, answer_tokens: u32) -> Call {
        let mut system = question.system.clone();
        let mut format = Format::Text;
        if let Some(schema) = &question.schema {
            if by_schema {
                format = format_of(schema);
            } else {
                system = format!("{system}\n\n{}", schema.instruction());
            }
        }
        let turn = |turn: &crate::agents::Turn| {
            let role = match turn.speaker {
                Speaker::Us => Role::User,
                Speaker::Model => Role::Assistant,
            };
            Message::text(role, turn.text.clone())
        };
        let system = std::iter::once(Message::text(Role::System, system));
        let request = Request {
            messages: system.chain(question.turns.iter().map(turn)).collect(),
            format,
            max_output_tokens: Some(u64::from(answer_tokens)),
            temperature: question.temperature,
            reasoning_effort: question.effort,
            ..Request::default()
        };
        Call {
            request,
            wanted: Wanted::Class(question.class),
            strategy: None,
            caller: Caller { generation: Some(self.generation.clone()), ..Caller::local() },
            deadline: None,
            cost_cap: None,
            cache: false,
        }
    }

    fn edit_format(&self, route: &str) -> EditFormat {
        let models = self.router.catalog().models();
        let tier =
            models.iter().find(|model| model.routes.iter().any(|one| one.name == route)).and_then(|model| model.tier);
        if tier.is_some_and(|tier| tier <= WHOLE_FILES_TIER) { EditFormat::Whole } else { EditFormat::Blocks }
    }
}

impl Models for RoutedModels {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        async move {
            let (quote, _) = self.quoted(question).await?;
            let edit_format = self.edit_format(&quote.route);
            Ok(Quote { route: quote.route, most: quote.most, question_tokens: quote.input_tokens, edit_format })
        }
        .boxed()
    }

    fn holds_key<'a>(&'a self, text: &'a str) -> BoxFuture<'a, bool> {
        self.router.holds_key(text).boxed()
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        async move {
            let (quote, call) = self.quoted(question).await?;
            // What was reserved for the call is the most that it may cost, whoever answers in the end.
            let answer = self.router.complete(Call { cost_cap: quote.most, ..call }).await.map_err(no_reply)?;
            Ok(counted(reply(answer), quote.input_tokens))
        }
        .boxed()
    }
}

fn format_of(schema: &AnswerSchema) -> Format {
    Format::JsonSchema {
        name: schema.name.clone(),
        schema: schema.schema.clone(),
        strict: can_be_strict(&schema.schema),
    }
}

/// Whether providers that keep to a schema strictly take it: every object names its properties and requires all of them
/// (<https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>).
fn can_be_strict(schema: &Value) -> bool {
    let Value::Object(parts) = schema else { return schema.as_bool().is_none() };
    if let Some(properties) = parts.get("properties").and_then(Value::as_object) {
        let required = parts.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        if required != properties.len() || parts.get("additionalProperties") != Some(&Value::Bool(false)) {
            return false;
        }
        if !properties.values().all(can_be_strict) {
            return false;
        }
    } else if parts.get("type").and_then(Value::as_str) == Some("object") {
        return false;
    }
    let lists = ["anyOf", "oneOf", "allOf"].iter().filter_map(|name| parts.get(*name)?.as_array());
    let named = ["$defs", "definitions"].iter().filter_map(|name| parts.get(*name)?.as_object());
    parts.get("items").is_none_or(can_be_strict)
        && lists.flatten().all(can_be_strict)
        && named.flat_map(|definitions| definitions.values()).all(can_be_strict)
}

fn reply(answer: Answer) -> Reply {
    let Answer { completion, account } = answer;
    let choice = completion.choices.into_iter().next().unwrap_or_default();
    let refused = choice.refusal.clone();
    let end = match choice.finish {
        _ if refused.is_some() => ReplyEnd::Refused,
        Finish::Length => ReplyEnd::CutOff,
        Finish::ContentFilter => ReplyEnd::Refused,
        Finish::Stop | Finish::ToolCalls | Finish::Other(_) => ReplyEnd::Complete,
    };
    Reply {
        text: refused.unwrap_or(choice.text),
        end,
        provider: account.provider,
        model: account.model,
        usage: account.usage,
        cost: account.cost.amount,
        attempts: u32::try_from(account.attempts.len()).unwrap_or(u32::MAX),
    }
}

/// A reply of a provider that counts no tokens, with what they come to by the lengths of question and answer: a limit on
/// tokens must hold for it too.
fn counted(reply: Reply, question_tokens: u64) -> Reply {
    if reply.usage.total_tokens() > 0 {
        return reply;
    }
    let output_tokens = (reply.text.len() as u64).div_ceil(BYTES_PER_TOKEN);
    Reply { usage: Usage { fresh_input_tokens: question_tokens, output_tokens, ..Usage::default() }, ..reply }
}

fn no_reply(error: router::Error) -> NoReply {
    let message = error.to_string();
    let (kind, attempts) = match error {
        router::Error::NoRoute { refused, .. } => {
            let all = |kind: RefusalKind| !refused.is_empty() && refused.iter().all(|refusal| refusal.kind == kind);
            let kind = if all(RefusalKind::Request) {
                NoReplyKind::Question
            } else if refused.iter().any(|refusal| refusal.kind == RefusalKind::Budget) {
                NoReplyKind::Budget
            } else {
                NoReplyKind::NoProvider
            };
            (kind, Vec::new())
        }
        router::Error::Failed { failure, attempts } => {
            let kind = match failure.class {
                FailureClass::Caller | FailureClass::ContentFilter => NoReplyKind::Question,
                FailureClass::Key | FailureClass::RateLimit | FailureClass::Overload => NoReplyKind::NoProvider,
            };
            (kind, attempts)
        }
        router::Error::Budget { .. } => (NoReplyKind::Budget, Vec::new()),
        router::Error::Deadline { attempts, .. } => (NoReplyKind::NoProvider, attempts),
        router::Error::UnknownModel(_) | router::Error::Settings(_) => (NoReplyKind::NoProvider, Vec::new()),
    };
    let cost: Usd = attempts.iter().filter_map(|attempt: &Attempt| attempt.cost.amount).sum();
    let usage = attempts.iter().fold(Usage::default(), |usage, attempt| usage + attempt.usage);
    NoReply { kind, message, cost, usage }
}

#[cfg(test)]
#[path = "language_models_tests.rs"]
mod tests;
