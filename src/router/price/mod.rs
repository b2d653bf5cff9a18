//! What models cost: per million tokens, with date and source, exact.
//!
//! The snapshot, `snapshot.json`, is a selection from the price file of litellm (MIT, `LICENSE-prices`) that
//! `scripts/update-prices` makes; `overlay.toml` is ours and goes over it. What the snapshot's source prices at nothing it
//! does not know: only the overlay and the operator say that something is free. A model without a price is one that no
//! money budget lets through.

mod amount;
mod facts;
mod layer;
mod lookup;
mod overlay;
mod place;
mod rates;
mod snapshot;
mod table;

pub use facts::{Feature, Features, Mode, ModelFacts};
pub use lookup::{Found, FoundBy};
pub use rates::{Band, Origin, Price, Rates, ServiceTier, per_million};
pub use table::{PriceTable, Row};
