//! `samokoder gateway` as an operator runs it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

/// A folder that stands for the operator's home, and nothing of the real one.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("gateway-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "the program is run as its operator runs it")]
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samokoder"));
        command.arg("gateway").args(arguments).env_clear().env("HOME", self.0.path()).current_dir(self.0.path());
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A gateway that listens, its address, and what it still says.
    fn serve(&self, arguments: &[&str]) -> (Child, String, BufReader<std::process::ChildStderr>) {
        let mut child = self.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.split("address=").nth(1).unwrap_or_else(|| panic!("it does not listen: {line}"));
        let address = address.split_whitespace().next().unwrap().to_owned();
        (child, address, said)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn ask(address: &str, head: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "{head}\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut heard = String::new();
    connection.read_to_string(&mut heard).unwrap();
    heard
}

#[test]
fn a_key_that_was_made_opens_the_gateway_and_the_signal_ends_it() {
    let home = Home::new();
    let made = home.run(&["--new-key", "team-a"]);
    assert_eq!(made.status.code(), Some(0));
    let printed = text(&made.stdout);
    let key = printed.split_whitespace().find(|word| word.starts_with("sk-samokoder-")).unwrap();
    let (_, config) = printed.split_at(printed.find("[[gateway.keys]]").unwrap());
    std::fs::write(home.0.path().join("samokoder.toml"), config).unwrap();

    let (mut child, address, mut said) = home.serve(&["--config", "samokoder.toml", "--listen", "127.0.0.1:0"]);
    let models = "GET /v1/models HTTP/1.1";
    assert!(ask(&address, models).starts_with("HTTP/1.1 401 "));
    assert!(ask(&address, &format!("{models}\r\nauthorization: Bearer {key}")).starts_with("HTTP/1.1 200 "));
    assert!(ask(&address, "GET /healthz HTTP/1.1").starts_with("HTTP/1.1 200 "));

    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.contains("stopped"), "{rest}");
    assert!(!rest.contains(key), "{rest}");
}

#[test]
fn a_gateway_that_crashes_leaves_no_core_file_with_its_keys() {
    let (mut child, _address, _said) = Home::new().serve(&["--listen", "127.0.0.1:0"]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
}

#[test]
fn what_cannot_be_started_says_why() {
    let home = Home::new();
    let open = home.run(&["--listen", "0.0.0.0:0"]);
    assert_eq!(open.status.code(), Some(2));
    assert!(text(&open.stderr).contains("spend your money"), "{}", text(&open.stderr));
    let name = home.run(&["--new-key", "team a"]);
    assert_eq!(name.status.code(), Some(2));
    assert!(text(&name.stderr).contains("\"team a\" has not"), "{}", text(&name.stderr));
}
