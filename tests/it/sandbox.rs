//! The sandbox.
use samokoder::process::*;
use std::path::{Path, PathBuf};

#[tokio::test]
async fn first() {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("work");
    std::fs::create_dir(&work).unwrap();
    for tier in Tier::ALL {
        let mut settings = Settings::new(PathBuf::from(env!("CARGO_BIN_EXE_samokoder")), std::env::temp_dir());
        settings.allow_unsandboxed = true;
        let sandbox = Sandbox::new(settings, tier);
        for script in [
            "id; ls -la / /work /etc /dev; env; cat /proc/1/environ; ls /proc; cat /proc/mounts",
            "exit 3",
            "node -e 'console.log(process.version, os.cpus().length)'",
        ] {
            let command = SandboxCommand {
                phase: Phase::Verify,
                argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
                work: work.clone(),
                read_only: vec![],
                environment: vec![("A".into(), "b".into())],
                cache: None,
                serve: None,
                needs_loopback: false,
                limits: Limits::default(),
                log: dir.path().join("log"),
            };
            let t = std::time::Instant::now();
            let o = sandbox.run(&command, &Cancel::new()).await;
            println!("{tier} {script} {:?}", t.elapsed());
            match o {
                Ok(o) => {
                    println!("{:?} {} ms", o.end, o.duration_ms);
                    println!("{}", std::fs::read_to_string(o.log).unwrap())
                }
                Err(e) => println!("ERR {e}"),
            }
        }
    }
    let _ = Path::new("/");
}
#[tokio::test]
async fn probed() {
    let settings = Settings::new(PathBuf::from(env!("CARGO_BIN_EXE_samokoder")), std::env::temp_dir());
    let t = std::time::Instant::now();
    println!("{}", serde_json::to_string_pretty(&probe(&settings).await.unwrap()).unwrap());
    println!("{:?}", t.elapsed());
}
