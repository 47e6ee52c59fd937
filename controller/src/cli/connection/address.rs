//! The address of a daemon's console as people type it: `https://host[:port]`. Plain HTTP is taken for this very machine
//! alone, as the daemon serves it: a token that goes over a network in the clear is everybody's.

use std::fmt;
use std::net::IpAddr;

use hyper::Uri;
use rustls::pki_types::ServerName;

/// Where a daemon's console is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerAddress {
    scheme: Scheme,
    /// A name in lower case, or an address without brackets.
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

impl Scheme {
    const fn usual_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// Why a text is no daemon's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAddress {
    /// It is no URL.
    #[error("write it as https://host:port")]
    Malformed,
    /// It begins otherwise.
    #[error("it must begin with https://")]
    Scheme,
    /// It holds a user name or a password.
    #[error("a name or password has no place in it; sign in with `rackward login`")]
    Login,
    /// It goes on behind the port.
    #[error("nothing may stand behind the port; the daemon serves its console at the root")]
    Path,
    /// It would go over a network unencrypted.
    #[error("http:// is for 127.0.0.1, [::1] and localhost alone; write https://")]
    Plain,
}

impl ServerAddress {
    /// Takes an address as typed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, NoAddress> {
        let uri: Uri = text.trim().parse().map_err(|_| NoAddress::Malformed)?;
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            Some(_) | None => return Err(NoAddress::Scheme),
        };
        let authority = uri.authority().ok_or(NoAddress::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(NoAddress::Login);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, digits)) if !digits.ends_with(']') => authority.port_u16().ok_or(NoAddress::Malformed)?,
            Some(_) | None => scheme.usual_port(),
        };
        if port == 0 || ServerName::try_from(host.as_str()).is_err() {
            return Err(NoAddress::Malformed);
        }
        if uri.path_and_query().is_some_and(|rest| rest.as_str() != "/") {
            return Err(NoAddress::Path);
        }
        let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if scheme == Scheme::Http && !is_here {
            return Err(NoAddress::Plain);
        }
        Ok(Self { scheme, host, port })
    }

    /// Whether TLS is spoken there.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// The host without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The host, and the port where it is not the usual one, as `Host` has it (RFC 9110, 7.2).
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == self.scheme.usual_port() { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.word(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_of_this_machine() {
        let check = |text: &str, expect: Result<&str, NoAddress>| {
            let got = ServerAddress::parse(text).map(|address| address.to_string());
            assert_eq!(got.as_deref(), expect.as_ref().map(|url| *url), "{text}");
        };
        check("https://Console.LON1.example:8443/", Ok("https://console.lon1.example:8443"));
        check("https://console.example:443", Ok("https://console.example"));
        check("https://10.0.0.5", Ok("https://10.0.0.5"));
        check("https://[fd00::1]:8443", Ok("https://[fd00::1]:8443"));
        check("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080"));
        check("http://[::1]:8080", Ok("http://[::1]:8080"));
        check("http://localhost:8080", Ok("http://localhost:8080"));
        check("http://10.0.0.5:8080", Err(NoAddress::Plain));
        check("http://localhost.evil.example", Err(NoAddress::Plain));
        check("console.example", Err(NoAddress::Scheme));
        check("ftp://console.example", Err(NoAddress::Scheme));
        check("https://me:secret@console.example", Err(NoAddress::Login));
        check("https://console.example/rackward", Err(NoAddress::Path));
        check("https://console.example/?a=b", Err(NoAddress::Path));
        check("https://console.example:0", Err(NoAddress::Malformed));
        check("https://console.example:99999", Err(NoAddress::Malformed));
        check("https://", Err(NoAddress::Malformed));
        check("", Err(NoAddress::Malformed));
    }

    #[test]
    fn the_host_line_has_no_usual_port() {
        let check = |text: &str, expect: &str| assert_eq!(ServerAddress::parse(text).unwrap().authority(), expect);
        check("https://a.example", "a.example");
        check("https://a.example:8443", "a.example:8443");
        check("https://[::1]:8443", "[::1]:8443");
    }
}
