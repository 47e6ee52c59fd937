//! Asks the provider over HTTPS, within bounds of time and size, and nobody else: a provider that is not what it should be
//! could otherwise send us to an address inside. Redirects are not followed, and an address is asked only where its host is
//! the issuer's or one that the site file names.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rackward_core::operator::ProviderFault;

use super::ProviderSettings;
use crate::pki::Authority;

/// How long the provider may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer taken, in bytes.
const ANSWER_MAX_BYTES: usize = 256 * 1024;

/// The port of `https` (RFC 9110, clause 4.2.2).
const HTTPS_PORT: u16 = 443;

/// Asks the provider.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    http: reqwest::Client,
    hosts: Hosts,
}

/// The hosts that may be asked.
#[derive(Debug, Clone)]
struct Hosts(Vec<Host>);

/// A host with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Host(String, u16);

/// The provider gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("the provider cannot be reached: {0}")]
    Away(#[from] reqwest::Error),
    #[error("the provider's answer is longer than any that is of use")]
    TooLong,
    #[error("the provider's answer cannot be read: {0}")]
    Unreadable(#[from] openidconnect::http::Error),
    #[error("the provider names an address at {0}, which is neither the issuer's nor in [oidc] hosts")]
    Elsewhere(String),
}

impl Unanswered {
    pub(super) const fn fault(&self) -> ProviderFault {
        match self {
            Self::Away(_) => ProviderFault::Away,
            Self::TooLong | Self::Unreadable(_) | Self::Elsewhere(_) => ProviderFault::Answer,
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Asker {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

impl Asker {
    pub(super) fn new(settings: &ProviderSettings) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_TIMEOUT)
            .tls_backend_preconfigured(tls(settings)?)
            .build()
            .context("the client for the outside provider could not be made")?;
        let issuer = settings.issuer.strip_prefix("https://").unwrap_or_default();
        let authority = issuer.split(['/', '?', '#']).next().unwrap_or_default();
        let named = settings.hosts.iter().map(String::as_str);
        let hosts: Option<Vec<Host>> = std::iter::once(authority).chain(named).map(Host::parse).collect();
        let hosts = hosts.context("oidc.issuer or oidc.hosts names no host")?;
        Ok(Self { http, hosts: Hosts(hosts) })
    }

    /// Whether an address may be used: one that is asked, or to which browsers are sent.
    pub(super) fn check(&self, address: &str) -> Result<(), Unanswered> {
        self.hosts.check(address)
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        self.check(&request.uri().to_string())?;
        let mut response = self.http.execute(request.try_into()?).await?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_MAX_BYTES {
                return Err(Unanswered::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer.body(body)?)
    }
}

impl Hosts {
    fn check(&self, address: &str) -> Result<(), Unanswered> {
        let host = address.parse::<openidconnect::http::Uri>().ok().and_then(|uri| Host::of(&uri));
        match host {
            Some(host) if self.0.contains(&host) => Ok(()),
            Some(Host(name, port)) => Err(Unanswered::Elsewhere(format!("{name}:{port}"))),
            None => Err(Unanswered::Elsewhere("no host that is spoken to over TLS".to_owned())),
        }
    }
}

impl Host {
    /// `login.example.org` or `login.example.org:8443`.
    fn parse(text: &str) -> Option<Self> {
        let authority: openidconnect::http::uri::Authority = text.parse().ok()?;
        let name = authority.host();
        (!name.is_empty()).then(|| Self(name.to_ascii_lowercase(), authority.port_u16().unwrap_or(HTTPS_PORT)))
    }

    fn of(uri: &openidconnect::http::Uri) -> Option<Self> {
        (uri.scheme_str() == Some("https")).then_some(())?;
        Some(Self(uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(HTTPS_PORT)))
    }
}

/// TLS towards the provider: the authorities named, or none; there are no built-in ones, since a site says whom it trusts.
fn tls(settings: &ProviderSettings) -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = &settings.authority {
        let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let found = Authority::certificates_in(&pem);
        for der in found.map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))? {
            roots.add(der.into()).with_context(|| format!("{} holds what is no authority", path.display()))?;
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_were_named_are_asked() {
        let hosts = ["login.example.org", "keys.example.org:8443"].map(|host| Host::parse(host).unwrap());
        let hosts = Hosts(hosts.to_vec());
        let check = |address: &str, expect: bool| assert_eq!(hosts.check(address).is_ok(), expect, "{address}");
        check("https://login.example.org/token", true);
        check("https://LOGIN.example.org:443/token?x", true);
        check("https://keys.example.org:8443/jwks", true);
        check("https://keys.example.org/jwks", false);
        check("https://login.example.org:8443/token", false);
        check("http://login.example.org/token", false);
        check("https://login.example.org@10.0.0.1/token", false);
        check("https://10.0.0.1/token", false);
        check("https://[::1]/token", false);
        check("file:///etc/passwd", false);
        check("/token", false);
    }
}
