//! The one integration binary: every feature, run through its public face.

mod architecture;
