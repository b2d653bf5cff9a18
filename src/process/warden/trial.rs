//! Tries whether a limit holds, from inside.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::plan::{PASSED_THE_LIMIT, Plan, Trial};
use crate::process::End;

/// How long memory and processes are held, so that whoever watches it gets to see it.
const HELD_FOR: Duration = Duration::from_millis(400);

/// Tries to pass a limit, by no more than four times; ends by itself only when nothing held it.
pub(super) fn attempt(trial: Trial, plan: &Plan) -> End {
    match trial {
        Trial::ProcessesUnderResourceLimit | Trial::ProcessesUnderControlGroup => processes(plan, Duration::ZERO),
        Trial::Processes => processes(plan, HELD_FOR),
        Trial::Memory => memory(plan.limits.memory_bytes),
    }
}

/// Starts the plan's program again and again, and keeps what it started.
fn processes(plan: &Plan, hold_for: Duration) -> End {
    let Some((program, arguments)) = plan.argv.split_first() else { return End::Exited { code: PASSED_THE_LIMIT } };
    let most = plan.limits.processes.saturating_mul(4);
    let mut children: Vec<Child> = Vec::new();
    let mut held = false;
    for _ in 0..most {
        #[expect(clippy::disallowed_methods, reason = "this is the module that spawns")]
        let mut command = Command::new(program);
        command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(child) => children.push(child),
            Err(error) => {
                held = error.raw_os_error() == Some(libc::EAGAIN);
                break;
            }
        }
    }
    std::thread::sleep(hold_for);
    for child in &mut children {
        let _ = child.kill();
        let _ = child.wait();
    }
    if held { End::ProcessLimit } else { End::Exited { code: PASSED_THE_LIMIT } }
}

/// Takes memory and writes to it.
fn memory(limit_bytes: u64) -> End {
    const STEP_BYTES: usize = 8 << 20;
    let steps = usize::try_from(limit_bytes).unwrap_or(usize::MAX) / STEP_BYTES * 2;
    let held: Vec<Vec<u8>> =
        (0..steps.clamp(1, 64)).map(|step| vec![u8::try_from(step % 255).unwrap_or(0) + 1; STEP_BYTES]).collect();
    std::thread::sleep(HELD_FOR);
    // Looked at after the wait, so that it is held until then.
    let all_there = held.iter().all(|block| block.first().is_some_and(|byte| *byte > 0));
    End::Exited { code: if all_there { PASSED_THE_LIMIT } else { 1 } }
}
