use super::*;

#[test]
fn a_call_whose_tokens_found_no_thread_to_count_them_may_be_sent_again() {
    let failure = Failure::new(FailureClass::Overload, "counting_busy", "busy");
    let fault = fault(&Error::Failed { failure, attempts: Vec::new() });
    assert_eq!((fault.status.as_u16(), fault.code.as_ref()), (503, "counting_busy"));
}
