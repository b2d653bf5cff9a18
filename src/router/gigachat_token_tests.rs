use std::time::Duration;

use super::{LIFETIME, granted, lifetime};

const NOW_MS: u64 = 1_800_000_000_000;

fn left(expires_at: f64) -> u64 {
    lifetime(Some(expires_at), NOW_MS).as_secs()
}

#[test]
fn an_end_is_read_in_milliseconds_and_in_seconds() {
    assert_eq!(left(1_800_000_600_000.0), 600);
    assert_eq!(left(1_800_000_600.0), 600);
    assert_eq!(left(1_800_001_800_000.0), 1800);
    assert_eq!(lifetime(None, NOW_MS), LIFETIME);
}

#[test]
fn clocks_that_disagree_do_no_harm() {
    for wrong in [0.0, -1.0, 1_799_999_999_000.0, 1_800_000_000_000.0, 1_800_009_000_000.0, 1e300, f64::MAX, f64::NAN] {
        assert_eq!(lifetime(Some(wrong), NOW_MS), LIFETIME, "{wrong}");
    }
    assert_eq!(lifetime(Some(1e18), u64::MAX), Duration::from_secs(1800));
}

#[test]
fn both_forms_of_a_grant_are_read() {
    for (body, expires_at) in [
        (r#"{"access_token":"t","expires_at":1706026848841}"#, Some(1_706_026_848_841.0)),
        (r#"{"tok":"t","exp":1706026848}"#, Some(1_706_026_848.0)),
        (r#"{"access_token":"t","expires_at":"soon"}"#, None),
        (r#"{"access_token":"t"}"#, None),
    ] {
        let granted = granted("giga", &body.into()).unwrap_or_else(|_| panic!("{body}"));
        assert_eq!((granted.token.expose(), granted.expires_at), ("t", expires_at), "{body}");
    }
}

#[test]
fn a_grant_without_a_usable_token_is_damaged() {
    for body in ["", "{}", "[]", "\u{0}", r#"{"access_token":""}"#, r#"{"access_token":1}"#, r#"{"tok":"two\nlines"}"#]
    {
        let failure = granted("giga", &body.into()).err().unwrap();
        assert_eq!(failure.code.as_deref(), Some("damaged_answer"), "{body}");
    }
}
