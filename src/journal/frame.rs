//! How one record lies in a segment.
