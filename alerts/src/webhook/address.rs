//! Where a webhook may lead.

use super::sign::{MAX_SECRETS, Secret};
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

const LONGEST_URL_BYTES: usize = 2_048;

/// What the operator allows. Both are off by default; a deployment for development turns them on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Allow `http` besides `https`.
    pub plain_http: bool,
    /// Allow loopback, private, link-local and other addresses that are not of the public internet.
    pub private_addresses: bool,
}

/// A receiver of webhooks: where, signed with what, and how patient. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(super) url: Url,
    pub(super) secrets: Vec<Secret>,
    pub(super) timeout: Duration,
}

/// Why an endpoint is refused, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// The text is no URL.
    #[error("the webhook's address is not a URL: {0}")]
    Url(String),
    /// The text is too long.
    #[error("the webhook's address has {0} bytes, and {LONGEST_URL_BYTES} are allowed")]
    TooLong(usize),
    /// Another scheme than the rules allow.
    #[error("the webhook's address begins with '{0}:', and only https is allowed here")]
    Scheme(String),
    /// A name or password stands in the URL.
    #[error("the webhook's address holds a user name or password: leave it out, messages are signed")]
    Credentials,
    /// An address that the rules do not allow.
    #[error("the webhook's address {0} is not one of the public internet")]
    Address(IpAddr),
    /// No secret, or too many.
    #[error("a webhook needs 1 to {MAX_SECRETS} secrets, and {0} are given")]
    Secrets(usize),
}

impl Endpoint {
    /// Checks an endpoint against the rules. A host name is judged when it is resolved, at each attempt.
    ///
    /// # Errors
    /// When the URL or the secrets break a rule.
    pub fn new(url: &str, secrets: Vec<Secret>, timeout: Duration, rules: Rules) -> Result<Self, InvalidEndpoint> {
        if url.len() > LONGEST_URL_BYTES {
            return Err(InvalidEndpoint::TooLong(url.len()));
        }
        let url = Url::parse(url).map_err(|error| InvalidEndpoint::Url(error.to_string()))?;
        let scheme = url.scheme();
        if scheme != "https" && !(scheme == "http" && rules.plain_http) {
            return Err(InvalidEndpoint::Scheme(scheme.chars().take(20).collect()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidEndpoint::Credentials);
        }
        if let Some(address) = literal_address(&url).filter(|address| !rules.allow(*address)) {
            return Err(InvalidEndpoint::Address(address));
        }
        if secrets.is_empty() || secrets.len() > MAX_SECRETS {
            return Err(InvalidEndpoint::Secrets(secrets.len()));
        }
        Ok(Self { url, secrets, timeout })
    }

    /// Where it leads.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }
}

/// The address that stands in a URL instead of a name. The URL's own parser has already read octal, hexadecimal and
/// shortened forms.
pub(super) fn literal_address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

impl Rules {
    /// Whether a connection to `address` may be made.
    #[must_use]
    pub fn allow(self, address: IpAddr) -> bool {
        self.private_addresses
            || match address {
                IpAddr::V4(address) => is_public_v4(address),
                IpAddr::V6(address) => is_public_v6(address),
            }
    }
}

/// After the IANA special-purpose registry (RFC 6890 and its successors).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !special
}

/// Only global unicast (`2000::/3`), and of the forms that wrap an IPv4 address only those that wrap a public one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(wrapped) = address.to_ipv4_mapped() {
        return is_public_v4(wrapped);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        // NAT64.
        (0x64, 0xff9b) => (c, d, e, f) == (0, 0, 0, 0) && is_public_v4(joined(g, h)),
        // 6to4.
        (0x2002, _) => is_public_v4(joined(b, c)),
        // Teredo and the other protocol assignments, and documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        _ => (0x2000..0x4000).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, rules: Rules) -> Result<Endpoint, InvalidEndpoint> {
        Endpoint::new(url, vec![Secret::from_bytes(&[1; 32]).unwrap()], Duration::from_secs(1), rules)
    }

    #[test]
    fn addresses() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("1.1.1.1", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("192.0.0.8", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("240.0.0.1", false),
            ("2606:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("fc00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::101:101", true),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
            ("2001:0:1::", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Rules::default().allow(address), public, "{address}");
            assert!(Rules { private_addresses: true, ..Rules::default() }.allow(address));
        }
    }

    #[test]
    fn urls() {
        let (strict, open) = (Rules::default(), Rules { plain_http: true, private_addresses: true });
        for (url, in_strict, in_open) in [
            ("https://hooks.example.com/waybill?team=a", true, true),
            ("http://hooks.example.com/", false, true),
            ("https://127.0.0.1/", false, true),
            ("https://2130706433/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://[::1]/", false, true),
            ("https://[::ffff:10.0.0.1]/", false, true),
            ("https://1.1.1.1/", true, true),
            ("https://user:secret@example.com/", false, false),
            ("ftp://example.com/", false, false),
            ("file:///etc/passwd", false, false),
            ("example.com", false, false),
            ("", false, false),
        ] {
            assert_eq!(endpoint(url, strict).is_ok(), in_strict, "strict: {url}");
            assert_eq!(endpoint(url, open).is_ok(), in_open, "open: {url}");
        }
    }

    #[test]
    fn lengths_and_secrets_stand_on_both_sides_of_their_limits() {
        let url = |length: usize| format!("https://a.example/{}", "x".repeat(length - 18));
        assert!(endpoint(&url(2_048), Rules::default()).is_ok());
        assert_eq!(endpoint(&url(2_049), Rules::default()).unwrap_err(), InvalidEndpoint::TooLong(2_049));
        let secret = Secret::from_bytes(&[1; 32]).unwrap();
        for (count, good) in [(0, false), (1, true), (3, true), (4, false)] {
            let made =
                Endpoint::new("https://a.example", vec![secret.clone(); count], Duration::ZERO, Rules::default());
            assert_eq!(made.is_ok(), good, "{count} secrets");
        }
    }
}
