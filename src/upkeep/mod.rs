//! Copies of a service that are made while it serves, a service that is made from one, and workspaces from elsewhere that are
//! taken over.

mod adopt;
mod backup;
mod error;
mod files;
mod restore;

pub use self::{
    adopt::{Adopted, Host, adopt},
    backup::{Made, Source, back_up},
    error::Error,
    restore::{Restored, Target, restore},
};
