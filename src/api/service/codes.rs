//! Every kind of error that the API tells of: what a program branches on, and the page that its `type` leads to.

use http::StatusCode;

/// A kind of error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// Stable word for programs; the end of its `type`.
    pub(super) name: &'static str,
    /// HTTP status.
    pub(super) status: StatusCode,
    /// What it is, the same every time.
    pub(super) title: &'static str,
    /// What to do about it.
    pub(super) advice: &'static str,
}

macro_rules! codes {
    ($($constant:ident $name:literal $status:ident $title:literal $advice:literal;)*) => {
        $(pub(super) const $constant: &Code =
            &Code { name: $name, status: StatusCode::$status, title: $title, advice: $advice };)*
        /// All kinds.
        pub(super) const ALL: &[&Code] = &[$($constant),*];
    };
}

codes! {
    INVALID_REQUEST "invalid_request" BAD_REQUEST "The request is wrong"
        "Correct what `detail` names: a parameter of the query, a header, or the form of the JSON.";
    INVALID_IDEMPOTENCY_KEY "invalid_idempotency_key" BAD_REQUEST "The Idempotency-Key is wrong"
        "Send one header of 1 to 255 printable ASCII characters in quotes: Idempotency-Key: \"8e03978e-40d5-43e8-bc93-6894a57f9324\". A bare token of letters, digits and -._~ is taken as well.";
    UNAUTHORIZED "unauthorized" UNAUTHORIZED "No valid key was shown"
        "Send the header Authorization: Bearer samokoder_... with a key of this service. The first key was printed when the service started for the first time; POST /v1/keys makes others.";
    NOT_FOUND "not_found" NOT_FOUND "There is no such thing"
        "Look at the address and the identity in it. What belongs to somebody else is not there either.";
    METHOD_NOT_ALLOWED "method_not_allowed" METHOD_NOT_ALLOWED "The address does not know this method"
        "Use one of the methods in the header Allow.";
    NOT_ACCEPTABLE "not_acceptable" NOT_ACCEPTABLE "Nothing of the accepted types is given here"
        "Leave the header Accept out, or accept the type that the API's description names.";
    SLOW_BODY "slow_body" REQUEST_TIMEOUT "The body did not come in time"
        "Send the request again over a quicker connection.";
    WRONG_STATUS "wrong_status" CONFLICT "The status does not allow it"
        "Get the generation, and look at its status and what leads on from there.";
    NO_ARTIFACT "no_artifact" CONFLICT "Nothing was delivered yet"
        "Wait until the generation has succeeded, is unverified, or failed with a project; its events tell.";
    NO_WORKSPACE "no_workspace" CONFLICT "No work was done yet"
        "Wait until the first worker has begun; the generation's events tell.";
    PROJECT_NOT_EMPTY "project_not_empty" CONFLICT "The project has generations"
        "Delete them first, or send generations=true to delete them with it.";
    PROJECT_RUNNING "project_running" CONFLICT "A generation of the project is being worked on"
        "Cancel it first, or wait until it has ended.";
    BODY_TOO_LARGE "body_too_large" PAYLOAD_TOO_LARGE "The body is too large"
        "A body has at most 10,485,760 bytes, unless the operator says otherwise.";
    CONTENT_TYPE "content_type" UNSUPPORTED_MEDIA_TYPE "The type of the body is not read here"
        "Send one of the types that the API's description names, in UTF-8.";
    CONTENT_ENCODING "content_encoding" UNSUPPORTED_MEDIA_TYPE "Compressed bodies are not read"
        "Send the body without Content-Encoding.";
    RANGE "range_not_satisfiable" RANGE_NOT_SATISFIABLE "The file has no such range"
        "Ask for bytes below the length that Content-Range names.";
    IDEMPOTENCY_KEY_REUSED "idempotency_key_reused" UNPROCESSABLE_ENTITY "The Idempotency-Key was used for another request"
        "Use a new key for a new request; send the very same request to hear its answer again.";
    SPEC_REFUSED "spec_refused" UNPROCESSABLE_ENTITY "The spec is refused"
        "Every problem is in `problems`, with its place; correct them and send the spec again.";
    NO_MODEL "no_model" UNPROCESSABLE_ENTITY "The spec needs a model, and none can answer"
        "Configure a provider and its key (docs/router.md), or leave the parts in words out of the spec.";
    NO_PROJECT "no_project" UNPROCESSABLE_ENTITY "The project takes no generations"
        "Name a project of yours that is not archived, or none to have one made.";
    URL_NOT_ALLOWED "url_not_allowed" UNPROCESSABLE_ENTITY "The address may not be told"
        "Name an https address on the internet; the operator decides whether others are allowed (`service.webhook_addresses`).";
    EXPIRED "expired" GONE "It is not kept any more"
        "The operator keeps it for a time only (`service.retention`). Hand the spec in anew.";
    INVALID_FIELD "invalid_field" UNPROCESSABLE_ENTITY "A field of the body is wrong"
        "Correct the field that `detail` names.";
    INTERNAL "internal" INTERNAL_SERVER_ERROR "The service failed"
        "It is not the request's fault. Tell the operator the request's identity.";
    BUSY "busy" SERVICE_UNAVAILABLE "The service cannot answer now"
        "Send the request again after the time that Retry-After names.";
    STORAGE_FULL "storage_full" INSUFFICIENT_STORAGE "The service has no room"
        "Nothing was accepted. Send the request again when the operator has made room.";
}

/// The kind of a name.
pub(super) fn named(name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.name == name)
}
