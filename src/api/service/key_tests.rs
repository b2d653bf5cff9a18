use super::*;

fn owner() -> Owner {
    Owner { tenant: "t".to_owned(), owner: "o".to_owned() }
}

#[test]
fn a_key_is_found_by_its_id_and_known_by_its_digest() {
    let (text, key) = new_key(owner(), "ci").unwrap();
    assert_eq!(text.len(), KEY_CHARS);
    assert_eq!(id_of(&text), Some(key.id.as_str()));
    assert!(is_key_of(&text, &key.digest));
    assert!(text.ends_with(&key.last_four));
    let (other, _) = new_key(owner(), "ci").unwrap();
    assert_ne!(text, other);
    assert!(!is_key_of(&other, &key.digest));
}

/// P-34.
#[test]
fn no_changed_character_passes_the_checksum() {
    let (text, _) = new_key(owner(), "ci").unwrap();
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        assert_eq!(id_of(std::str::from_utf8(&changed).unwrap()), None, "at {at}");
    }
}

#[test]
fn what_is_no_key_has_no_id() {
    let long = "x".repeat(100_000);
    for text in ["", "samokoder_", "ключ", long.as_str(), "samokoder_000000000000_"] {
        assert_eq!(id_of(text), None);
    }
}
