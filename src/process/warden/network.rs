//! The loopback of a new network namespace, which the kernel makes switched off.

use std::os::fd::AsRawFd;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use super::{Named, Step};

/// Switches the loopback on.
pub(super) fn raise_loopback() -> Step<()> {
    let step = "switch the loopback on";
    let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None).named(step)?;
    #[expect(unsafe_code, reason = "the structure is plain data, for which zeroes are a value")]
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    // The flags are few and low: they fit.
    request.ifr_ifru.ifru_flags = i16::try_from(libc::IFF_UP).named(step)?;
    #[expect(unsafe_code, reason = "no safe wrapper has SIOCSIFFLAGS; the structure outlives the call")]
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request) };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()).named(step) }
}
