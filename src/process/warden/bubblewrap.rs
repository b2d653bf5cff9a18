//! The arguments that make bubblewrap build the same file system and namespaces.

use std::{
    ffi::OsString,
    io::{Seek, Write},
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
};

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::{
    Named, Step, WARDEN_COMMAND, descriptors,
    plan::{INSIDE_ID, Mount, Network, Plan},
};

/// Where bubblewrap's sandbox sees our own executable.
const EXECUTABLE_INSIDE: &str = "/run/sandbox-init";

/// Bubblewrap's arguments, and what must stay open until it is started.
pub(super) struct Arguments {
    pub(super) list: Vec<OsString>,
    pub(super) texts: Vec<OwnedFd>,
}

/// Writes the arguments for a plan; `is_root` says whether bubblewrap is started by root.
pub(super) fn arguments(plan: &Plan, status: i32, is_root: bool) -> Step<Arguments> {
    let mut made = Arguments { list: Vec::new(), texts: Vec::new() };
    made.push(&["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]);
    if plan.network != Network::Host {
        made.push(&["--unshare-net"]);
    }
    made.push(&["--hostname", "sandbox", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"]);
    made.push(&["--cap-drop", "ALL"]);
    if is_root {
        // Our first process gives root up itself: that way a folder which only root can reach is bound before.
        made.push(&["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]);
    } else {
        let inside = INSIDE_ID.to_string();
        made.push(&["--unshare-user", "--uid", &inside, "--gid", &inside]);
    }
    for mount in &plan.mounts {
        if let Some(at) = mount.at() {
            made.parents(at);
        }
        made.mount(mount)?;
    }
    let executable = Path::new(EXECUTABLE_INSIDE);
    made.parents(executable);
    made.bind("--ro-bind", &plan.executable, executable);
    made.push(&["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]);
    made.push(&[EXECUTABLE_INSIDE, WARDEN_COMMAND, "init", &status.to_string()]);
    Ok(made)
}

impl Arguments {
    fn push(&mut self, arguments: &[&str]) {
        self.list.extend(arguments.iter().map(OsString::from));
    }

    fn bind(&mut self, how: &str, host: &Path, at: &Path) {
        self.list.extend([how.into(), host.into(), at.into()]);
    }

    /// Makes the folders above a place: those that bubblewrap has to make by itself, only its own user may enter.
    fn parents(&mut self, at: &Path) {
        let mut folders: Vec<&Path> = at.ancestors().skip(1).filter(|folder| *folder != Path::new("/")).collect();
        folders.reverse();
        for folder in folders {
            self.push(&["--perms", "0755", "--dir"]);
            self.list.push(folder.into());
        }
    }

    fn mount(&mut self, mount: &Mount) -> Step<()> {
        match mount {
            Mount::Bind { host, at, writable } => self.bind(if *writable { "--bind" } else { "--ro-bind" }, host, at),
            Mount::Link { to, at } => self.bind("--symlink", to, at),
            Mount::Text { text, at } => {
                let number = self.text(text)?;
                self.push(&["--perms", "0444"]);
                self.bind("--ro-bind-data", Path::new(&number), at);
            }
            Mount::Hide { at } => self.bind("--dev-bind", Path::new("/dev/null"), at),
            Mount::Temporary { at, bytes, .. } => {
                self.push(&["--perms", "1777", "--size", &bytes.to_string(), "--tmpfs"]);
                self.list.push(at.into());
            }
            Mount::Devices => self.push(&["--dev", "/dev"]),
            Mount::Processes => self.push(&["--proc", "/proc"]),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Step<String> {
        let memory = memfd_create(c"sandbox-text", MFdFlags::MFD_CLOEXEC).named("make a file in memory")?;
        let mut file = std::fs::File::from(memory);
        file.write_all(text.as_bytes()).and_then(|()| file.rewind()).named("write a file in memory")?;
        descriptors::pass(&file)?;
        let number = file.as_raw_fd().to_string();
        self.texts.push(file.into());
        Ok(number)
    }
}
