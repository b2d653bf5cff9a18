//! Whole lists of problems, as a person gets them.

use super::*;

#[test]
fn nothing_but_the_syntax_is_told_of_a_file_that_is_not_its_format() {
    for (name, text) in [
        ("spec.yaml", "name: app\nentities:\n  Book:\n    fields: [title\n  nothing: x\n"),
        ("spec.json", "{\"name\": \"app\", \"entities\": {\"Book\": }}"),
        ("spec.toml", "name = app\n[entities"),
        ("spec.yaml", ""),
        ("spec.yaml", "# only a comment\n"),
        ("spec.yaml", "just text"),
        ("spec.json", "[]"),
    ] {
        let reading = read(name, text.as_bytes());
        assert_eq!(reading.problems.len(), 1, "{}", told(&reading));
        insta::assert_snapshot!(told(&reading));
    }
    let reading = read("spec.yaml", b"name: app\nsummary: caf\xe9\n");
    insta::assert_snapshot!(told(&reading));
    let reading = read("spec.yaml", &vec![b' '; FILE_MAX_BYTES + 1]);
    insta::assert_snapshot!(told(&reading));
}

#[test]
fn the_top_of_a_spec() {
    insta::assert_snapshot!(told(&read_yaml(
        r#"
spec_version: 2
name: My Library!
title: 12
sumary: text
summary: [a]
template: "../react"
languages: [en, english, no, en, ru-RU, 1]
sign_in: { roles: [admin, Admin, 1st, constructor], self_registration: yes }
sample_data: { rows: 1000, row: 1 }
enums:
  Colour: [red, RED, 1]
  Empty: []
  Book: [a]
  Nothing:
features: [ok, "", 3]
limits: { minutes: 0, cost_usd: -1, calls: many, tokens: 1.5 }
name: again
entities: {}
"#
    )));
}

#[test]
fn fields_and_their_bounds() {
    insta::assert_snapshot!(told(&read_yaml(&spec_of(
        r#"
Book:
  fields:
    title: strng!
    Title: string
    name: { type: varchar }
    a: { label: x }
    b: { type: string, min: 1, max_length: 3, min_length: 5, unique: no }
    c: { type: integer, min: 1.5, max: -1, default: 0.5 }
    d: { type: integer, min: 10, max: 5, pattern: x }
    e: { type: decimal, max: 5, default: "5.01" }
    f: { type: float, default: x }
    g: { type: boolean, unique: true, default: "yes" }
    h: { type: date, default: 2026-02-30 }
    i: { type: time, default: 25:00 }
    j: { type: datetime, default: 2026-01-01 }
    k: { type: duration, default: 1 hour }
    l: { type: uuid, default: 12 }
    m: { type: email, default: nobody }
    n: { type: url, default: example.org }
    o: { type: enum }
    p: { type: enum, values: [one, One, two words], default: one }
    q: { type: enum, values: [one, two], default: three }
    r: { type: enum, enum: Colours }
    s: { type: string, values: [a], image: true }
    t: { type: binary, default: x }
    u: { type: string, unique: true, default: x }
    v: { type: string, pattern: "(?=a)", max_length: 0 }
    w: { type: string, pattern: "(" }
    x: { type: string, pattern: "[a-z]+", default: A }
    xx: { type: string, pattern: "[0-9]{13}", max_length: 10 }
    xy: { type: string, pattern: "[0-9]{3}", min_length: 4 }
    y: { type: string, required: true, default: "" }
    z: { type: integer, max: 9007199254740993 }
    id: integer
    constructor: string
    has_own_property: string
    aa:
    bb: [string]
    cc: { type: string, lable: x, colour: red }
    dd: { type: string, label: 1e3, description: no }
"#
        .trim_start()
    ))));
}

#[test]
fn what_an_entity_says_of_its_fields() {
    insta::assert_snapshot!(told(&read_yaml(
        r#"
name: app
sign_in: { roles: [admin, editor, viewer] }
entities:
  Book:
    label: "two\nlines"
    fields:
      title: string!
      isbn: { type: string, unique: true, pattern: "[0-9]{3}" }
      pages: { type: integer, min: 1 }
      cover: binary
      wrong: strin
    display: titel
    search: [title, pages, title, wrong]
    sort: -cover
    pagination: { kind: endless, size: 500 }
    access: { read: [admin, viewer], write: [admin, editr] }
    samples:
      - { title: a, isbn: "123", pages: 0 }
      - { isbn: "123" }
      - { title: "", isbn: 123, publisher: x }
      - { title: b, isbn: abc, titel: c, wrong: 1, cover: { name: a, data: "%" } }
      - nothing
  Post: {}
  posts: { fields: { title: string } }
  Author:
    fields: { name: string }
    access: { write: [editor], read: [editor] }
    search: name
    display: "full name"
"#
    )));
}

#[test]
fn roles_without_sign_in() {
    insta::assert_snapshot!(told(&read_yaml(&spec_of(
        "Book:\n  fields: { title: string }\n  access: { read: [admin] }"
    ))));
}

#[test]
fn relations() {
    insta::assert_snapshot!(told(&read_yaml(&spec_of(
        r#"
Book:
  fields: { title: string, authorId: integer, tag: string }
  relations:
    author: { to: Autor, required: yes }
    publisher: { to: Publisher, inverse: books, display: nam }
    editor: { to: Publisher, inverse: books, inverse_display: cover }
    tags: { to: Tag, kind: many-to-many }
    title: Publisher
    translator: { to: Publisher, kind: many-to-some, inverse_label: x }
    reviewer: { kind: one-to-one }
    shelf: ../Shelf
    self: { to: Book, inverse: self }
    author: Publisher
Publisher:
  fields: { name: string }
  relations:
    author_id: { to: Book, kind: one-to-many, inverse: author_id }
    lists: { to: Nowhere, kind: one-to-many }
Tag:
  fields: { name: string }
"#
        .trim_start()
    ))));
}

#[test]
fn a_relation_that_was_declared_from_the_other_side_is_told_where_it_was_declared() {
    insta::assert_snapshot!(told(&read_yaml(&spec_of(
        "Author:\n  fields: { name: string }\n  relations:\n    books: { to: Book, kind: one-to-many, display: titel, inverse_display: nam }\nBook:\n  fields: { title: string, author: string }"
    ))));
}

#[test]
fn circles_of_required_relations() {
    insta::assert_snapshot!(told(&read_yaml(&spec_of(
        r#"
A:
  relations: { b: B!, self: A }
B:
  relations: { c: { to: C, kind: many-to-many, required: true }, d: D! }
C:
  relations: { a: A! }
D:
  fields: { name: string }
E:
  relations: { own: E! }
F:
  fields: { name: string }
  relations: { gs: { to: G, kind: one-to-many, required: true } }
G:
  relations: { first: { to: F, required: true, inverse: start } }
H:
  relations: { is: { to: I, kind: one-to-many, required: true, inverse: h }, best: I! }
I:
  fields: { name: string }
"#
        .trim_start()
    ))));
}

#[test]
fn acceptance_commands() {
    insta::assert_snapshot!(told(&read_yaml(
        r#"
name: app
entities: { Book: { fields: { title: string } } }
acceptance:
  - { name: a, command: npm run test }
  - { name: a, command: [npm] }
  - { name: b, command: [] }
  - { name: b, command: [npm, 1] }
  - { command: ["", x], time_limit: soon, server: maybe }
  - name: c
    command: [node, x.js]
    time_limit: 2h
    files:
      ../outside.txt: x
      /etc/passwd: x
      .git/hooks/pre-commit: x
      a.txt: x
      A.TXT: x
      a.txt/b: x
      b.txt: 12
"#
    )));
}

#[test]
fn the_same_is_told_of_json_and_toml() {
    let json = "{\n  \"name\": \"app\",\n  \"entities\": {\n    \"Book\": {\"fields\": {\"title\": {\"type\": \"string\", \"min\": 1}, \"title\": null}}\n  }\n}";
    insta::assert_snapshot!(told(&read("spec.json", json.as_bytes())));
    let toml = "name = 'app'\nspec_version = 1.5\n[entities.Book.fields]\ntitle = {type = 'string', min = 1}\nday = {type = 'date', default = 2026-02-01T00:00:00Z}\n[entities.Book.relations]\nauthor = 'Author'\n";
    insta::assert_snapshot!(told(&read("spec.toml", toml.as_bytes())));
}

#[test]
fn sizes_are_bounded() {
    let entities: String =
        (0..=ENTITIES_MAX).map(|n| format!("Thing{n}x: {{ fields: {{ name: string }} }}\n")).collect();
    let fields: String = (0..=FIELDS_MAX).map(|n| format!("    field{n}: string\n")).collect();
    let long = |count: usize| "x".repeat(count);
    let text = format!(
        "Book:\n  label: {}\n  description: {}\n  fields:\n    t: {{ type: string, default: {}, pattern: {} }}\nMany:\n  fields:\n{fields}",
        long(101),
        long(2001),
        long(100_001),
        long(501)
    );
    insta::assert_snapshot!(told(&read_yaml(&spec_of(&text))));
    insta::assert_snapshot!(told(&read_yaml(&spec_of(&entities))));
    let keys: String = (0..2_000).map(|n| format!("qqq{n}: 1\n")).collect();
    let reading = read_yaml(&keys);
    assert_eq!(reading.problems.len(), PROBLEMS_MAX + 1);
    assert!(told(&reading).ends_with("more problems are not listed. Correct those above first."));
}

#[test]
fn an_enumeration_that_nothing_uses_is_listed_as_ignored() {
    let reading = read_yaml(
        "name: app\nenums:\n  Used: [a]\n  Colour: [red]\nentities:\n  Book: { fields: { state: { type: enum, enum: Used } } }\n",
    );
    assert!(reading.spec.is_some());
    let ignored: Vec<String> = reading.ignored.iter().map(ToString::to_string).collect();
    assert_eq!(ignored, ["spec.yaml:4:3: enums.Colour: No field uses the enumeration `Colour`."]);
}

/// One mistake makes one problem: what was not well formed is not missed where it is named.
#[test]
fn nothing_is_made_up_about_what_was_not_well_formed() {
    let reading = read_yaml(
        r#"
name: app
sign_in: { roles: [admin, "edit or", viewer, viewer] }
enums: { Colour: [red, RED, "dark blue"] }
entities:
  Book:
    fields:
      title: strin
      Title: string
      colour: { type: enum, enum: Colour, default: blue }
      size: { type: enum, values: [s, "x l"], default: xl, required: true }
      pages: { type: integer, required: true, default: many }
    display: title
    search: [title, "no field", nothing]
    sort: -title
    access: { read: [admin, editor], write: [admin, "edit or", admin] }
    samples:
      - { title: 1, pages: x, colour: blue }
  "Big Tag":
    fields: { name: string }
"#,
    );
    insta::assert_snapshot!(told(&reading));
}

#[test]
fn what_would_be_pointless_or_dangerous_is_refused() {
    insta::assert_snapshot!(told(&read_yaml(
        "spec_version: 1\nname: x\nsign_in: { roles: [boss], self_registration: true }\nentities:\n  Empty:\n    description: nothing\n"
    )));
}
