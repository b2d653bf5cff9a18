//! What a request needs of whoever answers it.

use super::super::{
    dialect::DialectName,
    request::{Format, Part, Request, ToolChoice},
    tokens,
};

/// Tokens of an answer that are expected when a request sets no smaller limit: a page of text or some 80 lines of code. Used
/// to compare routes; the most that an answer can cost is reckoned from limits, not from this.
pub const EXPECTED_OUTPUT_TOKENS: u64 = 1_000;

/// What a request needs of whoever answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Tokens of the question: an estimate that is above the count for most texts, unless they were counted.
    pub input_tokens: u64,
    /// Most tokens of the answer, when the request says.
    pub output_tokens: Option<u64>,
    /// Looks at pictures.
    pub vision: bool,
    /// Has tools, or speaks of calls of tools.
    pub tools: bool,
    /// Demands that a tool is called.
    pub forced_tool: bool,
    /// Demands an answer that keeps to a schema.
    pub schema: bool,
    /// Wants the answer piece by piece.
    pub stream: bool,
    /// Says something that only one wire format can say.
    pub only_dialect: Option<DialectName>,
}

impl Need {
    /// Looks at a request and estimates its tokens.
    #[must_use]
    pub fn of(request: &Request, stream: bool) -> Self {
        let mut parts = request.messages.iter().flat_map(|message| &message.parts);
        let only_here = request.messages.iter().flat_map(|message| &message.parts).any(is_foreign);
        Self {
            input_tokens: tokens::estimate(request),
            output_tokens: request.max_output_tokens,
            vision: parts.any(|part| matches!(part, Part::Image(_))),
            tools: !request.tools.is_empty() || request.messages.iter().any(|message| !message.tool_calls.is_empty()),
            forced_tool: matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_))),
            schema: matches!(request.format, Format::JsonSchema { .. }),
            stream,
            only_dialect: request.original.as_ref().filter(|_| only_here).map(|original| original.dialect),
        }
    }

    /// Puts a count in place of the estimate.
    #[must_use]
    pub fn with_input_tokens(self, input_tokens: u64) -> Self {
        Self { input_tokens, ..self }
    }

    /// Tokens of the answer that are expected.
    #[must_use]
    pub fn expected_output_tokens(&self) -> u64 {
        self.output_tokens.map_or(EXPECTED_OUTPUT_TOKENS, |most| most.min(EXPECTED_OUTPUT_TOKENS))
    }
}

fn is_foreign(part: &Part) -> bool {
    matches!(part, Part::Other { .. })
}
