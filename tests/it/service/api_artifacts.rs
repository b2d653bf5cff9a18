//! Fetching what was delivered.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use samokoder::{
    domain::{digest::Digest, generation::Status, id::GenerationId},
    store::End,
};
use sha2::{Digest as _, Sha256};

use super::running::{Reply, Running, running};

/// Delivers bytes as a generation's ZIP.
pub(super) async fn deliver(service: &Running, bytes: &[u8]) -> GenerationId {
    let id = service.accepted().await;
    let claim = service.claim(&id).await;
    let file = service.folder.path().join("shop.zip");
    std::fs::write(&file, bytes).unwrap();
    let artifact = service.storage.keep_artifact(&id, 1, (&file, &Digest::of(bytes), 7)).await.unwrap();
    let report = r#"{"state":"succeeded","checks":[{"id":"build","title":"Build","verdict":{"verdict":"passed"}}]}"#;
    let end = End::Delivered { status: Status::Succeeded, artifact, report: report.to_owned() };
    assert!(service.records.end(&claim, &end).await.unwrap());
    id
}

/// P-80.
#[tokio::test]
async fn p_80_a_download_says_what_it_is() {
    let service = running().await;
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let id = deliver(&service, &bytes).await;
    let reply = service.get(&format!("/v1/generations/{id}/artifact")).await;
    assert_eq!((reply.status, reply.body == bytes), (200, true));
    assert_eq!(reply.header("content-type"), "application/zip");
    assert_eq!(reply.header("content-length"), bytes.len().to_string());
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"shop.zip\"; filename*=UTF-8''shop.zip");
    let digest = STANDARD.encode(Sha256::digest(&bytes));
    assert_eq!(reply.header("content-digest"), format!("sha-256=:{digest}:"));
    assert_eq!(reply.header("accept-ranges"), "bytes");
    let shown = service.get(&format!("/v1/generations/{id}")).await.json();
    assert_eq!(shown["verification"]["checks"][0]["verdict"], "passed");
    assert_eq!(shown["artifact"]["bytes"], bytes.len());
    assert_eq!(service.get(&format!("/v1/generations/{id}/report")).await.json()["state"], "succeeded");
}

/// P-81.
#[tokio::test]
async fn p_81_a_download_is_asked_for_in_parts_and_not_twice() {
    let service = running().await;
    let bytes: Vec<u8> = (0..=255).collect();
    let id = deliver(&service, &bytes).await;
    let path = format!("/v1/generations/{id}/artifact");
    let tag = service.get(&path).await.header("etag").to_owned();
    let same = Reply::of(service.ask("GET", &path).header("if-none-match", &tag)).await;
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, tag.as_str()));
    let head = Reply::of(service.ask("HEAD", &path)).await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, "256"));
    let part = Reply::of(service.ask("GET", &path).header("range", "bytes=0-99")).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[..100]));
    assert_eq!(part.header("content-range"), "bytes 0-99/256");
    assert_eq!(part.header("content-digest"), "");
    let outdated = service.ask("GET", &path).header("range", "bytes=0-99").header("if-range", "\"other\"");
    assert_eq!(Reply::of(outdated).await.status, 200);
    let beyond = Reply::of(service.ask("GET", &path).header("range", "bytes=256-")).await;
    beyond.assert_fault(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), "bytes */256");
}

#[tokio::test]
async fn there_is_nothing_to_fetch_before_the_end() {
    let service = running().await;
    let id = service.accepted().await;
    for path in ["artifact", "report"] {
        service.get(&format!("/v1/generations/{id}/{path}")).await.assert_fault(409, "no_artifact");
    }
    service.get(&format!("/v1/generations/{id}/files")).await.assert_fault(409, "no_workspace");
}
