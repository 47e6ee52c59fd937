//! Two people at one point: the first waits, the second must come in time, and both are decided anew when they pass
//! together. Who needs a second person is decided in `decide/{two_person,escort}.rs`.

use core::time::Duration;

use crate::decide::{Admission, Companion, NoTrace, PinEvidence, Presented, Refusal, Request, Verdict, settle};
use crate::engine::output::Feedback;
use crate::engine::{Engine, TimerKey};
use crate::entry::{Denial, Entry};
use crate::id::{DeviceId, PointId};
use crate::people::CredentialKey;
use crate::time::Now;

/// How long the first person waits for the second (`feedback.md` T5).
const COMPANION_TIMEOUT: Duration = Duration::from_secs(15);

/// Somebody who passed every rule at a point but the one that asks for a second person.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct FirstComer {
    pub(super) key: CredentialKey,
    pub(super) device: DeviceId,
    pub(super) pin: PinEvidence,
    pub(super) admission: Admission,
}

impl FirstComer {
    pub(super) fn as_companion(&self) -> Companion {
        Companion { person: self.admission.person, escort: self.admission.escort }
    }
}

impl Engine {
    pub(super) fn await_companion(&mut self, now: Now, point: PointId, first: FirstComer) {
        self.record(now, Entry::CompanionAwaited { point, person: first.admission.person });
        self.answer_at(first.device, Feedback::SecondPerson);
        self.first_comers.insert(point, first);
        self.timers.set(TimerKey::CompanionTimeout(point), now.monotonic.after(COMPANION_TIMEOUT));
    }

    /// The second person passed every rule with the first beside them. The first is decided anew, because rights may have
    /// changed while they waited; if they no longer pass, the second is on their own and waits for another where one is needed.
    pub(super) fn admit_both(&mut self, now: Now, device: DeviceId, second: FirstComer, point: PointId) {
        let Some(first) = self.take_first_comer(point) else { return };
        if self.people.bearer(&first.key).is_none_or(|row| row.person() != first.admission.person) {
            // The card is in other hands by now.
            let (person, credential) = (Some(first.admission.person), None);
            self.refuse(now, device, point, Refusal { person, credential, reason: Denial::CredentialUnassigned });
            return self.decide(now, device, point, second.key, second.pin);
        }
        let companion = Some(second.as_companion());
        let request = Request { point, presented: Presented::Card(first.key), pin: first.pin, companion };
        match settle(&self.view(now.wall), &request, &mut NoTrace) {
            Ok(Verdict::Admit(admission)) => {
                let Admission { person, credential, grant, door, release_time, .. } = admission;
                let with = second.admission.person;
                self.note_passback(now, point, &admission);
                self.record(now, Entry::CompanionAdmitted { point, person, credential, grant, with });
                self.expect_passage(door, point, person);
                self.forget_tries(credential, first.pin);
                // One release lets both in: who needs longer gets it, whoever came first.
                let release_time = release_time.max(second.admission.release_time);
                self.admit(now, device, point, Admission { release_time, ..second.admission }, second.pin);
            }
            // With a card, its PIN and company, nothing is left to wait for.
            Ok(Verdict::AwaitPin { .. } | Verdict::AwaitCompanion(_)) => {
                let Admission { person, credential, .. } = first.admission;
                let reason = Denial::NoDecision;
                self.refuse(now, device, point, Refusal { person: Some(person), credential: Some(credential), reason });
                self.decide(now, device, point, second.key, second.pin);
            }
            Err(refusal) => {
                self.refuse(now, device, point, refusal);
                self.decide(now, device, point, second.key, second.pin);
            }
        }
    }

    /// Nobody came.
    pub(in crate::engine) fn companion_timeout(&mut self, now: Now, point: PointId) {
        let Some(first) = self.take_first_comer(point) else { return };
        let Admission { person, credential, .. } = first.admission;
        let reason = Denial::SecondPersonMissing;
        let refusal = Refusal { person: Some(person), credential: Some(credential), reason };
        self.refuse(now, first.device, point, refusal);
    }

    pub(super) fn take_first_comer(&mut self, point: PointId) -> Option<FirstComer> {
        self.timers.cancel(TimerKey::CompanionTimeout(point));
        self.first_comers.remove(&point)
    }
}
