//! The router, through its public face.

mod answers;
mod anthropic_messages;
mod calls_money;
mod calls_reserved;
mod catalog_prices;
mod chat_callers;
mod choice;
mod choice_properties;
mod choice_world;
mod dead_primary;
mod empty_arguments;
mod faults;
mod gigachat;
mod gigachat_token;
mod keys;
mod openai_failures;
mod openai_requests;
mod refused_keys;
pub(crate) mod rig;
pub(crate) mod scripted_server;
mod transport;
mod transport_tls;
mod vendor_answers;
