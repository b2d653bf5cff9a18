//! The whole blueprint, looked at from outside.

mod kitchen_sink;
