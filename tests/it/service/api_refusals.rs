//! Everything that is refused, in one form.

use std::sync::Arc;

use samokoder::{
    agents::NoModels,
    api::service::{BODY_CAP_BYTES, CrossOrigin, Settings, SettingsError},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::running::{Reply, Running, SPEC, running, start};

const SECURITY: [&str; 6] = [
    "cache-control",
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "strict-transport-security",
    "referrer-policy",
];

/// P-60.
#[tokio::test]
async fn p_60_a_body_of_ten_mebibytes_is_read_and_one_byte_more_is_not() {
    let service = running().await;
    let padded = |bytes: usize| format!("{SPEC}#{}", "x".repeat(bytes - SPEC.len() - 1));
    let most = Reply::of(service.submit(&padded(BODY_CAP_BYTES))).await;
    assert_eq!(most.status, 202, "{}", most.text());
    Reply::of(service.submit(&padded(BODY_CAP_BYTES + 1))).await.assert_fault(413, "body_too_large");
}

/// P-60: neither a length nor pieces without one get more than that into memory.
#[tokio::test]
async fn p_60_the_rest_of_too_large_a_body_is_not_read() {
    let service = running().await;
    let head = format!(
        "POST /v1/generations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: text/yaml\r\n",
        service.key
    );
    let announced = converse(&service, &format!("{head}content-length: 99999999999\r\n\r\n"), 0).await;
    assert!(announced.starts_with("HTTP/1.1 413 "), "{announced}");
    let pieces = converse(&service, &format!("{head}transfer-encoding: chunked\r\n\r\n"), 12).await;
    assert!(pieces.starts_with("HTTP/1.1 413 "), "{pieces}");
    assert!(pieces.to_ascii_lowercase().contains("connection: close"));
}

/// Sends a head and pieces of a mebibyte, and reads what comes back until the end of the connection.
async fn converse(service: &Running, head: &str, pieces: usize) -> String {
    let mut stream = tokio::net::TcpStream::connect(service.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = [b"100000\r\n".as_slice(), &vec![b'#'; 0x10_0000], b"\r\n"].concat();
    for _ in 0..pieces {
        // It may be refused before it has all been sent.
        if stream.write_all(&piece).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    // The connection may be cut while the rest is still under way.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// P-61.
#[tokio::test]
async fn p_61_other_types_and_other_characters_are_not_read() {
    let service = running().await;
    let bare = service.ask("POST", "/v1/generations").body(SPEC);
    Reply::of(bare).await.assert_fault(415, "content_type");
    for media_type in ["application/json; charset=utf-16", "application/xml", "nonsense", ""] {
        let request = service.ask("POST", "/v1/generations").header("content-type", media_type).body("{}");
        Reply::of(request).await.assert_fault(415, "content_type");
    }
    let packed = service.submit(SPEC).header("content-encoding", "gzip");
    let reply = Reply::of(packed).await;
    reply.assert_fault(415, "content_encoding");
    assert_eq!(reply.header("accept-encoding"), "identity");
}

/// P-62.
#[tokio::test]
async fn p_62_unknown_addresses_and_methods_are_told_apart() {
    let service = running().await;
    service.get("/nowhere").await.assert_fault(404, "not_found");
    let reply = Reply::of(service.ask("PUT", "/v1/generations")).await;
    reply.assert_fault(405, "method_not_allowed");
    let mut allowed: Vec<&str> = reply.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    let reply = Reply::of(service.ask("GET", "/v1/generations").header("accept", "application/xml")).await;
    reply.assert_fault(406, "not_acceptable");
}

/// P-63.
#[tokio::test]
async fn p_63_a_panic_is_told_by_the_requests_identity_alone() {
    let service = running().await;
    let spec = SPEC.replace("name: shop", "name: panic");
    let location = Reply::of(service.submit(&spec)).await.header("location").to_owned();
    let reply = service.get(&format!("{location}/files")).await;
    reply.assert_fault(500, "internal");
    assert!(!reply.text().contains("wants a panic"));
    assert_eq!(reply.header("x-request-id").len(), 36);
    assert_eq!(service.get(&location).await.status, 200);
}

/// P-64.
#[tokio::test]
async fn p_64_every_kind_of_error_has_a_page() {
    let service = running().await;
    let codes = include_str!("../../../src/api/service/codes.rs");
    let names = codes
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split('"').nth(1))
        .filter(|name| !name.contains(' '));
    let names: Vec<&str> = names.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let page = Reply::of(service.bare("GET", &format!("/problems/{name}"))).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{name}");
    }
    Reply::of(service.bare("GET", "/problems/other")).await.assert_fault(404, "not_found");
}

#[tokio::test]
async fn json_with_two_meanings_is_refused() {
    let service = running().await;
    for body in [r#"{"name":"a","name":"b"}"#, "{", "", &"[".repeat(100_000)] {
        let request = service.ask("POST", "/v1/projects").header("content-type", "application/json");
        Reply::of(request.body(body.to_owned())).await.assert_fault(400, "invalid_request");
    }
    for body in ["[]", "{}", r#"{"name":5}"#, r#"{"name":""}"#, r#"{"name":"a","colour":"red"}"#] {
        let request = service.ask("POST", "/v1/projects").header("content-type", "application/json");
        Reply::of(request.body(body)).await.assert_fault(422, "invalid_field");
    }
}

/// P-53.
#[tokio::test]
async fn p_53_every_answer_has_the_headers_of_safety() {
    let service = running().await;
    let id = service.accepted().await;
    let mut replies = Vec::new();
    for path in ["/v1/generations", "/nowhere", "/health", "/docs", &format!("/v1/generations/{id}/artifact")] {
        replies.push(service.get(path).await);
    }
    replies.push(Reply::of(service.bare("GET", "/v1/generations")).await);
    for reply in replies {
        for name in SECURITY {
            assert!(!reply.header(name).is_empty(), "{name} is missing: {reply:?}");
        }
        assert!(!reply.header("x-request-id").is_empty());
    }
}

fn shared_with(origins: &[&str], credentials: bool) -> Settings {
    let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    Settings { cross_origin: CrossOrigin { origins, credentials }, ..Settings::default() }
}

/// P-50, P-51.
#[tokio::test]
async fn p_50_an_allowed_origin_may_ask_and_p_51_no_other() {
    let service = start(shared_with(&["https://app.example.com"], false), Arc::new(NoModels)).await;
    let preflight = |origin: &str| {
        let request = service.bare("OPTIONS", "/v1/generations").header("origin", origin);
        request.header("access-control-request-method", "POST")
    };
    let reply = Reply::of(preflight("https://app.example.com")).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), "https://app.example.com");
    assert!(reply.header("vary").contains("Origin"));
    assert!(reply.header("access-control-allow-headers").contains("Idempotency-Key"));
    assert!(!reply.header("access-control-max-age").is_empty());
    let others = ["https://app.example.com.evil.test", "http://app.example.com", "null", "https://evilapp.example.com"];
    for origin in others {
        for request in [preflight(origin), service.ask("GET", "/v1/generations").header("origin", origin)] {
            let reply = Reply::of(request).await;
            assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{origin}");
            assert!(reply.header("vary").contains("Origin"));
        }
    }
}

/// P-52.
#[tokio::test]
async fn p_52_every_origin_with_credentials_is_no_setting() {
    let service = running().await;
    let reply = Reply::of(service.ask("GET", "/health").header("origin", "https://app.example.com")).await;
    assert_eq!(reply.header("access-control-allow-origin"), "");
    for (origins, credentials) in [(["*"], true), (["https://a.example/path"], false), (["nonsense"], false)] {
        assert!(super::running::refused(shared_with(&origins, credentials)).await.is_some());
    }
    let refused = super::running::refused(shared_with(&["*"], true)).await;
    assert_eq!(refused, Some(SettingsError::EveryOriginWithCredentials));
}
