use super::*;

fn data() -> Data {
    Data {
        kept: vec![Pattern::parse("migrations/0001_initial.sql").unwrap()],
        migration: "migrations/{number}_change.sql".to_owned(),
        template: "migration.tera".to_owned(),
    }
}

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

#[test]
fn a_migration_comes_after_those_that_are_there_whoever_wrote_them() {
    let next = |paths: &[&str]| {
        let paths: Vec<ProjectPath> = paths.iter().map(|text| path(text)).collect();
        data().next(paths.iter()).unwrap().to_string()
    };
    assert_eq!(
        next(&["migrations/0001_initial.sql", "src/0007_a.ts", "migrations/README.md"]),
        "migrations/0002_change.sql"
    );
    assert_eq!(next(&["migrations/0011_loans.sql", "migrations/0002_change.sql"]), "migrations/0012_change.sql");
}

#[test]
fn only_what_databases_were_made_by_is_kept() {
    assert!(data().keeps(&path("migrations/0001_initial.sql")));
    assert!(!data().keeps(&path("migrations/0002_change.sql")));
}
