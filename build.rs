//! Has the library compiled again when a template pack or an agent gains or loses a file; changed files are noticed without it.

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=agents");
}
