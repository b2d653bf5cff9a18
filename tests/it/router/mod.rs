//! The router, through its public face.

mod answers;
mod calls_money;
mod gigachat_token;
mod catalog_prices;
mod choice;
mod choice_properties;
mod choice_world;
mod dead_primary;
mod faults;
mod gigachat_token;
mod openai_answers;
mod rig;
mod scripted_server;
mod transport;
mod transport_tls;
