//! Which addresses may be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// Which addresses somebody may name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressRule {
    /// Any: who runs the program chose it, and a model on his own machine or network is what he may well want.
    #[default]
    Any,
    /// Addresses on the internet, over TLS: it was chosen by somebody who is not trusted with the program's network.
    Public,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressProblem {
    /// It is no URL, or has characters that readers of URLs disagree about.
    NotAUrl,
    /// Its scheme is not `https`, or `http` where that is allowed.
    Scheme,
    /// It has a user's name or password, which would be taken for the host by a hasty reader, and shown in logs.
    UserInfo,
    /// It has a `?`; paths are added to its end.
    Query,
    /// It has a `#`.
    Fragment,
    /// It is on this machine, in a private network, or not for one receiver on the internet.
    NotPublic,
}

impl AddressProblem {
    /// What to do about it, for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotAUrl => "it is no URL; write it as https://host/path, without spaces and backslashes",
            Self::Scheme => "it must begin with https:// (http:// is for servers of one's own)",
            Self::UserInfo => "it must not hold a user's name or password",
            Self::Query => "it must not hold a ?",
            Self::Fragment => "it must not hold a #",
            Self::NotPublic => "it must be an address on the internet",
        }
    }
}

/// Says what is wrong with the URL of an API; none when it may be used.
///
/// Hosts are read as browsers read them (WHATWG URL), so that `0x7f.1` and `2130706433` are 127.0.0.1. A name is judged
/// by itself here; what it resolves to is looked at when it is connected to.
#[must_use]
pub fn url_problem(text: &str, rule: AddressRule) -> Option<AddressProblem> {
    // A URL parser drops tabs and line ends and takes a backslash for a slash: what a person reads is then not what is asked.
    if text.contains('\\') || text.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Some(AddressProblem::NotAUrl);
    }
    let Ok(url) = Url::parse(text) else {
        return Some(AddressProblem::NotAUrl);
    };
    let is_allowed_scheme = url.scheme() == "https" || (url.scheme() == "http" && rule == AddressRule::Any);
    let authority = text.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if !is_allowed_scheme && url.scheme() != "http" {
        Some(AddressProblem::Scheme)
    } else if authority.contains('@') {
        Some(AddressProblem::UserInfo)
    } else if authority.is_empty() {
        // `https:host` and `https:///host` are forgiven by the parser.
        Some(AddressProblem::NotAUrl)
    } else if url.fragment().is_some() {
        Some(AddressProblem::Fragment)
    } else if url.query().is_some() {
        Some(AddressProblem::Query)
    } else if rule == AddressRule::Public && !is_public(&url) {
        Some(AddressProblem::NotPublic)
    } else if !is_allowed_scheme {
        Some(AddressProblem::Scheme)
    } else {
        None
    }
}

fn is_public(url: &Url) -> bool {
    // For http and https the parser has brought every form of an IPv4 address to its four numbers.
    let Some(host) = url.host_str() else {
        return false;
    };
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return is_public_v4(address);
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(is_public_v6);
    }
    let name = host.trim_end_matches('.');
    let is_own = |suffix: &str| name == suffix || name.ends_with(&format!(".{suffix}"));
    // Names for the machine itself (RFC 6761), its link (RFC 6762), private networks (ICANN's `internal`), and names of one word.
    name.contains('.') && !["localhost", "local", "internal", "home.arpa"].into_iter().any(is_own)
}

/// Whether an address is for one receiver on the internet.
pub(super) fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By IANA's registry of special-purpose IPv4 addresses (<https://www.iana.org/assignments/iana-ipv4-special-registry>).
const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // This network, shared space of carriers, protocol assignments, 6to4 relays, benchmarks; reserved and multicast.
        (0 | 224..=255, _, _) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) => true,
        _ => address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation(),
    };
    !is_special
}

/// By IANA's registry of special-purpose IPv6 addresses (<https://www.iana.org/assignments/iana-ipv6-special-registry>); an
/// IPv4 address inside one is judged by itself.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        // Mapped and, of old, compatible.
        (0, 0, 0, 0, 0, 0 | 0xffff) => is_public_v4(inner(g, h)),
        // Translated by NAT64.
        (0x64, 0xff9b, 0, 0, 0, 0) => is_public_v4(inner(g, h)),
        (0x2002, _, _, _, _, _) => is_public_v4(inner(b, c)),
        // Protocol assignments, Teredo among them; documentation.
        (0x2001, 0..=0x01ff | 0x0db8, _, _, _, _) | (0x3fff, 0..=0x0fff, _, _, _, _) => false,
        // Only this block is for one receiver on the internet.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
