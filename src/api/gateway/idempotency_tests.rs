use super::*;

const WHOSE: &[&str] = &["acme", "key-a"];

fn answers(settings: IdempotencySettings) -> Arc<Answers> {
    Arc::new(Answers::new(settings))
}

fn first(answers: &Arc<Answers>, key: &str) -> Claim {
    match answers.find(WHOSE, key, &[b"body"]) {
        Ok(Found::First(claim)) => claim,
        other => panic!("{key} is taken: {other:?}"),
    }
}

fn found(answers: &Arc<Answers>, whose: &[&str], key: &str, body: &[u8]) -> String {
    match answers.find(whose, key, &[body]) {
        Ok(Found::First(_)) => "first".to_owned(),
        Ok(Found::Answer(answer)) => String::from_utf8(answer.body.to_vec()).unwrap(),
        Err(fault) => format!("{} {}", fault.status.as_u16(), fault.code),
    }
}

fn answer(body: &str) -> KeptAnswer {
    KeptAnswer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

#[test]
fn the_same_request_finds_the_answer_and_another_is_refused() {
    let answers = answers(IdempotencySettings::default());
    let claim = first(&answers, "k");
    assert_eq!(found(&answers, WHOSE, "k", b"body"), "409 idempotency_key_in_use");
    assert_eq!(found(&answers, WHOSE, "k", b"other"), "422 idempotency_key_reused");
    claim.keep(answer("hello"));
    assert_eq!(found(&answers, WHOSE, "k", b"body"), "hello");
    assert_eq!(found(&answers, WHOSE, "k", b"other"), "422 idempotency_key_reused");
    assert_eq!(found(&answers, &["acme", "key-b"], "k", b"body"), "first", "another key's answers are not found");
    assert_eq!(found(&answers, &["acmek", "ey-a"], "k", b"body"), "first", "names do not flow together");
}

#[test]
fn a_request_that_goes_without_an_answer_frees_its_key() {
    let answers = answers(IdempotencySettings::default());
    drop(first(&answers, "k"));
    drop(Recording::new(first(&answers, "k"), HeaderMap::new()));
    assert_eq!(found(&answers, WHOSE, "k", b"other"), "first");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_for_its_time_and_no_longer() {
    let answers = answers(IdempotencySettings::default());
    first(&answers, "k").keep(answer("hello"));
    tokio::time::advance(Duration::from_secs(24 * 3600 - 1)).await;
    assert_eq!(found(&answers, WHOSE, "k", b"body"), "hello");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(found(&answers, WHOSE, "k", b"body"), "first");
    assert_eq!(answers.bytes(), 0);
}

#[test]
fn the_oldest_answers_make_room_and_running_requests_never_do() {
    let settings = IdempotencySettings { total_bytes: 3 * (ENTRY_BYTES + 5), ..IdempotencySettings::default() };
    let answers = answers(settings);
    let running = first(&answers, "running");
    for key in ["a", "b", "c", "d"] {
        first(&answers, key).keep(answer("hello"));
    }
    assert_eq!(answers.bytes(), 3 * (ENTRY_BYTES + 5));
    assert_eq!(found(&answers, WHOSE, "b", b"body"), "hello");
    assert_eq!(found(&answers, WHOSE, "running", b"body"), "409 idempotency_key_in_use");
    assert_eq!(found(&answers, WHOSE, "a", b"body"), "first");
    drop(running);
}

#[test]
fn of_an_answer_that_is_too_large_the_fact_is_kept() {
    let answers = answers(IdempotencySettings { answer_bytes: 8, ..IdempotencySettings::default() });
    let mut recording = Recording::new(first(&answers, "k"), HeaderMap::new());
    for _ in 0..1000 {
        recording.add(b"0123456789");
    }
    assert!(recording.bytes.len() < 32, "no more is collected than is kept");
    recording.keep();
    assert_eq!(found(&answers, WHOSE, "k", b"body"), "409 idempotency_answer_not_kept");
    assert_eq!(answers.bytes(), ENTRY_BYTES);
}

#[test]
fn a_key_may_stand_in_quotes() {
    assert_eq!(read_key(b"\"8e03978e-40d5\"").unwrap(), "8e03978e-40d5");
    assert_eq!(read_key(b" 8e03978e-40d5 ").unwrap(), "8e03978e-40d5");
    assert_eq!(read_key(br#""a\"b\\c""#).unwrap(), r#"a"b\c"#);
    for wrong in [&b""[..], b"\"\"", b"\"a", b"\"a\"b", b"\"a\\", b"\"a\\n\"", b"\xff", &[b'x'; 256], "ключ".as_bytes()]
    {
        assert!(read_key(wrong).is_err(), "{wrong:?}");
    }
}
