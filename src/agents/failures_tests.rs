use super::*;
use proptest::prelude::*;

const VITEST: &str = "
 RUN  v4.1.10 /work

 ❯ tests/features/s1-book.server.test.ts (3 tests | 2 failed) 1204ms
     × S1.1 shows free rooms 31ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  |server| tests/features/s1-book.server.test.ts > S1.1 shows free rooms
 FAIL  |server| tests/features/s1-book.server.test.ts > S1.2 refuses two bookings
AssertionError: expected 201 to be 409 // Object.is equality

- 409
+ 201

 ❯ book /work/src/server/features/booking.ts:12:3
 ❯ /work/tests/features/s1-book.server.test.ts:41:29
 ❯ node_modules/vitest/dist/runner.js:1:1

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/2]⎯

 FAIL  |web| tests/features/s2-page.web.test.tsx [ tests/features/s2-page.web.test.tsx ]
Error: No test suite found in file /work/tests/features/s2-page.web.test.tsx

⎯⎯⎯⎯ Unhandled Rejection ⎯⎯⎯⎯⎯
TypeError: fetch failed

 Test Files  2 failed | 4 passed (6)
   Duration  3.48s
";

const TSC: &str = "src/server/booking.ts(12,7): error TS2322: Type 'string' is not assignable to type 'number'.
  The expected type comes from property 'at'.
src/server/booking.ts(44,3): error TS2322: Type 'boolean' is not assignable to type 'number'.
src/web/page.tsx(3,24): error TS2307: Cannot find module './calendar' or its corresponding type declarations.
";

const BIOME: &str = "src/web/page.tsx:3:24 lint/correctness/noUnusedImports  FIXABLE  ━━━━━━━━━━

  × This import is unused.

  > 3 │ import { unused } from './calendar';

tests/features/s2-page.web.test.tsx format ━━━━━━━━━━━━━━━━━━━━

  × Formatter would have printed the following content:

Checked 130 files in 412ms. No fixes applied.
Found 2 errors.
";

const NODE: &str = "/work/tests/features/s1-marks.test.js:3
import {
       ^
SyntaxError: Unexpected end of input
    at wrapSafe (node:internal/modules/cjs/loader:1:1)
";

const FILES: [&str; 6] = [
    "tests/features/s1-book.server.test.ts",
    "tests/features/s2-page.web.test.tsx",
    "tests/features/s1-marks.test.js",
    "src/server/features/booking.ts",
    "src/server/booking.ts",
    "src/web/page.tsx",
];

fn failures(log: &str) -> Vec<Failure> {
    let roots = ["/work/".to_owned()];
    read(log, &Place { roots: &roots, is_file: &|path| FILES.contains(&path) })
}

/// As it is where colours are wanted.
const COLOURED: &str = "
 \u{1b}[32m✓\u{1b}[39m \u{1b}[30m\u{1b}[42m server \u{1b}[49m\u{1b}[39m tests/features/s1-book.server.test.ts\u{1b}[2m > \u{1b}[22mS1.3 works\u{1b}[33m 402\u{1b}[2mms\u{1b}[22m\u{1b}[39m

\u{1b}[31m⎯⎯⎯⎯⎯⎯\u{1b}[39m\u{1b}[1m\u{1b}[41m Failed Suites 1 \u{1b}[49m\u{1b}[22m\u{1b}[31m⎯⎯⎯⎯⎯⎯⎯\u{1b}[39m

\u{1b}[41m\u{1b}[1m FAIL \u{1b}[22m\u{1b}[49m \u{1b}[30m\u{1b}[46m web \u{1b}[49m\u{1b}[39m tests/features/s2-page.web.test.tsx\u{1b}[2m [ tests/features/s2-page.web.test.tsx ]\u{1b}[22m
\u{1b}[31m\u{1b}[1mError\u{1b}[22m: Cannot find module '../../src/none' imported from /work/tests/features/s2-page.web.test.tsx\u{1b}[39m

\u{1b}[31m\u{1b}[2m⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/2]⎯\u{1b}[22m\u{1b}[39m

\u{1b}[41m\u{1b}[1m FAIL \u{1b}[22m\u{1b}[49m \u{1b}[30m\u{1b}[42m server \u{1b}[49m\u{1b}[39m tests/features/s1-book.server.test.ts\u{1b}[2m > \u{1b}[22mgroup\u{1b}[2m > \u{1b}[22mS1.2 fails
\u{1b}[31m\u{1b}[1mAssertionError\u{1b}[22m: expected 201 to be 409 // Object.is equality\u{1b}[39m
";

#[test]
fn each_failure_is_told_with_its_place() {
    let told: Vec<String> = [VITEST, COLOURED, TSC, BIOME, NODE, "one\nkilled\n"]
        .into_iter()
        .flat_map(failures)
        .map(|Failure { kind, code, file, named, text }| format!("{kind:?} {code} {file:?} {named:?}\n{text}\n"))
        .collect();
    insta::assert_snapshot!("failures", told.join("--\n"));
}

#[test]
fn an_excerpt_is_folded_and_shows_the_first_whole() {
    let all: Vec<Failure> = [TSC, VITEST].into_iter().flat_map(failures).collect();
    insta::assert_snapshot!("excerpt", excerpt(&all, 2000));
    let short = excerpt(&all, 10);
    assert!(short.starts_with(failures(TSC)[0].text.trim_end()), "the first is whole: {short}");
    assert!(short.ends_with("[and 4 more]\n"), "{short}");
    assert_eq!(excerpt([], 100), "");
}

#[test]
fn a_cut_text_says_what_is_left_out() {
    let text: String = (0..1000).map(|index| format!("line {index}\n")).collect();
    let short = cut(&text, 300);
    assert!(short.len() < 400, "{short}");
    assert!(short.starts_with("line 0\n") && short.contains(" bytes left out ...]\n") && short.ends_with("line 999\n"));
    assert_eq!(cut("short", 300), "short");
}

#[test]
fn hostile_logs_are_read_in_time() {
    let started = std::time::Instant::now();
    let many: String = (0..50_000).map(|index| format!("a{index}.ts(1,1): error TS1: no\n")).collect();
    assert_eq!(failures(&many).len(), FAILURES_MAX);
    let long = format!("Error: {}", "é1.ts/".repeat(1_000_000));
    assert!(failures(&long)[0].text.len() <= TEXT_MAX_BYTES + 100);
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn any_log_with_text_has_a_failure(log in "[a-z.:() >×━FAIL\n|\\[\\]0-9✓é]{0,300}", most in 0_usize..500) {
        let failures = failures(&log);
        prop_assert_eq!(failures.is_empty(), log.trim().is_empty());
        prop_assert!(excerpt(&failures, most).len() <= most + 2 * TEXT_MAX_BYTES);
    }
}
