//! A small NetBox on a socket of this machine: it gives racks page by page to whoever shows its token, or fails as it is told.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How a NetBox behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it should.
    Well,
    /// It breaks a page off half-way.
    HalfPage,
    /// It promises more racks than it gives.
    TooFew,
    /// It shows a page for people.
    Html,
    /// It sends elsewhere.
    Redirect,
    /// It names a next page on another host.
    Elsewhere,
    /// It names a next page below another path.
    OtherPath,
    /// It never answers.
    Hangs,
    /// It has trouble of its own.
    Fails,
    /// It gives empty pages for ever.
    Endless,
    /// It gives the first page for ever.
    Circular,
    /// It has more racks than are taken.
    TooMany,
    /// A rack has no name.
    Nameless,
}

/// A NetBox that runs.
pub(crate) struct NetBox {
    /// Where it is.
    pub(crate) url: String,
    /// The heads of the requests it had.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for NetBox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl NetBox {
    /// One with so many racks, three of them to a page, below `/netbox`.
    pub(crate) async fn start(racks: u32, authorization: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, authorization) = (Arc::clone(&asked), authorization.to_owned());
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = vec![0; 8192];
                let count = stream.read(&mut bytes).await.unwrap_or_default();
                let head = String::from_utf8_lossy(&bytes[..count]).into_owned();
                let answer = answer(&head, racks, &authorization, manner, &address.to_string());
                heard.lock().unwrap().push(head);
                match answer {
                    Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                    None => std::future::pending().await,
                }
            }
        });
        Self { url: format!("http://{address}/netbox"), asked, task }
    }
}

/// A rack as NetBox describes it.
pub(crate) fn rack(number: u32) -> Value {
    json!({
        "id": number, "url": "http://x/", "display": format!("C{number:02}"), "name": format!("R01/C{number:02}"), "facility_id": "F1",
        "site": {"id": 1, "name": "LON1", "slug": "lon1"}, "location": {"id": 2, "name": "Hall A", "slug": "hall-a"},
        "role": null, "status": {"value": "active", "label": "Active"}, "tenant": {"id": 3, "name": "St Mary's", "slug": "st-marys"},
        "u_height": 42, "serial": format!("SN{number}"), "asset_tag": null, "comments": "x", "custom_fields": {},
    })
}

fn answer(head: &str, racks: u32, authorization: &str, manner: Manner, address: &str) -> Option<String> {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let shown = head
        .lines()
        .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("authorization")));
    let plain = |status: &str, kind: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    };
    if shown.map(|(_, value)| value) != Some(authorization) {
        return Some(plain("403 Forbidden", "application/json", r#"{"detail":"Invalid token"}"#));
    }
    if !target.starts_with("/netbox/api/dcim/racks/?") {
        return Some(plain("404 Not Found", "application/json", "{}"));
    }
    match manner {
        Manner::Html => return Some(plain("200 OK", "text/html; charset=utf-8", "<html>Please log in</html>")),
        Manner::Redirect => {
            return Some("HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned());
        }
        Manner::Hangs => return None,
        Manner::Fails => return Some(plain("502 Bad Gateway", "text/html", "oops")),
        _ => {}
    }
    let offset: u32 =
        target.split("offset=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()).unwrap_or_default();
    let last = (offset + 3).min(racks);
    let mut results: Vec<Value> = (offset + 1..=last).map(rack).collect();
    let place = match manner {
        Manner::Elsewhere => "https://elsewhere.example/netbox/api/dcim/racks/?".to_owned(),
        Manner::OtherPath => format!("http://{address}/elsewhere/api/dcim/racks/?"),
        _ => format!("http://{address}/netbox/api/dcim/racks/?"),
    };
    let mut next = (last < racks).then(|| format!("{place}limit=3&offset={last}"));
    match manner {
        Manner::Endless => {
            results.clear();
            next = Some(format!("{place}limit=3&offset=0"));
        }
        Manner::Circular => {
            results = (1..=3).map(rack).collect();
            next = Some(format!("{place}limit=3&offset=0"));
        }
        Manner::TooFew if offset > 0 => next = None,
        Manner::Nameless => results.iter_mut().take(1).for_each(|rack| rack["name"] = Value::Null),
        _ => {}
    }
    let count = if manner == Manner::TooMany { 1_000_000 } else { racks };
    let body = json!({"count": count, "next": next, "previous": null, "results": results}).to_string();
    if manner == Manner::HalfPage && offset > 0 {
        let length = body.len();
        let half = &body[..length / 2];
        return Some(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{half}"
        ));
    }
    Some(plain("200 OK", "application/json", &body))
}
