//! The application that is generated, its settings and its entities.

use std::collections::HashSet;

use crate::domain::name::{Identifier, ProjectName};
use crate::domain::problem::{Position, Problem};
use crate::domain::spec::SignIn;
use crate::spec::jdl::findings::{Findings, shown};
use crate::spec::jdl::syntax::{Application, File, Setting, Word};
use crate::spec::jdl::words;
use crate::spec::languages::is_language;
use crate::spec::names::{is_reserved_project_name, project_name_like};

use super::Declared;

/// Language of an application that names none.
const DEFAULT_LANGUAGE: &str = "en";
/// Settings that are read here.
const READ: [&str; 5] = ["baseName", "languages", "nativeLanguage", "enableTranslation", "authenticationType"];

/// What the settings of an application say about the spec.
pub(super) struct Settings {
    /// `None` when no valid name can be made, which is reported.
    pub(super) name: Option<ProjectName>,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) languages: Vec<String>,
    pub(super) sign_in: Option<SignIn>,
}

/// The application to generate: the first that people open in a browser, else the first. The others are left out.
pub(super) fn chosen<'a, 'f>(file: &'f File<'a>, findings: &mut Findings<'_>) -> Option<&'f Application<'a>> {
    let has_pages = |application: &&Application<'_>| {
        matches!(value(application, "applicationType").unwrap_or("monolith"), "monolith" | "gateway")
    };
    let chosen = file.applications.iter().find(has_pages).or(file.applications.first())?;
    for other in file.applications.iter().filter(|other| !std::ptr::eq(*other, chosen)) {
        let ignored = Problem::new("jdl_ignored_application", "")
            .with("name", shown(value(other, "baseName").unwrap_or("?")))
            .with("chosen", shown(value(chosen, "baseName").unwrap_or("?")));
        findings.ignore(ignored, other.position);
    }
    Some(chosen)
}

fn setting<'f, 'a>(application: &'f Application<'a>, key: &str) -> Option<&'f Setting<'a>> {
    // The last one counts, as it does where a key is set twice in JavaScript.
    application.settings.iter().rev().find(|setting| setting.namespace.is_none() && setting.key.text == key)
}

fn value<'a>(application: &Application<'a>, key: &str) -> Option<&'a str> {
    setting(application, key).and_then(|setting| setting.values.first()).map(|value| value.text)
}

/// Reads the settings; without an application block the project is called as the file.
pub(super) fn settings(
    file_name: &str,
    application: Option<&Application<'_>>,
    findings: &mut Findings<'_>,
) -> Settings {
    let file_stem = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let file_stem = file_stem.rsplit_once('.').map_or(file_stem, |(stem, _)| stem);
    let base_name = application.and_then(|application| value(application, "baseName")).unwrap_or(file_stem);
    let top = Position { line: 1, column: 1 };
    let position = application
        .and_then(|application| setting(application, "baseName"))
        .map_or(top, |setting| setting.key.position);
    let mut settings = Settings {
        name: project_name(base_name, position, findings),
        title: title(base_name, position, findings),
        summary: String::new(),
        languages: vec![DEFAULT_LANGUAGE.to_owned()],
        sign_in: None,
    };
    let Some(application) = application else { return settings };
    settings.summary = findings.description("summary", application.comment);
    settings.languages = languages(application, findings);
    settings.sign_in = sign_in(application, findings);
    ignore_the_rest(application, findings);
    settings
}

fn project_name(base_name: &str, position: Position, findings: &mut Findings<'_>) -> Option<ProjectName> {
    let name = project_name_like(base_name);
    findings.place("name".to_owned(), position);
    // A name that no folder may have on some system, such as `con`.
    let name = if is_reserved_project_name(&name) { format!("{name}-app") } else { name };
    match ProjectName::parse(&name) {
        Ok(name) => Some(name),
        Err(error) => {
            let problem = Problem::new("name_invalid", "name").with("name", error.value).with("rule", error.rule);
            findings.problem(problem.with("proposal", "app"), position);
            None
        }
    }
}

fn title(base_name: &str, position: Position, findings: &mut Findings<'_>) -> String {
    let title = words::title(base_name);
    if title.is_empty() { "App".to_owned() } else { findings.label("title", &title, position).unwrap_or_default() }
}

fn languages(application: &Application<'_>, findings: &mut Findings<'_>) -> Vec<String> {
    let native = setting(application, "nativeLanguage");
    let listed = setting(application, "languages").filter(|_| value(application, "enableTranslation") != Some("false"));
    let mut languages: Vec<String> = Vec::new();
    for word in native.into_iter().chain(listed).flat_map(|setting| &setting.values) {
        let primary = word.text.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if !is_language(&primary) {
            let shown: String = word.text.chars().take(40).collect();
            let problem = Problem::new("language_unknown", "languages").with("language", shown);
            findings.problem(problem.with("proposal", DEFAULT_LANGUAGE), word.position);
            continue;
        }
        if primary != word.text.to_ascii_lowercase() {
            let ignored = Problem::new("jdl_ignored_language_region", "languages").with("language", word.text);
            findings.ignore(ignored.with("kept", &primary), word.position);
        }
        if !languages.contains(&primary) {
            findings.place(format!("languages[{}]", languages.len()), word.position);
            languages.push(primary);
        }
    }
    if languages.is_empty() {
        languages.push(DEFAULT_LANGUAGE.to_owned());
    }
    languages
}

/// Sign-in is off unless the application names a way to do it: that it is on in every generated JHipster application
/// says nothing about what the author of a file without that setting wants.
fn sign_in(application: &Application<'_>, findings: &mut Findings<'_>) -> Option<SignIn> {
    let setting = setting(application, "authenticationType")?;
    findings.place("sign_in".to_owned(), setting.key.position);
    let way = setting.values.first().map(|value| value.text)?;
    if matches!(way, "no" | "none" | "false") {
        return None;
    }
    findings.ignore(Problem::new("jdl_ignored_authentication", "sign_in").with("value", way), setting.key.position);
    let roles = ["admin", "user"].into_iter().filter_map(|role| Identifier::parse(role).ok()).collect();
    Some(SignIn { roles, self_registration: false })
}

fn ignore_the_rest(application: &Application<'_>, findings: &mut Findings<'_>) {
    for setting in &application.settings {
        let key = setting.key;
        if let Some(namespace) = setting.namespace {
            let ignored = Problem::new("jdl_ignored_config_namespace", "").with("namespace", namespace.text);
            findings.ignore(ignored.with("key", key.text).with("value", setting.shown()), key.position);
            continue;
        }
        let monolith = key.text == "applicationType" && setting.shown() == "monolith";
        if READ.contains(&key.text) || monolith {
            continue;
        }
        if let Some(meant) = READ.iter().find(|read| read.eq_ignore_ascii_case(key.text)) {
            let problem = Problem::new("jdl_config_misspelt", "").with("key", key.text).with("meant", meant);
            findings.problem(problem, key.position);
        } else {
            let ignored = Problem::new("jdl_ignored_config", "").with("key", key.text);
            findings.ignore(ignored.with("value", setting.shown()), key.position);
        }
    }
}

/// Names of the entities that the application takes in; one that lists none takes all.
pub(super) fn included<'a>(
    application: Option<&Application<'a>>,
    declared: &Declared<'a, '_>,
    findings: &mut Findings<'_>,
) -> HashSet<&'a str> {
    let Some(selection) = application.and_then(|application| application.entities.as_ref()) else {
        return declared.entity_names.clone();
    };
    declared.check_listed(&selection.names, findings);
    declared.check_listed(&selection.except, findings);
    let text = |word: &Word<'a>| word.text;
    let except: HashSet<&str> = selection.except.iter().map(text).collect();
    let mut included: HashSet<&'a str> =
        if selection.all { declared.entity_names.clone() } else { selection.names.iter().map(text).collect() };
    included.retain(|name| !except.contains(name));
    for entity in declared.entities.iter().filter(|entity| !included.contains(entity.name.text)) {
        let ignored = Problem::new("jdl_ignored_entity", "").with("entity", entity.name.text);
        findings.ignore(ignored, entity.name.position);
    }
    included
}
