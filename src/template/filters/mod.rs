//! Filters for templates: values written in the syntax of the file they end up in, and layout.
//!
//! | filter | takes | gives |
//! |---|---|---|
//! | `ts` | text | JavaScript string literal with quotes |
//! | `ts_value` | anything | TypeScript literal; `indent=n` lays it out over lines |
//! | `regex` | text | JavaScript regular expression literal that matches whole values |
//! | `json`, `json_pretty` | anything | JSON on one line, or laid out (`indent=n` for where it starts) |
//! | `yaml`, `toml` | anything | flow value |
//! | `sql` | scalar | literal |
//! | `markdown`, `html`, `comment` | text | text that means nothing but itself there |
//! | `upper_first`, `lower_first` | text | the same with its first letter changed |
//! | `natural_sort` | list | the same in the order that `organizeImports` keeps; `by="field"` for lists of maps |
//! | `fit` | block | see [`fit`] |
//!
//! The engine's own filters (`lower`, `upper`, `trim`, `replace`, `join`, `indent`, `length`, `first`, …) stay as
//! they are.

mod data;
mod fit;
mod flatten;
#[cfg(test)]
mod hostile;
mod layout;
mod prose;
mod script;
mod tokens;
mod words;

use tera::{Kwargs, State, Tera, TeraResult, Value};

/// Registers every filter.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("ts", |value: &str, _: Kwargs, _: &State<'_>| script::string(value));
    tera.register_filter("ts_value", ts_value);
    tera.register_filter("regex", |value: &str, _: Kwargs, _: &State<'_>| script::regex(value));
    tera.register_filter("json", |value: Value, _: Kwargs, _: &State<'_>| layout::flat(&value, layout::Style::Json));
    tera.register_filter("json_pretty", json_pretty);
    tera.register_filter("yaml", |value: Value, _: Kwargs, _: &State<'_>| data::yaml(&value));
    tera.register_filter("toml", |value: Value, _: Kwargs, _: &State<'_>| data::toml(&value));
    tera.register_filter("sql", |value: Value, _: Kwargs, _: &State<'_>| data::sql(&value));
    tera.register_filter("markdown", |value: &str, _: Kwargs, _: &State<'_>| prose::markdown(value));
    tera.register_filter("html", |value: &str, _: Kwargs, _: &State<'_>| prose::html(value));
    tera.register_filter("comment", |value: &str, _: Kwargs, _: &State<'_>| prose::comment(value));
    tera.register_filter("upper_first", |value: &str, _: Kwargs, _: &State<'_>| words::upper_first(value));
    tera.register_filter("lower_first", |value: &str, _: Kwargs, _: &State<'_>| words::lower_first(value));
    tera.register_filter("natural_sort", natural_sort);
    tera.register_filter("fit", fit_block);
}

/// Columns that a line may have unless a filter is told otherwise.
const WIDTH: usize = 100;

fn ts_value(value: Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    laid_out(&value, &arguments, layout::Style::Ts)
}

fn json_pretty(value: Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    layout::expanded(&value, layout::Style::Json, layout::Place::read(&arguments, layout::Style::Json)?)
}

fn laid_out(value: &Value, arguments: &Kwargs, style: layout::Style) -> TeraResult<String> {
    match arguments.get::<usize>("indent")? {
        None => layout::flat(value, style),
        Some(_) => layout::expanded(value, style, layout::Place::read(arguments, style)?),
    }
}

fn natural_sort(mut values: Vec<Value>, arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let by = arguments.get::<&str>("by")?.unwrap_or_default();
    words::natural_sort(&mut values, by)?;
    Ok(Value::from(values))
}

fn fit_block(text: &str, arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let width = arguments.get::<usize>("width")?.unwrap_or(WIDTH);
    Ok(fit::fit(text, width))
}
