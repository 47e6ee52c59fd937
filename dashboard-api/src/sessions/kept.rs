//! What is kept of sessions over a restart of the daemon: JSON, of each cookie the SHA-256 only, and the ends of sessions that
//! the journal does not have yet. A restart takes away the freshness of a proof, and nothing else. Time that passed meanwhile
//! is taken from the wall clock; where that was set back, none has passed. What does not last any more, or cannot be read, has
//! ended, and is told like every other end.

use std::time::Duration;

use data_encoding::HEXLOWER;
use rackward_core::engine::command::Scope;
use rackward_core::id::{OperatorId, OrganisationId, SessionId};
use rackward_core::operator::{SessionEnd, SignInMethod};
use rackward_core::permission::OperatorRole;
use rackward_core::{Now, Wall};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::client::organisation_of;
use super::{Client, Ended, Holder, MAX_SESSIONS, Seen, Session};
use crate::wire::session::method_word;
use crate::wire::session_end_word;

/// One line of what is kept.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Lasting(Row),
    Over(Over),
}

/// A session that is over, which the journal does not know yet.
#[derive(Serialize, Deserialize)]
struct Over {
    ended: u32,
    operator: Option<u32>,
    cause: String,
}

#[derive(Serialize, Deserialize)]
struct Row {
    id: u32,
    digest: String,
    operator: Option<u32>,
    role: String,
    organisation: Option<u32>,
    method: String,
    client: Client,
    began_s: i64,
    used_s: i64,
}

/// The sessions, as they are kept, with the ends that wait to be recorded.
pub(super) fn written(sessions: &[Session], ended: impl Iterator<Item = Ended>) -> Vec<u8> {
    let lasting = sessions.iter().map(|session| Line::Lasting(row(session)));
    let rows: Vec<Line> = lasting.chain(ended.map(|ended| Line::Over(over(ended)))).collect();
    // Numbers and texts alone: there is nothing in them that JSON cannot hold.
    serde_json::to_vec(&rows).unwrap_or_default()
}

fn over(Ended { id, operator, cause }: Ended) -> Over {
    Over { ended: id.get(), operator: operator.map(OperatorId::get), cause: session_end_word(cause).to_owned() }
}

fn row(session: &Session) -> Row {
    let seen = &session.seen;
    Row {
        id: seen.id.get(),
        digest: HEXLOWER.encode(&session.digest),
        operator: match seen.holder {
            Holder::Operator(operator) => Some(operator.get()),
            Holder::Machine => None,
        },
        role: seen.role.word().to_owned(),
        organisation: organisation_of(seen.scope),
        method: method_word(seen.method).to_owned(),
        client: seen.client.clone(),
        began_s: seen.began.as_seconds(),
        used_s: seen.used.as_seconds(),
    }
}

/// What was kept, read back.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The sessions that still last.
    pub(super) sessions: Vec<Session>,
    /// Those that do not.
    pub(super) ended: Vec<Ended>,
}

/// Reads what was kept. Whose sessions were in something that is no list of them nobody knows.
pub(super) fn read(kept: &[u8], idle_life: Duration, now: Now) -> Kept {
    let mut read = Kept::default();
    if kept.is_empty() {
        return read;
    }
    let Ok(lines) = serde_json::from_slice::<Vec<Line>>(kept) else {
        tracing::warn!("the sessions that were kept cannot be read; everybody signs in again");
        return read;
    };
    for line in lines {
        match line {
            Line::Lasting(row) => read.take(row, idle_life, now),
            Line::Over(over) => read.ended.push(end(&over)),
        }
    }
    read
}

impl Kept {
    fn take(&mut self, row: Row, idle_life: Duration, now: Now) {
        let (id, operator) = (SessionId::new(row.id), row.operator.map(OperatorId::new));
        let is_full = self.sessions.len() == MAX_SESSIONS;
        match session(row, now).filter(|_| !is_full) {
            Some(session) => match lasts_no_more(&session, idle_life, now) {
                Some(cause) => self.ended.push(Ended { id, operator, cause }),
                None => self.sessions.push(session),
            },
            None => self.ended.push(Ended { id, operator, cause: SessionEnd::Lost }),
        }
    }
}

/// Why a session does not last any more, if it does not.
fn lasts_no_more(session: &Session, idle_life: Duration, now: Now) -> Option<SessionEnd> {
    let is_screen = session.seen.role == OperatorRole::WallScreen;
    let is_idle = !is_screen && now.wall.since(session.seen.used) >= idle_life;
    session.over(idle_life, now.monotonic).or(is_idle.then_some(SessionEnd::Idle))
}

/// A cause that a later version may have written is not known here; that the session is over is.
fn end(over: &Over) -> Ended {
    let cause = ENDS.into_iter().find(|cause| session_end_word(*cause) == over.cause).unwrap_or(SessionEnd::Lost);
    Ended { id: SessionId::new(over.ended), operator: over.operator.map(OperatorId::new), cause }
}

fn session(row: Row, now: Now) -> Option<Session> {
    let began = Wall::from_seconds(row.began_s);
    Some(Session {
        digest: HEXLOWER.decode(row.digest.as_bytes()).ok()?.try_into().ok()?,
        seen: Seen {
            id: SessionId::new(row.id),
            holder: row.operator.map_or(Holder::Machine, |operator| Holder::Operator(OperatorId::new(operator))),
            role: OperatorRole::ALL.into_iter().find(|role| role.word() == row.role)?,
            scope: row.organisation.map_or(Scope::Site, |id| Scope::Organisation(OrganisationId::new(id))),
            method: METHODS.into_iter().find(|method| method_word(*method) == row.method)?,
            client: row.client,
            began,
            used: Wall::from_seconds(row.used_s),
        },
        spent: now.wall.since(began),
        began: now.monotonic,
        used: now.monotonic,
        // For how long it idled before is not kept: the desk begins anew with the daemon.
        acted: now.monotonic,
        proven: None,
        ended: CancellationToken::new(),
    })
}

const ENDS: [SessionEnd; 8] = [
    SessionEnd::SignedOut,
    SessionEnd::Idle,
    SessionEnd::TimeOver,
    SessionEnd::Revoked,
    SessionEnd::Moved,
    SessionEnd::Disabled,
    SessionEnd::Crowded,
    SessionEnd::Lost,
];

const METHODS: [SignInMethod; 6] = [
    SignInMethod::Link,
    SignInMethod::PasswordTotp,
    SignInMethod::Passkey,
    SignInMethod::RecoveryCode,
    SignInMethod::Provider,
    SignInMethod::Certificate,
];
