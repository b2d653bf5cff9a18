//! The sandbox against hostile code: the catalogue's cases S-40 to S-59 under their numbers, in every tier that works
//! on the machine, as root and as an ordinary user.

mod bench;
mod callers;
mod files;
mod limits;
mod network;
mod packages;
mod probing;
mod processes;
mod serving;
