//! `samokoder gateway` as an operator runs it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
};

/// A folder that stands for the operator's home, and nothing of the real one.
pub(crate) struct Home(tempfile::TempDir);

/// A gateway that listens.
pub(crate) struct Serving {
    child: Child,
    address: String,
    /// What it says on standard error, until it ends.
    saying: thread::JoinHandle<String>,
}

impl Home {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A key that is made, and the lines of the configuration file by which the gateway knows it.
    pub(crate) fn new_key(&self, name: &str) -> (String, String) {
        let made = self.run(&["--new-key", name]);
        assert_eq!(made.status.code(), Some(0));
        let printed = text(&made.stdout);
        let key = printed.split_whitespace().find(|word| word.starts_with("sk-samokoder-")).unwrap();
        let (_, config) = printed.split_at(printed.find("[[gateway.keys]]").unwrap());
        (key.to_owned(), config.to_owned())
    }

    /// A gateway that listens, with more in its environment.
    pub(crate) fn serve_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Serving {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut saying = BufReader::new(child.stderr.take().unwrap());
        let (tell, told) = mpsc::channel();
        // Read all the time: a gateway whose words nobody takes stands still when the pipe is full.
        let saying = thread::spawn(move || {
            let mut said = String::new();
            let mut line = String::new();
            while saying.read_line(&mut line).unwrap() > 0 {
                if let Some((_, address)) = line.split_once("address=") {
                    // Whoever waited has heard it the first time.
                    let _ = tell.send(address.split_whitespace().next().unwrap().to_owned());
                }
                said.push_str(&line);
                line.clear();
            }
            said
        });
        let address = told.recv().expect("it does not listen");
        Serving { child, address, saying }
    }
}

impl Serving {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Stops it by its signal; says what it said.
    pub(crate) fn stop(mut self) -> String {
        let pid = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let said = self.saying.join().unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        said
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
    let (key, config) = home.new_key("team-a");
    std::fs::write(home.path().join("samokoder.toml"), config).unwrap();

    let serving = home.serve_with(&["--config", "samokoder.toml", "--listen", "127.0.0.1:0"], &[]);
    let address = serving.address();
    let models = "GET /v1/models HTTP/1.1";
    assert!(ask(address, models).starts_with("HTTP/1.1 401 "));
    assert!(ask(address, &format!("{models}\r\nauthorization: Bearer {key}")).starts_with("HTTP/1.1 200 "));
    assert!(ask(address, "GET /healthz HTTP/1.1").starts_with("HTTP/1.1 200 "));

    let said = serving.stop();
    assert!(said.contains("stopped"), "{said}");
    assert!(!said.contains(&key), "{said}");
}

#[test]
fn s74_a_gateway_that_crashes_leaves_no_core_file_with_its_keys() {
    let home = Home::new();
    let serving = home.serve_with(&["--listen", "127.0.0.1:0"], &[]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.child.id())).unwrap();
    serving.stop();
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
