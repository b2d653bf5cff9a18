//! Reading and making segments.
