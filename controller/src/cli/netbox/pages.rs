//! NetBox's API, page by page. Its token is said to the address that was typed and to no other: of the address of a next page only
//! path and query count. Every wait and every answer is bounded; a list counts only if it is whole.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, StatusCode, Uri, header};
use rackward_dashboard::wire::request::RackOfRegister;
use serde_json::Value;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{RACKS_MAX_COUNT, Racks, odd};
use crate::cli::connection::address::ServerAddress;
use crate::cli::connection::caller::AGENT;
use crate::cli::connection::{Link, Server, trust};
use crate::cli::failure::{Exit, Failure};
use crate::secrets::read_private;

/// How long one page may take.
const PAGE_TIMEOUT_S: u64 = 30;
/// The longest page: hundreds of racks with everything that NetBox says of them.
const MAX_PAGE_BYTES: usize = 32 << 20;
/// How many racks a page has.
const PAGE_RACKS: usize = 200;
/// What tokens of NetBox's second kind begin with (NetBox 4.5: `Bearer nbt_<key>.<secret>`).
const SECOND_KIND: &str = "nbt_";

/// Where NetBox is, and what of it is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Its address, with the path below which it is served.
    pub(crate) url: &'a str,
    /// The file with the token.
    pub(crate) token_file: &'a Path,
    /// The certificate of its authority; public ones count without it.
    pub(crate) ca_file: Option<&'a Path>,
    /// One of its sites, by slug.
    pub(crate) site: Option<&'a str>,
    /// Racks of one status.
    pub(crate) status: Option<&'a str>,
}

/// Every rack that is wanted.
///
/// # Errors
/// NetBox cannot be reached, takes no such token, or does not give a whole list; or everything that is wrong with single racks.
pub(crate) async fn fetch(source: &Source<'_>) -> Result<Vec<RackOfRegister>, Failure> {
    let netbox = NetBox::of(source)?;
    let mut racks = Racks::default();
    let mut next = Some(netbox.first(source));
    let mut promised = None;
    while let Some(target) = next {
        let page = netbox.page(&target).await?;
        let count = page.get("count").and_then(Value::as_u64).ok_or_else(|| odd("an answer has no count"))?;
        if *promised.get_or_insert(count) != count {
            return Err(odd("the number of racks changed between two pages; try again"));
        }
        let results = page.get("results").and_then(Value::as_array).ok_or_else(|| odd("an answer has no results"))?;
        // Before the first page is taken: nobody waits for thousands of pages to hear this.
        if count > RACKS_MAX_COUNT as u64 {
            return Err(odd(format!(
                "there are {count} racks, and at most {RACKS_MAX_COUNT} are taken; take one site at a time with --site"
            )));
        }
        if (racks.count + results.len()) as u64 > count {
            return Err(odd(format!("it promised {count} racks and goes on giving more; its pages do not end")));
        }
        results.iter().for_each(|item| racks.take_next(item));
        next = match page.get("next") {
            None | Some(Value::Null) => None,
            Some(_) if results.is_empty() => return Err(odd("a page is empty and names a next one")),
            Some(place) => Some(netbox.next(place.as_str().unwrap_or_default())?),
        };
    }
    match promised {
        Some(count) if count == racks.count as u64 => racks.whole(),
        Some(count) => Err(odd(format!("it promised {count} racks and gave {}", racks.count))),
        None => Err(odd("there was no answer")),
    }
}

/// A NetBox that can be asked.
struct NetBox {
    link: Link,
    address: ServerAddress,
    /// The path below which it is served, without a slash at its end.
    below: String,
    token: Zeroizing<String>,
}

impl NetBox {
    fn of(source: &Source<'_>) -> Result<Self, Failure> {
        let wrong = |why: &dyn std::fmt::Display| Failure::usage("--url", why);
        let uri: Uri = source.url.trim().parse().map_err(|_| wrong(&"write it as https://host/path"))?;
        if uri.query().is_some() {
            return Err(wrong(&"nothing may stand behind the path"));
        }
        let (scheme, authority) = (uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |a| a.as_str()));
        let address = ServerAddress::parse(&format!("{scheme}://{authority}")).map_err(|error| wrong(&error))?;
        let below = uri.path().trim_end_matches('/').trim_end_matches("/api").to_owned();
        let tls = match (address.is_over_tls(), source.ca_file) {
            (false, _) => None,
            (true, None) => Some(trust::trusting(None)?),
            (true, Some(file)) => Some(trust::trusting(Some(&trust::authorities_in(file)?))?),
        };
        let server = Server { address: address.clone(), tls, sign_in: "rackward rack import netbox".to_owned() };
        Ok(Self { link: Link::Server(Arc::new(server)), address, below, token: token_in(source.token_file)? })
    }

    fn first(&self, source: &Source<'_>) -> String {
        let mut target = format!("{}/api/dcim/racks/?limit={PAGE_RACKS}", self.below);
        for (name, value) in [("site", source.site), ("status", source.status)] {
            if let Some(value) = value {
                target += &format!("&{name}={}", crate::cli::client::percent(value));
            }
        }
        target
    }

    /// The path and query of a next page. Where its address points, nobody is asked.
    fn next(&self, place: &str) -> Result<String, Failure> {
        let uri: Uri = place.parse().map_err(|_| odd("the address of a next page cannot be read"))?;
        let target = uri.path_and_query().map_or("", |rest| rest.as_str());
        let wanted = format!("{}/api/dcim/racks/?", self.below);
        if target.starts_with(&wanted) {
            return Ok(target.to_owned());
        }
        Err(odd(format!("a next page is somewhere else: {target}; is the path of --url right?")))
    }

    async fn page(&self, target: &str) -> Result<Value, Failure> {
        let asking = async {
            let request = Request::get(target)
                .header(header::HOST, self.address.authority())
                .header(header::USER_AGENT, AGENT)
                .header(header::ACCEPT, "application/json")
                .header(header::AUTHORIZATION, self.authorization()?)
                .body(Full::<Bytes>::default())
                .map_err(|error| Failure::usage("--url", &error))?;
            let (mut sender, _connection) = self.link.open().await.map_err(unreached)?;
            let response = sender.send_request(request).await.map_err(|error| self.unreached(&error))?;
            let status = response.status();
            let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kind = kind.unwrap_or_default().to_owned();
            let body = Limited::new(response.into_body(), MAX_PAGE_BYTES).collect().await;
            self.understood(status, &kind, body.map(http_body_util::Collected::to_bytes))
        };
        let late = |_| self.unreached(&format_args!("no whole page within {PAGE_TIMEOUT_S} s"));
        timeout(Duration::from_secs(PAGE_TIMEOUT_S), asking).await.map_err(late)?
    }

    fn understood(
        &self,
        status: StatusCode,
        kind: &str,
        body: Result<Bytes, Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<Value, Failure> {
        match status.as_u16() {
            200 => {}
            300..=399 => {
                return Err(odd(format!(
                    "it answers {status}, a way to somewhere else; give its own address in --url"
                )));
            }
            401 | 403 => {
                let help = "make a token that may read racks, and put it alone into the file";
                let detail = format!("{} answers {status}", self.address);
                return Err(Failure::new(
                    Exit::NotSignedIn,
                    "netbox-token",
                    "NetBox does not take the token",
                    detail,
                    help,
                ));
            }
            404 => {
                return Err(odd(format!(
                    "{} has nothing at {}/api/dcim/racks/; is the path of --url right?",
                    self.address, self.below
                )));
            }
            429 | 500..=599 => return Err(self.unreached(&format_args!("it answers {status}"))),
            _ => return Err(odd(format!("it answers {status}"))),
        }
        let body = body.map_err(|error| odd(format!("a page broke off half-way: {error}")))?;
        if !kind.starts_with("application/json") {
            return Err(odd(format!("it answers {}, and not JSON; is this NetBox's own address?", kind_words(kind))));
        }
        serde_json::from_slice(&body).map_err(|error| odd(format!("a page is no JSON, or not whole: {error}")))
    }

    fn authorization(&self) -> Result<header::HeaderValue, Failure> {
        let kind = if self.token.starts_with(SECOND_KIND) { "Bearer" } else { "Token" };
        let text = Zeroizing::new(format!("{kind} {}", self.token.as_str()));
        let mut value = header::HeaderValue::from_str(&text).map_err(|_| no_token("it holds what no token does"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn unreached(&self, cause: &dyn std::fmt::Display) -> Failure {
        let help = "see that NetBox runs and can be reached from here; nothing was changed";
        let detail = format!("{}: {cause}", self.address);
        Failure::new(Exit::Unreachable, "netbox-unreachable", "NetBox does not answer", detail, help)
    }
}

/// What a link says of a daemon, said of NetBox.
fn unreached(failure: Failure) -> Failure {
    let help = "see that NetBox runs and can be reached from here; nothing was changed";
    failure
        .helped_instead("unreachable", help)
        .helped_instead("wrong-certificate", "name its authority with --ca-file; nothing was changed")
}

fn kind_words(kind: &str) -> &str {
    match kind.split(';').next().unwrap_or_default().trim() {
        "" => "something without a kind",
        kind => kind,
    }
}

fn no_token(why: &str) -> Failure {
    let help = "put NetBox's token alone into the file, readable for you alone (chmod 600)";
    Failure::new(Exit::NotSignedIn, "no-token", "the token for NetBox cannot be used", why, help)
}

fn token_in(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = read_private(file).map_err(|error| no_token(&error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { Ok(Zeroizing::new(text.to_owned())) } else { Err(no_token("it holds no token")) }
}
