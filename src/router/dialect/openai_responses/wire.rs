//! Answers of Responses as they come over the wire.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::router::{
    completion::Finish,
    dialect::openai_failure,
    failure::{Failure, FailureClass},
};

/// A whole answer; streams carry it too, at their beginning and end.
#[derive(Deserialize)]
pub(super) struct WireResponse<'a> {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    incomplete_details: Option<IncompleteDetails>,
    pub(super) output: Option<Vec<WireItem>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct IncompleteDetails {
    reason: Option<String>,
}

/// One item of an answer; the vendor's own tools (search, code) leave others.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum WireItem {
    Message {
        content: Option<Vec<WireContent>>,
    },
    FunctionCall {
        call_id: Option<String>,
        id: Option<String>,
        name: Option<String>,
        arguments: Option<String>,
    },
    Reasoning {
        summary: Option<Vec<WireContent>>,
        content: Option<Vec<WireContent>>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum WireContent {
    OutputText {
        text: String,
    },
    Refusal {
        refusal: String,
    },
    ReasoningText {
        text: String,
    },
    SummaryText {
        text: String,
    },
    #[serde(other)]
    Other,
}

/// A text that is borrowed when it holds no escapes.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl WireResponse<'_> {
    /// Reads JSON. An answer that failed is a failure.
    pub(super) fn read(json: &[u8]) -> Result<WireResponse<'_>, Failure> {
        let response: WireResponse<'_> =
            serde_json::from_slice(json).map_err(|error| openai_failure::damaged(&error))?;
        match response.error {
            Some(error) => Err(openai_failure::of_object(error.get(), response.usage())),
            None => Ok(response),
        }
    }

    /// JSON of the usage object.
    pub(super) fn usage(&self) -> Option<&str> {
        self.usage.map(RawValue::get)
    }

    /// Why the answer ended.
    pub(super) fn finish(&self, has_tool_calls: bool) -> Result<Finish, Failure> {
        let reason = self.incomplete_details.as_ref().and_then(|details| details.reason.as_deref());
        let status = self.status.as_ref().map(|status| &*status.0);
        match (status, reason) {
            (Some("completed") | None, _) if has_tool_calls => Ok(Finish::ToolCalls),
            (Some("completed") | None, _) => Ok(Finish::Stop),
            (Some("incomplete"), Some("max_output_tokens")) => Ok(Finish::Length),
            (Some("incomplete"), Some("content_filter")) => Ok(Finish::ContentFilter),
            (Some("incomplete"), reason) => {
                Ok(Finish::Other(reason.unwrap_or("incomplete").chars().take(100).collect()))
            }
            (Some(_), _) => {
                let sentence = "the provider ended its work before the answer was whole";
                let failure = Failure::new(FailureClass::Overload, "not_completed", sentence);
                let usage = self.usage().and_then(|usage| crate::router::dialect::openai_usage::read(usage).usage);
                Err(Failure { status: Some(200), usage, ..failure })
            }
        }
    }
}
