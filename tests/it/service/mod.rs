//! The service: its API over a real listener with real records and storage, and the whole as its operator runs it, with
//! processes, a database and a queue.

mod adopting;
mod api_artifacts;
mod api_documents;
mod api_events;
mod api_keys;
mod api_owners;
mod api_projects;
mod api_refusals;
mod api_results;
mod api_submissions;
mod bells;
mod cleaning;
mod copies;
mod full_disk;
mod hosts;
mod redis;
mod running;
mod serving;
mod site;
mod terminal;
mod working;
