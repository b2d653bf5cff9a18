//! Opens a project that is there already in a workspace of its own, so that it can be changed there.
//!
//! What the pack writes for the project's spec comes first, and what the project is otherwise is one commit on top. The
//! spec is what a delivery says of itself (`GENERATION.json`), or what the user gives; either is trusted as little as any.

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
    domain::{
        blueprint::PackFacts, digest::Digest, path::ProjectPath, problem::Problem, requirements::Requirements,
        spec::Spec,
    },
    spec,
    template::Pack,
};

/// What a project may hold that is imported: many times what a pack writes, and little enough for memory.
const BOUNDS: Bounds =
    Bounds { file_max_bytes: 16 * 1024 * 1024, total_max_bytes: 128 * 1024 * 1024, files_max: 20_000 };
/// Folders and files at the top of a project that are no part of it: its git directory is never looked into.
const LEFT_OUT: [&str; 7] = [".git", ".env", ".env.local", "node_modules", "dist", "coverage", "data"];
/// Folder that macOS puts beside the one that it packs, with what only macOS knows of the files.
const RESOURCE_FORKS: &str = "__MACOSX";
/// Version of the manifest that is read.
const MANIFEST_VERSION: u32 = 1;
/// Where a project that was not delivered by this product may say what it is: the name that `samokoder init` gives.
const SPEC_NAME: &str = "samokoder.yaml";

/// What is kept of an imported project in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The stories that it meets.
    pub requirements: Requirements,
    /// Digest of its files.
    pub files_digest: Digest,
    /// What it was made with.
    #[serde(default)]
    pub origin: Origin,
}

/// What an imported project was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// With the pack that it is worked on with.
    #[default]
    SamePack,
    /// With another version of that pack.
    OtherVersion {
        /// Which, as its manifest says.
        version: String,
    },
    /// With anything else: a spec describes it.
    Elsewhere,
}

impl Imported {
    /// What is to be known of the project before it is changed.
    pub(super) fn notices(&self, spec: &Spec, pack: &Pack) -> Vec<Problem> {
        let manifest = pack.manifest();
        let origin = match &self.origin {
            Origin::SamePack => None,
            Origin::OtherVersion { version } => {
                let problem = Problem::new("import_of_version", "").with("named", &manifest.name);
                Some(problem.with("version", version).with("present", &manifest.version))
            }
            Origin::Elsewhere => Some(Problem::new("import_from_elsewhere", "").with("named", &manifest.name)),
        };
        let has_words = spec.needs_model() && self.requirements.stories.is_empty();
        origin.into_iter().chain(has_words.then(|| Problem::new("import_of_words", ""))).collect()
    }

    /// What the project's first blueprint has to know of the pack: what a project of another version says of that is no
    /// change of its people's, and becomes the present version with the first change.
    pub(super) fn pack_facts(&self, facts: PackFacts) -> PackFacts {
        match &self.origin {
            Origin::OtherVersion { version } => PackFacts { version: version.clone(), ..facts },
            Origin::SamePack | Origin::Elsewhere => facts,
        }
    }

    /// The message of the commit that takes the project.
    pub(super) fn commit_message(&self, title: &str) -> String {
        let why = match self.origin {
            Origin::SamePack => "What became of it since it was generated.",
            Origin::OtherVersion { .. } => {
                "What became of it since it was generated, and what the template pack wrote\n\
                 otherwise in the version that it was generated with."
            }
            Origin::Elsewhere => {
                "It was made elsewhere: all that is other than what the template pack writes\n\
                 for its spec is the project's own."
            }
        };
        format!("{title}\n\n{why}")
    }
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

impl Manifest {
    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let unreadable = |reason: String| Problem::new("import_manifest_unreadable", "").with("reason", reason);
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        if manifest.manifest_version != MANIFEST_VERSION {
            return Err(unreadable(format!("its version is {}", manifest.manifest_version)));
        }
        let TemplateRecord { name, version, .. } = &manifest.template;
        if ![name, version].into_iter().all(|text| text.chars().all(|c| c.is_ascii_alphanumeric() || "-.+".contains(c)))
        {
            return Err(unreadable(format!("`{name}` {version} is no template pack")));
        }
        match manifest.requirements.stories.iter().find(|story| !story.has_own_number()) {
            Some(story) => Err(unreadable(format!("`{}` is no number of a story", story.id))),
            None => Ok(manifest),
        }
    }
}

/// What is known of a project before its pack is.
struct Described {
    reading: spec::Reading,
    template: Option<TemplateRecord>,
    requirements: Requirements,
    /// Whether a delivery says it of itself.
    is_by_manifest: bool,
}

impl Described {
    /// By what the user gives, else by what the project says of itself.
    fn of(
        files: &Contents,
        manifest: Option<Result<Manifest, Problem>>,
        given: Option<spec::Reading>,
    ) -> Option<Result<Self, Problem>> {
        let by_spec = |reading: spec::Reading, manifest: Option<Manifest>| {
            let (template, requirements) = match manifest {
                Some(manifest) => (Some(manifest.template), manifest.requirements),
                None => (None, Requirements::default()),
            };
            Self { reading, template, requirements, is_by_manifest: false }
        };
        match (given, manifest) {
            (Some(given), manifest) => Some(Ok(by_spec(given, manifest.and_then(Result::ok)))),
            (None, Some(Ok(Manifest { template, spec, requirements, .. }))) => {
                let reading = spec::read("spec.json", spec.to_string().as_bytes());
                Some(Ok(Self { reading, template: Some(template), requirements, is_by_manifest: true }))
            }
            (None, Some(Err(problem))) => Some(Err(problem)),
            (None, None) => {
                let beside = files.iter().find(|(path, _)| path.as_str() == SPEC_NAME);
                beside.map(|(_, content)| Ok(by_spec(spec::read(SPEC_NAME, content), None)))
            }
        }
    }

    /// What is wrong with the spec, by where the user finds it.
    fn placed(&self, problems: Vec<Problem>) -> Vec<Problem> {
        if !self.is_by_manifest {
            return problems;
        }
        let in_manifest = |problem| Problem { file: Some(MANIFEST_NAME.to_owned()), position: None, ..problem };
        let mut placed: Vec<Problem> = problems.into_iter().map(in_manifest).collect();
        placed.push(Problem::new("import_spec_unusable", ""));
        placed
    }

    /// The pack that it asks for.
    fn pack_name<'a>(&'a self, spec: &'a Spec) -> Option<&'a str> {
        let made_with = self.template.as_ref().map(|template| template.name.as_str());
        let asked = spec.template.as_deref();
        if self.is_by_manifest { made_with.or(asked) } else { asked.or(made_with) }
    }

    /// What the project was made with, as seen from a pack; a problem where the two do not go together.
    fn origin(&self, pack: &Pack) -> Result<Origin, Problem> {
        let present = &pack.manifest().name;
        match &self.template {
            Some(template) if template.digest == pack.digest() => Ok(Origin::SamePack),
            Some(template) if template.name == *present => {
                Ok(Origin::OtherVersion { version: template.version.clone() })
            }
            Some(template) if self.is_by_manifest => {
                let problem = Problem::new("import_of_template", "template").with("named", &template.name);
                Err(problem.with("present", present))
            }
            _ => Ok(Origin::Elsewhere),
        }
    }
}

/// Reads a project from a ZIP or from a folder; nothing of it is run. `given` is a spec that describes it: it holds in
/// place of what a delivery says of itself, and is needed where nothing in the project says what it is. `pack` gets a
/// template pack by its name, or the one for projects that name none.
///
/// # Errors
/// When it cannot be read, or holds what no project may hold: links, paths that lead out, more than 128 MiB.
pub fn read_project(
    path: &Path,
    given: Option<spec::Reading>,
    pack: impl FnOnce(Option<&str>) -> Result<Pack, Error>,
    delivery: Delivery,
) -> Result<Result<Project, Vec<Problem>>, Error> {
    let mut files = read_files_of(path)?;
    let manifest = files.keys().find(|path| path.as_str() == MANIFEST_NAME).cloned();
    let manifest = manifest.and_then(|name| files.remove(&name)).map(|bytes| Manifest::read(&bytes));
    let described = match Described::of(&files, manifest, given) {
        Some(Ok(described)) => described,
        Some(Err(problem)) => return Ok(Err(vec![problem])),
        None => {
            let problem = Problem::new("import_without_spec", "").with("path", path.display());
            return Ok(Err(vec![problem.with("manifest", MANIFEST_NAME).with("spec", SPEC_NAME)]));
        }
    };
    let Some(spec) = described.reading.spec.clone() else {
        return Ok(Err(described.placed(described.reading.problems.clone())));
    };
    let pack = pack(described.pack_name(&spec))?;
    let origin = match described.origin(&pack) {
        Ok(origin) => origin,
        Err(problem) => return Ok(Err(vec![problem])),
    };
    let problems = super::check(&spec, &pack);
    if !problems.is_empty() {
        let problems = problems.into_iter().map(|problem| described.reading.places.locate(problem)).collect();
        return Ok(Err(described.placed(problems)));
    }
    let lacking = if origin == Origin::Elsewhere { lacking(&files, &pack) } else { Vec::new() };
    if !lacking.is_empty() {
        return Ok(Err(lacking));
    }
    let Described { reading, requirements, .. } = described;
    let imported = Imported { requirements, files_digest: bundle::digest(&files), origin };
    let digest = spec::digest(&spec);
    let mut order = Order::new(spec, digest, reading.ignored, &pack, delivery);
    order.import = Some(imported);
    Ok(Ok(Project { order, files, pack: Arc::new(pack) }))
}

/// What a pack installs a project by and this one does not have.
fn lacking(files: &Contents, pack: &Pack) -> Vec<Problem> {
    let needed = pack.manifest().commands.fetch.iter().flat_map(|fetch| &fetch.files);
    let absent = needed.filter(|pattern| !files.keys().any(|path| pattern.matches(path.as_str())));
    let problem =
        |pattern| Problem::new("import_lacks_file", "").with("file", pattern).with("named", &pack.manifest().name);
    absent.map(problem).collect()
}

/// The files of a folder or of a ZIP, but for those that are no part of a project.
fn read_files_of(path: &Path) -> Result<Contents, Error> {
    if path.is_dir() {
        return Ok(bundle::read_folder_without(path, BOUNDS, &LEFT_OUT)?);
    }
    let mut files = within_folder(bundle::read_archive(&read_file(path)?, BOUNDS)?);
    files.retain(|path, _| !path.components().next().is_some_and(|top| LEFT_OUT.contains(&top)));
    Ok(files)
}

/// The files of the one folder that a project's ZIP has.
fn within_folder(mut contents: Contents) -> Contents {
    contents.retain(|path, _| path.components().next() != Some(RESOURCE_FORKS));
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
