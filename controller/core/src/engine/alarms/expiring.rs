//! Credentials that come to their end while their holders still come and go (`console.md` B.2, P4): looked at once a day, so
//! that nobody stands before a closed door on the morning after. All of them are one alarm of the site, with each credential
//! counted behind it; it ends with the last of them.

use core::time::Duration;

use crate::alarm::life::DesignRule;
use crate::alarm::{Acknowledged, AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::id::{CredentialId, PersonId};
use crate::people::{Credential, CredentialState, PersonStatus};
use crate::time::{Monotonic, Now};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// So long ahead of the end somebody has time to make a new card.
const AHEAD: Duration = DAY.saturating_mul(7);

/// Whoever passed a door within this time still comes and goes.
const LATELY: Duration = DAY.saturating_mul(14);

/// The most credentials counted at once, those that end first. More are a campaign and no desk's work; the rest follow as these
/// are done.
const EXPIRING_MAX_CREDENTIALS: usize = 100;

const KIND: AlarmKind = AlarmKind::CredentialExpiring;

/// When it was looked last.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Expiring(Option<Monotonic>);

impl Engine {
    /// In each minute: what was extended, replaced or is over by now; once a day, what comes to its end.
    pub(super) fn review_expiring(&mut self, now: Now) {
        for credential in self.told_expiring() {
            let holder = self.records.credentials.get(&credential).map(|row| row.person);
            let still = holder.and_then(|person| self.expiring_of(now, person));
            if still.is_none_or(|row| row.id != credential) {
                self.end_alarm(now, KIND, AlarmSource::Credential(credential));
            }
        }
        if self.expiring.0.is_none_or(|last| now.monotonic.since(last) >= DAY) {
            self.expiring.0 = Some(now.monotonic);
            self.tell_expiring(now);
        }
        if self.told_expiring().is_empty() {
            self.end_alarm(now, KIND, AlarmSource::Site);
        }
    }

    fn tell_expiring(&mut self, now: Now) {
        let lately = self.records.presence.iter().filter(|(_, known)| now.wall.since(known.since) <= LATELY);
        let mut due: Vec<&Credential> = lately.filter_map(|(person, _)| self.expiring_of(now, *person)).collect();
        due.sort_unstable_by_key(|row| (row.validity.to, row.id));
        let room = EXPIRING_MAX_CREDENTIALS.saturating_sub(self.told_expiring().len());
        let is_told = |row: &&Credential| self.is_active(KIND, AlarmSource::Credential(row.id));
        let due: Vec<CredentialId> = due.into_iter().filter(|row| !is_told(row)).take(room).map(|row| row.id).collect();
        if due.is_empty() {
            return;
        }
        self.tell_anew(now);
        for credential in due {
            self.begin_alarm(now, KIND, AlarmSource::Credential(credential));
        }
    }

    /// The alarm of all of them. Whoever has seen it saw those of before: for others it comes again.
    fn tell_anew(&mut self, now: Now) {
        let whole = self.active_alarms.get(&(AlarmSource::Site, KIND)).and_then(|id| self.records.alarms.get(id));
        if whole.is_some_and(|alarm| alarm.acknowledged != Acknowledged::No) {
            self.end_alarm(now, KIND, AlarmSource::Site);
        }
        self.begin_alarm(now, KIND, AlarmSource::Site);
        let Some(whole) = self.active_alarms.get(&(AlarmSource::Site, KIND)).copied() else { return };
        for credential in self.told_expiring() {
            if let Some(alarm) = self.active_alarms.get(&(AlarmSource::Credential(credential), KIND)).copied() {
                self.count_behind(now, alarm, DesignRule::Together, whole);
            }
        }
    }

    /// The last credential of a person that counts, if it comes to its end soon and nothing follows it.
    fn expiring_of(&self, now: Now, person: PersonId) -> Option<&Credential> {
        self.records.persons.get(&person).filter(|person| person.status == PersonStatus::Enabled)?;
        let rows = self.holdings.credentials_of(person).filter_map(|id| self.records.credentials.get(&id));
        let counting = rows.filter(|row| row.state == CredentialState::Enabled);
        let last = counting.max_by_key(|row| (row.validity.to, row.id))?;
        let left = last.validity.to.since(now.wall);
        (!left.is_zero() && left <= AHEAD).then_some(last)
    }

    /// The credentials that are counted now.
    fn told_expiring(&self) -> Vec<CredentialId> {
        let credential = |(source, kind): &(AlarmSource, AlarmKind)| match source {
            AlarmSource::Credential(credential) if *kind == KIND => Some(*credential),
            AlarmSource::Credential(_)
            | AlarmSource::Site
            | AlarmSource::Door(_)
            | AlarmSource::Device(_)
            | AlarmSource::Zone(_)
            | AlarmSource::Area(_)
            | AlarmSource::Grant(_)
            | AlarmSource::Line(_)
            | AlarmSource::Point(_)
            | AlarmSource::Operator(_)
            | AlarmSource::Alert { .. }
            | AlarmSource::Camera(_) => None,
        };
        self.active_alarms.keys().filter_map(credential).collect()
    }
}
