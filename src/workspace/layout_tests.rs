use super::*;

#[test]
fn a_copy_of_its_descriptor_in_another_process_does_not_keep_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let held = make(folder.path()).unwrap();
    let copy = held.0.try_clone().unwrap();
    assert!(matches!(lock(folder.path()), Err(Error::Locked { .. })));
    drop(held);
    lock(folder.path()).unwrap();
    drop(copy);
}
