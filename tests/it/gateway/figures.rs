//! Measurements: what is counted, once for each call however it ends, and that the page says what they are.

use std::collections::{BTreeMap, BTreeSet};

use samokoder::domain::money::Usd;

use super::running::{Running, over, question, settings, start, stream_question};
use crate::router::{
    rig::{Plan, usd},
    scripted_server::{Act, ScriptedServer, completion, error, event, role_event, stream, stream_head, text_event},
};

const PAGE: &str = include_str!("../../../docs/metrics.md");

/// Sum of the values of the lines that begin so.
async fn sum(gateway: &Running, start: &str) -> u64 {
    let lines = gateway.figures(start).await;
    lines.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// A gateway whose ledger keeps what the key of tests spends.
async fn counting(servers: &[&ScriptedServer]) -> Running {
    let mut plan = Plan::over(servers);
    plan.settings.budgets.per_key = Some(usd("1"));
    start(plan.build(), settings()).await
}

fn nano_usd(amount: Usd) -> u64 {
    (amount.amount() * rust_decimal::Decimal::from(1_000_000_000)).try_into().unwrap()
}

#[tokio::test]
async fn a_call_that_was_given_up_is_counted_once() {
    let server = ScriptedServer::always(vec![stream_head(), role_event(), text_event("Hello there."), Act::Hang]).await;
    let gateway = counting(&[&server]).await;
    let mut response = gateway.json("/v1/chat/completions", &stream_question()).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    drop(response);
    server.client_gone(1).await;
    gateway.settled().await;

    let route = r#"provider="first",model="scripted-first""#;
    assert_eq!(
        gateway.figures("samokoder_attempts_total").await,
        [format!(r#"samokoder_attempts_total{{{route},outcome="abandoned"}} 1"#)],
        "the provider is not to blame"
    );
    let tokens = gateway.figures("samokoder_tokens_total").await;
    assert!(tokens.iter().any(|line| line.contains(r#"kind="input""#)), "{tokens:?}");
    assert!(tokens.iter().any(|line| line.contains(r#"kind="output""#)), "{tokens:?}");
    assert_eq!(sum(&gateway, "samokoder_time_to_first_token_seconds_count").await, 1);
    let counted = sum(&gateway, "samokoder_cost_nano_usd_total").await;
    let (spent, _) = gateway.spent().await;
    assert_eq!(counted, nano_usd(spent), "what is measured is what was settled");
    assert!(counted > 0);
}

/// Tokens of a first attempt may still be being counted when the client goes, as their tables are read only then.
#[tokio::test]
async fn what_an_earlier_attempt_may_be_billed_is_counted_too_when_the_client_goes() {
    let head = "HTTP/1.1 200 Scripted\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let first = ScriptedServer::always(vec![Act::Send(head.as_bytes().to_vec()), Act::Close]).await;
    let second = ScriptedServer::always(vec![Act::Hang]).await;
    let gateway = counting(&[&first, &second]).await;
    let arrived = async {
        while second.requests() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = gateway.json("/v1/chat/completions", &question()).send() => panic!("nobody answers"),
        () = arrived => {}
    }
    second.client_gone(1).await;
    gateway.settled().await;

    // Nobody knows what an answer that did not come would have been: the most that it may be is paid for.
    assert_eq!(gateway.figures("samokoder_tokens_total").await.len(), 4, "what was asked and may be answered, twice");
    let counted = sum(&gateway, "samokoder_cost_nano_usd_total").await;
    assert_eq!(counted, nano_usd(gateway.spent().await.0));
}

#[tokio::test]
async fn a_failed_call_that_was_billed_is_counted_once() {
    let usage = serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model-as-answered",
        "choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
    });
    let broken = vec![stream_head(), text_event("Hel"), event(usage), Act::Reset];
    let first =
        ScriptedServer::start(move |number, _| if number == 0 { broken.clone() } else { error(500, &[], "down") });
    let (first, second) = (first.await, ScriptedServer::always(stream(&["Hello."])).await);
    let gateway = counting(&[&first, &second]).await;
    let broken = gateway.post("/v1/chat/completions", &stream_question()).await;
    assert!(broken.body.contains("error"), "{}", broken.body);
    let answered = gateway.post("/v1/chat/completions", &stream_question()).await;
    assert!(answered.body.contains("Hello."), "{}", answered.body);

    let counted =
        |provider: &str, what: &str| format!(r#"samokoder_{what}provider="{provider}",model="scripted-{provider}""#);
    assert_eq!(
        gateway.figures("samokoder_attempts_total").await,
        [
            format!(r#"{},outcome="overload"}} 2"#, counted("first", "attempts_total{")),
            format!(r#"{},outcome="answered"}} 1"#, counted("second", "attempts_total{")),
        ]
    );
    assert_eq!(
        gateway.figures("samokoder_tokens_total").await,
        ["first", "second"]
            .map(|name| [("input", 11), ("output", 3)]
                .map(|(kind, tokens)| { format!(r#"{},kind="{kind}"}} {tokens}"#, counted(name, "tokens_total{")) }))
            .concat(),
        "tokens stand by the route that took them"
    );
    let cost = sum(&gateway, "samokoder_cost_nano_usd_total").await;
    assert_eq!(cost, 34_000, "twice 11 tokens in and 3 out");
    assert_eq!(gateway.spent().await.0, usd("0.000034"));
}

#[tokio::test]
async fn each_class_of_failure_has_its_series() {
    let cases = [
        (error(400, &[], "invalid_request_error"), "caller"),
        (error(401, &[], "invalid_api_key"), "key"),
        (error(429, &[], "insufficient_quota"), "key"),
        (error(429, &[], "rate_limit_exceeded"), "rate_limit"),
        (error(503, &[], "server_error"), "overload"),
        (error(400, &[], "content_filter"), "content_filter"),
    ];
    for (acts, class) in cases {
        let server = ScriptedServer::always(acts).await;
        let gateway = over(&[&server]).await;
        assert_ne!(gateway.post("/v1/chat/completions", &question()).await.status, 200);
        assert_eq!(
            gateway.figures("samokoder_errors_total").await,
            [format!(r#"samokoder_errors_total{{endpoint="chat_completions",class="{class}"}} 1"#)]
        );
        let attempts = gateway.figures("samokoder_attempts_total").await;
        assert!(matches!(&*attempts, [line] if line.contains(&format!(r#"outcome="{class}""#))), "{attempts:?}");
        assert!(class_rows().contains(class), "{class} is on the page");
    }
}

#[tokio::test]
async fn no_caller_makes_series() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    for number in 0..5 {
        let mut asked = question();
        asked["model"] = format!("first/made-up-{number}").into();
        assert_eq!(gateway.post("/v1/chat/completions", &asked).await.status, 200);
        asked["model"] = format!("unknown-{number}").into();
        assert_eq!(gateway.post("/v1/chat/completions", &asked).await.status, 404);
        gateway.post(&format!("/v1/path-{number}"), &asked).await;
    }
    assert_eq!(
        gateway.figures("samokoder_attempts_total").await,
        [r#"samokoder_attempts_total{provider="first",model="other",outcome="answered"} 5"#]
    );
    let text = gateway.figures("samokoder_").await.join("\n");
    assert!(!text.contains("made-up") && !text.contains("unknown-") && !text.contains("path-"), "{text}");
}

/// A metric: its kind and its labels.
type Metrics = BTreeMap<String, (String, BTreeSet<String>)>;

#[tokio::test]
async fn the_page_lists_what_is_measured() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    // A call makes all series of its endpoint and its route, and one that is refused those of errors.
    assert_eq!(gateway.post("/v1/chat/completions", &question()).await.status, 200);
    assert_eq!(gateway.post("/v1/chat/completions", &serde_json::json!({})).await.status, 400);
    let mut printed = Metrics::new();
    for line in gateway.metrics().await.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            printed.entry(name.to_owned()).or_default().0 = kind.to_owned();
        } else if !line.starts_with('#') && !line.is_empty() {
            let (name, labels) = line.rsplit_once(' ').unwrap().0.split_once('{').unwrap_or((line, ""));
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            let labels = labels.trim_end_matches('}').split(',').filter_map(|label| label.split_once('='));
            let own = labels.map(|(label, _)| label.to_owned()).filter(|label| label != "le");
            let family = family.split(' ').next().unwrap();
            printed.get_mut(family).unwrap_or_else(|| panic!("{family} has no type")).1.extend(own);
        }
    }
    let mut documented = Metrics::new();
    for row in PAGE.lines().filter(|line| line.starts_with("| `samokoder_")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, name, kind, labels, ..] = *cells else { panic!("{row}") };
        let labels = labels.split(", ").filter(|label| !label.is_empty()).map(|label| label.replace('`', ""));
        documented.insert(name.replace('`', ""), (kind.to_owned(), labels.collect()));
    }
    assert_eq!(printed, documented);
}

/// Classes that the page lists.
fn class_rows() -> BTreeSet<String> {
    let table = PAGE.split("| class |").nth(1).unwrap();
    let rows = table.lines().take_while(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.strip_prefix("| `")?.split('`').next()).map(str::to_owned).collect()
}
