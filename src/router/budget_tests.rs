use std::{
    collections::BTreeMap,
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use proptest::{prelude::*, sample::Index};
use rust_decimal::Decimal;

use super::*;
use crate::router::settings::KeyBudget;

const TODAY: Day = Day(20_000);

fn usd(cents: u64) -> Usd {
    Usd::new(Decimal::from(cents) / Decimal::ONE_HUNDRED)
}

fn caller(key: Option<&str>, generation: Option<&GenerationId>) -> Caller {
    Caller { key: key.map(str::to_owned), generation: generation.cloned(), ..Caller::local() }
}

fn settings(per_generation: u64, per_key: u64, per_key_per_day: u64, per_day: u64) -> BudgetSettings {
    let cap = |cents: u64| (cents > 0).then(|| usd(cents));
    BudgetSettings {
        per_generation: cap(per_generation),
        per_key: cap(per_key),
        per_key_per_day: cap(per_key_per_day),
        per_tenant_per_day: None,
        per_day: cap(per_day),
        keys: BTreeMap::new(),
    }
}

fn of_generation(id: &GenerationId) -> Scope {
    Scope::Generation { tenant: "local".to_owned(), id: id.clone() }
}

fn refused(result: Result<Reservation, Error>) -> String {
    match result {
        Err(Error::Budget { scope, .. }) => scope,
        other => panic!("not refused by a budget: {other:?}"),
    }
}

#[test]
fn a_day_begins_at_midnight_utc() {
    let midnight = 1_795_219_200_000;
    assert_eq!(Day::of(Timestamp(midnight - 1)).0 + 1, Day::of(Timestamp(midnight)).0);
    assert_eq!(Day::of(Timestamp(midnight)), Day::of(Timestamp(midnight + 24 * 60 * 60 * 1000 - 1)));
}

#[test]
fn a_cap_may_be_used_to_the_last_cent_and_no_further() {
    let ledger = InMemoryLedger::new(settings(0, 100, 0, 0));
    let who = caller(Some("team"), None);
    let first = ledger.reserve(&who, TODAY, usd(60)).unwrap();
    let second = ledger.reserve(&who, TODAY, usd(40)).unwrap();
    let error = ledger.reserve(&who, TODAY, usd(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the budget of key team is 1 USD; 1 USD are spent or reserved and this call may cost 0.01 USD"
    );
    assert_eq!(ledger.settle(first, usd(60)), Settled::default());
    assert_eq!(ledger.settle(second, usd(10)), Settled::default());
    let third = ledger.reserve(&who, TODAY, usd(30)).unwrap();
    assert_eq!(ledger.settle(third, usd(30)), Settled::default());
    assert_eq!(refused(ledger.reserve(&who, TODAY, usd(1))), "key team");
    assert!(ledger.reserve(&who, TODAY, Usd::ZERO).is_ok(), "what costs nothing passes no budget");
}

#[test]
fn a_reservation_is_made_in_every_scope_or_in_none() {
    let ledger = InMemoryLedger::new(settings(100, 50, 0, 0));
    let generation = GenerationId::mint();
    let who = caller(Some("team"), Some(&generation));
    assert_eq!(refused(ledger.reserve(&who, TODAY, usd(60))), "key team");
    assert_eq!(ledger.balance(&of_generation(&generation)), None, "nothing was set aside");
    let reservation = ledger.reserve(&who, TODAY, usd(50)).unwrap();
    assert_eq!(reservation.scopes().len(), 2);
    let balance = ledger.balance(&of_generation(&generation)).unwrap();
    assert_eq!(balance, Balance { spent: Usd::ZERO, reserved: usd(50) });
}

#[test]
fn each_scope_refuses_by_its_own_name() {
    let generation = GenerationId::mint();
    let who = caller(Some("team"), Some(&generation));
    let scopes = [settings(10, 0, 0, 0), settings(0, 10, 0, 0), settings(0, 0, 10, 0), settings(0, 0, 0, 10)]
        .map(|settings| refused(InMemoryLedger::new(settings).reserve(&who, TODAY, usd(11))));
    assert_eq!(
        scopes,
        [
            format!("generation {generation}"),
            "key team".to_owned(),
            "key team, in a day".to_owned(),
            "everybody, in a day".to_owned()
        ]
    );
}

#[test]
fn a_new_day_has_its_own_budget_and_a_late_call_is_of_the_day_it_began() {
    let ledger = InMemoryLedger::new(settings(0, 0, 100, 0));
    let who = caller(Some("team"), None);
    let late = ledger.reserve(&who, TODAY, usd(100)).unwrap();
    assert!(ledger.reserve(&who, TODAY, usd(1)).is_err());
    let tomorrow = Day(TODAY.0 + 1);
    let next = ledger.reserve(&who, tomorrow, usd(100)).unwrap();
    assert_eq!(ledger.settle(late, usd(90)), Settled::default());
    let of = |day| Scope::KeyOfDay { tenant: "local".to_owned(), key: "team".to_owned(), day };
    assert_eq!(ledger.balance(&of(TODAY)).unwrap().spent, usd(90));
    assert_eq!(ledger.balance(&of(tomorrow)).unwrap().spent, Usd::ZERO);
    assert_eq!(ledger.settle(next, usd(100)), Settled::default());
    ledger.reserve(&who, Day(TODAY.0 + 3), usd(1)).map(drop).unwrap();
    assert_eq!(ledger.balance(&of(TODAY)), None, "books of days long past are closed");
}

#[test]
fn keys_have_budgets_of_their_own_and_tenants_do_not_share_them() {
    let mut settings = settings(0, 10, 0, 0);
    settings.keys.insert("rich".to_owned(), KeyBudget { total: Some(usd(1_000)), per_day: Some(usd(500)) });
    let ledger = InMemoryLedger::new(settings);
    assert_eq!(refused(ledger.reserve(&caller(Some("poor"), None), TODAY, usd(11))), "key poor");
    assert_eq!(refused(ledger.reserve(&caller(Some("rich"), None), TODAY, usd(501))), "key rich, in a day");
    let first = ledger.reserve(&caller(Some("poor"), None), TODAY, usd(10)).unwrap();
    let other = Caller { tenant: "other".to_owned(), ..caller(Some("poor"), None) };
    assert!(ledger.reserve(&other, TODAY, usd(10)).is_ok());
    assert_eq!(first.most(), usd(10));
}

/// Generations of the same name in two tenants share nothing.
#[test]
fn tenants_do_not_share_a_generation() {
    let ledger = InMemoryLedger::new(settings(100, 0, 0, 0));
    let generation = GenerationId::mint();
    let mine = caller(None, Some(&generation));
    let yours = Caller { tenant: "other".to_owned(), ..mine.clone() };
    let first = ledger.reserve(&mine, TODAY, usd(100)).unwrap();
    let second = ledger.reserve(&yours, TODAY, usd(100)).unwrap();
    assert_eq!(ledger.settle(first, usd(70)), Settled::default());
    assert_eq!(ledger.settle(second, usd(20)), Settled::default());
    assert_eq!((ledger.left(&mine, TODAY), ledger.left(&yours, TODAY)), (Some(usd(30)), Some(usd(80))));
}

/// Sixty generations of one tenant at once, each within its own budget and its key's: the tenant's day holds, and other
/// tenants go on.
#[test]
fn a_tenants_day_holds_however_many_generations_it_begins_at_once() {
    let ledger = InMemoryLedger::new(BudgetSettings {
        per_tenant_per_day: Some(usd(1_000)),
        ..settings(100, 5_000, 0, 100_000)
    });
    let start = Barrier::new(60);
    let granted = AtomicU64::new(0);
    thread::scope(|scope| {
        for number in 0..60 {
            let (ledger, start, granted) = (&ledger, &start, &granted);
            scope.spawn(move || {
                let who = caller(Some(if number % 2 == 0 { "a" } else { "b" }), Some(&GenerationId::mint()));
                start.wait();
                match ledger.reserve(&who, TODAY, usd(100)) {
                    Ok(reservation) => {
                        granted.fetch_add(1, Ordering::Relaxed);
                        assert_eq!(ledger.settle(reservation, usd(100)), Settled::default());
                    }
                    result => assert_eq!(refused(result), "tenant local, in a day"),
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), 10);
    let of = |day| Scope::TenantOfDay { tenant: "local".to_owned(), day };
    assert_eq!(ledger.balance(&of(TODAY)), Some(Balance { spent: usd(1_000), reserved: Usd::ZERO }));
    let other = Caller { tenant: "other".to_owned(), ..caller(Some("a"), Some(&GenerationId::mint())) };
    assert!(ledger.reserve(&other, TODAY, usd(100)).is_ok());
    let next = caller(Some("a"), Some(&GenerationId::mint()));
    assert!(ledger.reserve(&next, Day(TODAY.0 + 1), usd(100)).is_ok(), "a new day");
    assert!(ledger.reserve(&next, Day(TODAY.0 + 2), Usd::ZERO).is_ok());
    assert_eq!(ledger.balance(&of(TODAY)), None, "books of days long past are closed");
}

#[test]
fn a_generation_that_rests_for_days_is_forgotten_and_an_open_one_is_not() {
    let ledger = InMemoryLedger::new(settings(100, 0, 0, 0));
    let (rests, open, later) = (GenerationId::mint(), GenerationId::mint(), GenerationId::mint());
    let reserve = |id, day| ledger.reserve(&caller(None, Some(id)), Day(day), usd(10)).unwrap();
    let _ = ledger.settle(reserve(&rests, TODAY.0), usd(10));
    let held = reserve(&open, TODAY.0);
    let _ = ledger.settle(reserve(&later, TODAY.0 + GENERATION_DAYS), usd(10));
    assert!(ledger.balance(&of_generation(&rests)).is_some(), "seven days are kept");
    let _ = ledger.settle(reserve(&later, TODAY.0 + GENERATION_DAYS + 1), usd(10));
    assert_eq!(ledger.balance(&of_generation(&rests)), None);
    assert_eq!(ledger.balance(&of_generation(&open)), Some(Balance { spent: Usd::ZERO, reserved: usd(10) }));
    assert_eq!(ledger.balance(&of_generation(&later)).unwrap().spent, usd(20));
    assert_eq!(ledger.settle(held, usd(4)), Settled::default());
    assert_eq!(ledger.balance(&of_generation(&open)), Some(Balance { spent: usd(4), reserved: Usd::ZERO }));
}

#[test]
fn no_more_generations_are_kept_than_there_is_room_for() {
    let ledger = InMemoryLedger { generations_most: 8, ..InMemoryLedger::new(settings(100, 100, 0, 0)) };
    let who = |id: &GenerationId| caller(Some("team"), Some(id));
    let first = GenerationId::mint();
    let held = ledger.reserve(&who(&first), TODAY, usd(1)).unwrap();
    let mut last = GenerationId::mint();
    for _ in 0..100 {
        last = GenerationId::mint();
        let _ = ledger.settle(ledger.reserve(&who(&last), TODAY, usd(1)).unwrap(), Usd::ZERO);
        let books = ledger.books();
        let kept = books.of.keys().filter(|scope| matches!(scope, Scope::Generation { .. })).count();
        assert_eq!(kept, books.generations);
        assert!(kept <= 8, "{kept}");
    }
    assert!(ledger.balance(&of_generation(&last)).is_some());
    assert_eq!(ledger.balance(&of_generation(&first)).unwrap().reserved, usd(1), "a call of it is under way");
    assert!(ledger.balance(&Scope::Key { tenant: "local".to_owned(), key: "team".to_owned() }).is_some());
    assert_eq!(ledger.settle(held, Usd::ZERO), Settled::default());
}

#[test]
fn a_reservation_that_is_dropped_stays_spent() {
    let ledger = InMemoryLedger::new(settings(0, 0, 0, 100));
    drop(ledger.reserve(&caller(None, None), TODAY, usd(70)).unwrap());
    assert_eq!(refused(ledger.reserve(&caller(None, None), TODAY, usd(31))), "everybody, in a day");
    assert!(ledger.reserve(&caller(None, None), TODAY, usd(30)).is_ok());
}

#[test]
fn a_bill_above_the_reserve_is_told_and_stops_the_scopes_it_passes() {
    let ledger = InMemoryLedger::new(settings(0, 100, 0, 10_000));
    let who = caller(Some("team"), None);
    let reservation = ledger.reserve(&who, TODAY, usd(50)).unwrap();
    let settled = ledger.settle(reservation, usd(170));
    assert_eq!(settled.above_reserve, Some(usd(120)));
    let key = Scope::Key { tenant: "local".to_owned(), key: "team".to_owned() };
    assert_eq!(settled.overspent, [Overspent { scope: key, cap: usd(100), spent: usd(170) }]);
    let scope = refused(ledger.reserve(&who, TODAY, Usd::ZERO));
    assert_eq!(
        scope, "key team, which a provider passed by billing more than was reserved,",
        "even what costs nothing"
    );
    assert!(ledger.reserve(&caller(Some("other"), None), TODAY, usd(50)).is_ok(), "other scopes go on");
}

#[test]
fn a_bill_above_the_reserve_within_the_budget_is_told_and_stops_nothing() {
    let ledger = InMemoryLedger::new(settings(0, 100, 0, 0));
    let who = caller(Some("team"), None);
    let settled = ledger.settle(ledger.reserve(&who, TODAY, usd(50)).unwrap(), usd(60));
    assert_eq!(settled, Settled { above_reserve: Some(usd(10)), overspent: Vec::new() });
    assert!(ledger.reserve(&who, TODAY, usd(40)).is_ok());
}

#[test]
fn a_cost_below_zero_gives_nothing_back() {
    let ledger = InMemoryLedger::new(settings(0, 100, 0, 0));
    let who = caller(Some("team"), None);
    let settled = ledger.settle(ledger.reserve(&who, TODAY, usd(50)).unwrap(), Usd::new(Decimal::from(-1_000)));
    assert_eq!(settled, Settled::default());
    assert!(ledger.reserve(&who, TODAY, usd(101)).is_err());
}

#[test]
fn what_was_spent_before_counts() {
    let ledger = InMemoryLedger::new(settings(100, 0, 0, 0));
    let generation = GenerationId::mint();
    ledger.carry_over(of_generation(&generation), usd(95));
    assert!(ledger.reserve(&caller(None, Some(&generation)), TODAY, usd(6)).is_err());
    assert!(ledger.reserve(&caller(None, Some(&generation)), TODAY, usd(5)).is_ok());
}

#[test]
fn what_is_left_is_the_least_of_the_callers_budgets() {
    let ledger = InMemoryLedger::new(settings(100, 0, 80, 0));
    let with_generation = caller(Some("team"), Some(&GenerationId::mint()));
    assert_eq!(ledger.left(&with_generation, TODAY), Some(usd(80)));
    let reservation = ledger.reserve(&caller(None, with_generation.generation.as_ref()), TODAY, usd(70)).unwrap();
    assert_eq!(ledger.left(&with_generation, TODAY), Some(usd(30)));
    assert_eq!(ledger.left(&caller(Some("team"), None), TODAY), Some(usd(80)));
    assert_eq!(ledger.left(&caller(None, None), TODAY), None, "no budget is about it");
    let settled = ledger.settle(reservation, usd(500));
    assert_eq!(settled.overspent.len(), 1);
    assert_eq!(ledger.left(&with_generation, TODAY), Some(Usd::ZERO), "never less than nothing");
}

/// One step of a schedule of concurrent calls: which of the callers asks, or which of the open calls ends, and how.
#[derive(Debug, Clone)]
enum Step {
    Reserve { caller: usize, cents: u64 },
    Settle { call: Index, percent: u64 },
    Drop { call: Index },
}

fn arbitrary_step(percent_max: u64) -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_usize..6, 0_u64..40).prop_map(|(caller, cents)| Step::Reserve { caller, cents }),
        4 => (any::<Index>(), 0..=percent_max).prop_map(|(call, percent)| Step::Settle { call, percent }),
        1 => any::<Index>().prop_map(|call| Step::Drop { call }),
    ]
}

fn arbitrary_caps() -> impl Strategy<Value = BudgetSettings> {
    prop::array::uniform4(prop_oneof![Just(0_u64), 20_u64..200])
        .prop_map(|[generation, key, key_day, day]| settings(generation, key, key_day, day))
}

/// Three keys and two generations, some without the one or the other.
fn callers() -> Vec<Caller> {
    let generations = [GenerationId::mint(), GenerationId::mint()];
    let named = [
        (Some("a"), Some(0)),
        (Some("b"), Some(0)),
        (Some("a"), Some(1)),
        (Some("c"), None),
        (None, Some(1)),
        (None, None),
    ];
    named.map(|(key, generation)| caller(key, generation.and_then(|index: usize| generations.get(index)))).to_vec()
}

/// No scope has passed its cap, whether by what is spent or by what is spent and reserved.
fn within_caps(ledger: &InMemoryLedger) -> bool {
    let books = ledger.books();
    books.of.iter().all(|(scope, Book { balance, .. })| {
        ledger.cap(scope).is_none_or(|cap| balance.spent + balance.reserved <= cap)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Calls that overlap in any order, end at any cost up to their reserve or are cancelled: no cap is ever passed.
    #[test]
    fn no_interleaving_passes_a_cap(caps in arbitrary_caps(), steps in prop::collection::vec(arbitrary_step(100), 1..120)) {
        let ledger = InMemoryLedger::new(caps);
        let callers = callers();
        let mut open = Vec::new();
        for step in steps {
            match step {
                Step::Reserve { caller, cents } => open.extend(ledger.reserve(&callers[caller], TODAY, usd(cents))),
                Step::Settle { call, percent } if !open.is_empty() => {
                    let reservation: Reservation = open.swap_remove(call.index(open.len()));
                    let spent = Usd::new(reservation.most().amount() * Decimal::new(percent as i64, 2));
                    prop_assert_eq!(ledger.settle(reservation, spent), Settled::default());
                }
                Step::Drop { call } if !open.is_empty() => drop(open.swap_remove(call.index(open.len()))),
                Step::Settle { .. } | Step::Drop { .. } => {}
            }
            prop_assert!(within_caps(&ledger));
        }
    }

    /// With a provider that bills up to twice its reserve: whatever cap is passed was told of at that settle, and no
    /// further call is let through in that scope.
    #[test]
    fn a_cap_that_is_passed_is_told_and_stops_its_scope(
        caps in arbitrary_caps(), steps in prop::collection::vec(arbitrary_step(200), 1..120),
    ) {
        let ledger = InMemoryLedger::new(caps);
        let callers = callers();
        let mut open = Vec::new();
        let mut passed: Vec<Scope> = Vec::new();
        for step in steps {
            match step {
                Step::Reserve { caller, cents } => {
                    if let Ok(reservation) = ledger.reserve(&callers[caller], TODAY, usd(cents)) {
                        prop_assert!(reservation.scopes().iter().all(|scope| !passed.contains(scope)));
                        open.push(reservation);
                    }
                }
                Step::Settle { call, percent } if !open.is_empty() => {
                    let reservation: Reservation = open.swap_remove(call.index(open.len()));
                    let most = reservation.most();
                    let spent = Usd::new(most.amount() * Decimal::new(percent as i64, 2));
                    let settled = ledger.settle(reservation, spent);
                    prop_assert_eq!(settled.above_reserve.is_some(), spent > most);
                    passed.extend(settled.overspent.into_iter().map(|overspent| overspent.scope));
                }
                Step::Drop { call } if !open.is_empty() => drop(open.swap_remove(call.index(open.len()))),
                Step::Settle { .. } | Step::Drop { .. } => {}
            }
            for (scope, Book { balance, .. }) in &ledger.books().of {
                let over = ledger.cap(scope).is_some_and(|cap| balance.spent > cap);
                prop_assert_eq!(over, passed.contains(scope), "{:?}", scope);
            }
        }
    }

    /// The same on real threads that start at once: what they spent together is what the books say, and within the cap.
    #[test]
    fn threads_together_stay_within_the_cap(
        cap in 50_u64..400, calls in prop::collection::vec((1_u64..40, 0_u64..=100, any::<bool>()), 16..48),
    ) {
        let ledger = InMemoryLedger::new(settings(0, cap, 0, 0));
        let who = caller(Some("team"), None);
        let (spent, kept) = (AtomicU64::new(0), AtomicU64::new(0));
        let threads = 4;
        let start = Barrier::new(threads);
        thread::scope(|scope| {
            for share in calls.chunks(calls.len().div_ceil(threads)).chain(std::iter::repeat(&[][..])).take(threads) {
                let (ledger, who, start, spent, kept) = (&ledger, &who, &start, &spent, &kept);
                scope.spawn(move || {
                    start.wait();
                    for (cents, percent, settles) in share {
                        // Hundredths of a cent, so that a share of a reserve is a whole number.
                        let Ok(reservation) = ledger.reserve(who, TODAY, usd(*cents)) else { continue };
                        if *settles {
                            let units = cents * percent;
                            spent.fetch_add(units, Ordering::Relaxed);
                            let cost = Usd::new(Decimal::new(units as i64, 4));
                            assert_eq!(ledger.settle(reservation, cost), Settled::default());
                        } else {
                            kept.fetch_add(cents * 100, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let key = Scope::Key { tenant: "local".to_owned(), key: "team".to_owned() };
        let units = |units: &AtomicU64| Usd::new(Decimal::new(units.load(Ordering::Relaxed) as i64, 4));
        let balance = ledger.balance(&key).unwrap_or_default();
        prop_assert_eq!(balance, Balance { spent: units(&spent), reserved: units(&kept) });
        prop_assert!(balance.spent + balance.reserved <= usd(cap));
    }
}
