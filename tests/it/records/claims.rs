//! Claims: one at a time, and nothing from one that is over.

use std::time::Duration;

use samokoder::{
    domain::{
        event::Event,
        generation::Status,
        id::{GenerationId, HolderId},
    },
    store::{End, LIVES, Progress, Records, Renewal, Workspace},
};

use super::support::{Fresh, LEASE, accepted, claimed, kept, owner, status, step};

async fn sequences(records: &Records, id: &GenerationId) -> Vec<i64> {
    records.events(id, 0, 1000).await.unwrap().iter().map(|told| told.sequence).collect()
}

fn given_back(in_order: bool) -> End {
    End::GivenBack { after: Duration::ZERO, in_order }
}

#[tokio::test(flavor = "multi_thread")]
async fn r25_of_many_that_claim_at_once_one_gets_it() {
    for fresh in Fresh::both().await {
        let mut ids = Vec::new();
        for number in 0..50 {
            ids.push(accepted(&fresh.records, &format!("project-{number}")).await);
        }
        let other = fresh.again().await;
        let mut claims = tokio::task::JoinSet::new();
        for attempt in 0..200 {
            let records = if attempt % 2 == 0 { fresh.records.clone() } else { other.clone() };
            let id = ids[attempt % ids.len()].clone();
            claims.spawn(async move { records.claim(&id, &HolderId::mint(), LEASE).await.unwrap() });
        }
        let mut won: Vec<_> = claims
            .join_all()
            .await
            .into_iter()
            .flatten()
            .map(|claim| (claim.generation.id.clone(), claim.epoch()))
            .collect();
        won.sort();
        let mut all: Vec<_> = ids.into_iter().map(|id| (id, 1)).collect();
        all.sort();
        assert_eq!(won, all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_whoever_lost_a_claim_records_nothing() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = accepted(records, "library").await;
        let first = claimed(records, &id).await;
        assert!(records.tell(&first, &[step("code/a")], &Progress::default()).await.unwrap());
        assert!(records.claim(&id, &HolderId::mint(), LEASE).await.unwrap().is_none());
        fresh.meddle("update generations set lease_until = 1");
        let second = claimed(records, &id).await;
        assert_eq!((first.epoch(), second.epoch()), (1, 2));
        let before = records.generation_of_any(&id).await.unwrap().unwrap();
        let seen = sequences(records, &id).await;

        assert_eq!(records.renew(&first, LEASE).await.unwrap(), Renewal::Lost);
        assert!(!records.tell(&first, &[step("code/b")], &Progress::default()).await.unwrap());
        assert!(!records.keep_workspace(&first, &Workspace::Kept("elsewhere")).await.unwrap());
        let delivered = End::Delivered { status: Status::Succeeded, artifact: kept(), report: "{}".to_owned() };
        assert!(!records.end(&first, &delivered).await.unwrap());
        assert_eq!(records.generation_of_any(&id).await.unwrap().unwrap(), before);
        assert_eq!(sequences(records, &id).await, seen);

        assert_eq!(records.renew(&second, LEASE).await.unwrap(), Renewal::Held);
        assert!(records.end(&second, &delivered).await.unwrap());
        assert_eq!(status(records, &id).await, Status::Succeeded);
        assert_eq!(records.renew(&second, LEASE).await.unwrap(), Renewal::Lost);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i7_events_are_numbered_without_a_gap() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = accepted(records, "library").await;
        let claim = claimed(records, &id).await;
        for number in 0..20 {
            let events = [step(&format!("code/{number}/a")), step(&format!("code/{number}/b"))];
            assert!(records.tell(&claim, &events, &Progress::default()).await.unwrap());
            // An owner's wish that is recorded meanwhile takes no number away.
            records.cancel(&owner("ann"), &id).await.unwrap();
        }
        assert!(records.end(&claim, &given_back(true)).await.unwrap());
        let told = records.events(&id, 0, 1000).await.unwrap();
        let numbers: Vec<i64> = told.iter().map(|told| told.sequence).collect();
        assert_eq!(numbers, (1..=43).collect::<Vec<_>>());
        let statuses: Vec<_> = told
            .iter()
            .filter_map(|told| match &told.event {
                Event::StatusChanged { status, .. } => Some(*status),
                _ => None,
            })
            .collect();
        assert_eq!(statuses, [Status::Queued, Status::Running, Status::Queued]);
        assert_eq!(records.events(&id, 40, 2).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r20_what_kills_its_workers_is_retired() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = accepted(records, "library").await;
        for _ in 0..LIVES {
            claimed(records, &id).await;
            assert_eq!(records.retire().await.unwrap(), []);
            fresh.meddle("update generations set lease_until = 1");
        }
        assert_eq!(records.claimable(10).await.unwrap(), []);
        assert!(records.claim(&id, &HolderId::mint(), LEASE).await.unwrap().is_none());
        assert_eq!(records.retire().await.unwrap(), std::slice::from_ref(&id));
        assert_eq!(records.retire().await.unwrap(), []);
        let retired = records.generation_of_any(&id).await.unwrap().unwrap();
        assert_eq!((retired.status, retired.cause.as_deref()), (Status::Failed, Some("worker_died_repeatedly")));
        records.resume(&owner("ann"), &id, &Default::default()).await.unwrap();
        claimed(records, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_got_somewhere_or_ended_in_order_do_not_count() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = accepted(records, "library").await;
        for round in 0..LIVES * 2 {
            let claim = claimed(records, &id).await;
            if round % 2 == 0 {
                assert!(records.tell(&claim, &[step("code/a")], &Progress::default()).await.unwrap());
                fresh.meddle("update generations set lease_until = 1");
            } else {
                assert!(records.end(&claim, &given_back(true)).await.unwrap());
            }
        }
        assert_eq!(records.retire().await.unwrap(), []);
        claimed(records, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_holder_held_is_free_at_once() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let (dead, alive) = (HolderId::mint(), HolderId::mint());
        let (first, second) = (accepted(records, "first").await, accepted(records, "second").await);
        records.claim(&first, &dead, LEASE).await.unwrap().unwrap();
        records.claim(&second, &alive, LEASE).await.unwrap().unwrap();
        let mut holders = records.holders().await.unwrap();
        holders.sort();
        assert_eq!(holders, [dead.clone(), alive]);
        assert_eq!(records.release(&dead).await.unwrap(), 1);
        assert_eq!(records.claimable(10).await.unwrap(), [first]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_paused_for_a_time_goes_on_by_itself() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let (shortly, never) = (accepted(records, "first").await, accepted(records, "second").await);
        for (id, again_after) in [(&shortly, Some(Duration::ZERO)), (&never, None)] {
            let claim = claimed(records, id).await;
            let end = End::Stopped {
                status: Status::Paused,
                cause: Some("storage_full".to_owned()),
                reason: Some("no room".to_owned()),
                again_after,
            };
            assert!(records.end(&claim, &end).await.unwrap());
        }
        assert_eq!(records.wake().await.unwrap(), std::slice::from_ref(&shortly));
        assert_eq!(records.claimable(10).await.unwrap(), [shortly]);
        assert_eq!(status(records, &never).await, Status::Paused);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_more_urgent_comes_first() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let (first, second) = (accepted(records, "first").await, accepted(records, "second").await);
        fresh.meddle(&format!("update generations set priority = 5 where id = '{second}'"));
        assert_eq!(records.claimable(10).await.unwrap(), [second, first]);
    }
}
