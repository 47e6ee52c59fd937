//! A site with its daemon, browsers that visit its console over TLS, and a security key in software.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use rackward_dashboard::LinkFor;
use reqwest::{Certificate, Response};
use serde_json::Value;
use tempfile::TempDir;
use webauthn_rs::prelude::Url;

use crate::clock;
use crate::config::Config;
use crate::daemon::Daemon;

/// A test that hangs is worse than one that fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Site {
    pub(super) dir: TempDir,
    pub(super) daemon: Daemon,
}

impl Site {
    pub(super) async fn start() -> Self {
        Self::start_with("").await
    }

    pub(super) async fn start_with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n[storage]\ndir = \"state\"\n\
             [console]\nlisten = \"127.0.0.1:0\"\nnames = [\"localhost\"]\n\
             [[area]]\npath = \"lon1/lobby\"\n{more}"
        );
        std::fs::write(dir.path().join("rackward.toml"), text).unwrap();
        let daemon = Self::run(&dir).await;
        Self { dir, daemon }
    }

    async fn run(dir: &TempDir) -> Daemon {
        Daemon::start(Config::read(&dir.path().join("rackward.toml")).unwrap()).await.unwrap()
    }

    pub(super) async fn restart(self) -> Self {
        self.daemon.stop().await.unwrap();
        let daemon = Self::run(&self.dir).await;
        Self { dir: self.dir, daemon }
    }

    /// The same without what it kept in one file.
    pub(super) async fn restart_without(self, file: &str) -> Self {
        self.daemon.stop().await.unwrap();
        std::fs::remove_file(self.dir.path().join("state").join(file)).unwrap();
        let daemon = Self::run(&self.dir).await;
        Self { dir: self.dir, daemon }
    }

    pub(super) async fn stop(self) {
        self.daemon.stop().await.unwrap();
    }

    pub(super) fn origin(&self) -> String {
        self.daemon.sessions.console().to_owned()
    }

    pub(super) fn link(&self, whom: LinkFor) -> String {
        self.daemon.sessions.new_link_for(whom, clock::now().monotonic).unwrap()
    }

    pub(super) fn browser(&self) -> Browser {
        self.browser_called("browser")
    }

    pub(super) fn browser_called(&self, agent: &str) -> Browser {
        // Another test of this process may have been faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = std::fs::read(self.dir.path().join("state/authority.pem")).unwrap();
        let http = reqwest::Client::builder()
            .tls_certs_only([Certificate::from_pem(&authority).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(agent)
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Browser { http, origin: self.origin(), cookies: Vec::new() }
    }
}

pub(super) struct Browser {
    http: reqwest::Client,
    origin: String,
    /// Name and value, with what was said of it.
    cookies: Vec<(String, String)>,
}

pub(super) struct Page {
    pub(super) status: u16,
    pub(super) text: String,
    headers: reqwest::header::HeaderMap,
}

impl Page {
    pub(super) fn json(&self) -> Value {
        super::parsed(&self.text)
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(super) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", self.text)).1;
        rest.split_once(after).unwrap().0.to_owned()
    }
}

/// A stream that goes on.
pub(super) struct Open {
    response: Response,
    heard: String,
}

impl Open {
    pub(super) async fn ended(mut self) {
        while self.response.chunk().await.unwrap().is_some() {}
    }

    /// Reads until it has said this.
    pub(super) async fn tells(mut self, words: &str) {
        while !self.heard.contains(words) {
            let chunk = self.response.chunk().await.unwrap();
            let chunk = chunk.unwrap_or_else(|| panic!("it ended without {words}: {}", self.heard));
            self.heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}

impl Browser {
    pub(super) fn cookie_line(&self) -> String {
        self.cookies.last().map(|(_, line)| line.clone()).unwrap_or_default()
    }

    pub(super) fn steal(&mut self, other: &Self) {
        self.cookies.clone_from(&other.cookies);
    }

    pub(super) fn moved_to(&mut self, site: &Site) {
        (self.http, self.origin) = (site.browser().http, site.origin());
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// What a program with a token gets.
    pub(super) async fn get_with_token(&self, path: &str, token: &str) -> u16 {
        self.page_with_token(path, token).await.status
    }

    pub(super) async fn page_with_token(&self, path: &str, token: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.origin)).bearer_auth(token);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Page { status, headers, text: response.text().await.unwrap() }
    }

    pub(super) async fn stream(&mut self, path: &str) -> Open {
        let request = self.http.get(format!("{}{path}", self.origin)).header("cookie", self.cookie_header());
        let mut response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let first = response.chunk().await.unwrap().unwrap();
        Open { response, heard: String::from_utf8_lossy(&first).into_owned() }
    }

    pub(super) async fn post(&mut self, path: &str, body: &Value) -> Page {
        let request = self.http.post(format!("{}{path}", self.origin)).json(body);
        self.send(request).await
    }

    /// A change, which has a key of its own.
    pub(super) async fn change(&mut self, path: &str, body: &Value) -> Page {
        static CHANGES: AtomicU64 = AtomicU64::new(0);
        let key = format!("\"change-{}\"", CHANGES.fetch_add(1, Ordering::Relaxed));
        let request = self.http.post(format!("{}{path}", self.origin)).header("idempotency-key", key).json(body);
        self.send(request).await
    }

    pub(super) async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encoded = |text: &str| -> String {
            text.bytes()
                .map(
                    |byte| {
                        if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }
                    },
                )
                .collect()
        };
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.http.post(format!("{}{path}", self.origin));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(pairs.join("&"));
        self.send(request).await
    }

    fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter().map(|(_, line)| line.split(';').next().unwrap());
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let response = request.header("cookie", self.cookie_header()).send().await.unwrap();
        for line in response.headers().get_all("set-cookie") {
            let line = line.to_str().unwrap().to_owned();
            let name = line.split('=').next().unwrap().to_owned();
            self.cookies.retain(|(known, _)| *known != name);
            self.cookies.push((name, line));
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Page { status, headers, text: response.text().await.unwrap() }
    }
}

/// Whoever holds the key is there and has shown a finger.
struct Owner;

type Checking<'a> = std::pin::Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'a>>;

impl UserValidationMethod for Owner {
    type PasskeyItem = Passkey;

    fn check_user<'a, 'life0, 'async_trait>(
        &'life0 self,
        _hint: UiHint<'a, Self::PasskeyItem>,
        _presence: bool,
        _verification: bool,
    ) -> Checking<'async_trait>
    where
        'a: 'async_trait,
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async { Ok(UserCheck { presence: true, verification: true }) })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

/// A security key in software, with the browser that asks it.
pub(super) struct SecurityKey(Option<Passkey>);

impl SecurityKey {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Makes a passkey as the page at `origin` asks for; gives what the page sends on.
    pub(super) async fn make(&mut self, origin: &str, options: &Value) -> String {
        let options: CredentialCreationOptions = serde_json::from_value(options.clone()).unwrap();
        let key = Authenticator::new(Aaguid::new_empty(), self.0.take(), Owner, RustCryptoBackend);
        let mut client = Client::new(key).allows_insecure_localhost(true);
        let made = client.register(&Url::parse(origin).unwrap(), options, DefaultClientData).await.unwrap();
        self.0 = client.authenticator_mut().store_mut().clone();
        in_base64(serde_json::to_value(made).unwrap()).to_string()
    }

    /// Answers as the page at `origin` asks for.
    pub(super) async fn answer(&mut self, origin: &str, options: &Value) -> String {
        let options: CredentialRequestOptions = serde_json::from_value(options.clone()).unwrap();
        let key = Authenticator::new(Aaguid::new_empty(), self.0.clone(), Owner, RustCryptoBackend);
        let client = Client::new(key).allows_insecure_localhost(true);
        let mut client = client;
        let answered = client.authenticate(&Url::parse(origin).unwrap(), options, DefaultClientData).await;
        self.0 = client.authenticator_mut().store_mut().clone();
        in_base64(serde_json::to_value(answered.unwrap()).unwrap()).to_string()
    }
}

/// Bytes as browsers write them in JSON: base64url instead of lists of numbers.
fn in_base64(value: Value) -> Value {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_u64) => {
            let bytes: Vec<u8> = items.iter().map(|item| u8::try_from(item.as_u64().unwrap()).unwrap()).collect();
            data_encoding::BASE64URL_NOPAD.encode(&bytes).into()
        }
        Value::Array(items) => items.into_iter().map(in_base64).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, in_base64(value))).collect(),
        other => other,
    }
}
