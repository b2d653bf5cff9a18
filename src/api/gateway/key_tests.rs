use http::{HeaderName, header};

use super::*;

fn settings(name: &str, key: &str) -> ApiKey {
    ApiKey { name: name.to_owned(), tenant: "acme".to_owned(), digest: KeyDigest::of(key), call_cap: None }
}

fn head(rows: &[(&HeaderName, &str)]) -> Parts {
    let request = rows.iter().fold(http::Request::builder(), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

#[test]
fn a_new_key_is_known_by_the_line_that_is_printed_with_it() {
    let new = new_key("team-a").unwrap();
    assert_eq!(new.key.len(), KEY_START.len() + 43, "32 bytes in base64 without padding");
    assert_ne!(new.key, new_key("team-a").unwrap().key);
    assert!(!new.config.contains(&new.key));
    let config: toml::Table = new.config.parse().unwrap();
    let row = &config["gateway"]["keys"][0];
    assert_eq!(row["name"].as_str(), Some("team-a"));
    let digest: KeyDigest = row["sha256"].as_str().unwrap().parse().unwrap();
    let keys = Keys::new(&[ApiKey { digest, ..settings("team-a", "another") }], 1);
    let holder = keys.holder(&head(&[(&header::AUTHORIZATION, &format!("Bearer {}", new.key))])).unwrap();
    assert_eq!(holder.name.as_deref(), Some("team-a"));
}

#[test]
fn names_that_could_not_stand_in_a_log_are_refused() {
    for name in ["", "a b", "a\"b", "ключ", &"x".repeat(65)] {
        assert_eq!(new_key(name).err(), Some(NewKeyError::Name { name: name.to_owned() }));
    }
}

#[test]
fn a_key_is_taken_from_either_header_and_from_no_other_scheme() {
    let keys = Keys::new(&[settings("a", "key-a"), settings("b", "key-b")], 1);
    let name = |rows: &[(&HeaderName, &str)]| keys.holder(&head(rows)).map(|holder| holder.name.clone().unwrap()).ok();
    assert_eq!(name(&[(&header::AUTHORIZATION, "Bearer key-a")]).as_deref(), Some("a"));
    assert_eq!(name(&[(&header::AUTHORIZATION, "bearer  key-b ")]).as_deref(), Some("b"));
    assert_eq!(name(&[(&X_API_KEY, "key-b")]).as_deref(), Some("b"));
    for wrong in ["Basic key-a", "key-a", "Bearer ", "Bearer key-A", &format!("Bearer {}", "x".repeat(600))] {
        assert_eq!(name(&[(&header::AUTHORIZATION, wrong)]), None, "{wrong}");
    }
    assert_eq!(name(&[]), None);
}

#[test]
fn without_keys_everybody_on_this_machine_is_its_owner() {
    let keys = Keys::new(&[], 1);
    for host in ["localhost", "LOCALHOST:4040", "127.0.0.1:4040", "[::1]:4040", "127.1.2.3", "[::ffff:127.0.0.1]"] {
        let holder = keys.holder(&head(&[(&header::HOST, host)])).unwrap();
        assert_eq!((holder.name.as_deref(), holder.tenant.as_str()), (None, "local"), "{host}");
    }
    for host in ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test:80", "10.0.0.1", "", "a b"] {
        assert_eq!(keys.holder(&head(&[(&header::HOST, host)])).unwrap_err().code, "foreign_host", "{host}");
    }
    assert!(keys.holder(&head(&[])).is_err());
}

#[test]
fn a_digest_is_sixty_four_hexadecimal_digits() {
    let digest = KeyDigest::of("key");
    assert_eq!(digest.to_string().parse(), Ok(digest));
    assert_eq!(digest.to_string().to_uppercase().parse(), Ok(digest));
    for wrong in ["", "0", "zz", &"0".repeat(63), &"0".repeat(66), &"ж".repeat(32)] {
        assert!(wrong.parse::<KeyDigest>().is_err(), "{wrong}");
    }
}
