use std::ffi::OsString;

use super::*;

fn environment(rows: &[(&str, &str)]) -> Environment {
    Environment::new(rows.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

#[test]
fn lines_are_for_people_and_go_nowhere_else_unless_somebody_says_so() {
    let unset = Log { filter: "info".to_owned(), json: false, traces_to: None };
    assert_eq!(read(&environment(&[])), unset);
    assert_eq!(read(&environment(&[("SAMOKODER_LOG_FORMAT", "text"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "")])), unset);
    let set = environment(&[
        ("SAMOKODER_LOG", "warn"),
        ("SAMOKODER_LOG_FORMAT", "json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
    ]);
    let traces_to = Some("http://127.0.0.1:4318".to_owned());
    assert_eq!(read(&set), Log { filter: "warn".to_owned(), json: true, traces_to });
}
