use std::{
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use super::*;
use crate::{
    domain::{
        id::{HolderId, StepKey},
        submission::{Owner, Submission},
    },
    store::Progress,
};

const LEASE: Duration = Duration::from_secs(60);

fn submission() -> Submission {
    let spec = r#"{
        "spec_version": 1, "name": "shop", "title": "Shop", "summary": "", "template": null, "languages": ["en"],
        "sign_in": null, "entities": [], "relations": [], "sample_rows": 10, "features": [], "acceptance": [],
        "limits": { "minutes": null, "cost_usd": null, "calls": null, "tokens": null }
    }"#;
    Submission {
        generation: GenerationId::mint(),
        project: None,
        spec: serde_json::from_str(spec).unwrap(),
        ignored: Vec::new(),
        template: "react-hono".to_owned(),
        verify: false,
        with_history: false,
        priority: 0,
        webhook: None,
    }
}

#[tokio::test]
async fn what_is_told_again_because_the_answer_was_lost_is_recorded_once() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open_file(&folder.path().join("records.db")).await.unwrap();
    let submission = submission();
    let (owner, id) = (Owner { tenant: "t".to_owned(), owner: "o".to_owned() }, submission.generation.clone());
    records.accept(&owner, &[submission], "{}", None).await.unwrap();
    let claim = records.claim(&id, &HolderId::mint(), LEASE).await.unwrap().unwrap();
    // As it was before: who asked does not know that it was recorded.
    let unaware = Claim { told: Arc::new(AtomicI64::new(claim.generation.last_event)), ..claim.clone() };
    let began = |step: &str| Event::StepStarted { step: StepKey(step.to_owned()), title: step.to_owned() };
    let told = [began("code/a"), began("code/b")];
    assert!(records.tell(&claim, &told, &Progress::default()).await.unwrap());
    assert!(records.tell(&unaware, &told, &Progress::default()).await.unwrap());
    assert!(records.tell(&unaware, &[began("code/c")], &Progress::default()).await.unwrap());
    let recorded = records.events(&id, 2, 10).await.unwrap();
    let events: Vec<Event> = recorded.into_iter().map(|told| told.event).collect();
    assert_eq!(events, [&told[..], &[began("code/c")]].concat());
}
