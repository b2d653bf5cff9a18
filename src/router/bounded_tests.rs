use std::time::Duration;

use super::Bounded;

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_was_not_touched_for_long_is_gone() {
    let mut map: Bounded<u32, &str> = Bounded::new(8, at(60));
    map.touch(&1, at(0), || "one");
    assert_eq!(map.get(&1, at(59)), Some(&"one"));
    assert_eq!(map.get(&1, at(60)), None);
    assert_eq!(map.get_mut(&1, at(60)), None);
    assert_eq!(*map.touch(&1, at(60), || "new"), "new", "an idle value is made anew, not found again");
}

#[test]
fn touching_keeps() {
    let mut map: Bounded<u32, &str> = Bounded::new(8, at(60));
    map.touch(&1, at(0), || "one");
    map.touch(&1, at(50), || "other");
    assert_eq!(map.get(&1, at(100)), Some(&"one"));
}

#[test]
fn idle_entries_leave_memory_without_being_asked_for() {
    let mut map: Bounded<u32, ()> = Bounded::new(1_000, at(60));
    for key in 0..500 {
        map.touch(&key, at(0), || ());
    }
    map.touch(&1_000, at(61), || ());
    assert_eq!(map.len(), 1);
}

#[test]
fn a_full_map_forgets_what_was_touched_longest_ago() {
    let mut map: Bounded<u64, u64> = Bounded::new(100, at(1_000_000));
    for key in 0..10_000_u64 {
        map.touch(&key, at(key), || key);
        assert!(map.len() <= 100, "{} entries", map.len());
    }
    assert_eq!(map.get(&9_999, at(10_000)), Some(&9_999));
    assert_eq!(map.get(&9_930, at(10_000)), Some(&9_930));
    assert_eq!(map.get(&9_000, at(10_000)), None);
}

#[test]
fn a_full_map_of_one_age_keeps_three_quarters() {
    let mut map: Bounded<u64, ()> = Bounded::new(100, at(1_000));
    for key in 0..101_u64 {
        map.touch(&key, at(1), || ());
    }
    assert_eq!(map.len(), 76);
}
