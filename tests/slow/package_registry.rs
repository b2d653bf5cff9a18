//! The real registry, by the machine's own npm settings, and the real npm in the sandbox:
//! `scripts/test-slow package_registry`.

use std::{collections::BTreeMap, fs, path::Path};

use samokoder::{
    config,
    domain::clock::Timestamp,
    packages::{
        NpmRegistry, PackageRegistry as _, judge,
        lockfile::{self, Added, Pair},
    },
    process::{Cancel, End, Limits, Phase, Sandbox, SandboxCommand, Settings, best_tier},
    template::Pack,
};

/// The manifest of the pack's projects.
fn manifest(folder: &Path) -> BTreeMap<&'static str, String> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/react-hono/files");
    let read = |name: &'static str| {
        let text = fs::read_to_string(files.join(format!("{name}.tera"))).unwrap();
        let text = text.replace("{{ project.name }}", "asked");
        fs::write(folder.join(name), &text).unwrap();
        (name, text)
    };
    [lockfile::MANIFEST, lockfile::LOCKFILE].into_iter().map(read).collect()
}

/// S-78 on the real registry; a real package is judged, added by the pack's own command, and what came is as it must be.
#[tokio::test]
async fn a_real_package_is_judged_and_added() {
    let config = config::load(false).unwrap();
    let registry = NpmRegistry::new(config.packages);
    assert_eq!(registry.facts("react-codeshift-zz-nonexistent").await, Ok(None));
    let now = Timestamp(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap());
    let facts = registry.facts("date-fns").await.unwrap().unwrap();
    let version = judge("date-fns", Some(&facts), now).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    fs::create_dir(&work).unwrap();
    let before = manifest(&work);
    let add = Pack::embedded("react-hono").unwrap().manifest().commands.add_package.clone().unwrap();
    let settings = Settings { executable: env!("CARGO_BIN_EXE_samokoder").into(), ..config.process };
    let command = SandboxCommand {
        phase: Phase::Fetch,
        argv: add.argv_for("date-fns", &version),
        work: work.clone(),
        read_only: Vec::new(),
        environment: add.environment.into_iter().collect(),
        cache: None,
        serve: None,
        needs_loopback: false,
        limits: Limits { wall_ms: u64::from(add.time_limit_s) * 1000, ..Limits::default() },
        log: folder.path().join("log"),
    };
    let tier = best_tier(&settings).await.unwrap();
    let outcome = Sandbox::new(settings, tier).run(&command, &Cancel::new()).await.unwrap();
    assert_eq!(outcome.end, End::Exited { code: 0 }, "{:#?}", outcome.tail);

    let after: BTreeMap<&str, String> =
        before.keys().map(|name| (*name, fs::read_to_string(work.join(name)).unwrap())).collect();
    let pair =
        |files: &'_ BTreeMap<&str, String>| [lockfile::MANIFEST, lockfile::LOCKFILE].map(|name| files[name].clone());
    let ([old_manifest, old_lock], [new_manifest, new_lock]) = (pair(&before), pair(&after));
    let checked = lockfile::check(
        Pair { manifest: &old_manifest, lockfile: &old_lock },
        Pair { manifest: &new_manifest, lockfile: &new_lock },
        Added { name: "date-fns", version: &version },
        registry.host(),
    );
    assert_eq!(checked, Ok(()));
    assert_eq!(lockfile::version_of(&new_manifest, "date-fns"), Some(version));
    assert!(!new_lock.contains("\"resolved\""), "no address of a registry comes into the lockfile");
}
