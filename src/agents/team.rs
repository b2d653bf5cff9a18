//! All agents of one folder, in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::Serialize;
use serde_json::{Value, json};
use tera::{Context, ErrorKind, Tera};

use super::AnswerProblem;
use super::error::{AgentProblem, Error};
use super::filters;
use super::prompt::{AnswerSchema, Prompt};
use super::role::{RoleName, Settings};
use crate::bundle::{self, Bounds, Contents};
use crate::domain::digest::Digest;
use crate::domain::model_class::ModelClass;
use crate::domain::path::ProjectPath;

/// What a folder of agents may hold: a hundred times what ships.
const BOUNDS: Bounds = Bounds { file_max_bytes: 1024 * 1024, total_max_bytes: 16 * 1024 * 1024, files_max: 1000 };
const SETTINGS: &str = "agent.toml";
const SYSTEM: &str = "system.md";
const TEMPLATE: &str = ".md.tera";
const SCHEMA: &str = ".schema.json";
const PARTIALS: &str = "partials";

/// The agents that are compiled in.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/agents");

/// All roles of one folder of agents. Cheap to clone.
#[derive(Clone)]
pub struct Team {
    inner: Arc<Inner>,
}

struct Inner {
    contents: Contents,
    digest: Digest,
    tera: Tera,
    roles: BTreeMap<RoleName, Role>,
}

/// One role, as its folder says.
struct Role {
    settings: Settings,
    system: String,
    tasks: BTreeMap<String, Task>,
}

/// One question that a role can be asked.
struct Task {
    template: String,
    schema: Option<AnswerSchema>,
    digest: Digest,
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Team").field("digest", &self.inner.digest).finish_non_exhaustive()
    }
}

/// How much of the end of a cut-off answer its author is shown.
const TAIL_BYTES: usize = 600;

impl Team {
    /// Loads the agents that are built in.
    ///
    /// # Errors
    /// When a file of theirs is wrong.
    pub fn embedded() -> Result<Self, Error> {
        Self::from_contents("the program", embedded()?)
    }

    /// Loads agents from a folder that the operator provides; a role or a file that it lacks is the built-in one. Links
    /// and special files are refused, sizes are bounded.
    ///
    /// # Errors
    /// When it cannot be read, or with everything that is wrong with it.
    pub fn from_dir(path: &Path) -> Result<Self, Error> {
        let origin = path.display().to_string();
        let mut contents = embedded()?;
        contents.extend(bundle::read_folder(path, BOUNDS).map_err(|error| Error::of_bundle(&origin, error))?);
        Self::from_contents(&origin, contents)
    }

    /// Loads agents from the bytes that [`Team::to_archive`] made: nothing is taken from the program, so that an
    /// upgrade never changes a generation in progress. The bytes are not trusted.
    ///
    /// # Errors
    /// When the bytes are no such archive, or with everything that is wrong with what they hold.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, Error> {
        let origin = "the archive";
        let contents = bundle::read_archive(bytes, BOUNDS).map_err(|error| Error::of_bundle(origin, error))?;
        Self::from_contents(origin, contents)
    }

    /// All files as one: a ZIP of stored entries, sorted, with fixed dates.
    ///
    /// # Errors
    /// When the archive cannot be written, which takes agents beyond the format's limits.
    pub fn to_archive(&self) -> Result<Vec<u8>, Error> {
        bundle::write_archive(&self.inner.contents).map_err(|error| Error::of_bundle("the program", error))
    }

    /// Digest over the paths and contents of all files, wherever they were loaded from.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.inner.digest
    }

    /// Makes the question of a role's task. The fields of the context are the variables of the template.
    ///
    /// # Errors
    /// When the role has no such task, the context is no map, or the template uses what it does not hold.
    pub fn prompt(&self, role: RoleName, task: &str, context: &impl Serialize) -> Result<Prompt, Error> {
        let tasks = |role: &Role| role.tasks.keys().cloned().collect();
        let found = self.inner.roles.get(&role);
        let (role, task) = found.and_then(|role| role.tasks.get(task).map(|task| (role, task))).ok_or_else(|| {
            let available = found.map(tasks).unwrap_or_default();
            Error::UnknownTask { role, task: task.to_owned(), available }
        })?;
        let context = Context::from_serialize(context).map_err(|error| render_error(&task.template, &error))?;
        let user =
            self.inner.tera.render(&task.template, &context).map_err(|error| render_error(&task.template, &error))?;
        let user = squeezed(&user);
        let Settings { class, effort, temperature, limits } = role.settings;
        let (schema, digest) = (task.schema.clone(), task.digest.clone());
        Ok(Prompt { system: role.system.clone(), user, class, effort, temperature, schema, limits, digest })
    }

    /// Tells a role what of its answer cannot be used, and what to answer again.
    ///
    /// # Errors
    /// As [`Team::prompt`].
    pub fn repair(&self, role: RoleName, problems: &[AnswerProblem], whole: bool) -> Result<String, Error> {
        self.prompt(role, "repair", &json!({ "problems": problems, "whole": whole })).map(|prompt| prompt.user)
    }

    /// Asks a role to go on with an answer that was cut off.
    ///
    /// # Errors
    /// As [`Team::prompt`].
    pub fn go_on(&self, role: RoleName, answer: &str) -> Result<String, Error> {
        let start = answer.floor_char_boundary(answer.len().saturating_sub(TAIL_BYTES));
        let tail = answer.get(start..).unwrap_or_default();
        self.prompt(role, "continue", &json!({ "tail": tail })).map(|prompt| prompt.user)
    }

    /// The class of models that a role needs.
    #[must_use]
    pub fn class_of(&self, role: RoleName) -> Option<ModelClass> {
        self.inner.roles.get(&role).map(|role| role.settings.class)
    }

    /// The classes of models that its roles need, each once.
    #[must_use]
    pub fn classes(&self) -> BTreeSet<ModelClass> {
        self.inner.roles.values().map(|role| role.settings.class).collect()
    }

    fn from_contents(origin: &str, contents: Contents) -> Result<Self, Error> {
        let mut reading = Reading { contents: &contents, problems: Vec::new() };
        reading.places();
        let tera = reading.tera();
        let roles = RoleName::ALL.into_iter().filter_map(|name| Some((name, reading.role(name)?))).collect();
        let mut problems = reading.problems;
        if problems.is_empty() {
            let digest = bundle::digest(&contents);
            return Ok(Self { inner: Arc::new(Inner { contents, digest, tera, roles }) });
        }
        problems.sort_by(|a, b| a.file.cmp(&b.file));
        Err(Error::Refused { origin: origin.to_owned(), problems })
    }
}

/// An engine in which nothing undefined passes, and nothing is escaped unless a filter does it.
fn engine() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on(Vec::<&'static str>::new());
    filters::register(&mut tera);
    tera
}

fn template_problem(error: &Error) -> AgentProblem {
    match error {
        Error::Render { template, line, column, message } if *line > 0 => {
            AgentProblem::new(template.clone(), format!("line {line}, column {column}: {message}"))
        }
        other => AgentProblem::new("", other.to_string()),
    }
}

fn embedded() -> Result<Contents, Error> {
    bundle::embedded(&EMBEDDED).map_err(|error| Error::of_bundle("the program", error))
}

/// Reads a folder's files and notes everything that is wrong with them.
struct Reading<'c> {
    contents: &'c Contents,
    problems: Vec<AgentProblem>,
}

impl<'c> Reading<'c> {
    /// Notes files that have no place in a folder of agents.
    fn places(&mut self) {
        let stray = self.contents.keys().map(ProjectPath::as_str).filter(|path| !has_a_place(path));
        self.problems.extend(stray.map(|path| {
            AgentProblem::new(
                path,
                "it has no place here: there are `<role>/agent.toml`, `<role>/system.md`, `<role>/<task>.md.tera`, \
                 `<role>/<task>.schema.json`, `partials/*.md.tera` and `README.md`",
            )
        }));
    }

    /// An engine with every template.
    fn tera(&mut self) -> Tera {
        let names: Vec<_> =
            self.contents.keys().map(ProjectPath::as_str).filter(|path| path.ends_with(TEMPLATE)).collect();
        let sources: Vec<_> = names.into_iter().filter_map(|name| Some((name, self.text(name)?))).collect();
        let mut tera = engine();
        if let Err(first) = tera.add_raw_templates(sources.clone()) {
            // The engine stops at the first; each alone tells of every template that does not parse.
            let alone = sources.into_iter().filter_map(|source| engine().add_raw_templates([source]).err());
            let broken: Vec<_> = alone.filter(|error| matches!(error.kind(), ErrorKind::SyntaxError(_))).collect();
            let broken = if broken.is_empty() { vec![first] } else { broken };
            self.problems.extend(broken.iter().map(|error| template_problem(&render_error(PARTIALS, error))));
        }
        tera
    }

    fn role(&mut self, name: RoleName) -> Option<Role> {
        let settings_path = format!("{name}/{SETTINGS}");
        let settings = self.text(&settings_path).and_then(|text| match Settings::parse(text) {
            Ok(settings) => Some(settings),
            Err(found) => {
                let found = found.into_iter().map(|message| AgentProblem::new(settings_path.clone(), message));
                self.problems.extend(found);
                None
            }
        });
        let system = self.text(&format!("{name}/{SYSTEM}"));
        let tasks = self.tasks(name, system.unwrap_or_default());
        if tasks.is_empty() {
            self.problems.push(AgentProblem::new(name.name(), "the role has no task"));
        }
        Some(Role { settings: settings?, system: system?.to_owned(), tasks })
    }

    fn tasks(&mut self, name: RoleName, system: &str) -> BTreeMap<String, Task> {
        let folder = format!("{name}/");
        let inside: Vec<_> = self.contents.keys().filter_map(|path| path.as_str().strip_prefix(&folder)).collect();
        for task in inside.iter().filter_map(|file| file.strip_suffix(SCHEMA)) {
            if !inside.contains(&format!("{task}{TEMPLATE}").as_str()) {
                self.problems.push(AgentProblem::new(
                    format!("{folder}{task}{SCHEMA}"),
                    format!("there is no `{task}{TEMPLATE}` beside it"),
                ));
            }
        }
        let tasks: Vec<_> = inside.iter().filter_map(|file| file.strip_suffix(TEMPLATE)).collect();
        tasks.into_iter().map(|task| (task.to_owned(), self.task(name, task, system))).collect()
    }

    fn task(&mut self, name: RoleName, task: &str, system: &str) -> Task {
        let template = format!("{name}/{task}{TEMPLATE}");
        let schema_path = format!("{name}/{task}{SCHEMA}");
        let has_schema = self.contents.keys().any(|path| path.as_str() == schema_path);
        let schema_text = if has_schema { self.text(&schema_path) } else { None };
        let schema = schema_text.and_then(|text| match schema(text) {
            Ok(schema) => Some(AnswerSchema { name: format!("{name}_{task}"), schema }),
            Err(message) => {
                self.problems.push(AgentProblem::new(schema_path, message));
                None
            }
        });
        let named = [("system", system.as_bytes()), ("schema", schema_text.unwrap_or_default().as_bytes())];
        // All partials, whether this template includes them or not: a change of one is then never missed.
        let files = self.contents.iter().map(|(path, content)| (path.as_str(), content.as_ref()));
        let files = files.filter(|(path, _)| *path == template || path.starts_with(&format!("{PARTIALS}/")));
        let digest = Digest::of_named(named.into_iter().chain(files));
        Task { template, schema, digest }
    }

    /// The text of a file that must be there.
    fn text(&mut self, path: &str) -> Option<&'c str> {
        let content = self.contents.iter().find(|(known, _)| known.as_str() == path).map(|(_, content)| content);
        let message = match content.map(Cow::as_ref).map(std::str::from_utf8) {
            Some(Ok(text)) => return Some(text),
            Some(Err(_)) => "it is not UTF-8",
            None => "it is missing",
        };
        let problem = AgentProblem::new(path, message);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        None
    }
}

/// A schema that answers can be checked with.
fn schema(text: &str) -> Result<Value, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("its `type` must be `object`: providers take nothing else".to_owned());
    }
    match jsonschema::validator_for(&schema) {
        Ok(_) => Ok(schema),
        Err(error) => Err(format!("it is no JSON Schema: {error}")),
    }
}

fn has_a_place(path: &str) -> bool {
    let Some((folder, file)) = path.split_once('/') else { return path == "README.md" };
    if folder == PARTIALS {
        return file.ends_with(TEMPLATE);
    }
    let is_role = RoleName::ALL.iter().any(|role| role.name() == folder);
    let is_task = [TEMPLATE, SCHEMA].iter().filter_map(|ending| file.strip_suffix(ending)).any(is_task_name);
    is_role && (is_task || file == SETTINGS || file == SYSTEM)
}

fn is_task_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// A prompt without the blank lines that tags leave: one at most in a row, none between items of a list or at its start, one
/// line end at its end.
/// What stands in a fence is left alone: an edit has to find it as it is.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    let (mut is_after_blank, mut is_after_item) = (true, false);
    for line in text.lines() {
        let info = line.trim_start_matches('`');
        let marks = line.len() - info.len();
        match fence {
            Some(open) if line == open => fence = None,
            None if marks >= 3 && !info.contains('`') => fence = line.get(..marks),
            _ => {}
        }
        let is_blank = fence.is_none() && line.trim().is_empty();
        let is_item = fence.is_none() && line.trim_start().starts_with("- ");
        if is_item && is_after_item && is_after_blank {
            squeezed.pop();
        }
        if !(is_blank && is_after_blank) {
            squeezed.push_str(if is_blank { "" } else { line });
            squeezed.push('\n');
        }
        is_after_blank = is_blank;
        is_after_item = is_item || is_blank && is_after_item;
    }
    squeezed.truncate(squeezed.trim_end().len());
    squeezed.push('\n');
    squeezed
}

/// Says where an error of the engine is; `template` where the engine does not say so itself.
fn render_error(template: &str, error: &tera::Error) -> Error {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => Error::Render {
            template: report.filename().to_owned(),
            line: report.span().start_line,
            column: report.span().start_col + 1,
            message: report.message().to_owned(),
        },
        other => Error::Render { template: template.to_owned(), line: 0, column: 0, message: other.to_string() },
    }
}

#[cfg(test)]
#[path = "team_tests.rs"]
mod tests;
