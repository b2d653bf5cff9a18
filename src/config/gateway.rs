//! The section about the gateway: `[gateway]` and `[[gateway.keys]]`.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use crate::{
    api::gateway::{ApiKey, KeyDigest, Settings},
    domain::problem::Problem,
    router::settings::KeyBudget,
};

use super::{
    router::{key_budget, usd},
    section::{Found, Section, shortened},
};

/// Tenant of keys that name none.
const TENANT: &str = "local";
const BODY_BYTES_MOST: u64 = 1 << 30;
const TOTAL_BODY_BYTES_MOST: u64 = 64 << 30;
const REQUESTS_MOST: u64 = 1_000_000;
const ANSWER_BYTES_MOST: u64 = 64 << 30;
const CONNECTIONS_MOST: u64 = 1_000_000;
const HOURS_MOST: u64 = 30 * 24;
/// Longest name of a key or a tenant: they stand in logs and budgets.
const NAME_BYTES_MOST: usize = 64;

/// What the section says.
#[derive(Default)]
pub(super) struct Gateway {
    pub(super) settings: Settings,
    /// Where the address to listen at stands; none when it is not there.
    pub(super) listen_offset: Option<usize>,
    /// Whether keys are there, right or wrong.
    pub(super) any_key: bool,
    /// What single keys may spend, by their names.
    pub(super) budgets: BTreeMap<String, KeyBudget>,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_, '_>) -> Gateway {
    let mut gateway = Gateway::default();
    let Some(section) = top.section("gateway") else { return gateway };
    if let Some(Found { value, offset }) = section.text("listen").and_then(|written| listen(&section, &written)) {
        gateway.settings.listen = value;
        gateway.listen_offset = Some(offset);
    }
    limits(&section, &mut gateway.settings);
    keys(&section, &mut gateway);
    section.finish();
    gateway
}

fn keys(section: &Section<'_, '_>, gateway: &mut Gateway) {
    let (mut names, mut digests) = (BTreeSet::new(), BTreeSet::new());
    for key_section in section.sections("keys") {
        gateway.any_key = true;
        let (offset, path) = (key_section.offset(), key_section.path().to_owned());
        let budget = key_budget(&key_section);
        let Some(key) = key(key_section) else { continue };
        if !names.insert(key.name.clone()) {
            section.note(offset, Problem::new("config_name_repeated", path).with("name", &key.name));
        } else if !digests.insert(key.digest.to_string()) {
            section.note(offset, Problem::new("config_digest_repeated", path).with("name", &key.name));
        }
        gateway.budgets.extend(budget.map(|budget| (key.name.clone(), budget)));
        gateway.settings.keys.push(key);
    }
}

/// Reads an address to listen at.
pub(super) fn listen(section: &Section<'_, '_>, written: &Found<String>) -> Option<Found<SocketAddr>> {
    let address = written.value.parse().ok();
    if address.is_none() {
        let problem = Problem::new("config_address_wrong", section.path_of("listen"));
        section.note(written.offset, problem.with("value", shortened(&written.value)));
    }
    Some(Found { value: address?, offset: written.offset })
}

fn limits(section: &Section<'_, '_>, settings: &mut Settings) {
    let count = |section: &Section<'_, '_>, key, most, default: usize| {
        section.whole(key, 1..=most).and_then(|count| usize::try_from(count).ok()).unwrap_or(default)
    };
    settings.body_cap_bytes = count(section, "body_bytes", BODY_BYTES_MOST, settings.body_cap_bytes);
    settings.body_timeout = section.seconds("body_timeout_seconds").unwrap_or(settings.body_timeout);
    settings.total_body_bytes = count(section, "total_body_bytes", TOTAL_BODY_BYTES_MOST, settings.total_body_bytes);
    settings.requests_per_key = count(section, "requests_per_key", REQUESTS_MOST, settings.requests_per_key);
    let connections = &mut settings.connections;
    connections.most = count(section, "connections", CONNECTIONS_MOST, connections.most);
    let per_client = section.whole("connections_per_client", 1..=CONNECTIONS_MOST);
    connections.per_client = per_client.and_then(|most| usize::try_from(most).ok());
    connections.head_timeout = section.seconds("head_timeout_seconds").unwrap_or(connections.head_timeout);
    connections.idle_timeout = section.seconds("idle_timeout_seconds").unwrap_or(connections.idle_timeout);
    settings.grace = section.seconds("grace_seconds").unwrap_or(settings.grace);
    let Some(section) = section.section("idempotency") else { return };
    let idempotency = &mut settings.idempotency;
    if let Some(hours) = section.whole("hours", 1..=HOURS_MOST) {
        idempotency.keep_for = Duration::from_hours(hours);
    }
    idempotency.total_bytes = count(&section, "total_bytes", ANSWER_BYTES_MOST, idempotency.total_bytes);
    idempotency.answer_bytes = count(&section, "answer_bytes", ANSWER_BYTES_MOST, idempotency.answer_bytes);
    section.finish();
}

fn key(section: Section<'_, '_>) -> Option<ApiKey> {
    let name = self::name(&section, "name");
    let tenant = self::name(&section, "tenant").unwrap_or_else(|| TENANT.to_owned());
    let digest = section.text("sha256");
    if name.is_none() {
        section.missing("name");
    }
    if digest.is_none() {
        section.missing("sha256");
    }
    let call_cap = usd(&section, "call_cap");
    let digest = digest.and_then(|Found { value, offset }| {
        let digest: Option<KeyDigest> = value.parse().ok();
        if digest.is_none() {
            // What was written is not repeated: it may be the key itself.
            section.note(offset, Problem::new("config_digest_wrong", section.path_of("sha256")));
        }
        digest
    });
    section.finish();
    Some(ApiKey { name: name?, tenant, digest: digest?, call_cap })
}

fn name(section: &Section<'_, '_>, key: &'static str) -> Option<String> {
    let Found { value, offset } = section.text(key)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_name = value.len() <= NAME_BYTES_MOST && value.bytes().all(is_plain);
    if !is_name {
        section.note(offset, Problem::new("config_name_wrong", section.path_of(key)).with("name", shortened(&value)));
    }
    is_name.then_some(value)
}
