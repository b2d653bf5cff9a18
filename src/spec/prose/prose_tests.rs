use super::*;
use crate::spec::read as read_file;

fn read_md(text: &str) -> Reading {
    let reading = read_file("notes/My file.md", text.as_bytes());
    assert_eq!(reading.spec.is_some(), reading.problems.is_empty());
    reading
}

fn spec_of(text: &str) -> Spec {
    let reading = read_md(text);
    reading.spec.unwrap_or_else(|| panic!("{:#?}", reading.problems))
}

fn told(reading: &Reading) -> Vec<String> {
    reading.problems.iter().chain(&reading.ignored).map(ToString::to_string).collect()
}

#[test]
fn a_heading_names_what_the_words_ask_for() {
    let spec = spec_of("Some words before.\n\n## The *Hive* `Book`\n\nWe keep bees.\n");
    assert_eq!((spec.name.as_str(), spec.title.as_str()), ("the-hive-book", "The Hive Book"));
    assert_eq!(spec.prose, "Some words before.\n\n## The *Hive* `Book`\n\nWe keep bees.");
    assert_eq!(spec.languages, ["en"]);
    assert!(spec.entities.is_empty() && spec.needs_model());
}

#[test]
fn russian_words_have_a_latin_name_and_a_russian_interface() {
    let spec = spec_of("# Учёт пасеки\n\nМы держим пчёл в Tilda и Excel.\n");
    assert_eq!((spec.name.as_str(), spec.title.as_str()), ("uchiot-paseki", "Учёт пасеки"));
    assert_eq!(spec.languages, ["ru"]);
    assert_eq!(spec_of("---\nlanguages: [en]\n---\n# Учёт пасеки\n").languages, ["en"]);
    assert_eq!(spec_of("# Облік пасіки\n\nМи тримаємо бджіл.\n").languages, ["en"]);
}

#[test]
fn without_a_heading_the_first_line_names() {
    let text = "A planner for sourdough: I say when the bread shall be ready and it tells me when to feed, fold and shape, with alarms.\nMore.\n";
    let reading = read_file("plan.TXT", text.replace('\n', "\r\n").as_bytes());
    let spec = reading.spec.unwrap();
    assert_eq!(spec.name.as_str(), "a-planner-for-sourdough-i-say-when-the");
    assert_eq!(
        spec.title,
        "A planner for sourdough: I say when the bread shall be ready and it tells me when to feed, fold and…"
    );
    assert_eq!(spec.prose, text.trim());
    // In plain text `#` is no heading.
    let spec = read_file("a.txt", b"Shop\n\n# not this\n").spec.unwrap();
    assert_eq!(spec.title, "Shop");
    for (text, title) in
        [("**Bread** planner:\n", "Bread planner"), ("# Learn C#\n", "Learn C#"), ("Learn C++\n", "Learn C++")]
    {
        assert_eq!(spec_of(text).title, title);
    }
    for (text, name) in [("🐝\n", "bee"), ("***\n\n!!!\n", "my-file"), ("CON\n", "con-app"), ("2048\n", "n2048")] {
        assert_eq!(spec_of(text).name.as_str(), name, "{text}");
    }
}

#[test]
fn front_matter_has_the_ordinary_keys_in_their_places() {
    let spec = spec_of(
        "---\nname: hives\nlimits: { cost_usd: 2.50 }\nentities:\n  Hive: { fields: { code: string! } }\n---\n\n# Hive book\n\nWe keep bees.\n",
    );
    assert_eq!((spec.name.as_str(), spec.title.as_str()), ("hives", "Hive book"));
    assert_eq!(spec.entities.len(), 1);
    assert_eq!(spec.prose, "# Hive book\n\nWe keep bees.");
    let reading = read_md("---\nname: hives\nlimit: 3\nentities:\n  Hive: { fields: { code: strin } }\n---\nWords.\n");
    assert_eq!(
        told(&reading),
        [
            "notes/My file.md:3:1: limit: The key `limit` has no meaning here. Did you mean `limits`?",
            "notes/My file.md:5:21: entities.Hive.fields.code: `strin` is not a type. Did you mean `string`?",
        ]
    );
    let broken = told(&read_md("---\nname: [\n---\nWords.\n"));
    assert!(broken.len() == 1 && broken[0].starts_with("notes/My file.md:"), "{broken:?}");
    assert_eq!(told(&read_md("---\nWords.\n---\nMore.\n")).len(), 1);
    // A line that is never closed is a line.
    assert_eq!(spec_of("---\nWords.\n").prose, "---\nWords.");
}

#[test]
fn blocks_of_structure_are_structure_in_their_places() {
    let text = "# Bees\n\nWe keep bees.\n\n```yaml\nsign_in: true\nentities:\n  Hive:\n    fields: { code: string! }\n```\n\n> And honey:\n>\n> ```jdl\n> entity Batch { code String required, kilos Integer }\n> relationship ManyToOne { Batch{hive} to Hive }\n> ```\n\nThat is all.\n";
    let spec = spec_of(text);
    let names: Vec<&str> = spec.entities.iter().map(|entity| entity.name.as_str()).collect();
    assert_eq!(names, ["Hive", "Batch"]);
    assert_eq!(spec.relations.len(), 1, "a relation leads from the one kind of block to the other");
    assert_eq!(spec.sign_in.unwrap().roles.len(), 2);
    assert!(spec.prose.contains("We keep bees.") && spec.prose.ends_with("That is all."));
    assert!(!spec.prose.contains("entity") && !spec.prose.contains("sign_in"), "{}", spec.prose);
    let wrong = text.replace("code: string!", "code: strin").replace("kilos Integer", "kilos Whole");
    let told = told(&read_md(&wrong));
    assert!(told[0].starts_with("notes/My file.md:9:15: entities.Hive.fields.code:"), "{told:?}");
    assert!(told[1].starts_with("notes/My file.md:15:46:"), "{told:?}");
}

#[test]
fn other_blocks_are_prose() {
    let text =
        "# Deploy\n\n```yaml\nversion: 3\nservices: {}\n```\n\n```yaml\nbroken: [\n```\n\n```sql\nselect 1\n```\n";
    let reading = read_md(text);
    assert_eq!(reading.spec.as_ref().unwrap().prose, text.trim());
    let lines: Vec<u32> = reading.ignored.iter().map(|ignored| ignored.position.unwrap().line).collect();
    assert_eq!(lines, [4, 9]);
    let reading = read_md("# Deploy\n\n```yaml\nentities: [\n```\n");
    assert_eq!(reading.problems.len(), 1, "what speaks of entities was meant as structure");
}

#[test]
fn a_heading_over_structure_needs_no_model() {
    let spec = spec_of("# Bees\n\n```yaml\nentities: { Hive: { fields: { code: string } } }\n```\n");
    assert!(!spec.needs_model());
    let spec = spec_of("# Bees\n\n```jdl\nentity Hive { code String }\n```\n");
    assert!(!spec.needs_model());
    assert_eq!(spec.title, "Bees");
    assert!(spec_of("# Bees\n").needs_model());
}

#[test]
fn what_hides_is_refused_where_it_stands() {
    for character in ['\u{202e}', '\u{200b}', '\u{1b}', '\0', '\r', '\u{e0041}'] {
        let reading = read_md(&format!("# Bees\n\n```yaml\nsign_in: true\n```\n\nWe k{character}eep bees.\n"));
        let position = reading.problems[0].position.unwrap();
        assert_eq!((reading.problems.len(), position.line, position.column), (1, 7, 5), "{character:?}");
        assert!(!told(&reading)[0].contains(character));
    }
    let reading = read_md(&format!("# Bees\n\n{}", "word ".repeat(30_000)));
    assert_eq!(reading.problems[0].code, "text_too_long");
}

#[test]
fn hostile_files_are_refused_or_read_quickly() {
    let started = std::time::Instant::now();
    let deep = format!("---\na: {}\n---\nWords.\n", "[".repeat(100_000));
    let quotes = format!("# a\n{}x\n", ">".repeat(90_000));
    let many = "```yaml\nfeatures: [a]\n```\n".repeat(20_000);
    let lists = "- ".repeat(45_000);
    let stars = "*a_ ".repeat(24_000);
    let huge = "x".repeat(crate::spec::FILE_MAX_BYTES);
    for text in [deep, quotes, many, lists, stars, huge] {
        let reading = read_md(&text);
        assert!(reading.problems.len() <= crate::spec::PROBLEMS_MAX + 1);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
