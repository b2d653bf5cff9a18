//! Numbers in bounds that suit the field's name.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::dice::Dice;
use super::rules::SAFE_INTEGER;
use super::words::Words;

/// Usual least and greatest values by the last words of a field's name.
const USUAL: &[(i64, i64, &[&str])] = &[
    (30_000, 90_000, &["salary", "income", "wage"]),
    (
        5,
        240,
        &[
            "price", "amount", "cost", "total", "sum", "fee", "revenue", "payment", "value", "subtotal", "balance",
            "deposit", "tax", "tip",
        ],
    ),
    (1_000, 80_000, &["budget", "turnover", "population"]),
    (18, 75, &["age"]),
    (1994, 2026, &["year"]),
    (1, 5, &["rating", "stars", "score", "grade", "level", "difficulty", "importance", "severity"]),
    (5, 95, &["percent", "percentage", "discount", "progress", "rate", "share"]),
    (80, 620, &["pages", "page_count"]),
    (15, 180, &["duration", "minutes", "length_minutes", "runtime"]),
    (1, 40, &["hours", "quantity", "stock", "count", "copies", "units", "credits", "qty", "days", "weeks"]),
    (1, 20, &["weight", "floor", "room", "seat", "table"]),
    (10, 200, &["width", "height", "length", "depth", "size", "capacity", "seats", "distance"]),
    (-60, 60, &["latitude", "lat"]),
    (-170, 170, &["longitude", "lng", "lon"]),
    (-10, 32, &["temperature"]),
    (3, 900, &["views", "likes", "visits", "votes", "clicks", "downloads"]),
];

/// Fields whose values count the rows.
const COUNTING: &[&str] =
    &["order", "position", "priority", "rank", "sort", "sequence", "index", "sort_order", "number", "no"];

/// Prices as shops write them, in hundredths.
const PRICES: &[i64] = &[1990, 2450, 750, 4900, 12900, 1240, 8990, 550, 3475, 6400, 1520, 21000];

fn matches_end(name: &str, keys: &[&str]) -> bool {
    keys.iter().any(|key| name.strip_suffix(key).is_some_and(|head| head.is_empty() || head.ends_with('_')))
}

/// Bounds and looks of a number field.
#[derive(Debug, Clone)]
pub(super) struct NumberRange {
    least: i128,
    greatest: i128,
    usual: (i128, i128),
    /// Digits after the decimal point.
    scale: u32,
    counting: bool,
    prices: bool,
}

impl NumberRange {
    /// The range of a whole number.
    pub(super) fn whole(name: &Words, min: Option<Decimal>, max: Option<Decimal>) -> Option<Self> {
        Self::with_scale(name, min, max, 0)
    }

    /// The range of a number with a fraction: two digits, or as many as it takes to have a value in bounds.
    pub(super) fn fraction(name: &Words, min: Option<Decimal>, max: Option<Decimal>) -> Option<Self> {
        (2..=28).chain([1, 0]).find_map(|scale| Self::with_scale(name, min, max, scale))
    }

    fn with_scale(name: &Words, min: Option<Decimal>, max: Option<Decimal>, scale: u32) -> Option<Self> {
        let factor = 10_i128.checked_pow(scale)?;
        let widest = i128::from(SAFE_INTEGER);
        let least = min.map_or(Some(-widest), |min| scaled(min.ceil_to(scale), scale))?;
        let greatest = max.map_or(Some(widest), |max| scaled(max.floor_to(scale), scale))?;
        let (least, greatest) = match scale {
            0 => (least.max(-widest), greatest.min(widest)),
            _ => (least, greatest),
        };
        if least > greatest {
            return None;
        }
        let snake = name.snake();
        let usual = USUAL.iter().find(|(_, _, keys)| matches_end(&snake, keys));
        let (low, high) = usual.map_or((1, 100), |(low, high, _)| (*low, *high));
        let low = i128::from(low).saturating_mul(factor).max(least);
        let high = i128::from(high).saturating_mul(factor).min(greatest);
        let wide = factor.saturating_mul(100);
        let usual_range = if low <= high {
            (low, high)
        } else if low > greatest {
            (greatest.saturating_sub(wide).max(least), greatest)
        } else {
            (least, least.saturating_add(wide).min(greatest))
        };
        let prices = usual.is_some_and(|(low, high, _)| (*low, *high) == (5, 240)) && scale == 2;
        Some(Self { least, greatest, usual: usual_range, scale, counting: matches_end(&snake, COUNTING), prices })
    }

    /// The number of a row; attempts after the first walk through all numbers in bounds.
    pub(super) fn at(&self, index: usize, attempt: usize, salt: u64) -> Option<Decimal> {
        let index_wide = i128::try_from(index).ok()?;
        let attempt = i128::try_from(attempt).ok()?;
        let (low, high) = self.usual;
        let price = PRICES.get(index % PRICES.len()).map(|price| i128::from(*price));
        let first = match price.filter(|price| self.prices && (low..=high).contains(price)) {
            Some(price) => price,
            None if self.counting => low.saturating_add(index_wide % (high - low).saturating_add(1).max(1)),
            None => {
                let step = self.step(high - low);
                let count = ((high - low) / step).saturating_add(1);
                let mut dice = Dice::new(salt.wrapping_add(u64::try_from(index).ok()?));
                low + step * (i128::from(dice.roll()) % count)
            }
        };
        let count = self.greatest.checked_sub(self.least)?.checked_add(1)?;
        let units = self.least + (first - self.least).checked_add(attempt)?.checked_rem(count)?;
        Decimal::try_from_i128_with_scale(units, self.scale).ok().map(|number| number.normalize())
    }

    /// Round numbers where the range leaves room for them.
    fn step(&self, span: i128) -> i128 {
        let factor = 10_i128.saturating_pow(self.scale);
        let coarse = if self.scale == 0 { 1 } else { factor / 2 };
        if coarse > 0 && span / coarse >= 8 { coarse } else { 1 }
    }
}

trait Rounded {
    fn ceil_to(self, scale: u32) -> Decimal;
    fn floor_to(self, scale: u32) -> Decimal;
}

impl Rounded for Decimal {
    fn ceil_to(self, scale: u32) -> Decimal {
        self.round_dp_with_strategy(scale, rust_decimal::RoundingStrategy::ToPositiveInfinity)
    }

    fn floor_to(self, scale: u32) -> Decimal {
        self.round_dp_with_strategy(scale, rust_decimal::RoundingStrategy::ToNegativeInfinity)
    }
}

fn scaled(number: Decimal, scale: u32) -> Option<i128> {
    let missing = scale.checked_sub(number.scale())?;
    number.mantissa().checked_mul(10_i128.checked_pow(missing)?)
}

/// The number as JSON: an integer where it is one.
pub(super) fn float(number: Decimal) -> Option<serde_json::Value> {
    match number.to_i64().filter(|_| number.fract().is_zero()) {
        Some(whole) => Some(whole.into()),
        None => number.to_f64().and_then(serde_json::Number::from_f64).map(serde_json::Value::Number),
    }
}
