//! The commands of docs/api.md, run against a service.

use std::process::Command;

use super::running::running;

/// Every block of shell in a document, in one script.
fn script(document: &str) -> String {
    let blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.fold("set -eu\n".to_owned(), |script, block| format!("{script}{block}echo\n"))
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a user's shell, not a project's command")]
async fn the_commands_of_the_page_work() {
    let service = running().await;
    let script = script(include_str!("../../../docs/api.md"));
    assert!(script.matches("curl --fail").count() >= 9, "{script}");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder.path()).env_clear().env("PATH", env!("PATH"));
    command.env("SERVICE", format!("http://{}", service.address)).env("KEY", &service.key);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("\"status\":\"cancelled\"") && out.contains("\"cost_usd\":\"5.00\""), "{out}");
}
