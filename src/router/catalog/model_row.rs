//! Reads `[[models]]`.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    super::{
        call::ModelClass,
        model::{Abilities, Model, Route},
        nearest::nearest,
        provider::Provider,
        reading::{Found, Table, either},
    },
    AUTO, is_model_id,
    provider_row::{Providers, field_names},
};

/// Largest window that is believed.
const TOKENS_MAX: u64 = 1_000_000_000;
const NAME_RULE: &str =
    "write visible ASCII characters without `/`, at most 200, and neither `auto` nor a class of models";

/// Reads the rows of a document, over what was read before.
pub(super) fn read(root: &Table<'_, '_>, providers: &Providers, models: &mut Vec<Model>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, table) in root.tables("models").unwrap_or_default().into_iter().enumerate() {
        let name = name(&table);
        if let Some(found) = &name
            && let Some(first) = seen.insert(found.value.clone(), index)
        {
            let wrong =
                format!("`{}` is `{}`, as models[{}] is", table.path_of("name"), found.value, first.saturating_add(1));
            table.note(found.offset, wrong, "write each name once");
        }
        let read = row(name.map(|found| found.value), &table, providers);
        table.finish();
        let Some(read) = read else { continue };
        match models.iter_mut().find(|model| model.name == read.name) {
            Some(place) => *place = read,
            None => models.push(read),
        }
    }
}

/// Reads all fields before it gives up on one, so that each notes its own problems.
fn row(name: Option<String>, table: &Table<'_, '_>, providers: &Providers) -> Option<Model> {
    let title = table.text("title").map(|found| found.value);
    let classes = classes(table);
    let tier = table
        .number("tier", 1..=5)
        .and_then(|tier| u8::try_from(tier).ok())
        .or_else(|| table.missing("tier", "write 5 for the best models there are, down to 1"));
    let limits = Limits::read(table, Limits { context_tokens: None, max_output_tokens: None });
    if limits.context_tokens.is_none() {
        table.missing::<()>("context_tokens", "write how many tokens question and answer may have together");
    }
    for ability in ["vision", "tools", "schema", "reasoning"] {
        if !table.has(ability) {
            table.missing::<()>(ability, "write true or false");
        }
    }
    let nothing = Abilities { vision: false, tools: false, forced_tools: false, schema: false };
    let abilities = read_abilities(table, nothing);
    let reasoning = table.flag("reasoning");
    let routes = routes(table, providers, limits, abilities);
    let name = name?;
    Some(Model {
        title: title.unwrap_or_else(|| name.clone()),
        name,
        classes,
        tier: Some(tier?),
        reasoning: reasoning?,
        routes,
    })
}

fn name(table: &Table<'_, '_>) -> Option<Found<String>> {
    let Some(found) = table.text("name") else { return table.missing("name", "write the name that callers use") };
    let taken = found.value == AUTO || ModelClass::ALL.iter().any(|class| class.name() == found.value);
    if taken || found.value.contains('/') || !is_model_id(&found.value) {
        table.bad(found.offset, "name", &found.value, NAME_RULE);
        return None;
    }
    Some(found)
}

fn classes(table: &Table<'_, '_>) -> Vec<ModelClass> {
    let mut classes = Vec::new();
    let found = table.texts("classes").or_else(|| {
        table.missing("classes", "write what the model is good for, such as [\"coding\", \"chat\"], or [] for nothing")
    });
    for found in found.unwrap_or_default() {
        match ModelClass::ALL.into_iter().find(|class| class.name() == found.value) {
            Some(class) if classes.contains(&class) => {}
            Some(class) => classes.push(class),
            None => {
                let words = either(ModelClass::ALL.iter().map(|class| class.name()));
                table.bad(found.offset, "classes", &found.value, format!("write {words}"));
            }
        }
    }
    classes
}

/// How much a model, or a route to it, takes and gives.
#[derive(Clone, Copy)]
struct Limits {
    context_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
}

impl Limits {
    fn read(table: &Table<'_, '_>, base: Self) -> Self {
        Self {
            context_tokens: table.number("context_tokens", 1..=TOKENS_MAX).or(base.context_tokens),
            max_output_tokens: table.number("max_output_tokens", 1..=TOKENS_MAX).or(base.max_output_tokens),
        }
    }
}

fn read_abilities(table: &Table<'_, '_>, base: Abilities) -> Abilities {
    let tools = table.flag("tools");
    Abilities {
        vision: table.flag("vision").unwrap_or(base.vision),
        tools: tools.unwrap_or(base.tools),
        forced_tools: table.flag("forced_tools").or(tools).unwrap_or(base.forced_tools),
        schema: table.flag("schema").unwrap_or(base.schema),
    }
}

fn routes(table: &Table<'_, '_>, providers: &Providers, limits: Limits, abilities: Abilities) -> Vec<Arc<Route>> {
    let tables = table.tables("routes");
    let instead = "write who serves it: routes = [{ provider = \"..\", model = \"..\" }]";
    match &tables {
        None => {
            table.missing::<()>("routes", instead);
        }
        Some(rows) if rows.is_empty() => table.bad(table.offset(), "routes", "[]", instead),
        Some(_) => {}
    }
    let mut routes: Vec<Arc<Route>> = Vec::new();
    for row in tables.unwrap_or_default() {
        let provider = provider(&row, providers);
        let model = row.text("model");
        if model.is_none() {
            row.missing::<()>("model", "write the model's name at the provider");
        }
        let model = model.filter(|found| {
            let fits = is_model_id(&found.value);
            if !fits {
                row.bad(found.offset, "model", &found.value, "write visible ASCII characters, at most 200");
            }
            fits
        });
        let limits = Limits::read(&row, limits);
        let abilities = read_abilities(&row, abilities);
        let drop_fields = field_names(&row, "drop_fields").unwrap_or_default();
        let (Some(provider), Some(model)) = (provider, model) else {
            row.finish();
            continue;
        };
        let name = format!("{}/{}", provider.name, model.value);
        if routes.iter().any(|route| route.name == name) {
            row.note(model.offset, format!("the route `{name}` is there twice"), "leave one out");
        }
        row.finish();
        let mut quirks = provider.quirks.clone();
        quirks.drop_fields.extend(drop_fields);
        let Limits { context_tokens, max_output_tokens } = limits;
        let quirks = Arc::new(quirks);
        routes.push(Arc::new(Route {
            name,
            provider,
            model: model.value,
            context_tokens,
            max_output_tokens,
            abilities,
            quirks,
        }));
    }
    routes
}

fn provider(row: &Table<'_, '_>, providers: &Providers) -> Option<Arc<Provider>> {
    let Some(found) = row.text("provider") else { return row.missing("provider", "write the name of a provider") };
    let provider = providers.get(&found.value);
    if provider.is_none() && providers.names().all(|name| name != found.value) {
        let near = nearest(&found.value, providers.names());
        let instead = if near.is_empty() {
            format!("write {}", either(providers.names()))
        } else {
            format!("write {}", either(near.into_iter()))
        };
        row.bad(found.offset, "provider", &found.value, instead);
    }
    provider.cloned()
}
