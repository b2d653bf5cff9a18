//! The router, through its public face.

mod anthropic_messages;
mod chat_callers;
mod openai_answers;
mod openai_failures;
mod openai_requests;
