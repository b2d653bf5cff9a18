//! Real servers of other people's, started by the tests on ports of their own and gone with the test process.

mod postgres;
mod s3;

use std::{
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

pub(crate) use postgres::Postgres;
pub(crate) use s3::S3;

/// Ends the server, and removes its folder, when whoever started it is gone, however it went: its standard input ends then.
const WATCHED: &str = r#"
folder=$1; shift
"$@" </dev/null >"$folder/server.log" 2>&1 &
server=$!
while read -r order; do
  case $order in
    # Waited for, since a dead server that nobody asked after still counts as one that runs.
    kill) kill -KILL "$server"; wait "$server" ;;
  esac
done 2>/dev/null
kill -KILL "$server" 2>/dev/null
rm -rf "$folder"
"#;

/// A server under watch.
pub(crate) struct Watched {
    watcher: Child,
}

impl Watched {
    pub(crate) fn start(folder: &Path, server: &[&str]) -> Self {
        let watcher = program("sh")
            .args(["-c", WATCHED, "sh"])
            .arg(folder)
            .args(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { watcher }
    }

    /// Kills the server with SIGKILL and leaves what it wrote.
    pub(crate) fn kill(&mut self) {
        writeln!(self.watcher.stdin.as_mut().unwrap(), "kill").unwrap();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A program of the machine's.
#[expect(clippy::disallowed_methods, reason = "the tests run other people's programs")]
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(name)
}

/// A port that nobody listens at; somebody else may be faster, which the server then says.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What runs a program as somebody who is not root, which PostgreSQL asks for.
pub(crate) fn unprivileged() -> Vec<&'static str> {
    if nix::unistd::Uid::effective().is_root() {
        vec!["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    } else {
        Vec::new()
    }
}
