//! What a model takes, told by its name: the vendor changed the format with its generations.

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Abilities {
    /// How it is told to think.
    pub(super) thinking: ThinkingForm,
    /// Whether it takes `temperature` and `top_p`.
    pub(super) sampling: bool,
    /// Whether it takes `output_config.format` and strict tools.
    pub(super) json_schema: bool,
    /// Whether it can be made to call a tool.
    pub(super) forced_calls: bool,
}

/// How a model is told to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ThinkingForm {
    /// It cannot.
    Absent,
    /// By a number of tokens; not told, it does not think.
    Budget,
    /// By an effort.
    Adaptive {
        /// How it is told not to.
        off: Off,
    },
}

/// How a model that thinks by an effort is told not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// Not told, it does not think.
    Untold,
    /// With `disabled`.
    Disabled,
    /// With `between_tools`.
    BetweenTools,
    /// It cannot be told.
    Never,
}

/// What a model takes, by the vendor's pages on thinking
/// (<https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting>) and on what is new in each model:
/// thinking since 3.7, JSON schemas since 4.5, adaptive thinking since 4.6, no sampling fields since 4.7, thinking unless told
/// otherwise since 5; and by family since when it cannot be switched off and no call can be forced. A Claude of no number or
/// of an unknown family is taken for the strictest. Other vendors' models that speak the format know its older form.
pub(super) fn abilities(model: &str) -> Abilities {
    let model = model.to_ascii_lowercase();
    let Some((_, after)) = model.split_once("claude") else {
        return Abilities { thinking: ThinkingForm::Budget, sampling: true, json_schema: true, forced_calls: true };
    };
    let version = version(after).unwrap_or((u8::MAX, 0));
    let (off, forced_calls) = since_five(after, version);
    let thinking = if version < (3, 7) {
        ThinkingForm::Absent
    } else if version < (4, 6) {
        ThinkingForm::Budget
    } else {
        ThinkingForm::Adaptive { off }
    };
    Abilities { thinking, sampling: version < (4, 7), json_schema: version >= (4, 5), forced_calls }
}

/// How thinking is switched off, and whether calls can be forced.
fn since_five(after: &str, version: (u8, u8)) -> (Off, bool) {
    let is = |family: &str| after.contains(family);
    if version < (5, 0) {
        (Off::Untold, true)
    } else if is("haiku") || (version < (5, 5) && (is("opus") || is("sonnet"))) {
        (Off::Disabled, true)
    } else if is("sonnet") {
        (Off::BetweenTools, false)
    } else {
        (Off::Never, version < (5, 1))
    }
}

/// The version in what follows `claude` in a name, such as `-opus-4-1-20250805`, `-3-7-sonnet-latest`, `-sonnet-4.5`:
/// the first number, and the one right after it; a number of more than two digits is a date.
fn version(after: &str) -> Option<(u8, u8)> {
    let number = |word: &str| if word.len() <= 2 { word.parse::<u8>().ok() } else { None };
    let mut words = after.split(|c: char| !c.is_ascii_alphanumeric());
    let major = words.find_map(number)?;
    Some((major, words.next().and_then(number).unwrap_or(0)))
}

#[cfg(test)]
#[path = "claude_tests.rs"]
mod tests;
