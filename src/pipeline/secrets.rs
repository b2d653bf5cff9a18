//! Looks for keys in what is about to be handed over.

use super::Error;
use crate::{agents::Models, domain::id::CommitId, workspace::Workspace};

/// Most bytes that are looked through at once.
const LOOKED_AT_BYTES: usize = 4 * 1024 * 1024;
/// Stands between two contents: no key goes across it.
const BETWEEN: char = '\0';

/// Makes sure that no commit of a history holds a key that models are asked with: what one commit took out again is still
/// in it.
///
/// Answers are looked at before they are used. This is for keys that nobody knew then, and for what came another way, such
/// as from the spec.
///
/// # Errors
/// [`Error::SecretInOutput`] when one does.
pub(super) async fn keep(workspace: &Workspace, commit: &CommitId, models: &dyn Models) -> Result<(), Error> {
    let mut text = String::new();
    for content in workspace.contents_of_history(commit)? {
        if text.len().saturating_add(content.len()) > LOOKED_AT_BYTES {
            look(&std::mem::take(&mut text), models).await?;
        }
        text.push_str(&String::from_utf8_lossy(&content));
        text.push(BETWEEN);
    }
    look(&text, models).await
}

async fn look(text: &str, models: &dyn Models) -> Result<(), Error> {
    if models.holds_key(text).await { Err(Error::SecretInOutput) } else { Ok(()) }
}
