use super::*;
use proptest::prelude::*;

const VITEST: &str = "
 RUN  v4.1.10 /project

 ✓ tests/api/books.test.ts (12 tests) 812ms
 ❯ tests/features/booking.test.ts (3 tests | 1 failed) 1204ms
     ✓ shows free rooms 31ms
     × refuses two bookings of one room at one time 44ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  tests/features/booking.test.ts > booking > refuses two bookings of one room at one time
AssertionError: expected 201 to be 409 // Object.is equality

- Expected
+ Received

- 409
+ 201

 ❯ tests/features/booking.test.ts:41:29
     39|     const second = await book(room, at);
     41|     expect(second.status).toBe(409);

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯

 Test Files  1 failed | 4 passed (5)
      Tests  1 failed | 30 passed (31)
   Start at  12:33:01
   Duration  3.48s (transform 402ms, setup 0ms)
";

const TSC: &str = "src/server/booking.ts(12,7): error TS2322: Type 'string' is not assignable to type 'number'.
src/web/page.tsx(3,24): error TS2307: Cannot find module './calendar' or its corresponding type declarations.
";

const BIOME: &str = "src/web/page.tsx:3:24 lint/correctness/noUnusedImports  FIXABLE  ━━━━━━━━━━

  × This import is unused.

    1 │ import { a } from 'a';
  > 3 │ import { unused } from './calendar';
      │          ^^^^^^

src/web/other.tsx format ━━━━━━━━━━━━━━━━━━━━

  × Formatter would have printed the following content:

Checked 130 files in 412ms. No fixes applied.
Found 2 errors.
";

#[test]
fn failures_are_told_by_what_failed() {
    let lines: Vec<_> = [("test", VITEST), ("types", TSC), ("lint", BIOME)]
        .iter()
        .map(|(check, log)| of(check, log).lines.join("\n"))
        .collect();
    insta::assert_snapshot!("failures", lines.join("\n--\n"));
}

#[test]
fn the_same_failure_has_the_same_signature() {
    for (again, log) in [
        (VITEST.replace("44ms", "1.2s").replace(":41:29", ":45:2").replace("12:33:01", "23:59:59"), VITEST),
        (VITEST.replace(" FAIL ", "\u{1b}[41m\u{1b}[1m FAIL \u{1b}[22m\u{1b}[49m "), VITEST),
        (VITEST.replace('\n', "\r\n"), VITEST),
        (VITEST.replace(" ❯ ", " ✓ tests/a.test.ts > tells of an Error: once\n ❯ "), VITEST),
        (TSC.replace("(12,7)", "(130,70)"), TSC),
        (TSC.lines().rev().collect::<Vec<_>>().join("\n"), TSC),
        (BIOME.replace(":3:24", ":4:1").replace("412ms", "1s").replace("130 files", "131 files"), BIOME),
    ] {
        assert_ne!(again, log);
        assert_eq!(of("check", &again), of("check", log), "{again}");
    }
    let noisy = |port: u32, hash: &str, id: &str| {
        format!(
            "Error: listen EADDRINUSE 127.0.0.1:{port} at 0x{hash} in {hash}d9e0f1a2 for {id} on 2026-01-0{}T10:00:00.123Z",
            port % 9
        )
    };
    let one = noisy(4000, "7f00a1b2", "0b7e1f6e-3c1d-4b52-9a60-6a4d1b2f9c11");
    let other = noisy(51234, "1e00a1b3", "5a7e1f6e-3c1d-4b52-9a60-6a4d1b2f9c12");
    assert_eq!(of("check", &one), of("check", &other));
    assert_eq!(
        of("check", &one).lines,
        ["Error: listen EADDRINUSE 127.<number>.<number>:<number> at <hex> in <hex> for <id> on <time>"]
    );
}

#[test]
fn another_failure_has_another_signature() {
    for (other, log) in [
        (VITEST.replace("refuses two bookings", "refuses three bookings"), VITEST),
        (VITEST.replace("expected 201", "expected 500"), VITEST),
        (TSC.replace("TS2322", "TS2323"), TSC),
        (TSC.replace("booking.ts", "room.ts"), TSC),
        (TSC.lines().next().unwrap().to_owned(), TSC),
        (BIOME.replace("noUnusedImports", "noUnusedVariables"), BIOME),
    ] {
        assert_ne!(of("check", &other).digest, of("check", log).digest, "{other}");
    }
    assert_ne!(of("test", TSC).digest, of("types", TSC).digest);
}

#[test]
fn a_log_that_names_no_failure_is_told_by_its_end() {
    let log = |seconds: u32| format!("starting\nworking for {seconds}s\nkilled after {seconds} s\n");
    assert_eq!(of("serve", &log(7)), of("serve", &log(90)));
    assert_eq!(of("serve", &log(7)).lines, ["killed after <duration>", "starting", "working for <duration>"]);
    let many: String = (0..100).map(|index| format!("x{index}\n")).collect();
    assert_eq!(of("serve", &many).lines.len(), LAST_LINES);
    assert_eq!(of("serve", "").lines, Vec::<String>::new());
    assert_ne!(of("serve", "").digest, of("test", "").digest);
}

#[test]
fn hostile_logs_are_read_in_time() {
    let started = std::time::Instant::now();
    let many: String = (0..20_000).map(|index| format!("Error: no{}\n", "x".repeat(index % 50))).collect();
    assert!(of("test", &many).lines.len() <= LINES_MAX);
    let long = format!("Error: {}", "é1".repeat(1_000_000));
    assert!(of("test", &long).lines[0].len() <= LINE_MAX_BYTES + 4);
    let _ = of("test", &"\u{1b}[".repeat(1_000_000));
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn any_log_has_a_signature(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let log = String::from_utf8_lossy(&bytes);
        let signature = of("check", &log);
        let is_bare = signature.lines.iter().all(|line| !line.contains('\u{1b}'));
        prop_assert!(is_bare);
        prop_assert_eq!(of("check", &log), signature);
    }
}
