use super::*;

const TEXT: &str = r#"import { z } from "zod";
import type {
  Database,
} from "./database";

const hidden = 1;

/** What is read from a body. */
export const bookInput = z.strictObject({
  title: z.string(),
});

/** A comment of nothing that is exported. */
function internal() {
  return hidden;
}

/**
 * Refuses what is wrong.
 */
export function refuse(
  status: number,
  reason: { path: string },
): ProblemError {
  const text = `
  of many lines`;
  if (status) {
    return new ProblemError(status);
  }
  return internal();
}

export type Feature =
  | { routes: Route[] }
  | { rules: Rules };

export interface Api {
  send(method: string): Promise<void>;

  close(): void;
}

/** Says what went wrong. */
export class ProblemError extends Error {
  readonly status: number;

  constructor(status: number) {
    super("no");
    this.status = status;
  }
}

export { hidden as shown };
export * from "./other";
export async function short() {}
"#;

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

#[test]
fn exports_are_shown_with_their_comments_and_without_bodies() {
    insta::assert_snapshot!(outline(&path("src/a.ts"), TEXT).unwrap());
}

#[test]
fn every_line_is_one_of_the_file_or_marks_a_gap() {
    for text in [TEXT, "export const a = [\n1,\n2,\n];\n", "export default function() {\nreturn 1\n}\n", "export"] {
        for line in outline(&path("src/a.tsx"), text).unwrap().lines() {
            assert!(line == LEFT_OUT || text.lines().any(|known| known.trim_end() == line), "{line}");
        }
    }
}

#[test]
fn a_long_value_is_cut_with_a_mark() {
    let text = format!("export const list = [\n{}];\n", "  1,\n".repeat(100));
    let outline = outline(&path("a.js"), &text).unwrap();
    assert_eq!(outline.lines().count(), VALUE_MAX_LINES + 1);
    assert!(outline.ends_with("…\n"));
}

#[test]
fn what_has_no_exports_has_no_outline() {
    assert_eq!(outline(&path("a.css"), "export const a = 1;"), None);
    assert_eq!(outline(&path("a.ts"), "const a = 1;\n"), None);
    assert_eq!(outline(&path("Dockerfile"), TEXT), None);
    assert_eq!(outline(&path("a.ts"), ""), None);
}
