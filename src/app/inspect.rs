//! Commands that look, and start no work.

use std::{fs::OpenOptions, io::Write, path::Path};

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::{
    cli::{self, Arguments, exit},
    config::Config,
    process, spec, template,
};

pub(super) fn templates(json: bool) -> Result<u8> {
    let packs = template::packs()?;
    if json {
        let rows: Vec<_> = packs
            .iter()
            .map(|pack| serde_json::json!({ "name": pack.name, "version": pack.version, "summary": pack.summary }))
            .collect();
        cli::print(&format!("{}\n", serde_json::to_string_pretty(&rows)?));
    } else {
        for pack in packs {
            cli::print(&format!("{} {}\n  {}\n", pack.name, pack.version, pack.summary));
        }
    }
    Ok(exit::VERIFIED)
}

pub(super) fn schema() -> Result<u8> {
    cli::print(&format!("{}\n", serde_json::to_string_pretty(&spec::json_schema())?));
    Ok(exit::VERIFIED)
}

pub(super) fn init(file: &Path) -> Result<u8> {
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .with_context(|| format!("could not write {}: name another file, or move that one away", file.display()))?;
    target.write_all(spec::starter().as_bytes()).with_context(|| format!("could not write {}", file.display()))?;
    cli::print(&format!("wrote {0}; edit it, then: samokoder generate {0}\n", file.display()));
    Ok(exit::VERIFIED)
}

pub(super) fn doctor(config: &Config, json: bool) -> Result<u8> {
    super::prepare(config)?;
    let probe = super::runtime()?.block_on(process::probe(&config.process))?;
    if json {
        cli::print(&format!("{}\n", serde_json::to_string_pretty(&probe)?));
    } else {
        cli::print(&cli::machine(&probe));
    }
    Ok(exit::VERIFIED)
}

pub(super) fn completions(shell: clap_complete::Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "samokoder", &mut script);
    cli::print(&String::from_utf8_lossy(&script));
    exit::VERIFIED
}
