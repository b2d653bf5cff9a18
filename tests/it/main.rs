//! The one integration binary: every feature, run through its public face. A further binary would cost a link of its own.

mod architecture;
mod artifact;
mod crash;
mod journal;
mod sandbox;
mod template;
mod template_support;
mod workspace;
mod workspace_git;
mod workspace_settle;
