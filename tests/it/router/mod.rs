//! The router, through its public face.

mod gigachat_token;
mod choice;
mod choice_properties;
mod keys;
mod scripted_server;
mod transport;
mod transport_tls;
mod openai_answers;
