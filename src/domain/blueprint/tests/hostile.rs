//! Specs that mean harm, or that nothing can be made of.

use serde_json::json;

use super::kitchen_sink::{self, pack};
use super::{broken, entity, field, relation, spec};
use crate::domain::blueprint::{architecture_page, derive};
use crate::domain::spec::{Constraints, Field, FieldType, RelationKind, SignIn, Spec};

fn codes(spec: &Spec) -> Vec<String> {
    let problems = derive(spec, &pack()).1;
    let unfilled = regex::Regex::new(r"\{[a-z_]{2,}\}").unwrap();
    for problem in &problems {
        assert!(!unfilled.is_match(&problem.to_string()) && !problem.instead().is_empty(), "{problem}");
    }
    problems.into_iter().map(|problem| problem.code).collect()
}

fn required(name: &str, field_type: FieldType) -> Field {
    Field { required: true, ..field(name, field_type) }
}

fn with_sign_in(mut spec: Spec) -> Spec {
    spec.sign_in =
        Some(SignIn { roles: ["admin", "editor", "reader"].map(super::identifier).to_vec(), self_registration: false });
    spec
}

#[test]
fn circles_of_required_relations_are_refused() {
    let things = || vec![entity("A", vec![]), entity("B", vec![]), entity("C", vec![])];
    let one = |from: &str, to: &str| relation(RelationKind::ManyToOne, (from, "other"), to, true);
    assert_eq!(codes(&spec(things(), vec![one("A", "B"), one("B", "C")])), Vec::<String>::new());
    assert_eq!(codes(&spec(things(), vec![one("A", "B"), one("B", "C"), one("C", "A")])), ["blueprint_required_cycle"]);
    assert_eq!(codes(&spec(things(), vec![one("A", "A")])), ["blueprint_required_reflexive"]);
    let many = relation(RelationKind::ManyToMany, ("B", "others"), "A", true);
    assert_eq!(codes(&spec(things(), vec![one("A", "B"), many])), ["blueprint_required_cycle"]);
    let nowhere = relation(RelationKind::ManyToOne, ("A", "other"), "Nowhere", true);
    assert_eq!(codes(&spec(things(), vec![nowhere])), ["blueprint_unknown_entity"]);
}

#[test]
fn fields_that_no_value_or_one_value_fits_are_refused() {
    let with = |field: Field| codes(&spec(vec![entity("Thing", vec![field])], vec![]));
    let pattern = |text: &str, constraints: Constraints| {
        required("code", FieldType::String).clone_with(Constraints { pattern: Some(text.to_owned()), ..constraints })
    };
    assert_eq!(
        with(pattern("[a-z]{3}", Constraints { min_length: Some(5), ..Default::default() })),
        ["blueprint_no_example"]
    );
    assert_eq!(with(pattern("(", Constraints::default())), ["blueprint_pattern_unreadable"]);
    assert_eq!(with(pattern("((\\p{L}{100}){100}){100}", Constraints::default())), ["blueprint_pattern_unreadable"]);
    let rescued = Field { default: Some(json!("ab!")), ..pattern("ab\\W", Constraints::default()) };
    assert_eq!(with(rescued), Vec::<String>::new());
    let single = Constraints { min: Some(7.into()), max: Some(7.into()), ..Default::default() };
    let seven = required("count", FieldType::Integer).clone_with(single);
    assert_eq!(with(seven.clone()), Vec::<String>::new());
    assert_eq!(with(Field { unique: true, ..seven }), ["blueprint_one_value"]);
    let large = Constraints { max_length: Some(8_000_000), ..Default::default() };
    assert_eq!(with(field("file", FieldType::Binary { image: false }).clone_with(large)), ["blueprint_file_too_large"]);
    let tiny = Constraints { max_length: Some(20), ..Default::default() };
    assert_eq!(with(field("file", FieldType::Binary { image: true }).clone_with(tiny)), ["blueprint_no_example"]);
}

trait CloneWith {
    fn clone_with(self, constraints: Constraints) -> Self;
}

impl CloneWith for Field {
    fn clone_with(self, constraints: Constraints) -> Self {
        Self { constraints, ..self }
    }
}

#[test]
fn an_account_can_be_opened_in_an_empty_database() {
    let user = |fields: Vec<Field>| entity("User", fields);
    let login = Field { unique: true, ..required("login", FieldType::String) };
    let good = with_sign_in(spec(vec![user(vec![login.clone()])], vec![]));
    assert_eq!(codes(&good), Vec::<String>::new());
    assert_eq!(derive(&good, &pack()).0.account.as_deref(), Some("User"));

    let secret = with_sign_in(spec(vec![user(vec![login.clone(), field("password", FieldType::String)])], vec![]));
    assert_eq!(codes(&secret), ["blueprint_account_field"]);
    let number = with_sign_in(spec(vec![user(vec![required("login", FieldType::Integer)])], vec![]));
    assert!(codes(&number).contains(&"blueprint_account_login".to_owned()));
    let needs = relation(RelationKind::ManyToOne, ("User", "team"), "Team", true);
    let team = entity("Team", vec![]);
    assert_eq!(codes(&with_sign_in(spec(vec![user(vec![login]), team], vec![needs]))), ["blueprint_account_relation"]);

    let added = derive(&with_sign_in(spec(vec![entity("Account", vec![])], vec![])), &pack()).0;
    let account = added.entities.iter().find(|entity| entity.is_account).unwrap();
    assert_eq!((account.names.pascal.as_str(), account.fields[0].camel.as_str()), ("User", "login"));
    assert_eq!((&account.write_roles, account.read_roles.len()), (&vec!["admin".to_owned()], 3));
    assert_eq!(
        (added.entities[0].names.pascal.as_str(), added.entities[0].table.as_str()),
        ("AccountEntity", "accounts_table")
    );

    let without_login =
        derive(&with_sign_in(spec(vec![user(vec![field("name", FieldType::String)])], vec![])), &pack()).0;
    let login = &without_login.entities[0].fields[0];
    assert!(login.camel == "login" && login.required && login.unique);
}

#[test]
fn rows_of_the_spec_that_cannot_stand_are_refused() {
    let row = |name: &str| [("name".to_owned(), json!(name))].into_iter().collect();
    let mut card = entity("Card", vec![required("name", FieldType::String)]);
    card.samples = vec![row("one"), row("two"), row("three")];
    let mut owner = entity("Owner", vec![required("name", FieldType::String)]);
    owner.samples = vec![row("Ann"), row("Ben")];
    let owns = relation(RelationKind::OneToOne, ("Card", "owner"), "Owner", true);
    let mut made = spec(vec![card, owner], vec![owns]);
    assert_eq!(codes(&made), ["blueprint_sample_without_target"]);
    made.entities[0].samples.pop();
    let (blueprint, problems) = derive(&made, &pack());
    assert_eq!(problems, []);
    assert_eq!(blueprint.entities[0].samples[1].values["name"], "two");
    assert_eq!(blueprint.entities[0].samples[1].references["ownerId"], 2);
    made.entities.iter_mut().for_each(|entity| entity.samples.clear());
    made.entities[1].without_samples = true;
    let (blueprint, problems) = derive(&made, &pack());
    assert_eq!(problems, []);
    let rows: Vec<usize> = blueprint.entities.iter().map(|entity| entity.samples.len()).collect();
    assert_eq!(rows, [0, 0], "a card needs an owner, and of those there are none");
    made.entities.swap(0, 1);
    made.entities[0].without_samples = false;
    made.entities[1].without_samples = true;
    let rows: Vec<usize> = derive(&made, &pack()).0.entities.iter().map(|entity| entity.samples.len()).collect();
    assert_eq!(rows, [12, 0], "owners need no card");
    made.sample_rows = 0;
    assert!(derive(&made, &pack()).0.entities.iter().all(|entity| entity.samples.is_empty()));
}

#[test]
fn text_of_the_user_stays_text_on_the_page() {
    let hostile = "</script> `x` | {{ x }} ${x} \"quoted\" *b* [l](javascript:1) <b>\n# Title %% é 你好 🦀 \\ ]; --";
    let mut made = kitchen_sink::spec();
    made.title = hostile.to_owned();
    made.summary = format!("1. {hostile}\n```\n---");
    for entity in &mut made.entities {
        entity.label = Some(hostile.to_owned());
        entity.description = hostile.to_owned();
        entity.fields.iter_mut().for_each(|field| field.label = Some(hostile.to_owned()));
    }
    for relation in &mut made.relations {
        relation.from.label = Some(hostile.to_owned());
    }
    let page = architecture_page(&derive(&made, &pack()).0);
    let fences: Vec<&str> = page.lines().filter(|line| line.starts_with("```")).collect();
    assert_eq!(fences, ["```mermaid", "```"]);
    let diagram: Vec<&str> =
        page.lines().skip_while(|line| *line != "```mermaid").skip(1).take_while(|line| *line != "```").collect();
    for line in &diagram {
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        assert!(!line.contains('<') && !line.contains('\\'), "{line}");
        // A comment begins with `%%` at the start of a line; the title of an entity holds no `%` at all.
        assert!(!line.trim_start().starts_with('%'), "{line}");
        assert!(!line.ends_with('{') || !line.contains('%'), "{line}");
    }
    assert!(diagram.iter().any(|line| line.contains("Title %% é")), "{diagram:?}");
    let rest = page.lines().filter(|line| line.starts_with('|') || line.starts_with('#'));
    for line in rest.map(|line| line.replace("\\<", "")) {
        assert!(!line.contains("</script>") && !line.contains("<b>") && !line.contains("{{"), "{line}");
    }
    assert!(page.contains("1\\. "), "a numbered list is no list");
    insta::assert_snapshot!(page.lines().take(12).collect::<Vec<_>>().join("\n"));
}

#[test]
fn values_that_another_language_would_take_are_told_apart() {
    let date = field("day", FieldType::Date);
    assert_eq!(broken(&date, &json!("2026-02-30")), ["format"]);
    assert_eq!(broken(&date, &json!("2024-02-29")), Vec::<&str>::new());
    assert_eq!(broken(&field("at", FieldType::Datetime), &json!("2026-02-28T10:00:00")), ["format"]);
    assert_eq!(broken(&field("at", FieldType::Time), &json!("24:00")), ["format"]);
    assert_eq!(broken(&field("for", FieldType::Duration), &json!("PT")), ["format"]);
    assert_eq!(broken(&field("count", FieldType::Integer), &json!(9_007_199_254_740_992_i64)), ["type"]);
    assert_eq!(broken(&field("email", FieldType::Email), &json!("a..b@example.com")), ["format"]);
    assert_eq!(broken(&field("link", FieldType::Url), &json!("javascript:alert(1)")), ["format"]);
    let digits = Constraints { pattern: Some("\\d+".to_owned()), ..Default::default() };
    assert_eq!(broken(&field("code", FieldType::String).clone_with(digits), &json!("१२")), ["pattern"]);
}
