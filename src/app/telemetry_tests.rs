use tracing::info_span;

use super::*;

fn log() -> Log {
    Log { filter: "trace".to_owned(), json: false, traces_to: None }
}

#[test]
fn without_an_exporter_no_span_of_a_model_call_is_made() {
    let subscriber = subscriber(&log(), None).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        assert!(info_span!(target: SPAN_TARGET, "model call").is_disabled());
        assert!(!info_span!(target: REQUEST_TARGET, "request").is_disabled(), "lines stand in it");
    });
    assert!(Telemetry { traces: None }.join().is_none());
}

#[test]
fn with_one_they_are_made_in_the_callers_trace() {
    let traces = SdkTracerProvider::builder().build();
    let subscriber = subscriber(&Log { filter: "off".to_owned(), ..log() }, Some(&traces)).unwrap();
    let parent = TraceParent { trace_id: 7, span_id: 9, is_sampled: true };
    tracing::subscriber::with_default(subscriber, || {
        let request = info_span!(target: REQUEST_TARGET, "request");
        join(&request, parent);
        let call = request.in_scope(|| info_span!(target: SPAN_TARGET, "model call"));
        assert!(!call.is_disabled());
        for span in [request, call] {
            let context = span.context();
            assert_eq!(context.span().span_context().trace_id(), TraceId::from(7_u128));
        }
        assert!(info_span!("another").is_disabled());
    });
    assert!(Telemetry { traces: Some(traces) }.join().is_some());
}
