//! What agents may add to the project's packages, and the step that adds it.
//!
//! While an agent writes, a package that it asks for is judged (once in a generation, whoever asks) and added on trial to
//! the manifest as the agent sees it, so that what cannot be installed is told to who can write without it. When the
//! work is committed, in the order of the plan, the package is added to the manifest as it is by then. Adding one package
//! at one version to the same manifest is done once and recorded: the trial and the commit are one step wherever no other
//! task came between.

mod manifests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use futures::future::{Either, select};
use serde::{Deserialize, Serialize};

use self::manifests::{Manifests, lay_out, looked_at, names_package, remove, told};
use super::{
    Error, Interruption, Ports, Settings,
    record::Record,
    report::{AddedPackage, RefusedPackage},
    sandbox::{Bench, Task},
    snapshot::Snapshot,
};
use crate::{
    domain::{digest::Digest, event::Event, generation::Verdict, id::StepKey, path::ProjectPath, shown::shown},
    packages::{self, PACKAGES_MAX, PackageFacts, Refusal, RegistryFailure, lockfile},
    template::{AddPackage, Pack},
    workspace::{Change, Workspace},
};

/// Names of one answer that are looked at: twice as many as could be added.
const ASKED_FOR_MAX: usize = 2 * PACKAGES_MAX;

/// A package that is added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addition {
    pub(crate) name: String,
    /// Exact.
    pub(crate) version: String,
    /// Why, as who asked for it says.
    pub(crate) reason: String,
}

/// What is said to a wish for a package: it is added, it is there already, or it is refused for a reason.
pub(crate) type Answer = Result<Option<Addition>, String>;

/// What somebody who writes sees of the project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) files: Snapshot,
    /// Packages that are added to those of the manifest in `files`, or were added to it; in the order of the plan.
    pub(crate) packages: Vec<Addition>,
}

/// What the registry was found to say of a package; durable before it is used.
#[derive(Serialize, Deserialize)]
struct Judged {
    package: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<PackageFacts>,
}

/// What adding a package to a manifest came to.
#[derive(Serialize, Deserialize)]
struct Stepped {
    package: String,
    version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: Manifests,
}

/// How far the wishes of one answer are answered.
struct Trial {
    /// The manifest with what was added so far.
    state: Manifests,
    /// Packages that are added to it.
    count: usize,
    /// Why the registry did not answer; it is not asked again for the same answer, lest each name takes minutes.
    silence: Option<RegistryFailure>,
}

/// Adds packages.
pub(crate) struct Packages<'a> {
    record: &'a Record<'a>,
    ports: Ports<'a>,
    pack: Arc<Pack>,
    settings: &'a Settings,
    scratch: PathBuf,
    logs: PathBuf,
    /// Whether commands are run at all.
    runs: bool,
    /// One thing at a time is looked up or run, so that the same is not done twice at once.
    turn: tokio::sync::Mutex<()>,
}

impl<'a> Packages<'a> {
    pub(crate) fn new(
        record: &'a Record<'a>,
        ports: Ports<'a>,
        settings: &'a Settings,
        (pack, workspace): (&Arc<Pack>, &Workspace),
        runs: bool,
    ) -> Self {
        Self {
            record,
            ports,
            pack: pack.clone(),
            settings,
            scratch: workspace.scratch_path().join("packages"),
            logs: workspace.logs_path().join("packages"),
            runs,
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Whether a file says what to install, so that only this module changes it.
    pub(crate) fn owns(&self, path: &ProjectPath) -> bool {
        self.command().is_some_and(|add| is_manifest(add, path))
    }

    /// Refuses that somebody writes such a file by hand.
    pub(crate) fn permit(&self, path: &ProjectPath) -> Result<(), String> {
        if self.owns(path) {
            return Err(format!("`{path}` is never written by hand: ask for a package with <package>"));
        }
        Ok(())
    }

    /// Answers wishes for packages, by name and reason, of somebody who was given some of them before.
    pub(crate) async fn answer(
        &self,
        seen: &Seen,
        given: &[Addition],
        wishes: &[(String, String)],
    ) -> Result<BTreeMap<String, Answer>, Interruption> {
        let mut answers = BTreeMap::new();
        if wishes.is_empty() {
            return Ok(answers);
        }
        let mut state = self.manifests(&seen.files);
        let mut added: BTreeSet<&str> = BTreeSet::new();
        for addition in seen.packages.iter().chain(given) {
            // What others added and does not go with this is refused to one of them when it is committed.
            if let Ok(next) = self.step(&state, addition).await? {
                state = next;
                added.insert(&addition.name);
            }
        }
        let mut trial = Trial { state, count: added.len(), silence: None };
        // In the order in which they will be added: what is tried is then what is done.
        let wishes: BTreeMap<&String, &String> = wishes.iter().map(|(name, reason)| (name, reason)).collect();
        for (index, (name, reason)) in wishes.into_iter().enumerate() {
            let answer = if names_package(&trial.state, name) {
                Ok(None)
            } else if index >= ASKED_FOR_MAX {
                Err(format!("more than {ASKED_FOR_MAX} packages are asked for at once; ask only for what is needed"))
            } else {
                self.wish(&mut trial, (name, reason)).await?
            };
            answers.insert(name.clone(), answer);
        }
        Ok(answers)
    }

    async fn wish(&self, trial: &mut Trial, (name, reason): (&str, &str)) -> Result<Answer, Interruption> {
        if trial.count >= PACKAGES_MAX {
            return Ok(Err(self.too_many(name)?));
        }
        let version = match self.judged(name, &mut trial.silence).await? {
            Ok(version) => version,
            Err(refused) => return Ok(Err(refused)),
        };
        let addition = Addition { name: name.to_owned(), version, reason: shown(reason, 300) };
        Ok(match self.step(&trial.state, &addition).await? {
            Ok(next) => {
                trial.state = next;
                trial.count += 1;
                Ok(Some(addition))
            }
            Err(refused) => Err(refused),
        })
    }

    /// The changes that add packages to a project's files, with those that were added; the others are recorded as refused.
    ///
    /// What uses a package that cannot be added after all is committed all the same: the checks find it, and it is mended
    /// as anything else is.
    pub(crate) async fn add(
        &self,
        files: &Snapshot,
        packages: &[Addition],
    ) -> Result<(Vec<Change>, Vec<Addition>), Interruption> {
        let before = self.manifests(files);
        let mut state = before.clone();
        let mut added = Vec::new();
        let count = self.added_to(files).len();
        for addition in packages {
            if names_package(&state, &addition.name) {
                continue;
            }
            if count + added.len() >= PACKAGES_MAX {
                self.too_many(&addition.name)?;
            } else if let Ok(next) = self.step(&state, addition).await? {
                state = next;
                added.push(addition.clone());
            }
        }
        let changed = state.into_iter().filter(|(path, text)| before.get(path) != Some(text));
        let change = |(path, text): (ProjectPath, String)| {
            let executable = files.is_executable(&path);
            Change { path, content: Some(text.into_bytes()), executable }
        };
        Ok((changed.map(change).collect(), added))
    }

    /// The packages that commits added to these files.
    pub(crate) fn added_to(&self, files: &Snapshot) -> Vec<Addition> {
        added_to(self.record, files)
    }

    /// Judges a package by what the registry says; the exact version to add, or why not.
    async fn judged(
        &self,
        name: &str,
        silence: &mut Option<RegistryFailure>,
    ) -> Result<Result<String, String>, Interruption> {
        let key = StepKey(format!("packages/judged/{}", Digest::of(name.as_bytes())));
        let _turn = self.turn.lock().await;
        let judged = match self.record.get::<Judged>(&key)? {
            Some(judged) => judged,
            None => {
                let judged = self.judge(name, silence).await?;
                self.record.put(&key, &judged)?;
                judged
            }
        };
        Ok(match judged {
            Judged { version: Some(version), .. } => Ok(version),
            Judged { refused, .. } => Err(refused.unwrap_or_default()),
        })
    }

    async fn judge(&self, name: &str, silence: &mut Option<RegistryFailure>) -> Result<Judged, Interruption> {
        let Ports { registry, clock, stop, .. } = self.ports;
        let package = shown(name, 214);
        let told = |refusal: &Refusal| Some(refusal.to_string());
        let refused =
            |refusal: &Refusal| Judged { package: package.clone(), version: None, refused: told(refusal), facts: None };
        if let Err(refusal) = packages::judge_name(name, |scope| registry.has_own_registry(scope)) {
            return Ok(refused(&refusal));
        }
        if self.command().is_none() {
            return Ok(refused(&Refusal::NotHere("the packages of this project are fixed".to_owned())));
        }
        if !self.runs {
            let reason = "no package can be added where no command is run";
            return Ok(refused(&Refusal::NotHere(reason.to_owned())));
        }
        let facts = match silence.clone() {
            Some(failure) => Err(failure),
            None => match select(registry.facts(name), std::pin::pin!(stop.cancelled())).await {
                Either::Left((facts, _)) => facts,
                Either::Right(_) => return Err(Interruption::Stopped),
            },
        };
        let facts = match facts {
            Ok(facts) => facts,
            Err(failure) => {
                let reason = format!("it cannot be looked up now: {}", shown(&failure.message, 200));
                *silence = Some(failure);
                return Ok(refused(&Refusal::NotHere(reason)));
            }
        };
        Ok(match packages::judge(name, facts.as_ref(), clock.now()) {
            Ok(version) => Judged { package, version: Some(version), refused: None, facts },
            Err(refusal) => Judged { facts, ..refused(&refusal) },
        })
    }

    fn too_many(&self, name: &str) -> Result<String, Error> {
        let refused = Refusal::TooMany.to_string();
        let key = StepKey(format!("packages/too-many/{}", Digest::of(name.as_bytes())));
        if !self.record.has(&key) {
            let package = shown(name, 214);
            self.record.put(&key, &Judged { package, version: None, refused: Some(refused.clone()), facts: None })?;
        }
        Ok(refused)
    }

    /// Adds one package to a manifest, once in a generation; why not, when that fails.
    async fn step(&self, before: &Manifests, addition: &Addition) -> Result<Result<Manifests, String>, Interruption> {
        let Addition { name, version, .. } = addition;
        if names_package(before, name) {
            return Ok(Ok(before.clone()));
        }
        let package = [("package", name.as_bytes()), ("version", version.as_bytes())];
        let files = before.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
        let digest = Digest::of_named(package.into_iter().chain(files));
        let key = StepKey(format!("packages/steps/{digest}"));
        let _turn = self.turn.lock().await;
        let stepped = match self.record.get::<Stepped>(&key)? {
            Some(stepped) => stepped,
            None => {
                let started = self.ports.clock.monotonic();
                let title = format!("Add the package {name}");
                self.ports.events.emit(Event::StepStarted { step: key.clone(), title });
                let (refused, files) = match self.run(&digest, before, addition).await? {
                    Ok(files) => (None, files),
                    Err(reason) => (Some(Refusal::NotHere(reason).to_string()), Manifests::new()),
                };
                let stepped = Stepped { package: name.clone(), version: version.clone(), refused, files };
                self.record.put(&key, &stepped)?;
                let passed = self.ports.clock.monotonic().saturating_sub(started);
                let duration_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
                self.ports.events.emit(Event::StepFinished {
                    step: key,
                    commit: None,
                    verdict: None,
                    replayed: false,
                    duration_ms,
                });
                stepped
            }
        };
        Ok(match stepped.refused {
            Some(refused) => Err(refused),
            None => Ok(stepped.files),
        })
    }

    /// Runs the pack's command where nothing of the project is but its manifest, and looks at what it left.
    async fn run(
        &self,
        digest: &Digest,
        before: &Manifests,
        addition: &Addition,
    ) -> Result<Result<Manifests, String>, Interruption> {
        let Some(add) = self.command().filter(|_| self.runs) else {
            return Ok(Err("no package can be added where no command is run".to_owned()));
        };
        let folder = self.scratch.join(digest.as_str());
        lay_out(before, &folder)?;
        let bench = Bench::new(&self.pack, self.settings, self.logs.clone())?;
        let task = Task::add_package(add, digest, (&addition.name, &addition.version));
        let check = bench.run(&self.ports, &folder, task).await?;
        let result = match check.verdict {
            Verdict::Passed => looked_at(before, &folder, addition, self.ports.registry.host()),
            Verdict::Failed { reason } => Err(format!("it could not be added: {reason}{}", told(&check.tail))),
            Verdict::NotRun { reason } => Err(format!("it could not be added: {reason}")),
        };
        remove(&folder)?;
        Ok(result)
    }

    fn command(&self) -> Option<&AddPackage> {
        self.pack.manifest().commands.add_package.as_ref()
    }

    fn manifests(&self, files: &Snapshot) -> Manifests {
        let paths = files.paths().filter(|path| self.owns(path));
        paths.filter_map(|path| Some((path.clone(), files.text(path)?.to_owned()))).collect()
    }
}

fn is_manifest(add: &AddPackage, path: &ProjectPath) -> bool {
    add.files.iter().any(|pattern| pattern.matches(path.as_str()))
}

/// The packages that recorded commits added and these files have: a commit that went back took some away.
fn added_to(record: &Record<'_>, files: &Snapshot) -> Vec<Addition> {
    let manifest = ProjectPath::parse(lockfile::MANIFEST).ok();
    let manifest = manifest.and_then(|path| files.text(&path)).unwrap_or_default();
    let all = record.all();
    let commits = all.iter().filter(|(_, value)| value.get("commit").is_some_and(|commit| !commit.is_null()));
    let lists = commits.filter_map(|(_, value)| serde_json::from_value(value.get("packages")?.clone()).ok());
    let mut added: Vec<Addition> = Vec::new();
    for addition in lists.flat_map(|list: Vec<Addition>| list) {
        added.retain(|earlier| earlier.name != addition.name);
        if lockfile::version_of(manifest, &addition.name).as_ref() == Some(&addition.version) {
            added.push(addition);
        }
    }
    added
}

/// What the report says of packages: those that the project has by now, and those that were refused.
pub(crate) fn reported(record: &Record<'_>, files: &Snapshot) -> (Vec<AddedPackage>, Vec<RefusedPackage>) {
    let added: Vec<AddedPackage> = added_to(record, files)
        .into_iter()
        .map(|Addition { name, version, reason }| AddedPackage { name, version, reason })
        .collect();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in record.all() {
        let text = |field: &str| value.get(field).and_then(serde_json::Value::as_str);
        if let (true, Some(package), Some(reason)) =
            (key.as_str().starts_with("packages/"), text("package"), text("refused"))
            && !added.iter().any(|one| one.name == package)
        {
            refused.entry(package.to_owned()).or_insert_with(|| reason.to_owned());
        }
    }
    let refused = refused.into_iter().map(|(name, reason)| RefusedPackage { name, reason }).collect();
    (added, refused)
}
