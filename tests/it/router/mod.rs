//! The router, through its public face.
