//! What is not kept for ever, on both databases.

use std::time::Duration;

use samokoder::{
    domain::{
        generation::Status,
        id::HolderId,
        spec::Limits,
        submission::{Change, Wanted},
    },
    store::{Adoption, End, Fate, Moved, Part},
};

use super::support::{Fresh, accepted, claimed, kept, owner, step, submission};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A generation that delivered, and had something to tell.
async fn ended(fresh: &Fresh, name: &str) -> samokoder::domain::id::GenerationId {
    let id = accepted(&fresh.records, name).await;
    let claim = claimed(&fresh.records, &id).await;
    assert!(fresh.records.tell(&claim, &[step("a"), step("b")], &samokoder::store::Progress::default()).await.unwrap());
    let end = End::Delivered { status: Status::Succeeded, artifact: kept(), report: "{}".to_owned() };
    assert!(fresh.records.end(&claim, &end).await.unwrap());
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duty_is_of_one_process_until_it_leaves_it_or_dies() {
    for fresh in Fresh::both().await {
        let (one, other) = (HolderId::mint(), HolderId::mint());
        assert!(fresh.records.take_duty("sweep", &one, DAY).await.unwrap());
        assert!(!fresh.records.take_duty("sweep", &other, DAY).await.unwrap());
        assert!(fresh.records.take_duty("sweep", &one, DAY).await.unwrap());
        fresh.records.leave_duty("sweep", &other).await.unwrap();
        assert!(!fresh.records.take_duty("sweep", &other, DAY).await.unwrap());
        fresh.records.leave_duty("sweep", &one).await.unwrap();
        assert!(fresh.records.take_duty("sweep", &other, Duration::ZERO).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(fresh.records.take_duty("sweep", &one, DAY).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_ended_expires_and_without_its_workspace_nothing_goes_on() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let (old, young) = (ended(&fresh, "old").await, ended(&fresh, "young").await);
        let waiting = accepted(records, "waiting").await;
        let running = accepted(records, "running").await;
        claimed(records, &running).await;
        fresh.meddle(&format!("update generations set finished_at = 1 where id = '{old}'"));
        for part in [Part::Workspace, Part::Artifact, Part::Logs] {
            assert_eq!(records.expirable(part, DAY).await.unwrap(), std::slice::from_ref(&old));
            for id in [&waiting, &running] {
                assert!(!records.expire(part, id).await.unwrap());
            }
            assert!(records.expire(part, &old).await.unwrap());
            assert!(!records.expire(part, &old).await.unwrap());
            assert_eq!(records.expired(part).await.unwrap(), std::slice::from_ref(&old));
            records.removed(part, &old).await.unwrap();
            assert!(records.expired(part).await.unwrap().is_empty());
        }
        assert_eq!(records.forget_events(DAY).await.unwrap(), 4);
        assert_eq!(records.events(&old, 0, 10).await.unwrap().len(), 1);
        assert_eq!(records.events(&young, 0, 10).await.unwrap().len(), 5);
        assert_eq!(records.fate(&old).await.unwrap(), Fate::Gone);
        assert_eq!(records.fate(&running).await.unwrap(), Fate::InUse);
        assert!(matches!(records.fate(&young).await.unwrap(), Fate::Ended { without_logs: false, .. }));
        let change = Change { words: "x".to_owned(), ..Change::default() };
        assert!(matches!(records.ask_change(&owner("ann"), &old, &change).await.unwrap(), Moved::No(_)));
        assert!(matches!(records.ask_change(&owner("ann"), &young, &change).await.unwrap(), Moved::Yes(_)));
        // It was asked to go on first: it is in use.
        assert!(!records.expire(Part::Workspace, &young).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_forgotten_but_that_it_was_there() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = ended(&fresh, "gone").await;
        assert!(matches!(records.delete(&owner("ann"), &id).await.unwrap(), Moved::Yes(_)));
        assert_eq!(records.deleted().await.unwrap(), std::slice::from_ref(&id));
        records.erase(&id).await.unwrap();
        records.tidy().await.unwrap();
        assert!(records.deleted().await.unwrap().is_empty());
        assert!(records.events(&id, 0, 10).await.unwrap().is_empty());
        assert_eq!(records.fate(&id).await.unwrap(), Fate::Gone);
        assert_eq!(records.fate(&samokoder::domain::id::GenerationId::mint()).await.unwrap(), Fate::Unknown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_leaves_what_was_before() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = ended(&fresh, "same").await;
        let change = Change { words: "x".to_owned(), ..Change::default() };
        assert!(matches!(records.ask_change(&owner("ann"), &id, &change).await.unwrap(), Moved::Yes(_)));
        let claim = claimed(records, &id).await;
        let end = End::ChangeRefused { begun: 0, reason: "why".to_owned() };
        assert!(records.end(&claim, &end).await.unwrap());
        let row = records.generation_of_any(&id).await.unwrap().unwrap();
        assert_eq!((row.status, row.cause.as_deref()), (Status::Succeeded, Some("change_refused")));
        assert_eq!((row.wanted, row.artifact), (Wanted::default(), Some(kept())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_began_elsewhere_is_taken_in_once() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let submission = submission("elsewhere");
        let adoption = Adoption {
            submission: submission.clone(),
            wanted: Wanted { retries: 2, ..Wanted::default() },
            status: Status::Paused,
            why: Some(("adopted", "resume it".to_owned())),
            workspace: "there".to_owned(),
        };
        assert!(!records.knows(&submission).await.unwrap());
        records.welcome(&submission).await.unwrap();
        assert!(records.adopt(&owner("ann"), &adoption).await.unwrap().is_some());
        assert!(records.knows(&submission).await.unwrap());
        assert!(records.adopt(&owner("ann"), &adoption).await.is_err());
        assert!(records.wake().await.unwrap().is_empty());
        let resumed = records.resume(&owner("ann"), &submission.generation, &Limits::default()).await.unwrap();
        let Moved::Yes(row) = resumed else { panic!("{resumed:?}") };
        assert_eq!((row.status, row.wanted.retries, row.workspace.as_deref()), (Status::Queued, 2, Some("there")));
        assert_eq!(records.events(&row.id, 0, 10).await.unwrap().len(), 3);
    }
}
