use super::{Cancel, End, Error, Limits, Phase, Runner, SandboxCommand, ScriptedRunner, Tier};

fn command(folder: &std::path::Path, argv: &[&str]) -> SandboxCommand {
    SandboxCommand {
        phase: Phase::Verify,
        argv: argv.iter().map(|argument| (*argument).to_owned()).collect(),
        work: folder.to_owned(),
        read_only: Vec::new(),
        environment: Vec::new(),
        cache: None,
        serve: None,
        needs_loopback: false,
        limits: Limits::default(),
        log: folder.join("logs/log"),
    }
}

#[tokio::test]
async fn answers_are_given_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let runner = ScriptedRunner::passing();
    runner.answer("run test", End::Exited { code: 1 }, &["first"]);
    runner.answer("run test", End::Timeout, &[]);
    runner.answer_leaving("ci", &[("node_modules/x/index.js", "x")]);
    runner.fail("build", Error::Unsandboxed);
    let cancel = Cancel::new();
    let ends = |argv: &'static [&'static str]| {
        let command = command(folder.path(), argv);
        let (runner, cancel) = (&runner, &cancel);
        async move { runner.run(&command, cancel).await }
    };
    let first = ends(&["npm", "run", "test"]).await.unwrap();
    assert_eq!((first.end, first.tail), (End::Exited { code: 1 }, vec!["first".to_owned()]));
    assert_eq!(std::fs::read_to_string(first.log).unwrap(), "first\n");
    assert_eq!(ends(&["npm", "run", "test"]).await.unwrap().end, End::Timeout);
    assert!(ends(&["npm", "run", "test"]).await.unwrap().passed());
    assert!(ends(&["npm", "ci"]).await.unwrap().passed());
    assert_eq!(std::fs::read_to_string(folder.path().join("node_modules/x/index.js")).unwrap(), "x");
    assert!(matches!(ends(&["npm", "run", "build"]).await, Err(Error::Unsandboxed)));
    assert_eq!(runner.commands().len(), 5);
    assert_eq!(runner.tier(), Tier::Namespaces);
}

#[tokio::test]
async fn a_cancel_reaches_the_script_too() {
    let folder = tempfile::tempdir().unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    cancel.cancelled().await;
    let outcome = ScriptedRunner::passing().run(&command(folder.path(), &["npm"]), &cancel).await.unwrap();
    assert_eq!(outcome.end, End::Cancelled);
}
