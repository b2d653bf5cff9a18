//! Which texts are names of npm packages.
//!
//! The rules are those of npm's own `validate-npm-package-name` for new packages, and stricter where a name could be read
//! as an option of a command or as a path.

/// Most bytes of a name.
const NAME_MAX_BYTES: usize = 214;
/// Names that npm never gives to a package.
const NEVER: [&str; 2] = ["node_modules", "favicon.ico"];
/// Modules that come with Node 20 (`node -p "require('module').builtinModules"`, without paths and inner ones).
const BUILT_IN: [&str; 42] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameProblem {
    /// It comes with Node.
    BuiltIn,
    /// It says where a package is: an address, a git reference, a folder.
    Place,
    /// It says a version too.
    Version,
    /// It is no name.
    NoName,
}

/// What is wrong with a name; none when npm takes it.
pub(super) fn problem(name: &str) -> Option<NameProblem> {
    let bare = name.strip_prefix('@').unwrap_or(name);
    let module = name.split_once('/').map_or(name, |(module, _)| module);
    if BUILT_IN.contains(&module) || name.starts_with("node:") {
        return Some(NameProblem::BuiltIn);
    }
    let slashes = bare.matches('/').count();
    let is_scoped = bare.len() < name.len();
    if name.contains([':', '\\', '#', '~']) || name.starts_with(['.', '/']) || slashes > usize::from(is_scoped) {
        return Some(NameProblem::Place);
    }
    if bare.contains(['@', '^', '=', '>', '<', '*', ' ', '|']) {
        return Some(NameProblem::Version);
    }
    let (scope, own) = match bare.split_once('/') {
        Some((scope, own)) if is_scoped => (Some(scope), own),
        _ if is_scoped => return Some(NameProblem::NoName),
        _ => (None, bare),
    };
    let is_name = name.len() <= NAME_MAX_BYTES && is_part(own) && scope.is_none_or(is_part) && !NEVER.contains(&name);
    (!is_name).then_some(NameProblem::NoName)
}

fn is_part(part: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    part.bytes().next().is_some_and(is_first)
        && part.bytes().all(|byte| is_first(byte) || matches!(byte, b'-' | b'_' | b'.'))
        && !part.contains("..")
}

/// The scope of a name, with its `@`.
pub(super) fn scope(name: &str) -> Option<&str> {
    name.starts_with('@').then(|| name.split_once('/').map_or(name, |(scope, _)| scope))
}

/// A name without its scope.
pub(super) fn own(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, own)| own)
}
