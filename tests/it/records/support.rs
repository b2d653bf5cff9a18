//! Records to try things on.

use std::{
    path::Path,
    sync::{Mutex, OnceLock},
};

use samokoder::{
    domain::{
        digest::Digest,
        event::Event,
        generation::Status,
        id::{CommitId, GenerationId, HolderId, StepKey},
        kept::Kept,
        submission::{Owner, Submission},
    },
    spec,
    store::{Accepted, Claim, Records},
};

use crate::servers::Postgres;

pub(crate) const LEASE: std::time::Duration = std::time::Duration::from_secs(30);

/// Records of a new, empty database, and what is to be kept as long as they are used.
pub(crate) struct Fresh {
    pub(crate) records: Records,
    pub(crate) database: Database,
}

/// Where records are.
pub(crate) enum Database {
    Sqlite(tempfile::TempDir),
    Postgres(String),
}

impl Fresh {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open_file(&folder.path().join("records.db")).await.unwrap();
        Self { records, database: Database::Sqlite(folder) }
    }

    pub(crate) async fn postgres() -> Self {
        // One server for all tests: making one takes a second.
        static SERVER: OnceLock<Mutex<Postgres>> = OnceLock::new();
        let server = SERVER.get_or_init(|| Mutex::new(Postgres::start()));
        let url = server.lock().unwrap().database();
        Self { records: Records::open_postgres(&url).await.unwrap(), database: Database::Postgres(url) }
    }

    pub(crate) async fn both() -> [Self; 2] {
        [Self::sqlite().await, Self::postgres().await]
    }

    /// The same records, as another process opens them.
    pub(crate) async fn again(&self) -> Records {
        match &self.database {
            Database::Sqlite(folder) => Records::open_file(&folder.path().join("records.db")).await.unwrap(),
            Database::Postgres(url) => Records::open_postgres(url).await.unwrap(),
        }
    }

    /// Runs a statement behind the product's back.
    pub(crate) fn meddle(&self, statement: &str) {
        match &self.database {
            Database::Sqlite(folder) => meddle_with_file(&folder.path().join("records.db"), statement),
            Database::Postgres(url) => {
                let done = crate::servers::program("psql").args([url, "-qc", statement]).output().unwrap();
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            }
        }
    }
}

fn meddle_with_file(file: &Path, statement: &str) {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    connection.execute_batch(statement).unwrap();
}

pub(crate) fn owner(name: &str) -> Owner {
    Owner { tenant: format!("tenant of {name}"), owner: name.to_owned() }
}

pub(crate) fn submission(name: &str) -> Submission {
    let text = format!("name: {name}\nentities:\n  Book:\n    fields:\n      title: {{ type: string }}\n");
    let reading = spec::read("spec.yaml", text.as_bytes());
    assert_eq!(reading.problems, []);
    Submission {
        generation: GenerationId::mint(),
        project: None,
        spec: reading.spec.unwrap(),
        ignored: Vec::new(),
        template: "react-hono".to_owned(),
        verify: false,
        with_history: false,
        priority: 0,
        webhook: None,
    }
}

/// Accepts a submission of Ann's.
pub(crate) async fn accepted(records: &Records, name: &str) -> GenerationId {
    let submission = submission(name);
    let done = records.accept(&owner("ann"), std::slice::from_ref(&submission), "{}", None).await.unwrap();
    assert_eq!(done, Accepted::New);
    submission.generation
}

pub(crate) async fn claimed(records: &Records, id: &GenerationId) -> Claim {
    records.claim(id, &HolderId::mint(), LEASE).await.unwrap().unwrap()
}

pub(crate) async fn status(records: &Records, id: &GenerationId) -> Status {
    records.generation_of_any(id).await.unwrap().unwrap().status
}

pub(crate) fn step(key: &str) -> Event {
    Event::StepFinished {
        step: StepKey(key.to_owned()),
        commit: Some(CommitId("0".repeat(40))),
        verdict: None,
        replayed: false,
        duration_ms: 1,
    }
}

pub(crate) fn kept() -> Kept {
    Kept {
        key: "artifacts/x/1/x.zip".to_owned(),
        name: "x.zip".to_owned(),
        digest: Digest::of(b"x"),
        bytes: 1,
        files: 1,
    }
}
