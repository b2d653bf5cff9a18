//! Pages for people: the API's description, and what each kind of error means. They ask no other host for anything.

use axum::{extract::Path, response::Response};
use http::{HeaderValue, StatusCode, header};

use super::{answer::typed, codes, fault::Fault, openapi};

const HTML: &str = "text/html; charset=utf-8";
/// The page takes its script, its style and the description from here, and nothing from anywhere else.
const OWN_ONLY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                        form-action 'none'; frame-ancestors 'none'";

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "service", responses((status = 200, body = Object)), security(()))]
pub(super) async fn openapi() -> Response {
    typed(StatusCode::OK, "application/json", openapi::text())
}

/// This description, for people.
#[utoipa::path(get, path = "/docs", tag = "service", responses((status = 200, content_type = "text/html", body = String)), security(()))]
pub(super) async fn docs() -> Response {
    with_policy(typed(StatusCode::OK, HTML, include_str!("docs/docs.html")))
}

/// The script of the page.
#[utoipa::path(get, path = "/docs.js", tag = "service", responses((status = 200, content_type = "text/javascript", body = String)), security(()))]
pub(super) async fn script() -> Response {
    typed(StatusCode::OK, "text/javascript; charset=utf-8", include_str!("docs/docs.js"))
}

/// The style of the page.
#[utoipa::path(get, path = "/docs.css", tag = "service", responses((status = 200, content_type = "text/css", body = String)), security(()))]
pub(super) async fn style() -> Response {
    typed(StatusCode::OK, "text/css; charset=utf-8", include_str!("docs/docs.css"))
}

/// What a kind of error means, and what to do about it.
#[utoipa::path(get, path = "/problems/{id}", tag = "service", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String)), security(()))]
pub(super) async fn problem(
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Fault> {
    let Path(name) = path.map_err(|_| Fault::not_found())?;
    let code = codes::named(&name).ok_or_else(Fault::not_found)?;
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/docs.css\">\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p><code>{name}</code>, status {status}</p>\n<p>{advice}</p>\n</main>\n</body>\n</html>\n",
        title = escaped(code.title),
        name = code.name,
        status = code.status.as_u16(),
        advice = escaped(code.advice),
    );
    Ok(with_policy(typed(StatusCode::OK, HTML, page)))
}

fn with_policy(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(OWN_ONLY));
    response
}
