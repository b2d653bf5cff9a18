//! Renders a template pack from its folder, for those who write packs:
//! `cargo run --example render_pack -- templates/react-hono blueprint.json out/`. Problems of the pack go to the
//! error output, the guide for those who write features to the standard output, files into the folder named last, which
//! is made when it is not there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use samokoder::domain::blueprint::Blueprint;
use samokoder::template::{Pack, Renderer};

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "a tool for the terminal")]
fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [pack, blueprint, out] = arguments.as_slice() else { bail!("usage: render_pack PACK BLUEPRINT.json OUT") };
    let pack = Arc::new(Pack::from_dir(pack)?);
    let problems = pack.check();
    for problem in &problems {
        eprintln!("{problem}");
    }
    let text = std::fs::read_to_string(blueprint).with_context(|| blueprint.display().to_string())?;
    let blueprint: Blueprint = serde_json::from_str(&text).context("the blueprint")?;
    let began = std::time::Instant::now();
    let renderer = Renderer::new(pack)?;
    print!("{}", renderer.guide(&blueprint)?);
    let plan = renderer.plan(&blueprint)?;
    let mut files = Vec::new();
    for section in plan.sections() {
        files.extend(plan.render(&section.id)?);
    }
    eprintln!("{} files in {} ms", files.len(), began.elapsed().as_millis());
    for file in files {
        write(&out.join(file.path.as_str()), &file.content)?;
    }
    if problems.is_empty() { Ok(()) } else { bail!("the pack has {} problems", problems.len()) }
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content).with_context(|| path.display().to_string())
}
