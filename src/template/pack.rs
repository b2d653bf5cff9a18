//! A template pack: its manifest and every file of it, in memory.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::error::Error;
use super::guide;
use super::manifest::Manifest;
use super::problem::{Fault, PackProblem};
use crate::bundle::{self, Bounds};
use crate::domain::digest::Digest;
use crate::domain::path::ProjectPath;

/// What a pack may hold: ten times the lockfile of a large npm project in one file.
const BOUNDS: Bounds = Bounds { file_max_bytes: 8 * 1024 * 1024, total_max_bytes: 64 * 1024 * 1024, files_max: 5000 };
/// Name of the manifest.
pub(super) const MANIFEST: &str = "template.toml";
/// Name of the template that says how features are written into a project.
pub(super) const GUIDE: &str = "guide.md.tera";
/// Where what becomes the project stands.
pub(super) const FILES: &str = "files/";
/// Where templates for `{% include %}` stand.
pub(super) const PARTIALS: &str = "partials/";
/// Ending of files that are rendered.
pub(super) const RENDERED: &str = ".tera";

/// The packs that are compiled in. The same in debug and release builds, sorted by the macro.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Contents of a pack by path, the manifest among them.
pub(super) type Contents = bundle::Contents;

/// A template pack, whole and in memory.
#[derive(Debug, Clone)]
pub struct Pack {
    manifest: Manifest,
    contents: Contents,
}

/// What a list of packs shows of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSummary {
    /// Machine name.
    pub name: String,
    /// Version.
    pub version: String,
    /// What it makes, one line.
    pub summary: String,
}

/// The packs that are built in, by name.
///
/// # Errors
/// When a built-in pack has a wrong manifest.
pub fn packs() -> Result<Vec<PackSummary>, Error> {
    embedded_names()
        .iter()
        .map(|name| {
            let Manifest { name, version, summary, .. } = Pack::embedded(name)?.manifest;
            Ok(PackSummary { name, version, summary })
        })
        .collect()
}

fn embedded_names() -> Vec<String> {
    let mut names: Vec<String> = EMBEDDED
        .dirs()
        .filter(|dir| dir.get_file(dir.path().join(MANIFEST)).is_some())
        .filter_map(|dir| dir.path().to_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

impl Pack {
    /// Loads a pack that is built in.
    ///
    /// # Errors
    /// When there is none of this name, or its manifest is wrong.
    pub fn embedded(name: &str) -> Result<Self, Error> {
        let dir = EMBEDDED
            .get_dir(name)
            .filter(|_| embedded_names().iter().any(|known| known == name))
            .ok_or_else(|| Error::UnknownPack { name: name.to_owned(), available: embedded_names() })?;
        let contents = bundle::embedded(dir).map_err(|error| Error::of_bundle(name, error))?;
        Self::from_contents(name, contents)
    }

    /// Loads a pack from a folder that the operator provides. Links and special files are refused, sizes are bounded.
    ///
    /// # Errors
    /// When it cannot be read, holds what a pack may not hold, or its manifest is wrong.
    pub fn from_dir(path: &Path) -> Result<Self, Error> {
        let origin = path.display().to_string();
        let contents = bundle::read_folder(path, BOUNDS).map_err(|error| Error::of_bundle(&origin, error))?;
        Self::from_contents(&origin, contents)
    }

    /// Loads a pack from the bytes that [`Pack::to_archive`] made. The bytes are not trusted.
    ///
    /// # Errors
    /// When the bytes are no such archive, or hold what a pack may not hold.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, Error> {
        let origin = "the archive";
        let contents = bundle::read_archive(bytes, BOUNDS).map_err(|error| Error::of_bundle(origin, error))?;
        Self::from_contents(origin, contents)
    }

    /// The whole pack as one file: a ZIP of stored entries, sorted, with fixed dates. The same pack gives the same
    /// bytes with the same version of the product; across versions compare [`Pack::digest`].
    ///
    /// # Errors
    /// When the archive cannot be written, which takes a pack beyond the format's limits.
    pub fn to_archive(&self) -> Result<Vec<u8>, Error> {
        bundle::write_archive(&self.contents).map_err(|error| Error::of_bundle(&self.manifest.name, error))
    }

    /// Digest over the paths and contents of all files, whatever the pack was loaded from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        bundle::digest(&self.contents)
    }

    /// What the pack says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What a file of a project is for, in one line; `None` when the pack does not know the file.
    #[must_use]
    pub fn purpose(&self, path: &ProjectPath) -> Option<&str> {
        let known = self.manifest.purposes.iter().find(|purpose| purpose.files.matches(path.as_str()));
        known.map(|purpose| purpose.purpose.as_str())
    }

    /// Whether nothing but the pack may change a file of a project.
    #[must_use]
    pub fn is_protected(&self, path: &ProjectPath) -> bool {
        self.manifest.protected.iter().any(|pattern| pattern.matches(path.as_str()))
    }

    /// The guide to a project for whoever writes these files: without the parts that tell about others.
    #[must_use]
    pub fn guide_for<'p>(&self, guide: &str, files: impl IntoIterator<Item = &'p ProjectPath>) -> String {
        let files: Vec<&ProjectPath> = files.into_iter().collect();
        guide::without(guide, &self.manifest.guide_parts, |part| {
            !files.iter().any(|file| part.files.iter().any(|pattern| pattern.matches(file.as_str())))
        })
    }

    /// The guide to a project for whoever plans what is written: without the parts that tell about tests alone.
    #[must_use]
    pub fn guide_for_plans(&self, guide: &str) -> String {
        let tests = format!("{}/", self.manifest.feature_tests_folder());
        guide::without(guide, &self.manifest.guide_parts, |part| {
            part.files.iter().all(|pattern| pattern.as_str().starts_with(&tests))
        })
    }

    /// The template that says how features are written into a project.
    pub(super) fn guide(&self) -> Option<&[u8]> {
        self.contents.iter().find(|(path, _)| path.as_str() == GUIDE).map(|(_, content)| content.as_ref())
    }

    /// What becomes the project: path relative to `files/` and content, sorted by path.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.below(FILES)
    }

    /// Content of a file, by its path relative to `files/`.
    pub(super) fn file(&self, path: &str) -> Option<&[u8]> {
        let path = ProjectPath::parse(&format!("{FILES}{path}")).ok()?;
        self.contents.get(&path).map(AsRef::as_ref)
    }

    /// Templates for `{% include %}`: path relative to `partials/` and content, sorted by path.
    pub(super) fn partials(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.below(PARTIALS)
    }

    fn below(&self, folder: &'static str) -> impl Iterator<Item = (&str, &[u8])> {
        self.contents
            .iter()
            .filter_map(move |(path, content)| path.as_str().strip_prefix(folder).map(|rest| (rest, content.as_ref())))
    }

    /// A pack of contents from anywhere, which `origin` names in errors.
    pub(super) fn from_contents(origin: &str, contents: Contents) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let manifest = contents.iter().find(|(path, _)| path.as_str() == MANIFEST).map(|(_, content)| content);
        let parsed = match manifest.map(|content| std::str::from_utf8(content)) {
            None => Err(vec![refused(MANIFEST, "it is missing; a pack says in it what it is")]),
            Some(Err(_)) => Err(vec![refused(MANIFEST, "it is not UTF-8")]),
            Some(Ok(text)) => Manifest::parse(text),
        };
        problems.extend(contents.keys().filter(|path| !has_a_place(path.as_str())).map(|path| {
            refused(
                path.as_str(),
                "a pack holds `template.toml`, `README.md`, `guide.md.tera`, `files/` and `partials/*.tera` only",
            )
        }));
        match parsed {
            Ok(manifest) if problems.is_empty() => Ok(Self { manifest, contents }),
            Ok(_) => Err(Error::Refused { pack: origin.to_owned(), problems }),
            Err(mut found) => {
                found.append(&mut problems);
                Err(Error::Refused { pack: origin.to_owned(), problems: found })
            }
        }
    }
}

fn has_a_place(path: &str) -> bool {
    path == MANIFEST
        || path == "README.md"
        || path == GUIDE
        || path.starts_with(FILES)
        || (path.starts_with(PARTIALS) && path.ends_with(RENDERED))
}

/// A file that a pack may not hold.
pub(super) fn refused(file: &str, reason: &str) -> PackProblem {
    PackProblem::new(file, None, Fault::RefusedFile { reason: reason.to_owned() })
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
