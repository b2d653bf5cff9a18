//! System calls that generated code does not get.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

use super::{Named, Step};

/// Ways to more privileges, to other processes, to the kernel's rarely used corners, and to memory that no limit counts.
const REFUSED: &[c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_madvise,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_shmget,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// Calls for which "not implemented" is the answer that programs know how to live with.
const MISSING: &[c_long] = &[
    // Its flags lie in memory, where a filter cannot look; the older `clone` does the same with flags in a register.
    libc::SYS_clone3,
    // A file in memory that no limit counts.
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
];

/// Socket families that a network namespace does not hold back, or that only reach the kernel's corners.
const REFUSED_FAMILIES: &[i32] = &[libc::AF_VSOCK, libc::AF_ALG, libc::AF_PACKET, libc::AF_BLUETOOTH, libc::AF_TIPC];

const NAMESPACES: &[i32] = &[
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
];

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Which sockets a command may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sockets {
    /// Those that its network namespace holds.
    Usual,
    /// The internet's; not local ones, which would reach the host's services by path.
    Internet,
    /// None.
    None,
}

/// Takes the calls away from this process and all that it starts, for good.
pub(super) fn apply(sockets: Sockets) -> Step<()> {
    install(refused(sockets)?, libc::EPERM)?;
    install(MISSING.iter().map(|call| (*call, Vec::new())).collect(), libc::ENOSYS)
}

fn refused(sockets: Sockets) -> Step<Rules> {
    let mut rules: Rules = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    let namespaces = NAMESPACES.iter().map(|flag| {
        let flag = u64::from(flag.unsigned_abs());
        rule(0, SeccompCmpOp::MaskedEq(flag), flag, SeccompCmpArgLen::Dword)
    });
    rules.insert(libc::SYS_clone, namespaces.collect::<Step<_>>()?);
    // Limits of other processes; its own are every process's affair.
    rules.insert(libc::SYS_prlimit64, vec![rule(0, SeccompCmpOp::Ne, 0, SeccompCmpArgLen::Dword)?]);
    // Typing into a terminal that somebody reads.
    let typing = [libc::TIOCSTI, libc::TIOCLINUX].into_iter();
    let typing = typing.map(|request| rule(1, SeccompCmpOp::Eq, request, SeccompCmpArgLen::Dword));
    rules.insert(libc::SYS_ioctl, typing.collect::<Step<_>>()?);
    let mut families = REFUSED_FAMILIES.to_vec();
    match sockets {
        Sockets::Usual => {}
        Sockets::Internet => families.push(libc::AF_UNIX),
        Sockets::None => families.clear(),
    }
    let families = families
        .into_iter()
        .map(|family| rule(0, SeccompCmpOp::Eq, u64::from(family.unsigned_abs()), SeccompCmpArgLen::Dword));
    // Without a rule the call is refused whatever its arguments are.
    rules.insert(libc::SYS_socket, families.collect::<Step<_>>()?);
    Ok(rules)
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64, length: SeccompCmpArgLen) -> Step<SeccompRule> {
    let condition = SeccompCondition::new(argument, length, operator, value).named("write a system call rule")?;
    SeccompRule::new(vec![condition]).named("write a system call rule")
}

fn install(rules: Rules, error: i32) -> Step<()> {
    let architecture = std::env::consts::ARCH.try_into().named("filter system calls of this processor")?;
    let answer = SeccompAction::Errno(error.unsigned_abs());
    let filter = SeccompFilter::new(with_second_abi(rules), SeccompAction::Allow, answer, architecture);
    let program: BpfProgram = filter.and_then(BpfProgram::try_from).named("compile the system call filter")?;
    apply_filter(&program).named("install the system call filter")
}

/// The x32 calling convention shares the architecture's name but numbers its calls apart.
#[cfg(target_arch = "x86_64")]
fn with_second_abi(rules: Rules) -> Rules {
    const X32: c_long = 0x4000_0000;
    let second: Vec<_> = rules.iter().map(|(call, rules)| (call | X32, rules.clone())).collect();
    rules.into_iter().chain(second).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn with_second_abi(rules: Rules) -> Rules {
    rules
}
