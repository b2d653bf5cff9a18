//! The service as its operator runs it: processes, a database, a queue.

mod bells;
mod redis;
mod serving;
mod site;
mod working;
