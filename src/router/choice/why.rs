//! Why a route was not chosen.

use std::{fmt, time::Duration};

use super::super::{
    breaker::Health,
    dialect::DialectName,
    refused_keys::PassedOver,
    route::{Refusal, RefusalKind},
};
use crate::domain::money::Usd;

/// Why a route was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// No key.
    NoKey {
        /// Names of the secret that would hold it.
        names: Vec<String>,
    },
    /// The key was refused.
    KeyRefused(PassedOver),
    /// What is asked is said in another wire format.
    Dialect {
        /// The one that can say it.
        wanted: DialectName,
    },
    /// Cannot look at pictures.
    Vision,
    /// Cannot call tools.
    Tools,
    /// Cannot be made to call a tool.
    ForcedTool,
    /// Cannot keep to a schema.
    Schema,
    /// Question and answer do not fit into its window.
    Context {
        /// Estimated tokens of the question.
        input_tokens: u64,
        /// Tokens of the answer.
        output_tokens: u64,
        /// The window.
        context_tokens: u64,
    },
    /// Answers are not as long as asked for.
    Output {
        /// Asked for.
        wanted_tokens: u64,
        /// Its most.
        most_tokens: u64,
    },
    /// A price must be known, as money is limited, and is not.
    PriceUnknown,
    /// Money is limited, and nothing bounds what a field of the request may cost.
    CostUnbounded {
        /// The field, by its name in the body that would be sent.
        field: String,
    },
    /// Money is limited, and nothing bounds how long its answer may be.
    AnswerUnbounded,
    /// It can cost more than is allowed.
    Cost {
        /// The most that it can cost.
        most: Usd,
        /// What is allowed.
        cap: Usd,
    },
    /// Left alone, as it fails.
    Health(Health),
    /// It asked to wait.
    Limit {
        /// How long.
        wait: Duration,
        /// Which limit.
        limit: &'static str,
    },
}

impl Why {
    /// How long to wait until this is no reason any more; none when waiting does not help.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        match self {
            Self::Health(health) => health.wait(),
            Self::Limit { wait, .. } | Self::KeyRefused(PassedOver { wait, .. }) => Some(*wait),
            Self::NoKey { .. }
            | Self::Dialect { .. }
            | Self::Vision
            | Self::Tools
            | Self::ForcedTool
            | Self::Schema
            | Self::Context { .. }
            | Self::Output { .. }
            | Self::PriceUnknown
            | Self::CostUnbounded { .. }
            | Self::AnswerUnbounded
            | Self::Cost { .. } => None,
        }
    }

    /// What would have to change.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NoKey { .. } | Self::KeyRefused(_) | Self::PriceUnknown => RefusalKind::Settings,
            Self::Cost { .. } => RefusalKind::Budget,
            Self::Health(_) | Self::Limit { .. } => RefusalKind::Time,
            Self::Dialect { .. }
            | Self::Vision
            | Self::Tools
            | Self::ForcedTool
            | Self::Schema
            | Self::Context { .. }
            | Self::Output { .. }
            | Self::CostUnbounded { .. }
            | Self::AnswerUnbounded => RefusalKind::Request,
        }
    }
}

impl Why {
    /// The same of a route: for the operator, and for whoever asks.
    #[must_use]
    pub fn of(&self, route: &str) -> Refusal {
        Refusal {
            route: route.to_owned(),
            reason: self.to_string(),
            for_caller: self.for_caller(),
            kind: self.kind(),
            wait: self.wait(),
        }
    }

    /// The same in words that name no settings: callers can change none, and need not know them.
    fn for_caller(&self) -> String {
        match self {
            Self::NoKey { .. } => "no key is set up for it".to_owned(),
            Self::PriceUnknown => "its price is not known, and money is limited".to_owned(),
            Self::KeyRefused(_) => "its key was refused lately".to_owned(),
            Self::Dialect { .. }
            | Self::Vision
            | Self::Tools
            | Self::ForcedTool
            | Self::Schema
            | Self::Context { .. }
            | Self::Output { .. }
            | Self::CostUnbounded { .. }
            | Self::AnswerUnbounded
            | Self::Cost { .. }
            | Self::Health(_)
            | Self::Limit { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey { names } => write!(f, "no key: set {}", names.join(" or ")),
            Self::KeyRefused(PassedOver { wait, status }) => {
                let status = status.map(|status| format!(" with status {status}")).unwrap_or_default();
                write!(
                    f,
                    "its key was refused{status}, and is passed over for {} s: put a good one in its place",
                    seconds(*wait)
                )
            }
            Self::Dialect { wanted } => {
                write!(f, "the request holds parts that only the wire format {} can say", wanted.name())
            }
            Self::Vision => f.write_str("it does not look at pictures"),
            Self::Tools => f.write_str("it does not call tools this way"),
            Self::ForcedTool => f.write_str("it cannot be made to call a tool"),
            Self::Schema => f.write_str("it does not keep to a schema"),
            Self::Context { input_tokens, output_tokens, context_tokens } => write!(
                f,
                "about {input_tokens} tokens of input and {output_tokens} of output do not fit into its window of {context_tokens} tokens"
            ),
            Self::Output { wanted_tokens, most_tokens } => {
                write!(f, "it answers with {most_tokens} tokens at most, {wanted_tokens} are asked for")
            }
            Self::PriceUnknown => f.write_str("its price is not known, and money is limited: set a price"),
            Self::CostUnbounded { field } => {
                write!(f, "nothing bounds what `{field}` may cost, and money is limited: leave it out")
            }
            Self::AnswerUnbounded => {
                f.write_str("nothing bounds how long its answer may be, and money is limited: set max_tokens")
            }
            Self::Cost { most, cap } => write!(f, "it may cost {most} USD, and {cap} USD are allowed"),
            Self::Health(Health::Probing) => f.write_str("it failed, and another call is trying it right now"),
            Self::Health(health) => {
                write!(f, "it failed, and is left alone for {} s", seconds(health.wait().unwrap_or_default()))
            }
            Self::Limit { wait, limit } => write!(f, "{limit}: {} s to go", seconds(*wait)),
        }
    }
}

/// Seconds for people: one decimal, rounded up, so that nobody comes too early.
fn seconds(wait: Duration) -> String {
    let tenths = wait.as_millis().div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}
