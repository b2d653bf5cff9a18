//! How the gateway begins and ends.

use std::{sync::Arc, time::Duration};

use samokoder::{api, domain::money::Usd};
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify, task::JoinSet};

use super::running::{KEY, Reply, client, over, question, settings, start, stream_question};
use crate::router::{
    rig::{Plan, usd},
    scripted_server::{Act, ScriptedServer, completion},
};

#[tokio::test]
async fn requests_in_flight_are_answered_and_no_new_ones_taken() {
    for http2 in [false, true] {
        are_answered_and_no_new_ones_taken(http2).await;
    }
}

async fn are_answered_and_no_new_ones_taken(http2: bool) {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, waits) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let server = ScriptedServer::start(move |_, _| {
        tells.notify_one();
        let mut acts = vec![Act::Await(Arc::clone(&waits))];
        acts.extend(completion("Hello."));
        acts
    })
    .await;
    let mut gateway = over(&[&server]).await;
    let address = gateway.address;
    let in_flight = Reply::of(gateway.asked_over(http2, "/v1/chat/completions", &question()));
    let (reply, ()) = tokio::join!(in_flight, async {
        arrived.notified().await;
        gateway.stop();
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        go_on.notify_one();
    });
    assert_eq!(reply.status, 200);
    gateway.stopped().await;
}

#[tokio::test]
async fn what_is_not_done_in_time_is_cut_off_cancelled_and_settled() {
    for http2 in [false, true] {
        for question in [question(), stream_question()] {
            is_cut_off_cancelled_and_settled(http2, question).await;
        }
    }
}

/// Nothing works for a request any more when the gateway says that it has stopped: its cost is settled then.
async fn is_cut_off_cancelled_and_settled(http2: bool, question: Value) {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.budgets.per_key = Some(usd("1"));
    let settings = api::gateway::Settings { grace: Duration::from_millis(50), ..settings() };
    let mut gateway = start(plan.build(), settings).await;
    let asking = gateway.asked_over(http2, "/v1/chat/completions", &question).send();
    let (answer, spent) = tokio::join!(asking, async {
        while server.requests() == 0 {
            tokio::task::yield_now().await;
        }
        gateway.stop();
        gateway.stopped().await;
        gateway.balance().await
    });
    assert!(answer.is_err(), "the connection is cut off");
    assert_eq!(spent.1, Usd::ZERO, "over HTTP/{}", 1 + u8::from(http2));
    server.client_gone(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_works_for_a_request_any_more_when_the_gateway_has_stopped() {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let settings = api::gateway::Settings { grace: Duration::from_millis(50), ..settings() };
    let mut gateway = start(Plan::over(&[&server]).build(), settings).await;
    let client = client(true);
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let request = client.post(format!("http://{}/v1/chat/completions", gateway.address)).bearer_auth(KEY);
        let request = request.header("content-type", "application/json").body(question().to_string());
        asking.spawn(request.send());
    }
    while server.requests() < 100 {
        tokio::task::yield_now().await;
    }
    gateway.stop();
    gateway.stopped().await;
    assert!(gateway.has_let_go_of_the_router());
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let mut gateway = over(&[&server]).await;
    let idle = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    assert_eq!(gateway.post("/v1/chat/completions", &question()).await.status, 200);
    gateway.stop();
    tokio::time::timeout(Duration::from_secs(5), gateway.stopped()).await.expect("it ends without its grace time");
    drop(idle);
}

#[tokio::test]
async fn without_keys_nobody_but_this_machine_is_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let server = ScriptedServer::always(completion("Hello.")).await;
    let router = Arc::new(Plan::over(&[&server]).build().router);
    let refused =
        api::gateway::serve(listener, api::gateway::Settings::default(), router, std::future::pending()).await;
    let message = refused.unwrap_err().to_string();
    assert!(message.starts_with("no API keys are configured, so that everybody who reaches 0.0.0.0:"), "{message}");
}
