//! Handing in a spec.

use std::path::PathBuf;

use reqwest::{Method, multipart};
use serde::Deserialize;
use serde_json::Value;

use super::{Client, Error};
use crate::domain::id::RequestId;

/// What is handed in, and how it is to go.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The spec's file.
    pub spec: PathBuf,
    /// Text files that its words refer to.
    pub attachments: Vec<PathBuf>,
    /// Project that it belongs to; `None` makes one.
    pub project: Option<String>,
    /// Template pack; `None`: as the spec says.
    pub template: Option<String>,
    /// Whether the project is built and tested.
    pub verify: bool,
    /// Whether the ZIP holds the git history.
    pub with_history: bool,
    /// Higher goes first.
    pub priority: i32,
    /// Address that is told of the end.
    pub webhook: Option<String>,
}

/// What the server made of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Accepted {
    /// Identity of the generation.
    pub id: String,
    /// What webhooks are signed with, when the server made it.
    pub webhook_secret: Option<String>,
    /// The whole answer.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Value>,
}

impl Client {
    /// Hands in a spec. It is durable at the server on return; where its answer is lost, the same request is sent again.
    ///
    /// # Errors
    /// When a file cannot be read, or the server cannot be reached or refuses; [`Error::Spec`] has every problem of the spec.
    pub async fn submit(&self, wish: &Wish) -> Result<Accepted, Error> {
        let mut files = vec![("spec", read(&wish.spec)?)];
        for attachment in &wish.attachments {
            files.push(("attachment", read(attachment)?));
        }
        let key = format!("\"{}\"", RequestId::mint());
        let request = || {
            let mut form = multipart::Form::new();
            for (field, (name, content)) in &files {
                let part = multipart::Part::bytes(content.clone()).file_name(name.clone());
                form = form.part(*field, part);
            }
            let options = [("verify", wish.verify.to_string()), ("with_history", wish.with_history.to_string())];
            let named = [("project", &wish.project), ("template", &wish.template), ("webhook", &wish.webhook)];
            self.ask(Method::POST, &["v1", "generations"])
                .header("Idempotency-Key", &key)
                .query(&options)
                .query(&[("priority", wish.priority)])
                .query(&named.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect::<Vec<_>>())
                .multipart(form)
        };
        self.json(request).await
    }
}

fn read(path: &PathBuf) -> Result<(String, Vec<u8>), Error> {
    let content = std::fs::read(path).map_err(|source| Error::File { path: path.clone(), source })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((name, content))
}
