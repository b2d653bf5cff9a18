//! Keys, and who is let in.

use serde_json::json;

use super::running::{Reply, Running, running};

/// P-26, P-34: loopback included.
#[tokio::test]
async fn p_26_nobody_is_let_in_without_a_valid_key() {
    let service = running().await;
    let (start, end) = service.key.split_at(30);
    let mistyped = format!("{start}{}{}", if end.starts_with('a') { 'b' } else { 'a' }, end.split_at(1).1);
    let long = "x".repeat(100_000);
    for key in ["nonsense", "", &mistyped, "samokoder_000000000000_"] {
        let reply = Reply::of(service.ask_as(key, "GET", "/v1/generations")).await;
        reply.assert_fault(401, "unauthorized");
        assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"samokoder\", error=\"invalid_token\"");
    }
    let bare = Reply::of(service.bare("GET", "/v1/generations")).await;
    bare.assert_fault(401, "unauthorized");
    let in_query = Reply::of(service.bare("GET", &format!("/v1/generations?access_token={}", service.key))).await;
    in_query.assert_fault(401, "unauthorized");
    // P-28.
    let huge = Reply::of(service.ask_as(&long, "GET", "/v1/generations")).await;
    assert!([401, 431].contains(&huge.status), "{}", huge.status);
    Reply::of(service.bare("GET", "/nowhere")).await.assert_fault(401, "unauthorized");
    for path in ["/health", "/ready", "/openapi.json", "/docs", "/docs.js", "/docs.css", "/problems/not_found"] {
        assert_eq!(Reply::of(service.bare("GET", path)).await.status, 200, "{path}");
    }
}

async fn make(service: &Running, name: &str) -> serde_json::Value {
    let made = service.post("/v1/keys", &json!({ "name": name })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

/// P-30.
#[tokio::test]
async fn p_30_a_key_is_shown_once() {
    let service = running().await;
    let made = make(&service, "ci").await;
    let key = made["key"].as_str().unwrap();
    assert_eq!(Reply::of(service.ask_as(key, "GET", "/v1/generations")).await.status, 200);
    let listed = service.get("/v1/keys").await;
    assert!(!listed.text().contains(key) && !listed.text().contains(&service.key));
    let row = listed.json()["items"][1].clone();
    assert_eq!((&row["name"], row["last_four"].as_str().unwrap()), (&json!("ci"), key.split_at(key.len() - 4).1));
    assert!(key.starts_with(row["prefix"].as_str().unwrap()));
    let bytes = std::fs::read(service.folder.path().join("records.db-wal")).unwrap();
    let secret = &key.as_bytes()[key.len() - 49..];
    assert!(!bytes.windows(secret.len()).any(|window| window == secret), "the records hold the key");
}

#[tokio::test]
async fn a_revoked_key_is_good_for_nothing_at_once() {
    let service = running().await;
    let made = make(&service, "ci").await;
    let key = made["key"].as_str().unwrap();
    assert_eq!(Reply::of(service.ask_as(key, "GET", "/v1/keys")).await.status, 200);
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(Reply::of(service.ask("DELETE", &path)).await.status, 204);
    Reply::of(service.ask_as(key, "GET", "/v1/keys")).await.assert_fault(401, "unauthorized");
    assert_eq!(Reply::of(service.ask("DELETE", &path)).await.status, 204);
    Reply::of(service.ask("DELETE", "/v1/keys/000000000000")).await.assert_fault(404, "not_found");
}

/// P-35.
#[tokio::test]
async fn p_35_the_use_of_a_key_is_written_once_a_minute() {
    let service = running().await;
    let database = rusqlite::Connection::open(service.folder.path().join("records.db")).unwrap();
    let version = || database.query_row("pragma data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(service.get("/v1/keys").await.status, 200);
    let used: Option<i64> = database.query_row("select last_used_at from api_keys", [], |row| row.get(0)).unwrap();
    assert!(used.is_some());
    let before = version();
    for _ in 0..1000 {
        assert_eq!(service.get("/v1/templates").await.status, 200);
    }
    assert_eq!(version(), before, "something was written");
}
