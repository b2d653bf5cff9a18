//! The service as its operator runs it: processes, a database, a queue.

mod site;
mod working;
