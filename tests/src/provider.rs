//! A provider of OpenID Connect on loopback, over TLS with an authority of its own: discovery, authorisation with PKCE, an
//! exchange of codes, keys. It is honest until it is told to be otherwise, so that what is refused can be tried one by one.
//! It knows nothing of the daemon, and asks nobody for a password: whoever comes is who the test says they are.
//!
//! Vocabulary: its *word* is what it says of whoever comes; its *conduct* is how it behaves as a server. Tokens are
//! `provider/token.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test's own provider says what went wrong by failing")]

mod token;

use std::collections::HashMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData as _};
use ring::digest::{SHA256, digest};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use token::Keys;
pub use token::Signed;

/// What we are called there.
pub const CLIENT_ID: &str = "rackward";

/// What we prove that by.
pub const CLIENT_SECRET: &str = "a secret of two, we and they";

/// For how long a token counts, in seconds.
const TOKEN_LIFE_S: i64 = 300;

/// How it behaves as a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// As it should.
    Serves,
    /// It ends every connection.
    HangsUp,
    /// It takes connections and says nothing.
    Silent,
    /// Its discovery is a redirect to this address.
    SendsTo(String),
    /// Its discovery names this address for tokens.
    TokensAt(String),
    /// Its discovery names this address for keys.
    KeysAt(String),
    /// Its answers do not end.
    Endless,
}

/// What it says of whoever comes.
#[derive(Clone, Debug)]
pub struct Word {
    /// Who they are.
    pub subject: String,
    /// Claims besides the usual, or in their place; `Value::Null` leaves one out.
    pub claims: Vec<(&'static str, Value)>,
    /// How it is signed.
    pub signed: Signed,
    /// Whether it sends them back with an error instead.
    pub denied: bool,
}

impl Word {
    /// An honest word by two factors.
    pub fn of(subject: &str) -> Self {
        let claims = vec![("amr", json!(["pwd", "mfa"]))];
        Self { subject: subject.to_owned(), claims, signed: Signed::Es256, denied: false }
    }

    /// The same with another claim.
    #[must_use]
    pub fn with(mut self, claim: &'static str, value: Value) -> Self {
        self.claims.retain(|(name, _)| *name != claim);
        self.claims.push((claim, value));
        self
    }

    /// The same, signed in another way.
    #[must_use]
    pub fn signed(self, signed: Signed) -> Self {
        Self { signed, ..self }
    }

    /// The same, and sent back with an error.
    #[must_use]
    pub fn denied(self) -> Self {
        Self { denied: true, ..self }
    }
}

/// A running provider, until it is dropped.
pub struct Provider {
    shared: Arc<Shared>,
    authority: String,
    key_digest: String,
}

struct Shared {
    address: SocketAddr,
    tls: Arc<ServerConfig>,
    state: Mutex<State>,
}

struct State {
    conduct: Conduct,
    word: Word,
    keys: Keys,
    /// Codes that were given out, with what was asked for them.
    codes: HashMap<String, Asked>,
    /// What it was asked, path and query, in order.
    log: Vec<String>,
    over: bool,
}

/// What a browser was sent with (clause 3.1.2.1).
#[derive(Clone, Debug)]
struct Asked {
    redirect: String,
    challenge: String,
    nonce: String,
}

/// A request, as far as it is looked at.
struct Request {
    path: String,
    query: String,
    authorization: String,
    body: String,
}

struct Answer {
    status: &'static str,
    headers: String,
    body: String,
}

impl Provider {
    /// Starts one.
    ///
    /// # Panics
    /// There is no port for it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let Certified { tls, authority, key_digest } = certified();
        let (conduct, word) = (Conduct::Serves, Word::of("nobody"));
        let state = State { conduct, word, keys: Keys::draw(), codes: HashMap::new(), log: Vec::new(), over: false };
        let shared = Arc::new(Shared { address, tls, state: Mutex::new(state) });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if serving.lock().over {
                    return;
                }
                let serving = Arc::clone(&serving);
                // A visitor who leaves in the middle has had enough.
                std::thread::spawn(move || serving.converse(stream).ok());
            }
        });
        Self { shared, authority, key_digest }
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        self.shared.issuer()
    }

    /// The certificate of its authority, PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// SHA-256 of its key in base64, by which a browser can be told to trust it.
    pub fn key_digest(&self) -> &str {
        &self.key_digest
    }

    /// What it says from now on of whoever comes.
    pub fn says(&self, word: Word) {
        self.shared.lock().word = word;
    }

    /// How it behaves from now on.
    pub fn conducts(&self, conduct: Conduct) {
        self.shared.lock().conduct = conduct;
    }

    /// Draws other keys, as providers do from time to time.
    pub fn draw_keys(&self) {
        self.shared.lock().keys = Keys::draw();
    }

    /// What it was asked until now, path and query.
    pub fn log(&self) -> Vec<String> {
        self.shared.lock().log.clone()
    }

    /// Does what a browser that was sent to `address` would see done: gives where it is sent back to.
    ///
    /// # Panics
    /// It was not sent as it should be.
    pub fn visited_at(&self, address: &str) -> String {
        let (place, query) = address.split_once('?').unwrap();
        assert_eq!(place, format!("{}/authorize", self.issuer()));
        self.shared.authorise(query)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        // Wakes it, so that it sees that it is over.
        let _ = TcpStream::connect(self.shared.address);
    }
}

struct Certified {
    tls: Arc<ServerConfig>,
    authority: String,
    key_digest: String,
}

fn certified() -> Certified {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "a provider's authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key_digest = BASE64.encode(digest(&SHA256, &key.subject_public_key_info()).as_ref());
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    Certified { tls: Arc::new(tls), authority: authority.pem(), key_digest }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issuer(&self) -> String {
        format!("https://{}", self.address)
    }

    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let conduct = self.lock().conduct.clone();
        match conduct {
            Conduct::HangsUp => return Ok(()),
            // Until the other side has had enough.
            Conduct::Silent => return (&stream).read_to_end(&mut Vec::new()).map(drop),
            Conduct::Serves | Conduct::SendsTo(_) | Conduct::TokensAt(_) | Conduct::KeysAt(_) | Conduct::Endless => {}
        }
        let connection = ServerConnection::new(Arc::clone(&self.tls)).map_err(std::io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        let request = read_request(&mut stream)?;
        self.lock().log.push(format!("{}?{}", request.path, request.query));
        let stream = stream.get_mut();
        if conduct == Conduct::Endless {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 4096])?;
            }
        }
        let Answer { status, headers, body } = self.answer(&request, &conduct);
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        stream.conn.send_close_notify();
        stream.flush()
    }

    fn answer(&self, request: &Request, conduct: &Conduct) -> Answer {
        match (request.path.as_str(), conduct) {
            ("/.well-known/openid-configuration", Conduct::SendsTo(address)) => sent_to(address),
            ("/.well-known/openid-configuration", _) => Answer::json("200 OK", &self.discovery(conduct)),
            ("/jwks", _) => Answer::json("200 OK", &self.lock().keys.published()),
            ("/authorize", _) => sent_to(&self.authorise(&request.query)),
            ("/token", _) => match self.exchange(request) {
                Ok(token) => Answer::json("200 OK", &token),
                Err(error) => Answer::json("400 Bad Request", &json!({ "error": error })),
            },
            _ => Answer::json("404 Not Found", &json!({})),
        }
    }

    fn discovery(&self, conduct: &Conduct) -> Value {
        let issuer = self.issuer();
        let tokens = match conduct {
            Conduct::TokensAt(address) => address.clone(),
            _ => format!("{issuer}/token"),
        };
        let keys = match conduct {
            Conduct::KeysAt(address) => address.clone(),
            _ => format!("{issuer}/jwks"),
        };
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": tokens,
            "jwks_uri": keys,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // More than a client should take.
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
        })
    }

    /// Takes a request for authorisation (clause 3.1.2.2) and sends back with a code.
    fn authorise(&self, query: &str) -> String {
        let asked = pairs(query);
        let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
        assert_eq!((get("response_type").as_str(), get("client_id").as_str()), ("code", CLIENT_ID), "{query}");
        assert_eq!(get("code_challenge_method"), "S256", "{query}");
        assert!(get("scope").split(' ').any(|scope| scope == "openid"), "{query}");
        assert!(!get("state").is_empty() && !get("nonce").is_empty() && !get("code_challenge").is_empty(), "{query}");
        let (redirect, state) = (get("redirect_uri"), get("state"));
        let mut inside = self.lock();
        if inside.word.denied {
            return format!("{redirect}?error=access_denied&state={state}");
        }
        let code = token::random();
        let asked = Asked { redirect: redirect.clone(), challenge: get("code_challenge"), nonce: get("nonce") };
        inside.codes.insert(code.clone(), asked);
        let issuer = self.issuer();
        format!("{redirect}?code={code}&state={state}&iss={}", encoded(&issuer))
    }

    /// Takes a code (clause 3.1.3.2) once, with what only whoever asked for it knows (RFC 7636, clause 4.6).
    fn exchange(&self, request: &Request) -> Result<Value, &'static str> {
        let sent = pairs(&request.body);
        let get = |name: &str| sent.get(name).cloned().unwrap_or_default();
        let login = format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET).replace("%20", "+"));
        if request.authorization != format!("Basic {}", BASE64.encode(login.as_bytes())) {
            return Err("invalid_client");
        }
        let mut inside = self.lock();
        let asked = inside.codes.remove(&get("code")).ok_or("invalid_grant")?;
        let proven = BASE64URL_NOPAD.encode(digest(&SHA256, get("code_verifier").as_bytes()).as_ref());
        if proven != asked.challenge || get("redirect_uri") != asked.redirect {
            return Err("invalid_grant");
        }
        let claims = self.claims(&inside.word, &asked);
        let token = inside.keys.token(&claims, inside.word.signed);
        Ok(json!({ "access_token": token::random(), "token_type": "Bearer", "id_token": token }))
    }

    fn claims(&self, word: &Word, asked: &Asked) -> Value {
        let now = now_s();
        let mut claims = json!({
            "iss": self.issuer(), "sub": word.subject, "aud": CLIENT_ID, "nonce": asked.nonce,
            "iat": now, "exp": now + TOKEN_LIFE_S, "auth_time": now,
        });
        let all = claims.as_object_mut().unwrap();
        for (name, value) in &word.claims {
            match value {
                Value::Null => drop(all.remove(*name)),
                value => drop(all.insert((*name).to_owned(), value.clone())),
            }
        }
        claims
    }
}

/// The time, in seconds since 1970.
pub fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

impl Answer {
    fn json(status: &'static str, document: &Value) -> Self {
        Self { status, headers: "content-type: application/json\r\n".to_owned(), body: document.to_string() }
    }
}

fn sent_to(address: &str) -> Answer {
    Answer { status: "302 Found", headers: format!("location: {address}\r\n"), body: String::new() }
}

fn read_request(stream: &mut impl std::io::BufRead) -> std::io::Result<Request> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut authorization, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim().clone_into(&mut authorization),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Request { path: path.to_owned(), query: query.to_owned(), authorization, body })
}

/// What stands in a query or a form.
pub fn pairs(query: &str) -> HashMap<String, String> {
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (plain(name), plain(value))).collect()
}

fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, more.split_at_checked(2)) {
            (b'%', Some((digits, after))) if hex(digits).is_some() => {
                bytes.extend(hex(digits));
                rest = after;
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text as it stands in a query or a form.
pub fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
