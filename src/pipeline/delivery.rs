//! Hands the result over: the ZIP with its manifest, and the report beside it.

use std::path::Path;

use serde::Serialize;

use super::{
    Delivery, Entered, Error,
    asking::Ledger,
    change::analysis_of,
    context::Context,
    order::Order,
    packages,
    record::Record,
    report::{ArtifactRecord, ChangeRecord, REPORT_VERSION, Report, TemplateRecord, report_path},
    secrets,
    stages::{
        analyze::Analysis,
        architect,
        code::{
            self, Settled,
            update::{self, Updated},
        },
        test::{Verification, what_was_mended, why_stopped},
    },
};
use crate::{
    agents::Models,
    artifact::{self, Artifact},
    domain::{
        digest::Digest,
        generation::State,
        id::{CommitId, StepKey},
        path::ProjectPath,
        requirements::Requirements,
        spec::{Feature, Limits, Spec},
        stage::Stage,
    },
    spec,
    template::Pack,
    workspace::{LogEntry, Workspace},
};

/// Version of `GENERATION.json`; raised when a field changes its meaning or goes.
const MANIFEST_VERSION: u32 = 1;

/// Where the project says what was asked for in words.
const WORDS_PAGE: &str = "docs/requirements.md";

/// `GENERATION.json`: what the project was made from. Nothing in it depends on the machine or the time.
#[derive(Serialize)]
struct Manifest<'a> {
    manifest_version: u32,
    project: &'a str,
    spec_digest: &'a Digest,
    template: TemplateRecord,
    commits: Vec<CommitRecord>,
    /// The structure that the pack writes, and the stories beyond it: with these the project can be imported.
    spec: serde_json::Value,
    requirements: &'a Requirements,
}

#[derive(Serialize)]
struct CommitRecord {
    commit: CommitId,
    step: Option<String>,
    subject: String,
}

/// Writes the ZIP and the report of a generation that came to its end.
pub(super) async fn deliver(context: &mut Context<'_>, verification: Verification) -> Result<Report, Error> {
    let commit = context.workspace.head().cloned().ok_or(Error::NothingCommitted)?;
    let delivery = context.order.delivery.clone();
    let recorded = context.record.replay();
    let analysis = analysis_of(&context.workspace, &recorded, context.record.chapter(), &context.order.spec)?;
    secrets::keep(&context.workspace, &commit, context.ports.models).await?;
    let written = write(&context.workspace, (&context.order, &analysis), &context.pack, &commit, &delivery)?;
    let (packages_added, packages_refused) = packages::reported(context.record, &context.last_snapshot()?);
    let mut undone = given_up(context)?;
    undone.extend(unmerged(context)?);
    // Checks that pass say nothing of what was never written.
    let state = if undone.is_empty() { verification.state } else { State::Failed };
    undone.extend(why_stopped(context)?);
    let report = Report {
        report_version: REPORT_VERSION,
        state,
        generation: context.order.generation.clone(),
        project: context.order.spec.name.to_string(),
        spec_digest: context.order.spec_digest.clone(),
        ignored: context.order.ignored.clone(),
        notices: context.order.notices(&context.pack),
        template: template_record(&context.pack),
        artifact: record_of(&delivery.artifact, written),
        commit,
        change: change_record(context),
        workspace: context.workspace.path().display().to_string(),
        product_version: env!("CARGO_PKG_VERSION").to_owned(),
        sandbox: verification.tier,
        tools: verification.tools,
        checks: verification.checks,
        parked: context.parked.clone(),
        undone,
        mended: what_was_mended(context)?,
        packages_added,
        packages_refused,
        agents: Ledger::read(context.record)?.by_agent(),
    };
    write_report(&report, &report_path(&delivery.artifact))?;
    Ok(report)
}

fn change_record(context: &Context<'_>) -> Option<ChangeRecord> {
    let chapter = context.record.chapter();
    let asked = context.order.change.as_ref()?;
    Some(ChangeRecord { number: chapter.0, words: asked.words.clone(), page: architect::change_page_path(chapter) })
}

/// Files of the pack's that a change left as they were, since both had changed the same lines.
fn unmerged(context: &Context<'_>) -> Result<Vec<String>, Error> {
    let key = context.key(Stage::Code, update::STEP);
    let updated = if context.before.is_some() { context.record.get::<Updated>(&key)? } else { None };
    let sentence = |path: ProjectPath| {
        format!(
            "{path}: it was changed in the lines that the pack writes anew, and stayed as it was; join the two by hand"
        )
    };
    Ok(updated.into_iter().flat_map(|updated| updated.unmerged).map(sentence).collect())
}

/// What agents gave up and nobody had tried anew since, and why.
fn given_up(context: &Context<'_>) -> Result<Vec<String>, Error> {
    let mut given_up = Vec::new();
    for (key, _) in context.record.all() {
        let is_ours = context.record.chapter().within(key.as_str()).is_some();
        if is_ours && context.record.gave_up(&key) && is_last_try(context.record, &key) {
            let settled: Option<Settled> = context.record.get(&key)?;
            let reason = settled.and_then(|settled| settled.gave_up).map(|gave_up| gave_up.reason);
            given_up.extend(reason.map(|reason| format!("{key}: {reason}")));
        }
    }
    Ok(given_up)
}

fn is_last_try(record: &Record<'_>, key: &StepKey) -> bool {
    let first = key.as_str().split("/try-").next().unwrap_or_default();
    record.current_try(&StepKey(first.to_owned()), Record::gave_up) == *key
}

/// Writes the ZIP of a workspace whose code stage is complete, and runs nothing. `models` are those that were asked for it:
/// they know the keys that must not be in it.
///
/// # Errors
/// When the workspace has no complete project yet, when it or its history holds a key, or the ZIP cannot be written.
pub async fn export(mut entered: Entered, delivery: &Delivery, models: &dyn Models) -> Result<ArtifactRecord, Error> {
    let Entered { order, pack, workspace, recorded, chapter, .. } = &mut entered;
    let is_complete = code::is_complete(pack, order, (recorded, *chapter));
    let commit = super::record::last_commit(recorded).filter(|_| is_complete).ok_or(Error::NothingCommitted)?;
    let analysis = analysis_of(workspace, recorded, *chapter, &order.spec)?;
    secrets::keep(workspace, &commit, models).await?;
    let written = write(workspace, (order, &analysis), pack, &commit, delivery)?;
    Ok(record_of(&delivery.artifact, written))
}

fn write(
    workspace: &Workspace,
    (order, analysis): (&Order, &Analysis),
    pack: &Pack,
    commit: &CommitId,
    delivery: &Delivery,
) -> Result<Artifact, Error> {
    let files: Vec<_> = workspace
        .entries(commit)?
        .into_iter()
        .map(|file| artifact::File { path: file.path, executable: file.executable, content: file.content })
        .collect();
    let history: Vec<_> = if delivery.with_history {
        workspace
            .history(commit)?
            .into_iter()
            .map(|file| artifact::HistoryFile { path: file.path, content: file.content })
            .collect()
    } else {
        Vec::new()
    };
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        project: order.spec.name.as_str(),
        spec_digest: &order.spec_digest,
        template: template_record(pack),
        commits: workspace.log(commit)?.into_iter().map(commit_record).collect(),
        spec: spec::surface(&told(&analysis.spec)),
        requirements: analysis.whole(),
    };
    Ok(artifact::export(&delivery.artifact, &order.spec.name, &files, &history, &manifest)?)
}

/// What a delivery tells of its spec: the words of the user are not handed on, but that there were some is.
fn told(spec: &Spec) -> Spec {
    let features = if spec.needs_model() { vec![Feature { description: WORDS_PAGE.to_owned() }] } else { Vec::new() };
    let limits = Limits::default();
    Spec { prose: String::new(), attachments: Vec::new(), approval: false, features, limits, ..spec.clone() }
}

fn commit_record(entry: LogEntry) -> CommitRecord {
    CommitRecord {
        commit: entry.commit,
        step: entry.step.map(|step| step.to_string()),
        subject: entry.message.lines().next().unwrap_or_default().to_owned(),
    }
}

fn template_record(pack: &Pack) -> TemplateRecord {
    let manifest = pack.manifest();
    TemplateRecord { name: manifest.name.clone(), version: manifest.version.clone(), digest: pack.digest().clone() }
}

fn record_of(path: &Path, written: Artifact) -> ArtifactRecord {
    ArtifactRecord {
        path: path.display().to_string(),
        size_bytes: written.size_bytes,
        digest: written.digest,
        files: written.entries,
    }
}

fn write_report(report: &Report, path: &Path) -> Result<(), Error> {
    let bytes = serde_json::to_vec_pretty(report).map_err(|source| Error::File {
        action: "write",
        path: path.to_owned(),
        source: source.into(),
    })?;
    Ok(artifact::publish(path, &bytes)?)
}
