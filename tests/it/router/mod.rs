//! The router, through its public face.

mod anthropic_messages;
