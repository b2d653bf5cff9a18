//! Handing in.

use serde_json::json;

use super::running::{Reply, Running, SPEC, restarted, running};

fn keyed(service: &Running, key: &str, spec: &str) -> reqwest::RequestBuilder {
    service.submit(spec).header("idempotency-key", key)
}

#[tokio::test]
async fn a_spec_is_accepted_durably_and_the_bell_rings() {
    let service = running().await;
    let reply = Reply::of(service.submit(SPEC)).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("location"), format!("/v1/generations/{id}"));
    let rung: Vec<String> = service.rung().iter().map(ToString::to_string).collect();
    assert_eq!(rung, [id.as_str()]);
    let shown = service.get(reply.header("location")).await;
    assert_eq!(shown.status, 200);
    insta::assert_json_snapshot!(shown.json(), {
        ".id" => "[id]", ".project" => "[project]", ".created_at" => "[time]", ".updated_at" => "[time]",
    });
}

#[tokio::test]
async fn every_format_is_read() {
    let service = running().await;
    let json = r#"{"name":"shop","entities":{"Item":{"fields":{"title":"string"}}}}"#;
    let toml = "name = \"shop\"\n[entities.Item.fields]\ntitle = \"string\"\n";
    let bodies = [
        ("application/json", json),
        ("application/yaml", SPEC),
        ("text/yaml; charset=utf-8", SPEC),
        ("application/toml", toml),
        ("text/x-jdl", "entity Item {\n  title String\n}\n"),
    ];
    for (media_type, body) in bodies {
        let request = service.ask("POST", "/v1/generations").header("content-type", media_type);
        let reply = Reply::of(request.body(body)).await;
        assert_eq!(reply.status, 202, "{media_type}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_multipart_body_holds_spec_and_options() {
    let service = running().await;
    let body = format!(
        "--x\r\ncontent-disposition: form-data; name=\"verify\"\r\n\r\nfalse\r\n--x\r\ncontent-disposition: form-data; \
         name=\"spec\"; filename=\"shop.yaml\"\r\n\r\n{SPEC}\r\n--x--\r\n"
    );
    let request = service.ask("POST", "/v1/generations").header("content-type", "multipart/form-data; boundary=x");
    let reply = Reply::of(request.body(body)).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    assert_eq!(service.get(reply.header("location")).await.json()["verify"], false);
    let broken = service.ask("POST", "/v1/generations").header("content-type", "multipart/form-data; boundary=x");
    Reply::of(broken.body("--x\r\nnonsense")).await.assert_fault(400, "invalid_request");
}

#[tokio::test]
async fn every_problem_of_a_spec_is_told_at_once() {
    let service = running().await;
    let spec = "name: shop\nentities:\n  Item:\n    fields:\n      title: varchar\n      price: { type: decimal, min: 5, max: 1 }\n";
    let reply = Reply::of(service.submit(spec)).await;
    reply.assert_fault(422, "spec_refused");
    insta::assert_json_snapshot!(reply.json());
    assert!(service.rung().is_empty());
}

#[tokio::test]
async fn a_spec_in_words_is_refused_when_no_model_can_answer() {
    let service = running().await;
    let request = service.ask("POST", "/v1/generations").header("content-type", "text/markdown");
    let reply = Reply::of(request.body("# Shop\n\nA shop that sells books to people.\n")).await;
    reply.assert_fault(422, "no_model");
    assert!(reply.text().contains("no model is configured"), "{}", reply.text());
}

/// P-70: the key is wanted nowhere; without one each request is one of its own.
#[tokio::test]
async fn p_70_without_a_key_each_request_is_its_own() {
    let service = running().await;
    assert_ne!(service.accepted().await, service.accepted().await);
}

/// P-71, P-73.
#[tokio::test]
async fn p_73_the_same_request_gets_the_same_bytes_and_p_71_another_is_refused() {
    let service = running().await;
    let first = Reply::of(keyed(&service, "\"k1\"", SPEC)).await;
    let again = Reply::of(keyed(&service, "\"k1\"", SPEC)).await;
    assert_eq!((first.status, &first.body), (202, &again.body));
    assert_eq!((again.status, first.header("location")), (202, again.header("location")));
    assert_eq!(service.rung().len(), 1);
    // A bare token is the same key.
    assert_eq!(Reply::of(keyed(&service, "k1", SPEC)).await.body, first.body);
    let other = SPEC.replace("title", "label");
    Reply::of(keyed(&service, "\"k1\"", &other)).await.assert_fault(422, "idempotency_key_reused");
    let wish = service.ask("POST", "/v1/generations?verify=false").header("content-type", "application/yaml");
    let wish = wish.header("idempotency-key", "\"k1\"").body(SPEC);
    Reply::of(wish).await.assert_fault(422, "idempotency_key_reused");
}

/// P-74.
#[tokio::test]
async fn p_74_a_key_that_is_none_is_a_bad_request() {
    let service = running().await;
    for key in ["\"\"", "a b", "\"open", &format!("\"{}\"", "k".repeat(300))] {
        Reply::of(keyed(&service, key, SPEC)).await.assert_fault(400, "invalid_idempotency_key");
    }
    let twice = keyed(&service, "\"a\"", SPEC).header("idempotency-key", "\"b\"");
    Reply::of(twice).await.assert_fault(400, "invalid_idempotency_key");
}

/// P-75.
#[tokio::test]
async fn p_75_a_key_is_forgotten_after_a_day() {
    let service = running().await;
    let first = Reply::of(keyed(&service, "\"k\"", SPEC)).await.json();
    let database = rusqlite::Connection::open(service.folder.path().join("records.db")).unwrap();
    let back = |seconds: i64| {
        database.execute("update idempotency set created_at = created_at - ?1 * 1000", [seconds]).unwrap();
    };
    back(24 * 60 * 60 - 60);
    assert_eq!(Reply::of(keyed(&service, "\"k\"", SPEC)).await.json()["id"], first["id"]);
    back(61);
    let later = Reply::of(keyed(&service, "\"k\"", SPEC)).await;
    assert_eq!(later.status, 202);
    assert_ne!(later.json()["id"], first["id"]);
}

/// P-72, R-44: whichever of them is first is recorded with its answer; all get that answer.
#[tokio::test]
async fn r_44_a_hundred_at_once_are_one() {
    let service = running().await;
    let asked = (0..100).map(|_| Reply::of(keyed(&service, "\"k\"", SPEC)));
    let replies = futures::future::join_all(asked).await;
    let first = &replies[0];
    assert!(replies.iter().all(|reply| (reply.status, &reply.body) == (202, &first.body)));
    assert_eq!(service.rung().len(), 1);
    assert_eq!(service.get("/v1/generations").await.json()["items"].as_array().unwrap().len(), 1);
}

/// P-76 as far as a client sees it: the service ends after it recorded the request and before anybody heard the answer.
#[tokio::test]
async fn p_76_a_request_whose_answer_was_lost_is_sent_again() {
    let service = running().await;
    let lost = Reply::of(keyed(&service, "\"k\"", SPEC)).await.json()["id"].clone();
    let key = service.key.clone();
    let again = restarted(service.stop().await, key).await;
    let told = Reply::of(keyed(&again, "\"k\"", SPEC)).await;
    assert_eq!((told.status, &told.json()["id"]), (202, &lost));
    assert_eq!(again.get("/v1/generations").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_is_accepted_whole_or_not_at_all() {
    let service = running().await;
    let good = json!({ "name": "shop", "entities": { "Item": { "fields": { "title": "string" } } } });
    let items = json!({ "items": [{ "spec": good }, { "text": "name: x\nentities: 5\n", "format": "yaml" }] });
    let refused = service.post("/v1/generations/batch", &items).await;
    refused.assert_fault(422, "spec_refused");
    assert!(refused.json()["problems"].as_array().unwrap().iter().all(|problem| problem["item"] == 1));
    assert!(service.rung().is_empty());
    let items = json!({ "items": [{ "spec": good }, { "text": SPEC, "options": { "priority": 5 } }] });
    let accepted = service.post("/v1/generations/batch", &items).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    assert_eq!(accepted.json()["items"].as_array().unwrap().len(), 2);
    assert_eq!(service.rung().len(), 2);
    service.post("/v1/generations/batch", &json!({ "items": [] })).await.assert_fault(422, "invalid_field");
}

#[tokio::test]
async fn a_webhooks_secret_is_told_once() {
    let service = running().await;
    let path = "/v1/generations?webhook=https://hooks.example.com/a";
    let request = service.ask("POST", path).header("content-type", "application/yaml").body(SPEC);
    let reply = Reply::of(request).await;
    assert!(reply.json()["webhook_secret"].as_str().unwrap().starts_with("whsec_"), "{}", reply.text());
    assert!(!service.get(reply.header("location")).await.text().contains("whsec_"));
    for address in [
        "ftp://x.example",
        "https://u:p@x.example",
        "nonsense",
        "file:///etc/passwd",
        "http://hooks.example.com/a",
        "https://127.0.0.1/a",
        "https://169.254.169.254/latest",
        "https://intranet/a",
    ] {
        let path = format!("/v1/generations?webhook={address}");
        let request = service.ask("POST", &path).header("content-type", "application/yaml").body(SPEC);
        Reply::of(request).await.assert_fault(422, "url_not_allowed");
    }
}

#[tokio::test]
async fn the_list_is_filtered_and_goes_on_where_a_page_ended() {
    let service = running().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(service.accepted().await.to_string());
    }
    ids.reverse();
    let mut seen = Vec::new();
    let mut next = Some("/v1/generations?limit=2&status=queued".to_owned());
    while let Some(path) = next {
        let page = service.get(&path).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ids);
    assert_eq!(service.get("/v1/generations?status=failed").await.json()["items"], json!([]));
    assert_eq!(service.get("/v1/generations?name=SHO").await.json()["items"].as_array().unwrap().len(), 5);
    for query in
        ["limit=0", "limit=201", "limit=x", "status=x", "project=x", "cursor=x", "colour=red", "limit=1&limit=2"]
    {
        service.get(&format!("/v1/generations?{query}")).await.assert_fault(400, "invalid_request");
    }
}

#[tokio::test]
async fn what_a_spec_would_take_is_told_without_recording_it() {
    let service = running().await;
    let ask = |path: &str| service.ask("POST", path).header("content-type", "application/yaml").body(SPEC);
    let found = Reply::of(ask("/v1/specs/validate")).await;
    assert_eq!((found.status, &found.json()["needs_model"]), (200, &json!(false)));
    let estimate = Reply::of(ask("/v1/specs/estimate")).await;
    assert_eq!(estimate.json()["calls"], json!({ "least": 0, "most": 0 }));
    let words = service.ask("POST", "/v1/specs/estimate").header("content-type", "text/markdown");
    insta::assert_json_snapshot!(Reply::of(words.body("# Shop\n\nA shop for books.\n")).await.json());
    assert_eq!(service.get("/v1/generations").await.json()["items"], json!([]));
}
