//! One request from its arrival to the end of its answer: measured and traced once, however it ends.

use std::{sync::Arc, time::Instant};

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use tracing::{Span, field};

use super::{
    fault::Fault,
    meters::{Endpoint, InFlight},
    routes::Gateway,
    trace_parent::TraceParent,
    wire::Wire,
};
use crate::{api::bound::Share, domain::id::RequestId, router::account::Account};

/// Target of the spans of requests that may ask a model. Log lines stand in them, and an exporter takes them: those of the
/// router are under them.
pub const REQUEST_TARGET: &str = "samokoder::request";

/// One request on its way.
///
/// What a call took is said by the router, however the call ends: to the measurements, in the log, and in the call's span,
/// all within [`Visit::span`], which names the request.
pub(super) struct Visit {
    /// Where it is answered.
    pub(super) gateway: Arc<Gateway>,
    /// What its caller speaks.
    pub(super) wire: Wire,
    /// Its identity.
    pub(super) id: RequestId,
    endpoint: Endpoint,
    started: Instant,
    span: Span,
    /// Whether the head of a stream went out.
    has_begun: bool,
    is_over: bool,
    held: Option<[Share; 2]>,
    _in_flight: InFlight,
}

impl Visit {
    /// A request for which no model is asked.
    pub(super) fn begin(gateway: &Arc<Gateway>, endpoint: Endpoint, wire: Wire) -> Self {
        let id = RequestId::mint();
        Self::within(tracing::info_span!("request", %id, endpoint = endpoint.name()), id, gateway, (endpoint, wire))
    }

    /// A request that may ask a model: in the trace of its caller, where he names one and somebody takes traces.
    pub(super) fn begin_call(gateway: &Arc<Gateway>, endpoint: Endpoint, wire: Wire, headers: &HeaderMap) -> Self {
        let id = RequestId::mint();
        let span = tracing::info_span!(
            target: REQUEST_TARGET,
            "request",
            %id,
            endpoint = endpoint.name(),
            otel.status_code = field::Empty,
            "error.type" = field::Empty,
            http.response.status_code = field::Empty,
        );
        if !span.is_disabled()
            && let Some(join) = gateway.settings.join_trace
            && let Some(parent) = TraceParent::of(headers)
        {
            join(&span, parent);
        }
        Self::within(span, id, gateway, (endpoint, wire))
    }

    fn within(span: Span, id: RequestId, gateway: &Arc<Gateway>, (endpoint, wire): (Endpoint, Wire)) -> Self {
        Self {
            _in_flight: InFlight::begin(gateway.meters()),
            gateway: Arc::clone(gateway),
            wire,
            id,
            endpoint,
            started: Instant::now(),
            span,
            has_begun: false,
            is_over: false,
            held: None,
        }
    }

    /// The request keeps what it took until it is over.
    pub(super) fn holds(&mut self, held: [Share; 2]) {
        self.held = Some(held);
    }

    /// The span that log lines and spans of the request stand in.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The call was answered to its end, whole or by a stream that [began](Self::begins).
    pub(super) fn answered(mut self, account: &Account) {
        self.reply(StatusCode::OK);
        let total_ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        self.gateway.meters().answered(self.endpoint, account, total_ms);
    }

    /// The request was answered without a call.
    pub(super) fn done(mut self, status: StatusCode) {
        self.reply(status);
    }

    /// A kept answer was given again.
    pub(super) fn replayed(mut self, status: StatusCode) {
        self.reply(status);
        self.gateway.meters().replayed(self.endpoint);
        self.span.in_scope(|| tracing::info!("a kept answer is given again"));
    }

    /// The request was refused before a model was asked.
    pub(super) fn refused(self, fault: &Fault) -> Response {
        let status = fault.status.as_u16();
        let code = fault.code.as_ref();
        self.span.in_scope(|| tracing::info!(status, code, "refused with status {status}: {code}"));
        let response = fault.response(self.wire);
        self.failed(fault);
        response
    }

    /// The request had no answer, or half of one.
    pub(super) fn failed(mut self, fault: &Fault) {
        self.reply(fault.status);
        self.fail(fault.class);
    }

    /// The head of a stream goes out: whatever comes after it, it was a 200.
    pub(super) fn begins(&mut self) {
        self.replies(StatusCode::OK);
        self.has_begun = true;
    }

    fn reply(&mut self, status: StatusCode) {
        self.is_over = true;
        if !self.has_begun {
            self.replies(status);
        }
    }

    fn replies(&self, status: StatusCode) {
        self.gateway.meters().replied(self.endpoint, status.as_u16());
        self.span.record("http.response.status_code", status.as_u16());
    }

    fn fail(&self, class: &'static str) {
        self.gateway.meters().failed(self.endpoint, class);
        self.span.record("otel.status_code", "ERROR");
        self.span.record("error.type", class);
    }
}

impl Drop for Visit {
    /// Whoever goes before the end is a client that went away, or was cut off by the gateway's own end: the call is
    /// cancelled with it, and what it cost is counted, settled and logged by the router.
    fn drop(&mut self) {
        if !self.is_over {
            self.fail("client_gone");
        }
    }
}
