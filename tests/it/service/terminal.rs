//! The terminal's commands against a server that runs.

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::site::{Process, Site};
use crate::servers::free_port;

const SPEC: &str = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n";

/// A server and its user.
struct Desk {
    site: Site,
    port: u16,
    key: String,
    server: Option<Process>,
}

impl Desk {
    fn new(environment: &[(&str, &str)]) -> Self {
        let site = Site::new();
        site.configure("[service]\nlease_seconds = 3\n");
        fs::write(site.path().join("shop.yaml"), SPEC).unwrap();
        let mut desk = Self { site, port: free_port(), key: String::new(), server: None };
        desk.serve(environment);
        desk.key = desk.first_key();
        desk
    }

    /// The key that the server prints at its first start, shortly after it can be reached.
    fn first_key(&self) -> String {
        let began = Instant::now();
        loop {
            let printed = self.site.printed("serve");
            // The line after the key says that the key is whole.
            if let Some(key) = printed.lines().rev().skip(1).find_map(|line| line.trim().strip_prefix("samokoder_")) {
                return format!("samokoder_{key}");
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{}", self.site.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts the server, at the same address each time.
    fn serve(&mut self, environment: &[(&str, &str)]) {
        let listen = format!("127.0.0.1:{}", self.port);
        self.server = Some(self.site.start("serve", &["--listen", &listen, "--workers", "1"], environment));
        let began = Instant::now();
        while TcpStream::connect(&listen).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", self.site.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the program is run as its user runs it")]
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samokoder"));
        command.args(arguments).current_dir(self.site.path()).stdin(Stdio::null()).env_clear();
        command.env("SAMOKODER_SERVER", format!("http://127.0.0.1:{}", self.port));
        command.env("SAMOKODER_API_KEY", &self.key);
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        expect(&self.command(arguments).output().unwrap(), code)
    }

    fn submit(&self) -> String {
        self.run(&["submit", "shop.yaml", "--no-verify"], 0).trim().to_owned()
    }
}

#[track_caller]
fn expect(output: &Output, code: i32) -> String {
    let (told, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{told}{complaint}");
    format!("{told}{complaint}")
}

fn sha256(file: &Path) -> String {
    Sha256::digest(fs::read(file).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_spec_is_handed_in_followed_listed_and_fetched() {
    let desk = Desk::new(&[]);
    let told = desk.run(&["submit", "shop.yaml", "--no-verify", "--watch"], 3);
    let id = told.lines().next().unwrap().to_owned();
    assert!(told.contains("\nqueued\nrunning\n") && told.trim_end().ends_with("unverified"), "{told}");
    let listed = desk.run(&["list"], 0);
    assert!(listed.starts_with(&id) && listed.contains("unverified") && listed.contains("shop"), "{listed}");
    assert_eq!(desk.run(&["list", "--status", "running"], 0), "");
    assert_eq!(desk.run(&["list", "--name", "nothing"], 0), "");
    let downloaded = desk.run(&["download", &id], 0);
    let zip = desk.site.path().join("shop.zip");
    assert_eq!(downloaded, format!("shop.zip (sha256 {})\n", sha256(&zip)));
    assert!(fs::read(&zip).unwrap().starts_with(b"PK"));
    let watched = desk.run(&["watch", &id, "--json"], 3);
    let numbers: Vec<i64> = watched
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    assert!(desk.run(&["cancel", &id], 1).contains("409"));
}

#[test]
fn every_mistake_of_a_spec_is_told_with_its_place() {
    let desk = Desk::new(&[]);
    let wrong = "name: shop\nentities:\n  Item:\n    fields:\n      title: varchar\n      price: { type: decima }\n";
    fs::write(desk.site.path().join("wrong.yaml"), wrong).unwrap();
    let told = desk.run(&["submit", "wrong.yaml"], 2);
    assert!(told.contains("wrong.yaml:5:7:") && told.contains("`varchar` is not a type"), "{told}");
    assert!(told.contains("`decima` is not a type") && told.ends_with("2 problems; nothing was started.\n"), "{told}");
    assert_eq!(desk.run(&["list"], 0), "");
}

#[test]
fn whoever_has_no_key_is_told_where_to_get_one() {
    let desk = Desk::new(&[]);
    let none = expect(&desk.command(&["list"]).env_remove("SAMOKODER_API_KEY").output().unwrap(), 2);
    assert!(none.contains("SAMOKODER_API_KEY is not set"), "{none}");
    let wrong = expect(&desk.command(&["list"]).env("SAMOKODER_API_KEY", "guess").output().unwrap(), 1);
    assert!(wrong.contains("does not know the API key"), "{wrong}");
    let nowhere = expect(&desk.command(&["list", "--server", "ftp://example.com"]).output().unwrap(), 1);
    assert!(nowhere.contains("write it as https://host"), "{nowhere}");
}

#[test]
fn r53_a_follower_misses_nothing_when_the_server_is_killed_and_comes_back() {
    let slow = [("SAMOKODER_FAULT", "slow:200")];
    let mut desk = Desk::new(&slow);
    let id = desk.submit();
    let watching =
        desk.command(&["watch", &id, "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let generation = id.parse().unwrap();
    desk.site.until_steps(&generation, 3);
    desk.server.take().unwrap().kill();
    desk.serve(&slow);
    let watched = expect(&watching.wait_with_output().unwrap(), 3);
    let numbers: Vec<i64> = watched
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_i64().unwrap())
        .collect();
    let last = desk.site.generation(&generation).last_event;
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
}

#[test]
fn a_download_that_broke_off_goes_on_and_a_wrong_beginning_is_thrown_away() {
    let desk = Desk::new(&[]);
    let id = desk.submit();
    desk.run(&["watch", &id], 3);
    desk.run(&["download", &id, "-o", "whole.zip"], 0);
    let whole = fs::read(desk.site.path().join("whole.zip")).unwrap();
    let digest = sha256(&desk.site.path().join("whole.zip"));
    let unfinished = desk.site.path().join(format!(".again.zip.{digest:.12}.unfinished"));

    fs::write(&unfinished, &whole[..whole.len() / 2]).unwrap();
    desk.run(&["download", &id, "-o", "again.zip"], 0);
    assert_eq!(fs::read(desk.site.path().join("again.zip")).unwrap(), whole);
    assert!(!unfinished.exists());

    fs::write(&unfinished, &whole).unwrap();
    desk.run(&["download", &id, "-o", "again.zip"], 0);
    assert!(!unfinished.exists());

    fs::write(&unfinished, b"something else").unwrap();
    let told = desk.run(&["download", &id, "-o", "again.zip"], 1);
    assert!(told.contains("not the file that the server has"), "{told}");
    assert!(!unfinished.exists(), "the next try begins anew");
    desk.run(&["download", &id, "-o", "again.zip"], 0);
}
