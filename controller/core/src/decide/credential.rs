//! Rule `credential`: whose card it is, and whether card and person count at all.

use super::{Bearer, Presented, Refusal, Request, Trace, View, object, pass};
use crate::decide::explain::Finding;
use crate::entry::Denial;
use crate::id::CredentialId;
use crate::people::index::Row;
use crate::people::{CredentialState, PersonStatus};
use crate::time::Wall;

const RULE: &str = "credential";

/// Stands for the credential of somebody who has none; numbers are given from 1.
pub(crate) const NO_CREDENTIAL: CredentialId = CredentialId::new(0);

pub(super) fn identify<'a>(
    view: &View<'a>,
    request: &Request<'a>,
    trace: &mut impl Trace,
) -> Result<Bearer<'a>, Refusal> {
    let row = match request.presented {
        Presented::Nothing(row) => Some(row),
        Presented::Card(key) => view.people.bearer(&key),
    };
    let Some(row) = row else {
        let reason = Denial::CredentialUnknown;
        trace.found(RULE, || Finding::Objected(reason, "nobody holds this card".into()));
        return Err(Refusal { person: None, credential: None, reason });
    };
    let bearer = Bearer { row };
    if let Some(reason) = objection(&row, view.at) {
        let why = || format!("{} of this card: {}", row.credential(), reason.word());
        return Err(object(trace, RULE, &bearer, reason, why));
    }
    if row.status() != PersonStatus::Enabled {
        let why = || format!("{} {}", row.person(), standing(row.status()));
        return Err(object(trace, RULE, &bearer, Denial::PersonDisabled, why));
    }
    pass(trace, RULE, || match request.presented {
        Presented::Nothing(row) if row.credential() == NO_CREDENTIAL => {
            format!("{} is enabled; a good credential is assumed", row.person())
        }
        Presented::Nothing(_) | Presented::Card(_) => {
            format!("{} counts and {} is enabled", row.credential(), row.person())
        }
    });
    Ok(bearer)
}

/// Why this credential does not count at `at`; its state speaks before its validity.
fn objection(row: &Row<'_>, at: Wall) -> Option<Denial> {
    match row.state() {
        CredentialState::Disabled => Some(Denial::CredentialDisabled),
        CredentialState::Lost => Some(Denial::CredentialLost),
        CredentialState::Stolen => Some(Denial::CredentialStolen),
        CredentialState::Damaged => Some(Denial::CredentialDamaged),
        CredentialState::Returned => Some(Denial::CredentialUnassigned),
        CredentialState::Destroyed => Some(Denial::CredentialDestroyed),
        CredentialState::Enabled if at < row.validity().from => Some(Denial::CredentialNotYetValid),
        CredentialState::Enabled if at >= row.validity().to => Some(Denial::CredentialExpired),
        CredentialState::Enabled => None,
    }
}

/// How a credential stands for somebody who asks about a person with several: the first that counts, else the first.
pub(crate) fn best_of<'a>(rows: impl Iterator<Item = Row<'a>>, at: Wall) -> Option<Row<'a>> {
    let mut first = None;
    for row in rows {
        if objection(&row, at).is_none() {
            return Some(row);
        }
        first.get_or_insert(row);
    }
    first
}

const fn standing(status: PersonStatus) -> &'static str {
    match status {
        PersonStatus::Enabled => "is enabled",
        PersonStatus::Suspended => "is suspended",
        PersonStatus::Expected => "is expected and has not joined yet",
        PersonStatus::Left => "has left",
    }
}
