use std::{collections::VecDeque, io, net::IpAddr, sync::Mutex, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use reqwest::dns::Resolve as _;
use tokio::net::TcpListener;

use super::*;
use crate::router::{
    failure::Failure,
    provider::Provider,
    transport::{Outgoing, Timeouts, Transport},
};

/// Answers one after the other; the last one again and again.
struct Answers(Mutex<VecDeque<Vec<&'static str>>>);

impl Answers {
    fn of(answers: &[&[&'static str]]) -> Self {
        Self(Mutex::new(answers.iter().map(|answer| answer.to_vec()).collect()))
    }
}

impl Lookup for Answers {
    fn addresses<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        async move { Ok(answer.into_iter().map(|address| address.parse().unwrap()).collect()) }.boxed()
    }
}

async fn resolved(addresses: &PublicAddresses) -> Option<Vec<String>> {
    let found = addresses.resolve("model.example".parse().unwrap()).await.ok()?;
    Some(found.map(|address| address.ip().to_string()).collect())
}

/// A provider of a user's.
fn provider(base_url: &str) -> Provider {
    let row = "title = 'Theirs'\ndialect = 'openai_chat'\naddress = 'public'";
    let mut provider: Provider = toml::from_str(&format!("{row}\nbase_url = '{base_url}'")).unwrap();
    provider.name = "theirs".to_owned();
    provider
}

async fn ask(transport: &Transport) -> Failure {
    let second = Duration::from_secs(1);
    let outgoing = Outgoing {
        path: "/chat/completions",
        headers: &[],
        authorization: None,
        body: Vec::new(),
        timeouts: Timeouts { first_byte: second, idle: second, total: second },
    };
    transport.send(outgoing).await.unwrap_err()
}

#[tokio::test]
async fn s66_of_two_answers_only_the_public_one_is_connected_to() {
    let mixed = PublicAddresses::over(Answers::of(&[&["8.8.8.8", "127.0.0.1", "2606:4700:4700::1111", "::1"]]));
    assert_eq!(resolved(&mixed).await.unwrap(), ["8.8.8.8", "2606:4700:4700::1111"]);
}

/// What was public when it was checked is what is connected to; the next connection is checked anew.
#[tokio::test]
async fn s66_a_name_that_changes_its_address_is_refused_from_then_on() {
    let rebinding = PublicAddresses::over(Answers::of(&[&["8.8.8.8"], &["127.0.0.1"]]));
    assert_eq!(resolved(&rebinding).await.unwrap(), ["8.8.8.8"]);
    assert_eq!(resolved(&rebinding).await, None);
}

#[tokio::test]
async fn s60_s61_a_name_of_the_operators_network_gets_no_packet() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for address in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "172.31.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "198.19.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "2001:db8::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ] {
        let answers: &[&'static str] = &[address];
        let transport =
            Transport::with_lookup(&provider(&format!("https://model.example:{port}/v1")), Answers::of(&[answers]))
                .unwrap();
        let failure = ask(&transport).await;
        assert_eq!(failure.code.as_deref(), Some("url_not_allowed"), "{address}: {failure:?}");
        assert!(!failure.message.contains(address), "what a name resolves to is not told: {}", failure.message);
    }
    let came = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(came.is_err(), "somebody connected");
}

#[tokio::test]
async fn s60_the_machines_own_lookup_is_checked_too() {
    let transport = Transport::with_lookup(&provider("https://localhost.example/v1"), Loopback).unwrap();
    assert_eq!(ask(&transport).await.code.as_deref(), Some("url_not_allowed"));
}

/// Any name is this machine's.
struct Loopback;

impl Lookup for Loopback {
    fn addresses<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        MachineLookup.addresses("localhost")
    }
}

#[test]
fn s60_s64_an_address_in_a_url_is_refused_before_anything_is_sent() {
    for url in
        ["https://169.254.169.254/latest", "https://localhost/v1", "https://[::ffff:127.0.0.1]", "file:///etc/passwd"]
    {
        let refused = Transport::new(&provider(url)).unwrap_err().to_string();
        assert!(refused.starts_with("base_url of the provider theirs cannot be used"), "{refused}");
    }
    let with = |change: fn(&mut Provider)| {
        let mut provider = provider("https://model.example/v1");
        change(&mut provider);
        Transport::new(&provider).unwrap_err().to_string()
    };
    let told = with(|provider| provider.token_url = Some("https://127.0.0.1/oauth".to_owned()));
    assert!(told.starts_with("token_url of the provider theirs"), "{told}");
    let told = with(|provider| provider.proxy = Some("http://proxy.example:8080".to_owned()));
    assert!(told.starts_with("proxy of the provider theirs"), "{told}");
}
