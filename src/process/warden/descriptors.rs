//! Open descriptors: which ones pass to a new program.

use std::{
    fs::File,
    io::Write,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd},
};

use nix::{
    fcntl::{FcntlArg, FdFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
};

use super::{Named, Step, plan::Status};

/// Keeps every descriptor but the standard three from passing to programs that this process starts.
///
/// Ours are opened that way; those that came with us (from a shell, a service supervisor) may not be.
pub(super) fn keep_all() -> Step<()> {
    // Read to the end first: the listing has a descriptor of its own.
    let open: Vec<RawFd> = std::fs::read_dir("/proc/self/fd")
        .named("list open descriptors")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        #[expect(
            unsafe_code,
            reason = "the number comes from the kernel's list; a stale one makes fcntl fail, no more"
        )]
        let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
        // The listing's own descriptor is gone by now.
        let _ = fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
    }
    Ok(())
}

/// Lets a descriptor pass to the next program that is started.
pub(super) fn pass(descriptor: &impl AsFd) -> Step<()> {
    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::empty())).named("pass a descriptor on")?;
    Ok(())
}

/// Where the sandbox's first process reports to the supervisor.
pub(super) struct StatusPipe(File);

impl StatusPipe {
    /// Takes over the descriptor that came with us under this number.
    pub(super) fn from_number(number: &str) -> Option<Self> {
        let number: RawFd = number.parse().ok().filter(|number| *number > 2)?;
        #[expect(
            unsafe_code,
            reason = "the supervisor opened this descriptor for us alone and named it as an argument"
        )]
        let owned = unsafe { OwnedFd::from_raw_fd(number) };
        fcntl(&owned, FcntlArg::F_GETFD).is_ok().then(|| Self(File::from(owned)))
    }

    /// Tells the supervisor; false when nobody listens any more.
    pub(super) fn tell(&mut self, status: &Status) -> bool {
        let Ok(mut line) = serde_json::to_vec(status) else { return false };
        line.push(b'\n');
        self.0.write_all(&line).is_ok()
    }

    /// Whether the supervisor still listens.
    pub(super) fn is_heard(&self) -> bool {
        let mut polled = [PollFd::new(self.0.as_fd(), PollFlags::empty())];
        let _ = poll(&mut polled, PollTimeout::ZERO);
        !polled.iter().any(|polled| {
            polled.revents().is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLNVAL))
        })
    }

    /// The descriptor's number.
    pub(super) fn number(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// As [`pass`], by number.
pub(super) fn pass_number(number: RawFd) -> Step<()> {
    #[expect(unsafe_code, reason = "the number is that of a descriptor which the caller holds open")]
    let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
    pass(&borrowed)
}
