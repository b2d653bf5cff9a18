//! JSON of a schema from a provider that knows only functions: one is forced, its arguments are the answer.

/// Name of the function. Readers know by it that arguments are the answer's text.
pub(super) const ANSWER_FUNCTION: &str = "samokoder_answer";

/// What the function is for, told to the model.
pub(super) const ANSWER_FUNCTION_DESCRIPTION: &str = "Gives the final answer.";

/// What a model is told that knows JSON, but no schema.
pub(super) fn schema_in_words(schema: &serde_json::Value) -> String {
    format!("Answer with one JSON object and nothing else. It must be valid against this JSON Schema:\n{schema}")
}
