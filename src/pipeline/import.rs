//! Opens a project that was delivered elsewhere in a workspace of its own, so that it can be changed there.
//!
//! What the delivery says of itself (`GENERATION.json`) is read as any spec is, and trusted as little. The pack writes the
//! project from it anew; what was made of it since is one commit on top.

use std::{collections::BTreeSet, fs::File, io::Read as _, path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Delivery, Entered, Error,
    order::{self, Order},
    report::TemplateRecord,
};
use crate::{
    artifact::MANIFEST_NAME,
    bundle::{self, Bounds, Contents},
    domain::{digest::Digest, path::ProjectPath, problem::Problem, requirements::Requirements},
    spec,
    template::Pack,
};

/// What a project may hold that is imported: many times what a pack writes, and little enough for memory.
const BOUNDS: Bounds =
    Bounds { file_max_bytes: 16 * 1024 * 1024, total_max_bytes: 128 * 1024 * 1024, files_max: 20_000 };
/// Folders and files at the top of a project that are no part of it: its git directory is never looked into.
const LEFT_OUT: [&str; 6] = [".git", ".env", "node_modules", "dist", "coverage", "data"];
/// Version of the manifest that is read.
const MANIFEST_VERSION: u32 = 1;

/// What is kept of an imported project in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The stories that it meets.
    pub requirements: Requirements,
    /// Digest of its files.
    pub files_digest: Digest,
}

/// A project that can be imported.
pub struct Project {
    order: Order,
    files: Contents,
    pack: Arc<Pack>,
}

impl Project {
    /// What is worked on.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Enters a folder to work on it: a new workspace, or one in which this import was begun. Durable on return.
    ///
    /// # Errors
    /// As for [`begin`](super::begin).
    pub fn begin(self, workspace: &Path) -> Result<Entered, Error> {
        order::begin_import(workspace, self.order, self.pack, &bundle::write_archive(&self.files)?)
    }
}

/// The part of a delivery's manifest that an import needs.
#[derive(Deserialize)]
struct Manifest {
    manifest_version: u32,
    template: TemplateRecord,
    spec: serde_json::Value,
    requirements: Requirements,
}

/// Reads a project from the ZIP of a delivery, or from the folder that it was unpacked into; nothing of it is run.
///
/// # Errors
/// When it cannot be read, or holds what no project may hold: links, paths that lead out, more than 128 MiB.
pub fn read_project(
    path: &Path,
    pack: impl FnOnce(&str) -> Result<Pack, Error>,
    delivery: Delivery,
) -> Result<Result<Project, Vec<Problem>>, Error> {
    let mut files = if path.is_dir() {
        bundle::read_folder_without(path, BOUNDS, &LEFT_OUT)?
    } else {
        within_folder(bundle::read_archive(&read_file(path)?, BOUNDS)?)
    };
    let shown = path.display().to_string();
    let manifest = files.keys().find(|path| path.as_str() == MANIFEST_NAME).cloned();
    let Some(manifest) = manifest.and_then(|name| files.remove(&name)) else {
        return Ok(Err(vec![Problem::new("import_without_manifest", "").with("path", shown)]));
    };
    let unreadable =
        |reason: String| Ok(Err(vec![Problem::new("import_manifest_unreadable", "").with("reason", reason)]));
    let manifest: Manifest = match serde_json::from_slice(&manifest) {
        Ok(manifest) => manifest,
        Err(error) => return unreadable(error.to_string()),
    };
    if manifest.manifest_version != MANIFEST_VERSION {
        return unreadable(format!("its version is {}", manifest.manifest_version));
    }
    if let Some(story) = manifest.requirements.stories.iter().find(|story| !story.has_own_number()) {
        return unreadable(format!("`{}` is no number of a story", story.id));
    }
    let reading = spec::read("spec.json", manifest.spec.to_string().as_bytes());
    let Some(spec) = reading.spec.filter(|_| reading.problems.is_empty()) else { return Ok(Err(reading.problems)) };
    let pack = pack(&manifest.template.name)?;
    if pack.digest() != manifest.template.digest {
        let problem = Problem::new("import_of_template", "template").with("named", manifest.template.name);
        return Ok(Err(vec![problem.with("version", manifest.template.version)]));
    }
    let problems = super::check(&spec, &pack);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let digest = spec::digest(&spec);
    let imported = Imported { requirements: manifest.requirements, files_digest: bundle::digest(&files) };
    let mut order = Order::new(spec, digest, Vec::new(), &pack, delivery);
    order.import = Some(imported);
    Ok(Ok(Project { order, files, pack: Arc::new(pack) }))
}

/// The files of the one folder that a delivery's ZIP has.
fn within_folder(contents: Contents) -> Contents {
    let inside =
        |path: &ProjectPath| path.as_str().split_once('/').map(|(folder, rest)| (folder.to_owned(), rest.to_owned()));
    let folders: BTreeSet<Option<String>> =
        contents.keys().map(|path| inside(path).map(|(folder, _)| folder)).collect();
    if folders.len() != 1 {
        return contents;
    }
    let moved = contents.into_iter().filter_map(|(path, content)| {
        let (_, rest) = inside(&path)?;
        Some((ProjectPath::parse(&rest).ok()?, content))
    });
    moved.collect()
}

/// A file as far as it may be one that is imported: one byte more than that is enough to tell.
fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File { action: "read", path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let most = BOUNDS.total_max_bytes.saturating_mul(2).saturating_add(1);
    File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// The files of an import, as they came.
pub(super) fn read_files(archive: &[u8], imported: &Imported) -> Result<Option<Contents>, Error> {
    let files = bundle::read_archive(archive, BOUNDS)?;
    Ok((bundle::digest(&files) == imported.files_digest).then_some(files))
}
