//! The data model as a Mermaid `erDiagram`.

use crate::domain::spec::RelationKind;

use super::{Blueprint, EntityBlueprint};

/// Draws entities with their fields, and the relations between them.
pub(super) fn entity_diagram(blueprint: &Blueprint) -> String {
    let mut lines = vec!["erDiagram".to_owned()];
    for entity in &blueprint.entities {
        lines.extend(boxed(entity));
    }
    for entity in &blueprint.entities {
        for reference in &entity.references {
            // Owners stand on the left; an optional reference may point at nothing.
            let many = if reference.kind == RelationKind::OneToOne { "|o" } else { "}o" };
            let one = if reference.required { "||" } else { "o|" };
            let (from, to) = (quoted(&entity.names.pascal), quoted(&reference.target.pascal));
            lines.push(format!("    {from} {many}--{one} {to} : {}", label(&reference.label, &reference.camel)));
        }
        for link in entity.links.iter().filter(|link| link.owner) {
            let many = if link.required { "|{" } else { "o{" };
            let (from, to) = (quoted(&entity.names.pascal), quoted(&link.target.pascal));
            lines.push(format!("    {from} }}o--{many} {to} : {}", label(&link.label, &link.camel)));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn boxed(entity: &EntityBlueprint) -> Vec<String> {
    let name = quoted(&entity.names.pascal);
    // The quoted name of an entity, unlike other texts, must not hold `%`.
    let shown = label(&entity.names.label.replace('%', " "), &entity.names.pascal);
    let title = if shown == name { name } else { format!("{name}[{shown}]") };
    let mut lines = vec![format!("    {title} {{"), "        integer id PK".to_owned()];
    for field in &entity.fields {
        let key = if field.unique { " UK" } else { "" };
        lines.push(format!(
            "        {} {}{key} {}",
            field.kind,
            attribute(&field.camel),
            label(&field.label, &field.camel)
        ));
    }
    for reference in &entity.references {
        let key = if reference.kind == RelationKind::OneToOne { "FK, UK" } else { "FK" };
        lines.push(format!("        integer {} {key}", attribute(&reference.id_camel)));
    }
    lines.push("    }".to_owned());
    lines
}

/// Mermaid reads `pk`, `fk` and `uk` as keys, in capitals or not.
fn attribute(name: &str) -> String {
    if matches!(name, "pk" | "fk" | "uk") { format!("{name}_") } else { name.to_owned() }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A label in quotes, in which only letters, digits and plain punctuation stand: Mermaid has no escape for the others.
fn label(text: &str, fallback: &str) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || " -_.,'()/+!?:%".contains(letter);
    let plain: String = text.chars().map(|letter| if kept(letter) { letter } else { ' ' }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    quoted(if plain.is_empty() { fallback } else { &plain })
}
