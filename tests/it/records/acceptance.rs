//! Taking in, and telling a request from the same request.

use samokoder::{
    domain::{digest::Digest, generation::Status},
    store::{Accepted, Answered, Filter, Idempotency},
};

use super::support::{Fresh, accepted, owner, status, submission};

fn key(key: &str, body: &str) -> Idempotency {
    Idempotency { route: "generations", key: key.to_owned(), fingerprint: Digest::of(body.as_bytes()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_there_for_another_process() {
    for fresh in Fresh::both().await {
        let id = accepted(&fresh.records, "library").await;
        let again = fresh.again().await;
        assert_eq!(status(&again, &id).await, Status::Queued);
        let generation = again.generation(&owner("ann"), &id).await.unwrap().unwrap();
        assert_eq!(generation.name, "library");
        assert_eq!(generation.terms.template, "react-hono");
        assert_eq!(again.submission(&id).await.unwrap().unwrap().generation, id);
        assert_eq!(again.claimable(10).await.unwrap(), [id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s88_what_is_of_another_is_not_there() {
    for fresh in Fresh::both().await {
        let id = accepted(&fresh.records, "library").await;
        assert!(fresh.records.generation(&owner("bob"), &id).await.unwrap().is_none());
        let listed = fresh.records.list(&owner("bob"), &Filter::default(), None, 10).await.unwrap();
        assert_eq!(listed, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p71_p73_a_request_that_is_sent_again_gets_the_answer_that_it_got() {
    for fresh in Fresh::both().await {
        let (ann, records) = (owner("ann"), &fresh.records);
        let send = async |answer: &str, key: &Idempotency| {
            records.accept(&ann, &[submission("library")], answer, Some(key)).await.unwrap()
        };
        assert_eq!(send("first", &key("k", "body")).await, Accepted::New);
        let before = Accepted::Before(Answered { answer: "first".to_owned() });
        assert_eq!(send("second", &key("k", "body")).await, before);
        assert_eq!(send("third", &key("k", "other body")).await, Accepted::OtherRequest);
        assert_eq!(records.list(&ann, &Filter::default(), None, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s90_the_same_key_of_another_is_another_key() {
    for fresh in Fresh::both().await {
        for name in ["ann", "bob"] {
            let done =
                fresh.records.accept(&owner(name), &[submission("library")], name, Some(&key("k", "body"))).await;
            assert_eq!(done.unwrap(), Accepted::New);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p75_a_key_is_forgotten_after_its_time() {
    for fresh in Fresh::both().await {
        let (ann, day_ms) = (owner("ann"), 24 * 60 * 60 * 1000);
        let send = async || {
            fresh.records.accept(&ann, &[submission("library")], "answer", Some(&key("k", "body"))).await.unwrap()
        };
        assert_eq!(send().await, Accepted::New);
        assert_eq!(fresh.records.forget_answers(day_ms).await.unwrap(), 0);
        fresh.meddle(&format!("update idempotency set created_at = created_at - {}", day_ms + 1000));
        assert_eq!(fresh.records.forget_answers(day_ms).await.unwrap(), 1);
        assert_eq!(send().await, Accepted::New);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r44_a_hundred_at_once_with_one_key_are_one() {
    for fresh in Fresh::both().await {
        let mut requests = tokio::task::JoinSet::new();
        for number in 0..100 {
            let records = fresh.records.clone();
            requests.spawn(async move {
                let answer = number.to_string();
                records.accept(&owner("ann"), &[submission("library")], &answer, Some(&key("k", "body"))).await.unwrap()
            });
        }
        let all = requests.join_all().await;
        assert_eq!(all.iter().filter(|done| **done == Accepted::New).count(), 1);
        let answers: std::collections::BTreeSet<_> = all
            .iter()
            .filter_map(|done| match done {
                Accepted::Before(answered) => Some(&answered.answer),
                Accepted::New => None,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(answers.len(), 1);
        assert_eq!(fresh.records.list(&owner("ann"), &Filter::default(), None, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_taken_in_whole_or_not_at_all() {
    for fresh in Fresh::both().await {
        let ann = owner("ann");
        let mut foreign = submission("second");
        foreign.project = Some(samokoder::domain::id::ProjectId::mint());
        let done = fresh.records.accept(&ann, &[submission("first"), foreign], "{}", None).await.unwrap();
        assert_eq!(done, Accepted::NoProject);
        assert_eq!(fresh.records.list(&ann, &Filter::default(), None, 10).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r34_a_newer_schema_is_refused_and_left_as_it_is() {
    for fresh in Fresh::both().await {
        fresh.meddle("update schema_version set version = 1000");
        let refused = match &fresh.database {
            super::support::Database::Sqlite(folder) => {
                samokoder::store::Records::open_file(&folder.path().join("records.db")).await
            }
            super::support::Database::Postgres(url) => samokoder::store::Records::open_postgres(url).await,
        };
        assert!(refused.unwrap_err().to_string().contains("the schema 1000"));
    }
}
