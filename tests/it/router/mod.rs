//! The router, through its public face.

mod scripted_server;
mod transport;
mod transport_tls;
