//! Following a generation.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use samokoder::{
    agents::NoModels,
    api::service::Settings,
    domain::{event::Event, generation::Status, id::GenerationId, stage::Stage},
    store::{Claim, End, Progress},
};

use super::running::{Reply, Running, running, start};

/// Reads a stream until its end, or until it has shown so many events; their numbers, and the text.
async fn read(service: &Running, id: &GenerationId, last: Option<i64>, most: usize) -> (Vec<i64>, String) {
    let mut request = service.ask("GET", &format!("/v1/generations/{id}/events")).header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last.to_string());
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let (mut pieces, mut text) = (answer.bytes_stream(), String::new());
    while let Some(piece) = pieces.next().await {
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        if text.matches("\nid: ").count() >= most {
            break;
        }
    }
    (text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect(), text)
}

async fn tell(service: &Running, claim: &Claim, count: usize) {
    let events = vec![Event::StageStarted { stage: Stage::Code, steps: 3 }; count];
    assert!(service.records.tell(claim, &events, &Progress::default()).await.unwrap());
    service.news.tell(&claim.generation.id);
}

async fn fail(service: &Running, claim: &Claim) {
    let cause = Some("budget".to_owned());
    let end = End::Stopped { status: Status::Failed, cause: cause.clone(), reason: cause, again_after: None };
    assert!(service.records.end(claim, &end).await.unwrap());
    service.news.tell(&claim.generation.id);
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_ends_with_the_generation() {
    let service = running().await;
    let id = service.accepted().await;
    let reading = read(&service, &id, None, usize::MAX);
    let working = async {
        let claim = service.claim(&id).await;
        tell(&service, &claim, 3).await;
        fail(&service, &claim).await;
    };
    let ((numbers, text), ()) = futures::future::join(reading, working).await;
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert!(text.starts_with("retry: 2000\n\n"));
    assert!(text.contains("event: status_changed\ndata: {\"sequence\":6,"), "{text}");
    // Nothing comes after the end: whoever has read all need not come again.
    let request = service.ask("GET", &format!("/v1/generations/{id}/events")).header("last-event-id", "6");
    assert_eq!(Reply::of(request).await.status, 204);
    assert_eq!(service.post(&format!("/v1/generations/{id}/resume"), &serde_json::json!({})).await.status, 200);
    assert_eq!(read(&service, &id, Some(6), 1).await.0, [7]);
}

/// a reader goes on after the last event that he has, also when another process serves by then.
#[tokio::test]
async fn r_53_a_reader_that_comes_again_misses_nothing_and_reads_nothing_twice() {
    let service = running().await;
    let id = service.accepted().await;
    let claim = service.claim(&id).await;
    tell(&service, &claim, 1500).await;
    let (first, _) = read(&service, &id, None, 700).await;
    let last = *first.last().unwrap();
    let (second, _) = read(&service, &id, Some(last), 1502 - usize::try_from(last).unwrap()).await;
    let all: Vec<i64> = first.into_iter().chain(second).collect();
    assert_eq!(all, (1..=1502).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_stream_without_news_says_that_it_is_alive_and_ends_when_the_service_does() {
    let settings = Settings { heartbeat: Duration::from_millis(20), ..Settings::default() };
    let service = start(settings, Arc::new(NoModels)).await;
    let id = service.accepted().await;
    let path = format!("/v1/generations/{id}/events");
    let answer = service.ask("GET", &path).send().await.unwrap();
    let mut pieces = answer.bytes_stream();
    let mut text = String::new();
    while !text.contains(": alive\n\n") {
        text.push_str(std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
    }
    let rest = async {
        while let Some(piece) = pieces.next().await {
            piece.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(10), futures::future::join(service.stop(), rest)).await.unwrap();
}

#[tokio::test]
async fn what_another_process_records_is_told_too() {
    let settings = Settings { poll_every: Duration::from_millis(20), ..Settings::default() };
    let service = start(settings, Arc::new(NoModels)).await;
    let id = service.accepted().await;
    let working = async {
        let claim = service.claim(&id).await;
        let events = [Event::StageStarted { stage: Stage::Code, steps: 3 }];
        assert!(service.records.tell(&claim, &events, &Progress::default()).await.unwrap());
    };
    let ((numbers, _), ()) = futures::future::join(read(&service, &id, None, 3), working).await;
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test]
async fn a_stream_ends_when_its_generation_is_deleted() {
    let service = running().await;
    let id = service.accepted().await;
    let request = service.ask("GET", &format!("/v1/generations/{id}/events"));
    let answer = request.send().await.unwrap();
    assert_eq!(Reply::of(service.ask("DELETE", &format!("/v1/generations/{id}"))).await.status, 204);
    let text = tokio::time::timeout(Duration::from_secs(10), answer.text()).await.unwrap().unwrap();
    assert_eq!(text.matches("\nid: ").count(), 1, "{text}");
}

#[tokio::test]
async fn two_hundred_readers_read_the_same() {
    let service = running().await;
    let id = service.accepted().await;
    let readers = futures::future::join_all((0..200).map(|_| read(&service, &id, None, usize::MAX)));
    let working = async {
        let claim = service.claim(&id).await;
        for _ in 0..20 {
            tell(&service, &claim, 5).await;
        }
        fail(&service, &claim).await;
    };
    let (all, ()) = futures::future::join(readers, working).await;
    assert!(all.iter().all(|(numbers, _)| *numbers == (1..=103).collect::<Vec<i64>>()));
}

#[tokio::test]
async fn events_come_in_pages_too() {
    let service = running().await;
    let id = service.accepted().await;
    let claim = service.claim(&id).await;
    tell(&service, &claim, 5).await;
    let mut next = Some(format!("/v1/generations/{id}/events?limit=3"));
    let mut numbers = Vec::new();
    while let Some(path) = next {
        let page = Reply::of(service.ask("GET", &path).header("accept", "application/json")).await.json();
        numbers.extend(page["items"].as_array().unwrap().iter().map(|event| event["sequence"].as_i64().unwrap()));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    let wrong = service.ask("GET", &format!("/v1/generations/{id}/events")).header("last-event-id", "x");
    Reply::of(wrong).await.assert_fault(400, "invalid_request");
    let other = service.ask("GET", &format!("/v1/generations/{id}/events")).header("accept", "text/html");
    Reply::of(other).await.assert_fault(406, "not_acceptable");
}
