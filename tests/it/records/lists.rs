//! Lists.

use samokoder::{
    domain::generation::Status,
    store::{Filter, Records},
};

use super::support::{Fresh, accepted, claimed, owner};

async fn names(records: &Records, filter: &Filter) -> Vec<String> {
    let listed = records.list(&owner("ann"), filter, None, 100).await.unwrap();
    listed.into_iter().map(|generation| generation.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_a_gap() {
    for fresh in Fresh::both().await {
        let mut all = Vec::new();
        for number in 0..7 {
            all.push(accepted(&fresh.records, &format!("project-{number}")).await);
        }
        all.reverse();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = fresh.records.list(&owner("ann"), &Filter::default(), after.as_ref(), 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            seen.extend(page.into_iter().map(|generation| generation.id));
            // What comes in meanwhile is newer than every page, and shifts none.
            accepted(&fresh.records, "meanwhile").await;
        }
        assert_eq!(seen, all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_by_status_project_and_name() {
    for fresh in Fresh::both().await {
        let records = &fresh.records;
        let first = accepted(records, "book-shop").await;
        accepted(records, "bookshelf").await;
        claimed(records, &first).await;
        let by_name = |name: &str| Filter { name: Some(name.to_owned()), ..Filter::default() };
        assert_eq!(names(records, &by_name("BOOK")).await, ["bookshelf", "book-shop"]);
        assert_eq!(names(records, &by_name("k-s")).await, ["book-shop"]);
        for nothing in ["%", "_", "book_shop", "' or 1=1 --", "\\"] {
            assert_eq!(names(records, &by_name(nothing)).await, Vec::<String>::new(), "{nothing}");
        }
        let running = Filter { status: Some(Status::Running), ..Filter::default() };
        assert_eq!(names(records, &running).await, ["book-shop"]);
        let project = records.generation_of_any(&first).await.unwrap().unwrap().project;
        let of_project = Filter { project: Some(project), ..Filter::default() };
        assert_eq!(names(records, &of_project).await, ["book-shop"]);
        let mut counts = records.counts().await.unwrap();
        counts.sort_by_key(|(status, _)| status.name());
        assert_eq!(counts, [(Status::Queued, 1), (Status::Running, 1)]);
    }
}
