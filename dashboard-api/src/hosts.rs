//! Under which names this daemon answers. A page of another site can have its own name point at this machine and then ask as
//! if it were the same site; the `Host` that browsers send tells (RFC 9110 clause 7.2, RFC 9112 clause 3.2). Addresses are
//! taken whichever they are: nobody can point those elsewhere.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::Api;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::serve::PeerAddress;
use crate::wire::problem::ProblemKind;

/// Which names are this daemon's, beside the loopback ones and every address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosts {
    /// Any: a certificate from elsewhere says which, and browsers look at that.
    Any,
    /// These.
    Named(Vec<String>),
}

impl Hosts {
    /// The one in an address such as `http://127.0.0.1:8080`.
    pub(crate) fn of_address(address: &str) -> Self {
        let host = address.parse::<Uri>().ok().and_then(|address| address.host().map(str::to_owned));
        Self::Named(host.into_iter().collect())
    }

    fn has(&self, authority: &Authority) -> bool {
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let is_address = host.parse::<IpAddr>().is_ok()
            || host
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .is_some_and(|inside| inside.parse::<Ipv6Addr>().is_ok());
        let is_loopback = host == "localhost" || host.ends_with(".localhost");
        match self {
            Self::Any => true,
            Self::Named(names) => {
                is_address
                    || is_loopback
                    || names.iter().any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(&host))
            }
        }
    }
}

/// Lets only requests through that are meant for this daemon.
pub(crate) async fn check(State(api): State<Api>, request: Request, next: Next) -> Response {
    // Whoever is on the machine's own socket was named by the kernel, and no page reaches it.
    if api.origin == Origin::LocalSocket {
        return next.run(request).await;
    }
    let comes_by_tcp = request.extensions().get::<PeerAddress>().is_some();
    match named(request.version(), request.uri(), request.headers()) {
        Named::Nothing if comes_by_tcp => {
            let detail = "a request over HTTP/1.1 has one Host line that names this daemon (RFC 9112 clause 3.2)";
            Refusal::new(ProblemKind::Malformed, detail).into_response()
        }
        Named::Unclear => {
            let detail = "Host must be there once, as a name or address with or without a port (RFC 9112 clause 3.2)";
            Refusal::new(ProblemKind::Malformed, detail).into_response()
        }
        Named::Host(authority) if !api.sessions.hosts().has(&authority) => {
            let detail = "the console is not reached by this name; whoever looks after it adds the name to \
                          `names` of [console], or open it by its address";
            Refusal::new(ProblemKind::Misdirected, detail).into_response()
        }
        Named::Nothing | Named::Host(_) | Named::Optional => next.run(request).await,
    }
}

/// What a request says whom it is meant for.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// This one.
    Host(Authority),
    /// Nobody, where it must.
    Nothing,
    /// Nobody, and need not.
    Optional,
    /// Several, or what is no host.
    Unclear,
}

fn named(version: Version, uri: &Uri, headers: &HeaderMap) -> Named {
    let mut given = headers.get_all(HOST).iter();
    let first = given.next().map(|host| host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()));
    match (first, given.next(), uri.authority()) {
        (_, Some(_), _) | (Some(None), ..) => Named::Unclear,
        // What stands in the address itself goes before (RFC 9112 clause 3.2.2; of HTTP/2 it is the only place).
        (Some(Some(_)), None, Some(authority)) => Named::Host(authority.clone()),
        (Some(Some(host)), None, None) => Named::Host(host),
        (None, None, _) if version == Version::HTTP_11 => Named::Nothing,
        (None, None, Some(authority)) => Named::Host(authority.clone()),
        (None, None, None) => Named::Optional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn names_that_are_not_ours_are_told_apart() {
        let ours = Hosts::Named(vec!["console.example".to_owned()]);
        let check = |host: &str, expect: bool| {
            let authority: Authority = host.parse().unwrap();
            assert_eq!(ours.has(&authority), expect, "{host}");
            assert!(Hosts::Any.has(&authority));
        };
        for host in
            ["console.example", "Console.Example.:8443", "localhost:80", "a.localhost", "127.0.0.1:1", "[::1]:8"]
        {
            check(host, true);
        }
        for host in
            ["evil.example", "console.example.evil.example", "notlocalhost", "127.0.0.1.evil.example", "example"]
        {
            check(host, false);
        }
        assert_eq!(Hosts::of_address("https://desk.lan:8443"), Hosts::Named(vec!["desk.lan".to_owned()]));
    }

    #[test]
    fn a_request_names_one_host() {
        let check = |version: Version, uri: &str, hosts: &[&str], expect: &str| {
            let headers = hosts.iter().map(|host| (HOST, HeaderValue::from_str(host).unwrap())).collect();
            let got = match named(version, &uri.parse().unwrap(), &headers) {
                Named::Host(authority) => authority.to_string(),
                other => format!("{other:?}"),
            };
            assert_eq!(got, expect, "{version:?} {uri} {hosts:?}");
        };
        check(Version::HTTP_11, "/", &["a:1"], "a:1");
        check(Version::HTTP_11, "/", &[], "Nothing");
        check(Version::HTTP_11, "/", &["a", "a"], "Unclear");
        check(Version::HTTP_11, "/", &["a b"], "Unclear");
        check(Version::HTTP_11, "/", &[""], "Unclear");
        check(Version::HTTP_11, "http://b/", &["a"], "b");
        check(Version::HTTP_11, "http://b/", &[], "Nothing");
        check(Version::HTTP_2, "https://b/", &[], "b");
        check(Version::HTTP_2, "https://b/", &["a", "b"], "Unclear");
        check(Version::HTTP_10, "/", &[], "Optional");
    }
}
