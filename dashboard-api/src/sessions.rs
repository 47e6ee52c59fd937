//! Who is signed in at the console. A session is a cookie of 32 random bytes, of which only the SHA-256 is kept; comparing
//! takes the same time wherever they differ. It is bound to where it was opened, ends by idling, by its longest time and by
//! whatever happens to its operator, and outlives a restart of the daemon. What a session may do is the business of its
//! role (`permission.rs` of the core), who may open one that of `signin.rs`; links are `sessions/links.rs`, command lines that
//! wait to be let in `sessions/devices.rs`.
//!
//! Vocabulary: a session's *holder* is the operator, or nobody: whoever used a link of the machine's. Its *proof* is when the
//! holder last proved who they are.

mod client;
mod devices;
mod ended;
mod kept;
mod lease;
mod links;
mod programs;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use rackward_core::engine::command::Scope;
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{OperatorState, SessionEnd, SignInMethod};
use rackward_core::permission::{Actor, Assurance, OperatorRole, PermissionSet, STEP_UP_GOOD_FOR};
use rackward_core::{Caller, Monotonic, Now, Wall};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use crate::backend::Pending;
use crate::hosts::Hosts;
use crate::proofs::Proofs;
use crate::signin::{Apps, Setups};

pub use client::Client;
pub(crate) use devices::{Asks, CODE_CHARS, CODE_LIFE, Devices, Fetched, Issued, Looked, NotBegun, POLL_EVERY};
pub(crate) use ended::Ended;
use ended::Ends;
pub(crate) use lease::Lease;
pub use links::LinkFor;
use links::Links;
pub(crate) use links::OpenLink;
use programs::Programs;

/// A desk's session without a request ends after this, unless the site file says otherwise. The open console follows the
/// stream, which counts as use; this is about a closed one.
pub const IDLE_LIFE_DEFAULT: Duration = Duration::from_secs(15 * 60);

/// A session ends after this in any case: one shift.
pub(crate) const ABSOLUTE_LIFE: Duration = Duration::from_secs(12 * 3600);

/// The session of a wall screen ends after this. Nobody sits there who could sign in again every shift; it sees and does
/// next to nothing, and only on its own network.
const WALL_SCREEN_LIFE: Duration = Duration::from_secs(90 * 86_400);

/// How many sessions are kept; a new one ends the one that was idle longest. Small, because every look-up compares all.
const MAX_SESSIONS: usize = 256;

/// How a token's secret begins, so that one that got lost in a text is found by whoever looks for it.
pub(crate) const TOKEN_PREFIX: &str = "rwt_";

/// The system's source of randomness failed, so no token can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers, so nobody can sign in; check the machine")]
pub struct NoRandomness;

/// A fresh secret: a link's, a session's or a program's. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn draw() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// The secret, for the one who is to have it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A session or token that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Who it is, with which role.
    pub(crate) caller: Caller,
    /// How long it still lasts.
    pub(crate) lease: Lease,
    /// The session, where it is one.
    pub(crate) session: Option<SessionId>,
}

/// Whose a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An operator's, who had this role and reach when it was opened.
    Operator(OperatorId),
    /// Nobody's: whoever used a link of the machine's.
    Machine,
}

/// A session that is to be opened.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    /// Its number, which the journal has given.
    pub(crate) id: SessionId,
    /// Whose.
    pub(crate) holder: Holder,
    /// With which role.
    pub(crate) role: OperatorRole,
    /// Over what.
    pub(crate) scope: Scope,
    /// How they signed in.
    pub(crate) method: SignInMethod,
    /// From where.
    pub(crate) client: Client,
    /// Whether they have proven themselves just now, or were known to whoever vouches for them.
    pub(crate) assurance: Assurance,
}

/// A session as its holder and admins see it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its number.
    pub(crate) id: SessionId,
    /// Whose.
    pub(crate) holder: Holder,
    /// With which role.
    pub(crate) role: OperatorRole,
    /// Over what.
    pub(crate) scope: Scope,
    /// How they signed in.
    pub(crate) method: SignInMethod,
    /// From where.
    pub(crate) client: Client,
    /// When it was opened.
    pub(crate) began: Wall,
    /// When it was last used.
    pub(crate) used: Wall,
}

/// Keeps sessions over a restart of the daemon.
pub trait SessionKeeper: Send + Sync + 'static {
    /// Puts these bytes in the place of those before; a failure is the keeper's to tell.
    fn keep(&self, sessions: Vec<u8>) -> Pending<()>;
}

#[derive(Debug)]
struct Session {
    digest: [u8; 32],
    seen: Seen,
    /// How much of its longest time had passed before the daemon was started.
    spent: Duration,
    began: Monotonic,
    used: Monotonic,
    /// When somebody last did something with it; to look at something does not count, because a console looks by itself.
    acted: Monotonic,
    proven: Option<Monotonic>,
    ended: CancellationToken,
}

#[derive(Debug, Default)]
struct Tables {
    links: Links,
    sessions: Vec<Session>,
    programs: Programs,
    ended: Ends,
}

/// Sign-in links and sessions of one daemon.
pub struct Sessions {
    console: String,
    hosts: Hosts,
    idle_life: Duration,
    tables: Mutex<Tables>,
    setups: Setups,
    apps: Apps,
    devices: Devices,
    keeper: Option<Arc<dyn SessionKeeper>>,
    /// Taken while the sessions are written, so that an older state is never written over a newer one.
    writing: tokio::sync::Mutex<()>,
}

impl Sessions {
    /// No sessions yet, and none kept over a restart. `console` is the console's address without a slash at its end, such as
    /// `http://127.0.0.1:8080`.
    pub fn new(console: impl Into<String>) -> Self {
        let console: String = console.into();
        Self {
            hosts: Hosts::of_address(&console),
            console: console.trim_end_matches('/').to_owned(),
            idle_life: IDLE_LIFE_DEFAULT,
            tables: Mutex::default(),
            setups: Setups::default(),
            apps: Apps::default(),
            devices: Devices::default(),
            keeper: None,
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// The same with sessions that end after `idle_life` without a request, and that `keeper` keeps over restarts; `kept` is
    /// what it kept of the last time. What cannot be read of it is over: whoever it was signs in again.
    pub fn kept(self, idle_life: Duration, keeper: Arc<dyn SessionKeeper>, kept: &[u8], now: Now) -> Self {
        let kept = kept::read(kept, idle_life, now);
        let mut tables = self.lock();
        tables.sessions = kept.sessions;
        kept.ended.into_iter().for_each(|ended| tables.ended.add(ended));
        drop(tables);
        Self { idle_life, keeper: Some(keeper), ..self }
    }

    /// Every operator's session that there is, for the engine to know after a start.
    pub(crate) fn lasting(&self) -> Vec<(SessionId, OperatorId)> {
        let of_operator = |session: &Session| match session.seen.holder {
            Holder::Operator(operator) => Some((session.seen.id, operator)),
            Holder::Machine => None,
        };
        self.lock().sessions.iter().filter_map(of_operator).collect()
    }

    /// The same for a console that answers to these names.
    pub fn reached_by(self, hosts: Hosts) -> Self {
        Self { hosts, ..self }
    }

    /// Which names the console answers to.
    pub(crate) const fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The console's address.
    pub fn console(&self) -> &str {
        &self.console
    }

    /// Whether browsers come over TLS, so that the cookie can say that it is for nothing else.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.console.starts_with("https:")
    }

    pub(crate) const fn setups(&self) -> &Setups {
        &self.setups
    }

    /// Authenticator apps whose owners have yet to show a code of them.
    pub(crate) const fn apps(&self) -> &Apps {
        &self.apps
    }

    /// Command lines that wait to be let in.
    pub(crate) const fn devices(&self) -> &Devices {
        &self.devices
    }

    /// A new sign-in link for `role` over the whole site, to be used by whoever is at the machine: a whole address, good for
    /// one use within a quarter of an hour of `now`.
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
        self.new_link_for(LinkFor::Machine { role, scope }, now)
    }

    /// A new link for somebody.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_link_for(&self, whom: LinkFor, now: Monotonic) -> Result<String, NoRandomness> {
        let token = Token::draw()?;
        // Of two ways in that somebody was given, the older one may be in the wrong hands.
        self.forget_ways_of(whom);
        self.lock().links.add(token.reveal(), whom, now);
        Ok(format!("{}/login?token={}", self.console, token.reveal()))
    }

    /// Takes back every link and every open page that leads where this one does: of an operator, or to the first account.
    pub(crate) fn forget_ways_of(&self, whom: LinkFor) {
        self.lock().links.retain(|other| !other.leads_where(whom));
        self.setups.retain(|other| !other.leads_where(whom));
    }

    pub(crate) fn take_link(&self, secret: &str, now: Monotonic) -> Option<OpenLink> {
        self.lock().links.take(secret, now)
    }

    pub(crate) fn put_link_back(&self, link: OpenLink) {
        self.lock().links.put_back(link);
    }

    /// Opens a session with this cookie; says how long it lasts at most.
    pub(crate) fn open(&self, cookie: &Token, opening: Opening, now: Now) -> Duration {
        let mut tables = self.lock();
        tables.make_room(self.idle_life, now.monotonic);
        let Opening { id, holder, role, scope, method, client, assurance } = opening;
        let proven = match assurance {
            Assurance::Fresh => Some(now.monotonic),
            Assurance::Idle | Assurance::Standing => None,
        };
        let session = Session {
            digest: digest(cookie.reveal()),
            seen: Seen { id, holder, role, scope, method, client, began: now.wall, used: now.wall },
            spent: Duration::ZERO,
            began: now.monotonic,
            used: now.monotonic,
            acted: now.monotonic,
            proven,
            ended: CancellationToken::new(),
        };
        let lasts = session.remaining(now.monotonic);
        tables.sessions.push(session);
        lasts
    }

    /// The session a cookie belongs to, if it still lasts; asking counts as using it. One that is used from elsewhere than it
    /// was opened at ends here.
    pub(crate) fn find(&self, cookie: &str, client: &Client, proofs: Option<&dyn Proofs>, now: Now) -> Option<Found> {
        let wanted = digest(cookie);
        let mut tables = self.lock();
        let place = position(&tables.sessions, |session| &session.digest, &wanted)?;
        let session = tables.sessions.get_mut(place)?;
        let over = session.over(self.idle_life, now.monotonic).or_else(|| session.disowned(proofs));
        let moved = (!session.seen.client.is_same(client)).then_some(SessionEnd::Moved);
        if let Some(cause) = over.or(moved) {
            tables.end(place, cause);
            return None;
        }
        session.touch(now);
        Some(session.found(self.idle_life, now.monotonic))
    }

    /// Notes that a session is used by what it started, such as a stream that is read. One that is over stays over.
    pub(crate) fn touch(&self, id: SessionId, now: Now) {
        let mut tables = self.lock();
        let used = tables.sessions.iter_mut().find(|session| session.seen.id == id);
        if let Some(session) = used.filter(|session| session.over(self.idle_life, now.monotonic).is_none()) {
            session.touch(now);
        }
    }

    /// Notes that somebody does something with a session. What comes after it idled is noted once they have proven themselves.
    pub(crate) fn acts(&self, id: SessionId, now: Now) {
        let mut tables = self.lock();
        let session = tables.sessions.iter_mut().find(|session| session.seen.id == id);
        if let Some(session) = session.filter(|session| !session.is_deserted(self.idle_life, now.monotonic)) {
            session.acted = now.monotonic;
        }
    }

    /// The token a program has shown, if it counts: within its time, not revoked, of an operator who may sign in.
    pub(crate) fn find_token(&self, secret: &str, proofs: &dyn Proofs, now: Now) -> Option<Found> {
        self.lock().programs.find(secret, proofs, now.wall)
    }

    /// Whether what somebody has started may go on: what they signed in or came with is still worth the same. Asked by what
    /// tells of changes before it tells of what comes after one, since the [review](Self::review) follows a moment later.
    pub(crate) fn still_count(
        &self,
        caller: &Caller,
        session: Option<SessionId>,
        proofs: &dyn Proofs,
        now: Now,
    ) -> bool {
        if let Some(id) = session {
            let tables = self.lock();
            let known = tables.sessions.iter().find(|session| session.seen.id == id);
            return known.is_some_and(|session| {
                session.over(self.idle_life, now.monotonic).is_none() && session.disowned(Some(proofs)).is_none()
            });
        }
        programs::still_counts(caller, proofs, now.wall)
    }

    /// Ends what its operator or token has lost: everything that it started ends with it.
    pub(crate) fn review(&self, proofs: &dyn Proofs, now: Now) {
        let mut tables = self.lock();
        tables.end_where(|session| {
            session.over(self.idle_life, now.monotonic).or_else(|| session.disowned(Some(proofs)))
        });
        tables.programs.review(proofs, now.wall);
        let may_enter = |whom: LinkFor| {
            let enabled = |id| proofs.operator(id).is_some_and(|known| known.state == OperatorState::Enabled);
            whom.operator().is_none_or(enabled)
        };
        tables.links.retain(may_enter);
        drop(tables);
        self.setups.retain(may_enter);
    }

    /// Ends the session a cookie belongs to, with everything that it started. Whoever leaves from elsewhere than it was opened
    /// at is not its holder.
    pub(crate) fn close(&self, cookie: &str, client: &Client) {
        let wanted = digest(cookie);
        let mut tables = self.lock();
        if let Some(place) = position(&tables.sessions, |session| &session.digest, &wanted) {
            let held = tables.sessions.get(place).is_some_and(|session| session.seen.client.is_same(client));
            tables.end(place, if held { SessionEnd::SignedOut } else { SessionEnd::Moved });
        }
    }

    /// Ends a session by its number; `false` where there is none.
    pub(crate) fn revoke(&self, id: SessionId) -> bool {
        let mut tables = self.lock();
        let place = tables.sessions.iter().position(|session| session.seen.id == id);
        place.map(|place| tables.end(place, SessionEnd::Revoked)).is_some()
    }

    /// Every session that lasts, the oldest first.
    pub(crate) fn list(&self, now: Monotonic) -> Vec<Seen> {
        let tables = self.lock();
        let lasting = tables.sessions.iter().filter(|session| session.over(self.idle_life, now).is_none());
        lasting.map(|session| session.seen.clone()).collect()
    }

    /// Notes that the holder of a session has proven themselves again, and gives it another cookie: whoever saw the old one
    /// gains nothing by it. With it comes how long the session lasts at most. `Ok(None)` where the session is over.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub(crate) fn prove_again(&self, id: SessionId, now: Now) -> Result<Option<(Token, Duration)>, NoRandomness> {
        let token = Token::draw()?;
        let mut tables = self.lock();
        let Some(session) = tables.sessions.iter_mut().find(|session| session.seen.id == id) else {
            return Ok(None);
        };
        session.digest = digest(token.reveal());
        (session.proven, session.acted) = (Some(now.monotonic), now.monotonic);
        Ok(Some((token, session.remaining(now.monotonic))))
    }

    /// The end of a session that waits longest to be recorded.
    pub(crate) fn first_ended(&self) -> Option<Ended> {
        self.lock().ended.first()
    }

    /// Forgets an end that was recorded.
    pub(crate) fn end_is_recorded(&self, ended: Ended) {
        self.lock().ended.forget(ended);
    }

    /// Waits until a session has ended, if none has since this was waited for last.
    pub(crate) async fn one_has_ended(&self) {
        let news = self.lock().ended.news();
        news.notified().await;
    }

    /// Writes down which sessions there are, so that a restart keeps them.
    pub(crate) async fn keep(&self) {
        let Some(keeper) = &self.keeper else { return };
        let _turn = self.writing.lock().await;
        let bytes = self.lock().written();
        keeper.keep(bytes).await;
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
    /// Why it is over by the clock, if it is.
    fn over(&self, idle_life: Duration, now: Monotonic) -> Option<SessionEnd> {
        let is_screen = self.seen.role == OperatorRole::WallScreen;
        if self.remaining(now).is_zero() {
            return Some(SessionEnd::TimeOver);
        }
        (!is_screen && now.since(self.used) >= idle_life).then_some(SessionEnd::Idle)
    }

    /// Whether nobody has done anything with it for as long as a desk may idle.
    fn is_deserted(&self, idle_life: Duration, now: Monotonic) -> bool {
        now.since(self.acted) >= idle_life
    }

    const fn touch(&mut self, now: Now) {
        self.used = now.monotonic;
        self.seen.used = now.wall;
    }

    fn remaining(&self, now: Monotonic) -> Duration {
        let life = if self.seen.role == OperatorRole::WallScreen { WALL_SCREEN_LIFE } else { ABSOLUTE_LIFE };
        life.saturating_sub(self.spent).saturating_sub(now.since(self.began))
    }

    /// Whether its operator is no longer who they were when it was opened, or was reset since.
    fn disowned(&self, proofs: Option<&dyn Proofs>) -> Option<SessionEnd> {
        let Holder::Operator(operator) = self.seen.holder else { return None };
        let same = proofs.and_then(|proofs| proofs.operator(operator)).is_some_and(|known| {
            let is_as_then = (known.role, known.scope) == (self.seen.role, self.seen.scope);
            known.state == OperatorState::Enabled && is_as_then && self.seen.id > known.sessions_void_to
        });
        (!same).then_some(SessionEnd::Disabled)
    }

    fn found(&self, idle_life: Duration, now: Monotonic) -> Found {
        let actor = match self.seen.holder {
            Holder::Operator(operator) => Actor::Operator(operator),
            Holder::Machine => Actor::Session(self.seen.id.get()),
        };
        let fresh = self.proven.is_some_and(|proven| now.since(proven) < STEP_UP_GOOD_FOR);
        let assurance = match (fresh, self.is_deserted(idle_life, now)) {
            (true, _) => Assurance::Fresh,
            (false, false) => Assurance::Standing,
            (false, true) => Assurance::Idle,
        };
        let (role, scope, limits) = (self.seen.role, self.seen.scope, PermissionSet::ALL);
        Found {
            caller: Caller { actor, role, scope, limits, assurance },
            lease: Lease { ended: self.ended.clone(), remaining: Some(self.remaining(now)) },
            session: Some(self.seen.id),
        }
    }
}

impl Tables {
    fn written(&self) -> Vec<u8> {
        kept::written(&self.sessions, self.ended.all())
    }

    fn end(&mut self, place: usize, cause: SessionEnd) {
        let session = self.sessions.remove(place);
        session.ended.cancel();
        let operator = match session.seen.holder {
            Holder::Operator(operator) => Some(operator),
            Holder::Machine => None,
        };
        self.ended.add(Ended { id: session.seen.id, operator, cause });
    }

    fn end_where(&mut self, cause_of: impl Fn(&Session) -> Option<SessionEnd>) {
        let mut place = 0;
        while let Some(session) = self.sessions.get(place) {
            match cause_of(session) {
                Some(cause) => self.end(place, cause),
                None => place += 1,
            }
        }
    }

    fn make_room(&mut self, idle_life: Duration, now: Monotonic) {
        self.end_where(|session| session.over(idle_life, now));
        if self.sessions.len() < MAX_SESSIONS {
            return;
        }
        let idlest = self.sessions.iter().enumerate().min_by_key(|(_, session)| session.used).map(|(place, _)| place);
        if let Some(place) = idlest {
            self.end(place, SessionEnd::Crowded);
        }
    }
}

pub(crate) fn digest(secret: &str) -> [u8; 32] {
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
mod tests;
