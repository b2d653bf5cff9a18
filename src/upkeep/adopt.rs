//! A workspace from elsewhere becomes a generation of a service.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Error, error::failed, files::Part};
use crate::{
    domain::{
        generation::Status,
        id::{GenerationId, ProjectId},
        submission::{Change, Owner, Submission, Wanted},
    },
    pipeline::{self, Entered, Order, Stand},
    storage::{Keeping, Storage},
    store::{Adoption, Records},
    workspace,
};

/// The service that takes a workspace over.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its records.
    pub records: Records,
    /// Folder of its workspaces.
    pub workspaces: PathBuf,
    /// Where workspaces are kept, when they are kept in the storage.
    pub storage: Option<Storage>,
}

/// A workspace that was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its generation, which keeps its identity.
    pub generation: GenerationId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Where it is in its life: queued when it has a project to deliver, else as its journal says.
    pub status: Status,
}

/// Takes a workspace over: what is durable of it is copied, the folder itself stays as it is.
///
/// One that delivered a project is queued, and delivers the same again without a model being asked; one that gave up has
/// failed; any other is paused, and goes on when its owner resumes it.
///
/// # Errors
/// When it is no workspace, somebody works in it, its generation is known here, or the project does not take it.
pub async fn adopt(host: &Host, owner: &Owner, folder: &Path, project: Option<ProjectId>) -> Result<Adopted, Error> {
    // Entered, so that nobody works in it while it is copied.
    let entered = pipeline::reopen(folder)?;
    let adoption = adoption(&entered, project)?;
    let generation = adoption.submission.generation.clone();
    let known = || Error::Refused(format!("the generation {generation} is known to this service already"));
    if host.records.knows(&adoption.submission).await? {
        return Err(known());
    }
    host.records.welcome(&adoption.submission).await?;
    let place = host.workspaces.join(generation.to_string());
    let part = Part::of(&place)?;
    workspace::copy_durable(folder, part.path()).map_err(failed("copy", folder))?;
    let kept = match &host.storage {
        None => {
            part.place()?;
            generation.to_string()
        }
        Some(storage) => {
            let key = storage.keep_workspace(&generation, 0, part.path(), &mut Keeping::default()).await;
            part.discard();
            key?
        }
    };
    drop(entered);
    let status = adoption.status;
    let adopted = host.records.adopt(owner, &Adoption { workspace: kept, ..adoption }).await;
    if let Ok(Some(project)) = adopted {
        return Ok(Adopted { generation, project, status });
    }
    if host.storage.is_none() {
        fs::remove_dir_all(&place).map_err(failed("remove", &place))?;
    }
    adopted?;
    Err(Error::Refused("the project is not there, is another's, or is archived".to_owned()))
}

fn adoption(entered: &Entered, project: Option<ProjectId>) -> Result<Adoption, Error> {
    let chapters = entered.chapters()?;
    let (first, changes) = chapters
        .split_first()
        .ok_or_else(|| Error::Refused("the workspace was left before anything was recorded in it".to_owned()))?;
    let submission = Submission {
        generation: first.generation.clone(),
        project,
        spec: first.spec.clone(),
        ignored: first.ignored.clone(),
        template: entered.pack_name().to_owned(),
        verify: first.delivery.verify,
        with_history: first.delivery.with_history,
        priority: 0,
        webhook: None,
    };
    let changes = changes.iter().map(change).collect();
    let wanted = Wanted { retries: entered.retries(), changes, ..Wanted::default() };
    let (status, why) = match entered.standing_now() {
        Stand::Delivered => (Status::Queued, None),
        Stand::GivenUp => (Status::Failed, Some("it ended without a project before it was taken over")),
        Stand::Unfinished => (Status::Paused, Some("it was taken over before its end; resume it to have it go on")),
    };
    let why = why.map(|reason| (ADOPTED, reason.to_owned()));
    Ok(Adoption { submission, wanted, status, why, workspace: String::new() })
}

/// Cause of what was taken over and does not go on by itself.
const ADOPTED: &str = "adopted";

/// A change that was begun elsewhere.
fn change(order: &Order) -> Change {
    let asked = order.change.clone().unwrap_or_default();
    let spec = asked.words.is_empty().then(|| order.spec.clone());
    Change {
        words: asked.words,
        attachments: asked.attachments,
        spec,
        ignored: order.ignored.clone(),
        drops_data: asked.drops_data,
    }
}
