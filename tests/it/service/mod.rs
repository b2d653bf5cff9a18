//! The service's API over a real listener, with real records and storage.

mod api_artifacts;
mod api_documents;
mod api_events;
mod api_keys;
mod api_owners;
mod api_projects;
mod api_refusals;
mod api_results;
mod api_submissions;
mod running;
