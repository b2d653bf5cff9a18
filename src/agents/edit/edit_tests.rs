use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn block(search: &str, replace: &str) -> Block {
    Block { search: search.into(), replace: replace.into() }
}

fn applied(current: &str, search: &str, replace: &str) -> String {
    apply(current, &[block(search, replace)]).unwrap_or_else(|failed| panic!("{current:?}: {failed:?}"))
}

fn failed(current: &str, blocks: &[Block]) -> Vec<(usize, FailedKind)> {
    apply(current, blocks).unwrap_err().into_iter().map(|failed| (failed.index, failed.kind)).collect()
}

const FILE: &str = "import a;\n\nfunction f() {\n  if (x) {\n    run();\n  }\n}\n";

#[test]
fn lines_are_replaced_removed_and_added() {
    assert_eq!(applied(FILE, "import a;\n", "import a;\nimport b;\n"), FILE.replace("a;\n", "a;\nimport b;\n"));
    assert_eq!(applied(FILE, "    run();\n", ""), FILE.replace("    run();\n", ""));
    assert_eq!(applied(FILE, FILE, "x\n"), "x\n");
    assert_eq!(applied(FILE, "\n", "\n\n"), FILE.replacen("\n\n", "\n\n\n", 1));
    assert_eq!(apply(FILE, &[]).unwrap(), FILE);
}

#[test]
fn blocks_are_found_in_the_file_as_it_is_in_any_order() {
    let blocks = [block("    run();\n", "    import a;\n"), block("import a;\n", "run();\n")];
    assert_eq!(
        apply(FILE, &blocks).unwrap(),
        FILE.replace("import a;", "#").replace("run", "import a").replace("a()", "a").replace('#', "run();")
    );
    let [first, second] = blocks;
    assert_eq!(apply(FILE, &[second.clone(), first.clone()]), apply(FILE, &[first, second]));
}

#[test]
fn spaces_at_the_ends_of_lines_do_not_matter() {
    let file = "a;  \nb;\t\nc;\n";
    assert_eq!(applied(file, "a;\nb;\n", "a;\nx;\n"), "a;  \nx;\nc;\n");
    assert_eq!(applied("a;\nb;\n", "a;  \n", "x;\n"), "x;\nb;\n");
}

#[test]
fn the_replacement_gets_the_indentation_of_the_file() {
    // Less deep in the block than in the file.
    assert_eq!(
        applied(
            FILE,
            "if (x) {\n  run();\n}\n",
            "if (x) {\n  run();\n  if (y) {\n    stop();\n  }\n} else {\n  wait();\n}\n"
        ),
        FILE.replace(
            "    run();\n  }\n",
            "    run();\n    if (y) {\n      stop();\n    }\n  } else {\n    wait();\n  }\n"
        )
    );
    // Deeper, and a line that is less deep than all that is searched for.
    assert_eq!(applied(FILE, "        run();\n", "        go();\n      }\n"), FILE.replace("run();\n", "go();\n  }\n"));
    // Tabs in the file, spaces in the block.
    let tabs = "{\n\tif (x) {\n\t\trun();\n\t}\n}\n";
    assert_eq!(
        applied(tabs, "  if (x) {\n    run();\n", "  if (x) {\n    run();\n    for (;;) {\n      go();\n    }\n"),
        "{\n\tif (x) {\n\t\trun();\n\t\tfor (;;) {\n\t\t\tgo();\n\t\t}\n\t}\n}\n"
    );
    // Blank lines stay blank.
    assert_eq!(applied("  a;\n  b;\n", "a;\nb;\n", "a;\n\nb;\n"), "  a;\n\n  b;\n");
}

#[test]
fn typographic_characters_are_taken_for_plain_ones() {
    let file = "say(“it’s – done”);\nnext();\n";
    assert_eq!(applied(file, "say(\"it's - done\");\n", "say(\"over\");\n"), "say(\"over\");\nnext();\n");
    // A line that the block does not change keeps the file's characters.
    assert_eq!(
        applied(file, "say(\"it's - done\");\nnext();\n", "say(\"it's - done\");\nlast();\n"),
        "say(“it’s – done”);\nlast();\n"
    );
    assert_eq!(applied("a\u{a0}b;\n", "a b;\n", "c;\n"), "c;\n");
    assert_eq!(applied("cafe\u{301}\n", "caf\u{e9}\n", "tea\n"), "tea\n");
}

#[test]
fn line_ends_stay_those_of_the_file() {
    let file = FILE.replace('\n', "\r\n");
    let changed = FILE.replace("import a;\n", "import b;\nimport c;\n").replace('\n', "\r\n");
    assert_eq!(applied(&file, "import a;\n", "import b;\nimport c;\n"), changed);
    assert_eq!(applied("a\r\nb\r\nc", "b\nc\n", "x\ny\n"), "a\r\nx\r\ny");
    assert_eq!(applied("a\nb", "b\n", ""), "a");
    assert_eq!(applied("a\nb", "a\n", "x\n"), "x\nb");
    // Lines that are not touched keep their own.
    assert_eq!(applied("a\r\nb\nc\n", "c\n", "x\n"), "a\r\nb\nx\n");
}

#[test]
fn a_block_that_stands_nowhere_comes_with_the_nearest_lines() {
    let failed = apply(FILE, &[block("  if (y) {\n    run();\n", "x\n")]).unwrap_err();
    insta::assert_snapshot!("nearest_lines", failed[0].problem("src/x.ts").message);
    // No line is the same, one is alike.
    let file: String = (0..50).map(|index| format!("const value{index} = compute(input, {index});\n")).collect();
    let FailedKind::NotFound { nearest } = failed_kind(&file, "const value31 = computed(inputs, 31);\n") else {
        panic!()
    };
    assert_eq!(nearest.iter().map(|line| line.number).collect::<Vec<_>>(), [30, 31, 32, 33, 34]);
    assert_eq!(failed_kind(FILE, "SELECT nothing\n"), FailedKind::NotFound { nearest: vec![] });
    assert_eq!(failed_kind("", "x\n"), FailedKind::NotFound { nearest: vec![] });
}

fn failed_kind(current: &str, search: &str) -> FailedKind {
    failed(current, &[block(search, "x\n")]).remove(0).1
}

#[test]
fn a_block_that_stands_twice_comes_with_the_places() {
    let file = "a\nb\na\nb\na\n";
    assert_eq!(failed_kind(file, "a\nb\n"), FailedKind::Ambiguous { lines: vec![1, 3] });
    assert_eq!(failed_kind("a\na\na\n", "a\na\n"), FailedKind::Ambiguous { lines: vec![1, 2] });
    // The strictest pass that finds it decides.
    assert_eq!(applied("  a\na\n", "a\n", "x\n"), "  a\nx\n");
    assert_eq!(failed_kind("  a\n\ta\n", "a\n"), FailedKind::Ambiguous { lines: vec![1, 2] });
    let FailedKind::Ambiguous { lines } = failed_kind(&"a\n".repeat(1000), "a\n") else { panic!() };
    assert_eq!(lines.len(), 10);
}

#[test]
fn all_blocks_are_applied_or_none() {
    let blocks = [block("import a;\n", "x\n"), block("absent\n", "x\n"), block("\n", "x\n"), block("", "x\n")];
    assert_eq!(failed(FILE, &blocks), [(1, FailedKind::NotFound { nearest: vec![] }), (3, FailedKind::EmptySearch)]);
    let blocks = [block("import a;\n\n", "x\n"), block("\nfunction f() {\n", "x\n"), block("import a;\n\n", "y\n")];
    assert_eq!(failed(FILE, &blocks), [(2, FailedKind::Overlaps { other: 0 })]);
    let many = vec![block("import a;\n", "x\n"); BLOCKS_MAX + 5];
    let failed = failed(FILE, &many);
    assert_eq!(failed.last(), Some(&(BLOCKS_MAX, FailedKind::TooMany)));
    for (index, kind) in failed {
        assert!(!FailedBlock { index, kind }.problem("x").message.is_empty());
    }
}

#[test]
fn only_an_empty_file_is_written_by_an_empty_search() {
    for current in ["", "\n", "  \r\n"] {
        assert_eq!(applied(current, "", "a\nb\n"), "a\nb\n");
    }
    assert_eq!(failed(FILE, &[block("", "x\n")]), [(0, FailedKind::EmptySearch)]);
    assert_eq!(failed("", &[block("", "x\n"), block("", "y\n")]).len(), 2);
}

#[test]
fn lines_that_are_shown_cannot_end_their_fence() {
    let file = "const fence = value;\n````\n\u{1b}[31mred\n";
    let message = apply(file, &[block("const fence = values;\n", "x\n")]).unwrap_err()[0].problem("x").message;
    assert!(message.contains("\n`````text\n"), "{message}");
    assert!(!message.contains('\u{1b}'), "{message}");
}

#[test]
fn hostile_files_and_blocks_take_no_time() {
    let same = "a\n".repeat(500_000);
    let started = Instant::now();
    let half = format!("{}b\n", "a\n".repeat(250_000));
    assert_eq!(apply(&same, &[block(&half, "x\n")]).unwrap_err().len(), 1);
    let long = "x".repeat(1_000_000);
    assert_eq!(apply(&long, &[block(&format!("{long}y\n"), "x\n")]).unwrap_err().len(), 1);
    let lines: String = (0..40_000).map(|index| format!("line number {index} of it\n")).collect();
    let blocks: Vec<_> =
        (0..BLOCKS_MAX).map(|index| block(&format!("line numbers {index} of them\n"), "x\n")).collect();
    assert_eq!(apply(&lines, &blocks).unwrap_err().len(), BLOCKS_MAX);
    // Unoptimised, on a busy machine; what is quadratic takes hours.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

proptest! {
    /// A block cut from a file, found once, gives the text that plain replacement gives.
    #[test]
    fn a_block_cut_from_a_file_is_applied(
        lines in prop::collection::vec("[ \t]{0,3}[a-c“é]{0,2}[ ]{0,1}", 1..20),
        start in any::<prop::sample::Index>(),
        length in 1..6_usize,
        replace in prop::collection::vec("[ ]{0,3}[x-z]{0,3}", 0..5),
        ends in prop::sample::select(vec![("\n", true), ("\r\n", true), ("\n", false), ("\r\n", false)]),
    ) {
        let (end, last) = ends;
        let start = start.index(lines.len());
        let length = length.min(lines.len() - start);
        let with = |lines: &[String], end: &str| lines.iter().map(|line| format!("{line}{end}")).collect::<String>();
        let cut = |text: String, keep: bool| if keep { text } else { text.strip_suffix(end).map_or(text.clone(), str::to_owned) };
        // Without a line end at its end, a file cannot show that its last line is blank.
        prop_assume!(last || lines.last().is_some_and(|line| !line.is_empty()));
        // What replaces a blank file is another rule.
        prop_assume!(lines.iter().any(|line| !line.trim().is_empty()));
        let current = cut(with(&lines, end), last);
        let search = &lines[start..start + length];
        let places = lines.windows(length).filter(|window| *window == search).count();
        let block = Block { search: with(search, "\n"), replace: with(&replace, "\n") };
        match apply(&current, &[block]) {
            Ok(text) => {
                prop_assert_eq!(places, 1);
                let expected: Vec<_> = [&lines[..start], &replace, &lines[start + length..]].concat();
                // One line break is not enough to make most of a short file's lines end so.
                let end = if !last && lines.len() == 1 { "\n" } else { end };
                let expected = with(&expected, end);
                let expected = if last { expected } else { expected.strip_suffix(end).map_or(expected.clone(), str::to_owned) };
                prop_assert_eq!(text, expected);
            }
            Err(failed) => {
                let is_ambiguous = matches!(failed[0].kind, FailedKind::Ambiguous { .. });
                prop_assert!(places > 1 && is_ambiguous, "{:?}", failed);
            }
        }
    }

    #[test]
    fn any_file_and_blocks_are_taken_without_panic(
        current in "[a \t\r\n“}]{0,60}",
        blocks in prop::collection::vec(("[a \t\n“}]{0,8}", any::<String>()), 0..4),
    ) {
        let blocks: Vec<_> = blocks.iter().map(|(search, replace)| block(search, replace)).collect();
        match apply(&current, &blocks) {
            Ok(text) => prop_assert!(!blocks.is_empty() || text == current),
            Err(failed) => {
                prop_assert!(!failed.is_empty());
                for failed in failed {
                    prop_assert!(failed.index < blocks.len());
                    prop_assert!(failed.problem("x").message.starts_with("Block "));
                }
            }
        }
    }
}
