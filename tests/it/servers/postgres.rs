//! PostgreSQL.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use super::{Watched, free_port, program, unprivileged};

/// A server with a folder of its own.
pub(crate) struct Postgres {
    folder: PathBuf,
    port: u16,
    server: Watched,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts one; it answers on return.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let data = folder.join("data");
        let made = as_nobody(&path_of("initdb"))
            .args(["--username=tester", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let server = serve(&folder, port);
        let postgres = Self { folder, port, server, databases: AtomicU32::new(0) };
        postgres.wait();
        postgres
    }

    /// Address of a new, empty database.
    pub(crate) fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = self.ask("postgres", &format!("create database {name}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://tester@127.0.0.1:{}/{name}", self.port)
    }

    /// Kills the server with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.server.kill();
        while self.answers() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again on what it left.
    pub(crate) fn restart(&mut self) {
        // A killed server's lock names a process that is gone; the backends that it left end by themselves.
        let started = Instant::now();
        loop {
            std::mem::forget(std::mem::replace(&mut self.server, serve(&self.folder, self.port)));
            let patience = Instant::now();
            while patience.elapsed() < Duration::from_secs(3) {
                if self.answers() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(started.elapsed() < Duration::from_secs(30), "{}", self.log());
        }
    }

    fn wait(&self) {
        let started = Instant::now();
        while !self.answers() {
            assert!(started.elapsed() < Duration::from_secs(30), "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        self.ask("postgres", "select 1").status.success()
    }

    fn ask(&self, database: &str, query: &str) -> std::process::Output {
        program(path_of("psql"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "tester", "-d", database, "-qtAc", query])
            .output()
            .unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }
}

fn serve(folder: &Path, port: u16) -> Watched {
    let (server, data) = (path_of("postgres"), folder.join("data"));
    let mut command = unprivileged();
    let port = port.to_string();
    let sockets = format!("unix_socket_directories={}", folder.display());
    command.extend([server.to_str().unwrap(), "-D", data.to_str().unwrap(), "-p", &port]);
    // What these tests are about is our transactions; what survives a power cut is PostgreSQL's own business.
    command.extend(["-c", &sockets, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60"]);
    Watched::start(folder, &command)
}

fn as_nobody(path: &Path) -> Command {
    let mut words = unprivileged();
    words.push(path.to_str().unwrap());
    let mut command = program(words[0]);
    command.args(&words[1..]).current_dir("/");
    command
}

/// A program of PostgreSQL's; Debian keeps them out of the search path.
fn path_of(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").map(|found| found.flatten().map(|one| one.path()).collect());
    let mut folders: Vec<PathBuf> = versions.unwrap_or_default();
    folders.sort();
    let found = folders.iter().rev().map(|folder| folder.join("bin").join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| PathBuf::from(name))
}
