//! Databases that hold rows come to a changed data model: the real pack's migrations, in a real SQLite.

use std::collections::BTreeSet;

use rusqlite::Connection;
use samokoder::{agents::Terms, domain::generation::State, template::Pack};

use super::rig::{Rig, finished};

const BEFORE: &str = "\
name: room
entities:
  Writer:
    fields:
      name: {type: string, required: true}
  Book:
    fields:
      title: {type: string, required: true}
      isbn: {type: string, unique: true}
      pages: {type: integer, required: true}
      note: text
    relations:
      writer: {to: Writer, required: true}
";

const AFTER: &str = "\
name: room
entities:
  Writer:
    fields:
      name: {type: string, required: true}
  Shelf:
    fields:
      place: {type: string, required: true}
  Tag:
    fields:
      word: {type: string, required: true, unique: true}
  Book:
    fields:
      subtitle: string
      title: {type: string, required: true}
      isbn: {type: string, unique: true}
      pages: integer
      lent: {type: boolean, required: true, default: false}
      code: {type: string, unique: true}
      note: {type: text, required: true, default: \"it's none\"}
    relations:
      writer: {to: Writer}
      shelf: {to: Shelf}
      tags: {kind: many-to-many, to: Tag}
";

fn rig(spec: &str) -> Rig {
    let mut rig = Rig::new(Terms::default());
    rig.pack = Pack::embedded("react-hono").unwrap().into();
    rig.verify = false;
    assert_eq!(finished(rig.run(rig.begin_with("room.yaml", spec, None))).state, State::Unverified);
    rig
}

/// The tables with their columns, what refers to what, and what is unique.
fn shape(database: &Connection) -> BTreeSet<String> {
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let columns = "SELECT s.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" FROM sqlite_schema s, \
                   pragma_table_info(s.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'";
    let references = "SELECT s.name || '.' || f.\"from\" || ' to ' || f.\"table\" FROM sqlite_schema s, \
                      pragma_foreign_key_list(s.name) f WHERE s.type = 'table'";
    let indexes = "SELECT 'index ' || s.name || ' ' || i.\"unique\" || ' ' || c.name FROM sqlite_schema s, \
                   pragma_index_list(s.name) i, pragma_index_info(i.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'";
    let parts = [rows(columns), rows(references), rows(indexes)];
    parts.into_iter().flatten().collect()
}

fn applied(rig: &Rig, names: &[&str], between: impl Fn(&Connection, usize)) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    for (number, name) in names.iter().enumerate() {
        let script = rig.file(&format!("migrations/{name}.sql")).unwrap();
        database
            .execute_batch(&format!("BEGIN;\n{script}\nCOMMIT;"))
            .unwrap_or_else(|error| panic!("{error}\n{script}"));
        between(&database, number);
    }
    database
}

#[test]
fn a_database_with_rows_comes_to_the_tables_that_a_new_one_has() {
    let rig = rig(BEFORE);
    let initial = rig.file("migrations/0001_initial.sql").unwrap();
    finished(rig.run(rig.change_spec(AFTER, false).unwrap()));
    assert_eq!(rig.file("migrations/0001_initial.sql").unwrap(), initial, "an applied migration stays as it is");
    insta::assert_snapshot!("migration", rig.file("migrations/0002_change.sql").unwrap());
    let page = rig.file("docs/changes/1.md").unwrap();
    for line in ["- table `book_tags` is new\n", "- column `subtitle` of `books` is new\n"] {
        assert!(page.contains(line), "{page}");
    }
    let database = applied(&rig, &["0001_initial", "0002_change"], |database, number| {
        if number == 0 {
            database
                .execute_batch(
                    "INSERT INTO writers (name) VALUES ('Ada');
                     INSERT INTO books (title, isbn, pages, note, writer_id) VALUES ('A', '1', 7, NULL, 1), ('B', '2', 9, 'x', 1);",
                )
                .unwrap();
        }
    });
    let fresh = self::rig(AFTER);
    assert_eq!(shape(&database), shape(&applied(&fresh, &["0001_initial"], |_, _| {})));
    let rows = "SELECT group_concat(title || isbn || pages || lent || note || writer_id || coalesce(shelf_id, '-')) FROM books";
    let rows: String = database.query_row(rows, [], |row| row.get(0)).unwrap();
    assert_eq!(rows, "A170it's none1-,B290x1-");
    let twice = database.execute_batch("UPDATE books SET code = 'same'");
    assert!(twice.unwrap_err().to_string().contains("UNIQUE constraint failed: books.code"));
}

#[test]
fn what_loses_rows_or_cannot_be_derived_is_refused_before_anything_happens() {
    let rig = rig(BEFORE);
    let refused = |from: &str, to: &str| {
        assert!(BEFORE.contains(from));
        rig.change_spec(&BEFORE.replace(from, to), false).err().unwrap_or_default()
    };
    let cases = [
        ("      note: text\n", "", "entities.Book.fields.note change_loses_column"),
        ("      note: text\n", "      note: integer\n", "entities.Book.fields.note change_of_type"),
        ("isbn: {type: string, unique: true}", "isbn: string", "entities.Book.fields.isbn change_of_uniqueness"),
        ("      isbn: {type: string, unique: true}\n", "", "entities.Book.fields.isbn change_drops_unique"),
        (
            "      note: text\n",
            "      note: {type: text, required: true}\n",
            "entities.Book.fields.note change_needs_value",
        ),
        (
            "      note: text\n",
            "      note: text\n      year: {type: integer, required: true}\n",
            "entities.Book.fields.year change_needs_value",
        ),
    ];
    for (from, to, problem) in cases {
        assert_eq!(refused(from, to), [problem], "{from} to {to}");
    }
    assert!(!rig.workspace().join("change-1-generation.json").exists());
}

#[test]
fn rows_go_where_the_user_says_so() {
    let rig = rig(BEFORE);
    let only_writers = BEFORE.split("  Book:").next().unwrap();
    let losses = rig.change_spec(only_writers, false).err().unwrap();
    assert_eq!(losses, ["entities.Book change_loses_table"]);
    finished(rig.run(rig.change_spec(only_writers, true).unwrap()));
    let database = applied(&rig, &["0001_initial", "0002_change"], |database, number| {
        if number == 0 {
            let rows = "INSERT INTO writers (name) VALUES ('Ada'); INSERT INTO books (title, pages, writer_id) VALUES ('A', 7, 1);";
            database.execute_batch(rows).unwrap();
        }
    });
    assert_eq!(shape(&database), shape(&applied(&self::rig(only_writers), &["0001_initial"], |_, _| {})));
    assert_eq!(database.query_row("SELECT name FROM writers", [], |row| row.get::<_, String>(0)).unwrap(), "Ada");
    assert_eq!(rig.file("src/shared/entities/book.ts"), None);
}
