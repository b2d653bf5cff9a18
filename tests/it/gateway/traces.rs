//! Spans: one for the request, one for its call, one for each attempt, however the call ends.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};

use samokoder::{
    api::gateway::{REQUEST_TARGET, Settings, TraceParent},
    router::SPAN_TARGET,
};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

use super::running::{KEY, over, question, settings, start, stream_question};
use crate::router::{
    rig::{Plan, key_of},
    scripted_server::{Act, ScriptedServer, completion, error, role_event, stream, stream_head, text_event},
};

/// Spans as an exporter gets them.
#[derive(Clone, Default)]
struct Exported(Arc<Mutex<Vec<Span>>>);

#[derive(Debug)]
struct Span {
    id: Id,
    name: &'static str,
    depth: usize,
    fields: Vec<(String, String)>,
    is_over: bool,
}

impl Exported {
    /// Takes the spans of this thread while the guard is held.
    fn begin() -> (Self, DefaultGuard) {
        let exported = Self::default();
        let layer = exported
            .clone()
            .with_filter(filter_fn(|metadata| matches!(metadata.target(), SPAN_TARGET | REQUEST_TARGET)));
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        (exported, guard)
    }

    /// Whether all have ended. The registry ends parents through the subscriber of the thread that ends their last child,
    /// so that this is to be asked only where no other thread had a hand in it.
    fn are_over(&self) -> bool {
        self.0.lock().unwrap().iter().all(|span| span.is_over)
    }

    /// All spans, each under its parent, without what differs from run to run.
    fn tree(&self) -> String {
        let mut text = String::new();
        for span in &*self.0.lock().unwrap() {
            let indent = "  ".repeat(span.depth);
            let name = span.fields.iter().find(|(name, _)| name == "otel.name").map_or(span.name, |(_, name)| name);
            writeln!(text, "{indent}{name}").unwrap();
            for (name, value) in span.fields.iter().filter(|(name, _)| name != "otel.name") {
                let value = match name.as_str() {
                    "server.port" => "[port]",
                    "id" => "[id]",
                    _ => value,
                };
                writeln!(text, "{indent}  {name}: {value}").unwrap();
            }
        }
        text
    }
}

struct Fields<'a>(&'a mut Vec<(String, String)>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.retain(|(name, _)| name != field.name());
        self.0.push((field.name().to_owned(), value.to_owned()));
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Exported {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let depth = context.span_scope(id).unwrap().count() - 1;
        let mut fields = Vec::new();
        attributes.record(&mut Fields(&mut fields));
        self.0.lock().unwrap().push(Span {
            id: id.clone(),
            name: attributes.metadata().name(),
            depth,
            fields,
            is_over: false,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        let span = spans.iter_mut().rfind(|span| span.id == *id).unwrap();
        values.record(&mut Fields(&mut span.fields));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        spans.iter_mut().rfind(|span| span.id == id).unwrap().is_over = true;
    }
}

#[tokio::test]
async fn an_answered_call_has_a_span_and_one_for_each_attempt() {
    let (exported, _guard) = Exported::begin();
    let first = ScriptedServer::always(error(500, &[], "down")).await;
    let second = ScriptedServer::always(stream(&["Hel", "lo."])).await;
    let gateway = over(&[&first, &second]).await;
    assert_eq!(gateway.post("/v1/chat/completions", &stream_question()).await.status, 200);
    assert!(exported.are_over());
    insta::assert_snapshot!(exported.tree());
}

#[tokio::test]
async fn a_call_that_was_given_up_has_provider_tokens_and_cost_in_its_span() {
    let (exported, _guard) = Exported::begin();
    let server = ScriptedServer::always(vec![stream_head(), role_event(), text_event("Hello there."), Act::Hang]).await;
    let gateway = over(&[&server]).await;
    let mut response = gateway.json("/v1/chat/completions", &stream_question()).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    drop(response);
    server.client_gone(1).await;
    gateway.settled().await;
    insta::assert_snapshot!(exported.tree());
}

#[tokio::test]
async fn a_failed_call_has_a_class_in_its_span_and_no_word_of_the_providers() {
    let (exported, _guard) = Exported::begin();
    let echoed = format!("you sent {}", key_of("first"));
    let server = ScriptedServer::always(error(401, &[], &echoed)).await;
    let gateway = over(&[&server]).await;
    assert_eq!(gateway.post("/v1/chat/completions", &question()).await.status, 502);
    assert!(exported.are_over());
    let tree = exported.tree();
    assert!(!tree.contains("you sent") && !tree.contains(&key_of("first")) && !tree.contains(KEY), "{tree}");
    insta::assert_snapshot!(tree);
}

thread_local! {
    /// What the gateway of this thread's test was told of callers' traces.
    static JOINED: RefCell<Vec<TraceParent>> = const { RefCell::new(Vec::new()) };
}

#[tokio::test]
async fn a_callers_trace_is_joined_and_goes_to_no_provider() {
    let (_exported, _guard) = Exported::begin();
    let server = ScriptedServer::always(completion("Hello.")).await;
    let settings = Settings {
        join_trace: Some(|span, parent| {
            assert!(!span.is_disabled());
            JOINED.with_borrow_mut(|joined| joined.push(parent));
        }),
        ..settings()
    };
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    for header in ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-damaged"] {
        let request = gateway.json("/v1/chat/completions", &question()).header("traceparent", header);
        let request = request.header("tracestate", "vendor=1").send().await.unwrap();
        assert_eq!(request.status(), 200, "{header}");
    }
    let parent = TraceParent {
        trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
        span_id: 0x00f0_67aa_0ba9_02b7,
        is_sampled: true,
    };
    assert_eq!(JOINED.take(), [parent], "the damaged one is as good as none");
    assert_eq!(server.requests(), 2);
    for seen in server.seen() {
        assert!(!seen.head.to_lowercase().contains("trace"), "{}", seen.head);
    }
}

#[tokio::test]
async fn without_an_exporter_there_are_no_spans_and_nobody_is_asked_to_join() {
    // With a subscriber of its own, spans are judged by it; with none, by whoever another test's thread has.
    let _guard = tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::default());
    let server = ScriptedServer::always(completion("Hello.")).await;
    let settings = Settings { join_trace: Some(|_, _| panic!("nobody takes spans")), ..settings() };
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    let request = gateway.json("/v1/chat/completions", &question());
    let request = request.header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(request.send().await.unwrap().status(), 200);
}
