//! Rule `credential`: whose card it is, and whether card and person count at all.

use super::{Presented, Refusal, Request, Trace, object};
use crate::decide::explain::Finding;
use crate::entry::Denial;
use crate::id::{CredentialId, PersonId};
use crate::people::index::{Holder, People, PersonRow};
use crate::people::{CredentialState, PersonStatus};
use crate::time::Wall;

const RULE: &str = "credential";

/// Evidence that somebody known presented something that counts.
#[derive(Debug)]
pub(super) struct Bearer<'a> {
    pub(super) person: PersonId,
    pub(super) credential: Option<CredentialId>,
    pub(super) row: &'a PersonRow,
}

pub(super) fn identify<'a>(
    people: &'a People,
    request: &Request,
    at: Wall,
    trace: &mut impl Trace,
) -> Result<Bearer<'a>, Refusal> {
    let (person, holder) = match request.presented {
        Presented::Nothing(person) => (person, None),
        Presented::Card(key) => match people.holder(&key) {
            Some(holder) => (holder.person, Some(holder)),
            None => {
                return Err(object(trace, RULE, None, Denial::CredentialUnknown, || "nobody holds this card".into()));
            }
        },
    };
    let Some(row) = people.person(person) else {
        return Err(object(trace, RULE, None, Denial::CredentialUnknown, || format!("{person} does not exist")));
    };
    let bearer = Bearer { person, credential: holder.map(|h| h.credential), row };
    if let Some(reason) = holder.and_then(|holder| objection(holder, at)) {
        return Err(object(trace, RULE, Some(&bearer), reason, || describe(holder, reason)));
    }
    match row.status {
        PersonStatus::Disabled => {
            Err(object(trace, RULE, Some(&bearer), Denial::PersonDisabled, || format!("{person} is disabled")))
        }
        PersonStatus::Enabled => {
            trace.found(RULE, || Finding::Passed(passed(&bearer)));
            Ok(bearer)
        }
    }
}

/// Why this credential does not count at `at`; its state speaks before its validity.
fn objection(holder: &Holder, at: Wall) -> Option<Denial> {
    match holder.state {
        CredentialState::Disabled => Some(Denial::CredentialDisabled),
        CredentialState::Lost => Some(Denial::CredentialLost),
        CredentialState::Stolen => Some(Denial::CredentialStolen),
        CredentialState::Damaged => Some(Denial::CredentialDamaged),
        CredentialState::Returned => Some(Denial::CredentialUnassigned),
        CredentialState::Enabled if at < holder.validity().from => Some(Denial::CredentialNotYetValid),
        CredentialState::Enabled if at >= holder.validity().to => Some(Denial::CredentialExpired),
        CredentialState::Enabled => None,
    }
}

fn describe(holder: Option<&Holder>, reason: Denial) -> String {
    let credential = holder.map_or_else(String::new, |holder| holder.credential.to_string());
    format!("{credential} of this card: {}", reason.word())
}

fn passed(bearer: &Bearer<'_>) -> String {
    match bearer.credential {
        Some(credential) => format!("{credential} is enabled and valid; {} is enabled", bearer.person),
        None => format!("{} is enabled; any good credential is assumed", bearer.person),
    }
}
