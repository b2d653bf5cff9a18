//! Where artifacts and workspaces are kept: a folder, and a real S3 server.

use std::{fs, path::Path};

use futures::TryStreamExt as _;
use samokoder::{
    domain::{digest::Digest, id::GenerationId, id::StepKey, path::ProjectPath},
    journal::Journal,
    storage::{Content, Keeping, Storage},
    workspace::{Change, Workspace},
};

use crate::servers::S3;

/// A storage, and what is to be kept as long as it is used.
struct Kept {
    storage: Storage,
    _folder: Option<tempfile::TempDir>,
    _server: Option<S3>,
}

async fn both() -> [Kept; 2] {
    let folder = tempfile::tempdir().unwrap();
    let server = S3::start().await;
    [
        Kept { storage: Storage::in_folder(folder.path()).unwrap(), _folder: Some(folder), _server: None },
        Kept { storage: server.storage(), _folder: None, _server: Some(server) },
    ]
}

async fn bytes(content: Content) -> Vec<u8> {
    content
        .try_fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
        .unwrap()
}

/// All files below a folder but the lock, with what is in them.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for item in fs::read_dir(&inner).unwrap() {
            let path = item.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if name != "lock" {
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_is_what_was_delivered_whole_and_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("library.zip");
    // More than one piece of an upload in parts, whose least size S3 sets at 5 MiB.
    let content: Vec<u8> = (0..11_000_000_u32).map(|n| n.to_le_bytes()[1] ^ n.to_le_bytes()[0]).collect();
    fs::write(&zip, &content).unwrap();
    for kept in both().await {
        let (storage, id) = (&kept.storage, GenerationId::mint());
        let artifact = storage.keep_artifact(&id, 3, (&zip, &Digest::of(&content), 7)).await.unwrap();
        assert_eq!(artifact.key, format!("artifacts/{id}/3/library.zip"));
        assert_eq!((artifact.name.as_str(), artifact.bytes, artifact.files), ("library.zip", 11_000_000, 7));
        assert!(bytes(storage.artifact(&artifact, None).await.unwrap()).await == content);
        let part = bytes(storage.artifact(&artifact, Some(5_000_000..5_000_100)).await.unwrap()).await;
        assert_eq!(part, content[5_000_000..5_000_100]);
        storage.forget(&id).await.unwrap();
        assert!(storage.artifact(&artifact, None).await.err().unwrap().is_absent());
        storage.forget(&id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r13_an_artifact_of_a_lost_claim_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("library.zip");
    for kept in both().await {
        let (storage, id) = (&kept.storage, GenerationId::mint());
        let mut artifacts = Vec::new();
        for (epoch, content) in [(1, "first"), (2, "second")] {
            fs::write(&zip, content).unwrap();
            let digest = Digest::of(content.as_bytes());
            artifacts.push((content, storage.keep_artifact(&id, epoch, (&zip, &digest, 1)).await.unwrap()));
        }
        for (content, artifact) in artifacts {
            assert_eq!(bytes(storage.artifact(&artifact, None).await.unwrap()).await, content.as_bytes());
        }
    }
}

/// A workspace at work: files are committed, and steps recorded.
struct Work {
    workspace: Workspace,
    journal: Journal,
    steps: usize,
}

impl Work {
    fn begin(folder: &Path, id: &GenerationId) -> Self {
        let mut workspace = Workspace::create(folder).unwrap();
        workspace.settle(None).unwrap();
        let (journal, _) = Journal::open(&workspace.journal_path(), id).unwrap();
        workspace.write_private("generation.json", b"{}").unwrap();
        Self { workspace, journal, steps: 0 }
    }

    fn step(&mut self) {
        self.steps += 1;
        let key = StepKey(format!("code/{}", self.steps));
        let path = ProjectPath::parse(&format!("src/{}.ts", self.steps)).unwrap();
        let change = Change { path, content: Some(format!("// {}\n", self.steps).into_bytes()), executable: false };
        let commit = self.workspace.commit(&key, "A step", &[change]).unwrap();
        self.journal.append(&key, &serde_json::json!({ "commit": commit })).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_comes_back_on_another_host_as_it_was_kept() {
    for kept in both().await {
        let (storage, id) = (&kept.storage, GenerationId::mint());
        let hosts = tempfile::tempdir().unwrap();
        let first = hosts.path().join("first");
        let mut work = Work::begin(&first, &id);
        let (mut keeping, mut keys) = (Keeping::default(), Vec::new());
        for _ in 0..3 {
            work.step();
            keys.push(storage.keep_workspace(&id, 1, &first, &mut keeping).await.unwrap());
        }
        let head = work.workspace.head().cloned();
        let journal = Journal::read(&work.workspace.journal_path(), &id).unwrap();
        work.step();
        drop(work);

        let second = hosts.path().join("second");
        let mut keeping = storage.bring_workspace(&id, keys.last().unwrap(), &second).await.unwrap();
        let mut workspace = Workspace::open(&second).unwrap();
        assert_eq!(Journal::read(&workspace.journal_path(), &id).unwrap(), journal);
        workspace.settle(head.as_ref()).unwrap();
        assert_eq!(workspace.head(), head.as_ref());
        assert_eq!(fs::read_to_string(second.join("tree/src/3.ts")).unwrap(), "// 3\n");
        assert!(!second.join("tree/src/4.ts").exists(), "what was not kept is not there");

        // The second host goes on from there, and a third begins with what the second kept.
        let (mut journal, _) = Journal::open(&workspace.journal_path(), &id).unwrap();
        journal.append(&StepKey("code/else".to_owned()), &serde_json::json!({})).unwrap();
        let key = storage.keep_workspace(&id, 2, &second, &mut keeping).await.unwrap();
        drop(workspace);
        let third = hosts.path().join("third");
        storage.bring_workspace(&id, &key, &third).await.unwrap();
        let without_tree = |folder: &Path| {
            let mut all = files(folder);
            all.retain(|(name, _)| !name.starts_with("tree/") && !name.starts_with("staging/"));
            all
        };
        assert_eq!(without_tree(&third), without_tree(&second));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::in_folder(&folder.path().join("storage")).unwrap();
    let (id, workspace) = (GenerationId::mint(), folder.path().join("workspace"));
    let mut work = Work::begin(&workspace, &id);
    let mut keeping = Keeping::default();
    let blobs = folder.path().join(format!("storage/workspaces/{id}/blobs"));
    let sent = || -> u64 { fs::read_dir(&blobs).unwrap().map(|blob| blob.unwrap().metadata().unwrap().len()).sum() };
    work.step();
    storage.keep_workspace(&id, 1, &workspace, &mut keeping).await.unwrap();
    let large = vec![b'x'; 1_000_000];
    work.workspace.write_private("large.json", &large).unwrap();
    storage.keep_workspace(&id, 1, &workspace, &mut keeping).await.unwrap();
    let before = sent();
    for _ in 0..10 {
        work.step();
        storage.keep_workspace(&id, 1, &workspace, &mut keeping).await.unwrap();
    }
    assert!(before > 1_000_000);
    assert!(sent() - before < 100_000, "{} bytes were sent for ten small steps", sent() - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_checkpoint_is_told_and_brings_nothing_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("storage");
    let storage = Storage::in_folder(&root).unwrap();
    let (id, workspace) = (GenerationId::mint(), folder.path().join("workspace"));
    Work::begin(&workspace, &id).step();
    let key = storage.keep_workspace(&id, 1, &workspace, &mut Keeping::default()).await.unwrap();
    let whole = fs::read_to_string(root.join(&key)).unwrap();
    let bring = async || {
        let into = tempfile::tempdir_in(folder.path()).unwrap();
        storage.bring_workspace(&id, &key, into.path()).await.unwrap_err().to_string()
    };
    fs::write(root.join(&key), whole.replace("generation.json", "../../outside")).unwrap();
    assert!(bring().await.contains("it names the file ../../outside"), "{}", bring().await);
    assert!(!folder.path().join("outside").exists());
    fs::write(root.join(&key), whole.replacen("\"version\":1", "\"version\":9", 1)).unwrap();
    assert!(bring().await.contains("it is of version 9"));
    fs::write(root.join(&key), &whole).unwrap();
    let blobs = root.join(format!("workspaces/{id}/blobs"));
    for blob in fs::read_dir(&blobs).unwrap() {
        fs::write(blob.unwrap().path(), "other").unwrap();
    }
    assert!(bring().await.contains("is not what was kept"));
}

#[tokio::test]
async fn r13_what_a_dead_claim_had_begun_to_write_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::in_folder(folder.path()).unwrap();
    let id = GenerationId::mint();
    let own = folder.path().join(format!("artifacts/{id}/1"));
    let other = folder.path().join(format!("artifacts/{}/1", GenerationId::mint()));
    for (place, name) in [(&own, "shop.zip"), (&own, "shop.zip#1"), (&other, "shop.zip#1")] {
        std::fs::create_dir_all(place).unwrap();
        std::fs::write(place.join(name), "PK").unwrap();
    }
    storage.clear_unfinished(&id).unwrap();
    let left = [own.join("shop.zip"), own.join("shop.zip#1"), other.join("shop.zip#1")].map(|path| path.exists());
    assert_eq!(left, [true, false, true]);
    storage.clear_unfinished(&GenerationId::mint()).unwrap();
}
