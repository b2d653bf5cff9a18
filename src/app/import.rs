//! The command that opens a project made elsewhere.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::work::{self, Round, Work};
use crate::{
    agents::NoModels,
    cli::arguments::Import,
    config,
    pipeline::{self, Delivery},
    spec,
    template::Pack,
};

pub(super) fn import(command: &Import) -> Result<u8> {
    let config = config::load(command.run.allow_unsandboxed)?;
    let events = work::sink(command.run.json);
    let pack = |named: Option<&str>| -> Result<Pack, pipeline::Error> {
        Ok(match &command.pack {
            Some(folder) => Pack::from_dir(folder)?,
            None => Pack::embedded(named.unwrap_or(work::DEFAULT_PACK))?,
        })
    };
    let given = command.spec.as_deref().map(read_spec).transpose()?;
    let path = work::absolute(&config, &command.project);
    let output = command.output.as_ref().map(|output| work::absolute(&config, output));
    let delivery =
        Delivery { artifact: output.clone().unwrap_or_default(), verify: !command.run.no_verify, with_history: false };
    let project = match pipeline::read_project(&path, given, pack, delivery)? {
        Ok(project) => project,
        Err(problems) => return Ok(work::refuse(&*events, command.run.json, problems)),
    };
    let order = project.order();
    let workspace = match &command.workspace {
        Some(folder) => work::absolute(&config, folder),
        None => config.workspaces.join(format!("{}-{}", order.spec.name, order.generation)),
    };
    let mut entered = project.begin(&workspace)?;
    entered.deliver_to(output, &config.current_folder, !command.run.no_verify);
    let runtime = super::runtime()?;
    let work = Work { config: &config, events: &*events, options: &command.run, models: &NoModels, runtime: &runtime };
    work.bring_forward(entered, Round::Current)
}

/// What a spec says that describes a project.
fn read_spec(path: &Path) -> Result<spec::Reading> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("could not read the spec {name}"))?;
    Ok(spec::read(&name, &bytes))
}
