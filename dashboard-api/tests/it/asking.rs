//! Asking the API, as somebody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use rackward_core::id::OperatorId;
use rackward_core::permission::OperatorRole;
use rackward_dashboard::{Backend, LinkFor, LocalPeer, Origin, Sessions, router};
use serde_json::Value;
use tower::ServiceExt;

use crate::site_in_memory::SiteInMemory;

/// A site with its API on both kinds of listener.
pub(crate) struct Desk {
    pub(crate) site: Arc<SiteInMemory>,
    pub(crate) sessions: Arc<Sessions>,
    browser: Router,
    socket: Router,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// A browser without a session.
    Nobody,
    /// A browser with this cookie.
    Session(String),
    /// A program with this token.
    Program(String),
    /// A program on the local socket, run by this user.
    Socket(u32),
    /// A program on the local socket whom the kernel does not name.
    Nameless,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    /// A response that ends.
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Where a problem says something is wrong; places in the body without the `#` that they cross the wire with.
    pub(crate) fn pointers(&self) -> Vec<String> {
        pointers(&self.json())
    }
}

/// Where a problem says something is wrong.
pub(crate) fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let bare = |error: &Value| {
        let pointer = error["pointer"].as_str().unwrap();
        assert!(!pointer.starts_with('/'), "{pointer} is no fragment");
        pointer.trim_start_matches('#').to_owned()
    };
    errors.iter().map(bare).collect()
}

impl Desk {
    pub(crate) fn open() -> Self {
        Self::of(SiteInMemory::start())
    }

    /// The same for a site that there is.
    pub(crate) fn of(site: Arc<SiteInMemory>) -> Self {
        let sessions = Arc::new(Sessions::new("http://127.0.0.1:8080"));
        let backend: Arc<dyn Backend> = Arc::clone(&site) as Arc<dyn Backend>;
        Self {
            browser: router(Arc::clone(&backend), Arc::clone(&sessions), Origin::Browser),
            socket: router(backend, Arc::clone(&sessions), Origin::LocalSocket),
            site,
            sessions,
        }
    }

    /// A router as a listener of this kind would serve it.
    pub(crate) fn router(&self, origin: Origin) -> Router {
        match origin {
            Origin::Browser => self.browser.clone(),
            Origin::LocalSocket => self.socket.clone(),
        }
    }

    pub(crate) fn link(&self, role: OperatorRole) -> String {
        let link = self.sessions.new_link(role, self.site.now().monotonic).unwrap();
        link.split_once("token=").unwrap().1.to_owned()
    }

    /// Signs in for one organisation, by a link that the machine made.
    pub(crate) async fn sign_in_for(&self, organisation: &str, role: &str) -> Who {
        let wanted = serde_json::json!({ "role": role, "organisation": organisation });
        let made = self.post(&Who::Socket(0), "/api/v1/sessions/link", wanted).await.json();
        let token = made["login"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
        Who::Session(self.use_link(&token).await)
    }

    /// Signs in and gives the cookie's value.
    pub(crate) async fn sign_in(&self, role: OperatorRole) -> String {
        self.use_link(&self.link(role)).await
    }

    /// Signs an operator in, who has just proven who they are.
    pub(crate) async fn sign_in_as(&self, operator: OperatorId) -> Who {
        let link = self.sessions.new_link_for(LinkFor::Operator(operator), self.site.now().monotonic).unwrap();
        Who::Session(self.use_link(link.split_once("token=").unwrap().1).await)
    }

    /// Says why names are needed, as whoever sits at a console does before they are shown any.
    pub(crate) async fn asks_for_names(&self, who: &Who) {
        let answered = self.post(who, "/api/v1/sessions/names", serde_json::json!({ "reason": "x" })).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text());
    }

    async fn use_link(&self, token: &str) -> String {
        let answered = self.send(Who::Nobody, form("/login", &format!("token={token}"))).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER);
        let cookie = answered.header("set-cookie").split(';').next().unwrap();
        cookie.split_once('=').unwrap().1.to_owned()
    }

    pub(crate) async fn get(&self, who: &Who, path: &str) -> Answered {
        self.send(who.clone(), Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, who: &Who, path: &str, body: Value) -> Answered {
        self.send(who.clone(), json_request("POST", path, &body)).await
    }

    pub(crate) async fn put(&self, who: &Who, path: &str, body: Value) -> Answered {
        self.send(who.clone(), json_request("PUT", path, &body)).await
    }

    pub(crate) async fn patch(&self, who: &Who, path: &str, body: Value) -> Answered {
        self.send(who.clone(), json_request("PATCH", path, &body)).await
    }

    pub(crate) async fn delete(&self, who: &Who, path: &str, body: Value) -> Answered {
        self.send(who.clone(), json_request("DELETE", path, &body)).await
    }

    pub(crate) async fn send(&self, who: Who, request: Request<Body>) -> Answered {
        Answered::of(self.respond(who, request).await).await
    }

    /// The response with its body still to come.
    pub(crate) async fn respond(&self, who: Who, mut request: Request<Body>) -> Response {
        let router = match who {
            Who::Nobody => self.browser.clone(),
            Who::Session(cookie) => {
                let header = format!("other=1; rackward_session={cookie}");
                request.headers_mut().insert("cookie", header.parse().unwrap());
                self.browser.clone()
            }
            Who::Program(token) => {
                request.headers_mut().insert("authorization", token.parse().unwrap());
                self.browser.clone()
            }
            Who::Socket(uid) => {
                request.extensions_mut().insert(LocalPeer { uid });
                self.socket.clone()
            }
            Who::Nameless => self.socket.clone(),
        };
        router.oneshot(request).await.unwrap()
    }
}

pub(crate) fn form(path: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// A request with a body. A change has a key of its own, and one that must rest on something rests on whatever there is.
pub(crate) fn json_request(method: &str, path: &str, body: &Value) -> Request<Body> {
    let media = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let request = Request::builder().method(method).uri(path).header("content-type", media);
    let request = if method == "POST" { request.header("idempotency-key", new_key()) } else { request };
    let rests = method != "POST" || path.starts_with("/api/v1/alarms/");
    let request = match rests {
        true if method == "POST" => request.header("if-match", early_revisions()),
        true => request.header("if-match", "*"),
        false => request,
    };
    request.body(Body::from(body.to_string())).unwrap()
}

/// The first revisions of an alarm, as if somebody had seen each of them.
fn early_revisions() -> String {
    let revisions: Vec<String> = (0..16).map(|revision| format!("\"{revision}\"")).collect();
    revisions.join(", ")
}

/// A key that no other request of this process has.
pub(crate) fn new_key() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("\"key-{}\"", LAST.fetch_add(1, Ordering::Relaxed))
}
