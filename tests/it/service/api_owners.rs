//! What belongs to others is not there: every route of the description is tried.

use std::collections::BTreeMap;

use serde_json::Value;

use super::running::{Reply, Running, SPEC, running};

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

/// Every operation of the description: method, path, whether it needs a key.
async fn operations(service: &Running) -> Vec<(String, String, bool)> {
    let api = Reply::of(service.bare("GET", "/openapi.json")).await.json();
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let is_public = operation["security"] == serde_json::json!([{}]);
                found.push((method.to_uppercase(), path.clone(), !is_public));
            }
        }
    }
    assert!(found.len() >= 38, "{found:?}");
    found
}

/// A request that would be right if the caller might see the thing.
fn ask(service: &Running, key: Option<&str>, method: &str, path: &str) -> reqwest::RequestBuilder {
    let request = match key {
        Some(key) => service.ask_as(key, method, path),
        None => service.bare(method, path),
    };
    let body = match path {
        path if path.ends_with("/changes") => {
            r#"{"spec":{"name":"shop","entities":{"Item":{"fields":{"a":"string"}}}}}"#
        }
        path if path.starts_with("/v1/projects") => r#"{"name":"mine"}"#,
        _ => "",
    };
    if body.is_empty() { request } else { request.header("content-type", "application/json").body(body) }
}

/// S-89: the description's public routes are these and no others.
#[tokio::test]
async fn s_89_every_route_that_is_not_public_wants_a_key() {
    let service = running().await;
    let mut public = Vec::new();
    for (method, path, needs_key) in operations(&service).await {
        if !needs_key {
            public.push(path);
            continue;
        }
        let path = path.replace("{id}", "0190a3c4-0000-7000-8000-000000000000").replace("{rest}", "a");
        Reply::of(ask(&service, None, &method, &path)).await.assert_fault(401, "unauthorized");
    }
    public.sort();
    assert_eq!(public, ["/docs", "/docs.css", "/docs.js", "/health", "/openapi.json", "/problems/{id}", "/ready"]);
}

/// S-88.
#[tokio::test]
async fn s_88_what_is_of_another_is_answered_as_what_is_not_there() {
    let service = running().await;
    let generation = service.accepted().await.to_string();
    let shown = service.get(&format!("/v1/generations/{generation}")).await.json();
    let project = shown["project"].as_str().unwrap().to_owned();
    let key = service.get("/v1/keys").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let stranger = service.stranger().await;
    let before = service.records.generation(&Running::owner(), &generation.parse().unwrap()).await.unwrap();
    let mut tried = BTreeMap::new();
    for (method, path, needs_key) in operations(&service).await {
        if !needs_key || !path.contains('{') {
            continue;
        }
        let (id, unknown) = match path.split('/').nth(2).unwrap() {
            "projects" => (&project, "0190a3c4-0000-7000-8000-000000000000"),
            "keys" => (&key, "000000000000"),
            _ => (&generation, "0190a3c4-0000-7000-8000-000000000000"),
        };
        let at = |id: &str| path.replace("{id}", id).replace("{rest}", "test/1/build");
        let methods = if method == "GET" { vec!["GET", "HEAD"] } else { vec![method.as_str()] };
        for method in methods {
            let theirs = Reply::of(ask(&service, Some(&stranger), method, &at(id))).await;
            let nothing = Reply::of(ask(&service, Some(&stranger), method, &at(unknown))).await;
            assert_eq!((theirs.status, &theirs.body), (404, &nothing.body), "{method} {path}: {}", theirs.text());
            assert_eq!(nothing.status, 404);
            tried.insert((method.to_owned(), path.clone()), ());
        }
    }
    assert!(tried.len() >= 26, "{tried:?}");
    let after = service.records.generation(&Running::owner(), &generation.parse().unwrap()).await.unwrap();
    assert_eq!(before, after);
    for path in ["/v1/generations", "/v1/projects"] {
        assert_eq!(Reply::of(service.ask_as(&stranger, "GET", path)).await.json()["items"], serde_json::json!([]));
    }
}

#[tokio::test]
async fn hostile_identities_are_not_there() {
    let service = running().await;
    let id = service.accepted().await.to_string();
    let (upper, simple) = (id.to_uppercase(), id.replace('-', ""));
    let hostile = [
        &upper,
        &simple,
        &format!("%7B{id}%7D"),
        "%00",
        "..%2f..",
        "%ff",
        "' or 1=1 --",
        "%F0%9F%92%A9",
        &"9".repeat(5000),
    ];
    for id in hostile {
        let reply = Reply::of(service.ask("GET", &format!("/v1/generations/{id}"))).await;
        reply.assert_fault(404, "not_found");
    }
}

/// S-90.
#[tokio::test]
async fn s_90_a_key_of_another_owner_is_ones_own_request() {
    let service = running().await;
    let stranger = service.stranger().await;
    let ask = |key: &str| {
        let request = service.ask_as(key, "POST", "/v1/generations").header("content-type", "text/yaml");
        request.header("idempotency-key", "\"same\"").body(SPEC)
    };
    let mine = Reply::of(ask(&service.key)).await.json();
    let theirs = Reply::of(ask(&stranger)).await.json();
    assert_ne!(mine["id"], theirs["id"]);
    let path = theirs["location"].as_str().unwrap();
    service.get(path).await.assert_fault(404, "not_found");
    assert_eq!(Reply::of(service.ask_as(&stranger, "GET", path)).await.status, 200);
}

/// S-105: whose a request is, is said by its key alone.
#[tokio::test]
async fn s_105_a_tenant_in_a_header_or_the_body_is_of_no_account() {
    let service = running().await;
    let id = service.accepted().await;
    let stranger = service.stranger().await;
    let asked = service.ask_as(&stranger, "GET", &format!("/v1/generations/{id}"));
    let asked = asked.header("x-tenant-id", "default").header("x-owner", "default");
    Reply::of(asked).await.assert_fault(404, "not_found");
    let body = r#"{"name":"mine","tenant":"others"}"#;
    let project = service.ask("POST", "/v1/projects").header("content-type", "application/json").body(body);
    Reply::of(project).await.assert_fault(422, "invalid_field");
    let theirs = service.get(&format!("/v1/generations/{id}")).await.json()["project"].clone();
    let path = format!("/v1/generations?project={}", theirs.as_str().unwrap());
    let into = service.ask_as(&stranger, "POST", &path).header("content-type", "text/yaml").body(SPEC);
    Reply::of(into).await.assert_fault(422, "no_project");
}

#[tokio::test]
async fn the_description_says_what_it_said() {
    let service = running().await;
    let api = Reply::of(service.bare("GET", "/openapi.json")).await.json();
    let mut brief = BTreeMap::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let statuses: Vec<String> = operation["responses"].as_object().unwrap().keys().cloned().collect();
                brief.insert(format!("{path} {method}"), Value::from(statuses.join(" ")));
            }
        }
    }
    insta::assert_json_snapshot!("statuses_of_every_operation", brief);
    insta::assert_json_snapshot!("description", api, { ".info.version" => "[version]" });
}

/// Every route that the router has is described.
#[tokio::test]
async fn every_route_is_described() {
    let service = running().await;
    let described: Vec<String> = operations(&service).await.into_iter().map(|(_, path, _)| path).collect();
    let routes = include_str!("../../../src/api/service/routes.rs");
    let paths = routes.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split('"').next());
    let paths: Vec<String> = paths.map(|path| path.replace("{*rest}", "{rest}")).collect();
    assert!(paths.len() > 25);
    for path in paths {
        assert!(described.contains(&path), "{path} is not described");
    }
}
