//! A database that goes away and comes back.

use std::time::{Duration, Instant};

use samokoder::{
    domain::{generation::Status, id::HolderId},
    store::{Class, End, Records},
};

use super::support::{LEASE, accepted, claimed, status};
use crate::servers::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_killed_is_a_passing_trouble_and_lost_nothing() {
    let mut server = Postgres::start();
    let records = Records::open_postgres(&server.database()).await.unwrap();
    let (worked_on, waiting) = (accepted(&records, "first").await, accepted(&records, "second").await);
    let claim = claimed(&records, &worked_on).await;
    server.kill();
    for trouble in [
        records.renew(&claim, LEASE).await.unwrap_err(),
        records.claim(&waiting, &HolderId::mint(), LEASE).await.unwrap_err(),
        records.generation_of_any(&waiting).await.unwrap_err(),
        records.ping().await.unwrap_err(),
    ] {
        assert_eq!(trouble.class(), Class::Transient, "{trouble}");
    }
    server.restart();
    let began = Instant::now();
    while records.ping().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(status(&records, &waiting).await, Status::Queued);
    let end = End::GivenBack { after: Duration::ZERO, in_order: true };
    assert!(records.end(&claim, &end).await.unwrap(), "the claim outlived the database's absence");
}
