//! Gives privileges up, from inside, before generated code starts.

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use nix::{
    sys::{
        prctl,
        resource::{Resource, setrlimit},
        signal::Signal,
    },
    unistd::{Gid, Uid, getegid, geteuid, setgroups, setresgid, setresuid},
};

use super::{
    Named, Step,
    enter::own_user_namespace,
    plan::{INSIDE_ID, Network, Plan, UNPRIVILEGED_ID},
    seccomp::{self, Sockets},
    tree,
};
use crate::process::{Limits, Tier};

/// Processes and threads that a user may have besides those that are seen: outside of a container, say. Where they count,
/// and cannot be told from the sandbox's, the limit must leave room for them; the watch, which can, is tighter.
const UNSEEN_PROCESSES: u64 = 1024;

/// Whose root this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// The system's, or nobody's.
    Real,
    /// That of the user namespace which we made for an ordinary user.
    Own,
}

/// Gives up root, when this process has it, and moves to a user namespace of its own, where it may.
///
/// The kernel does not hold root's own processes to `RLIMIT_NPROC`, and counts other users' per user namespace. Returns
/// how many of this user's processes and threads count besides the sandbox's.
pub(super) fn drop_root(root: Root, tier: Tier) -> Step<u64> {
    let (mut uid, mut gid) = (geteuid(), getegid());
    if root == Root::Real && uid.is_root() {
        uid = Uid::from_raw(UNPRIVILEGED_ID);
        gid = Gid::from_raw(UNPRIVILEGED_ID);
        setgroups(&[]).named("give up root's groups")?;
        setresgid(gid, gid, gid).named("give up root's group")?;
        setresuid(uid, uid, uid).named("give up root")?;
        // Changing users made our own entries in /proc unwritable to us.
        prctl::set_dumpable(true).named("take hold of our own entries in /proc")?;
    } else if tier == Tier::Bubblewrap {
        // It made one already.
        return Ok(0);
    }
    if own_user_namespace(uid, gid, INSIDE_ID)? {
        return Ok(0);
    }
    if root == Root::Own {
        return Err("a second user namespace cannot be made".to_owned());
    }
    Ok(tree::threads_of(uid.as_raw()).saturating_add(UNSEEN_PROCESSES))
}

/// Makes this process invisible to debuggers of the same user, and ends it with its parent.
///
/// The status pipe lies in `/proc/<this process>/fd`: generated code must not be able to write a verdict into it.
pub(super) fn close_to_others() -> Step<()> {
    prctl::set_dumpable(false).named("close our entries in /proc")?;
    // Changing users clears it, so it is set after.
    prctl::set_pdeathsig(Signal::SIGKILL).named("tie the process to its supervisor")
}

/// Sets the limits that the kernel holds for each process, and `processes` for all of this user's.
pub(super) fn limit(limits: &Limits, processes: Option<u64>) -> Step<()> {
    let data_bytes = limits.memory_bytes.saturating_mul(2).max(limits.memory_bytes.saturating_add(1 << 30));
    let fixed = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (Resource::RLIMIT_FSIZE, limits.disk_bytes),
        (Resource::RLIMIT_DATA, data_bytes),
        (Resource::RLIMIT_MEMLOCK, 64 << 10),
        (Resource::RLIMIT_MSGQUEUE, 0),
    ];
    let processes = processes.map(|processes| (Resource::RLIMIT_NPROC, processes));
    for (resource, value) in fixed.into_iter().chain(processes) {
        let (_, most) = nix::sys::resource::getrlimit(resource).named("read a resource limit")?;
        let value = value.min(most);
        setrlimit(resource, value, value).named(&format!("set {resource:?}"))?;
    }
    if let Some(seconds) = limits.cpu_seconds {
        setrlimit(Resource::RLIMIT_CPU, seconds, seconds.saturating_add(1)).named("set RLIMIT_CPU")?;
    }
    Ok(())
}

/// Takes away files and system calls; what comes after lives with it.
pub(super) fn restrict(plan: &Plan) -> Step<()> {
    prctl::set_no_new_privs().named("give up new privileges")?;
    if plan.tier == Tier::None {
        return Ok(());
    }
    hide_files(plan)?;
    seccomp::apply(match plan.network {
        Network::None => Sockets::None,
        Network::Host if !plan.tier.has_own_files() => Sockets::Internet,
        Network::Host | Network::Loopback => Sockets::Usual,
    })
}

/// In the `landlock` tier all of it must hold; under namespaces it is a second fence, as far as the kernel has it.
fn hide_files(plan: &Plan) -> Step<()> {
    let alone = plan.tier == Tier::Landlock;
    let level = if alone { CompatLevel::HardRequirement } else { CompatLevel::BestEffort };
    // The version that can hold signals and abstract sockets back (Linux 6.12).
    let version = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(level)
        .handle_access(AccessFs::from_all(version))
        .and_then(|rules| rules.scope(Scope::from_all(version)))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(&plan.readable, AccessFs::from_read(version))))
        .and_then(|rules| rules.add_rules(path_beneath_rules(&plan.writable, AccessFs::from_all(version))))
        .and_then(landlock::RulesetCreated::restrict_self)
        .named("hide files with landlock (version 6, Linux 6.12, is needed where there are no namespaces)")?;
    if alone && status.ruleset != RulesetStatus::FullyEnforced {
        return Err("landlock holds only a part of what is asked; version 6, Linux 6.12, is needed".to_owned());
    }
    Ok(())
}
