//! Bodies of requests to the gateway.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, StatusCode, header};

use super::{fault::Fault, routes::Gateway, settings::Settings};
use crate::api::{
    body::{self, Allowed, Held, Unread},
    strict_json,
};

/// When to send a body again that found no room: by then some other request has ended.
const ROOM_AGAIN: Duration = Duration::from_secs(1);

/// Reads a body of JSON.
///
/// `application/json` is demanded, as web pages of strangers can send other types to a gateway on a user's own machine
/// without asking it first (Fetch standard, section 4.8, CORS-preflight).
pub(super) async fn read_json(headers: &HeaderMap, body: Body, gateway: &Gateway) -> Result<Held, Fault> {
    let settings = &gateway.settings;
    let json = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let media_type = value.split_once(';').map_or(value, |(media_type, _)| media_type);
        media_type.trim().eq_ignore_ascii_case("application/json")
    });
    let encoded = headers.get_all(header::CONTENT_ENCODING).iter().any(|value| value != "identity");
    if !json && !encoded {
        let message = "send the body with `Content-Type: application/json`";
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", message).closing());
    }
    let allowed =
        Allowed { cap_bytes: settings.body_cap_bytes, timeout: settings.body_timeout, room: &gateway.body_room };
    let held = body::read(headers, body, &allowed).await.map_err(|why| fault(why, settings))?;
    strict_json::check(&held.bytes)
        .map_err(|error| Fault::invalid(format!("the body is not the JSON it must be: {error}")))?;
    Ok(held)
}

fn fault(why: Unread, settings: &Settings) -> Fault {
    let fault = match why {
        Unread::Encoded => {
            let message = "compressed bodies are not read: send the body without Content-Encoding";
            Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_encoding", message)
        }
        Unread::TooLarge => {
            let message = format!("the body has more than {} bytes", settings.body_cap_bytes);
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
        }
        Unread::NoRoom => {
            let message = "the requests in flight have all the memory that there is for bodies; send the request again";
            Fault::new(StatusCode::SERVICE_UNAVAILABLE, "bodies_full", message)
                .retry_after(Some(ROOM_AGAIN))
                .of_class("busy")
        }
        Unread::TooSlow => {
            let seconds = settings.body_timeout.as_secs();
            Fault::new(StatusCode::REQUEST_TIMEOUT, "slow_body", format!("the body did not come within {seconds} s"))
        }
        Unread::BrokenOff => Fault::invalid("the connection broke off within the body"),
    };
    fault.closing()
}
