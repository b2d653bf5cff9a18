//! The one integration binary: every feature, run through its public face. A further binary would cost a link of its own.

#![cfg(test)]

mod architecture;
mod artifact;
mod command_line;
mod crash;
mod documents;
mod hostile_specs;
mod house_rules;
mod journal;
mod sandbox;
mod template;
mod template_support;
mod workspace;
mod workspace_git;
mod workspace_settle;
