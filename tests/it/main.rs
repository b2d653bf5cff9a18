//! Integration tests, in one binary.

#[cfg(test)]
mod template;
#[cfg(test)]
mod template_support;
