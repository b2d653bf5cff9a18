use super::*;
use crate::workspace::Change;

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

fn files(all: &[(&str, &str)]) -> Snapshot {
    let change = |(name, text): &(&str, &str)| Change {
        path: path(name),
        content: Some(text.as_bytes().to_vec()),
        executable: false,
    };
    Snapshot::default().with(&all.iter().map(change).collect::<Vec<_>>())
}

#[test]
fn what_is_imported_is_found_where_it_is() {
    let files = files(&[
        (
            "src/web/page.tsx",
            "import { a } from \"./a\";\nimport type {\n  B,\n} from '../shared/b.js';\nimport \"./page.css\";\n\
             const load = () => import(\"./c\");\nexport * from \"./a\";\nimport z from \"zod\";\nimport \"./none\";\n\
             import \"../../../outside\";\n",
        ),
        ("src/web/a.tsx", ""),
        ("src/shared/b.ts", ""),
        ("src/web/page.css", ""),
        ("src/web/c/index.tsx", ""),
    ]);
    let found = imports(&files, &path("src/web/page.tsx"));
    let found: Vec<&str> = found.iter().map(ProjectPath::as_str).collect();
    assert_eq!(found, ["src/web/a.tsx", "src/shared/b.ts", "src/web/page.css", "src/web/c/index.tsx"]);
    assert_eq!(imports(&files, &path("src/absent.ts")), []);
}

#[test]
fn what_is_reached_through_others_counts_and_circles_end() {
    let files =
        files(&[("a.ts", "import \"./b\";"), ("b.ts", "import \"./a\"; import \"./c\";"), ("c.ts", ""), ("d.ts", "")]);
    let reached = |from: &str, to: &str| reaches(&files, &path(from), &BTreeSet::from([path(to)]));
    assert!(reached("a.ts", "c.ts") && reached("a.ts", "a.ts"));
    assert!(!reached("a.ts", "d.ts") && !reached("c.ts", "a.ts"));
}
