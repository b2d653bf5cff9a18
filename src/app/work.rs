//! Commands that bring a generation forward.

use std::{
    fs::File,
    io::{IsTerminal, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};

use tokio::task::JoinSet;

use super::clock::MachineClock;
use crate::{
    cli::{
        self, JsonLines, PlainLines, Progress,
        arguments::{Export, Generate, Resume, RunOptions, Verify},
        exit,
    },
    config::{self, Config},
    domain::{event::Event, generation::State, problem::Problem, spec::Spec},
    pipeline::{self, Delivery, Entered, EventSink, Order, Outcome, Ports},
    process::{Cancel, Sandbox, Tier},
    spec,
    template::Pack,
};

/// Pack that is used when the spec names none.
const DEFAULT_PACK: &str = "react-hono";

pub(super) fn generate(command: &Generate) -> Result<u8> {
    let config = config::load(command.run.allow_unsandboxed)?;
    let events = sink(command.run.json);
    let Request { spec, ignored, pack } = match read(command)? {
        Ok(request) => request,
        Err(problems) => return Ok(refuse(&*events, command.run.json, problems)),
    };
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
    let entered = pipeline::begin(&workspace, order, pack)?;
    bring_forward(entered, &config, &*events, &command.run, Round::Current)
}

pub(super) fn resume(command: &Resume) -> Result<u8> {
    let config = config::load(command.run.allow_unsandboxed)?;
    let mut entered = pipeline::reopen(&absolute(&config, &command.workspace))?;
    let output = command.output.as_ref().map(|output| absolute(&config, output));
    entered.deliver_to(output, &config.current_folder, !command.run.no_verify);
    let events = sink(command.run.json);
    bring_forward(entered, &config, &*events, &command.run, Round::Current)
}

pub(super) fn verify(command: &Verify) -> Result<u8> {
    let options = RunOptions { no_verify: false, json: command.json, allow_unsandboxed: command.allow_unsandboxed };
    let config = config::load(options.allow_unsandboxed)?;
    let mut entered = pipeline::reopen(&absolute(&config, &command.workspace))?;
    entered.deliver_to(None, &config.current_folder, true);
    let events = sink(options.json);
    bring_forward(entered, &config, &*events, &options, Round::New)
}

pub(super) fn export(command: &Export) -> Result<u8> {
    let config = config::load(false)?;
    let entered = pipeline::reopen(&absolute(&config, &command.workspace))?;
    let output = command.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.zip", entered.order().spec.name)));
    let delivery = Delivery { artifact: absolute(&config, &output), verify: false, with_history: command.with_history };
    let artifact = pipeline::export(entered, &delivery)?;
    if command.json {
        cli::print(&format!("{}\n", serde_json::to_string(&artifact)?));
    } else {
        cli::print(&format!("{} ({} files, sha256 {})\n", artifact.path, artifact.files, artifact.digest));
    }
    Ok(exit::VERIFIED)
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
    let mut problems = pipeline::check(spec, &pack);
    if spec.needs_model() {
        let path = if spec.features.is_empty() { "prose" } else { "features" };
        problems.push(Problem::new("features_need_model", path));
    }
    if !problems.is_empty() {
        return Ok(Err(problems.into_iter().map(|problem| reading.places.locate(problem)).collect()));
    }
    Ok(Ok(Request { spec: spec.clone(), ignored: reading.ignored, pack: Arc::new(pack) }))
}

/// Adds files to what a spec says in words; what is wrong with one is told with the rest of the problems.
fn attach(reading: &mut spec::Reading, files: &[PathBuf]) -> Result<()> {
    for path in files {
        let shown = path.display().to_string();
        // One byte more than may be is enough to tell that there is too much.
        let most = u64::try_from(spec::ATTACHMENT_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .with_context(|| format!("could not read the attachment {shown}"))?;
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let Some(spec) = &mut reading.spec else { break };
        if let Err(problem) = spec::attach(spec, &name, &bytes) {
            reading.problems.push(Problem { file: Some(shown), ..problem });
        }
    }
    Ok(())
}

fn refuse(events: &dyn EventSink, json: bool, problems: Vec<Problem>) -> u8 {
    if json {
        events.emit(Event::Refused { problems });
    } else {
        cli::complain(&cli::problem_list(&problems));
    }
    exit::USAGE
}

enum Round {
    Current,
    New,
}

fn bring_forward(
    entered: Entered,
    config: &Config,
    events: &dyn EventSink,
    options: &RunOptions,
    round: Round,
) -> Result<u8> {
    let workspace = entered.workspace_path().display().to_string();
    let clock = MachineClock::new();
    let stop = Cancel::new();
    let runtime = super::runtime()?;
    let tier = if entered.order().delivery.verify { super::best_tier(&runtime, config)? } else { Tier::None };
    let runner = Sandbox::new(config.process.clone(), tier);
    let ports = Ports { runner: &runner, clock: &clock, events, stop: &stop };
    let outcome = runtime.block_on(async {
        let mut watchers = JoinSet::new();
        watchers.spawn(super::stop_on_signal(stop.clone()));
        match round {
            Round::Current => pipeline::run(entered, &config.pipeline, ports).await,
            Round::New => pipeline::verify(entered, &config.pipeline, ports).await,
        }
    });
    match outcome {
        Ok(Outcome::Finished(report)) => {
            if !options.json {
                cli::print(&cli::summary(&report, &pipeline::report_path(Path::new(&report.artifact.path))));
            }
            Ok(match report.state {
                State::Succeeded => exit::VERIFIED,
                State::Failed => exit::FAILED,
                State::Unverified => exit::UNVERIFIED,
            })
        }
        Ok(Outcome::Stopped) => {
            tell(events, options.json, Event::Stopped { workspace });
            Ok(exit::STOPPED)
        }
        Err(error) => {
            tell(events, options.json, Event::Broken { message: error.to_string(), workspace: Some(workspace) });
            Ok(exit::FAILED)
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

fn sink(json: bool) -> Box<dyn EventSink> {
    if json {
        Box::new(JsonLines)
    } else if std::io::stdout().is_terminal() {
        Box::new(Progress::default())
    } else {
        Box::new(PlainLines)
    }
}

fn absolute(config: &Config, path: &Path) -> PathBuf {
    config.current_folder.join(path)
}
