//! `GET /v1/models`: what a caller may name.

use std::sync::Arc;

use axum::{extract::Request, response::Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::{fault::Fault, looks, meters::Endpoint, routes::Gateway, wire::Wire};
use crate::router::{
    call::ModelClass,
    catalog::{AUTO, Catalog},
    model::Model,
};

/// Every row has a date of making; nobody knows those of all models.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

/// The routes of a catalogue, as provider and model.
pub(super) fn routes(catalog: &Catalog) -> impl Iterator<Item = (&str, &str)> {
    let of_no_model = catalog.providers().iter().map(|provider| (provider.name.as_str(), ""));
    let of_models = catalog.models().iter().flat_map(|model| &model.routes);
    of_no_model.chain(of_models.map(|route| (route.provider.name.as_str(), route.model.as_str())))
}

/// Lists what may be named, or shows one.
pub(super) async fn answer(gateway: Arc<Gateway>, name: Option<String>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let wire = looks::wire_of(&head);
    looks::answer(&gateway, Endpoint::Models, wire, async {
        gateway.keys.holder(&head)?;
        let rows = Row::all(gateway.router.catalog());
        let Some(name) = name else { return Ok(looks::json(&list(wire, &rows))) };
        let row = rows.iter().find(|row| row.name == name);
        let row = row.ok_or_else(|| {
            Fault::new(StatusCode::NOT_FOUND, "model_not_found", format!("{name} is not in the catalogue"))
                .of_field("model")
        })?;
        Ok(looks::json(&row.json(wire)))
    })
    .await
}

fn list(wire: Wire, rows: &[Row<'_>]) -> Value {
    let data: Vec<Value> = rows.iter().map(|row| row.json(wire)).collect();
    match wire {
        Wire::OpenAi => json!({ "object": "list", "data": data }),
        Wire::Anthropic => json!({
            "data": data,
            "has_more": false,
            "first_id": rows.first().map(|row| row.name),
            "last_id": rows.last().map(|row| row.name),
        }),
    }
}

/// Something that may be named.
struct Row<'a> {
    name: &'a str,
    title: &'a str,
    model: Option<&'a Model>,
}

impl<'a> Row<'a> {
    fn all(catalog: &'a Catalog) -> Vec<Self> {
        let any = Self { name: AUTO, title: "Any model that can do what is asked", model: None };
        let classes = ModelClass::ALL.iter().map(|class| Self { name: class.name(), title: class.name(), model: None });
        let models = catalog.models().iter();
        let models = models.map(|model| Self { name: &model.name, title: &model.title, model: Some(&**model) });
        std::iter::once(any).chain(classes).chain(models).collect()
    }

    fn json(&self, wire: Wire) -> Value {
        match wire {
            Wire::OpenAi => {
                let mut row = json!({ "id": self.name, "object": "model", "created": 0, "owned_by": "samokoder" });
                if let Some(model) = self.model {
                    let classes: Vec<&str> = model.classes.iter().map(|class| class.name()).collect();
                    let routes: Vec<&str> = model.routes.iter().map(|route| route.name.as_str()).collect();
                    row["samokoder"] =
                        json!({ "title": model.title, "classes": classes, "tier": model.tier, "routes": routes });
                }
                row
            }
            Wire::Anthropic => {
                json!({ "type": "model", "id": self.name, "display_name": self.title, "created_at": NO_DATE })
            }
        }
    }
}
