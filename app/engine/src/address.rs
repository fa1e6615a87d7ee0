//! Which addresses a notebook may ask for at all, whatever a person would allow.
//!
//! A page must not be a way into the network that its reader sits in: what lies on their own device or
//! behind their router is asked for only by a page that itself comes from there.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The parts of an address, as a browser's URL parser gives them: the host in lower case, and an IP in
/// its usual form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// `https:` and the like.
    pub scheme: &'a str,
    /// The host without its port; an IPv6 in brackets.
    pub host: &'a str,
    /// Whether it holds a user name or a password.
    pub has_credentials: bool,
}

/// Why an address is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is neither of https, nor of this device where the page is of this device too.
    Scheme,
    /// It is of a private network, and the page is not.
    Private,
    /// It holds a user name or a password.
    Credentials,
}

impl Trouble {
    /// The same as a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Scheme => "Only https addresses can be read from a notebook.",
            Self::Private => {
                "A notebook cannot read addresses of this device or of a private network."
            }
            Self::Credentials => {
                "An address with a name or a password in it is not read from a notebook."
            }
        }
    }
}

/// Whether a page of this host may ask for an address.
///
/// # Errors
/// It may not.
pub fn check(address: Address<'_>, page_host: &str) -> Result<(), Trouble> {
    if address.has_credentials {
        return Err(Trouble::Credentials);
    }
    if is_private(address.host) && !is_private(page_host) {
        return Err(Trouble::Private);
    }
    match address.scheme {
        "https:" => Ok(()),
        "http:" if is_loopback(address.host) && is_loopback(page_host) => Ok(()),
        _ => Err(Trouble::Scheme),
    }
}

/// Whether a host is this very device.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    match ip(host) {
        Some(Ip::Four(ip)) => ip.is_loopback(),
        Some(Ip::Six(ip)) => ip.is_loopback(),
        None => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether a host is of this device or of a private network, as far as its name says.
fn is_private(host: &str) -> bool {
    match ip(host) {
        Some(Ip::Four(ip)) => is_private_v4(ip),
        Some(Ip::Six(ip)) => is_private_v6(ip),
        None => {
            let host = host.strip_suffix('.').unwrap_or(host);
            let ends = [
                ".localhost",
                ".local",
                ".internal",
                ".home.arpa",
                ".lan",
                ".home",
                ".intranet",
                ".corp",
            ];
            !host.contains('.') || ends.iter().any(|end| host.ends_with(end))
        }
    }
}

enum Ip {
    Four(Ipv4Addr),
    Six(Ipv6Addr),
}

fn ip(host: &str) -> Option<Ip> {
    let six = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if let Some(six) = six {
        return six
            .parse()
            .ok()
            .map(|ip: Ipv6Addr| ip.to_ipv4_mapped().map_or(Ip::Six(ip), Ip::Four));
    }
    host.parse().ok().map(Ip::Four)
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || first == 0
        // Shared by the customers of a provider (RFC 6598), for measurements (RFC 2544), and not in use.
        || (first == 100 && (64..128).contains(&second))
        || (first == 198 && (18..20).contains(&second))
        || first >= 240
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    // Those in use on the public net begin with 2 or 3 (RFC 4291); of them, two ways to wrap an IPv4.
    first & 0xe000 != 0x2000 || first == 0x2002 || ip.segments()[..2] == [0x2001, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_all(page: &str, addresses: &[(&str, &str)], expect: Result<(), Trouble>) {
        for (scheme, host) in addresses {
            let address = Address {
                scheme,
                host,
                has_credentials: false,
            };
            assert_eq!(check(address, page), expect, "{scheme}//{host} from {page}");
        }
    }

    #[test]
    fn a_page_of_the_net_asks_for_https_of_the_net() {
        let public = [
            ("https:", "example.org"),
            ("https:", "93.184.216.34"),
            ("https:", "[2606:2800:220:1::1]"),
        ];
        check_all("example.org", &public, Ok(()));
        let others = [
            ("http:", "example.org"),
            ("ftp:", "example.org"),
            ("data:", "x.y"),
        ];
        check_all("example.org", &others, Err(Trouble::Scheme));
    }

    #[test]
    fn what_is_private_is_not_asked_for_by_a_page_of_the_net() {
        let private = [
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00::1]",
            "[::ffff:192.168.1.1]",
            "[64:ff9b::a00:1]",
            "[2002:a00:1::]",
            "router",
            "printer.local",
            "metadata.internal",
            "fritz.lan.",
        ];
        let private: Vec<(&str, &str)> = private.iter().map(|host| ("https:", *host)).collect();
        check_all("example.org", &private, Err(Trouble::Private));
        check_all("localhost", &private, Ok(()));
    }

    #[test]
    fn a_page_of_this_device_asks_for_http_of_this_device() {
        let own = [("http:", "127.0.0.1"), ("http:", "localhost")];
        check_all("localhost", &own, Ok(()));
        check_all("[::1]", &own, Ok(()));
        check_all("192.168.1.5", &own, Err(Trouble::Scheme));
        let others = [("http:", "192.168.1.5"), ("http:", "example.org")];
        check_all("localhost", &others, Err(Trouble::Scheme));
    }

    #[test]
    fn names_and_passwords_do_not_belong_in_an_address() {
        let address = Address {
            scheme: "https:",
            host: "example.org",
            has_credentials: true,
        };
        assert_eq!(check(address, "localhost"), Err(Trouble::Credentials));
    }
}
