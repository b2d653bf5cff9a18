//! The package manager: install scripts, the project's own settings for it, its cache.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use samokoder::process::{Cache, Cancel, Error, Phase, Sandbox, SandboxCommand};

use super::bench::{Bench, log, secret, tiers};

/// An HTTP server that knows nothing, and what it was asked.
struct Registry {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).unwrap_or(0);
                kept.lock().unwrap().push(String::from_utf8_lossy(&buffer[..read]).into_owned());
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            }
        });
        Self { port, asked }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn fetch(bench: &Bench, registry: &Registry) -> SandboxCommand {
    let registry = format!("--registry={}", registry.address());
    let mut command = bench.command(&[
        "npm",
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=0",
        "--no-update-notifier",
        &registry,
    ]);
    command.phase = Phase::Fetch;
    command.limits.processes = 200;
    command
}

#[tokio::test]
async fn s42_install_scripts_do_not_run_when_fetching_and_reach_nobody_when_verifying() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let registry = Registry::new();
        let send = format!("node send.cjs {}", registry.port);
        bench.write(
            "package.json",
            &format!(
                r#"{{"name":"x","version":"1.0.0","scripts":{{"preinstall":"touch ran","postinstall":"{send}"}}}}"#
            ),
        );
        bench.write(
            "send.cjs",
            "require('http').get({ port: process.argv[2], path: '/' + JSON.stringify(process.env).length }, () => {})\n\
             .on('error', e => console.log('not sent', e.code));\n",
        );
        let outcome = bench.run(&fetch(&bench, &registry)).await;
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        assert!(!bench.work().join("ran").exists(), "{tier}: a script ran when fetching");

        let mut verify = bench.command(&["npm", "run", "postinstall"]);
        verify.limits.processes = 200;
        let outcome = bench.run(&verify).await;
        assert!(log(&outcome).contains("not sent"), "{tier}: {outcome:?}");
        assert_eq!(registry.asked(), Vec::<String>::new(), "{tier}");
    }
}

#[tokio::test]
async fn s43_the_projects_own_npmrc_decides_nothing() {
    for tier in tiers().await {
        let mut bench = Bench::new(tier);
        let (ours, evil) = (Registry::new(), Registry::new());
        bench.write(
            "package.json",
            r#"{"name":"x","version":"1.0.0","dependencies":{"left-pad":"1.3.0","@evil/x":"1.0.0"}}"#,
        );
        bench.write(
            ".npmrc",
            &format!(
                "registry={0}\n@evil:registry={0}\nscript-shell=/work/evil.sh\nignore-scripts=false\n",
                evil.address()
            ),
        );
        let command = fetch(&bench, &ours);
        if tier.has_own_files() {
            let outcome = bench.run(&command).await;
            assert!(!outcome.passed(), "{tier}: nothing knows these packages");
            assert!(
                ours.asked().iter().any(|asked| asked.contains("left-pad") || asked.contains("evil")),
                "{tier}: {outcome:?}"
            );
        } else {
            bench.settings.allow_unsandboxed = true;
            let refused = Sandbox::new(bench.settings.clone(), tier).run(&command, &Cancel::new()).await;
            assert!(
                matches!(&refused, Err(Error::Refused { reason }) if reason.contains(".npmrc")),
                "{tier}: {refused:?}"
            );
        }
        assert_eq!(evil.asked(), Vec::<String>::new(), "{tier}");
        assert!(
            std::fs::read_to_string(bench.work().join(".npmrc")).unwrap().contains("evil"),
            "{tier}: it was changed"
        );
    }
}

#[tokio::test]
async fn s46_a_dependency_on_a_host_folder_finds_nothing() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let registry = Registry::new();
        let outside = bench.path("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("package.json"), r#"{"name":"outside","version":"1.0.0"}"#).unwrap();
        secret(&outside, "secret");
        bench.write(
            "package.json",
            r#"{"name":"x","version":"1.0.0","dependencies":{"outside":"file:../outside"},"workspaces":["../outside"]}"#,
        );
        bench.run(&fetch(&bench, &registry)).await;
        let outcome = bench.shell("cat node_modules/outside/secret ../outside/secret; true\n").await;
        assert!(!log(&outcome).contains("CANARY"), "{tier}: {}", log(&outcome));
        let copied = bench.work().join("node_modules/outside");
        assert!(copied.symlink_metadata().is_err() || copied.is_symlink(), "{tier}: it was copied in");
    }
}

#[tokio::test]
async fn s47_the_cache_is_written_by_fetches_alone() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let cache = bench.path("cache");
        std::fs::create_dir(&cache).unwrap();
        bench.write(
            "case.sh",
            "cat $TOOL_CACHE/package 2>/dev/null\necho $1 2>/dev/null > $TOOL_CACHE/package || echo refused\n\
             rm -f $TOOL_CACHE/package 2>/dev/null || echo kept\n",
        );
        bench.write("fill.sh", "echo good > $TOOL_CACHE/package\n");
        let mut command = bench.command(&["sh", "fill.sh"]);
        command.cache = Some(Cache { host: cache.clone(), variable: Some("TOOL_CACHE".to_owned()) });
        command.phase = Phase::Fetch;
        assert!(bench.run(&command).await.passed(), "{tier}");
        command.argv = ["sh", "case.sh", "poisoned"].map(str::to_owned).to_vec();
        command.phase = Phase::Verify;
        let outcome = bench.run(&command).await;
        let text = log(&outcome);
        assert!(text.starts_with("good\n") && text.contains("refused") && text.contains("kept"), "{tier}: {text}");
        assert_eq!(std::fs::read_to_string(cache.join("package")).unwrap(), "good\n", "{tier}");
    }
}
