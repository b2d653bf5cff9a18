use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::*;

const KEY: &str = "sk-canary-0123456789abcdef";

struct Broken;

impl SecretSource for Broken {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret>, SecretError>> {
        let error = SecretError {
            name: name.to_owned(),
            source_name: "the vault".to_owned(),
            reason: "it is sealed".to_owned(),
        };
        Box::pin(std::future::ready(Err(error)))
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }
}

async fn had(source: &dyn SecretSource, name: &str) -> Option<String> {
    source.secret(name).await.unwrap().map(|secret| secret.expose().to_owned())
}

fn refusal(path: &Path) -> String {
    FileSecrets::open(path).unwrap_err().to_string()
}

#[test]
fn a_secret_shows_itself_to_nobody() {
    let secret = Secret::new(KEY.to_owned());
    let environment = EnvironmentSecrets::new([("OPENAI_API_KEY".to_owned(), KEY.to_owned())]);
    let folder = Folder::new();
    let file = FileSecrets::open(&folder.file("keys", &format!("OPENAI_API_KEY={KEY}"), 0o600)).unwrap();
    assert_eq!(format!("{secret:?}"), "[secret]");
    assert_eq!(
        format!("{environment:?} {file:#?}"),
        "EnvironmentSecrets { by_name: {\"OPENAI_API_KEY\": [secret]} } FileSecrets {\n    by_name: {\n        \"OPENAI_API_KEY\": [secret],\n    },\n}"
    );
    assert_eq!(secret.fingerprint().len(), 16);
    assert_ne!(secret.fingerprint(), Secret::new("another".to_owned()).fingerprint());
}

#[tokio::test]
async fn the_environment_gives_what_it_was_handed() {
    let source = EnvironmentSecrets::new([
        ("GROQ_API_KEY".to_owned(), format!(" {KEY}\n")),
        ("EMPTY".to_owned(), " \n".to_owned()),
    ]);
    assert_eq!(had(&source, "GROQ_API_KEY").await.unwrap(), KEY);
    assert_eq!(had(&source, "EMPTY").await, None);
    assert_eq!(had(&source, "groq_api_key").await, None);
}

#[tokio::test]
async fn the_first_source_that_has_a_secret_gives_it() {
    let first = EnvironmentSecrets::new([("A".to_owned(), "first".to_owned())]);
    let second = EnvironmentSecrets::new([("A".to_owned(), "second".to_owned()), ("B".to_owned(), "b".to_owned())]);
    let chain = ChainedSecrets::new(vec![Arc::new(first), Arc::new(second)]);
    assert_eq!(had(&chain, "A").await.unwrap(), "first");
    assert_eq!(had(&chain, "B").await.unwrap(), "b");
    assert_eq!(had(&chain, "C").await, None);
}

#[tokio::test]
async fn a_source_that_cannot_be_read_is_not_passed_over() {
    let first = EnvironmentSecrets::new([("A".to_owned(), "first".to_owned())]);
    let last = EnvironmentSecrets::new([("B".to_owned(), "an older one".to_owned())]);
    let chain = ChainedSecrets::new(vec![Arc::new(first), Arc::new(Broken), Arc::new(last)]);
    assert_eq!(had(&chain, "A").await.unwrap(), "first");
    let error = chain.secret("B").await.unwrap_err();
    assert_eq!(error.to_string(), "could not read the secret B from the vault: it is sealed");
}

#[tokio::test]
async fn a_file_of_lines_is_read() {
    let folder = Folder::new();
    let text = format!(
        "\u{feff}# development\r\n\r\nOPENAI_API_KEY={KEY}\r\nexport GROQ_API_KEY = \"gsk_1=2\"\n _x='single'\nEMPTY=\nHALF=\"q\n"
    );
    let source = FileSecrets::open(&folder.file("keys.env", &text, 0o600)).unwrap();
    assert_eq!(had(&source, "OPENAI_API_KEY").await.unwrap(), KEY);
    assert_eq!(had(&source, "GROQ_API_KEY").await.unwrap(), "gsk_1=2");
    assert_eq!(had(&source, "_x").await.unwrap(), "single");
    assert_eq!(had(&source, "EMPTY").await, None);
    assert_eq!(had(&source, "HALF").await.unwrap(), "\"q");
}

#[tokio::test]
async fn a_toml_file_is_read() {
    let folder = Folder::new();
    let text = format!("# development\nOPENAI_API_KEY = \"{KEY}\"\nGROQ_API_KEY = 'gsk_1=2'\n");
    let source = FileSecrets::open(&folder.file("keys.TOML", &text, 0o400)).unwrap();
    assert_eq!(had(&source, "OPENAI_API_KEY").await.unwrap(), KEY);
    assert_eq!(had(&source, "GROQ_API_KEY").await.unwrap(), "gsk_1=2");
}

#[test]
fn a_file_that_others_may_read_is_refused_with_what_to_do() {
    let folder = Folder::new();
    for mode in [0o640, 0o604, 0o620, 0o666, 0o700, 0o610, 0o4600] {
        let path = folder.file("keys", &format!("A={KEY}"), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let path_text = path.display();
        assert_eq!(
            refusal(&path),
            format!(
                "could not take secrets from {path_text}: its mode is {mode:04o}, so that others may read it; run `chmod 600 {path_text}`"
            )
        );
    }
    let open = folder.file("open", "A=1", 0o644);
    let link = folder.0.path().join("link");
    symlink(open, &link).unwrap();
    assert!(refusal(&link).contains("its mode is 0644"), "{}", refusal(&link));
}

#[test]
fn what_is_no_file_of_keys_is_refused() {
    let folder = Folder::new();
    assert!(refusal(folder.0.path()).contains("it is not a regular file"));
    assert!(refusal(&folder.0.path().join("nowhere")).contains("name a file that is there"));
    let pipe = folder.0.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).unwrap();
    assert!(refusal(&pipe).contains("it is not a regular file"));
    let large = folder.file("large", &"# no key\n".repeat(10_000), 0o600);
    assert!(refusal(&large).ends_with("it has more than 65536 bytes; keep only keys in it"));
    let binary = folder.0.path().join("binary");
    fs::write(&binary, b"A=\xff").unwrap();
    fs::set_permissions(&binary, Permissions::from_mode(0o600)).unwrap();
    assert!(refusal(&binary).ends_with("it is not text in UTF-8; save it in UTF-8"));
}

#[test]
fn a_file_of_somebody_else_is_refused() {
    let folder = Folder::new();
    let path = folder.file("keys", "A=1", 0o600);
    let nobody = nix::unistd::Uid::from_raw(65_534);
    // Only root may give a file away; for others `/etc/passwd` stands in, whose owner is root and whose mode is too open.
    if nix::unistd::chown(&path, Some(nobody), None).is_ok() {
        assert!(refusal(&path).contains("it belongs to the user 65534, who could change it"), "{}", refusal(&path));
    } else {
        assert!(refusal(Path::new("/etc/passwd")).contains("its mode is 0644"));
    }
}

#[test]
fn every_line_that_is_not_understood_is_told_without_what_it_holds() {
    let folder = Folder::new();
    let text = format!("{KEY}\nA={KEY}\nA={KEY}\nÄ={KEY}\nB={KEY}\u{7f}x\n1C={KEY}\nD=ключ\n");
    assert!(refusal(&folder.file("keys", &text, 0o600)).ends_with(
        ": line 1 is not `NAME=value`; line 3 repeats the name of an earlier line; \
         line 4 has a name with other characters than letters, digits and `_`; \
         line 5 has a value with characters that no key has; \
         line 6 has a name with other characters than letters, digits and `_`; \
         line 7 has a value with characters that no key has"
    ));
    let told = refusal(&folder.file("many", &format!("{KEY}\n").repeat(13), 0o600));
    assert!(told.ends_with("line 10 is not `NAME=value`; and 3 more"), "{told}");
    let broken =
        [format!("A = \"1\"\nB = {KEY}\n"), format!("A = \"1\"\nB = \"{KEY}\n"), format!("A = 1\nB = [\"{KEY}\"]")];
    let told = broken.map(|text| refusal(&folder.file("keys.toml", &text, 0o600)));
    assert!(told[0].ends_with(": line 2 is not TOML"), "{}", told[0]);
    assert!(told[1].ends_with(": line 2 is not TOML"), "{}", told[1]);
    assert!(told[2].ends_with(": line 1 is not `NAME = \"value\"`; line 2 is not `NAME = \"value\"`"), "{}", told[2]);
    assert!(told.iter().all(|told| !told.contains("canary")));
}
