//! The command that changes what a generation delivered.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::work::{self, Round, Work};
use crate::{
    cli::{
        self,
        arguments::{Abandon, Change},
        exit,
    },
    config,
    domain::problem::Problem,
    pipeline::{self, Asked, Delivery, Wish},
    spec,
};

/// Name of the words among texts that are read alike: the same bounds hold for them.
const WORDS: &str = "the words";

pub(super) fn change(command: &Change) -> Result<u8> {
    let config = config::load(command.run.allow_unsandboxed)?;
    let events = work::sink(command.run.json);
    let mut entered = pipeline::reopen(&work::absolute(&config, &command.workspace))?;
    let wish = match wish(command)? {
        Ok(wish) => wish,
        Err(problems) => return Ok(work::refuse(&*events, command.run.json, problems)),
    };
    let team = if wish.asked.words.is_empty() { None } else { Some(work::team(command.agents.as_deref())?) };
    let output = command.output.as_ref().map(|output| work::absolute(&config, output));
    entered.deliver_to(output, &config.current_folder, !command.run.no_verify);
    let delivery: Delivery = entered.order().delivery.clone();
    let runtime = super::runtime()?;
    let models = match work::models(&entered.order().generation, team.as_ref(), &command.models)? {
        Ok(models) => models,
        Err(problems) => return Ok(work::refuse(&*events, command.run.json, problems)),
    };
    if let Some(team) = &team
        && let Err(problem) = runtime.block_on(work::can_answer(&*models, team))
    {
        return Ok(work::refuse(&*events, command.run.json, vec![problem]));
    }
    let mut entered = match entered.change(wish, delivery, team)? {
        Ok(entered) => entered,
        Err(problems) => return Ok(work::refuse(&*events, command.run.json, problems)),
    };
    entered.limit(&command.limits.limits());
    let work = Work { config: &config, events: &*events, options: &command.run, models: &*models, runtime: &runtime };
    work.bring_forward(entered, Round::Current)
}

pub(super) fn abandon(command: &Abandon) -> Result<u8> {
    let config = config::load(false)?;
    let number = pipeline::reopen(&work::absolute(&config, &command.workspace))?.abandon()?;
    if command.json {
        cli::print(&format!("{}\n", json!({ "abandoned": number })));
    } else {
        cli::print(&format!("Change {number} is taken back; the project is what was delivered before it.\n"));
    }
    Ok(exit::VERIFIED)
}

/// What is asked for, or what is wrong with it.
fn wish(command: &Change) -> Result<Result<Wish, Vec<Problem>>> {
    let mut asked = Asked { drops_data: command.drop_data, ..Asked::default() };
    if let Some(path) = &command.spec {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("could not read the spec {name}"))?;
        let reading = spec::read(&name, &bytes);
        return Ok(match reading.spec.filter(|_| reading.problems.is_empty()) {
            Some(spec) => Ok(Wish { spec: Some(spec), ignored: reading.ignored, asked }),
            None => Err(reading.problems),
        });
    }
    let mut texts = spec::read("change.md", b"A change.");
    match (&command.words, &command.file) {
        (Some(words), _) => work::attach_text(&mut texts, WORDS, words.as_bytes()),
        (None, file) => work::attach(&mut texts, file.as_slice())?,
    }
    work::attach(&mut texts, &command.attach)?;
    let mut attachments = texts.spec.map(|spec| spec.attachments).unwrap_or_default();
    if !texts.problems.is_empty() {
        return Ok(Err(texts.problems));
    }
    if attachments.first().is_none_or(|words| words.text.trim().is_empty()) {
        return Ok(Err(vec![Problem::new("change_says_nothing", "")]));
    }
    asked.words = attachments.remove(0).text.trim().to_owned();
    asked.attachments = attachments;
    Ok(Ok(Wish { spec: None, ignored: Vec::new(), asked }))
}
