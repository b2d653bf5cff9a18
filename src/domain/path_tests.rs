use super::*;

fn reason(path: &str) -> &'static str {
    match ProjectPath::parse(path) {
        Ok(path) => panic!("`{path}` was accepted"),
        Err(refused) => refused.reason,
    }
}

fn accepted(path: &str) {
    let parsed = ProjectPath::parse(path).unwrap();
    assert_eq!(parsed.as_str(), path, "stored literally");
}

#[test]
fn ordinary_paths_are_stored_literally() {
    for path in [
        "a",
        "src/main.rs",
        ".gitignore",
        ".gitattributes",
        ".github/workflows/ci.yml",
        ".env.example",
        "app/(group)/[id]/page.tsx",
        "@scope/name+1, two words.ts",
        "Ünïcode/日本語/файл.md",
        "a.b..c/...d",
        "git/config",
        "console.log",
        "com10",
        "nullable.ts",
        "auxiliary/lpt",
    ] {
        accepted(path);
    }
    assert_eq!(ProjectPath::parse("a/b/c").unwrap().components().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn s01_s02_no_way_up() {
    for path in ["../outside.txt", "a/../../outside.txt", "..", "a/..", "a/../b", "./../x"] {
        assert_eq!(reason(path), "it has a `.` or `..` component", "{path}");
    }
}

#[test]
fn s03_nothing_absolute() {
    for path in ["/etc/cron.d/x", "/", "//srv/x"] {
        assert_eq!(reason(path), "it is absolute", "{path}");
    }
}

#[test]
fn s04_nothing_that_windows_takes_for_a_path() {
    for path in [r"..\..\outside.txt", r"C:\x", r"\\srv\x", r"a\b"] {
        assert_eq!(reason(path), "it has a backslash", "{path}");
    }
    for path in ["C:", "C:x", "a/C:/x", "file.txt:stream"] {
        assert_eq!(reason(path), "it has a character that Windows does not allow in names", "{path}");
    }
}

#[test]
fn s05_no_control_characters() {
    for path in ["src/\0x", "src/a\nb", "a\rb", "a\tb", "\u{1b}[31m", "a\u{7f}", "a\u{85}b"] {
        assert_eq!(reason(path), "it has control or invisible characters", "{path:?}");
    }
}

#[test]
fn s06_no_empty_components() {
    assert_eq!(reason(""), "it is empty");
    for path in [".", "./", "./a", "a/."] {
        assert_eq!(reason(path), "it has a `.` or `..` component", "{path}");
    }
    for path in ["src//", "src/", "src//a"] {
        assert_eq!(reason(path), "it has an empty component", "{path}");
    }
}

#[test]
fn s07_lengths_are_bounded() {
    accepted(&"a".repeat(COMPONENT_MAX_BYTES));
    assert_eq!(reason(&"a".repeat(300)), "a component is longer than 255 bytes");
    assert_eq!(reason(&"ä".repeat(128)), "a component is longer than 255 bytes", "bytes count, not characters");
    assert_eq!(reason(&"abcdefghi/".repeat(500)), "it is longer than 1,000 bytes");
    assert_eq!(reason(&["a"; 200].join("/")), "it is nested deeper than 64 folders");
    accepted(&["a"; PATH_MAX_COMPONENTS].join("/"));
}

#[test]
fn s08_no_names_that_windows_reads_as_others() {
    for path in
        ["con.txt", "aux", "nul.rs", "CON", "a/PrN.x", "com1", "COM9.log", "lpt1", "con .txt", "conin$", "CONOUT$"]
    {
        assert_eq!(reason(path), "it is a device name on Windows", "{path}");
    }
    for path in ["com¹", "lpt³.txt", "COM²"] {
        assert_eq!(reason(path), "it is a device name on Windows", "{path}");
    }
    for path in ["a.", "a ", "a. ", " a", "src./x", "src /x"] {
        assert_eq!(reason(path), "a component starts with a space or ends with a dot or a space", "{path}");
    }
}

#[test]
fn s12_nothing_expands_and_nothing_is_an_option() {
    for path in ["~/x", "~root", "-rf", "--help", "a/-rf"] {
        assert_eq!(reason(path), "a component starts with `~` or `-`", "{path}");
    }
    for path in ["$HOME/x", "%2e%2e/x", "${x}", "`id`", "$(id)", "a;b", "a&b", "a'b", "{{ x }}", "%TEMP%"] {
        accepted(path);
    }
}

#[test]
fn s18_s19_s21_nothing_in_a_git_directory() {
    for path in [".git", ".git/hooks/pre-commit", ".git/config", "sub/.git", "a/.git/x"] {
        assert_eq!(reason(path), "it names a git directory", "{path}");
    }
}

#[test]
fn s20_no_git_directory_in_disguise() {
    for path in [".GIT/config", ".Git/HEAD", "git~1/config", "GIT~1", "a/Git~1/x", "git~2", ".gıt/config"] {
        assert_eq!(reason(path), "it names a git directory", "{path}");
    }
    for path in [".g\u{200c}it/config", ".gi\u{200b}t/x", "\u{feff}.git/x", ".git\u{200d}/x", ".gi\u{ad}t/x"] {
        assert_eq!(reason(path), "it has control or invisible characters", "{path:?}");
    }
    assert_eq!(reason(".git ./x"), "a component starts with a space or ends with a dot or a space");
    assert_eq!(reason(".git::$INDEX_ALLOCATION/x"), "it has a character that Windows does not allow in names");
    // Full-width and other letters that compatibility normalisation turns into these (NFKC).
    for path in [".ｇｉｔ/config", "．git/config", ".𝗀𝗂𝗍/x"] {
        assert_eq!(reason(path), "it names a git directory", "{path}");
    }
}

#[test]
fn a_refusal_shows_the_path_without_doing_harm() {
    let refused = ProjectPath::parse(&format!("\u{1b}[2J\n{}", "x".repeat(5000))).unwrap_err();
    assert!(refused.path.starts_with("\\u{1b}[2J\\nxxx"), "{}", refused.path);
    assert!(refused.path.len() < 300);
    assert_eq!(
        ProjectPath::parse("../x").unwrap_err().to_string(),
        "the path `../x` is refused: it has a `.` or `..` component"
    );
}

#[test]
fn a_path_from_json_is_checked_too() {
    assert!(serde_json::from_str::<ProjectPath>("\"src/a.ts\"").is_ok());
    let error = serde_json::from_str::<ProjectPath>("\"../a.ts\"").unwrap_err();
    assert!(error.to_string().contains("is refused"), "{error}");
}

proptest::proptest! {
    #[test]
    fn what_is_accepted_stays_inside(text in "[a-zA-Z.~/\\\\: \\-\u{200b}é]{0,40}") {
        if let Ok(path) = ProjectPath::parse(&text) {
            let joined = std::path::Path::new("/root/project").join(path.as_str());
            proptest::prop_assert!(joined.starts_with("/root/project"));
            let plain = |component| matches!(component, std::path::Component::Normal(_));
            proptest::prop_assert!(std::path::Path::new(path.as_str()).components().all(plain));
            proptest::prop_assert_eq!(path.components().count(), std::path::Path::new(path.as_str()).components().count());
        }
    }
}
