use super::*;

#[test]
fn files_of_one_folder_ending_and_purpose_share_a_line() {
    let files = [
        ("package.json", "The package"),
        (".gitignore", "What git leaves out"),
        ("src/entities/apiary.ts", "An entity"),
        ("src/entities/hive.ts", "An entity"),
        ("src/entities/hive.test.ts", "An entity"),
        ("src/entities/queen.ts", "An entity"),
        ("src/pages/hive.ts", "An entity"),
        ("src/pages/index.ts", "The list"),
        ("src/pages/one.ts", ""),
        ("src/pages/two.ts", ""),
    ];
    let paths: Vec<_> = files.iter().map(|(path, _)| ProjectPath::parse(path).unwrap()).collect();
    let listed = listing(paths.iter().zip(files.iter().map(|(_, purpose)| (*purpose).to_owned())));
    let shown: Vec<_> = listed.iter().map(|line| format!("{}: {}", line.path, line.purpose)).collect();
    assert_eq!(
        shown,
        [
            "package.json: The package",
            ".gitignore: What git leaves out",
            "src/entities/{apiary,hive,queen}.ts: An entity",
            "src/entities/hive.test.ts: An entity",
            "src/pages/hive.ts: An entity",
            "src/pages/index.ts: The list",
            "src/pages/one.ts: ",
            "src/pages/two.ts: ",
        ]
    );
}
