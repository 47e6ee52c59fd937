//! Somebody with a browser, by hand: cookies with what was said of them, forms, redirects that are looked at and not
//! followed. Each comes from an address of its own, so that none uses up another's tries.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};

use rackward_tests::provider::{Provider, encoded};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use serde_json::Value;

use super::http::{Api, Connection};
use super::site::Daemon;

/// The last part of the next visitor's address.
static NEXT: AtomicU8 = AtomicU8::new(2);

/// Somebody with a browser.
pub(super) struct Visitor {
    console: SocketAddr,
    from: Ipv4Addr,
    agent: String,
    /// By name: the value, and whether it comes along from another site as well.
    cookies: BTreeMap<String, (String, SameSite)>,
}

/// When a cookie is sent (RFC 6265bis, clause 5.6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SameSite {
    Strict,
    Lax,
}

/// Where somebody comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coming {
    FromHere,
    FromElsewhere,
}

/// What somebody sees.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    /// Where they are sent, if anywhere.
    pub(super) location: String,
    pub(super) text: String,
}

impl Seen {
    /// What stands between two texts.
    #[track_caller]
    pub(super) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", self.text)).1;
        rest.split_once(after).unwrap().0.to_owned()
    }
}

impl Visitor {
    /// Somebody new at a daemon's console.
    pub(super) fn of(daemon: &Daemon) -> Self {
        let status = daemon.api.document("/api/v1/status");
        let console = status["http"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        let from = Ipv4Addr::new(127, 0, 0, NEXT.fetch_add(1, Ordering::Relaxed).max(2));
        Self { console, from, agent: "one".to_owned(), cookies: BTreeMap::new() }
    }

    /// The same browser under another name, as one that was moved to another machine.
    pub(super) fn called(self, agent: &str) -> Self {
        Self { agent: agent.to_owned(), ..self }
    }

    #[track_caller]
    pub(super) fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, "", "", Coming::FromHere)
    }

    #[track_caller]
    pub(super) fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        self.send("POST", path, kind, &pairs.join("&"), Coming::FromHere)
    }

    /// Follows a redirect that another site has sent to the console.
    #[track_caller]
    pub(super) fn come_back(&mut self, address: &str) -> Seen {
        let path = address.strip_prefix(&format!("http://{}", self.console));
        self.send("GET", path.unwrap_or_else(|| panic!("{address}")), "", "", Coming::FromElsewhere)
    }

    /// Leaves for the provider by `path`, and gives where the provider sends back to.
    #[track_caller]
    pub(super) fn leave(&mut self, provider: &Provider, path: &str) -> String {
        let left = self.get(path);
        assert_eq!(left.status, 303, "{}", left.text);
        provider.visited_at(&left.location)
    }

    /// The whole way to the provider and back.
    #[track_caller]
    pub(super) fn visit(&mut self, provider: &Provider, path: &str) -> Seen {
        let back = self.leave(provider, path);
        self.come_back(&back)
    }

    /// Who they are to the daemon, if anybody.
    #[track_caller]
    pub(super) fn who(&mut self) -> Option<Value> {
        let seen = self.get("/api/v1/sessions/current");
        (seen.status == 200).then(|| serde_json::from_str(&seen.text).unwrap())
    }

    /// The name they are signed in with.
    #[track_caller]
    pub(super) fn name(&mut self) -> Option<String> {
        Some(self.who()?["name"].as_str()?.to_owned())
    }

    /// What its cookies hold.
    pub(super) fn cookie_values(&self) -> Vec<String> {
        self.cookies.values().map(|(value, _)| value.clone()).collect()
    }

    #[track_caller]
    fn send(&mut self, method: &str, path: &str, headers: &str, body: &str, coming: Coming) -> Seen {
        let sent = self.cookies.iter().filter(|(_, (_, same))| coming == Coming::FromHere || *same == SameSite::Lax);
        let cookies: Vec<String> = sent.map(|(name, (value, _))| format!("{name}={value}")).collect();
        let (host, agent, cookies) = (self.console, &self.agent, cookies.join("; "));
        let head = format!(
            "{method} {path} HTTP/1.0\r\nhost: {host}\r\nuser-agent: {agent}\r\ncookie: {cookies}\r\n{headers}"
        );
        let answer = Connection::Tcp(self.connect()).exchange(&head, body).unwrap();
        for (_, line) in answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (pair, said) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let same = if said.contains("SameSite=Lax") { SameSite::Lax } else { SameSite::Strict };
            if said.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), (value.to_owned(), same));
            }
        }
        let location = answer.header("location").unwrap_or_default().to_owned();
        Seen { status: answer.status, location, text: answer.text() }
    }

    fn connect(&self) -> TcpStream {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&socket, &SocketAddrV4::new(self.from, 0)).unwrap();
        connect(&socket, &self.console).unwrap();
        TcpStream::from(socket)
    }
}

/// Why sign-ins failed until now, as the journal has it, the oldest first.
pub(super) fn failures(api: &Api) -> Vec<String> {
    of_kind(api, "operator.sign-in-failed").iter().map(|data| data["cause"].as_str().unwrap().to_owned()).collect()
}

/// What the journal has of one kind of event, the oldest first.
pub(super) fn of_kind(api: &Api, kind: &str) -> Vec<Value> {
    let (all, kind) = (api.whole_list("/api/v1/events"), format!("rackward.{kind}.v1"));
    let mut of_kind: Vec<&Value> = all.as_array().unwrap().iter().filter(|event| event["type"] == kind).collect();
    of_kind.sort_by_key(|event| event["sequence"].as_str());
    of_kind.into_iter().map(|event| event["data"].clone()).collect()
}
