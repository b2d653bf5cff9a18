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
async fn a_result_comes_when_it_is_there_and_an_error_when_the_work_panicked() {
    let afterwork = Afterwork::default();
    assert_eq!(afterwork.result(|| 7).await, Ok(7));
    assert_eq!(afterwork.result(|| -> u8 { panic!("on purpose") }).await, Err(NotDone::Broken));
}

#[test]
fn without_a_runtime_work_is_done_at_once() {
    let afterwork = Afterwork::default();
    let (tell, told) = mpsc::channel();
    afterwork.add(move || tell.send(7).unwrap());
    assert_eq!(told.try_recv(), Ok(7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_work_is_done_at_once_than_there_are_threads_for_it() {
    let afterwork = Arc::new(Afterwork::new(2));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = |now: &Arc<AtomicUsize>, most: &Arc<AtomicUsize>| {
        let (now, most) = (Arc::clone(now), Arc::clone(most));
        move || {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            for _ in 0..100 {
                std::thread::yield_now();
            }
            now.fetch_sub(1, Ordering::SeqCst);
        }
    };
    let results = (0..20).map(|_| afterwork.result(work(&now, &most)));
    for _ in 0..20 {
        afterwork.add(work(&now, &most));
    }
    assert!(futures::future::join_all(results).await.iter().all(Result::is_ok));
    afterwork.done().await;
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)), "{most:?}");
}

#[tokio::test(start_paused = true)]
async fn who_gets_no_thread_in_time_is_told_so_and_what_nobody_waits_for_is_done_later() {
    let afterwork = Afterwork::new(1);
    let (go, gate) = mpsc::channel::<()>();
    let finished = Arc::new(AtomicUsize::new(0));
    afterwork.add(move || gate.recv().unwrap());
    // The task that has the thread comes first in line.
    tokio::task::yield_now().await;
    let count = Arc::clone(&finished);
    afterwork.add(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut waiting = Box::pin(afterwork.result(|| 7));
    assert!(futures::poll!(waiting.as_mut()).is_pending());
    tokio::time::advance(LONGEST_WAIT).await;
    assert_eq!(waiting.await, Err(NotDone::Busy));
    go.send(()).unwrap();
    afterwork.done().await;
    assert_eq!(finished.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_waits_for_other_work_has_no_thread_meanwhile() {
    let afterwork = Afterwork::new(1);
    let (tell, told) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    afterwork.add_after(told.map(Result::unwrap_or_default), move |number: u8| end.send(number).unwrap());
    tokio::task::yield_now().await;
    afterwork.add(move || tell.send(7).unwrap());
    afterwork.done().await;
    assert_eq!(ended.await, Ok(7));
}

#[test]
fn without_a_runtime_nothing_is_waited_for() {
    let afterwork = Afterwork::default();
    let (tell, told) = mpsc::channel();
    let also = tell.clone();
    afterwork.add_after(std::future::pending(), move |number: u8| tell.send(number).unwrap());
    afterwork.add_after(std::future::ready(7), move |number: u8| also.send(number).unwrap());
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [0, 7]);
}
