use super::*;

#[test]
fn no_more_is_taken_than_there_is_and_what_is_given_back_is_there_again() {
    let bound = Bound::new(10);
    let mut first = bound.take(4).unwrap();
    let second = bound.take(6).unwrap();
    assert!(bound.take(1).is_none());
    assert!(!first.grow(1));
    assert!(!first.grow(usize::MAX));
    drop(second);
    assert!(first.grow(6));
    drop(first);
    assert!(bound.take(10).is_some());
}

#[test]
fn many_threads_never_take_more_than_there_is() {
    let bound = Bound::new(3);
    let held = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    let Some(_share) = bound.take(1) else { continue };
                    assert!(held.fetch_add(1, Ordering::SeqCst) < 3);
                    held.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert!(bound.take(3).is_some());
}
