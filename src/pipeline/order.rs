//! What a generation was started with, kept in its workspace, and how a workspace is entered.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Error,
    change::{Asked, Standing},
    import::Imported,
    record,
};
use crate::{
    agents::Team,
    domain::{
        digest::Digest,
        generation::State,
        id::{Chapter, GenerationId},
        problem::Problem,
        spec::{Limits, Spec},
    },
    journal::{self, Journal, Replay},
    template::Pack,
    workspace::{self, Workspace},
};

/// Version of the order's form; raised when a field changes its meaning or goes.
const ORDER_VERSION: u32 = 1;
/// Private file of the workspace that holds the order. Written last: a workspace that has it is complete.
const ORDER_FILE: &str = "generation.json";
/// Private file of the workspace that holds the copy of the template pack.
const PACK_FILE: &str = "pack.zip";
/// Private file of the workspace that holds the copy of the agents, where the spec needs a model.
pub(super) const AGENTS_FILE: &str = "agents.zip";

/// Private file of the workspace that holds the files of an imported project.
pub(super) const IMPORT_FILE: &str = "import.zip";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    order_version: u32,
    /// Identity of the generation.
    pub generation: GenerationId,
    /// The spec in its normal form.
    pub spec: Spec,
    /// Digest of the spec's normal form: the same for every file format and layout.
    pub spec_digest: Digest,
    /// What the spec's file had that has no meaning here.
    pub ignored: Vec<Problem>,
    /// Digest of the template pack.
    pub pack_digest: Digest,
    /// How and where the result is delivered.
    pub delivery: Delivery,
    /// What is to change of what was delivered before; `None` where the generation begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Asked>,
    /// What was imported, where the generation began with a project that was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Imported>,
}

/// How and where the result is delivered: may differ from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The ZIP to write.
    pub artifact: PathBuf,
    /// Whether the project is run.
    pub verify: bool,
    /// Whether the ZIP holds the git history.
    pub with_history: bool,
}

impl Order {
    /// An order for a new generation.
    #[must_use]
    pub fn new(spec: Spec, spec_digest: Digest, ignored: Vec<Problem>, pack: &Pack, delivery: Delivery) -> Self {
        Self {
            order_version: ORDER_VERSION,
            generation: GenerationId::mint(),
            spec,
            spec_digest,
            ignored,
            pack_digest: pack.digest().clone(),
            delivery,
            change: None,
            import: None,
        }
    }

    /// The order of the same generation for its next chapter.
    pub(super) fn follow(&self, spec: Spec, spec_digest: Digest, ignored: Vec<Problem>, delivery: Delivery) -> Self {
        Self { spec, spec_digest, ignored, delivery, import: None, ..self.clone() }
    }

    /// What is to be known of the project that the generation began with.
    pub(super) fn notices(&self, pack: &Pack) -> Vec<Problem> {
        self.import.as_ref().map(|imported| imported.notices(&self.spec, pack)).unwrap_or_default()
    }

    /// Whether a part of what is asked is said in words, so that only a model can do it.
    #[must_use]
    pub fn needs_model(&self) -> bool {
        match &self.change {
            Some(asked) => !asked.words.is_empty(),
            None => self.import.is_none() && self.spec.needs_model(),
        }
    }
}

/// Where the work of a chapter is, by its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// A project was delivered; to run it again delivers the same.
    Delivered,
    /// It ended without a project.
    GivenUp,
    /// It is not at its end.
    Unfinished,
}

/// A workspace that was entered: nobody else can work in it meanwhile.
pub struct Entered {
    pub(crate) order: Order,
    pub(crate) chapter: Chapter,
    /// The last one that was begun: chapters after the present one were taken back.
    pub(crate) last: Chapter,
    /// What the chapter before came to.
    pub(crate) before: Option<Standing>,
    pub(crate) pack: Arc<Pack>,
    pub(crate) team: Option<Team>,
    pub(crate) workspace: Workspace,
    pub(crate) approves: bool,
    pub(crate) journal: Journal,
    pub(crate) recorded: Replay,
}

impl Entered {
    /// The order that is worked on.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The agents, when what is asked needs a model.
    #[must_use]
    pub fn team(&self) -> Option<&Team> {
        self.team.as_ref()
    }

    /// The workspace's folder.
    #[must_use]
    pub fn workspace_path(&self) -> &Path {
        self.workspace.path()
    }

    /// The chapter that is worked on.
    #[must_use]
    pub fn chapter(&self) -> Chapter {
        self.chapter
    }

    /// The last chapter that was begun, also when it was taken back.
    #[must_use]
    pub fn last_chapter(&self) -> Chapter {
        self.last
    }

    /// The orders of all chapters that were begun, the first in front.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn chapters(&self) -> Result<Vec<Order>, Error> {
        let mut orders = Vec::new();
        let mut chapter = Chapter::FIRST;
        while let Some(order) = read_chapter(&self.workspace, chapter)? {
            orders.push(order);
            chapter = chapter.next();
        }
        Ok(orders)
    }

    /// Where the work of the chapter is, by its journal.
    #[must_use]
    pub fn standing_now(&self) -> Stand {
        let has_ended = self.recorded.get(&record::end_key(self.chapter, self.retries() + 1)).is_some();
        match (record::is_delivered(&self.recorded, self.chapter), has_ended) {
            (true, _) => Stand::Delivered,
            (false, true) => Stand::GivenUp,
            (false, false) => Stand::Unfinished,
        }
    }

    /// Name of the template pack.
    #[must_use]
    pub fn pack_name(&self) -> &str {
        &self.pack.manifest().name
    }

    /// How often the work of the chapter was to be tried anew so far.
    #[must_use]
    pub fn retries(&self) -> u32 {
        record::retries(&self.recorded, self.chapter)
    }

    /// Answers yes to the plan, should the work wait for that.
    pub fn approve(&mut self) {
        self.approves = true;
    }

    /// Has what was given up tried anew, when the work ended without success; durable on return. Else it changes nothing.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn retry(&mut self) -> Result<(), Error> {
        let number = record::retries(&self.recorded, self.chapter) + 1;
        let end = self.recorded.get(&record::end_key(self.chapter, number));
        if end.is_none_or(|end| end.get("state") != Some(&json!(State::Failed))) || self.team.is_none() {
            return Ok(());
        }
        let (key, value) = (record::retry_key(self.chapter, number), json!({}));
        self.journal.append(&key, &value)?;
        self.recorded.record(key, value);
        Ok(())
    }

    /// Replaces those limits that are given; a limit that stopped the work has to be raised for it to go on.
    pub fn limit(&mut self, limits: &Limits) {
        let Limits { minutes, cost_usd, calls, tokens } = limits;
        let own = &mut self.order.spec.limits;
        own.minutes = minutes.or(own.minutes);
        own.cost_usd = cost_usd.or(own.cost_usd);
        own.calls = calls.or(own.calls);
        own.tokens = tokens.or(own.tokens);
    }

    /// Chooses where this run delivers, and whether it runs the project: `output`, else where the generation was to
    /// deliver when that folder is there, else a ZIP in `fallback`.
    pub fn deliver_to(&mut self, output: Option<PathBuf>, fallback: &Path, verify: bool) {
        let delivery = &mut self.order.delivery;
        delivery.verify = verify;
        if let Some(output) = output {
            delivery.artifact = output;
        } else if !delivery.artifact.parent().is_some_and(Path::is_dir) {
            delivery.artifact = fallback.join(format!("{}.zip", self.order.spec.name));
        }
    }
}

/// Enters a folder to work on an order: a new workspace, or one that already holds work on the same spec and pack.
///
/// On return the spec and the pack's copy are durable in it, so that it can be resumed by itself.
///
/// # Errors
/// [`Error::OtherSpec`] when it holds other work; else when the folder cannot be used.
pub fn begin(dir: &Path, order: Order, pack: Arc<Pack>, team: Option<Team>) -> Result<Entered, Error> {
    let workspace = match Workspace::open(dir) {
        Err(workspace::Error::NotWorkspace { .. }) => Workspace::create(dir)?,
        opened => opened?,
    };
    let Some(stored) = read_order(&workspace)? else {
        workspace.write_private(PACK_FILE, &pack.to_archive()?)?;
        if let Some(team) = &team {
            workspace.write_private(AGENTS_FILE, &team.to_archive()?)?;
        }
        workspace.write_private(ORDER_FILE, &order_bytes(&order))?;
        return enter(workspace, order, pack, team);
    };
    if stored.spec_digest != order.spec_digest || stored.pack_digest != order.pack_digest {
        return Err(Error::OtherSpec { workspace: dir.display().to_string() });
    }
    let mut entered = enter(workspace, stored, pack, team)?;
    entered.order.delivery = order.delivery;
    Ok(entered)
}

/// Enters a folder to work on an imported project: a new workspace, or one in which the same import was begun.
pub(super) fn begin_import(dir: &Path, order: Order, pack: Arc<Pack>, files: &[u8]) -> Result<Entered, Error> {
    let workspace = match Workspace::open(dir) {
        Err(workspace::Error::NotWorkspace { .. }) => Workspace::create(dir)?,
        opened => opened?,
    };
    match read_order(&workspace)? {
        Some(stored) if stored.import != order.import => {
            return Err(Error::OtherSpec { workspace: dir.display().to_string() });
        }
        Some(_) => {}
        None => workspace.write_private(IMPORT_FILE, files)?,
    }
    drop(workspace);
    begin(dir, order, pack, None)
}

/// Enters a workspace to go on with what it holds.
///
/// # Errors
/// When the folder is not a workspace, or was left before anything was recorded.
pub fn reopen(dir: &Path) -> Result<Entered, Error> {
    let workspace = Workspace::open(dir)?;
    let order =
        read_order(&workspace)?.ok_or_else(|| Error::NothingToResume { workspace: dir.display().to_string() })?;
    let archive = workspace
        .read_private(PACK_FILE)?
        .ok_or_else(|| Error::NothingToResume { workspace: dir.display().to_string() })?;
    let pack = Arc::new(Pack::from_archive(&archive)?);
    enter(workspace, order, pack, None)
}

/// The agents of a chapter; those that are known already, where they are the same: a team takes more memory than all else
/// of a generation that waits.
fn read_team(workspace: &Workspace, chapter: Chapter, known: Option<Team>) -> Result<Option<Team>, Error> {
    let Some(archive) = workspace.read_private(&chapter.named(AGENTS_FILE))? else { return Ok(None) };
    match known {
        Some(known) if known.to_archive()? == archive => Ok(Some(known)),
        Some(_) | None => Ok(Some(Team::from_archive(&archive)?)),
    }
}

/// Enters the last chapter of a workspace that begins with an order, those aside that were taken back.
fn enter(workspace: Workspace, first: Order, pack: Arc<Pack>, known: Option<Team>) -> Result<Entered, Error> {
    let (journal, entries) = Journal::open(&workspace.journal_path(), &first.generation)?;
    let recorded = journal::replay(&entries)?;
    let first_spec = first.spec.clone();
    let (mut earlier, mut chapter, mut order) = (None, Chapter::FIRST, first);
    let mut last = Chapter::FIRST;
    while let Some(next) = read_chapter(&workspace, last.next())? {
        last = last.next();
        if !record::is_abandoned(&recorded, last) {
            (earlier, chapter, order) = (Some(chapter), last, next);
        }
    }
    let before = earlier.map(|earlier| Standing::read(&workspace, &recorded, earlier, &first_spec)).transpose()?;
    let team = read_team(&workspace, chapter, known)?;
    Ok(Entered { order, chapter, last, before, pack, team, workspace, approves: false, journal, recorded })
}

/// Makes a change the last chapter of a workspace; durable on return.
pub(super) fn begin_chapter(entered: Entered, order: Order, team: Option<Team>) -> Result<Entered, Error> {
    let Entered { workspace, chapter, last, before, pack, journal, recorded, .. } = entered;
    if let Some(team) = &team {
        workspace.write_private(&chapter.named(AGENTS_FILE), &team.to_archive()?)?;
    }
    workspace.write_private(&chapter.named(ORDER_FILE), &order_bytes(&order))?;
    Ok(Entered { order, chapter, last, before, pack, team, workspace, approves: false, journal, recorded })
}

fn read_order(workspace: &Workspace) -> Result<Option<Order>, Error> {
    read_chapter(workspace, Chapter::FIRST)
}

fn read_chapter(workspace: &Workspace, chapter: Chapter) -> Result<Option<Order>, Error> {
    let name = chapter.named(ORDER_FILE);
    let Some(bytes) = workspace.read_private(&name)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::Recorded { what: name, source })
}

fn order_bytes(order: &Order) -> Vec<u8> {
    // An order holds nothing that JSON cannot say: maps have string keys, numbers are finite.
    serde_json::to_vec_pretty(order).unwrap_or_default()
}
