use secrecy::ExposeSecret as _;

use super::{DEFAULT_REGISTRY, of_text};
use crate::packages::Authorization;

fn token(text: &str) -> Option<String> {
    match of_text(text).authorization? {
        Authorization::Bearer(token) => Some(token.expose_secret().to_owned()),
        Authorization::Basic(pair) => Some(format!("basic {}", pair.expose_secret())),
    }
}

#[test]
fn without_settings_npms_own_registry_is_asked() {
    let settings = of_text("; nothing\n# registry=https://commented.test/\nfund=false\n");
    assert_eq!(settings.registry, DEFAULT_REGISTRY);
    assert!(settings.authorization.is_none() && settings.private_scopes.is_empty() && settings.proxy.is_none());
}

#[test]
fn the_operators_registry_is_asked_with_its_own_key() {
    let text = "registry = \"https://npm.example.test/repository/all/\"\n\
                //npm.example.test/:_authToken=of-the-host\n\
                //npm.example.test/repository/all/:_authToken=of-the-place\n\
                //registry.other.test/:_authToken=of-another\n\
                @inner:registry=https://inner.test/\n\
                @same:registry=https://npm.example.test/repository/all\n\
                https-proxy=http://proxy.test:8080\nnoproxy=a.test,b.test\ncafile=/etc/own.pem\n";
    let settings = of_text(text);
    assert_eq!(settings.registry, "https://npm.example.test/repository/all/");
    assert_eq!(token(text).as_deref(), Some("of-the-place"));
    assert_eq!(settings.private_scopes, ["@inner"]);
    assert_eq!(settings.proxy.as_deref(), Some("http://proxy.test:8080"));
    assert_eq!(settings.no_proxy.as_deref(), Some("a.test,b.test"));
    assert_eq!(settings.certificate_files, [std::path::PathBuf::from("/etc/own.pem")]);
}

#[test]
fn a_key_is_shown_to_no_other_place() {
    for line in [
        "//npm.example.test.evil.test/:_authToken=k",
        "//npm.example.test/repository/private/:_authToken=k",
        "//npm.example.tes:_authToken=k",
        "_authToken=k",
        "//npm.example.test/:_authToken=${NPM_TOKEN}",
        "//npm.example.test/:_authToken=",
    ] {
        assert_eq!(token(&format!("registry=https://npm.example.test/repository/all/\n{line}\n")), None, "{line}");
    }
    assert_eq!(token("registry=https://a.test/\n//a.test/:_auth=bm86bm8=\n").as_deref(), Some("basic bm86bm8="));
}
