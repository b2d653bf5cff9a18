//! The gateway, through HTTP on loopback, in front of scripted providers.

mod answers;
mod ends;
mod figures;
mod looks;
mod refusals;
mod repeats;
mod running;
mod traces;
