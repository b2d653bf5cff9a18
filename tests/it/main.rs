//! The one integration binary: every feature, run through its public face. A further binary would cost a link of its own.

#[cfg(test)]
mod abandon_command;
#[cfg(test)]
mod agents;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod artifact;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod command_support;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod gateway_command;
#[cfg(test)]
mod gateway_log;
#[cfg(test)]
mod gateway_secrets;
#[cfg(test)]
mod guide;
#[cfg(test)]
#[path = "../tools/guide_samples.rs"]
mod guide_samples;
#[cfg(test)]
mod hostile_specs;
#[cfg(test)]
mod house_rules;
#[cfg(test)]
mod import_command;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod npm_registry;
#[cfg(test)]
mod records;
#[cfg(test)]
mod router;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod service;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod template;
#[cfg(test)]
mod template_support;
#[cfg(test)]
mod webhook;
#[cfg(test)]
mod workspace;
#[cfg(test)]
mod workspace_git;
#[cfg(test)]
mod workspace_settle;
