//! The agents' part of the pipeline, through its public face: models answer from a script, and the checks of the project
//! are decided by what its files hold.

mod answers;
mod packages;
mod rig;
mod script;
mod whole_way;
