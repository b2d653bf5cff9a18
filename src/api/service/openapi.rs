//! The API's description: what each route takes and gives, and every status that can occur.

use std::sync::LazyLock;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, Parameter, ParameterIn},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{
    artifact, catalog, changes, codes, events, fault, files, generation_view, generations, keys, looks, pages,
    projects, specs, submit,
};

/// Addresses that need no key, besides pages about errors.
const PUBLIC: [&str; 6] = ["/health", "/ready", "/openapi.json", "/docs", "/docs.js", "/docs.css"];
const PROBLEMS: &str = "/problems/";
/// Addresses below a generation's that need what the operator may keep for a time only.
const KEPT_FOR_A_TIME: [&str; 7] = ["/files", "/commits", "/diff", "/log/", "/artifact", "/resume", "/changes"];
const JSON: &[&str] = &["application/json"];
/// What counts as the route of a request that no route has.
const OTHER: &str = "other";

/// The description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Samokoder",
        description = "Specs are handed in, followed while they become projects, and the projects are fetched.",
    ),
    paths(
        submit::submit, submit::submit_batch, generations::list, generations::get, generations::delete, generations::cancel,
        generations::resume, generations::approve, changes::ask, events::events, files::list, files::file, files::commits,
        files::diff, files::log, artifact::artifact, artifact::report, projects::create, projects::list, projects::get,
        projects::change, projects::delete, specs::validate, specs::estimate, specs::schema, catalog::templates,
        catalog::models, keys::create, keys::list, keys::revoke, looks::health, looks::ready, looks::metrics,
        pages::openapi, pages::docs, pages::script, pages::style, pages::problem,
    ),
    components(schemas(fault::Details, generation_view::StatusName)),
    security(("key" = [])),
    modifiers(&Common),
)]
struct Description;

/// What all operations have in common.
struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).build());
        api.components.get_or_insert_default().add_security_scheme("key", scheme);
        for (path, item) in &mut api.paths.paths {
            let (get, post) = (("get", &mut item.get), ("post", &mut item.post));
            for (method, operation) in [get, post, ("patch", &mut item.patch), ("delete", &mut item.delete)] {
                let Some(operation) = operation else { continue };
                // The names of the functions are those of their files' and not of their own alone.
                let parts = path.split(['/', '{', '}', '.', '-']).filter(|part| !part.is_empty());
                operation.operation_id = Some([method].into_iter().chain(parts).collect::<Vec<_>>().join("_"));
                add_faults(path, method, operation);
            }
        }
    }
}

fn add_faults(path: &str, method: &str, operation: &mut Operation) {
    let mut all = vec![codes::INTERNAL, codes::BUSY, codes::NOT_ACCEPTABLE];
    if !is_public(path) {
        all.push(codes::UNAUTHORIZED);
    }
    let params = operation.parameters.as_deref().unwrap_or_default();
    let is_in_path = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path);
    if !params.iter().all(is_in_path) {
        all.push(codes::INVALID_REQUEST);
    }
    if path.contains('{') {
        all.push(codes::NOT_FOUND);
    }
    if operation.request_body.is_some() {
        all.extend([codes::INVALID_REQUEST, codes::SLOW_BODY, codes::BODY_TOO_LARGE, codes::CONTENT_TYPE]);
        all.push(codes::SPEC_REFUSED);
    }
    if path.starts_with("/v1/generations/{id}/") && KEPT_FOR_A_TIME.iter().any(|part| path.contains(part)) {
        all.push(codes::EXPIRED);
    }
    if method != "get" {
        all.push(codes::STORAGE_FULL);
    }
    for code in all {
        let status = code.status.as_str().to_owned();
        operation.responses.responses.entry(status).or_insert_with(|| RefOr::T(problem(code)));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = reason(status);
        }
    }
}

fn problem(code: &codes::Code) -> Response {
    let content = Content::new(Some(RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name("Problem"))));
    ResponseBuilder::new()
        .description(reason(code.status.as_str()))
        .content("application/problem+json", content)
        .build()
}

fn reason(status: &str) -> String {
    let known = status.parse::<http::StatusCode>().ok().and_then(|status| status.canonical_reason());
    known.unwrap_or(status).to_owned()
}

static TEXT: LazyLock<String> = LazyLock::new(|| Description::openapi().to_pretty_json().unwrap_or_default());
static PATTERNS: LazyLock<Vec<String>> = LazyLock::new(|| Description::openapi().paths.paths.into_keys().collect());

/// The description, as JSON.
pub(super) fn text() -> &'static str {
    &TEXT
}

/// Whether an address needs no key.
pub(super) fn is_public(path: &str) -> bool {
    PUBLIC.contains(&path) || path.starts_with(PROBLEMS)
}

/// Types that a route gives when all goes well.
pub(super) fn given(route: &str) -> &'static [&'static str] {
    if route.ends_with("/events") {
        &["text/event-stream", "application/json"]
    } else if route.ends_with("/artifact") {
        &["application/zip"]
    } else if route.contains("/files/{") {
        &["application/octet-stream"]
    } else if route.ends_with("/diff") {
        &["text/x-diff", "text/plain"]
    } else if route.contains("/log/{") || route == "/metrics" {
        &["text/plain"]
    } else if route == "/docs" || route.starts_with(PROBLEMS) {
        &["text/html"]
    } else if route.starts_with("/docs.") {
        // A browser that is asked for a script takes anything.
        &["*/*"]
    } else {
        JSON
    }
}

/// The pattern of the route that an address belongs to.
pub(super) fn pattern_of(path: &str) -> &'static str {
    let fits = |pattern: &str| {
        let mut parts = path.split('/');
        let mut patterns = pattern.split('/');
        loop {
            match (patterns.next(), parts.next()) {
                (None, None) => return true,
                (Some("{rest}"), Some(_)) => return true,
                (Some(pattern), Some(part)) if pattern == part || pattern.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    // An exact address goes before one with a place for anything.
    let found = PATTERNS.iter().filter(|pattern| fits(pattern)).min_by_key(|pattern| pattern.matches('{').count());
    found.map_or(OTHER, String::as_str)
}
