use super::*;

fn asked(range: &str) -> Asked {
    let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(range).unwrap())]);
    wanted(&headers, "\"t\"", 100)
}

#[test]
fn a_range_is_within_the_file() {
    assert_eq!(asked("bytes=0-99"), Asked::Part(0..100));
    assert_eq!(asked("bytes=0-0"), Asked::Part(0..1));
    assert_eq!(asked("bytes=90-"), Asked::Part(90..100));
    assert_eq!(asked("bytes=-10"), Asked::Part(90..100));
    assert_eq!(asked("bytes=-1000"), Asked::Part(0..100));
    assert_eq!(asked("bytes=50-99999999999999999999999"), Asked::Part(50..100));
}

#[test]
fn a_range_that_the_file_does_not_have_is_refused() {
    for range in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"] {
        assert_eq!(asked(range), Asked::Nothing, "{range}");
    }
}

#[test]
fn what_is_not_understood_is_the_whole_file() {
    for range in ["bytes=", "bytes=-", "bytes=a-b", "bytes=5-1", "bytes=0-1,3-4", "lines=0-1", "bytes=+1-2"] {
        assert_eq!(asked(range), Asked::Whole, "{range}");
    }
}

#[test]
fn a_name_of_any_script_is_offered_twice() {
    assert_eq!(disposition("a b\"ж.zip"), "attachment; filename=\"a_b__.zip\"; filename*=UTF-8''a%20b%22%D0%B6.zip");
}
