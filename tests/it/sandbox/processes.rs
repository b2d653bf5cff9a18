//! Processes: too many, too long-lived, too curious.

use std::time::{Duration, Instant};

use samokoder::process::{Cancel, End, Sandbox};

use super::bench::{Bench, GONE_WITHIN, is_alive, is_root, log, mark, tiers, whole_tiers, within};

/// Bounded, should the limit not hold: 400 sleeping processes.
#[tokio::test]
async fn s52_a_fork_bomb_is_stopped() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        let program = format!(
            "const {{ spawn }} = require('child_process'); let failed = 0;\n\
             for (let i = 0; i < 400; i++) {{\n\
               try {{ spawn('sleep', ['{mark}'], {{ stdio: 'ignore' }}).on('error', () => failed++) }} catch {{ failed++ }}\n\
             }}\n\
             setTimeout(() => console.log('failed', failed), 15000);\n"
        );
        bench.write("case.cjs", &program);
        let mut command = bench.command(&["node", "case.cjs"]);
        command.limits.processes = 48;
        let started = Instant::now();
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::ProcessLimit, "{tier}: {outcome:?}");
        assert!(started.elapsed() < Duration::from_secs(8), "{tier}: {:?}", started.elapsed());
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a process survived");
    }
}

#[tokio::test]
async fn s52_what_stays_below_the_limit_runs() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        bench.write("case.sh", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 0.3 & done; wait; echo fine\n");
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.processes = 16;
        let outcome = bench.run(&command).await;
        assert_eq!(log(&outcome), "fine\n", "{tier}: {outcome:?}");
    }
}

/// A program that gives up by itself at the limit never got past it.
#[tokio::test]
async fn s52_the_limit_holds_before_the_watch_looks() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write(
            "case.sh",
            &format!("i=0\nwhile [ $i -lt 200 ]; do sleep {mark} & i=$((i+1)); echo $i; done 2>&1\n"),
        );
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.processes = 32;
        let outcome = bench.run(&command).await;
        assert!(!outcome.passed(), "{tier}: {outcome:?}");
        let started = log(&outcome).lines().filter_map(|line| line.parse::<u32>().ok()).max().unwrap_or(0);
        // Without a user namespace the kernel counts what the user runs besides: there the watch ends it.
        let watched = !tier.has_own_files() && outcome.end == End::ProcessLimit;
        assert!(watched || (20..=33).contains(&started), "{tier}: {started} under a limit of 32: {outcome:?}");
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a process survived");
    }
}

/// A daemon in every disguise: forked twice, in its own session, deaf to signals, its output closed.
fn daemon(mark: &str) -> String {
    format!(
        "trap '' TERM HUP INT\n\
         (setsid nohup sleep {mark} </dev/null >/dev/null 2>&1 &)\n\
         (setsid sh -c 'trap \"\" TERM HUP INT; sleep {mark} & exec sleep {mark}' </dev/null >/dev/null 2>&1 &)\n\
         sleep 0.2\ntouch started\n"
    )
}

#[tokio::test]
async fn s57_no_daemon_outlives_the_limit() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write("case.sh", &format!("{}sleep {mark}\n", daemon(&mark)));
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.wall_ms = 900;
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::Timeout, "{tier}: {outcome:?}");
        assert!(bench.work().join("started").exists(), "{tier}: the daemons never started");
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a daemon survived");
    }
}

#[tokio::test]
async fn s57_no_daemon_outlives_its_command() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        let outcome = bench.shell(&format!("{}exit 0\n", daemon(&mark))).await;
        assert!(outcome.passed(), "{tier}: {outcome:?}");
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a daemon survived");
    }
}

#[tokio::test]
async fn s57_no_daemon_outlives_a_cancel() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write("case.sh", &format!("{}sleep {mark}\n", daemon(&mark)));
        let command = bench.command(&["sh", "case.sh"]);
        let (sandbox, cancel) = (Sandbox::new(bench.settings.clone(), tier), Cancel::new());
        let started = bench.work().join("started");
        let giving_up = async {
            while !started.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            cancel.cancel();
            Instant::now()
        };
        let (outcome, gave_up_at) = tokio::join!(sandbox.run(&command, &cancel), giving_up);
        assert_eq!(outcome.unwrap().end, End::Cancelled, "{tier}");
        assert!(gave_up_at.elapsed() < Duration::from_secs(1), "{tier}: {:?}", gave_up_at.elapsed());
        assert!(!is_alive(&mark), "{tier}: a daemon survived");

        // Nothing starts after it.
        let later = sandbox.run(&command, &cancel).await.unwrap();
        assert_eq!((later.end, later.duration_ms), (End::Cancelled, 0), "{tier}");
    }
}

#[tokio::test]
async fn s57_no_daemon_outlives_a_dropped_run() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write("case.sh", &format!("{}sleep {mark}\n", daemon(&mark)));
        let command = bench.command(&["sh", "case.sh"]);
        let (sandbox, cancel) = (Sandbox::new(bench.settings.clone(), tier), Cancel::new());
        let started = bench.work().join("started");
        // The run is dropped when this is left, so whether the daemons live is asked before.
        let daemons_live = async {
            while !(started.exists() && is_alive(&mark)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            outcome = sandbox.run(&command, &cancel) => panic!("{tier}: {outcome:?}"),
            () = daemons_live => {}
        }
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a daemon survived");
    }
}

#[tokio::test]
async fn s59_no_way_to_more_privileges() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        bench.write(
            "calls.pl",
            "my %calls = (ptrace => [101, 16, 1, 0, 0], ptrace_parent => [101, 16, getppid, 0, 0], unshare => [272, 0x10000000],\n\
               setns => [308, 0, 0], mount => [165, 'none', '/tmp', 'tmpfs', 0, 0], chroot => [161, '/'], bpf => [321, 0, 0, 0],\n\
               io_uring => [425, 1, 0], keyctl => [250, 0, 0, 0, 0], userfaultfd => [323, 0], add_key => [248, 'user', 'a', 'b', 1, -2],\n\
               setuid => [105, 0], limit_of_another => [302, getppid, 7, 0, 0], clone => [56, 0x10000000 | 17, 0, 0, 0, 0]);\n\
             for my $name (sort keys %calls) {\n\
               my @arguments = @{$calls{$name}}; my $result = syscall($arguments[0], @arguments[1..$#arguments]);\n\
               exit 0 if $name eq 'clone' && $result == 0;\n\
               print \"$name HOLE $result $!\\n\" if $result != -1 || $! != ($name eq 'setuid' ? 22 : 1);\n\
             }\nprint \"asked\\n\";\n",
        );
        // The calls' numbers above are one architecture's.
        let asks = if cfg!(target_arch = "x86_64") { "perl calls.pl\n" } else { "echo asked\n" };
        let script = "unshare -Ur true 2>/dev/null && echo unshare HOLE\n\
                      mount -t tmpfs none /tmp 2>/dev/null && echo mount HOLE\nsu -c true </dev/null 2>/dev/null && echo su HOLE\n\
                      chown 0 case.sh 2>/dev/null && echo chown HOLE\nhostname evil 2>/dev/null && echo hostname HOLE\n\
                      mknod node c 1 3 2>/dev/null && echo mknod HOLE\ngrep CapEff /proc/self/status\ngrep NoNewPrivs /proc/self/status\ntrue\n";
        let outcome = bench.shell(&format!("{asks}{script}")).await;
        let text = log(&outcome);
        assert!(outcome.passed() && text.contains("asked"), "{tier}: {outcome:?}");
        assert!(!text.contains("HOLE"), "{tier}:\n{text}");
        if tier.has_own_files() {
            assert!(text.contains("CapEff:\t0000000000000000") && text.contains("NoNewPrivs:\t1"), "{tier}:\n{text}");
        }
    }
}

#[tokio::test]
async fn s59_signals_stay_inside() {
    let mark = mark();
    #[expect(clippy::disallowed_methods, reason = "a process of the same user, outside")]
    let mut outside = std::process::Command::new("sleep").arg(&mark).spawn().unwrap();
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let script = format!(
            "kill -9 {} {} 2>/dev/null\nkill -9 -1\nsleep 0.1\necho still here\n",
            outside.id(),
            std::process::id()
        );
        let outcome = bench.shell(&script).await;
        // It may hit itself, or the sandbox's first process: that ends its own run, and as no success.
        let ended_itself = matches!(outcome.end, End::Signalled { .. });
        assert!(ended_itself || log(&outcome).contains("still here"), "{tier}: {outcome:?}");
        assert!(outside.try_wait().unwrap().is_none(), "{tier}: a process outside was ended");
    }
    outside.kill().unwrap();
    outside.wait().unwrap();
}

#[tokio::test]
async fn processes_of_the_host_are_not_seen() {
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        let outcome = bench.shell("ls /proc | grep -c '^[0-9]'\nid -u\nhostname\n").await;
        let text = log(&outcome);
        let mut lines = text.lines();
        let count: u32 = lines.next().unwrap().parse().unwrap();
        assert!(count < 8, "{tier}: {count} processes");
        assert_eq!(lines.collect::<Vec<_>>(), ["1000", "sandbox"], "{tier}");
    }
}

/// Two sandboxes at once do not eat each other's number of processes.
#[tokio::test]
async fn the_number_of_processes_is_each_sandboxs_own() {
    for tier in whole_tiers().await {
        let (one, two) = (Bench::new(tier), Bench::new(tier));
        let script = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5 & done; wait; echo fine\n";
        let run = async |bench: &Bench| {
            bench.write("case.sh", script);
            let mut command = bench.command(&["sh", "case.sh"]);
            command.limits.processes = 14;
            bench.run(&command).await
        };
        let (one, two) = tokio::join!(run(&one), run(&two));
        assert!(one.passed() && two.passed(), "{tier} (root: {}): {one:?} {two:?}", is_root());
    }
}
