//! Memory, disk, time, output.

use samokoder::process::{End, OUTPUT_RUNAWAY_FACTOR};

use super::bench::{Bench, GONE_WITHIN, is_alive, log, mark, tiers, whole_tiers, within};

#[tokio::test]
async fn s53_memory_is_bounded() {
    let program = "const kept = [];\n\
                   for (let i = 0; i < 128; i++) { kept.push(Buffer.alloc(64 << 20, 1)); console.log(i) }\n\
                   setTimeout(() => {}, 5000);\n";
    for tier in tiers().await {
        let bench = Bench::new(tier);
        bench.write("case.cjs", program);
        let mut command = bench.command(&["node", "case.cjs"]);
        command.limits.memory_bytes = 256 << 20;
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::MemoryLimit, "{tier}: {outcome:?}");
        let last: u64 = log(&outcome).lines().last().unwrap_or("0").parse().unwrap_or(0);
        assert!(last < 32, "{tier}: it took {last} times 64 MiB under a limit of 256 MiB");
    }
}

#[tokio::test]
async fn s53_the_memory_of_many_processes_is_counted_together() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        bench.write("hog.cjs", "const kept = Buffer.alloc(96 << 20, 1); setTimeout(() => kept.length, 20000);\n");
        bench.write("case.sh", "node hog.cjs & node hog.cjs & node hog.cjs & node hog.cjs & wait\n");
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.memory_bytes = 256 << 20;
        let outcome = bench.run(&command).await;
        // Where the kernel ends one of them, the shell may report that before the supervisor looks.
        assert_eq!(outcome.end, End::MemoryLimit, "{tier}: {outcome:?}");
    }
}

#[tokio::test]
async fn s54_the_work_folder_is_bounded() {
    for tier in tiers().await {
        let many =
            "i=0; while [ $i -lt 10000 ]; do dd if=/dev/zero of=file$i bs=1M count=8 2>/dev/null; i=$((i+1)); done\n";
        for script in ["dd if=/dev/zero of=big bs=1M count=10240\n", many] {
            let bench = Bench::new(tier);
            bench.write("case.sh", script);
            let mut command = bench.command(&["sh", "case.sh"]);
            command.limits.disk_bytes = 64 << 20;
            let outcome = bench.run(&command).await;
            assert_eq!(outcome.end, End::DiskLimit, "{tier}: {script} {outcome:?}");
            let held = held_bytes(&bench.work());
            assert!(held < 1 << 30, "{tier}: {held} bytes under a limit of 64 MiB");
        }
    }
}

fn held_bytes(folder: &std::path::Path) -> u64 {
    std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.metadata().unwrap().len()).sum()
}

#[tokio::test]
async fn s54_temporary_files_are_bounded() {
    for tier in tiers().await {
        let folders: &[&str] = if tier.has_own_files() { &["$TMPDIR", "/dev/shm"] } else { &["$TMPDIR"] };
        for folder in folders {
            let bench = Bench::new(tier);
            bench.write("case.sh", &format!("dd if=/dev/zero of={folder}/big bs=1M count=10240\n"));
            let mut command = bench.command(&["sh", "case.sh"]);
            command.limits.disk_bytes = 64 << 20;
            let outcome = bench.run(&command).await;
            assert_eq!(outcome.end, End::DiskLimit, "{tier}: {folder} {outcome:?}");
        }
    }
}

#[tokio::test]
async fn s55_the_number_of_files_is_bounded() {
    let program = "const fs = require('fs'); const folder = process.env.FOLDER || '.';\n\
                   for (let i = 0; i < 1000000; i++) fs.writeFileSync(folder + '/f' + i, '');\n";
    for tier in tiers().await {
        for folder in [".", "/tmp"] {
            if folder == "/tmp" && !tier.has_own_files() {
                continue;
            }
            let bench = Bench::new(tier);
            bench.write("case.cjs", program);
            let mut command = bench.command(&["node", "case.cjs"]);
            command.environment.push(("FOLDER".to_owned(), folder.to_owned()));
            command.limits.inodes = 2000;
            let outcome = bench.run(&command).await;
            assert_eq!(outcome.end, End::DiskLimit, "{tier}: {folder} {outcome:?}");
            let made = std::fs::read_dir(bench.work()).unwrap().count();
            assert!(made < 100_000, "{tier}: {made} files under a limit of 2,000");
        }
    }
}

#[tokio::test]
async fn s55_no_folder_is_too_deep_to_count() {
    let program = "const fs = require('fs');\n\
                   for (let i = 0; i < 400; i++) { fs.mkdirSync('a'.repeat(200)); process.chdir('a'.repeat(200)); }\n\
                   setTimeout(() => {}, 10000);\n";
    for tier in whole_tiers().await {
        let bench = Bench::new(tier);
        bench.write("case.cjs", program);
        let outcome = bench.run(&bench.command(&["node", "case.cjs"])).await;
        // Node itself may fail before: `chdir` asks for the folder's whole path.
        let fails_by_itself = matches!(outcome.end, End::Exited { code } if code != 0);
        assert!(outcome.end == End::DiskLimit || fails_by_itself, "{tier}: {outcome:?}");
    }
}

#[tokio::test]
async fn s56_time_is_bounded() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write("case.sh", &format!("trap '' TERM INT HUP\nsleep {mark} &\nwhile :; do :; done\n"));
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.wall_ms = 700;
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::Timeout, "{tier}: {outcome:?}");
        assert!(outcome.duration_ms < 1700, "{tier}: {outcome:?}");
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a process survived");
    }
}

#[tokio::test]
async fn processor_time_is_bounded() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        bench.write("case.sh", "while :; do :; done\n");
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.cpu_seconds = Some(1);
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::Timeout, "{tier}: {outcome:?}");
        assert!(outcome.duration_ms < 10_000, "{tier}: {outcome:?}");
    }
}

#[tokio::test]
async fn s58_output_is_cut() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        let mut command = bench.command(&["yes", "line"]);
        command.limits.output_bytes = 64 << 10;
        let before = resident_bytes();
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::OutputLimit, "{tier}: {:?}", outcome.end);
        assert!(outcome.output_truncated, "{tier}");
        let length = std::fs::metadata(&outcome.log).unwrap().len();
        assert!((64 << 10..65 << 10).contains(&length), "{tier}: the log has {length} bytes");
        assert!(outcome.tail.len() <= 40 && outcome.tail.contains(&"line".to_owned()), "{tier}: {:?}", outcome.tail);
        let grown = resident_bytes().saturating_sub(before);
        assert!(grown < 32 << 20, "{tier}: our memory grew by {grown} bytes");
    }
}

#[tokio::test]
async fn s58_a_long_output_below_the_runaway_factor_still_ends_by_itself() {
    for tier in tiers().await {
        let bench = Bench::new(tier);
        bench.write("case.sh", "yes line | head -n 60000\necho the end\nexit 4\n");
        let mut command = bench.command(&["sh", "case.sh"]);
        command.limits.output_bytes = 64 << 10;
        const { assert!(60_000 * 5 < (64 << 10) * OUTPUT_RUNAWAY_FACTOR) };
        let outcome = bench.run(&command).await;
        assert_eq!(outcome.end, End::Exited { code: 4 }, "{tier}");
        assert!(outcome.output_truncated && outcome.tail.last().unwrap() == "the end", "{tier}: {outcome:?}");
    }
}

#[tokio::test]
async fn s58_output_is_safe_to_read() {
    for tier in tiers().await {
        let script = "printf 'caf\\303\\251 \\377\\376 \\033[31mred\\033[0m \\033]0;title\\007 a\\000b\\r\\nnext\\rover\\n'\n\
                      printf 'cut \\303'\n";
        let bench = Bench::new(tier);
        let outcome = bench.shell(script).await;
        let expected = "café \\xff\\xfe red \\u{1b}]0;title\\u{7} a\\u{0}b\nnext\\rover\ncut \\xc3";
        assert_eq!(log(&outcome), expected, "{tier}");
        assert_eq!(outcome.tail, expected.lines().collect::<Vec<_>>(), "{tier}");
    }
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
