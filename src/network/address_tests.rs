use super::{
    AddressProblem,
    AddressRule::{Any, Public},
    url_problem,
};

#[test]
fn public_addresses_are_for_everybody() {
    for url in [
        "https://api.openai.com/v1",
        "https://gigachat.devices.sberbank.ru/api/v1",
        "https://ngw.devices.sberbank.ru:9443/api/v2/oauth",
        "https://8.8.8.8/v1",
        "https://[2606:4700:4700::1111]/v1",
        "https://[::ffff:8.8.8.8]/v1",
        "https://локальный.рф/v1",
    ] {
        assert_eq!(url_problem(url, Public), None, "{url}");
        assert_eq!(url_problem(url, Any), None, "{url}");
    }
}

/// This machine, its networks and the metadata of clouds, however they are written.
#[test]
fn s60_s61_s62_a_user_does_not_reach_the_operators_network() {
    for host in [
        "169.254.169.254",
        "127.0.0.1:8080",
        "localhost:11434",
        "LOCALHOST",
        "localhost.",
        "api.localhost",
        "printer.local",
        "metadata.google.internal",
        "router.home.arpa",
        "redis",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "1",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[2001:db8::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}/latest");
            assert_eq!(url_problem(&url, Public), Some(AddressProblem::NotPublic), "{url}");
            assert_eq!(url_problem(&url, Any), None, "{url}");
        }
    }
}

/// What a person takes for the host is not what is asked.
#[test]
fn s63_a_host_is_what_it_looks_like() {
    for (url, problem) in [
        ("https://api.openai.com@evil.test/", AddressProblem::UserInfo),
        ("https://@evil.test/", AddressProblem::UserInfo),
        ("https://user:pass@api.openai.com/v1", AddressProblem::UserInfo),
        ("https://evil.test#@api.openai.com", AddressProblem::Fragment),
        ("https://evil.test/v1#", AddressProblem::Fragment),
        ("https://evil.test?@api.openai.com", AddressProblem::Query),
        ("https://evil.test/v1?", AddressProblem::Query),
        (r"https://evil.test\@api.openai.com", AddressProblem::NotAUrl),
        (r"https:\\evil.test", AddressProblem::NotAUrl),
        ("https://api.openai.com\n.evil.test/", AddressProblem::NotAUrl),
        (" https://evil.test/", AddressProblem::NotAUrl),
        ("https:evil.test", AddressProblem::NotAUrl),
        ("https:///evil.test", AddressProblem::NotAUrl),
        ("https://", AddressProblem::NotAUrl),
        ("evil.test/v1", AddressProblem::NotAUrl),
        ("", AddressProblem::NotAUrl),
        ("https://[::1", AddressProblem::NotAUrl),
        ("https://1.2.3.400/", AddressProblem::NotAUrl),
    ] {
        for rule in [Public, Any] {
            assert_eq!(url_problem(url, rule), Some(problem), "{url}");
        }
    }
}

#[test]
fn s64_only_http_is_spoken() {
    for url in ["file:///etc/passwd", "gopher://evil.test/", "ftp://evil.test/", "data:text/plain,x", "ws://evil.test"]
    {
        for rule in [Public, Any] {
            assert_eq!(url_problem(url, rule), Some(AddressProblem::Scheme), "{url}");
        }
    }
    assert_eq!(url_problem("http://api.openai.com/v1", Public), Some(AddressProblem::Scheme));
    assert_eq!(url_problem("http://vllm.lan/v1", Any), None);
}
