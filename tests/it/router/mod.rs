//! The router, through its public face.

mod gigachat;
mod gigachat_token;
mod openai_answers;
mod scripted_server;
mod transport;
mod transport_tls;
