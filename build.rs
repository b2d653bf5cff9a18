//! Has the library compiled again when a template pack gains or loses a file; changed files are noticed without it.

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
