use super::*;

#[test]
fn a_count_that_found_no_thread_may_be_asked_for_again_and_one_that_broke_may_not() {
    let busy = not_counted(NotDone::Busy);
    assert_eq!((busy.status.as_u16(), busy.code.as_ref()), (503, "counting_busy"));
    assert_eq!(busy.retry_after, Some(THREAD_AGAIN));
    let broken = not_counted(NotDone::Broken);
    assert_eq!((broken.status.as_u16(), broken.code.as_ref()), (500, "count_failed"));
    assert_eq!(broken.retry_after, None);
}
