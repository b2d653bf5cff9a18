use serde_json::{Value, json};

use super::{Added, Pair, check, names, version_of};

const HOST: &str = "registry.test";

fn integrity(letter: char) -> String {
    format!("sha512-{}==", letter.to_string().repeat(86))
}

fn manifest(packages: Value) -> Value {
    json!({"name": "x", "version": "0.1.0", "dependencies": packages, "devDependencies": {"vite": "8.0.0"}})
}

fn lockfile(packages: &Value) -> Value {
    json!({"name": "x", "version": "0.1.0", "lockfileVersion": 3, "requires": true, "packages": {
        "": {"name": "x", "version": "0.1.0", "dependencies": packages, "devDependencies": {"vite": "8.0.0"}},
        "node_modules/zod": {"version": "4.0.0", "integrity": integrity('z')},
        "node_modules/vite": {"version": "8.0.0", "integrity": integrity('v'), "dev": true, "dependencies": {"esbuild": "^1"}},
        "node_modules/esbuild": {"version": "1.0.0", "integrity": integrity('e'), "dev": true, "hasInstallScript": true},
        "node_modules/native": {"version": "1.0.0", "integrity": integrity('n'), "dev": true, "hasInstallScript": true},
    }})
}

/// The project before, and after `thing` was added with a dependency of its own.
fn case() -> (Value, Value, Value, Value) {
    let before = json!({"zod": "4.0.0"});
    let after = json!({"thing": "1.2.3", "zod": "4.0.0"});
    let mut lock = lockfile(&after);
    lock["packages"]["node_modules/thing"] = json!({"version": "1.2.3", "integrity": integrity('t'), "license": "MIT", "dependencies": {"inner": "npm:in@^2"}});
    lock["packages"]["node_modules/thing/node_modules/inner"] =
        json!({"version": "2.0.0", "name": "in", "integrity": integrity('i')});
    (manifest(before.clone()), lockfile(&before), manifest(after), lock)
}

fn with(change: impl FnOnce(&mut Value, &mut Value)) -> Result<(), String> {
    let (old_manifest, old_lock, mut new_manifest, mut new_lock) = case();
    change(&mut new_manifest, &mut new_lock);
    let texts = [old_manifest, old_lock, new_manifest, new_lock].map(|value| value.to_string());
    let [old_manifest, old_lock, new_manifest, new_lock] = &texts;
    let before = Pair { manifest: old_manifest, lockfile: old_lock };
    let after = Pair { manifest: new_manifest, lockfile: new_lock };
    check(before, after, Added { name: "thing", version: "1.2.3" }, HOST)
}

fn with_thing(key: &str, value: &Value) -> Result<(), String> {
    with(|_, lock| lock["packages"]["node_modules/thing"][key] = value.clone())
}

#[test]
fn one_package_at_its_version_passes() {
    assert_eq!(with(|_, _| {}), Ok(()));
    assert_eq!(with_thing("resolved", &json!("https://registry.test/thing/-/thing-1.2.3.tgz")), Ok(()));
}

#[test]
fn a_package_that_moved_stays_what_it_was() {
    let moved = |_: &mut Value, lock: &mut Value| {
        let packages = lock["packages"].as_object_mut().unwrap();
        let native = packages.remove("node_modules/native").unwrap();
        packages.insert("node_modules/thing/node_modules/native".to_owned(), native);
    };
    assert_eq!(with(moved), Ok(()));
}

#[test]
fn a_manifest_that_changed_otherwise_is_refused() {
    let wrong: [fn(&mut Value); 6] = [
        |manifest| manifest["scripts"] = json!({"postinstall": "x"}),
        |manifest| manifest["dependencies"]["thing"] = json!("^1.2.3"),
        |manifest| manifest["dependencies"]["other"] = json!("1.0.0"),
        |manifest| manifest["dependencies"]["zod"] = json!("4.0.1"),
        |manifest| manifest["devDependencies"] = json!({}),
        |manifest| *manifest = json!([]),
    ];
    for change in wrong {
        assert!(with(|manifest, _| change(manifest)).unwrap_err().contains("package.json"));
    }
}

#[test]
fn a_lockfile_of_something_else_is_refused() {
    let wrong: [fn(&mut Value); 6] = [
        |lock| lock["lockfileVersion"] = json!(2),
        |lock| lock["packages"][""]["dependencies"]["other"] = json!("1.0.0"),
        |lock| lock["packages"] = json!([]),
        |lock| *lock = json!("x"),
        |lock| lock["packages"]["node_modules/zod"]["integrity"] = json!(integrity('q')),
        |lock| drop(lock["packages"].as_object_mut().unwrap().remove("node_modules/thing")),
    ];
    for (index, change) in wrong.into_iter().enumerate() {
        assert!(with(|_, lock| change(lock)).is_err(), "{index}");
    }
}

#[test]
fn what_comes_from_elsewhere_or_runs_something_is_refused() {
    for (key, value, reason) in [
        ("integrity", Value::Null, "digest"),
        ("integrity", json!("sha1-deadbeef"), "digest"),
        ("integrity", json!("sha512-"), "digest"),
        ("version", json!("git+ssh://git@github.com/a/b.git"), "at 1.2.3"),
        ("version", json!("1.2.4"), "at 1.2.3"),
        ("resolved", json!("https://evil.test/thing.tgz"), "another place"),
        ("resolved", json!("https://registry.test@evil.test/thing.tgz"), "another place"),
        ("resolved", json!("https://registry.test.evil.test/thing.tgz"), "another place"),
        ("resolved", json!("git+https://github.com/a/b.git#abc"), "another place"),
        ("resolved", json!("file:../../etc"), "another place"),
        ("link", json!(true), "by itself"),
        ("inBundle", json!(true), "by itself"),
        ("hasInstallScript", json!(true), "install scripts"),
        ("name", json!("../../x"), "no package"),
        ("dependencies", json!({"x": "git+https://github.com/a/b.git"}), "another place"),
        ("dependencies", json!({"x": "a/b"}), "another place"),
        ("dependencies", json!({"x": "npm:y@file:../z"}), "another place"),
        ("peerDependencies", json!({"x": "http://evil.test/x.tgz"}), "another place"),
        ("optionalDependencies", json!({"x": 1}), "another place"),
    ] {
        let refused = with_thing(key, &value).unwrap_err();
        assert!(refused.contains(reason), "{key} {value}: {refused}");
    }
    for version in [json!("git+ssh://git@github.com/a/b.git"), json!("^2.0.0"), Value::Null] {
        let inner = "node_modules/thing/node_modules/inner";
        let refused = with(|_, lock| lock["packages"][inner]["version"] = version).unwrap_err();
        assert!(refused.contains("exact version"), "{refused}");
    }
    let outside = with(|_, lock| lock["packages"]["../x"] = json!({"version": "1.0.0", "integrity": integrity('x')}));
    assert!(outside.unwrap_err().contains("not below"));
}

#[test]
fn texts_that_are_no_json_are_refused() {
    let before = Pair { manifest: "{}", lockfile: "{}" };
    for text in ["", "[", "null", "\u{feff}{}"] {
        let after = Pair { manifest: text, lockfile: "{}" };
        assert!(check(before, after, Added { name: "x", version: "1.0.0" }, HOST).is_err(), "{text:?}");
    }
}

#[test]
fn a_manifest_tells_its_packages() {
    let text = manifest(json!({"zod": "4.0.0"})).to_string();
    assert_eq!(names(&text), ["zod", "vite"]);
    assert_eq!(version_of(&text, "vite").as_deref(), Some("8.0.0"));
    assert_eq!(version_of(&text, "esbuild"), None);
    assert_eq!(version_of("{", "vite"), None);
}
