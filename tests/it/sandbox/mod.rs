//! The sandbox against hostile code: the catalogue's cases S-40 to S-59 under their numbers, in every tier that works
//! on the machine, as root and as an ordinary user.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what every case needs is outside of test functions")]

mod bench;
mod callers;
mod files;
mod limits;
mod network;
mod packages;
mod probing;
mod processes;
mod serving;
