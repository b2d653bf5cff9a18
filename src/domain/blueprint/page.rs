//! The page that describes a project's architecture, in Markdown.

use super::mermaid::entity_diagram;
use super::{Blueprint, EntityBlueprint, FieldBlueprint};
use crate::domain::markdown::{code, escaped, head, push, row};

/// Renders `docs/architecture.md`: data model, entities, routes, pages and decisions.
///
/// Text of the spec's is escaped, so that it is read as text whatever it holds.
#[must_use]
pub fn architecture_page(blueprint: &Blueprint) -> String {
    let mut page = format!("# Architecture of {}\n\n", escaped(&blueprint.project.title));
    if !blueprint.project.summary.trim().is_empty() {
        push(&mut page, format_args!("{}\n\n", escaped(&blueprint.project.summary)));
    }
    if blueprint.entities.is_empty() {
        page.push_str("## Data model\n\nNo rows of anything are kept.\n\n");
    } else {
        page.push_str("## Data model\n\n```mermaid\n");
        page.push_str(&entity_diagram(blueprint));
        page.push_str("```\n\n");
        entities(&mut page, blueprint);
    }
    for entity in &blueprint.entities {
        fields(&mut page, entity);
    }
    routes(&mut page, blueprint);
    pages(&mut page, blueprint);
    page.push_str("## Decisions\n\n");
    for decision in &blueprint.decisions {
        push(&mut page, format_args!("- **{}.** {}\n", escaped(&decision.title), escaped(&decision.reason)));
    }
    page
}

fn entities(page: &mut String, blueprint: &Blueprint) {
    page.push_str("## Entities\n\n");
    let mut titles = vec!["Entity", "Label", "Table", "Shown as", "What it is for"];
    if blueprint.sign_in {
        titles.extend(["May read", "May write"]);
    }
    head(page, &titles);
    for entity in &blueprint.entities {
        let mut cells = vec![
            code(&entity.names.pascal),
            escaped(&entity.names.label),
            code(&entity.table),
            entity.display_field.as_ref().map_or_else(|| "its number".to_owned(), |field| code(field)),
            escaped(&entity.description),
        ];
        if blueprint.sign_in {
            cells.push(entity.read_roles.join(", "));
            cells.push(entity.write_roles.join(", "));
        }
        row(page, &cells);
    }
    page.push('\n');
}

fn fields(page: &mut String, entity: &EntityBlueprint) {
    push(page, format_args!("### {}\n\n", code(&entity.names.pascal)));
    head(page, &["Property", "Column", "Type", "Rules", "Meaning"]);
    for field in &entity.fields {
        let kind = field.enum_name.as_ref().map_or_else(|| field.kind.clone(), |name| code(name));
        let meaning = if field.description.is_empty() { &field.label } else { &field.description };
        row(page, &[code(&field.camel), code(&field.column), kind, rules(field), escaped(meaning)]);
    }
    for reference in &entity.references {
        let unique = reference.kind == crate::domain::spec::RelationKind::OneToOne;
        let rules = [(reference.required, "required"), (unique, "unique")];
        let rules: Vec<&str> = rules.iter().filter(|(has, _)| *has).map(|(_, rule)| *rule).collect();
        let kind = format!("reference to {}", code(&reference.target.pascal));
        let label = escaped(&reference.label);
        row(page, &[code(&reference.id_camel), code(&reference.column), kind, rules.join(", "), label]);
    }
    for link in &entity.links {
        // The other side reads the rows, and has no list of ids to write.
        let (property, rules) = match (link.owner, link.required) {
            (true, true) => (&link.ids_camel, "required".to_owned()),
            (true, false) => (&link.ids_camel, String::new()),
            (false, _) => (&link.camel, format!("only read: written as a part of {}", code(&link.target.pascal))),
        };
        let kind = format!("many {}", code(&link.target.pascal));
        let table = format!("table {}", code(&link.join_table));
        row(page, &[code(property), table, kind, rules, escaped(&link.label)]);
    }
    page.push('\n');
}

fn rules(field: &FieldBlueprint) -> String {
    let mut rules = Vec::new();
    rules.extend(field.required.then(|| "required".to_owned()));
    rules.extend(field.unique.then(|| "unique".to_owned()));
    rules.extend(field.min.as_ref().map(|min| format!("at least {min}")));
    rules.extend(field.max.as_ref().map(|max| format!("at most {max}")));
    let unit = if field.kind == "binary" { "bytes" } else { "characters" };
    rules.extend(field.min_length.map(|least| format!("at least {least} {unit}")));
    rules.extend(field.max_length.map(|most| format!("at most {most} {unit}")));
    rules.extend(field.pattern.as_ref().map(|pattern| format!("matches {}", escaped(pattern))));
    rules.join(", ")
}

fn routes(page: &mut String, blueprint: &Blueprint) {
    page.push_str("## Routes\n\n");
    head(page, &["Route", "What it does"]);
    let mut route = |method: &str, path: &str, what: String| row(page, &[code(&format!("{method} {path}")), what]);
    for entity in &blueprint.entities {
        let path = format!("/api/{}", entity.names.plural_kebab);
        let (one, many) = (escaped(&entity.names.label), escaped(&entity.names.label_plural));
        route("GET", &path, format!("{many}: search, sort, pages"));
        route("GET", &format!("{path}/options"), format!("{many} to choose from"));
        route("GET", &format!("{path}/:id"), format!("{one}: read"));
        route("POST", &path, format!("{one}: create"));
        route("PUT", &format!("{path}/:id"), format!("{one}: replace"));
        route("DELETE", &format!("{path}/:id"), format!("{one}: delete"));
        for field in entity.fields.iter().filter(|field| field.kind == "binary") {
            let what = format!("{one}: download {}", escaped(&field.label));
            route("GET", &format!("{path}/:id/{}", field.camel), what);
        }
    }
    if blueprint.sign_in {
        route("GET", "/api/session", "Who is signed in".to_owned());
        route("POST", "/api/session", "Sign in".to_owned());
        route("DELETE", "/api/session", "Sign out".to_owned());
    }
    if blueprint.self_registration {
        route("POST", "/api/registration", "Open an account".to_owned());
    }
    route("GET", "/api/openapi.json", "Description of this API".to_owned());
    route("GET", "/api/health", "Whether the server works".to_owned());
    page.push('\n');
}

fn pages(page: &mut String, blueprint: &Blueprint) {
    page.push_str("## Pages\n\n");
    head(page, &["Page", "What it shows"]);
    row(page, &[code("/"), "Start".to_owned()]);
    for entity in &blueprint.entities {
        let path = format!("/{}", entity.names.plural_kebab);
        let (one, many) = (escaped(&entity.names.label), escaped(&entity.names.label_plural));
        row(page, &[code(&path), many]);
        row(page, &[code(&format!("{path}/new")), format!("{one}: new")]);
        row(page, &[code(&format!("{path}/:id")), one.clone()]);
        row(page, &[code(&format!("{path}/:id/edit")), format!("{one}: change")]);
    }
    if blueprint.sign_in {
        row(page, &[code("/sign-in"), "Sign in".to_owned()]);
    }
    page.push('\n');
}
