//! What the probe finds, and what happens without a sandbox.

use samokoder::process::{Cancel, End, Error, Sandbox, Settings, Tier, best_tier, probe};

use super::bench::{Bench, is_root, log, settings};

#[tokio::test]
async fn the_probe_tells_what_works_and_what_holds() {
    let probed = probe(&settings()).await.unwrap();
    assert_eq!(probed.tiers.iter().map(|probe| probe.tier).collect::<Vec<_>>(), Tier::ALL);
    assert_eq!(probed.best, best_tier(&settings()).await.unwrap());
    assert!(probed.tiers.iter().all(|probe| probe.explanation.ends_with('.')), "{probed:#?}");
    let bites = |limit: &str, by: &str| {
        probed.limits.iter().find(|probe| probe.limit == limit && probe.by == by).map(|probe| probe.bites)
    };
    assert_eq!(bites("processes", "all"), Some(true), "{probed:#?}");
    // Without a user namespace of its own it counts with the user's other processes, and leaves room for them.
    assert!(bites("processes", "rlimit") == Some(true) || !probed.best.has_own_files(), "{probed:#?}");
    assert_eq!(bites("memory", "all"), Some(true), "{probed:#?}");
    assert!(bites("processes", "cgroup").is_some());
    let text = serde_json::to_value(&probed).unwrap();
    assert_eq!(text["tiers"][3]["tier"], "none");
}

/// Where root may make control groups (here: version 1 of the kernel's interface), they hold.
#[tokio::test]
async fn control_groups_hold_where_root_may_make_them() {
    let first = std::path::Path::new("/sys/fs/cgroup/pids/cgroup.procs").exists();
    if !is_root() || !first {
        return;
    }
    let probed = probe(&settings()).await.unwrap();
    let found = probed.limits.iter().find(|probe| probe.by == "cgroup").unwrap();
    assert!(found.bites && found.explanation.contains("v1"), "{found:?}");
}

#[tokio::test]
async fn a_tier_that_cannot_be_had_is_explained() {
    let mut settings = settings();
    settings.executable = "/usr/bin/true".into();
    let probed = probe(&settings).await.unwrap();
    assert_eq!(probed.best, Tier::None);
    for tier in &probed.tiers[..3] {
        // A machine without bubblewrap says so before it tries.
        let is_absent = tier.tier == Tier::Bubblewrap && tier.explanation.contains("not installed");
        assert!(!tier.works && (is_absent || tier.explanation.contains("without an answer")), "{tier:?}");
    }
}

#[tokio::test]
async fn without_a_sandbox_generated_code_runs_only_when_allowed() {
    let mut bench = Bench::new(Tier::None);
    bench.write("case.sh", "env | grep -c CARGO; sleep 30\n");
    let mut command = bench.command(&["sh", "case.sh"]);
    command.limits.wall_ms = 600;
    let refused = Sandbox::new(bench.settings.clone(), Tier::None).run(&command, &Cancel::new()).await;
    assert!(matches!(refused, Err(Error::Unsandboxed)), "{refused:?}");
    bench.settings.allow_unsandboxed = true;
    let outcome = bench.run(&command).await;
    assert_eq!((outcome.end.clone(), log(&outcome).as_str()), (End::Timeout, "0\n"), "{outcome:?}");
}

#[tokio::test]
async fn a_missing_executable_is_an_error() {
    let bench = Bench::new(Tier::Namespaces);
    let settings = Settings::new("/nonexistent/samokoder".into(), std::env::temp_dir());
    let result = Sandbox::new(settings, bench.tier).run(&bench.command(&["true"]), &Cancel::new()).await;
    assert!(matches!(result, Err(Error::File { .. } | Error::WardenFailed { .. })), "{result:?}");
}
