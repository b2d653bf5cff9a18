//! Reads `[providers.NAME]`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use http::{HeaderName, HeaderValue};

use super::super::{
    dialect::DialectName,
    provider::{Authorization, Provider, Quirks, SchemaMode},
    reading::{DataProblemKind, Found, Table, either},
};
use crate::network::{AddressRule, url_problem};

const NAME_RULE: &str = "write small letters, digits and `-`, a letter first, at most 63 characters";
/// Headers that a document may not set: the transport's own, and those that show a key, which belongs into a secret.
const OWN_HEADERS: [&str; 7] =
    ["authorization", "proxy-authorization", "x-api-key", "cookie", "host", "content-length", "transfer-encoding"];

const DIALECTS: [(&str, DialectName); 4] = [
    ("openai_chat", DialectName::OpenaiChat),
    ("openai_responses", DialectName::OpenaiResponses),
    ("anthropic_messages", DialectName::AnthropicMessages),
    ("gigachat", DialectName::Gigachat),
];
const ADDRESS_RULES: [(&str, AddressRule); 2] = [("any", AddressRule::Any), ("public", AddressRule::Public)];
const AUTHORIZATIONS: [(&str, Authorization); 3] = [
    ("bearer", Authorization::Bearer),
    ("x_api_key", Authorization::XApiKey),
    ("gigachat_oauth", Authorization::GigachatOauth),
];
const SCHEMA_MODES: [(&str, SchemaMode); 3] =
    [("native", SchemaMode::Native), ("json_object", SchemaMode::JsonObject), ("function", SchemaMode::Function)];

/// Providers read so far.
#[derive(Default)]
pub(super) struct Providers {
    found: Vec<Arc<Provider>>,
    /// All names that were seen, those of tables that could not be read too.
    names: BTreeSet<String>,
}

impl Providers {
    /// Reads the tables of a document, over what was read before.
    pub(super) fn read(&mut self, root: &Table<'_, '_>) {
        let Some(tables) = root.table("providers") else { return };
        for (name, table) in tables.named_tables() {
            if !is_name(&name.value) {
                table.note(name.offset, format!("`{}` is no name of a provider", name.value), NAME_RULE);
            }
            let at = self.found.iter().position(|provider| provider.name == name.value);
            let base = at.and_then(|at| self.found.get(at)).cloned();
            let read = row(&name, table, base.as_deref());
            self.names.insert(name.value);
            match (read, at.and_then(|at| self.found.get_mut(at))) {
                (Some(read), Some(place)) => *place = Arc::new(read),
                (Some(read), None) => self.found.push(Arc::new(read)),
                (None, _) => {}
            }
        }
    }

    /// A provider by its name.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Provider>> {
        self.found.iter().find(|provider| provider.name == name)
    }

    /// All names, those of tables that could not be read too.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn into_found(self) -> Vec<Arc<Provider>> {
        self.found
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Reads all fields before it gives up on one, so that each notes its own problems. What the table leaves out is the
/// base's.
fn row(name: &Found<String>, table: Table<'_, '_>, base: Option<&Provider>) -> Option<Provider> {
    let text = |key| table.text(key).map(|found| found.value);
    let title = text("title").or_else(|| base.map(|base| base.title.clone())).or_else(|| Some(name.value.clone()));
    let dialect = table.word("dialect", &DIALECTS).or_else(|| base.map(|base| base.dialect)).or_else(|| {
        let words = either(DIALECTS.iter().map(|(word, _)| *word));
        table.missing("dialect", &format!("write {words}; most servers speak `openai_chat`"))
    });
    let rule = table.word("address", &ADDRESS_RULES).or_else(|| base.map(|base| base.address)).unwrap_or_default();
    let base_url = url(&table, "base_url", rule, base.map(|base| base.base_url.as_str()));
    if base.is_none() {
        table.missing::<()>("base_url", "write where its API is, such as \"https://api.example.org/v1\"");
    }
    let authorization = table
        .word("authorization", &AUTHORIZATIONS)
        .or_else(|| base.map(|base| base.authorization))
        .unwrap_or_default();
    let key_optional = table.flag("key_optional").unwrap_or_else(|| base.is_some_and(|base| base.key_optional));
    let key_names = key_names(&table).or_else(|| base.map(|base| base.key_names.clone()));
    if key_names.is_none() && !key_optional {
        let instead = "write the names of its key, such as [\"EXAMPLE_API_KEY\"], or key_optional = true";
        table.missing::<()>("key_names", instead);
    }
    let concurrency_per_key = table
        .number("concurrency_per_key", 1..=100_000)
        .and_then(|number| usize::try_from(number).ok())
        .or_else(|| base.and_then(|base| base.concurrency_per_key));
    let token_url = url(&table, "token_url", rule, base.and_then(|base| base.token_url.as_deref()));
    let token_scope = text("token_scope").or_else(|| base.and_then(|base| base.token_scope.clone()));
    if authorization == Authorization::GigachatOauth {
        if token_url.is_none() {
            table.missing::<()>("token_url", "write where a token is had for the key");
        }
        if token_scope.is_none() {
            table.missing::<()>("token_scope", "write what a token is asked for, such as \"GIGACHAT_API_PERS\"");
        }
    }
    let headers = headers(&table).unwrap_or_else(|| base.map(|base| base.headers.clone()).unwrap_or_default());
    let ca_file = text("ca_file").map(Into::into).or_else(|| base.and_then(|base| base.ca_file.clone()));
    let proxy = url(&table, "proxy", AddressRule::Any, base.and_then(|base| base.proxy.as_deref()));
    if rule == AddressRule::Public && proxy.is_some() {
        let wrong = format!("`{}` has public addresses alone and a proxy, which would look them up", name.value);
        table.note(table.offset(), wrong, "leave out one of the two");
    }
    let free = table.flag("free").unwrap_or_else(|| base.is_some_and(|base| base.free));
    let quirks = quirks(&table, base.map(|base| base.quirks.clone()).unwrap_or_default());
    table.finish();
    Some(Provider {
        name: name.value.clone(),
        title: title?,
        dialect: dialect?,
        base_url: base_url?,
        address: rule,
        authorization,
        key_names: key_names.unwrap_or_default(),
        key_optional,
        headers,
        ca_file,
        proxy,
        concurrency_per_key,
        free,
        quirks,
        token_url,
        token_scope,
    })
}

fn url(table: &Table<'_, '_>, key: &'static str, rule: AddressRule, base: Option<&str>) -> Option<String> {
    let Found { value, offset } =
        table.text(key).or_else(|| base.map(|base| Found { value: base.to_owned(), offset: table.offset() }))?;
    let kind = match rule {
        AddressRule::Any => DataProblemKind::Data,
        AddressRule::Public => DataProblemKind::UrlNotAllowed,
    };
    let (kind, instead) = match url_problem(&value, rule) {
        Some(problem) => (kind, problem.sentence()),
        None if value.ends_with('/') => (DataProblemKind::Data, "leave out the slash at its end"),
        None => return Some(value),
    };
    // An address may hold a password: it is not repeated.
    table.note_as(kind, offset, format!("`{}` is no address of an API", table.path_of(key)), instead);
    None
}

fn key_names(table: &Table<'_, '_>) -> Option<Vec<String>> {
    let names = table.texts("key_names")?.into_iter().filter_map(|found| {
        let fits = !found.value.is_empty()
            && found.value.len() <= 100
            && found.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits {
            // It may be the key itself, put in the wrong place: not repeated.
            let wrong = format!("`{}` holds what is no name of a secret", table.path_of("key_names"));
            table.note(
                found.offset,
                wrong,
                "write a name of letters, digits and `_`; the key itself is kept elsewhere",
            );
        }
        fits.then_some(found.value)
    });
    Some(names.collect())
}

fn headers(table: &Table<'_, '_>) -> Option<BTreeMap<String, String>> {
    let headers = table.table("headers")?;
    let mut read = BTreeMap::new();
    for (name, value) in headers.named_texts() {
        let lower = name.value.to_ascii_lowercase();
        if HeaderName::from_bytes(lower.as_bytes()).is_err() || HeaderValue::from_str(&value).is_err() {
            // The value is not repeated: some servers want a secret in a header.
            let wrong = format!("`{}` is no header", headers.path_of(&name.value));
            headers.note(name.offset, wrong, "write a name and a value of visible ASCII characters");
        } else if OWN_HEADERS.contains(&lower.as_str()) {
            let wrong = format!("`{}` is set by the router", headers.path_of(&name.value));
            headers.note(name.offset, wrong, "leave it out; a key is named in key_names");
        } else {
            read.insert(lower, value);
        }
    }
    Some(read)
}

fn quirks(table: &Table<'_, '_>, base: Quirks) -> Quirks {
    let Some(table) = table.table("quirks") else { return base };
    let max_tokens_field = table.text("max_tokens_field").map(|found| found.value).or(base.max_tokens_field);
    let drop_fields = field_names(&table, "drop_fields").unwrap_or(base.drop_fields);
    let add_fields =
        table.table("add_fields").map_or(base.add_fields, |fields| fields.named_values().into_iter().collect());
    let no_stream_usage = table.flag("no_stream_usage").unwrap_or(base.no_stream_usage);
    let schema_mode = table.word("schema_mode", &SCHEMA_MODES).unwrap_or(base.schema_mode);
    table.finish();
    Quirks { max_tokens_field, drop_fields, add_fields, no_stream_usage, schema_mode }
}

/// Names of fields.
pub(super) fn field_names(table: &Table<'_, '_>, key: &'static str) -> Option<Vec<String>> {
    let names = table.texts(key)?.into_iter().filter_map(|found| {
        if found.value.is_empty() {
            table.bad(found.offset, key, &found.value, "write the name of a field");
        }
        (!found.value.is_empty()).then_some(found.value)
    });
    Some(names.collect())
}
