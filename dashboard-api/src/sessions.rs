//! Who is signed in at the console: one-time links and the sessions they open. Tokens are 32 random bytes; only their
//! SHA-256 is kept, and comparing takes the same time wherever they differ. Sessions live in memory: a restart signs
//! everybody out, which is the safe side. What a session may do is its role's business (`permission.rs` of the core);
//! cookies and redirects are `signin.rs`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use rackward_core::engine::command::Scope;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Monotonic};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

/// How long a sign-in link works, unused.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// A session without a request ends after this. The open console asks often, so this is about a closed one.
const IDLE_LIFE: Duration = Duration::from_secs(8 * 3600);

/// A session ends after this in any case: one shift.
const ABSOLUTE_LIFE: Duration = Duration::from_secs(12 * 3600);

/// How many unused links are kept; a new one pushes out the oldest. Whoever makes links is an admin on the machine, so the
/// bound only keeps a script from filling memory.
const MAX_LINKS: usize = 16;

/// How many sessions are kept; a new one ends the one that was idle longest. Small, because every look-up compares all.
const MAX_SESSIONS: usize = 64;

/// The system's source of randomness failed, so no token can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers, so nobody can sign in; check the machine")]
pub struct NoRandomness;

/// A fresh secret: a link's or a session's. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    fn draw() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// The secret, for the one who is to have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// How long what a session started may go on: until the session ends, for those who have one.
#[derive(Debug, Clone)]
pub struct Lease {
    ended: CancellationToken,
    remaining: Option<Duration>,
}

impl Lease {
    /// For a caller who has no session and needs none.
    pub fn unlimited() -> Self {
        Self { ended: CancellationToken::new(), remaining: None }
    }

    /// For nobody.
    pub fn over() -> Self {
        let ended = CancellationToken::new();
        ended.cancel();
        Self { ended, remaining: None }
    }

    /// Whether the session was ended.
    pub fn is_over(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Waits until the session is ended by somebody.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// How long the session could still last when it was found; `None` for a caller who has none.
    pub const fn remaining(&self) -> Option<Duration> {
        self.remaining
    }
}

/// A session that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Who it is, with which role.
    pub caller: Caller,
    /// How long it still lasts.
    pub lease: Lease,
}

struct OpenLink {
    digest: [u8; 32],
    role: OperatorRole,
    scope: Scope,
    made: Monotonic,
}

struct Session {
    digest: [u8; 32],
    number: u32,
    role: OperatorRole,
    scope: Scope,
    began: Monotonic,
    used: Monotonic,
    ended: CancellationToken,
}

#[derive(Default)]
struct Tables {
    links: Vec<OpenLink>,
    sessions: Vec<Session>,
    last_number: u32,
}

/// Sign-in links and sessions of one daemon.
pub struct Sessions {
    console: String,
    tables: Mutex<Tables>,
}

impl Sessions {
    /// No sessions yet. `console` is the console's address without a slash at its end, such as `http://127.0.0.1:8080`.
    pub fn new(console: impl Into<String>) -> Self {
        let console: String = console.into();
        Self { console: console.trim_end_matches('/').to_owned(), tables: Mutex::default() }
    }

    /// The console's address.
    pub fn console(&self) -> &str {
        &self.console
    }

    /// A new sign-in link for `role` over the whole site: a whole address, good for one use within a quarter of an hour of `now`.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_link(&self, role: OperatorRole, now: Monotonic) -> Result<String, NoRandomness> {
        self.new_link_within(role, Scope::Site, now)
    }

    /// The same for a session that reaches no further than `scope`.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_link_within(&self, role: OperatorRole, scope: Scope, now: Monotonic) -> Result<String, NoRandomness> {
        let token = Token::draw()?;
        let mut tables = self.lock();
        tables.links.retain(|link| now.since(link.made) < LINK_LIFE);
        if tables.links.len() >= MAX_LINKS {
            tables.links.remove(0);
        }
        tables.links.push(OpenLink { digest: digest(token.reveal()), role, scope, made: now });
        Ok(format!("{}/login?token={}", self.console, token.reveal()))
    }

    /// Uses up a link's token and opens a session; `Ok(None)` when the token opens nothing.
    ///
    /// # Errors
    /// [`NoRandomness`]; the link then still works.
    pub fn open(&self, link: &str, now: Monotonic) -> Result<Option<Token>, NoRandomness> {
        let token = Token::draw()?;
        let wanted = digest(link);
        let mut tables = self.lock();
        let Some(place) = position(&tables.links, |link| &link.digest, &wanted) else {
            return Ok(None);
        };
        let link = tables.links.remove(place);
        if now.since(link.made) >= LINK_LIFE {
            return Ok(None);
        }
        tables.make_room(now);
        tables.last_number += 1;
        let number = tables.last_number;
        tables.sessions.push(Session {
            digest: digest(token.reveal()),
            number,
            role: link.role,
            scope: link.scope,
            began: now,
            used: now,
            ended: CancellationToken::new(),
        });
        Ok(Some(token))
    }

    /// The session a cookie belongs to, if it still lasts; asking counts as using it.
    pub fn find(&self, cookie: &str, now: Monotonic) -> Option<Found> {
        let wanted = digest(cookie);
        let mut tables = self.lock();
        let place = position(&tables.sessions, |session| &session.digest, &wanted)?;
        let session = tables.sessions.get_mut(place)?;
        if session.is_over(now) {
            session.ended.cancel();
            tables.sessions.remove(place);
            return None;
        }
        session.used = now;
        let remaining = ABSOLUTE_LIFE.saturating_sub(now.since(session.began));
        Some(Found {
            caller: Caller::new(Actor::Session(session.number), session.role, session.scope),
            lease: Lease { ended: session.ended.clone(), remaining: Some(remaining) },
        })
    }

    /// Ends the session a cookie belongs to, with everything that it started.
    pub fn close(&self, cookie: &str) {
        let wanted = digest(cookie);
        let mut tables = self.lock();
        if let Some(place) = position(&tables.sessions, |session| &session.digest, &wanted) {
            tables.sessions.remove(place).ended.cancel();
        }
    }

    /// A panic while the tables were locked cannot leave them half changed: every change is one push or one removal.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl core::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sessions").field("console", &self.console).finish_non_exhaustive()
    }
}

impl Session {
    fn is_over(&self, now: Monotonic) -> bool {
        now.since(self.used) >= IDLE_LIFE || now.since(self.began) >= ABSOLUTE_LIFE
    }
}

impl Tables {
    fn make_room(&mut self, now: Monotonic) {
        self.sessions.retain(|session| {
            let over = session.is_over(now);
            if over {
                session.ended.cancel();
            }
            !over
        });
        if self.sessions.len() < MAX_SESSIONS {
            return;
        }
        let idlest = self.sessions.iter().enumerate().min_by_key(|(_, session)| session.used).map(|(place, _)| place);
        if let Some(place) = idlest {
            self.sessions.remove(place).ended.cancel();
        }
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares with every row, so that the time taken tells nothing about which one, or how much of it, fits.
fn position<T>(rows: &[T], digest_of: impl Fn(&T) -> &[u8; 32], wanted: &[u8; 32]) -> Option<usize> {
    let mut found = None;
    for (place, row) in rows.iter().enumerate() {
        if bool::from(digest_of(row).ct_eq(wanted)) {
            found = Some(place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Monotonic = Monotonic::from_micros(1_000_000);

    fn token_of(link: &str) -> &str {
        link.split_once("token=").unwrap().1
    }

    fn signed_in(sessions: &Sessions, now: Monotonic) -> Token {
        let link = sessions.new_link(OperatorRole::Admin, now).unwrap();
        sessions.open(token_of(&link), now).unwrap().unwrap()
    }

    #[test]
    fn a_link_opens_one_session() {
        let sessions = Sessions::new("http://127.0.0.1:8080/");
        let link = sessions.new_link(OperatorRole::Security, START).unwrap();
        assert!(link.starts_with("http://127.0.0.1:8080/login?token="), "the address is whole");
        assert_eq!(token_of(&link).len(), 43, "32 bytes");
        let cookie = sessions.open(token_of(&link), START).unwrap().unwrap();
        assert_eq!(sessions.open(token_of(&link), START), Ok(None), "a second use opens nothing");
        let found = sessions.find(cookie.reveal(), START).unwrap();
        assert_eq!(found.caller, Caller::new(Actor::Session(1), OperatorRole::Security, Scope::Site));
        assert!(sessions.find(token_of(&link), START).is_none(), "the link's token is no cookie");
    }

    #[test]
    fn links_and_sessions_end_by_time() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let check = |uses: &[Duration], then: Duration, expect: bool| {
            let sessions = Sessions::new("http://127.0.0.1:1");
            let cookie = signed_in(&sessions, START);
            for used in uses {
                assert!(sessions.find(cookie.reveal(), START.after(*used)).is_some(), "{used:?}");
            }
            assert_eq!(sessions.find(cookie.reveal(), START.after(then)).is_some(), expect, "{uses:?} then {then:?}");
        };
        let almost = |span: Duration| span - Duration::from_micros(1);
        check(&[], almost(hours(8)), true);
        check(&[], hours(8), false);
        check(&[hours(7)], almost(hours(12)), true);
        check(&[hours(7)], hours(12), false);
        check(&[hours(3)], hours(11), false);

        let sessions = Sessions::new("http://127.0.0.1:1");
        let link = sessions.new_link(OperatorRole::Admin, START).unwrap();
        assert_eq!(sessions.open(token_of(&link), START.after(LINK_LIFE)), Ok(None));
    }

    #[test]
    fn a_link_for_an_organisation_opens_a_session_that_reaches_no_further() {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let scope = Scope::Organisation(rackward_core::id::OrganisationId::new(2));
        let link = sessions.new_link_within(OperatorRole::Admin, scope, START).unwrap();
        let cookie = sessions.open(token_of(&link), START).unwrap().unwrap();
        let found = sessions.find(cookie.reveal(), START).unwrap();
        assert_eq!(found.caller, Caller::new(Actor::Session(1), OperatorRole::Admin, scope));
    }

    #[test]
    fn closing_a_session_ends_what_it_started() {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let cookie = signed_in(&sessions, START);
        let lease = sessions.find(cookie.reveal(), START).unwrap().lease;
        assert!(!lease.is_over());
        sessions.close(cookie.reveal());
        assert!(lease.is_over());
        assert!(sessions.find(cookie.reveal(), START).is_none());
    }

    #[test]
    fn links_and_sessions_are_bounded() {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let first = sessions.new_link(OperatorRole::Admin, START).unwrap();
        for _ in 0..MAX_LINKS {
            sessions.new_link(OperatorRole::Admin, START).unwrap();
        }
        assert_eq!(sessions.open(token_of(&first), START), Ok(None), "the oldest link made room");

        let cookies: Vec<Token> = (0..=MAX_SESSIONS as u64)
            .map(|minute| signed_in(&sessions, START.after(Duration::from_secs(60 * minute))))
            .collect();
        let now = START.after(Duration::from_secs(3600 * 2));
        assert!(sessions.find(cookies[0].reveal(), now).is_none(), "the one that was idle longest made room");
        assert!(sessions.find(cookies[1].reveal(), now).is_some());
        assert_eq!(sessions.lock().sessions.len(), MAX_SESSIONS);
    }

    #[test]
    fn nothing_prints_a_token() {
        let sessions = Sessions::new("http://127.0.0.1:1");
        let cookie = signed_in(&sessions, START);
        assert_eq!(format!("{cookie:?} {sessions:?}"), "Token(..) Sessions { console: \"http://127.0.0.1:1\", .. }");
    }
}
