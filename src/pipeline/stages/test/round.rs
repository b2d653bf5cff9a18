//! One round: the project's own checks and the user's, run in a sandbox, in a throwaway checkout.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::criteria;
use crate::{
    domain::{
        generation::{State, Verdict},
        id::{CommitId, StepKey},
        path::ProjectPath,
        requirements::Story,
        spec::Acceptance,
        stage::Stage,
    },
    pipeline::{
        Error, Interruption, Settings,
        checkout::Checkout,
        context::{Context, StepResult},
        report::Check,
        sandbox::{Bench, Task},
        stages::code::Committed,
        state_of,
    },
    process::Tier,
    template::{Serve, Verify},
};

/// What a round is about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Files that agents wrote.
    pub(super) written: &'a [ProjectPath],
    /// Stories whose criteria are to be tested.
    pub(super) stories: &'a [Story],
}

/// What a round of checks found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verification {
    pub(crate) state: State,
    pub(crate) checks: Vec<Check>,
    pub(crate) tier: Option<Tier>,
    pub(crate) tools: BTreeMap<String, String>,
}

impl StepResult for Check {
    fn verdict(&self) -> Option<&Verdict> {
        Some(&self.verdict)
    }
}

#[derive(Serialize, Deserialize)]
struct Concluded {
    state: State,
    tier: Tier,
    /// The commit that was checked; older versions did not record it.
    #[serde(default)]
    checked: Option<CommitId>,
}

impl StepResult for Concluded {}

/// Runs a round, or what of it is not recorded yet.
pub(super) async fn run(
    context: &mut Context<'_>,
    settings: &Settings,
    number: u32,
    subject: &Subject<'_>,
) -> Result<Verification, Interruption> {
    let plan = Plan::of(context);
    let tells = context.pack.manifest().commands.verify.iter().find_map(criteria::teller);
    let tells = tells.filter(|_| !subject.stories.is_empty());
    context.begin_stage(Stage::Test, plan.len() + usize::from(tells.is_some()));
    let mut round = RoundAtWork::new(context, settings, number)?;
    round.tools(context).await?;
    round.fetch(context).await?;
    round.format(context, subject.written).await?;
    for check in &plan.verify {
        round.verify(context, check).await?;
    }
    if let Some(serve) = &plan.serve {
        round.serve(context, serve).await?;
    }
    for (index, acceptance) in plan.acceptance.iter().enumerate() {
        round.accept(context, plan.serve.as_ref(), index, acceptance).await?;
    }
    if let Some(tells) = &tells {
        round.criteria(context, tells, subject.stories).await?;
    }
    let verification = round.conclude(context).await?;
    context.end_stage(Stage::Test);
    Ok(verification)
}

struct Plan {
    fetch: bool,
    verify: Vec<Verify>,
    serve: Option<Serve>,
    acceptance: Vec<Acceptance>,
}

impl Plan {
    fn of(context: &Context<'_>) -> Self {
        let commands = &context.pack.manifest().commands;
        Self {
            fetch: commands.fetch.is_some(),
            verify: commands.verify.clone(),
            serve: commands.serve.clone(),
            acceptance: context.order.spec.acceptance.clone(),
        }
    }

    fn len(&self) -> usize {
        1 + usize::from(self.fetch) + self.verify.len() + usize::from(self.serve.is_some()) + self.acceptance.len() + 1
    }
}

/// Key of a step of a round.
pub(super) fn key(context: &Context<'_>, round: u32, name: &str) -> StepKey {
    context.key(Stage::Test, &format!("{round}/{name}"))
}

/// Name of a round's folders: for its logs, and for the project as it is checked.
pub(super) fn folder(context: &Context<'_>, round: u32) -> String {
    context.record.chapter().named(&format!("round-{round}"))
}

/// Whether anything of a round is recorded.
pub(super) fn is_recorded(context: &Context<'_>, round: u32) -> bool {
    context.record.has_any(key(context, round, "").as_str())
}

/// Whether a round came to its end.
pub(super) fn is_concluded(context: &Context<'_>, round: u32) -> bool {
    context.record.has(&key(context, round, "conclusion"))
}

/// Whether something was committed since a round was concluded.
pub(super) fn is_outdated(context: &Context<'_>, round: u32) -> Result<bool, Error> {
    let concluded = context.record.get::<Concluded>(&key(context, round, "conclusion"))?;
    let checked = concluded.and_then(|concluded| concluded.checked);
    Ok(checked.is_some_and(|checked| context.workspace.head() != Some(&checked)))
}

/// A round of checks being run.
struct RoundAtWork {
    number: u32,
    bench: Bench,
    checkout: Checkout,
    checks: Vec<Check>,
    tools: BTreeMap<String, String>,
    /// Why nothing more can be run, once that is so.
    blocked: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Tools {
    versions: BTreeMap<String, String>,
    check: Check,
}

impl StepResult for Tools {
    fn verdict(&self) -> Option<&Verdict> {
        Some(&self.check.verdict)
    }
}

impl RoundAtWork {
    fn new(context: &Context<'_>, settings: &Settings, number: u32) -> Result<Self, Interruption> {
        let commit = context.workspace.head().cloned().ok_or(Error::NothingCommitted)?;
        let folder = folder(context, number);
        let scratch = context.workspace.scratch_path().join(&folder);
        let logs = context.workspace.logs_path().join(&folder);
        let checkout = Checkout::new(scratch, commit);
        if !is_recorded(context, number) {
            checkout.discard()?;
        }
        Ok(Self {
            number,
            bench: Bench::new(&context.pack, settings, logs)?,
            checkout,
            checks: Vec::new(),
            tools: BTreeMap::new(),
            blocked: None,
        })
    }

    fn key(&self, context: &Context<'_>, name: &str) -> StepKey {
        key(context, self.number, name)
    }

    /// Asks each program of the pack's toolchain for its version, in the sandbox.
    async fn tools(&mut self, context: &mut Context<'_>) -> Result<(), Interruption> {
        let toolchain = context.pack.manifest().toolchain.clone();
        let bench = &self.bench;
        let folder = self.checkout.empty_folder()?;
        let found = context
            .step(self.key(context, "tools"), "Look for the tools", async |context| {
                let mut versions = BTreeMap::new();
                let mut check = Check::passed("tools", "Look for the tools");
                for tool in &toolchain {
                    let argv = vec![tool.program.clone(), "--version".to_owned()];
                    let task = Task::verify(&format!("tools-{}", tool.program), &tool.program, argv);
                    let answer = bench.run(&context.ports, &folder, task).await?;
                    let version = answer.tail.first().cloned().unwrap_or_default();
                    check.duration_ms += answer.duration_ms;
                    match answer.verdict {
                        Verdict::Passed if tool.is_satisfied_by(&version) => {
                            versions.insert(tool.program.clone(), version);
                        }
                        Verdict::Passed => check.verdict = too_old(tool, &version),
                        Verdict::Failed { reason } => {
                            check.verdict =
                                Verdict::NotRun { reason: format!("`{} --version` failed: {reason}", tool.program) };
                        }
                        verdict @ Verdict::NotRun { .. } => check.verdict = verdict,
                    }
                }
                Ok(Tools { versions, check })
            })
            .await?;
        self.tools = found.versions;
        if let Verdict::NotRun { reason } = &found.check.verdict {
            self.blocked = Some(reason.clone());
        }
        self.checks.push(found.check);
        Ok(())
    }

    /// Installs the packages: the package manager sees the files that say what to install, and nothing else.
    async fn fetch(&mut self, context: &mut Context<'_>) -> Result<(), Interruption> {
        let Some(fetch) = context.pack.manifest().commands.fetch.clone() else {
            return self.checkout.ensure(context, None).map_err(Into::into);
        };
        let task = Task::fetch(&fetch);
        let Self { bench, checkout, .. } = self;
        let key = key(context, self.number, "fetch");
        let is_over = is_concluded(context, self.number);
        if self.blocked.is_none() && !is_over && context.record.has(&key) && !checkout.is_there() {
            // What an earlier run installed is gone; the verdict stands, the cache is filled again.
            bench.run(&context.ports, &checkout.fetch_folder(context, &fetch.files)?, task.clone()).await?;
            checkout.ensure(context, Some(&fetch.files))?;
        }
        let blocked = &self.blocked;
        let check = context
            .step(key, &task.title.clone(), async |context| {
                if let Some(reason) = blocked {
                    return Ok(Check::not_run(&task, reason));
                }
                let folder = checkout.fetch_folder(context, &fetch.files)?;
                let check = bench.run(&context.ports, &folder, task).await?;
                if check.verdict == Verdict::Passed {
                    checkout.ensure(context, Some(&fetch.files))?;
                }
                Ok(check)
            })
            .await?;
        if check.verdict != Verdict::Passed && self.blocked.is_none() {
            self.blocked = Some("the packages could not be installed".to_owned());
        }
        self.checks.push(check);
        Ok(())
    }

    /// Lays out what agents wrote as the pack's own formatter does, and commits that: nobody pays a model for spaces.
    async fn format(&mut self, context: &mut Context<'_>, written: &[ProjectPath]) -> Result<(), Interruption> {
        let Some(format) = context.pack.manifest().commands.format.clone() else { return Ok(()) };
        let before = context.last_snapshot()?;
        let files: Vec<&ProjectPath> = written.iter().filter(|path| before.has(path)).collect();
        if files.is_empty() || self.blocked.is_some() {
            return Ok(());
        }
        let key = key(context, self.number, "format");
        let Self { bench, checkout, .. } = self;
        let task = Task::format(&format, &files);
        context
            .step(key.clone(), "Lay out the code", async |context| {
                // Code that cannot be read is left as it is; the checks say what is wrong with it.
                bench.run(&context.ports, &checkout.folder(), task).await?;
                let changes = checkout.changes(&before, &files)?;
                if changes.is_empty() {
                    return Ok(Committed { commit: None });
                }
                let message = "Lay out the code\n\nAs the project's own formatter does.";
                Ok(Committed { commit: Some(context.workspace.commit(&key, message, &changes)?) })
            })
            .await?;
        Ok(())
    }

    async fn verify(&mut self, context: &mut Context<'_>, verify: &Verify) -> Result<(), Interruption> {
        self.check(context, Task::check(verify)).await
    }

    async fn serve(&mut self, context: &mut Context<'_>, serve: &Serve) -> Result<(), Interruption> {
        let task = Task::serve(serve);
        if let Some(failed) = self.checks.iter().find(|check| check.verdict != Verdict::Passed) {
            let reason = format!("the application was not started, because `{}` did not pass", failed.id);
            return self.skip(context, task, reason).await;
        }
        self.check(context, task).await
    }

    async fn accept(
        &mut self,
        context: &mut Context<'_>,
        serve: Option<&Serve>,
        index: usize,
        acceptance: &Acceptance,
    ) -> Result<(), Interruption> {
        let task = Task::acceptance(serve, index, acceptance);
        if self.blocked.is_none() {
            self.checkout.add_files(&acceptance.files)?;
        }
        self.check(context, task).await
    }

    async fn check(&mut self, context: &mut Context<'_>, task: Task) -> Result<(), Interruption> {
        if let Some(reason) = self.blocked.clone() {
            return self.skip(context, task, reason).await;
        }
        let bench = &self.bench;
        let folder = self.checkout.folder();
        let check = context
            .step(self.key(context, &task.id), &task.title.clone(), async |context| {
                bench.run(&context.ports, &folder, task).await
            })
            .await?;
        self.checks.push(check);
        Ok(())
    }

    /// Holds the tests that ran against the criteria of the stories.
    async fn criteria(
        &mut self,
        context: &mut Context<'_>,
        tells: &criteria::Teller,
        stories: &[Story],
    ) -> Result<(), Interruption> {
        let key = self.key(context, criteria::ID);
        if is_concluded(context, self.number) && !context.record.has(&key) {
            // An older version ran this round.
            return Ok(());
        }
        let files = context.last_snapshot()?;
        let folder = context.pack.manifest().feature_tests_folder().to_owned();
        let tested = self.checks.iter().find(|check| check.id == tells.check);
        let check = context
            .step(key, criteria::TITLE, async |_| Ok(criteria::check((tells, tested), stories, (&folder, &files))))
            .await?;
        self.checks.push(check);
        Ok(())
    }

    async fn skip(&mut self, context: &mut Context<'_>, task: Task, reason: String) -> Result<(), Interruption> {
        let check = context
            .step(self.key(context, &task.id), &task.title, async |_| Ok(Check::not_run(&task, &reason)))
            .await?;
        self.checks.push(check);
        Ok(())
    }

    async fn conclude(self, context: &mut Context<'_>) -> Result<Verification, Interruption> {
        let state = state_of(&self.checks);
        let concluded = context
            .step(self.key(context, "conclusion"), "Conclude", async |context| {
                let checked = context.workspace.head().cloned();
                Ok(Concluded { state, tier: context.ports.runner.tier(), checked })
            })
            .await?;
        self.checkout.discard()?;
        let Concluded { state, tier, .. } = concluded;
        Ok(Verification { state, checks: self.checks, tier: Some(tier), tools: self.tools })
    }
}

fn too_old(tool: &crate::template::Tool, version: &str) -> Verdict {
    let minimum = tool.minimum.as_deref().unwrap_or_default();
    Verdict::NotRun {
        reason: format!("`{}` is {version}, and {minimum} or newer is needed: install that", tool.program),
    }
}
