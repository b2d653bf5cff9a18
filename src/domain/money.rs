//! Money: exact decimals in US dollars, never rounded before they are shown.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Sub},
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How many credits one US dollar is.
const CREDITS_PER_USD: Decimal = Decimal::ONE_HUNDRED;

/// An amount of US dollars. Written as a decimal text, so that no reader makes a binary fraction of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(#[serde(with = "rust_decimal::serde::str")] Decimal);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An amount.
    #[must_use]
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The amount.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// The same in credits, a hundred to the dollar.
    #[must_use]
    pub fn credits(self) -> Decimal {
        self.0.saturating_mul(CREDITS_PER_USD)
    }

    /// What is left after taking `other` away, nothing when that is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self((self.0.saturating_sub(other.0)).max(Decimal::ZERO))
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.normalize())
    }
}
