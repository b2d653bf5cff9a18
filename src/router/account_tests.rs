use super::*;

fn cost(amount: Option<i64>, basis: CostBasis) -> Cost {
    Cost { amount: amount.map(|amount| Usd::new(amount.into())), basis }
}

#[test]
fn a_sum_is_as_certain_as_its_least_certain_part() {
    let provider = cost(Some(1), CostBasis::Provider);
    let usage = cost(Some(2), CostBasis::Usage);
    let estimate = cost(Some(3), CostBasis::Estimate);
    assert_eq!(Cost::FREE.and(provider), provider);
    assert_eq!(provider.and(usage), cost(Some(3), CostBasis::Usage));
    assert_eq!(usage.and(provider).and(estimate), cost(Some(6), CostBasis::Estimate));
    assert_eq!(estimate.and(Cost::default()), cost(None, CostBasis::Unknown), "a part is not told for the whole");
}
