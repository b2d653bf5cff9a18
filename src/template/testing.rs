//! Packs written in tests.

use std::borrow::Cow;

use super::error::Error;
use super::pack::{Contents, Pack};
use crate::domain::path::ProjectPath;

/// A manifest with one section that takes everything.
pub(super) const MANIFEST: &str = r#"
name = "small"
version = "1.0.0"
summary = "For tests"

[toolchain]
node = "20"

[[sections]]
id = "all"
title = "Add everything"
why = "It is small."
files = ["**"]

[commands]
"#;

/// A pack of files by path; the manifest is [`MANIFEST`] unless it is among them.
pub(super) fn pack(files: &[(&str, &str)]) -> Result<Pack, Error> {
    let all = [("template.toml", MANIFEST)].into_iter().chain(files.iter().copied());
    let contents: Contents = all
        .map(|(path, content)| (ProjectPath::parse(path).unwrap(), Cow::Owned(content.as_bytes().to_vec())))
        .collect();
    Pack::from_contents("the test", contents)
}
