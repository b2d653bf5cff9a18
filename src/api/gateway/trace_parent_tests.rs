use super::*;

/// The example of the recommendation.
const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn of(values: &[&str]) -> Option<TraceParent> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(TRACEPARENT, value.parse().unwrap());
    }
    TraceParent::of(&headers)
}

#[test]
fn a_good_header_names_trace_and_span() {
    let parent = TraceParent {
        trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
        span_id: 0x00f0_67aa_0ba9_02b7,
        is_sampled: true,
    };
    assert_eq!(of(&[GOOD]), Some(parent));
    assert_eq!(of(&[&GOOD.replace("-01", "-fe")]), Some(TraceParent { is_sampled: false, ..parent }));
    // A version that comes later may say more.
    for later in [GOOD.replace("00-4b", "cc-4b"), format!("{}-what-comes-later", GOOD.replace("00-4b", "cc-4b"))] {
        assert_eq!(of(&[&later]), Some(parent), "{later}");
    }
}

#[test]
fn a_damaged_header_counts_as_none() {
    let damaged = [
        String::new(),
        "00".to_owned(),
        GOOD.to_uppercase(),
        GOOD.replace("4bf9", "4bg9"),
        GOOD.replace("00-4b", "ff-4b"),
        GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
        GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
        GOOD.replace("-01", "-1"),
        GOOD.replace("-01", "-+1"),
        GOOD.replace('-', "_"),
        GOOD.replace("e4736-", "e47360"),
        format!("{GOOD}-what-comes-later"),
        format!("{GOOD}0"),
        format!("{}0", GOOD.replace("00-4b", "cc-4b")),
        GOOD.replace("4bf9", "4б9"),
    ];
    for text in damaged {
        assert_eq!(TraceParent::read(&text), None, "{text:?}");
    }
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[GOOD, GOOD]), None, "two are as good as none");
}
