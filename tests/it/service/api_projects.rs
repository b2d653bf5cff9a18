//! Projects, and what is wanted of generations.

use serde_json::json;

use super::{
    api_artifacts::deliver,
    running::{Reply, Running, SPEC, running},
};

async fn patch(service: &Running, path: &str, body: &str) -> Reply {
    Reply::of(service.ask("PATCH", path).header("content-type", "application/json").body(body.to_owned())).await
}

#[tokio::test]
async fn a_project_is_made_renamed_archived_and_deleted() {
    let service = running().await;
    let made = service.post("/v1/projects", &json!({ "name": "Лавка" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.header("location").to_owned();
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let into =
        service.ask("POST", &format!("/v1/generations?project={id}")).header("content-type", "text/yaml").body(SPEC);
    let generation = Reply::of(into).await.json()["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(service.get(&path).await.json()["generations"], 1);
    assert_eq!(patch(&service, &path, r#"{"name":"Shop"}"#).await.json()["name"], "Shop");
    assert_eq!(patch(&service, &path, r#"{"archived":true}"#).await.json()["archived"], true);
    let into =
        service.ask("POST", &format!("/v1/generations?project={id}")).header("content-type", "text/yaml").body(SPEC);
    Reply::of(into).await.assert_fault(422, "no_project");
    assert_eq!(service.get("/v1/projects?archived=false").await.json()["items"], json!([]));
    assert_eq!(patch(&service, &path, r#"{"archived":false}"#).await.json()["archived"], false);
    Reply::of(service.ask("DELETE", &path)).await.assert_fault(409, "project_not_empty");
    let claim = service.claim(&generation).await;
    let with_all = format!("{path}?generations=true");
    Reply::of(service.ask("DELETE", &with_all)).await.assert_fault(409, "project_running");
    let back = samokoder::store::End::GivenBack { after: std::time::Duration::ZERO, in_order: true };
    assert!(service.records.end(&claim, &back).await.unwrap());
    assert_eq!(Reply::of(service.ask("DELETE", &with_all)).await.status, 204);
    for path in [path, format!("/v1/generations/{generation}")] {
        service.get(&path).await.assert_fault(404, "not_found");
    }
}

#[tokio::test]
async fn a_generation_is_cancelled_resumed_and_deleted() {
    let service = running().await;
    let path = format!("/v1/generations/{}", service.accepted().await);
    let nothing = json!({});
    assert_eq!(service.post(&format!("{path}/cancel"), &nothing).await.json()["status"], "cancelled");
    service.post(&format!("{path}/cancel"), &nothing).await.assert_fault(409, "wrong_status");
    service.post(&format!("{path}/approve"), &nothing).await.assert_fault(409, "wrong_status");
    let limits = json!({ "limits": { "cost_usd": "2.50", "calls": 40 } });
    let resumed = service.post(&format!("{path}/resume"), &limits).await.json();
    assert_eq!((&resumed["status"], &resumed["limits"]["cost_usd"]), (&json!("queued"), &json!("2.50")));
    let bare = Reply::of(service.ask("POST", &format!("{path}/resume"))).await;
    bare.assert_fault(409, "wrong_status");
    let wrong = service.post(&format!("{path}/resume"), &json!({ "limits": { "cost_usd": "-1" } })).await;
    wrong.assert_fault(422, "invalid_field");
    assert_eq!(Reply::of(service.ask("DELETE", &path)).await.status, 204);
    service.get(&path).await.assert_fault(404, "not_found");
}

#[tokio::test]
async fn a_delivered_generation_is_changed() {
    let service = running().await;
    let id = deliver(&service, b"zip").await;
    let path = format!("/v1/generations/{id}/changes");
    let spec = SPEC.replace("title", "label");
    let changed = service.post(&path, &json!({ "text": spec, "format": "yaml" })).await;
    assert_eq!(changed.status, 202, "{}", changed.text());
    assert_eq!((&changed.json()["status"], &changed.json()["changes"]), (&json!("queued"), &json!(1)));
    service.post(&path, &json!({ "text": spec })).await.assert_fault(409, "wrong_status");
    service.post(&path, &json!({ "words": "Add a colour" })).await.assert_fault(422, "no_model");
    service.post(&path, &json!({ "words": "" })).await.assert_fault(422, "invalid_field");
    service.post(&path, &json!({})).await.assert_fault(422, "invalid_field");
    service.post(&path, &json!({ "text": "name: 5\n" })).await.assert_fault(422, "spec_refused");
}
