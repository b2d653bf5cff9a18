//! Integration tests, in one binary.

mod template;
mod template_support;
