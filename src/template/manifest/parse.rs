//! From the text of `template.toml` to a [`Manifest`].

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::data::data;
use super::read::{Found, Source, Table};
use super::writing::{add_package, feature_tests, format, guide_parts, protected, purposes, test_report};
use super::{Cache, Commands, Condition, Fetch, Limits, Manifest, Probe, Reserved, Section, Serve, Tool, Verify};
use crate::domain::name::ProjectName;
use crate::template::problem::{Fault, PackProblem};

const VERSION_RULE: &str = "write numbers separated by dots, such as `20.19.0`";
const ID_RULE: &str = "it starts with a small letter and has only small letters, digits and `-`, at most 63 characters";
const VARIABLE_RULE: &str = "it has only letters, digits and `_`, and does not start with a digit";
const PROGRAM_RULE: &str = "name a program on the search path, without a folder";

pub(super) fn manifest(text: &str) -> Result<Manifest, Vec<PackProblem>> {
    let source = Source::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            source.fault(offset, Fault::Syntax { message: error.message().to_owned() });
        }
        return Err(source.into_problems());
    }
    let root = Table::new(&source, document.get_ref(), String::new(), 0..0);
    let manifest = read_root(&root);
    root.finish();
    match (manifest, source.into_problems()) {
        (Some(manifest), problems) if problems.is_empty() => Ok(manifest),
        (_, problems) => Err(problems),
    }
}

/// Reads all parts before it gives up on one, so that each reports its own problems.
fn read_root(root: &Table<'_, '_>) -> Option<Manifest> {
    let name = root.text("name").and_then(|found| id(root, "name", found));
    let version = root.text("version").and_then(|found| version(root, "version", found));
    let summary = root.text("summary").map(|found| found.value);
    let toolchain = root.required_table("toolchain").map(|table| toolchain(&table));
    let reserved = root.table("reserved").map_or_else(Reserved::default, reserved);
    let sections = sections(root);
    let conditions = root.table("conditions").map_or_else(Vec::new, |table| conditions(&table));
    let executable = root.patterns("executable", root.texts("executable"));
    let purposes = purposes(root);
    let protected = protected(root);
    let guide_parts = guide_parts(root);
    let feature_tests = feature_tests(root);
    let data = data(root);
    let commands = root.required_table("commands").and_then(commands);
    let limits = root.table("limits").map_or_else(|| Some(Limits::default()), limits);
    Some(Manifest {
        name: name?,
        version: version?,
        summary: summary?,
        toolchain: toolchain?,
        reserved,
        sections,
        conditions,
        executable,
        purposes,
        protected,
        guide_parts,
        feature_tests: feature_tests?,
        data: data?,
        commands: commands?,
        limits: limits?,
    })
}

fn id(table: &Table<'_, '_>, key: &str, found: Found<String>) -> Option<String> {
    if ProjectName::parse(&found.value).is_ok() {
        return Some(found.value);
    }
    table.source().bad(found.offset, &table.path_of(key), &found.value, ID_RULE);
    None
}

fn version(table: &Table<'_, '_>, key: &str, found: Found<String>) -> Option<String> {
    let is_number = |part: &str| !part.is_empty() && part.len() < 10 && part.bytes().all(|b| b.is_ascii_digit());
    if found.value.split('.').all(is_number) {
        return Some(found.value);
    }
    table.source().bad(found.offset, &table.path_of(key), &found.value, VERSION_RULE);
    None
}

fn variable(table: &Table<'_, '_>, key: &str, found: Found<String>) -> Option<String> {
    if is_variable(&found.value) {
        return Some(found.value);
    }
    table.source().bad(found.offset, &table.path_of(key), &found.value, VARIABLE_RULE);
    None
}

fn is_variable(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn toolchain(table: &Table<'_, '_>) -> Vec<Tool> {
    let mut tools = Vec::new();
    for (program, found) in table.named_texts() {
        if !is_program(&program) {
            table.source().bad(found.offset, &table.path_of(&program), &program, PROGRAM_RULE);
        } else if found.value == "*" {
            tools.push(Tool { program, minimum: None });
        } else if let Some(minimum) = version(table, &program, found) {
            tools.push(Tool { program, minimum: Some(minimum) });
        }
    }
    tools
}

fn is_program(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['-', '.'])
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+'))
}

fn reserved(table: Table<'_, '_>) -> Reserved {
    let names = |key| {
        let found: Vec<Found<String>> = table.texts(key);
        found.into_iter().filter_map(|text| variable(&table, key, text)).collect()
    };
    let reserved = Reserved {
        types: names("types"),
        variables: names("variables"),
        tables: names("tables"),
        derived_names: table.texts("derived_names").into_iter().map(|found| found.value).collect(),
        account_properties: names("account_properties"),
    };
    table.finish();
    reserved
}

fn sections(root: &Table<'_, '_>) -> Vec<Section> {
    let tables = root.tables("sections");
    if tables.is_empty() {
        root.source().fault(0, Fault::MissingKey { key: "sections".to_owned() });
    }
    let mut seen = BTreeSet::new();
    tables.into_iter().filter_map(|table| section(table, &mut seen)).collect()
}

fn section(table: Table<'_, '_>, seen: &mut BTreeSet<String>) -> Option<Section> {
    let id = unique_id(&table, seen);
    let title = table.text("title").and_then(|found| {
        if found.value.contains('\n') || found.value.chars().count() > 72 {
            let rule = "a commit's subject is one line of at most 72 characters";
            table.source().bad(found.offset, &table.path_of("title"), &found.value, rule);
            return None;
        }
        Some(found.value)
    });
    let why = table.text("why").map(|found| found.value.trim().to_owned());
    let files = table.required_texts("files").map(|found| table.patterns("files", found));
    table.finish();
    Some(Section { id: id?, title: title?, why: why?, files: files? })
}

fn unique_id(table: &Table<'_, '_>, seen: &mut BTreeSet<String>) -> Option<String> {
    let found = table.text("id")?;
    let offset = found.offset;
    let id = id(table, "id", found)?;
    if seen.insert(id.clone()) {
        return Some(id);
    }
    table.source().bad(offset, &table.path_of("id"), &id, "another one has this id");
    None
}

fn conditions(table: &Table<'_, '_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (files, found) in table.named_texts() {
        let pattern = table.pattern(&files, &Found { value: files.clone(), offset: found.offset });
        let (name, expected) = match found.value.strip_prefix('!') {
            Some(name) => (name, false),
            None => (found.value.as_str(), true),
        };
        if !name.split('.').all(is_variable) {
            let rule = "name a boolean of the blueprint, `!` before it for its negation";
            table.source().bad(found.offset, &table.path_of(&files), &found.value, rule);
        } else if let Some(files) = pattern {
            conditions.push(Condition { files, variable: name.to_owned(), expected });
        }
    }
    conditions
}

fn commands(table: Table<'_, '_>) -> Option<Commands> {
    let has_fetch = table.table("fetch");
    let fetch = has_fetch.map(fetch);
    let mut seen = BTreeSet::new();
    let verify = table.tables("verify").into_iter().filter_map(|command| verify(command, &mut seen)).collect();
    let serve = table.table("serve").map(serve);
    let caches = table.tables("caches").into_iter().filter_map(cache).collect();
    let add_package = table.table("add_package").map(add_package);
    let format = table.table("format").map(format);
    table.finish();
    Some(Commands {
        fetch: transpose(fetch)?,
        verify,
        serve: transpose(serve)?,
        caches,
        add_package: transpose(add_package)?,
        format: transpose(format)?,
    })
}

/// `None` when there is a value that could not be read.
fn transpose<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(Some(value)) => Some(Some(value)),
        Some(None) => None,
    }
}

pub(super) fn argv(table: &Table<'_, '_>) -> Option<Vec<String>> {
    let found = table.required_texts("argv")?;
    if let Some(first) = found.first()
        && !is_program(&first.value)
    {
        table.source().bad(first.offset, &table.path_of("argv"), &first.value, PROGRAM_RULE);
        return None;
    }
    for argument in &found {
        if argument.value.contains('\0') {
            table.source().bad(argument.offset, &table.path_of("argv"), "\\0", "an argument cannot hold a NUL");
            return None;
        }
    }
    Some(found.into_iter().map(|argument| argument.value).collect())
}

pub(super) fn environment(table: &Table<'_, '_>) -> BTreeMap<String, String> {
    let Some(entries) = table.table("environment") else { return BTreeMap::new() };
    let mut environment = BTreeMap::new();
    for (name, found) in entries.named_texts() {
        if is_variable(&name) && !found.value.contains('\0') {
            environment.insert(name, found.value);
        } else {
            entries.source().bad(found.offset, &entries.path_of(&name), &name, VARIABLE_RULE);
        }
    }
    environment
}

fn fetch(table: Table<'_, '_>) -> Option<Fetch> {
    let argv = argv(&table);
    let environment = environment(&table);
    let files = table.required_texts("files").map(|found| table.patterns("files", found));
    let time_limit_s = table.number("time_limit_s", 1, None);
    table.finish();
    Some(Fetch { argv: argv?, environment, files: files?, time_limit_s: time_limit_s? })
}

fn verify(table: Table<'_, '_>, seen: &mut BTreeSet<String>) -> Option<Verify> {
    let id = unique_id(&table, seen);
    let title = table.text("title").map(|found| found.value);
    let argv = argv(&table);
    let environment = environment(&table);
    let time_limit_s = table.number("time_limit_s", 1, None);
    let needs_loopback = table.flag("needs_loopback");
    let test_report = test_report(&table);
    table.finish();
    Some(Verify {
        id: id?,
        title: title?,
        argv: argv?,
        environment,
        time_limit_s: time_limit_s?,
        needs_loopback,
        test_report: test_report?,
    })
}

fn serve(table: Table<'_, '_>) -> Option<Serve> {
    let argv = argv(&table);
    let environment = environment(&table);
    let port_variable = table.text("port_variable").and_then(|found| variable(&table, "port_variable", found));
    let ready_time_limit_s = table.number("ready_time_limit_s", 1, None);
    let probes: Vec<Probe> = table.tables("probes").into_iter().filter_map(probe).collect();
    if probes.is_empty() {
        table.source().fault(table.offset(), Fault::MissingKey { key: table.path_of("probes") });
    }
    table.finish();
    Some(Serve {
        argv: argv?,
        environment,
        port_variable: port_variable?,
        ready_time_limit_s: ready_time_limit_s?,
        probes,
    })
}

fn probe(table: Table<'_, '_>) -> Option<Probe> {
    let path = table.text("path").and_then(|found| {
        let printable = found.value.bytes().all(|b| b.is_ascii_graphic());
        if found.value.starts_with('/') && printable {
            return Some(found.value);
        }
        let rule = "it starts with `/` and has no spaces";
        table.source().bad(found.offset, &table.path_of("path"), &found.value, rule);
        None
    });
    let status = table.number("status", 100, Some(200)).and_then(|status| u16::try_from(status).ok());
    let content_type = table.text("content_type").map(|found| found.value.to_ascii_lowercase());
    table.finish();
    Some(Probe { path: path?, status: status?, content_type: content_type? })
}

fn cache(table: Table<'_, '_>) -> Option<Cache> {
    let name = table.text("name").and_then(|found| id(&table, "name", found));
    let variable = table.text("variable").and_then(|found| variable(&table, "variable", found));
    table.finish();
    Some(Cache { name: name?, variable: variable? })
}

fn limits(table: Table<'_, '_>) -> Option<Limits> {
    let default = Limits::default();
    let memory_mib = table.number("memory_mib", 64, Some(default.memory_mib));
    let processes = table.number("processes", 8, Some(default.processes));
    let disk_mib = table.number("disk_mib", 1, Some(default.disk_mib));
    let output_mib = table.number("output_mib", 1, Some(default.output_mib));
    table.finish();
    Some(Limits { memory_mib: memory_mib?, processes: processes?, disk_mib: disk_mib?, output_mib: output_mib? })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
