//! The router, through its public face.

mod gigachat_token;
mod scripted_server;
mod transport;
mod transport_tls;
mod openai_answers;
