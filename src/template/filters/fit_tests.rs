use super::*;

#[track_caller]
fn flat(broken: &str, expected: &str) {
    assert_eq!(fit(broken, 100), expected);
}

#[test]
fn arguments_arrays_and_objects_join() {
    flat("\n  f(\n    a,\n    b,\n  );\n", "  f(a, b);");
    flat("const a = [\n  1,\n  2,\n];", "const a = [1, 2];");
    flat("const a = {\n  b: 1,\n  c,\n};", "const a = { b: 1, c };");
    flat("f({\n  a: [\n    1,\n  ],\n});", "f({ a: [1] });");
    flat("f(a, {\n});", "f(a, {});");
}

#[test]
fn names_of_modules_join() {
    flat("import {\n  a,\n  b,\n} from \"x\";", "import { a, b } from \"x\";");
    let long = "y".repeat(120);
    flat(&format!("import {{\n  a,\n}} from \"{long}\";"), &format!("import {{ a }} from \"{long}\";"));
    flat(
        &format!("import {{\n  a,\n  b,\n}} from \"{long}\";"),
        &format!("import {{\n  a,\n  b,\n}} from \"{long}\";"),
    );
}

#[test]
fn types_join() {
    flat("type A =\n  | B\n  | C;", "type A = B | C;");
    flat("function f(a: {\n  b: string;\n  c: number;\n}) {", "function f(a: { b: string; c: number }) {");
    flat("const a: Map<\n  string,\n  B\n> = c;", "const a: Map<string, B> = c;");
    flat("export function f(\n  a: A,\n  b: B,\n): Promise<C> {", "export function f(a: A, b: B): Promise<C> {");
}

#[test]
fn operators_and_chains_join() {
    flat("if (\n  a &&\n  b\n) {", "if (a && b) {");
    flat("const a = b\n  ? c\n  : d;", "const a = b ? c : d;");
    flat("const a =\n  b.c;", "const a = b.c;");
    flat("return a\n  .b()\n  ?.c(...d);", "return a.b()?.c(...d);");
    flat("return (\n  a &&\n  b\n);", "return a && b;");
}

#[test]
fn arrow_functions_join() {
    flat("const f = (a: A) =>\n  a.b;", "const f = (a: A) => a.b;");
    flat("const f = (a: A) =>\n  a ? b : c;", "const f = (a: A) => (a ? b : c);");
    flat("g((a) =>\n  a ? (b ?? 1) : \"?\", c);", "g((a) => (a ? (b ?? 1) : \"?\"), c);");
    flat("const f = (a?: A) =>\n  a?.b ?? c;", "const f = (a?: A) => a?.b ?? c;");
}

#[test]
fn jsx_joins() {
    flat("<A\n  b={c}\n  d=\"e\"\n/>", "<A b={c} d=\"e\" />");
    flat("<A\n  b={c}\n  d=\"e\"\n>", "<A b={c} d=\"e\">");
    flat("<p>\n  {t(\"a\")}\n</p>", "<p>{t(\"a\")}</p>");
    flat("<p className=\"a\">\n  It's\n</p>", "<p className=\"a\">It's</p>");
    flat("return (\n  <A />\n);", "return <A />;");
    flat("{a ? (\n  <B />\n) : (\n  <C />\n)}", "{a ? <B /> : <C />}");
    flat("{a && (\n  <B\n    c\n  />\n)}", "{a && <B c />}");
    flat("b.map((c) => (\n  <D key={c} />\n))", "b.map((c) => <D key={c} />)");
    flat("<A\n  disabled={\n    b && c\n  }\n/>", "<A disabled={b && c} />");
}

#[track_caller]
fn stays(text: &str) {
    assert_eq!(fit(&format!("\n{text}\n"), 100), text);
}

#[test]
fn what_is_never_one_line_stays() {
    stays("f();\n\ng();");
    stays("f(() => {\n  g();\n});");
    stays("if (a) {\n  b\n}");
    stays("function f() {\n  return 1;\n}");
    stays("f(\n  a, // why\n  b,\n);");
    stays("const a = `\n  b\n`;");
    stays("<ul>\n  <li />\n</ul>");
    stays("<p>\n  {a}\n  {b}\n</p>");
    stays("<A b={c} d={e}>\n  {f}\n</A>");
    stays("interface A {\n  b: string;\n}");
}

#[test]
fn strings_are_not_looked_into() {
    flat("f(\n  \"a (\",\n  '{',\n  `b ${c} [`,\n);", "f(\"a (\", '{', `b ${c} [`);");
    flat("f(\n  /[/(\"]/u,\n  b / c,\n  d,\n);", "f(/[/(\"]/u, b / c, d);");
    flat("f(\n  \"http://a\",\n);", "f(\"http://a\");");
}

#[test]
fn the_width_counts_every_column_of_the_line() {
    let name = "a".repeat(91);
    let broken = format!("  f(\n    {name},\n    b,\n  );");
    assert_eq!(fit(&broken, 100), format!("  f({name}, b);").replace(&name, &name));
    let longer = broken.replace(&name, &format!("{name}a"));
    assert_eq!(fit(&longer, 100), longer);
    // A wide character takes two columns.
    let wide = broken.replace("aa", "画");
    assert!(!fit(&wide, 100).contains('\n'));
    assert_eq!(fit(&format!("f(\n  \"{}\",\n);", "画".repeat(47)), 100).lines().count(), 1);
    assert_eq!(fit(&format!("f(\n  \"{}\",\n);", "画".repeat(48)), 100).lines().count(), 3);
}

#[test]
fn blank_lines_and_the_line_ends_at_the_tags_go() {
    let name = "a".repeat(100);
    let broken = format!("\n  f(\n\n    {name},\n   \n    b,\n  );\n  ");
    assert_eq!(fit(&broken, 100), format!("  f(\n    {name},\n    b,\n  );"));
    assert_eq!(fit("", 100), "");
    assert_eq!(fit(" \n ", 100), "");
}

#[test]
fn an_inner_block_decides_when_the_outer_one_does_not_fit() {
    let long = "a".repeat(60);
    let inner = fit("\n    g(\n      b,\n      c,\n    ),\n", 100);
    let outer = format!("  f(\n{inner}\n    {long},\n    {long},\n  );");
    assert_eq!(fit(&outer, 100), format!("  f(\n    g(b, c),\n    {long},\n    {long},\n  );"));
    assert_eq!(fit(&format!("  f(\n{inner}\n    d,\n  );"), 100), "  f(g(b, c), d);");
}
