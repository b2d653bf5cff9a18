use super::*;

const LOG: &str = "
 RUN  v4.1.12 /work

 ✓ |server| tests/features/s1-rooms.server.test.ts > S1.1 shows free rooms 31ms
 × |server| tests/features/s1-rooms.server.test.ts > booking > S1.2 refuses > two at one time 44ms
   → expected 201 to be 409 // Object.is equality
 ↓ |web| tests/features/s2-page.web.test.tsx > S2.1 is skipped
 ✓ tests/features/s2-page.web.test.tsx > S2.10: lists 5 rooms
\u{1b}[32m ✓\u{1b}[39m \u{1b}[30m\u{1b}[46m server \u{1b}[49m\u{1b}[39m tests/a.test.ts\u{1b}[2m > \u{1b}[22mplain\u{1b}[32m 7\u{1b}[2mms\u{1b}[22m\u{1b}[39m
 ✓ tests/server/books.test.ts (12 tests) 812ms
a line with ✓ inside > nothing
";

#[test]
fn each_line_of_a_test_is_read() {
    let told: Vec<String> = of_vitest(LOG)
        .into_iter()
        .map(|test| format!("{:?} {} {}", test.end, test.file, test.titles.join(" | ")))
        .collect();
    assert_eq!(
        told,
        [
            "Passed tests/features/s1-rooms.server.test.ts S1.1 shows free rooms",
            "Failed tests/features/s1-rooms.server.test.ts booking | S1.2 refuses | two at one time",
            "LeftOut tests/features/s2-page.web.test.tsx S2.1 is skipped",
            "Passed tests/features/s2-page.web.test.tsx S2.10: lists 5 rooms",
            "Passed tests/a.test.ts plain",
        ]
    );
}

#[test]
fn a_test_is_about_the_criterion_whose_number_begins_a_title() {
    let test =
        |title: &str| Test { file: String::new(), titles: vec!["group".into(), title.into()], end: TestEnd::Passed };
    for title in ["S1.1 is so", "S1.1: is so", "S1.1", "[S1.1] is so"] {
        assert!(test(title).is_about("S1.1"), "{title}");
    }
    for title in ["S1.10 is so", "is S1.1", "S1.1a", "s1.1"] {
        assert!(!test(title).is_about("S1.1"), "{title}");
    }
}
