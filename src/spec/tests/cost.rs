//! The cost of reading grows with the size of the spec, not with its square.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

fn spec_of_entities(count: usize) -> String {
    (0..count).fold("name: app\nentities:\n".to_owned(), |mut text, number| {
        let other = number.saturating_sub(1);
        let _ = write!(text, "  Thing{number}x:\n    fields:\n");
        for field in 0..10 {
            let _ = writeln!(text, "      field{field}: {{ type: string, required: true, max_length: 100 }}");
        }
        let _ = writeln!(text, "    relations:\n      other: {{ to: Thing{other}x, inverse: others{number}s }}");
        text
    })
}

fn fastest(text: &str) -> Duration {
    let once = || {
        let started = Instant::now();
        let reading = read_yaml(text);
        assert!(reading.spec.is_some(), "{}", told(&reading));
        started.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap()
}

#[test]
fn reading_costs_in_proportion() {
    let (small, large) = (fastest(&spec_of_entities(50)), fastest(&spec_of_entities(400)));
    println!("50 entities: {small:?}, 400 entities: {large:?}");
    assert!(large < small * 8 * 3, "50 entities: {small:?}, 400 entities: {large:?}");
}
