//! npm's registry, as a server on loopback plays it, well and badly.

use std::{io::Write as _, time::Duration};

use samokoder::{
    domain::clock::Timestamp,
    packages::{Authorization, NpmRegistry, NpmSettings, PackageFacts, PackageRegistry as _, RegistryFailure},
};
use serde_json::{Value, json};

use crate::router::scripted_server::{Act, ScriptedServer, answer, json as json_answer};

fn document(name: &str) -> Value {
    json!({
        "name": name,
        "dist-tags": {"latest": "1.2.0"},
        "versions": {"1.0.0": {}, "1.2.0": {"hasInstallScript": true}},
        "time": {"1.0.0": "2020-01-01T00:00:00.000Z", "1.2.0": "2021-01-01T00:00:00.000Z"},
    })
}

fn settings(server: &ScriptedServer) -> NpmSettings {
    NpmSettings {
        timeout: Duration::from_millis(400),
        pause: Duration::from_millis(1),
        answer_max_bytes: 100_000,
        ..NpmSettings::new(server.url())
    }
}

async fn ask(server: &ScriptedServer, name: &str) -> Result<Option<PackageFacts>, RegistryFailure> {
    NpmRegistry::new(settings(server)).facts(name).await
}

#[tokio::test]
async fn a_package_is_asked_for_by_its_name_and_with_the_key() {
    let server = ScriptedServer::always(json_answer(200, &document("@a/thing"))).await;
    let authorization = Some(Authorization::Bearer("npm_secret".to_owned().into()));
    let registry = NpmRegistry::new(NpmSettings { authorization, ..settings(&server) });
    let facts = registry.facts("@a/thing").await.unwrap().unwrap();
    assert_eq!(facts.first_published_at, Some(Timestamp(1_577_836_800_000)));
    assert_eq!(facts.releases.len(), 2);
    assert!(facts.releases[0].has_install_scripts);
    let head = server.seen()[0].head.clone();
    assert!(head.starts_with("GET /v1/@a%2Fthing HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Bearer npm_secret\r\n"), "{head}");
    assert!(!format!("{registry:?}").contains("npm_secret"));
    assert!(server.url().contains(registry.host()));
}

/// S-78: nobody has it.
#[tokio::test]
async fn s78_a_package_that_is_not_there_is_none() {
    let server = ScriptedServer::always(answer(404, &[], "{\"error\":\"not_found\"}")).await;
    assert_eq!(ask(&server, "react-codeshift-zz-nonexistent").await, Ok(None));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = ScriptedServer::start(|_, seen| {
        if seen.head.starts_with("GET /v1/thing") {
            answer(302, &["location: /elsewhere"], "")
        } else {
            json_answer(200, &document("thing"))
        }
    })
    .await;
    assert!(ask(&server, "thing").await.unwrap_err().message.contains("redirect"));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_huge_answer_is_cut() {
    let mut huge = document("thing");
    huge["readme"] = json!("x".repeat(200_000));
    let server = ScriptedServer::always(json_answer(200, &huge)).await;
    assert!(ask(&server, "thing").await.unwrap_err().message.contains("more than 100000 bytes"));
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    zipped.write_all(&vec![b' '; 50_000_000]).unwrap();
    let zipped = zipped.finish().unwrap();
    assert!(zipped.len() < 100_000);
    let server = ScriptedServer::always(answer(200, &["content-encoding: gzip"], zipped)).await;
    assert!(ask(&server, "thing").await.unwrap_err().message.contains("more than 100000 bytes"));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_damaged_answer_is_a_sentence_and_not_asked_for_again() {
    for body in ["", "<html>", "{\"name\":\"thing\"", "{\"name\":\"other\"}", "[[[[", "\u{0}"] {
        let server = ScriptedServer::always(answer(200, &[], body)).await;
        let failure = ask(&server, "thing").await.unwrap_err();
        assert!(failure.message.contains("cannot be read"), "{body}: {failure}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_slow_or_silent_registry_is_given_up() {
    let drip = vec![
        Act::Send(b"HTTP/1.1 200 Scripted\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()),
        Act::Drip(vec![b' '; 1000], Duration::from_millis(50)),
    ];
    for acts in [vec![Act::Hang], drip] {
        let server = ScriptedServer::always(acts).await;
        assert!(ask(&server, "thing").await.unwrap_err().message.contains("within 400 ms"));
        assert_eq!(server.requests(), 3);
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_what_will_not_is_not() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => answer(503, &[], ""),
        1 => vec![Act::Reset],
        _ => json_answer(200, &document("thing")),
    })
    .await;
    assert!(ask(&server, "thing").await.unwrap().is_some());
    assert_eq!(server.requests(), 3);
    for (status, requests) in [(500, 3), (429, 3), (401, 1), (403, 1), (400, 1), (451, 1)] {
        let server = ScriptedServer::always(answer(status, &[], "secret body")).await;
        let failure = ask(&server, "thing").await.unwrap_err();
        assert!(failure.message.contains(&status.to_string()) && !failure.message.contains("secret"), "{failure}");
        assert_eq!(server.requests(), requests, "{status}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_told() {
    for address in ["", "registry", "file:///etc", "ftp://a.test/", "data:text/plain,x"] {
        let failure = NpmRegistry::new(NpmSettings::new(address)).facts("thing").await.unwrap_err();
        assert!(failure.message.contains("address"), "{address}: {failure}");
    }
}
