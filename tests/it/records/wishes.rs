//! What owners want of generations that are there.

use samokoder::{
    domain::{generation::Status, spec::Limits, submission::Change},
    store::{End, Moved, Renewal},
};

use super::support::{Fresh, LEASE, accepted, claimed, kept, owner, status};

fn ended(status: Status) -> End {
    End::Stopped { status, cause: Some("test".to_owned()), reason: Some("because".to_owned()), again_after: None }
}

fn delivered() -> End {
    End::Delivered { status: Status::Succeeded, artifact: kept(), report: "{}".to_owned() }
}

fn is_yes(moved: &Moved) -> bool {
    matches!(moved, Moved::Yes(_))
}

fn is_no(moved: &Moved) -> bool {
    matches!(moved, Moved::No(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn r48_a_cancel_ends_what_waits_at_once_and_tells_whoever_works() {
    for fresh in Fresh::both().await {
        let (records, ann) = (&fresh.records, owner("ann"));
        let waiting = accepted(records, "waiting").await;
        assert!(is_yes(&records.cancel(&ann, &waiting).await.unwrap()));
        assert_eq!(status(records, &waiting).await, Status::Cancelled);
        assert!(is_no(&records.cancel(&ann, &waiting).await.unwrap()));

        let worked_on = accepted(records, "worked-on").await;
        let claim = claimed(records, &worked_on).await;
        assert!(is_yes(&records.cancel(&ann, &worked_on).await.unwrap()));
        assert_eq!(records.renew(&claim, LEASE).await.unwrap(), Renewal::CancelWanted);
        let end = End::Stopped { status: Status::Cancelled, cause: None, reason: None, again_after: None };
        assert!(records.end(&claim, &end).await.unwrap());
        assert_eq!(status(records, &worked_on).await, Status::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_whose_worker_died_is_not_forgotten() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let id = accepted(records, "library").await;
        claimed(records, &id).await;
        records.cancel(&owner("ann"), &id).await.unwrap();
        fresh.meddle("update generations set lease_until = 1");
        assert_eq!(records.claimable(10).await.unwrap(), []);
        assert_eq!(records.retire().await.unwrap(), std::slice::from_ref(&id));
        assert_eq!(status(records, &id).await, Status::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_counts_as_a_new_try_of_what_failed_and_raises_limits() {
    for fresh in Fresh::both().await {
        let (records, ann) = (&fresh.records, owner("ann"));
        let id = accepted(records, "library").await;
        let limits = Limits { calls: Some(7), ..Limits::default() };
        assert!(is_no(&records.resume(&ann, &id, &limits).await.unwrap()));
        for (end, retries) in [(Status::Failed, 1), (Status::Paused, 1), (Status::Cancelled, 1), (Status::Failed, 2)] {
            let claim = claimed(records, &id).await;
            assert!(records.end(&claim, &ended(end)).await.unwrap());
            let Moved::Yes(generation) = records.resume(&ann, &id, &limits).await.unwrap() else { panic!("{end:?}") };
            assert_eq!((generation.status, generation.wanted.retries), (Status::Queued, retries));
            assert_eq!(generation.wanted.limits.calls, Some(7));
            assert_eq!((generation.cause, generation.reason), (None, None));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_goes_to_a_plan_that_waits_for_it() {
    for fresh in Fresh::both().await {
        let (records, ann) = (&fresh.records, owner("ann"));
        let id = accepted(records, "library").await;
        assert!(is_no(&records.approve(&ann, &id).await.unwrap()));
        let claim = claimed(records, &id).await;
        assert!(records.end(&claim, &ended(Status::AwaitingApproval)).await.unwrap());
        let Moved::Yes(generation) = records.approve(&ann, &id).await.unwrap() else { panic!() };
        assert!(generation.wanted.approved);
        assert_eq!(records.claimable(1).await.unwrap(), [id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_a_chapter_of_what_was_delivered() {
    for fresh in Fresh::both().await {
        let (records, ann) = (&fresh.records, owner("ann"));
        let id = accepted(records, "library").await;
        let change = Change { words: "add tags".to_owned(), ..Change::default() };
        assert!(is_no(&records.ask_change(&ann, &id, &change).await.unwrap()));
        let claim = claimed(records, &id).await;
        assert!(records.end(&claim, &delivered()).await.unwrap());
        let Moved::Yes(generation) = records.ask_change(&ann, &id, &change).await.unwrap() else { panic!() };
        assert_eq!(generation.wanted.changes, [change]);
        assert!(generation.artifact.is_some(), "what was delivered is there until the next delivery");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_gone_unless_somebody_works_on_it() {
    for fresh in Fresh::both().await {
        let (records, ann) = (&fresh.records, owner("ann"));
        let id = accepted(records, "library").await;
        let claim = claimed(records, &id).await;
        assert!(is_no(&records.delete(&ann, &id).await.unwrap()));
        assert!(records.end(&claim, &delivered()).await.unwrap());
        assert!(is_yes(&records.delete(&ann, &id).await.unwrap()));
        assert!(records.generation(&ann, &id).await.unwrap().is_none());
        assert_eq!(records.delete(&ann, &id).await.unwrap(), Moved::Unknown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s88_nobody_moves_what_is_of_another() {
    for fresh in Fresh::both().await {
        let (records, bob) = (&fresh.records, owner("bob"));
        let id = accepted(records, "library").await;
        assert_eq!(records.cancel(&bob, &id).await.unwrap(), Moved::Unknown);
        assert_eq!(records.resume(&bob, &id, &Limits::default()).await.unwrap(), Moved::Unknown);
        assert_eq!(records.approve(&bob, &id).await.unwrap(), Moved::Unknown);
        assert_eq!(records.ask_change(&bob, &id, &Change::default()).await.unwrap(), Moved::Unknown);
        assert_eq!(records.delete(&bob, &id).await.unwrap(), Moved::Unknown);
        assert_eq!(status(records, &id).await, Status::Queued);
    }
}
