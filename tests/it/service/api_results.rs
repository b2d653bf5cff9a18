//! The project as it is made, while its worker has the workspace.

use samokoder::{
    domain::{id::StepKey, path::ProjectPath},
    workspace::{Change, Workspace},
};

use super::running::{Reply, Running, running};

fn change(path: &str, content: Option<&str>) -> Change {
    let content = content.map(|text| text.as_bytes().to_vec());
    Change { path: ProjectPath::parse(path).unwrap(), content, executable: false }
}

/// A workspace with two commits and a log, held by whoever works in it.
async fn worked_on(service: &Running) -> (String, Workspace, Vec<String>) {
    let id = service.accepted().await;
    let folder = service.folder.path().join("workspaces").join(id.to_string());
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let mut workspace = Workspace::create(&folder).unwrap();
    let mut commits = Vec::new();
    let changes = [
        vec![change("src/a b.txt", Some("one\n")), change("old.txt", Some("x\n"))],
        vec![change("src/a b.txt", Some("one\ntwo\n")), change("old.txt", None)],
    ];
    for (number, changes) in changes.iter().enumerate() {
        let step = StepKey(format!("code/{number}"));
        commits.push(workspace.commit(&step, &format!("Commit {number}"), changes).unwrap().to_string());
    }
    let logs = workspace.logs_path().join("round-1");
    std::fs::create_dir_all(&logs).unwrap();
    std::fs::write(logs.join("build.log"), b"built \xff\n").unwrap();
    std::fs::write(workspace.logs_path().join("secret"), "x").unwrap();
    (format!("/v1/generations/{id}"), workspace, commits)
}

#[tokio::test]
async fn files_commits_and_differences_are_shown_while_somebody_works() {
    let service = running().await;
    let (path, _held, commits) = worked_on(&service).await;
    let list = service.get(&format!("{path}/files")).await.json();
    assert_eq!(list["commit"], commits[1]);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!((&list["items"][0]["path"], &list["items"][0]["bytes"]), (&"src/a b.txt".into(), &8.into()));
    let before = service.get(&format!("{path}/files?commit={}", commits[0])).await.json();
    assert_eq!(before["items"].as_array().unwrap().len(), 2);
    let file = service.get(&format!("{path}/files/src/a%20b.txt")).await;
    assert_eq!((file.text().as_str(), file.header("content-type")), ("one\ntwo\n", "application/octet-stream"));
    let file = service.get(&format!("{path}/files/src%2Fa%20b.txt?commit={}", commits[0])).await;
    assert_eq!(file.text(), "one\n");
    let log = service.get(&format!("{path}/commits")).await.json();
    assert_eq!((&log["items"][0]["message"], &log["items"][1]["step"]), (&"Commit 1".into(), &"code/0".into()));
    let diff = service.get(&format!("{path}/diff")).await;
    assert_eq!(diff.header("content-type"), "text/x-diff; charset=utf-8");
    insta::assert_snapshot!(diff.text());
    let same = service.get(&format!("{path}/diff?from={0}&to={0}", commits[0])).await;
    assert_eq!((same.status, same.text().as_str()), (200, ""));
    let first = service.get(&format!("{path}/diff?commit={}", commits[0])).await.text();
    assert_eq!(first.matches("new file mode").count(), 2);
    service.get(&format!("{path}/diff?commit={0}&from={0}", commits[0])).await.assert_fault(400, "invalid_request");
}

#[tokio::test]
async fn logs_of_steps_are_shown() {
    let service = running().await;
    let (path, _held, _) = worked_on(&service).await;
    let log = service.get(&format!("{path}/log/test/1/build")).await;
    assert_eq!((log.status, log.text().as_str(), log.header("x-log-bytes")), (200, "built \u{fffd}\n", "8"));
}

#[tokio::test]
async fn hostile_paths_lead_nowhere() {
    let service = running().await;
    let (path, _held, commits) = worked_on(&service).await;
    let hostile = [
        "../workspace.json",
        "%2e%2e%2fworkspace.json",
        "..%2f..%2frecords.db",
        "%00",
        "/etc/passwd",
        ".git/config",
        "src",
        "a//b",
        "%ff",
    ];
    for rest in hostile {
        for place in ["files", "log/test/1"] {
            let reply = raw(&service, &format!("{path}/{place}/{rest}")).await;
            assert!(reply.starts_with("HTTP/1.1 404 "), "{place} {rest}: {reply}");
        }
    }
    for commit in ["HEAD", "main", commits[0].split_at(39).0, &"0".repeat(40), "refs/heads/main", "-"] {
        service.get(&format!("{path}/files?commit={commit}")).await.assert_fault(404, "not_found");
    }
    for step in ["secret", "test/1/nothing", "code/0"] {
        service.get(&format!("{path}/log/{step}")).await.assert_fault(404, "not_found");
    }
}

/// Asks for an address as it stands: clients put dots in order before they ask.
async fn raw(service: &Running, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(service.address).await.unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n", service.key);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn operators_see_whether_it_is_ready_and_what_it_measured() {
    let service = running().await;
    service.accepted().await;
    assert_eq!(Reply::of(service.bare("GET", "/ready")).await.json()["queued"], 1);
    let metrics = service.get("/metrics").await.text();
    assert!(metrics.contains("samokoder_service_generations{status=\"queued\"} 1"), "{metrics}");
    let counted = "samokoder_service_requests_total{method=\"POST\",route=\"/v1/generations\",status=\"202\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    let page = Reply::of(service.bare("GET", "/docs")).await;
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    service.records.close().await;
    Reply::of(service.bare("GET", "/ready")).await.assert_fault(503, "busy");
}
