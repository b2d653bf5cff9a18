//! Renders a project, lays files of features over it, and writes a pack that is the finished project, so that
//! `samokoder generate` verifies it as it verifies any other:
//! `cargo run --example finish_project -- PACK FIXTURE OUT`. The fixture holds `spec.yaml` and `files/`; without the latter
//! the files are those that the pack's guide shows whole. None may be one that the pack protects.

mod guide_samples;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use samokoder::domain::blueprint::{Blueprint, derive};
use samokoder::domain::path::ProjectPath;
use samokoder::spec;
use samokoder::template::{Pack, Renderer};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [pack_folder, fixture, out] = arguments.as_slice() else { bail!("usage: finish_project PACK FIXTURE OUT") };
    let pack = Arc::new(Pack::from_dir(pack_folder)?);
    let blueprint = blueprint(&pack, &fixture.join("spec.yaml"))?;
    let renderer = Renderer::new(Arc::clone(&pack))?;
    let plan = renderer.plan(&blueprint)?;
    let files = out.join("files");
    for section in plan.sections() {
        for file in plan.render(&section.id)? {
            write(&files.join(file.path.as_str()), &file.content)?;
        }
    }
    let overlaid = fixture.join("files");
    if overlaid.exists() {
        overlay(&pack, &overlaid, &files)?;
    } else {
        for (path, content) in guide_samples::samples(&renderer.guide(&blueprint)?) {
            lay(&pack, &ProjectPath::parse(&path)?, content.as_bytes(), &files)?;
        }
    }
    let manifest = std::fs::read_to_string(pack_folder.join("template.toml"))?;
    write(&out.join("template.toml"), finished(&manifest)?.as_bytes())
}

fn blueprint(pack: &Pack, path: &Path) -> anyhow::Result<Blueprint> {
    let reading = spec::read("spec.yaml", &std::fs::read(path).with_context(|| path.display().to_string())?);
    let Some(spec) = reading.spec else {
        let problems: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        bail!("{}:\n{}", path.display(), problems.join("\n"));
    };
    let (blueprint, problems) = derive(&spec, &pack.manifest().facts());
    if let Some(problem) = problems.first() {
        bail!("{}: {problem}", path.display());
    }
    Ok(blueprint)
}

fn overlay(pack: &Pack, from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut waiting = vec![from.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let relative = ProjectPath::parse(path.strip_prefix(from)?.to_str().unwrap_or_default())?;
            lay(pack, &relative, &std::fs::read(&path)?, to)?;
        }
    }
    Ok(())
}

fn lay(pack: &Pack, path: &ProjectPath, content: &[u8], to: &Path) -> anyhow::Result<()> {
    if pack.is_protected(path) {
        bail!("{path} is protected: no feature may change it");
    }
    write(&to.join(path.as_str()), content)
}

/// The manifest of the finished project: the same commands, and one section of files that are copied as they are.
fn finished(manifest: &str) -> anyhow::Result<String> {
    let mut manifest: toml::Table = manifest.parse()?;
    for key in ["reserved", "conditions", "executable", "purposes", "protected", "feature_tests"] {
        manifest.remove(key);
    }
    let section = "id = \"all\"\ntitle = \"Add the project\"\nwhy = \"It is finished.\"\nfiles = [\"**\"]";
    manifest.insert("sections".to_owned(), toml::Value::Array(vec![section.parse::<toml::Table>()?.into()]));
    Ok(toml::to_string(&manifest)?)
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content).with_context(|| path.display().to_string())
}
