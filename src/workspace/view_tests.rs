use super::*;

fn path_of(step: &str) -> Option<String> {
    log_path(&StepKey(step.to_owned())).map(|path| path.as_str().to_owned())
}

#[test]
fn a_step_of_a_round_has_its_log_in_the_rounds_folder() {
    assert_eq!(path_of("test/1/unit-tests").as_deref(), Some("round-1/unit-tests.log"));
    assert_eq!(path_of("change-2/test/3/build").as_deref(), Some("change-2-round-3/build.log"));
}

#[test]
fn no_step_leads_out_of_the_folder_of_logs() {
    for step in [
        "",
        "test/1",
        "test/1/",
        "test/x/a",
        "test/1/../../workspace.json",
        "/etc/passwd",
        "change-0/test/1/a",
        "test/1/a\0",
    ] {
        assert_eq!(path_of(step), None, "{step}");
    }
}
