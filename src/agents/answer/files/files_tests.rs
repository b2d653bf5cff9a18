use super::*;
use proptest::prelude::*;

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

fn file(at: &str, content: &str) -> Part {
    Part::File { path: path(at), content: content.into() }
}

fn edit(at: &str, blocks: &[(&str, &str)]) -> Part {
    let blocks = blocks.iter().map(|(search, replace)| Block { search: (*search).into(), replace: (*replace).into() });
    Part::Edit { path: path(at), blocks: blocks.collect() }
}

fn parts(text: &str) -> Vec<Part> {
    let answer = read(text);
    assert_eq!((answer.problems, answer.cut_off), (vec![], None), "{text}");
    answer.parts
}

/// Kind, path and message of the only problem of an answer without usable parts.
fn problem(text: &str) -> (ProblemKind, String, String) {
    let answer = read(text);
    assert_eq!((answer.parts.len(), answer.problems.len(), &answer.cut_off), (0, 1, &None), "{text}: {answer:?}");
    let AnswerProblem { kind, path, message } = answer.problems[0].clone();
    (kind, path, message)
}

const WHOLE: &str = r#"I add the calendar.

<file path="src/new.ts">
export const a = 1;

export const b = 2;
</file>

Then the route:

<edit path="src/app.ts">
<<<<<<< SEARCH
import a;
=======
import a;
import b;
>>>>>>> REPLACE

and

<<<<<<< SEARCH
gone();
=======
>>>>>>> REPLACE
</edit>
<delete path="src/old.ts"/>
<package name="@scope/date-fns" reason="time zones"/>
<dispute path="tests/x.test.ts">It contradicts
the second criterion.</dispute>
<blocked>The settings
of the build are wrong.</blocked>
<done/>
"#;

fn whole() -> Vec<Part> {
    vec![
        file("src/new.ts", "export const a = 1;\n\nexport const b = 2;\n"),
        edit("src/app.ts", &[("import a;\n", "import a;\nimport b;\n"), ("gone();\n", "")]),
        Part::Delete { path: path("src/old.ts") },
        Part::Package { name: "@scope/date-fns".into(), reason: "time zones".into() },
        Part::Dispute { path: path("tests/x.test.ts"), reason: "It contradicts\nthe second criterion.".into() },
        Part::Blocked { reason: "The settings\nof the build are wrong.".into() },
    ]
}

#[test]
fn every_kind_of_part_is_read() {
    assert_eq!(parts(WHOLE), whole());
    assert!(read(WHOLE).is_done);
}

#[test]
fn what_means_the_same_is_taken() {
    assert_eq!(parts(&WHOLE.replace('\n', "\r\n")), whole());
    assert_eq!(parts(&format!("\u{feff}{WHOLE}")), whole());
    assert_eq!(parts(&format!("```xml\n{WHOLE}```\n")), whole());
    let unsaid = WHOLE.replace("<done/>", "");
    assert_eq!(parts(&unsaid), whole());
    assert!(!read(&unsaid).is_done);
    // An edit that only the next tag ends.
    assert_eq!(parts(&WHOLE.replace("</edit>\n", "")), whole());
    assert_eq!(parts("<file path='a'>one</file>"), [file("a", "one\n")]);
    assert_eq!(parts("<file path='a'>\none\ntwo</file>\n"), [file("a", "one\ntwo\n")]);
    assert_eq!(parts("<file path='a'>\n</file>"), [file("a", "")]);
    assert_eq!(parts("<file path='.gitkeep'/>"), [file(".gitkeep", "")]);
}

#[test]
fn a_fence_around_all_of_a_file_is_taken_off() {
    for text in ["```ts\na;\n\nb;\n```", "\n````\na;\n\nb;\n````\n", "~~~\na;\n\nb;\n~~~"] {
        assert_eq!(parts(&format!("<file path='x.ts'>\n{text}\n</file>")), [file("x.ts", "a;\n\nb;\n")], "{text}");
    }
    // In Markdown it may be the content.
    assert_eq!(parts("<file path='x.md'>\n```\na\n```\n</file>"), [file("x.md", "```\na\n```\n")]);
    // Not around all of it.
    for text in ["```ts\na;\n```\nb;\n", "```ts\na;\n", "`a`;\n"] {
        assert_eq!(parts(&format!("<file path='x.ts'>\n{text}</file>")), [file("x.ts", text)], "{text}");
    }
}

#[test]
fn a_content_may_hold_lines_of_this_form() {
    // A closing tag, when another follows before the next opening one.
    let content = "a\n</file>\nb\n</file>\nc\n";
    assert_eq!(
        parts(&format!("<file path='a'>\n{content}</file>\nprose\n<file path='b'>\nx\n</file>")),
        [file("a", content), file("b", "x\n")]
    );
    // Tags with something before them, and what only looks like tags.
    let content = " <file path=\"x\">\n<file>\n<edit>\nlet t = '<done/>';\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n";
    assert_eq!(parts(&format!("<file path='a'>\n{content}</file>")), [file("a", content)]);
    // Inside a block no tag counts.
    let lines = "</edit>\n<file path=\"x\">\n</file>\n<done/>\n";
    assert_eq!(
        parts(&format!("<edit path='a'>\n<<<<<<< SEARCH\n{lines}=======\n{lines}>>>>>>> REPLACE\n</edit>\n<done/>")),
        [edit("a", &[(lines, lines)])]
    );
    // A complete opening tag ends the file before it.
    let answer = read("<file path='a'>\nx\n<file path=\"b\">\ny\n</file>");
    assert_eq!(answer.parts, [file("b", "y\n")]);
    assert_eq!(answer.problems[0].message, "It is not closed: write `</file>` on a line of its own after its content.");
}

#[test]
fn marks_of_another_length_keep_lines_of_marks_in_the_content() {
    let title = "Title\n=======\n";
    let text = format!("<edit path='a.md'>\n<<<<<<<<< SEARCH\n{title}=========\nNew {title}>>>>>>>>> REPLACE\n</edit>");
    assert_eq!(parts(&text), [edit("a.md", &[(title, &format!("New {title}"))])]);
    let text = "<edit path='a'>\n<<<<<<< SEARCH\na\n======\nb\n>>>>>>>> REPLACE\n</edit>";
    assert_eq!(parts(text), [edit("a", &[("a\n", "b\n")])]);

    let text = format!("<edit path='a.md'>\n<<<<<<< SEARCH\n{title}=======\nNew {title}>>>>>>> REPLACE\n</edit>");
    let (kind, at, message) = problem(&text);
    assert_eq!((kind, at.as_str()), (ProblemKind::Edit, "a.md"));
    assert!(message.starts_with("Block 1: 3 of its lines could be its `=======`."), "{message}");
}

#[test]
fn paths_outside_the_project_are_named() {
    for at in ["../x", "/etc/passwd", "a/../b", ".git/config", "a\\b", "a//b", "C:x", "", "a/.GIT/hooks/x", "nul"] {
        for text in [
            format!("<file path=\"{at}\">\nx\n</file>"),
            format!("<edit path=\"{at}\">\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n</edit>"),
            format!("<delete path=\"{at}\"/>"),
            format!("<dispute path=\"{at}\">why</dispute>"),
        ] {
            let (kind, named, message) = problem(&text);
            assert_eq!((kind, named.as_str()), (ProblemKind::UnsafePath, at), "{text}");
            assert!(message.contains("is refused: "), "{message}");
        }
    }
}

#[test]
fn a_file_has_one_part() {
    let one = "<file path='src/a.ts'>\nx\n</file>\n";
    let block = |name: &str| format!("<edit path='{name}'>\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n</edit>\n");
    for text in [
        format!("{one}{one}"),
        format!("{one}<delete path='src/a.ts'/>"),
        format!("{one}{}", block("src/a.ts")),
        format!("{one}<file path='src/A.ts'>\nx\n</file>"),
    ] {
        let answer = read(&text);
        assert_eq!(answer.parts, [file("src/a.ts", "x\n")], "{text}");
        assert_eq!(answer.problems[0].kind, ProblemKind::Repeated, "{text}");
    }
    // Edits are blocks, whatever tags they stand in.
    let twice = format!("{0}{0}", block("src/a.ts"));
    assert_eq!(parts(&twice), [edit("src/a.ts", &[("a\n", "b\n"), ("a\n", "b\n")])]);
    // A dispute changes nothing.
    assert_eq!(parts(&format!("{one}<dispute path='src/a.ts'>why</dispute>")).len(), 2);
}

#[test]
fn edits_without_usable_blocks_are_problems() {
    for (inside, message) in [
        ("", "Block 1: the edit has no SEARCH block."),
        ("just code\n", "Block 1: the edit has no SEARCH block."),
        ("<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", "Block 1: there is no line `=======` between"),
        ("<<<<<<< SEARCH\na\n=======\nb\n", "Block 1: it is not closed with `>>>>>>> REPLACE`."),
        (
            "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n<<<<<<< SEARCH\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n",
            "Block 2: it is not closed with",
        ),
    ] {
        let (kind, at, found) = problem(&format!("<edit path='a'>\n{inside}</edit>\n<done/>"));
        assert_eq!((kind, at.as_str()), (ProblemKind::Edit, "a"));
        assert!(found.starts_with(message), "{found}");
    }
    assert_eq!(problem("<edit path='a'/>").0, ProblemKind::Edit);
    let many = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n".repeat(crate::agents::edit::BLOCKS_MAX + 1);
    assert!(problem(&format!("<edit path='a'>\n{many}</edit>")).2.contains("an edit has at most 200"));
}

#[test]
fn code_that_is_left_out_is_asked_for_whole() {
    let (kind, at, message) = problem("<file path='a.ts'>\nx;\n// ... rest of the code unchanged\n</file>");
    assert_eq!((kind, at.as_str()), (ProblemKind::Placeholder, "a.ts"));
    assert_eq!(
        message,
        "Its line 2 leaves code out: `// ... rest of the code unchanged`. Write it whole, with every line."
    );
    let edit = |search: &str| {
        format!(
            "<edit path='a.ts'>\n<<<<<<< SEARCH\n{search}\n=======\n// existing code here\n>>>>>>> REPLACE\n</edit>"
        )
    };
    assert_eq!(problem(&edit("x")).0, ProblemKind::Placeholder);
    // The file itself has this line.
    assert_eq!(parts(&edit("x\n// existing code here")).len(), 1);
}

#[test]
fn an_answer_that_is_cut_off_says_where() {
    let cut = |text: &str| read(text).cut_off.map(|cut| (cut.path, cut.line));
    let at = |path: &str, line| Some((path.to_owned(), line));
    assert_eq!(cut("prose\n<file path=\"src/x.ts\">\nlet a"), at("src/x.ts", 2));
    assert_eq!(cut("<file path=\"src/x.ts\">"), at("src/x.ts", 1));
    assert_eq!(cut("<edit path='y'>\n"), at("y", 1));
    assert_eq!(cut("<edit path='y'>\n<<<<<<< SEARCH\na\n===="), at("y", 1));
    assert_eq!(cut("<edit path='y'>\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"), at("y", 1));
    assert_eq!(cut("<dispute path='t'>becau"), at("t", 1));
    assert_eq!(cut("<delete path='a'/>\n<file pa"), at("", 2));
    assert_eq!(cut("<delete path='a'/>\n<fil"), at("", 2));
    // What stands before is kept.
    assert_eq!(read("<delete path='a'/>\n<file path='b'>\nx").parts, [Part::Delete { path: path("a") }]);
}

#[test]
fn a_cut_anywhere_is_noticed_or_loses_nothing_that_is_whole() {
    for (cut, _) in WHOLE.char_indices() {
        let answer = read(WHOLE.split_at(cut).0);
        assert_eq!(answer.problems.iter().filter(|problem| problem.kind != ProblemKind::Empty).count(), 0, "{cut}");
        assert_eq!(answer.parts, whole()[..answer.parts.len()], "{cut}");
        assert!(!answer.is_done || cut + 2 >= WHOLE.len(), "{cut}");
    }
}

#[test]
fn an_answer_without_parts_is_empty() {
    for text in ["", "\n\n", "I cannot help with that.", "```ts\nlet x = 1;\n```", "<file>\nx\n</file>"] {
        assert_eq!(problem(text).0, ProblemKind::Empty, "{text}");
    }
}

#[test]
fn an_answer_that_says_only_that_it_is_done_says_no_more() {
    let answer = read("<done/>\n");
    assert_eq!((answer.parts, answer.problems, answer.is_done), (Vec::new(), Vec::new(), true));
}

#[test]
fn packages_and_disputes_are_checked_for_their_form() {
    for name in ["", " ", "a b", "a\u{202e}b", "<x>", "../x", "é", "a\\b"] {
        assert_eq!(problem(&format!("<package name=\"{name}\" reason=\"x\"/>")).0, ProblemKind::Syntax, "{name}");
    }
    assert_eq!(problem(&format!("<package name='{}'/>", "x".repeat(215))).0, ProblemKind::Syntax);
    assert_eq!(parts("<package name='zod'>"), [Part::Package { name: "zod".into(), reason: String::new() }]);
    assert_eq!(problem("<dispute path='a'> </dispute>").0, ProblemKind::Syntax);
    assert_eq!(parts("<dispute path='a' reason='so'/>"), [Part::Dispute { path: path("a"), reason: "so".into() }]);
}

#[test]
fn numbers_of_parts_and_problems_are_bounded() {
    let many: String = (0..2000).map(|index| format!("<delete path='f{index}'/>\n")).collect();
    let answer = read(&many);
    assert_eq!((answer.parts.len(), answer.problems[0].kind), (PARTS_MAX, ProblemKind::TooLarge));
    let answer = read(&"<delete path='..'/>\n".repeat(300));
    assert_eq!(answer.problems.len(), PROBLEMS_MAX);
    assert_eq!(problem(&"x".repeat(ANSWER_MAX_BYTES + 1)).0, ProblemKind::TooLarge);
}

#[test]
fn hostile_answers_are_read_in_time() {
    let started = std::time::Instant::now();
    for line in [
        "<file path='a'>\n",
        "<edit path='a'>\n",
        "<<<<<<< SEARCH\n",
        "</file>\n",
        "=======\n",
        "<dispute path='a'>\n",
        "<file path='",
        "```\n",
    ] {
        for head in ["", "<file path='x'>\n", "<edit path='x'>\n", "<edit path='x'>\n<<<<<<< SEARCH\n"] {
            let _ = read(&format!("{head}{}", line.repeat(500_000 / line.len())));
        }
    }
    // Marks of ever other lengths, each of which is looked for.
    let marks: String =
        (5..1000).map(|run| format!("<edit path='a'>\n{} SEARCH\n</edit>\n", "<".repeat(run))).collect();
    let _ = read(&format!("{marks}{}", "a\n".repeat(200_000)));
    let blocks: String = (5..1000).map(|run| format!("{} SEARCH\n=====\n>>>>> REPLACE\n", "<".repeat(run))).collect();
    let _ = read(&format!("<edit path='a'>\n{blocks}{}", "a\n".repeat(200_000)));
    // Unoptimised, on a busy machine, for 16 MB; what is quadratic takes hours.
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}

fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("<file path=\"a\">"),
        Just("<file path='b/c.ts'>"),
        Just("</file>"),
        Just("<edit path=\"a\">"),
        Just("</edit>"),
        Just("<<<<<<< SEARCH"),
        Just("======="),
        Just(">>>>>>> REPLACE"),
        Just("<delete path=\"d\"/>"),
        Just("<done/>"),
        Just("<dispute path=\"t\">x"),
        Just("</dispute>"),
        Just("```"),
        Just("x"),
        Just(""),
        Just("<file path=\"../x\">"),
    ];
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), lines in lines(), cut in 0..400_usize) {
        let cut: String = lines.chars().take(cut).collect();
        for text in [String::from_utf8_lossy(&bytes).into_owned(), lines, cut] {
            let answer = read(&text);
            let said = !answer.parts.is_empty() || !answer.problems.is_empty() || answer.cut_off.is_some();
            prop_assert!(said || answer.is_done);
            let changed: Vec<_> = answer.parts.iter().filter_map(Part::changes).collect();
            let distinct: std::collections::BTreeSet<_> = changed.iter().collect();
            prop_assert_eq!(distinct.len(), changed.len());
        }
    }

    #[test]
    fn a_file_comes_back_as_it_was_written(content in "([a-z<>/= ]{0,12}\n){0,8}") {
        prop_assume!(!content.lines().any(|line| super::super::tag::opening(line).is_some()));
        let answer = read(&format!("<file path=\"x.ts\">\n{content}</file>\n<done/>\n"));
        prop_assert_eq!(answer.parts, [file("x.ts", &content)]);
    }
}
