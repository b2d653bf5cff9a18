//! `POST /v1/embeddings`: vectors of texts, passed through.
