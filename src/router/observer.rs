//! A port: hears what calls took, once for each, when it is known.

use super::account::Account;

/// Hears what calls took.
///
/// It is told of every call that was asked for, exactly once, when its cost is settled: also of one that failed, and, on
/// another thread and maybe after its caller went away, of one that was given up. It must return at once, as the call waits for it;
/// it cannot fail, and nobody tells it again.
pub trait CallObserver: Send + Sync {
    /// A call ended.
    fn ended(&self, account: &Account, end: CallEnd);
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// With an answer.
    Answered,
    /// Without one, or with half of one.
    Failed,
    /// Nobody waited for it any more.
    Abandoned,
}
