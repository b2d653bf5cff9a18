use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::*;

fn settings(name: &str, key: &str) -> ApiKey {
    ApiKey { name: name.to_owned(), tenant: "acme".to_owned(), digest: KeyDigest::of(key), call_cap: None }
}

fn headers(name: HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
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
    let keys = Keys::new(&[ApiKey { digest, ..settings("team-a", "another") }]);
    let holder = keys.holder(&headers(header::AUTHORIZATION, &format!("Bearer {}", new.key))).unwrap();
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
    let keys = Keys::new(&[settings("a", "key-a"), settings("b", "key-b")]);
    let name = |headers: &HeaderMap| keys.holder(headers).map(|holder| holder.name.clone().unwrap()).ok();
    assert_eq!(name(&headers(header::AUTHORIZATION, "Bearer key-a")).as_deref(), Some("a"));
    assert_eq!(name(&headers(header::AUTHORIZATION, "bearer  key-b ")).as_deref(), Some("b"));
    assert_eq!(name(&headers(X_API_KEY, "key-b")).as_deref(), Some("b"));
    for wrong in ["Basic key-a", "key-a", "Bearer ", "Bearer key-A", &format!("Bearer {}", "x".repeat(600))] {
        assert_eq!(name(&headers(header::AUTHORIZATION, wrong)), None, "{wrong}");
    }
    assert_eq!(name(&HeaderMap::new()), None);
}

#[test]
fn without_keys_everybody_is_the_machines_owner() {
    let holder = Keys::new(&[]).holder(&HeaderMap::new()).unwrap();
    assert_eq!((holder.name.as_deref(), holder.tenant.as_str()), (None, "local"));
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
