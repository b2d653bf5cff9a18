//! Samokoder turns an app spec into a working, verified project.
//!
//! The code map, from the bottom up; a module uses only modules in rows above its own in this table:
//!
//! | row | modules | may do |
//! |---|---|---|
//! | 0 | [`domain`] | values only |
//! | 1 | [`process`] [`bundle`] [`network`] | the one place that spawns programs; folders of files as values |
//! | 2 | [`spec`] [`agents`] [`packages`] [`template`] [`workspace`] [`journal`] [`artifact`] [`router`] [`client`] [`queue`] [`storage`] [`store`] | one capability each |
//! | 3 | [`pipeline`] [`webhook`] | decides what happens next; tells those who asked |
//! | 4 | [`api`] [`cli`] [`worker`] [`upkeep`] | the ways in: HTTP and the terminal; bringing accepted generations forward; copies of a service |
//! | 5 | [`config`] | reads the environment and flags into settings |
//! | 6 | [`app`] | builds and wires |

pub mod agents;
pub mod api;
pub mod app;
pub mod artifact;
pub mod bundle;
pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod journal;
pub mod network;
pub mod packages;
pub mod pipeline;
pub mod process;
pub mod queue;
pub mod router;
pub mod spec;
pub mod storage;
pub mod store;
pub mod template;
pub mod upkeep;
pub mod webhook;
pub mod worker;
pub mod workspace;
