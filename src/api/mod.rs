//! The ways in over HTTP: the [`gateway`], through which other programs use the router, and the [`service`], to which specs
//! are handed in and from which projects are fetched. They share connections and their end, and bodies that are hostile
//! until they were counted and read.

mod body;
mod bound;
mod connection;
mod door;
pub mod gateway;
mod limits;
mod server;
pub mod service;
mod strict_json;

pub use limits::ConnectionSettings;
