use serde_json::json;

use super::*;

#[test]
fn texts_have_the_form_of_their_type_or_not() {
    let cases: [(FieldType, &[&str], &[&str]); 9] = [
        (
            FieldType::Date,
            &["2026-11-21", "2024-02-29"],
            &["2026-02-29", "2026-1-1", "21.11.2026", "+002026-11-21", ""],
        ),
        (FieldType::Time, &["13:45", "13:45:30"], &["24:00", "1:45", "13:45:60.5", "T13:45", "13"]),
        (
            FieldType::Datetime,
            &["2026-11-21T13:45:30Z"],
            &["2026-11-21T13:45:30", "2026-11-21", "2026-11-21T25:00:00Z"],
        ),
        (FieldType::Duration, &["PT1H30M", "P2W", "P1Y2M3DT4H5M6.5S"], &["P", "PT", "1h", "P1H", "P1W2D", "P1DT"]),
        (
            FieldType::Uuid,
            &["0190a3c4-5b7d-7c3e-9a1f-2b4c6d8e0f12", "00000000-0000-0000-0000-000000000000"],
            &["0190a3c45b7d7c3e9a1f2b4c6d8e0f12", "0190a3c4-5b7d-0c3e-9a1f-2b4c6d8e0f12", "x"],
        ),
        (
            FieldType::Email,
            &["ada@example.org", "a.b+c@x-y.example.org"],
            &["ada", "a@b", ".a@b.org", "a..b@c.org", "a b@c.org"],
        ),
        (
            FieldType::Url,
            &["https://example.org", "http://localhost:3000/a?b=c#d"],
            &["ftp://x.org", "https://", "https://a b", "javascript:alert(1)", "https://x.org/\"><script>"],
        ),
        (FieldType::Decimal, &["12.50", "-0.1", "0"], &["1e3", "1,5", "", ".5", "99999999999999999999999999999999"]),
        (FieldType::String, &["one line", ""], &["two\nlines", "\u{202e}right to left", "bell\u{7}"]),
    ];
    for (field_type, right, wrong) in cases {
        for text in right {
            assert_eq!(normal_form(&field_type, text).as_deref(), Some(*text), "{field_type:?} {text}");
        }
        for text in wrong {
            assert_eq!(normal_form(&field_type, text), None, "{field_type:?} {text}");
        }
    }
}

#[test]
fn instants_are_kept_in_utc_and_uuids_in_small_letters() {
    let instant = normal_form(&FieldType::Datetime, "2026-11-21T13:45:30+02:00");
    assert_eq!(instant.as_deref(), Some("2026-11-21T11:45:30Z"));
    let uuid = normal_form(&FieldType::Uuid, "0190A3C4-5B7D-7C3E-9A1F-2B4C6D8E0F12");
    assert_eq!(uuid.as_deref(), Some("0190a3c4-5b7d-7c3e-9a1f-2b4c6d8e0f12"));
}

#[test]
fn files_are_checked_in_all_their_parts() {
    let image = FieldType::Binary { image: true };
    let file = |name: &str, media_type: &str, data: &str| json!({"name": name, "mediaType": media_type, "data": data});
    assert!(has_form(&image, &file("a.png", "image/png", "iVBORw0KGgo=")));
    assert!(!has_form(&image, &file("a.png", "text/plain", "iVBORw0KGgo=")));
    assert!(!has_form(&image, &file("", "image/png", "iVBORw0KGgo=")));
    assert!(!has_form(&image, &file("a.png", "image/png", "not base64")));
    assert!(!has_form(&image, &json!("iVBORw0KGgo=")));
    assert_eq!(length(&file("a", "text/plain", "aGVsbG8=")), Some(5));
    assert_eq!(length(&json!("héé")), Some(3));
}

#[test]
fn integers_stay_within_what_json_keeps_exact() {
    assert!(has_form(&FieldType::Integer, &json!(9_007_199_254_740_991_i64)));
    assert!(!has_form(&FieldType::Integer, &json!(9_007_199_254_740_992_i64)));
    assert!(!has_form(&FieldType::Integer, &json!(1.5)));
}
