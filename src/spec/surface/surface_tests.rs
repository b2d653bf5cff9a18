use super::*;
use crate::spec::{read, starter};

fn spec_of(name: &str, bytes: &[u8]) -> Spec {
    let reading = read(name, bytes);
    reading.spec.unwrap_or_else(|| panic!("{name}: {:#?}", reading.problems))
}

pub(in crate::spec) fn specs() -> Vec<(String, Spec)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["examples", "tests/fixtures/specs", "tests/fixtures/jdl"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let mut specs: Vec<(String, Spec)> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("SOURCE.md"))
        .filter_map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Some((name.clone(), read(&name, &std::fs::read(path).unwrap()).spec?))
        })
        .collect();
    specs.push(("starter.yaml".to_owned(), spec_of("starter.yaml", starter().as_bytes())));
    assert!(specs.len() > 8, "{}", specs.len());
    specs
}

#[test]
fn what_is_written_back_reads_as_the_same_spec() {
    for (name, spec) in specs() {
        let written = surface(&spec);
        let mut again = spec_of("again.json", written.to_string().as_bytes());
        if name.ends_with(".jdl") || name.ends_with(".md") {
            // The order of relations in a JDL file is no order of any table of entities.
            assert_eq!(again.relations.len(), spec.relations.len());
            assert!(spec.relations.iter().all(|relation| again.relations.contains(relation)), "{name}");
            again.relations.clone_from(&spec.relations);
        }
        assert_eq!(again, spec, "{name}");
    }
}
