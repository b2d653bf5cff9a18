//! The router, through its public face.

mod answers;
mod choice;
mod choice_properties;
mod gigachat_token;
mod openai_answers;
pub(crate) mod rig;
mod choice_world;
pub(crate) mod scripted_server;
mod transport;
mod transport_tls;
