use proptest::prelude::*;

use super::*;

const EFFORTS: [Effort; 5] = [Effort::None, Effort::Minimal, Effort::Low, Effort::Medium, Effort::High];

#[test]
fn shares_lead_back_to_their_effort() {
    for effort in EFFORTS.into_iter().skip(1) {
        let budget = budget_tokens(effort, 30_000).unwrap();
        assert_eq!(effort_of_budget(budget, 30_000), effort, "{budget} tokens");
    }
}

proptest! {
    #[test]
    fn a_budget_is_what_the_format_allows(effort in prop::sample::select(EFFORTS.to_vec()), max_tokens: u64) {
        if let Some(budget) = budget_tokens(effort, max_tokens) {
            prop_assert!((1_024..=32_000).contains(&budget) && budget < max_tokens);
        }
    }

    #[test]
    fn more_effort_is_never_less_thinking(max_tokens: u64) {
        let budgets = EFFORTS.map(|effort| budget_tokens(effort, max_tokens));
        prop_assert!(budgets.is_sorted());
    }
}
