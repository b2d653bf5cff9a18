//! The router, through its public face.

mod openai_answers;
