//! How the gateway begins and ends.

use std::{sync::Arc, time::Duration};

use samokoder::api;
use tokio::{net::TcpListener, sync::Notify};

use super::running::{Reply, over, question, settings, start};
use crate::router::{
    rig::Plan,
    scripted_server::{Act, ScriptedServer, completion},
};

#[tokio::test]
async fn requests_in_flight_are_answered_and_no_new_ones_taken() {
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
    let in_flight = Reply::of(gateway.json("/v1/chat/completions", &question()));
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
async fn what_is_not_done_in_time_is_cut_off_and_cancelled() {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let settings = api::Settings { grace: Duration::from_millis(50), ..settings() };
    let mut gateway = start(Plan::over(&[&server]).build(), settings).await;
    let asking = gateway.json("/v1/chat/completions", &question()).send();
    let (answer, ()) = tokio::join!(asking, async {
        while server.requests() == 0 {
            tokio::task::yield_now().await;
        }
        gateway.stop();
    });
    assert!(answer.is_err(), "the connection is cut off");
    gateway.stopped().await;
    server.client_gone(1).await;
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
    let refused = api::serve(listener, api::Settings::default(), router, std::future::pending()).await;
    let message = refused.unwrap_err().to_string();
    assert!(message.starts_with("no API keys are configured, so that everybody who reaches 0.0.0.0:"), "{message}");
}
