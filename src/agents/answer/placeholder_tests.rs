use super::*;

#[test]
fn lines_that_stand_for_code_are_found() {
    for line in [
        "// ... rest of the code unchanged",
        "  // ... existing code ...",
        "// … existing imports …",
        "/* ... other handlers ... */",
        "{/* ... remaining fields unchanged ... */}",
        "# ... rest of the file",
        "<!-- ... same as before ... -->",
        "-- ... existing columns",
        "// rest of the component unchanged",
        "// Rest of your code here...",
        "// The rest of this file remains the same.",
        "// existing code here",
        "// [previous imports unchanged]",
        "// other methods stay the same",
        "// remaining routes omitted for brevity",
        "... rest of the file unchanged ...",
        "// your code here",
        "// Implementation goes here.",
    ] {
        assert_eq!(find("src/x.ts", &format!("a\n{line}\n")), Some((2, line)), "{line}");
    }
}

#[test]
fn lines_of_working_code_are_left_alone() {
    for line in [
        "const all = { ...existing, ...rest };",
        "  ...rest,",
        "...existingRoutes,",
        "// keeps the rest of the list unchanged when nothing matches",
        "// The remaining routes are mounted by the pack.",
        "// existing rows are never changed here, only new ones",
        "// rest of the row goes to the next page",
        "// Loading...",
        "// Returns the same object as before when nothing changed, so that React skips it",
        "throw new Error(\"... rest of the code unchanged\");",
        "/* unchanged */",
        "placeholder=\"Search...\"",
        "// TypeScript cannot see that the code here is never reached",
    ] {
        assert_eq!(find("src/x.ts", line), None, "{line}");
    }
    assert_eq!(find("docs/x.MD", "// ... existing code ..."), None);
    assert_eq!(find("x.ts", &format!("// ... existing {}", "x".repeat(400))), None);
}
