//! Commands that bring a generation forward.

use std::{
    fs::File,
    io::{IsTerminal, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};

use tokio::{runtime::Runtime, task::JoinSet};

use super::{StopSignals, clock::MachineClock, language_models::RoutedModels, unasked::Unasked};
use crate::{
    agents::{Models, NoModels, Playback, Question, Recorder, Team},
    cli::{
        self, JsonLines, PlainLines, Progress,
        arguments::{Export, Generate, ModelOptions, Resume, RunOptions, Verify},
        exit,
    },
    config::{self, Config, Overrides},
    domain::{event::Event, generation::State, id::GenerationId, problem::Problem, spec::Spec},
    packages::NpmRegistry,
    pipeline::{self, Delivery, Entered, EventSink, NoKeeper, Order, Outcome, Ports},
    process::{Cancel, Sandbox, Tier},
    router::{Router, budget::InMemoryLedger},
    spec,
    template::Pack,
};

/// Pack that is used when the spec names none.
pub(super) const DEFAULT_PACK: &str = "react-hono";

pub(super) fn generate(command: &Generate) -> Result<u8> {
    let config = config::load(command.run.allow_unsandboxed)?;
    let events = sink(command.run.json);
    let Request { spec, ignored, pack } = match read(command)? {
        Ok(request) => request,
        Err(problems) => return Ok(refuse(&*events, command.run.json, problems)),
    };
    let team = if spec.needs_model() { Some(team(command.agents.as_deref())?) } else { None };
    let output = command.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.zip", spec.name)));
    let delivery = Delivery {
        artifact: absolute(&config, &output),
        verify: !command.run.no_verify,
        with_history: command.with_history,
    };
    let digest = spec::digest(&spec);
    let order = Order::new(spec, digest, ignored, &pack, delivery);
    let workspace = match &command.workspace {
        Some(folder) => absolute(&config, folder),
        None => config.workspaces.join(format!("{}-{}", order.spec.name, order.generation)),
    };
    let runtime = super::runtime()?;
    let models = match models(&order.generation, team.as_ref(), &command.models)? {
        Ok(models) => models,
        Err(problems) => return Ok(refuse(&*events, command.run.json, problems)),
    };
    if let Some(team) = &team
        && let Err(problem) = runtime.block_on(can_answer(&*models, team))
    {
        return Ok(refuse(&*events, command.run.json, vec![problem]));
    }
    let entered = pipeline::begin(&workspace, order, pack, team)?;
    let work = Work { config: &config, events: &*events, options: &command.run, models: &*models, runtime: &runtime };
    work.bring_forward(entered, Round::Current)
}

pub(super) fn resume(command: &Resume) -> Result<u8> {
    go_on(command, false)
}

pub(super) fn approve(command: &Resume) -> Result<u8> {
    go_on(command, true)
}

fn go_on(command: &Resume, approves: bool) -> Result<u8> {
    let config = config::load(command.run.allow_unsandboxed)?;
    let mut entered = pipeline::reopen(&absolute(&config, &command.workspace))?;
    let output = command.output.as_ref().map(|output| absolute(&config, output));
    entered.deliver_to(output, &config.current_folder, !command.run.no_verify);
    entered.limit(&command.limits.limits());
    if approves {
        entered.approve();
    } else {
        entered.retry()?;
    }
    let events = sink(command.run.json);
    let runtime = super::runtime()?;
    let models = match models(&entered.order().generation, entered.team(), &command.models)? {
        Ok(models) => models,
        Err(problems) => return Ok(refuse(&*events, command.run.json, problems)),
    };
    let work = Work { config: &config, events: &*events, options: &command.run, models: &*models, runtime: &runtime };
    work.bring_forward(entered, Round::Current)
}

pub(super) fn verify(command: &Verify) -> Result<u8> {
    let options = RunOptions {
        no_verify: false,
        json: command.json,
        allow_unsandboxed: command.allow_unsandboxed,
        tasks_at_once: pipeline::TASKS_AT_ONCE,
    };
    let config = config::load(options.allow_unsandboxed)?;
    let mut entered = pipeline::reopen(&absolute(&config, &command.workspace))?;
    entered.deliver_to(None, &config.current_folder, true);
    let events = sink(options.json);
    let runtime = super::runtime()?;
    let models = match unasked(&entered, command.config.as_ref())? {
        Ok(models) => models,
        Err(problems) => return Ok(refuse(&*events, options.json, problems)),
    };
    let work = Work { config: &config, events: &*events, options: &options, models: &models, runtime: &runtime };
    work.bring_forward(entered, Round::New)
}

pub(super) fn export(command: &Export) -> Result<u8> {
    let config = config::load(false)?;
    let entered = pipeline::reopen(&absolute(&config, &command.workspace))?;
    let output = command.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.zip", entered.order().spec.name)));
    let delivery = Delivery { artifact: absolute(&config, &output), verify: false, with_history: command.with_history };
    let models = match unasked(&entered, command.config.as_ref())? {
        Ok(models) => models,
        Err(problems) => return Ok(refuse(&*sink(command.json), command.json, problems)),
    };
    let artifact = super::runtime()?.block_on(pipeline::export(entered, &delivery, &models))?;
    if command.json {
        cli::print(&format!("{}\n", serde_json::to_string(&artifact)?));
    } else {
        cli::print(&format!("{} ({} files, sha256 {})\n", artifact.path, artifact.files, artifact.digest));
    }
    Ok(exit::VERIFIED)
}

/// The agents, built in or from a folder.
pub(super) fn team(folder: Option<&Path>) -> Result<Team> {
    Ok(match folder {
        None => Team::embedded()?,
        Some(folder) => Team::from_dir(folder)?,
    })
}

/// A request whose every part is right.
struct Request {
    spec: Spec,
    ignored: Vec<Problem>,
    pack: Arc<Pack>,
}

fn read(command: &Generate) -> Result<Result<Request, Vec<Problem>>> {
    let name = command.spec.display().to_string();
    let bytes = std::fs::read(&command.spec).with_context(|| format!("could not read the spec {name}"))?;
    let mut reading = spec::read(&name, &bytes);
    attach(&mut reading, &command.attach)?;
    let Some(spec) = reading.spec.as_ref().filter(|_| reading.problems.is_empty()) else {
        return Ok(Err(reading.problems));
    };
    let pack = match (&command.pack, &spec.template) {
        (Some(folder), _) => Pack::from_dir(folder)?,
        (None, Some(named)) => Pack::embedded(named)?,
        (None, None) => Pack::embedded(DEFAULT_PACK)?,
    };
    let problems = pipeline::check(spec, &pack);
    if !problems.is_empty() {
        return Ok(Err(problems.into_iter().map(|problem| reading.places.locate(problem)).collect()));
    }
    Ok(Ok(Request { spec: spec.clone(), ignored: reading.ignored, pack: Arc::new(pack) }))
}

/// Adds files to what a spec says in words; what is wrong with one is told with the rest of the problems.
pub(super) fn attach(reading: &mut spec::Reading, files: &[PathBuf]) -> Result<()> {
    for path in files {
        let shown = path.display().to_string();
        // One byte more than may be is enough to tell that there is too much.
        let most = u64::try_from(spec::ATTACHMENT_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .with_context(|| format!("could not read the attachment {shown}"))?;
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let count = reading.problems.len();
        attach_text(reading, &name, &bytes);
        for problem in reading.problems.iter_mut().skip(count) {
            problem.file = Some(shown.clone());
        }
    }
    Ok(())
}

/// Adds a text to what a spec says in words, or tells what is wrong with it.
pub(super) fn attach_text(reading: &mut spec::Reading, name: &str, bytes: &[u8]) {
    let Some(spec) = &mut reading.spec else { return };
    if let Err(problem) = spec::attach(spec, name, bytes) {
        reading.problems.push(problem);
    }
}

pub(super) fn refuse(events: &dyn EventSink, json: bool, problems: Vec<Problem>) -> u8 {
    if json {
        events.emit(Event::Refused { problems });
    } else {
        cli::complain(&cli::problem_list(&problems));
    }
    exit::USAGE
}

pub(super) enum Round {
    Current,
    New,
}

/// Who answers the agents; nobody when no agent asks.
pub(super) fn models(
    generation: &GenerationId,
    team: Option<&Team>,
    options: &ModelOptions,
) -> Result<Result<Box<dyn Models>, Vec<Problem>>> {
    if team.is_none() {
        return Ok(Ok(Box::new(NoModels)));
    }
    if let Some(transcript) = &options.replay {
        return Ok(Ok(Box::new(Playback::open(transcript)?)));
    }
    let overrides = Overrides { file: options.config.clone(), prices: options.prices.clone(), listen: None };
    let access = match config::model_access(&overrides) {
        Ok(access) => access,
        Err(config::Error::Settings(problems)) => return Ok(Err(problems)),
        Err(error) => return Err(error.into()),
    };
    let ledger = Arc::new(InMemoryLedger::new(access.router.budgets.clone()));
    let secrets = Arc::new(access.secrets.open()?);
    let router = Arc::new(Router::new(access.router, secrets, ledger, Arc::new(MachineClock::new()))?);
    let routed = RoutedModels::new(router, generation.clone());
    Ok(Ok(match &options.record {
        Some(transcript) => Box::new(Recorder::open(routed, transcript)?),
        None => Box::new(routed),
    }))
}

/// Nobody to ask; where models wrote something, with what is known of their keys.
fn unasked(entered: &Entered, config: Option<&PathBuf>) -> Result<Result<Unasked, Vec<Problem>>> {
    let options = ModelOptions { config: config.cloned(), prices: None, record: None, replay: None };
    Ok(models(&entered.order().generation, entered.team(), &options)?.map(Unasked))
}

/// Looks, before any work starts, whether every agent has a model that can answer it.
pub(super) async fn can_answer(models: &dyn Models, team: &Team) -> Result<(), Problem> {
    for class in team.classes() {
        let question = Question::probe(class);
        if let Err(reason) = models.quote(&question).await {
            let problem = Problem::new("spec_needs_model", "").with("class", class.name()).with("reason", reason);
            return Err(problem);
        }
    }
    Ok(())
}

/// What a generation is brought forward with.
pub(super) struct Work<'a> {
    pub(super) config: &'a Config,
    pub(super) events: &'a dyn EventSink,
    pub(super) options: &'a RunOptions,
    pub(super) models: &'a dyn Models,
    pub(super) runtime: &'a Runtime,
}

impl Work<'_> {
    pub(super) fn bring_forward(&self, entered: Entered, round: Round) -> Result<u8> {
        let workspace = entered.workspace_path().display().to_string();
        let clock = MachineClock::new();
        let stop = Cancel::new();
        let verifies = entered.order().delivery.verify;
        let tier = if verifies { super::best_tier(self.runtime, self.config)? } else { Tier::None };
        let runner = Sandbox::new(self.config.process.clone(), tier);
        let registry = NpmRegistry::new(self.config.packages.clone());
        let ports = Ports {
            runner: &runner,
            registry: &registry,
            models: self.models,
            clock: &clock,
            events: self.events,
            stop: &stop,
            keeper: &NoKeeper,
        };
        let settings = pipeline::Settings { tasks_at_once: self.options.tasks_at_once, ..self.config.pipeline.clone() };
        let outcome = self.runtime.block_on(async {
            let mut watchers = JoinSet::new();
            watchers.spawn(StopSignals::heard()?.stop_or_end(stop.clone()));
            Ok::<_, anyhow::Error>(match round {
                Round::Current => pipeline::run(entered, &settings, ports).await,
                Round::New => pipeline::verify(entered, &settings, ports).await,
            })
        })?;
        Ok(self.tell_end(outcome, workspace))
    }

    /// Tells how the work ended, and gives the exit code.
    fn tell_end(&self, outcome: Result<Outcome, pipeline::Error>, workspace: String) -> u8 {
        let json = self.options.json;
        match outcome {
            Ok(Outcome::Finished(report)) => {
                if !json {
                    cli::print(&cli::summary(&report, &pipeline::report_path(Path::new(&report.artifact.path))));
                }
                match report.state {
                    State::Succeeded => exit::VERIFIED,
                    State::Failed => exit::FAILED,
                    State::Unverified => exit::UNVERIFIED,
                }
            }
            Ok(Outcome::Stopped) => {
                tell(self.events, json, Event::Stopped { workspace });
                exit::STOPPED
            }
            Ok(Outcome::Paused(pause)) => {
                tell(self.events, json, Event::Paused { cause: pause.cause, message: pause.message, workspace });
                exit::PAUSED
            }
            Ok(Outcome::AwaitingApproval { estimate }) => {
                let (calls, tokens) = estimate.map_or((0, 0), |estimate| (estimate.calls, estimate.tokens));
                let cost = estimate.and_then(|estimate| estimate.cost);
                tell(self.events, json, Event::AwaitingApproval { calls, tokens, cost, workspace });
                exit::PAUSED
            }
            Ok(Outcome::GaveUp { reason }) => {
                tell(self.events, json, Event::Broken { message: reason, workspace: Some(workspace) });
                exit::FAILED
            }
            Err(error) => {
                tell(self.events, json, Event::Broken { message: error.to_string(), workspace: Some(workspace) });
                exit::FAILED
            }
        }
    }
}

fn tell(events: &dyn EventSink, json: bool, event: Event) {
    if json || !matches!(event, Event::Broken { .. }) {
        events.emit(event);
    } else if let Event::Broken { message, workspace } = event {
        let advice = workspace.map(|path| format!("\nNothing recorded is lost; go on with: samokoder resume {path}"));
        cli::complain(&format!("error: {message}{}\n", advice.unwrap_or_default()));
    }
}

pub(super) fn sink(json: bool) -> Box<dyn EventSink> {
    if json {
        Box::new(JsonLines)
    } else if std::io::stdout().is_terminal() {
        Box::new(Progress::default())
    } else {
        Box::new(PlainLines)
    }
}

pub(super) fn absolute(config: &Config, path: &Path) -> PathBuf {
    config.current_folder.join(path)
}
