//! What is kept of sessions over a restart of the daemon: JSON, of each cookie the SHA-256 only. A restart takes away the
//! freshness of a proof, and nothing else. Time that passed meanwhile is taken from the wall clock; where that was set back,
//! none has passed.

use std::time::Duration;

use data_encoding::HEXLOWER;
use rackward_core::engine::command::Scope;
use rackward_core::id::{OperatorId, OrganisationId, SessionId};
use rackward_core::operator::SignInMethod;
use rackward_core::permission::OperatorRole;
use rackward_core::{Now, Wall};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::client::organisation_of;
use super::{Client, Holder, MAX_SESSIONS, Seen, Session};
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

/// The sessions that were kept and still last.
pub(super) fn read(kept: &[u8], idle_life: Duration, now: Now) -> Vec<Session> {
    if kept.is_empty() {
        return Vec::new();
    }
    let Ok(rows) = serde_json::from_slice::<Vec<Row>>(kept) else {
        tracing::warn!("the sessions that were kept cannot be read; everybody signs in again");
        return Vec::new();
    };
    let sessions = rows.into_iter().take(MAX_SESSIONS).filter_map(|row| session(row, now));
    sessions
        .filter(|session| session.over(idle_life, now.monotonic).is_none())
        .filter(|session| {
            session.seen.role == OperatorRole::WallScreen || now.wall.since(session.seen.used) < idle_life
        })
        .collect()
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
