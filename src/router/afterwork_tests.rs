use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use super::*;

#[tokio::test]
async fn done_waits_for_all_work_that_was_added_meanwhile_too() {
    let afterwork = Arc::new(Afterwork::default());
    let finished = Arc::new(AtomicUsize::new(0));
    let (go, gate) = mpsc::channel::<()>();
    let (more, count) = (Arc::clone(&afterwork), Arc::clone(&finished));
    afterwork.add(move || {
        gate.recv().unwrap();
        let last = Arc::clone(&count);
        more.add(move || {
            last.fetch_add(1, Ordering::SeqCst);
        });
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut done = Box::pin(afterwork.done());
    assert!(futures::poll!(done.as_mut()).is_pending());
    go.send(()).unwrap();
    done.await;
    assert_eq!(finished.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_result_comes_when_it_is_there_and_none_when_the_work_panicked() {
    let afterwork = Afterwork::default();
    assert_eq!(afterwork.result(|| 7).await, Some(7));
    assert_eq!(afterwork.result(|| -> u8 { panic!("on purpose") }).await, None);
}

#[test]
fn without_a_runtime_work_is_done_at_once() {
    let afterwork = Afterwork::default();
    let (tell, told) = mpsc::channel();
    afterwork.add(move || tell.send(7).unwrap());
    assert_eq!(told.try_recv(), Ok(7));
}
