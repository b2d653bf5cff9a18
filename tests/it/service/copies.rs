//! A service is copied while it serves, and made from a copy.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use samokoder::domain::{generation::Status, id::GenerationId};

use super::site::Site;

const SLOW: [(&str, &str); 1] = [("SAMOKODER_FAULT", "slow:100")];

/// A host whose data folder is made from a backup.
fn restored(backup: &Path) -> Site {
    let folder = Site::folder();
    let data = folder.path().join("data");
    let host = Site::new();
    let (code, out, err) =
        host.command(&["restore", &backup.display().to_string(), "--data", &data.display().to_string()]);
    assert_eq!(code, Some(0), "{out}{err}");
    Site::over(folder)
}

#[test]
fn r54_a_backup_under_load_has_all_that_was_accepted_before_it_and_goes_on() {
    let site = Site::new();
    let first = site.accept();
    let worker = site.worker(&["--workers", "2"], &SLOW);
    let wanted = site.until_status(&first, Status::Unverified).artifact.unwrap().digest;
    let mut accepted: Vec<GenerationId> = (0..4).map(|_| site.accept()).collect();
    site.until_steps(&accepted[0], 3);
    let backup = site.path().join("backup");
    let count = accepted.len();
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| {
            site.command(&["backup", &backup.display().to_string(), "--data", &site.data().display().to_string()])
        });
        // Others hand in meanwhile.
        while !copying.is_finished() {
            accepted.push(site.accept());
        }
        let (code, out, err) = copying.join().unwrap();
        assert_eq!(code, Some(0), "{out}{err}");
    });
    drop(worker);
    let after = restored(&backup);
    let steps_then = after.finished_steps(&accepted[0]).len();
    assert!(steps_then >= 3, "what was recorded before the copy is in it");
    assert_eq!(after.bytes_of(&after.generation(&first).artifact.unwrap()), wanted);
    let worker = after.worker(&["--workers", "2"], &[]);
    for id in accepted.iter().take(count) {
        let end = after.until_status(id, Status::Unverified);
        assert_eq!(after.bytes_of(&end.artifact.unwrap()), wanted);
    }
    assert_eq!(worker.stop().0, Some(0));
}

#[test]
fn a_backup_that_is_killed_leaves_none() {
    let site = Site::new();
    let first = site.accept();
    let worker = site.worker(&["--workers", "1"], &[]);
    site.until_status(&first, Status::Unverified);
    drop(worker);
    // Long enough that it can be killed in the middle.
    std::fs::write(site.data().join("storage/large"), vec![7; 200_000_000]).unwrap();
    let backup = site.path().join("backup");
    let copying = site.start("backup", &[&backup.display().to_string()], &[]);
    let part = site.path().join(".backup.part");
    let began = Instant::now();
    while !part.join("storage").is_dir() {
        assert!(began.elapsed() < Duration::from_secs(30));
    }
    copying.kill();
    assert!(!backup.exists());
    // The next one is whole, and takes the place of what was left.
    let arguments = ["backup", &backup.display().to_string(), "--data", &site.data().display().to_string()];
    assert_eq!(site.command(&arguments).0, Some(0));
    assert!(!part.exists());
    assert_eq!(site.command(&arguments).0, Some(2), "what is there is not written over");
    let digest = site.generation(&first).artifact.unwrap().digest;
    let after = restored(&backup);
    assert_eq!(after.bytes_of(&after.generation(&first).artifact.unwrap()), digest);
}

#[test]
fn what_is_no_whole_backup_is_not_restored() {
    let site = Site::new();
    site.accept();
    let (data, backup) = (site.data().display().to_string(), site.path().join("backup"));
    assert_eq!(site.command(&["backup", &backup.display().to_string(), "--data", &data]).0, Some(0));
    let (code, _, err) = site.command(&["restore", &backup.display().to_string(), "--data", &data]);
    assert_eq!(code, Some(2), "{err}");
    let place = site.path().join("other");
    let elsewhere = place.display().to_string();
    let (code, _, err) = site.command(&["restore", &site.path().display().to_string(), "--data", &elsewhere]);
    assert_eq!(code, Some(2), "{err}");
    let database = backup.join("records.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&database, bytes).unwrap();
    let (code, _, err) = site.command(&["restore", &backup.display().to_string(), "--data", &elsewhere]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("records.db is not what was copied"), "{err}");
    assert!(!place.exists());
}

#[test]
fn what_is_elsewhere_is_copied_by_its_own_means() {
    let site = Site::new();
    let target = site.path().join("backup").display().to_string();
    let config = site.path().join("config.toml").display().to_string();
    for (text, means) in [
        ("[service]\ndatabase = \"postgres://u:hunter2@127.0.0.1:1/x\"\n", "pg_dump"),
        ("[service.storage]\nbucket = \"results\"\n", "versioning"),
    ] {
        site.configure(text);
        for command in ["backup", "restore"] {
            let (code, _, err) =
                site.command(&[command, &target, "--data", &site.data().display().to_string(), "--config", &config]);
            assert_eq!(code, Some(2), "{err}");
            assert!(err.contains(means) && !err.contains("hunter2"), "{err}");
        }
    }
}
