//! Turns a pack's commands into commands for the sandbox, and their ends into verdicts.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use super::{Error, Interruption, Ports, Settings, report::Check};
use crate::{
    domain::{digest::Digest, generation::Verdict, path::ProjectPath, spec::Acceptance},
    process::{self, End, Outcome, Phase, SandboxCommand},
    template::{self, Pack},
};

/// Lines of a failed command's output that the report repeats.
const TAIL_LINES: usize = 40;
/// Variable in which an acceptance command finds the address of the server.
const BASE_URL: &str = "BASE_URL";

/// Something to run.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) argv: Vec<String>,
    phase: Phase,
    environment: BTreeMap<String, String>,
    time_limit_s: u32,
    needs_loopback: bool,
    serve: Option<Server>,
}

#[derive(Debug, Clone)]
struct Server {
    serve: template::Serve,
    probes: Vec<template::Probe>,
}

/// Seconds that a program may take to tell its version.
const VERSION_TIME_LIMIT_S: u32 = 30;

impl Task {
    /// A command of the product's own.
    pub(crate) fn verify(id: &str, title: &str, argv: Vec<String>) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            argv,
            phase: Phase::Verify,
            environment: BTreeMap::new(),
            time_limit_s: VERSION_TIME_LIMIT_S,
            needs_loopback: false,
            serve: None,
        }
    }

    /// The pack's installation of packages.
    pub(crate) fn fetch(fetch: &template::Fetch) -> Self {
        Self {
            phase: Phase::Fetch,
            environment: fetch.environment.clone(),
            time_limit_s: fetch.time_limit_s,
            ..Self::verify("fetch", "Install the packages", fetch.argv.clone())
        }
    }

    /// The pack's way to add a package at a version to the manifest.
    pub(crate) fn add_package(add: &template::AddPackage, id: &Digest, (package, version): (&str, &str)) -> Self {
        Self {
            phase: Phase::Fetch,
            environment: add.environment.clone(),
            time_limit_s: add.time_limit_s,
            ..Self::verify(id.as_str(), &format!("Add the package {package}"), add.argv_for(package, version))
        }
    }

    /// The pack's formatter, on some files.
    pub(crate) fn format(format: &template::Format, files: &[&ProjectPath]) -> Self {
        let argv = format.argv_for(files.iter().copied());
        Self {
            environment: format.environment.clone(),
            time_limit_s: format.time_limit_s,
            ..Self::verify("format", "Lay out the code", argv)
        }
    }

    /// One of the pack's checks.
    pub(crate) fn check(verify: &template::Verify) -> Self {
        Self {
            environment: verify.environment.clone(),
            time_limit_s: verify.time_limit_s,
            needs_loopback: verify.needs_loopback,
            ..Self::verify(&verify.id, &verify.title, verify.argv.clone())
        }
    }

    /// Starts the application and asks it for its pages.
    pub(crate) fn serve(serve: &template::Serve) -> Self {
        let paths: Vec<_> = serve.probes.iter().map(|probe| probe.path.as_str()).collect();
        Self {
            time_limit_s: serve.ready_time_limit_s.saturating_add(VERSION_TIME_LIMIT_S),
            needs_loopback: true,
            serve: Some(Server { serve: serve.clone(), probes: serve.probes.clone() }),
            ..Self::verify("serve", &format!("Start it and open {}", paths.join(", ")), Vec::new())
        }
    }

    /// One of the user's own commands.
    pub(crate) fn acceptance(serve: Option<&template::Serve>, index: usize, acceptance: &Acceptance) -> Self {
        let server = serve
            .filter(|_| acceptance.server)
            .map(|serve| Server { serve: serve.clone(), probes: serve.probes.iter().take(1).cloned().collect() });
        Self {
            time_limit_s: acceptance.time_limit_s,
            needs_loopback: acceptance.server,
            serve: server,
            ..Self::verify(&format!("acceptance-{}", index + 1), &acceptance.name, acceptance.command.clone())
        }
    }
}

/// Where tasks are run.
pub(crate) struct Bench {
    limits: process::Limits,
    cache: Option<process::Cache>,
    logs: PathBuf,
}

impl Bench {
    pub(crate) fn new(pack: &Pack, settings: &Settings, logs: PathBuf) -> Result<Self, Error> {
        let manifest = pack.manifest();
        let limits = process::Limits {
            memory_bytes: u64::from(manifest.limits.memory_mib) << 20,
            processes: u64::from(manifest.limits.processes),
            disk_bytes: u64::from(manifest.limits.disk_mib) << 20,
            output_bytes: u64::from(manifest.limits.output_mib) << 20,
            ..process::Limits::default()
        };
        let cache = manifest.commands.caches.first().map(|cache| process::Cache {
            host: settings.cache.join(&cache.name),
            variable: Some(cache.variable.clone()),
        });
        for folder in cache.iter().map(|cache| &cache.host).chain([&logs]) {
            fs::create_dir_all(folder).map_err(|source| Error::File {
                action: "create",
                path: folder.clone(),
                source,
            })?;
        }
        Ok(Self { limits, cache, logs })
    }

    /// Runs a task in a folder.
    pub(crate) async fn run(&self, ports: &Ports<'_>, folder: &Path, task: Task) -> Result<Check, Interruption> {
        let command = self.command(folder, &task)?;
        match ports.runner.run(&command, ports.stop).await {
            Ok(Outcome { end: End::Cancelled, .. }) => Err(Interruption::Stopped),
            Ok(outcome) => Ok(check_of(&task, outcome)),
            Err(error @ (process::Error::MissingProgram { .. } | process::Error::Unsandboxed)) => {
                Ok(Check::not_run(&task, &error.to_string()))
            }
            Err(error) => Err(Error::from(error).into()),
        }
    }

    fn command(&self, folder: &Path, task: &Task) -> Result<SandboxCommand, Error> {
        let mut environment: Vec<_> = task.environment.clone().into_iter().collect();
        let serve = match &task.serve {
            None => None,
            Some(server) => {
                let port = free_port()?;
                environment.push((BASE_URL.to_owned(), format!("http://127.0.0.1:{port}")));
                Some(serve_of(server, port))
            }
        };
        Ok(SandboxCommand {
            phase: task.phase,
            argv: task.argv.clone(),
            work: folder.to_owned(),
            read_only: Vec::new(),
            environment,
            cache: self.cache.clone().filter(|_| task.phase == Phase::Fetch),
            serve,
            needs_loopback: task.needs_loopback,
            limits: process::Limits { wall_ms: u64::from(task.time_limit_s) * 1000, ..self.limits },
            log: self.logs.join(format!("{}.log", task.id)),
        })
    }
}

fn serve_of(server: &Server, port: u16) -> process::Serve {
    let Server { serve, probes } = server;
    let mut environment: Vec<_> = serve.environment.clone().into_iter().collect();
    environment.push((serve.port_variable.clone(), port.to_string()));
    process::Serve {
        argv: serve.argv.clone(),
        environment,
        port,
        ready_within_ms: u64::from(serve.ready_time_limit_s) * 1000,
        questions: probes.iter().map(question_of).collect(),
    }
}

fn question_of(probe: &template::Probe) -> process::Question {
    process::Question {
        path: probe.path.clone(),
        expected_status: probe.status,
        expected_content_type: Some(probe.content_type.clone()),
    }
}

/// A port that nobody listens on. In a sandbox with a network of its own any would do.
fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| Error::File { action: "listen on", path: PathBuf::from("127.0.0.1"), source })
}

fn check_of(task: &Task, outcome: Outcome) -> Check {
    let verdict = match outcome.end {
        End::Exited { code: 0 } => Verdict::Passed,
        End::NotRun { reason } => Verdict::NotRun { reason },
        end => Verdict::Failed { reason: end.to_string() },
    };
    let skipped = outcome.tail.len().saturating_sub(TAIL_LINES);
    Check {
        id: task.id.clone(),
        title: task.title.clone(),
        command: task.argv.clone(),
        verdict,
        duration_ms: outcome.duration_ms,
        log: Some(outcome.log.display().to_string()),
        tail: outcome.tail.into_iter().skip(skipped).collect(),
    }
}
