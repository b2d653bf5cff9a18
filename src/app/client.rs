//! Commands that ask a server.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    cli::{
        self, JsonLines, PlainLines,
        arguments::{Cancel, Download, List, ServerOptions, Submit, Watch},
        exit,
    },
    client::{self, Client, Filter, Wish},
    config,
    domain::{event::Event, generation::Status, shown::shown},
    pipeline::EventSink,
};

/// Most characters of a project's name in a table.
const NAME_MAX_CHARS: usize = 60;

pub(super) fn submit(command: &Submit) -> Result<u8> {
    let json = command.server.json;
    let wish = Wish {
        spec: command.spec.clone(),
        attachments: command.attach.clone(),
        project: command.project.clone(),
        template: command.template.clone(),
        verify: !command.no_verify,
        with_history: command.with_history,
        priority: command.priority,
        webhook: command.webhook.clone(),
    };
    asking(&command.server, async |client| {
        let accepted = match client.submit(&wish).await {
            Err(client::Error::Spec { mut problems }) => {
                for problem in problems.iter_mut().filter(|problem| problem.file.is_none()) {
                    problem.file = Some(command.spec.display().to_string());
                }
                return Ok(super::work::refuse(&*super::work::sink(json), json, problems));
            }
            accepted => accepted?,
        };
        if json {
            let mut answer = accepted.rest.clone();
            answer.insert("id".to_owned(), accepted.id.clone().into());
            if let Some(secret) = &accepted.webhook_secret {
                answer.insert("webhook_secret".to_owned(), secret.clone().into());
            }
            cli::print(&format!("{}\n", Value::from(answer)));
        } else {
            cli::print(&format!("{}\n", accepted.id));
            if let Some(secret) = &accepted.webhook_secret {
                cli::complain(&format!("the webhook's messages are signed with {secret}, shown this once\n"));
            }
        }
        if command.watch { watched(&client, &accepted.id, 0, json).await } else { Ok(exit::VERIFIED) }
    })
}

pub(super) fn watch(command: &Watch) -> Result<u8> {
    asking(&command.server, async |client| {
        watched(&client, &command.generation, command.after, command.server.json).await
    })
}

pub(super) fn download(command: &Download) -> Result<u8> {
    asking(&command.server, async |client| {
        let generation = client.generation(&command.generation).await?;
        let Some(artifact) = generation.get("artifact").filter(|artifact| !artifact.is_null()) else {
            anyhow::bail!(
                "there is nothing to download yet: the generation is {}",
                shown(text(&generation, "status"), NAME_MAX_CHARS)
            );
        };
        let file = command.output.clone().unwrap_or_else(|| file_name(text(artifact, "name")));
        client.download(&command.generation, text(artifact, "sha256"), &file).await?;
        if command.server.json {
            cli::print(&format!("{}\n", serde_json::json!({ "path": file, "artifact": artifact })));
        } else {
            cli::print(&format!("{} (sha256 {})\n", file.display(), text(artifact, "sha256")));
        }
        Ok(exit::VERIFIED)
    })
}

pub(super) fn list(command: &List) -> Result<u8> {
    let filter = Filter {
        status: command.status.clone(),
        project: command.project.clone(),
        name: command.name.clone(),
        most: command.limit,
    };
    asking(&command.server, async |client| {
        for generation in client.list(&filter).await? {
            if command.server.json {
                cli::print(&format!("{generation}\n"));
            } else {
                cli::print(&row(&generation));
            }
        }
        Ok(exit::VERIFIED)
    })
}

pub(super) fn cancel(command: &Cancel) -> Result<u8> {
    asking(&command.server, async |client| {
        let generation = client.cancel(&command.generation).await?;
        if command.server.json {
            cli::print(&format!("{generation}\n"));
        } else if text(&generation, "status") == Status::Cancelled.name() {
            cli::print("cancelled\n");
        } else {
            cli::print("it ends as soon as its worker hears of it\n");
        }
        Ok(exit::VERIFIED)
    })
}

fn asking(options: &ServerOptions, ask: impl AsyncFnOnce(Client) -> Result<u8>) -> Result<u8> {
    let settings = match config::server_access(options.server.clone(), options.ca_file.clone()) {
        Ok(settings) => settings,
        Err(error @ config::Error::NoApiKey { .. }) => {
            cli::complain(&format!("error: {error}\n"));
            return Ok(exit::USAGE);
        }
        Err(error) => return Err(error.into()),
    };
    let client = Client::new(&settings)?;
    super::runtime()?.block_on(ask(client))
}

/// Tells a generation's events until its end; its exit code.
async fn watched(client: &Client, id: &str, after: i64, json: bool) -> Result<u8> {
    let sink: &dyn EventSink = if json { &JsonLines } else { &PlainLines };
    let mut tell = |told: &client::Numbered, line: &str| match &told.event {
        _ if json => cli::print(&format!("{line}\n")),
        // What they advise is for workspaces on this machine; how the generation stands is told by its status.
        Event::Stopped { .. } | Event::Paused { .. } | Event::AwaitingApproval { .. } | Event::Broken { .. } => {}
        event => sink.emit(event.clone()),
    };
    client.follow(id, after, &mut tell).await?;
    let generation = client.generation(id).await?;
    let status =
        Status::named(text(&generation, "status")).context("the server knows a status that this program does not")?;
    Ok(match status {
        Status::Succeeded => exit::VERIFIED,
        Status::Unverified => exit::UNVERIFIED,
        Status::Failed => exit::FAILED,
        Status::Cancelled => exit::STOPPED,
        Status::Queued | Status::Running | Status::AwaitingApproval | Status::Paused => exit::PAUSED,
    })
}

fn row(generation: &Value) -> String {
    let cost = generation.get("cost").map_or("", |cost| text(cost, "usd"));
    format!(
        "{}  {:<17}  {}  {:>9} USD  {}\n",
        text(generation, "id"),
        text(generation, "status"),
        text(generation, "created_at"),
        cost,
        shown(text(generation, "name"), NAME_MAX_CHARS),
    )
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The file in this folder that a server's name for it means; a server must not choose another place.
fn file_name(name: &str) -> PathBuf {
    let plain = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_name = !plain.is_empty() && !plain.starts_with('.');
    PathBuf::from(if is_name { plain } else { "project.zip" })
}
