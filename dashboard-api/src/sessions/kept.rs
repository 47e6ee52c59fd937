//! What is kept of sessions over a restart of the daemon: JSON, of each cookie the SHA-256 only. A restart takes away the
//! freshness of a proof, and nothing else. Time that passed meanwhile is taken from the wall clock; where that was set back,
//! none has passed. What does not last any more, or cannot be read, has ended, and is told like every other end.

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

/// The sessions, as they are kept.
pub(super) fn written(sessions: &[Session]) -> Vec<u8> {
    let rows: Vec<Row> = sessions.iter().map(row).collect();
    // Numbers and texts alone: there is nothing in them that JSON cannot hold.
    serde_json::to_vec(&rows).unwrap_or_default()
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
    let Ok(rows) = serde_json::from_slice::<Vec<Row>>(kept) else {
        tracing::warn!("the sessions that were kept cannot be read; everybody signs in again");
        return read;
    };
    for row in rows {
        let (id, operator) = (SessionId::new(row.id), row.operator.map(OperatorId::new));
        let is_full = read.sessions.len() == MAX_SESSIONS;
        match session(row, now).filter(|_| !is_full) {
            Some(session) => match over(&session, idle_life, now) {
                Some(cause) => read.ended.push(Ended { id, operator, cause }),
                None => read.sessions.push(session),
            },
            None => read.ended.push(Ended { id, operator, cause: SessionEnd::Lost }),
        }
    }
    read
}

/// Why a session does not last any more, if it does not.
fn over(session: &Session, idle_life: Duration, now: Now) -> Option<SessionEnd> {
    let is_screen = session.seen.role == OperatorRole::WallScreen;
    let is_idle = !is_screen && now.wall.since(session.seen.used) >= idle_life;
    session.over(idle_life, now.monotonic).or(is_idle.then_some(SessionEnd::Idle))
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
        proven: None,
        ended: CancellationToken::new(),
    })
}

const METHODS: [SignInMethod; 5] = [
    SignInMethod::Link,
    SignInMethod::PasswordTotp,
    SignInMethod::Passkey,
    SignInMethod::RecoveryCode,
    SignInMethod::Provider,
];
