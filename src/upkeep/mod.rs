//! Copies of a service while it serves, and workspaces that are taken over.
