//! The gateway, through HTTP on loopback, in front of scripted providers.

mod answers;
mod bounds;
mod connections;
mod ends;
mod figures;
mod http2_client;
mod looks;
mod refusals;
mod repeats;
mod running;
mod traces;
