//! How often anybody may ask. Whoever is signed in has an allowance of their own, whoever is not shares that of their
//! address, and tries to sign in have a smaller one; the local socket has none, because whoever may use it may stop the
//! daemon as well. An allowance fills up again evenly (the generic cell rate algorithm, ITU-T I.371 annex A): nobody waits
//! for the turn of a minute. What is refused here never reaches the engine.
//!
//! The fields `RateLimit-Policy` and `RateLimit` follow draft-ietf-httpapi-ratelimit-headers-10; `Retry-After` binds.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rackward_core::Monotonic;
use rackward_core::permission::Actor;

use crate::api::Api;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::serve::PeerAddress;
use crate::signin::SignedIn;
use crate::wire::problem::{Problem, ProblemKind};

/// So many requests in a minute for one caller: a console asks about once a second, a program that reconciles, ten times.
const CALLER_REQUESTS: u32 = 600;

/// So many for one address, whoever asks from there: the consoles of a control room behind one address translator.
const ADDRESS_REQUESTS: u32 = 6_000;

/// So many tries to sign in: a person who mistypes, and no dictionary.
const SIGN_IN_TRIES: u32 = 20;

/// Over how long an allowance fills up.
const WINDOW_SECONDS: u32 = 60;

/// How many callers or addresses are told apart. Beyond them newcomers share one allowance: whoever has that many addresses
/// could otherwise take the daemon's memory.
const MAX_KEYS: usize = 16_384;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The allowances of one daemon; both of its listeners share them.
#[derive(Debug)]
pub struct RateLimits {
    callers: Ledger<Actor>,
    addresses: Ledger<IpAddr>,
    tries: Ledger<IpAddr>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::times(1)
    }
}

impl RateLimits {
    /// The usual allowances times a factor, for a daemon that is measured rather than used.
    pub fn times(factor: u32) -> Self {
        Self {
            callers: Ledger::new("default", CALLER_REQUESTS.saturating_mul(factor)),
            addresses: Ledger::new("address", ADDRESS_REQUESTS.saturating_mul(factor)),
            tries: Ledger::new("sign-in", SIGN_IN_TRIES.saturating_mul(factor)),
        }
    }
}

/// One kind of allowance, for many who have it.
#[derive(Debug)]
struct Ledger<K> {
    name: &'static str,
    /// How many requests may come at once.
    burst: u32,
    /// One request more after this.
    every: Duration,
    cells: Mutex<Cells<K>>,
}

#[derive(Debug)]
struct Cells<K> {
    /// When the allowance of each will be full again.
    full_at: HashMap<K, Monotonic>,
    /// The same for all who found no place.
    others_full_at: Monotonic,
}

/// What is left of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    requests: u32,
    full_in: Duration,
}

/// Nothing is left; one request more after this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct UsedUp {
    again_in: Duration,
}

impl<K: Copy + Eq + std::hash::Hash> Ledger<K> {
    fn new(name: &'static str, burst: u32) -> Self {
        let cells = Cells { full_at: HashMap::new(), others_full_at: Monotonic::from_micros(0) };
        Self {
            name,
            burst,
            every: Duration::from_secs(u64::from(WINDOW_SECONDS)) / burst.max(1),
            cells: Mutex::new(cells),
        }
    }

    /// Takes one request from the allowance of `key`.
    fn take(&self, key: K, now: Monotonic) -> Result<Left, UsedUp> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if !cells.full_at.contains_key(&key) && cells.full_at.len() >= MAX_KEYS {
            // A full allowance says nothing: forgetting it is what makes room.
            cells.full_at.retain(|_, full_at| *full_at > now);
        }
        let has_place = cells.full_at.contains_key(&key) || cells.full_at.len() < MAX_KEYS;
        let cell = if has_place { cells.full_at.entry(key).or_insert(now) } else { &mut cells.others_full_at };
        let full_at = (*cell).max(now).after(self.every);
        let most = self.every * self.burst;
        let used = full_at.since(now);
        if used > most {
            return Err(UsedUp { again_in: used - most });
        }
        *cell = full_at;
        let left = (most - used).as_micros() / self.every.as_micros().max(1);
        Ok(Left { requests: u32::try_from(left).unwrap_or(u32::MAX), full_in: used })
    }

    /// What the fields say (structured fields, RFC 9651).
    fn describe(&self, taken: Result<Left, UsedUp>, headers: &mut HeaderMap) {
        let (left, seconds) = match taken {
            Ok(left) => (left.requests, whole_seconds(left.full_in)),
            Err(used_up) => (0, whole_seconds(used_up.again_in)),
        };
        let name = self.name;
        for (field, text) in [
            (POLICY, format!("\"{name}\";q={};w={WINDOW_SECONDS}", self.burst)),
            (LEFT, format!("\"{name}\";r={left};t={seconds}")),
        ] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(field, value);
            }
        }
    }

    fn refuse(&self, used_up: UsedUp) -> Response {
        let seconds = whole_seconds(used_up.again_in).max(1);
        let detail = format!("more than {} requests in {WINDOW_SECONDS} s; ask again in {seconds} s", self.burst);
        let problem = Problem::new(ProblemKind::TooManyRequests, detail);
        let mut response = Refusal::from(Problem { retry_after_s: Some(seconds), ..problem }).into_response();
        self.describe(Err(used_up), response.headers_mut());
        response
    }
}

fn whole_seconds(span: Duration) -> u32 {
    let rounded_up = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    u32::try_from(rounded_up).unwrap_or(u32::MAX)
}

/// Lets as many requests pass from one address as may come from there, and fewer that try to sign in. First of all that a
/// request meets, so that the others cost little.
pub(crate) async fn of_address(State(api): State<Api>, request: Request, next: Next) -> Response {
    let Some(address) = address_of(&api, &request) else { return next.run(request).await };
    let (limits, now) = (&api.limits, api.backend.now().monotonic);
    let ledger = if is_sign_in(&request) { &limits.tries } else { &limits.addresses };
    match ledger.take(address, now) {
        Ok(_) => next.run(request).await,
        Err(used_up) => ledger.refuse(used_up),
    }
}

/// Lets as many requests pass of one caller as they may make, and says how many are left.
pub(crate) async fn of_caller(State(api): State<Api>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<SignedIn>().map(|signed_in| signed_in.caller.actor);
    let Some(actor) = caller.filter(|_| api.origin == Origin::Browser) else { return next.run(request).await };
    let limits = Arc::clone(&api.limits);
    match limits.callers.take(actor, api.backend.now().monotonic) {
        Ok(left) => {
            let mut response = next.run(request).await;
            limits.callers.describe(Ok(left), response.headers_mut());
            response
        }
        Err(used_up) => limits.callers.refuse(used_up),
    }
}

fn address_of(api: &Api, request: &Request) -> Option<IpAddr> {
    if api.origin == Origin::LocalSocket {
        return None;
    }
    request.extensions().get::<PeerAddress>().map(|peer| whole_network(peer.0))
}

/// Whoever has one IPv6 address usually has its whole network of 64 bits.
pub(crate) fn whole_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn is_sign_in(request: &Request) -> bool {
    let path = request.uri().path();
    let tries = EXACT_SIGN_IN_PATHS.contains(&path) || SIGN_IN_PATHS.iter().any(|tried| path.starts_with(tried));
    // A browser goes to the provider and comes back by following links, and each way something is asked of the provider.
    (request.method() == Method::POST && tries) || path.starts_with(PROVIDER_PATH)
}

/// Where the way to the outside provider begins and ends, whatever the method.
const PROVIDER_PATH: &str = "/login/provider";

/// Where proof of who somebody is is tried.
const SIGN_IN_PATHS: [&str; 5] = ["/login", "/setup", "/account/prove", "/account/device", "/api/v1/sessions/step-up"];

/// The same, where what lies below is something else: whoever waits to be let in asks every few seconds.
const EXACT_SIGN_IN_PATHS: [&str; 3] = ["/api/v1/sessions", "/api/v1/sessions/device", "/api/v1/sessions/certificate"];

#[cfg(test)]
mod tests {
    use super::*;

    const START: Monotonic = Monotonic::from_micros(1_000_000);

    fn at(millis: u64) -> Monotonic {
        START.after(Duration::from_millis(millis))
    }

    #[test]
    fn an_allowance_empties_and_fills_evenly() {
        let ledger: Ledger<u32> = Ledger::new("test", 600);
        for left in (0..600).rev() {
            assert_eq!(ledger.take(1, at(0)).unwrap().requests, left);
        }
        assert_eq!(ledger.take(1, at(0)), Err(UsedUp { again_in: Duration::from_millis(100) }));
        assert_eq!(ledger.take(1, at(99)), Err(UsedUp { again_in: Duration::from_millis(1) }));
        assert_eq!(ledger.take(1, at(100)), Ok(Left { requests: 0, full_in: Duration::from_secs(60) }));
        assert_eq!(ledger.take(1, at(60_200)).unwrap().requests, 599);
        assert_eq!(ledger.take(2, at(0)).unwrap().requests, 599, "another caller has an allowance of its own");
    }

    #[test]
    fn of_a_million_requests_in_a_minute_few_pass() {
        let ledger: Ledger<u32> = Ledger::new("test", 600);
        let passed = (0..1_000_000_u64).filter(|request| ledger.take(7, at(request * 60 / 1_000)).is_ok()).count();
        assert!((1_199..=1_201).contains(&passed), "{passed}");
    }

    #[test]
    fn callers_beyond_the_table_share_one_allowance_until_there_is_room() {
        let ledger: Ledger<usize> = Ledger::new("test", 2);
        (0..MAX_KEYS).for_each(|key| assert!(ledger.take(key, at(0)).is_ok()));
        assert!(ledger.take(MAX_KEYS, at(0)).is_ok());
        assert!(ledger.take(MAX_KEYS + 1, at(0)).is_ok());
        assert!(ledger.take(MAX_KEYS + 2, at(0)).is_err(), "newcomers share what two requests use up");
        assert!(ledger.take(3, at(0)).is_ok(), "who was there first keeps an allowance");
        let later = at(120_000);
        assert!(ledger.take(MAX_KEYS + 2, later).is_ok());
        assert_eq!(ledger.cells.lock().unwrap().full_at.len(), 1, "full allowances are forgotten");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let check = |one: &str, other: &str, same: bool| {
            let of = |text: &str| whole_network(text.parse().unwrap());
            assert_eq!(of(one) == of(other), same, "{one} {other}");
        };
        check("2001:db8::1", "2001:db8::ffff:1", true);
        check("2001:db8::1", "2001:db8:0:1::1", false);
        check("192.0.2.1", "::ffff:192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
    }
}
