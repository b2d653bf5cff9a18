use super::*;

fn told(reading: &Reading) -> String {
    let lines: Vec<String> = reading
        .problems
        .iter()
        .map(|p| format!("{:?} {} {} {:?}", p.position.map(|p| (p.line, p.column)), p.path, p.code, p.params))
        .collect();
    lines.join("\n")
}

#[test]
fn starter_is_a_spec() {
    let reading = read("spec.yaml", starter().as_bytes());
    assert!(reading.spec.is_some(), "{}", told(&reading));
}
