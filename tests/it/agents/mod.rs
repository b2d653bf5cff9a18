//! The agents' part of the pipeline, through its public face: models answer from a script, and the checks of the project
//! are decided by what its files hold.

mod answers;
mod changing;
mod changing_data;
mod command;
mod contents;
mod debugging;
mod dying;
mod importing;
mod misbehaviour_code;
mod misbehaviour_json;
mod packages;
mod pinned;
mod prompts;
mod resuming;
mod retesting;
mod rig;
mod script;
mod secrets;
mod stops;
mod timing;
mod whole_way;
