//! Providers as data.

use crate::network::AddressRule;
use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::dialect::DialectName;

/// A vendor, or a server of one's own: everything that its wire format does not say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Short name, such as `openai`: the key of its table, and the first part of `provider/model`.
    #[serde(skip)]
    pub name: String,
    /// For people.
    pub title: String,
    /// Its wire format.
    pub dialect: DialectName,
    /// Where its API is, without a slash at the end.
    pub base_url: String,
    /// Which addresses it may be at.
    #[serde(default)]
    pub address: AddressRule,
    /// How a key is shown.
    #[serde(default)]
    pub authorization: Authorization,
    /// Names of the secret that holds the key, the first that is there counts (`OPENAI_API_KEY`).
    #[serde(default)]
    pub key_names: Vec<String>,
    /// Whether it answers without a key (a server on one's own machine).
    #[serde(default)]
    pub key_optional: bool,
    /// Headers of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Certificate authority to trust for this provider alone, a PEM file.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Proxy for this provider, `http://host:port` or `https://host:port`; the environment's proxy settings are never read.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Most requests at once with one key; without, no limit of ours.
    #[serde(default)]
    pub concurrency_per_key: Option<usize>,
    /// Whether requests cost nothing (a server on one's own machine).
    #[serde(default)]
    pub free: bool,
    /// Where it differs from its wire format.
    #[serde(default)]
    pub quirks: Quirks,
    /// Where a token is had, for `authorization = "gigachat_oauth"`.
    #[serde(default)]
    pub token_url: Option<String>,
    /// What a token is asked for, for `authorization = "gigachat_oauth"`.
    #[serde(default)]
    pub token_scope: Option<String>,
}

/// How a key is shown to a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// `Authorization: Bearer KEY` (RFC 6750).
    #[default]
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// A token of thirty minutes, had for the key.
    GigachatOauth,
}

/// Where a vendor differs from the wire format that it speaks.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Its name for the most tokens of an answer; the wire format's own when empty.
    pub max_tokens_field: Option<String>,
    /// Fields that it refuses; left out.
    pub drop_fields: Vec<String>,
    /// Fields that every body gets unless the caller set them, as JSON values.
    pub add_fields: BTreeMap<String, serde_json::Value>,
    /// Whether a stream's usage must not be asked for.
    pub no_stream_usage: bool,
    /// What a schema becomes.
    pub schema_mode: SchemaMode,
}

/// How a provider is asked for JSON of a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaMode {
    /// As the wire format says.
    #[default]
    Native,
    /// It knows only `json_object`; the schema goes into the system message.
    JsonObject,
    /// It knows no JSON mode; a function with the schema is forced, its arguments become the answer's text.
    Function,
}
