//! The router, through its public face.

mod answers;
mod choice;
mod choice_properties;
mod keys;
mod choice_world;
mod dead_primary;
mod faults;
mod gigachat_token;
mod openai_answers;
mod rig;
mod scripted_server;
pub(crate) mod rig;
mod choice_world;
pub(crate) mod scripted_server;
mod transport;
mod transport_tls;
