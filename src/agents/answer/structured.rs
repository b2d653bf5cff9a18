//! JSON answers.

use serde_json::Value;

use super::json::{self, Fault};
use super::{AnswerProblem, PROBLEMS_MAX, ProblemKind};
use crate::agents::prompt::AnswerSchema;
use crate::agents::role::ANSWER_MAX_BYTES;
use crate::domain::lines::Lines;
use crate::domain::shown::shown;

/// Places at which a value may begin that are tried in prose.
const STARTS_MAX: usize = 64;
/// Most characters of a value that a problem quotes.
const QUOTED_MAX_CHARS: usize = 80;
/// Most characters of a name that a problem tells its place by.
const NAME_MAX_CHARS: usize = 60;
/// Properties by which an answer tells its items apart, the best first.
const NAMES: [&str; 4] = ["id", "title", "name", "path"];
/// Most characters of what the validator says.
const SENTENCE_MAX_CHARS: usize = 400;

/// Reads a JSON answer: the value if there is one, and everything that is wrong with it. It can be used when there are
/// no problems.
///
/// JSON that is valid is taken as it stands. Else the value is looked for in the text around it and common damage is
/// repaired; an answer that ends inside its value is a problem of its own kind ([`ProblemKind::CutOff`]) and gives no
/// value. What is too large or too deep is not read.
#[must_use]
pub fn read(text: &str, schema: &AnswerSchema) -> (Option<Value>, Vec<AnswerProblem>) {
    let value = match find(text, &schema.schema) {
        Ok(value) => value,
        Err(problem) => return (None, vec![problem]),
    };
    let problems = violations(&value, schema);
    (Some(value), problems)
}

fn find(text: &str, schema: &Value) -> Result<Value, AnswerProblem> {
    if text.len() > ANSWER_MAX_BYTES {
        return Err(problem(ProblemKind::TooLarge, "The answer is larger than 4 MiB. Answer with much less."));
    }
    let bare = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if bare.is_empty() {
        return Err(problem(ProblemKind::Empty, "The answer is empty. Answer with the JSON value."));
    }
    if let Ok(value) = serde_json::from_str(bare) {
        return Ok(value);
    }
    search(bare, schema.get("type").and_then(Value::as_str))
}

/// The largest value of the wanted type that stands somewhere in a text; what is damaged and larger goes before it, so
/// that a piece of an answer is never taken for the answer.
fn search(text: &str, wanted: Option<&str>) -> Result<Value, AnswerProblem> {
    let mut best: Option<(usize, Value)> = None;
    let mut damaged: Option<(usize, Fault)> = None;
    let mut from = 0;
    for _ in 0..STARTS_MAX {
        let rest = text.get(from..).unwrap_or_default();
        let Some(start) = rest.find(['{', '[']) else { break };
        let start = from + start;
        let length = match json::read(text.get(start..).unwrap_or_default()) {
            Ok((value, length)) => {
                let fits = wanted.is_none_or(|wanted| wanted == type_name(&value));
                if fits && best.as_ref().is_none_or(|(longest, _)| length > *longest) {
                    best = Some((length, value));
                }
                length
            }
            Err((fault, length)) => {
                // What is cut off reaches to the end: nothing behind its start stands beside it.
                let reach = if fault == Fault::CutOff { text.len() - start } else { length };
                let is_json = length > 0 && (best.is_none() || fault != Fault::CutOff);
                if is_json && damaged.is_none_or(|(longest, _)| reach > longest) {
                    damaged = Some((reach, moved(fault, start)));
                }
                if is_json && fault == Fault::CutOff {
                    break;
                }
                length
            }
        };
        from = start + length.max(1);
    }
    match (best, damaged) {
        (Some((_, value)), None) => Ok(value),
        (Some((length, value)), Some((longest, _))) if length > longest => Ok(value),
        (_, Some((_, fault))) => Err(fault_problem(text, fault)),
        (None, None) => Err(problem(
            ProblemKind::Empty,
            "There is no JSON value in the answer. Answer with the JSON value and nothing else.",
        )),
    }
}

fn moved(fault: Fault, by: usize) -> Fault {
    match fault {
        Fault::Unexpected { at, expected } => Fault::Unexpected { at: at + by, expected },
        Fault::CutOff | Fault::TooDeep => fault,
    }
}

fn fault_problem(text: &str, fault: Fault) -> AnswerProblem {
    match fault {
        Fault::CutOff => problem(ProblemKind::CutOff, "The answer ends inside the JSON value."),
        Fault::TooDeep => problem(ProblemKind::TooLarge, "The JSON is nested more than 64 deep."),
        Fault::Unexpected { at, expected } => {
            let position = Lines::of(text).position(at);
            let found = text.get(at..).unwrap_or_default();
            let hint = if expected == json::AFTER_NAME { " A quote inside text is written `\\\"`." } else { "" };
            let message = format!(
                "The JSON is not valid in line {}, column {}: there must be {expected}, not `{}`.{hint}",
                position.line,
                position.column,
                shown(found.lines().next().unwrap_or_default(), 40)
            );
            problem(ProblemKind::Syntax, &message)
        }
    }
}

fn problem(kind: ProblemKind, message: &str) -> AnswerProblem {
    AnswerProblem::new(kind, "", message)
}

/// Everything in which a value is not what its schema says, in the order of the schema.
fn violations(value: &Value, schema: &AnswerSchema) -> Vec<AnswerProblem> {
    let validator = match jsonschema::validator_for(&schema.schema) {
        Ok(validator) => validator,
        Err(error) => return vec![problem(ProblemKind::Schema, &format!("The schema cannot be used: {error}"))],
    };
    validator
        .iter_errors(value)
        .take(PROBLEMS_MAX)
        .map(|error| {
            let path = error.instance_path().as_str();
            // It names properties that the model made up.
            let masked = shown(&error.masked_with("the value").to_string(), SENTENCE_MAX_CHARS);
            let found = shown(&error.instance().to_string(), QUOTED_MAX_CHARS);
            let message = match type_name(error.instance()) {
                "object" | "array" => format!("{}.", sentence(&masked)),
                _ => format!("{}; the value is {found}.", sentence(&masked)),
            };
            AnswerProblem::new(ProblemKind::Schema, path, format!("{}{message}", place(value, path)))
        })
        .collect()
}

/// The items of lists that a pointer leads through, by the names that the answer gives them: nobody counts to the
/// fourteenth task.
fn place(value: &Value, pointer: &str) -> String {
    let mut names = Vec::new();
    let mut found = Some(value);
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        found = match found {
            Some(Value::Object(properties)) => properties.get(&part),
            Some(Value::Array(items)) => {
                let item = part.parse().ok().and_then(|index: usize| items.get(index));
                let name = NAMES.iter().find_map(|name| item?.get(name)?.as_str());
                names.extend(name.map(|name| format!("`{}`", shown(name, NAME_MAX_CHARS))));
                item
            }
            _ => None,
        };
    }
    if names.is_empty() { String::new() } else { format!("In {}: ", names.join(", ")) }
}

/// The words with a capital letter at their start and no full stop at their end.
fn sentence(words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
#[path = "structured_tests.rs"]
mod tests;
