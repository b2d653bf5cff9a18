//! An S3-compatible server: moto, which `scripts/setup services` installs beside the build.

use std::{
    net::TcpStream,
    path::PathBuf,
    time::{Duration, Instant},
};

use samokoder::storage::{S3Settings, Storage};

use super::{Watched, free_port};

const KEY: &str = "tester";

/// A server with a bucket in it.
pub(crate) struct S3 {
    port: u16,
    _server: Watched,
}

impl S3 {
    pub(crate) async fn start() -> Self {
        let program = program();
        assert!(program.is_file(), "{} is not there: run scripts/setup services", program.display());
        let folder = tempfile::Builder::new().prefix("s3-").tempdir().unwrap().keep();
        let port = free_port();
        let words = [program.to_str().unwrap(), "-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        let server = Watched::start(&folder, &words.each_ref().map(String::as_str));
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(60), "{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        let s3 = Self { port, _server: server };
        // Which makes it installed for this client too.
        s3.storage();
        let made = reqwest::Client::new().put(format!("{}/samokoder", s3.endpoint())).send().await.unwrap();
        assert!(made.status().is_success(), "{made:?}");
        s3
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn settings(&self) -> S3Settings {
        S3Settings {
            bucket: "samokoder".to_owned(),
            prefix: "team/one".to_owned(),
            endpoint: Some(self.endpoint()),
            region: "us-east-1".to_owned(),
            access_key: KEY.to_owned(),
            secret_key: KEY.to_owned(),
            allow_http: true,
        }
    }

    pub(crate) fn storage(&self) -> Storage {
        Storage::in_s3(&self.settings()).unwrap()
    }
}

fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("tools/servers/bin/moto_server")
}
