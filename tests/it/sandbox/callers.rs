//! The same cases for another caller: an ordinary user, and one that is killed.

use std::{path::Path, process::Command, time::Duration};

use super::bench::{Bench, EXECUTABLE_VARIABLE, GONE_WITHIN, executable, is_alive, is_root, mark, tiers, within};
use samokoder::process::{Cancel, Sandbox, Tier};

const MARK_VARIABLE: &str = "SAMOKODER_TEST_MARK";
const TIER_VARIABLE: &str = "SAMOKODER_TEST_TIER";

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test that starts itself again tells itself what to do")]
    std::env::var(name).ok()
}

fn command(program: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a test that starts itself again")]
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
}

/// Runs every case again as uid 65534, which has no rights and no home folder.
#[test]
fn the_cases_hold_for_an_ordinary_user() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    if !is_root() {
        return;
    }
    let place = tempfile::Builder::new().prefix("sandbox-ordinary-").tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (tests, ours) = (place.path().join("tests"), place.path().join("samokoder"));
    std::fs::copy(std::env::current_exe().unwrap(), &tests).unwrap();
    std::fs::copy(executable(), &ours).unwrap();
    let temporary = place.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o777)).unwrap();
    let output = command(&tests)
        .args(["sandbox::", "--test-threads=4", "--skip", "the_cases_hold_for", "--skip", "s40_"])
        .env(EXECUTABLE_VARIABLE, &ours)
        .env("TMPDIR", &temporary)
        .env("CANARY_HOST", "CANARY-HOST")
        .uid(65534)
        .gid(65534)
        .current_dir("/")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let passed = text.matches("... ok").count();
    assert!(passed > 30, "only {passed} cases ran:\n{text}");
}

/// Not a case: what the next one kills.
#[tokio::test]
async fn caller_to_be_killed() {
    let (Some(mark), Some(tier)) = (variable(MARK_VARIABLE), variable(TIER_VARIABLE)) else { return };
    let tier = Tier::ALL.into_iter().find(|found| found.as_str() == tier).unwrap();
    let bench = Bench::new(tier);
    bench.write("case.sh", &format!("setsid nohup sleep {mark} >/dev/null 2>&1 &\nsleep {mark}\n"));
    Sandbox::new(bench.settings.clone(), tier).run(&bench.command(&["sh", "case.sh"]), &Cancel::new()).await.unwrap();
}

/// the product is killed while generated code runs.
#[tokio::test]
async fn r14_nothing_outlives_a_killed_caller() {
    let ourselves = std::env::current_exe().unwrap();
    for tier in tiers().await {
        let mark = mark();
        let place = tempfile::tempdir().unwrap();
        let mut caller = command(&ourselves)
            .args(["--exact", "sandbox::callers::caller_to_be_killed"])
            .env(MARK_VARIABLE, &mark)
            .env(TIER_VARIABLE, tier.as_str())
            .env("TMPDIR", place.path())
            .env(EXECUTABLE_VARIABLE, executable())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        assert!(within(Duration::from_secs(10), || is_alive(&mark)), "{tier}: it never started");
        caller.kill().unwrap();
        caller.wait().unwrap();
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a process survived");
        let scratch = || {
            let left = std::fs::read_dir(place.path()).unwrap().flatten();
            left.filter(|entry| entry.file_name().to_string_lossy().starts_with("samokoder-")).count()
        };
        assert!(within(GONE_WITHIN, || scratch() == 0), "{tier}: a folder was left");
    }
}

/// the supervisor itself is killed.
#[tokio::test]
async fn r14_nothing_outlives_a_killed_supervisor() {
    for tier in tiers().await.into_iter().filter(|tier| tier.has_own_files()) {
        let bench = Bench::new(tier);
        let mark = mark();
        bench.write("case.sh", &format!("setsid nohup sleep {mark} >/dev/null 2>&1 &\nsleep {mark}\n"));
        let command = bench.command(&["sh", "case.sh"]);
        let (sandbox, cancel) = (Sandbox::new(bench.settings.clone(), tier), Cancel::new());
        let killing = async {
            while !is_alive(&mark) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let supervisor = supervisor_of(&mark);
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(supervisor), nix::sys::signal::Signal::SIGKILL).unwrap();
        };
        let (result, ()) = tokio::join!(sandbox.run(&command, &cancel), killing);
        assert!(result.is_err(), "{tier}: {result:?}");
        assert!(within(GONE_WITHIN, || !is_alive(&mark)), "{tier}: a process survived");
    }
}

/// The `supervise` process above the one that sleeps this long.
fn supervisor_of(mark: &str) -> i32 {
    let process = |id: i32| {
        let arguments = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let parent =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1)?.parse::<i32>().ok());
        (String::from_utf8_lossy(&arguments).into_owned(), parent.unwrap_or(0))
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let mut id = all
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .find(|id| process(*id).0.split('\0').any(|argument| argument == mark))
        .unwrap();
    while id > 1 {
        let (arguments, parent) = process(id);
        if arguments.contains("supervise") {
            return id;
        }
        id = parent;
    }
    panic!("no supervisor above {mark}");
}
