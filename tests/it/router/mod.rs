//! The router, through its public face.

mod chat_callers;
mod openai_answers;
mod openai_failures;
mod openai_requests;
