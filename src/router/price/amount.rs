//! Rates as price files write them.

use rust_decimal::{Decimal, RoundingStrategy};

use super::rates::{DECIMALS_MAX, RATE_MAX};

/// Reads a rate per million tokens: a decimal, not negative, not above 1 per token, with at most nine places.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn rate(text: &str) -> Result<Decimal, &'static str> {
    let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    checked(number.map_err(|_| "is not a decimal number")?)
}

/// Checks a rate per million tokens as [`rate`] does.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn checked(number: Decimal) -> Result<Decimal, &'static str> {
    let number = number.normalize();
    if number.is_sign_negative() && !number.is_zero() {
        return Err("is negative");
    }
    if number > RATE_MAX {
        return Err("is more than 1 per token");
    }
    if number.scale() > DECIMALS_MAX {
        return Err("has more than nine decimal places");
    }
    Ok(number)
}

/// The rate in US dollars of one in another currency. It is rounded up to a billionth of a dollar per million tokens,
/// since most quotients have no end; this is where the price is made, and nothing is rounded from here on.
///
/// None when the exchange rate is not above zero or the quotient is no rate.
pub(super) fn exchanged(rate: Decimal, per_usd: Decimal) -> Option<Decimal> {
    if per_usd <= Decimal::ZERO {
        return None;
    }
    let quotient = rate.checked_div(per_usd)?;
    let rounded = quotient.round_dp_with_strategy(DECIMALS_MAX, RoundingStrategy::AwayFromZero);
    checked(rounded).ok()
}
