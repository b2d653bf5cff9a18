//! The file system of the `namespaces` tier.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    unistd::{chdir, pivot_root},
};

use super::{Named, Step, plan::Mount};

/// Where the new root is put together, over a folder that every system has; only this mount namespace sees it.
const STAGE: &str = "/tmp";
/// Where the host's root is seen meanwhile.
const HOST: &str = "/host";
/// Where the new root grows meanwhile.
const ROOT: &str = "/root";

/// Replaces this process's file system by the one that `mounts` describe, read-only but for what they make writable.
///
/// The process is the first one of its own mount and process namespaces.
pub(super) fn replace(mounts: &[Mount]) -> Step<()> {
    mount_at(None, Path::new("/"), None, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None).named("make mounts private")?;
    temporary(Path::new(STAGE), "mode=0755,size=16m,nr_inodes=4096")?;
    chdir(STAGE).named("enter the stage")?;
    folder(&in_stage("host"))?;
    folder(&in_stage("root"))?;
    pivot_root(".", "host").named("turn the stage into the root")?;
    chdir("/").named("enter the new root")?;
    // A mount point of its own, for the second pivot.
    temporary(Path::new(ROOT), "mode=0755,size=16m,nr_inodes=4096")?;
    for piece in mounts {
        place(piece)?;
    }
    umount2(HOST, MntFlags::MNT_DETACH).named("let go of the host's files")?;
    chdir(ROOT).named("enter the finished root")?;
    pivot_root(".", ".").named("change to the finished root")?;
    umount2(".", MntFlags::MNT_DETACH).named("let go of the stage")?;
    chdir("/").named("enter the finished root")?;
    read_only(Path::new("/"), false)
}

fn in_stage(name: &str) -> PathBuf {
    Path::new(STAGE).join(name)
}

fn below(root: &str, path: &Path) -> PathBuf {
    Path::new(root).join(path.strip_prefix("/").unwrap_or(path))
}

fn place(piece: &Mount) -> Step<()> {
    match piece {
        Mount::Bind { host, at, writable } => bind(&below(HOST, host), &below(ROOT, at), *writable),
        Mount::Link { to, at } => {
            let at = below(ROOT, at);
            parent(&at)?;
            symlink(to, &at).named(&format!("link {}", at.display()))
        }
        Mount::Text { text, at } => {
            let at = below(ROOT, at);
            parent(&at)?;
            fs::write(&at, text).named(&format!("write {}", at.display()))
        }
        Mount::Hide { at } => {
            let nothing = below(HOST, Path::new("/dev/null"));
            mount_at(Some(&nothing), &below(ROOT, at), None, MsFlags::MS_BIND, None)
                .named(&format!("hide {}", at.display()))
        }
        Mount::Temporary { at, bytes, inodes } => {
            let at = below(ROOT, at);
            folder(&at)?;
            temporary(&at, &format!("mode=1777,size={bytes},nr_inodes={inodes}"))
        }
        Mount::Devices => devices(),
        Mount::Processes => {
            let at = below(ROOT, Path::new("/proc"));
            folder(&at)?;
            let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
            mount_at(Some(Path::new("proc")), &at, Some("proc"), flags, None).named("mount /proc")
        }
    }
}

fn bind(host: &Path, at: &Path, writable: bool) -> Step<()> {
    let step = || format!("show {}", host.strip_prefix(HOST).unwrap_or(host).display());
    let kind = fs::metadata(host).named(&step())?;
    if kind.is_dir() {
        folder(at)?;
    } else {
        parent(at)?;
        fs::write(at, "").named(&step())?;
    }
    mount_at(Some(host), at, None, MsFlags::MS_BIND | MsFlags::MS_REC, None).named(&step())?;
    set_attributes(at, if writable { NOT_PRIVILEGED } else { NOT_PRIVILEGED | libc::MOUNT_ATTR_RDONLY }, true)
        .named(&step())
}

fn devices() -> Step<()> {
    let at = below(ROOT, Path::new("/dev"));
    folder(&at)?;
    temporary(&at, "mode=0755,size=1m,nr_inodes=256")?;
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        let device = at.join(name);
        fs::write(&device, "").named("make a device's place")?;
        let flags = MsFlags::MS_BIND;
        mount_at(Some(&below(HOST, &Path::new("/dev").join(name))), &device, None, flags, None)
            .named(&format!("show /dev/{name}"))?;
    }
    for (name, to) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{to}"), at.join(name)).named("link a standard stream")?;
    }
    folder(&at.join("shm"))?;
    read_only(&at, false)
}

fn read_only(at: &Path, recursive: bool) -> Step<()> {
    set_attributes(at, libc::MOUNT_ATTR_RDONLY, recursive).named(&format!("make {} read-only", at.display()))
}

fn temporary(at: &Path, options: &str) -> Step<()> {
    mount_at(Some(Path::new("tmpfs")), at, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some(options))
        .named(&format!("mount a folder in memory at {}", at.display()))
}

fn folder(at: &Path) -> Step<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(at).named(&format!("make the folder {}", at.display()))
}

fn parent(at: &Path) -> Step<()> {
    at.parent().map_or(Ok(()), folder)
}

fn mount_at(
    source: Option<&Path>,
    at: &Path,
    kind: Option<&str>,
    flags: MsFlags,
    options: Option<&str>,
) -> nix::Result<()> {
    mount(source, at, kind, flags, options)
}

/// No set-user-id programs, no devices.
const NOT_PRIVILEGED: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Adds attributes to a mount, to all mounts below it too when `recursive`; needs Linux 5.12.
///
/// `mount(2)` cannot: it changes one mount at a time, and clears flags that a user namespace may not clear.
fn set_attributes(at: &Path, attributes: u64, recursive: bool) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(at.as_os_str().as_bytes())?;
    let change = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    #[expect(unsafe_code, reason = "no safe wrapper has mount_setattr; the path and the structure outlive the call")]
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const change,
            std::mem::size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}
