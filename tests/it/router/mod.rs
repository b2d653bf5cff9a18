//! The router, through its public face.

mod gigachat_token;
mod catalog_prices;
mod choice;
mod choice_properties;
mod choice_world;
mod scripted_server;
mod transport;
mod transport_tls;
mod openai_answers;
