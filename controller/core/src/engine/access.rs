//! From a card at a reader to a release, a refusal or a question for the PIN or a second person; exit buttons; releases that
//! could not go. Whether somebody may pass is decided in `decide.rs`; here the verdict is recorded and carried out.

mod company;
mod tries;

use core::time::Duration;

pub(super) use company::FirstComer;
pub(super) use tries::{LOCKED_OUT_FOR, Tries};

use super::{Engine, Journal, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::{
    Admission, NoTrace, PassbackFinding, PinEvidence, Presented, Refusal, Request, Verdict, interlock, settle,
};
use crate::engine::input::{Digits, FailureCause, LinkTrouble, PinOutcome};
use crate::engine::modes::HOLD_FOR;
use crate::engine::output::{Feedback, Output, ReleaseCause};
use crate::entry::{Denial, Entry, WithheldCause};
use crate::id::{CommandId, DeviceId, DoorId, PersonId, PointId};
use crate::people::CredentialKey;
use crate::site::Role;
use crate::time::Now;

/// How long a release command stays good on its way to the lock: longer than any healthy bus needs, shorter than a person
/// waits before trying again.
pub(super) const RELEASE_GOOD_FOR: Duration = Duration::from_secs(3);

/// How long a reader waits for the PIN (`feedback.md` T4).
const PIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The refusals that somebody must look at (`alarms.md` 12, 15 and 19).
const ALARMED: [(Denial, AlarmKind); 3] = [
    (Denial::CredentialStolen, AlarmKind::StolenCredential),
    (Denial::Passback, AlarmKind::PassbackViolation),
    (Denial::NotAuthorisedArea, AlarmKind::ImpossiblePassage),
];

/// A reader at which a card was good and the PIN is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Awaiting {
    key: CredentialKey,
    person: PersonId,
    point: PointId,
    stage: PinStage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PinStage {
    Typing,
    Checking,
}

/// A release whose confirmation is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) door: DoorId,
    earlier: Earlier,
}

/// Whether the door was released already when a release was sent. What becomes of the later one then says nothing about
/// the lock: the earlier still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    None,
    Running,
}

/// A release about to be sent.
struct Release {
    door: DoorId,
    command: CommandId,
    release_time: Duration,
    cause: ReleaseCause,
}

impl Engine {
    pub(super) fn card(&mut self, now: Now, device: DeviceId, key: CredentialKey) {
        let Some(point) = self.point_of(device) else { return };
        self.present(now, device);
        self.forget_awaiting(device);
        self.decide(now, device, point, key, PinEvidence::Missing);
    }

    /// Bits that are no usual card: somebody's card all the same, or else a bad read.
    pub(super) fn doubtful_card(&mut self, now: Now, device: DeviceId, key: CredentialKey) {
        if self.people.bearer(&key).is_some() { self.card(now, device, key) } else { self.bad_read(now, device) }
    }

    /// Nobody was refused: the card is to be presented again.
    pub(super) fn bad_read(&mut self, now: Now, device: DeviceId) {
        self.link_trouble(now, device, LinkTrouble::Malformed);
        if self.point_of(device).is_some() {
            self.present(now, device);
            self.answer_at(device, Feedback::ReadAgain);
        }
    }

    pub(super) fn decide(&mut self, now: Now, device: DeviceId, point: PointId, key: CredentialKey, pin: PinEvidence) {
        let companion = self.first_comers.get(&point).map(FirstComer::as_companion);
        let request = Request { point, presented: Presented::Card(key), pin, companion };
        match settle(&self.view(now.wall), &request, &mut NoTrace) {
            Ok(Verdict::Admit(admission)) => match companion {
                Some(first) if first.person != admission.person => {
                    self.admit_both(now, device, FirstComer { key, device, pin, admission }, point);
                }
                // Whoever waited and no longer needs to waits no more.
                Some(_) | None => {
                    self.take_first_comer(point);
                    self.admit(now, device, point, admission, pin);
                }
            },
            Ok(Verdict::AwaitPin { person }) => {
                self.record(now, Entry::FactorAwaited { point, person });
                self.awaiting.insert(device, Awaiting { key, person, point, stage: PinStage::Typing });
                self.timers.set(TimerKey::PinTimeout(device), now.monotonic.after(PIN_TIMEOUT));
                self.answer_at(device, Feedback::EnterPin);
            }
            Ok(Verdict::AwaitCompanion(admission)) => {
                self.await_companion(now, point, FirstComer { key, device, pin, admission });
            }
            Err(refusal) => self.refuse(now, device, point, refusal),
        }
    }

    /// Records an admission and releases the door.
    pub(super) fn admit(&mut self, now: Now, device: DeviceId, point: PointId, admission: Admission, pin: PinEvidence) {
        let Admission { person, credential, grant, door, release_time, .. } = admission;
        let command = self.new_command();
        self.note_passback(now, point, &admission);
        self.record(now, Entry::AccessGranted { point, door, person, credential, grant, release_time, command });
        self.expect_passage(door, point, person);
        self.forget_tries(credential, pin);
        self.release(now, Release { door, command, release_time, cause: ReleaseCause::Admitted });
        self.answer_at(device, self.granted(door, release_time));
    }

    /// A violation of a soft anti-passback is admitted, and the desk hears of it.
    pub(super) fn note_passback(&mut self, now: Now, point: PointId, admission: &Admission) {
        if admission.passback == PassbackFinding::Violated {
            self.record(now, Entry::PassbackViolated { point, person: admission.person });
            self.flash_alarm(now, AlarmKind::PassbackViolation, AlarmSource::Door(admission.door));
        }
    }

    /// Somebody typed the duress PIN: the desk alone hears of it, whatever becomes of the wish to pass.
    fn signal_duress(&mut self, now: Now, point: PointId, person: PersonId) {
        self.record(now, Entry::DuressSignalled { point, person });
        if let Some(door) = self.site.point(point).map(|point| point.door) {
            self.flash_alarm(now, AlarmKind::Duress, AlarmSource::Door(door));
        }
    }

    pub(super) fn refuse(&mut self, now: Now, device: DeviceId, point: PointId, refusal: Refusal) {
        let Refusal { person, credential, reason } = refusal;
        self.record(now, Entry::AccessDenied { point, person, credential, reason });
        self.denied_at(now, point, reason);
        self.show_refusal(now, device, point, &refusal);
        if let Some(door) = self.site.point(point).map(|point| point.door) {
            self.refused_beside(now, door, &refusal);
        }
        let alarm = ALARMED.iter().find(|(refused, _)| *refused == reason).map(|(_, alarm)| *alarm);
        if let (Some(alarm), Some(point)) = (alarm, self.site.point(point)) {
            let source = AlarmSource::Door(point.door);
            self.flash_alarm(now, alarm, source);
        }
    }

    /// Sends the release whose entry was just recorded and arms its timers.
    fn release(&mut self, now: Now, release: Release) {
        let Release { door, command, release_time, cause } = release;
        let Some(device) = self.site.door(door).map(|door| door.lock) else { return };
        let earlier = if self.timers.is_set(TimerKey::ReleaseOver(door)) { Earlier::Running } else { Earlier::None };
        self.releases.insert(command, Sent { door, earlier });
        let not_after = now.monotonic.after(RELEASE_GOOD_FOR);
        // A shorter release would end the hold of a lock whose device starts its timer anew with each release.
        let duration = if self.is_held(door) { release_time.max(HOLD_FOR) } else { release_time };
        self.outputs.push_back(Output::Release { device, command, duration, not_after, cause });
        self.release_begun(now, door, release_time);
    }

    pub(super) fn operator_release(
        &mut self,
        now: Now,
        entry: impl FnOnce(CommandId) -> Entry,
        door: DoorId,
        release_time: Duration,
    ) {
        let command = self.new_command();
        self.record(now, entry(command));
        self.release(now, Release { door, command, release_time, cause: ReleaseCause::Admitted });
        self.show(door, self.granted(door, release_time));
    }

    /// The exit button: life safety, so the release goes before its entry. Only a door of the same interlock that is known
    /// to be open or released holds it back, because that one is a way out already; one that is merely unknown does not.
    pub(super) fn exit_requested(&mut self, now: Now, door: DoorId) {
        let Some(site_door) = self.site.door(door) else { return };
        let held_open = site_door.interlocked_with.iter().any(|other| self.is_held(*other));
        if held_open || interlock::is_known_open(site_door, &self.records.doors) {
            self.record(now, Entry::ReleaseWithheld { door, cause: WithheldCause::Interlock });
            return;
        }
        let release_time = site_door.timings.release_time;
        let command = self.new_command();
        self.record(now, Entry::ExitReleased { door, command, release_time });
        self.release(now, Release { door, command, release_time, cause: ReleaseCause::LifeSafety });
    }

    pub(super) fn pin(&mut self, now: Now, device: DeviceId, digits: Digits) {
        let Some(awaiting) = self.awaiting.get_mut(&device) else { return };
        if awaiting.stage == PinStage::Typing {
            awaiting.stage = PinStage::Checking;
            let person = awaiting.person;
            self.present(now, device);
            self.outputs.push_back(Output::CheckPin { person, device, digits });
        }
    }

    pub(super) fn pin_checked(&mut self, now: Now, person: PersonId, device: DeviceId, outcome: PinOutcome) {
        let awaited = self.awaiting.get(&device).copied();
        let Some(awaiting) = awaited.filter(|a| a.person == person && a.stage == PinStage::Checking) else { return };
        self.forget_awaiting(device);
        let row = self.people.bearer(&awaiting.key).filter(|row| row.person() == person);
        let Some(credential) = row.map(|row| row.credential()) else {
            // The card is in other hands by now, and a PIN proves nothing about those.
            return self.refuse_awaiting(now, device, &awaiting, Denial::CredentialUnassigned);
        };
        match outcome {
            // Everything is decided anew: rights may have changed while the PIN was typed.
            PinOutcome::Right => self.decide(now, device, awaiting.point, awaiting.key, PinEvidence::Right),
            PinOutcome::Duress => {
                self.signal_duress(now, awaiting.point, person);
                self.decide(now, device, awaiting.point, awaiting.key, PinEvidence::Duress);
            }
            PinOutcome::Wrong => {
                self.refuse_awaiting(now, device, &awaiting, Denial::PinWrong);
                // Whoever has no PIN is refused with the same reason and has tried nothing.
                self.wrong_try(now, device, credential);
            }
            PinOutcome::Unavailable => self.refuse_awaiting(now, device, &awaiting, Denial::NoDecision),
        }
    }

    pub(super) fn pin_timeout(&mut self, now: Now, device: DeviceId) {
        if let Some(awaiting) = self.awaiting.remove(&device) {
            self.refuse_awaiting(now, device, &awaiting, Denial::FactorTimeout);
        }
    }

    fn refuse_awaiting(&mut self, now: Now, device: DeviceId, awaiting: &Awaiting, reason: Denial) {
        let row = self.people.bearer(&awaiting.key).filter(|row| row.person() == awaiting.person);
        let (person, credential) = (Some(awaiting.person), row.map(|row| row.credential()));
        self.refuse(now, device, awaiting.point, Refusal { person, credential, reason });
    }

    pub(super) fn forget_awaiting(&mut self, device: DeviceId) {
        self.awaiting.remove(&device);
        self.timers.cancel(TimerKey::PinTimeout(device));
    }

    pub(super) fn command_done(&mut self, now: Now, device: DeviceId, command: CommandId) {
        if let Some(sent) = self.releases.remove(&command) {
            self.record(now, Entry::CommandDone { device, command });
            self.release_confirmed(now, sent.door);
        }
    }

    /// A command that was refused or never sent did nothing. One whose confirmation is missing may have been carried out, so
    /// whoever opens within the release time still opens by right.
    pub(super) fn command_failed(&mut self, now: Now, device: DeviceId, command: CommandId, cause: FailureCause) {
        let Some(Sent { door, earlier }) = self.releases.remove(&command) else {
            return self.hold_failed(now, device, cause);
        };
        self.record(now, Entry::CommandFailed { device, command, cause });
        match (cause, earlier) {
            (FailureCause::Refused | FailureCause::Overload, Earlier::None) => {
                self.withhold(now, door, WithheldCause::DeviceFailed);
            }
            (FailureCause::Refused | FailureCause::Overload, Earlier::Running)
            | (FailureCause::Offline | FailureCause::Expired, _) => {
                self.show_fault(door);
            }
        }
    }

    /// A recorded release did not reach its lock: the door is as before, and the person is told.
    pub(super) fn withhold(&mut self, now: Now, door: DoorId, cause: WithheldCause) {
        self.record(now, Entry::ReleaseWithheld { door, cause });
        self.releases.retain(|_, sent| sent.door != door);
        self.expect_nobody(door);
        self.timers.cancel(TimerKey::ReleaseOver(door));
        self.timers.cancel(TimerKey::Closing(door));
        self.show_fault(door);
        self.review_conditions(now, door);
    }

    pub(super) fn store_failed(&mut self, now: Now, withheld: &[DeviceId], jobs: &[DeviceId]) {
        if self.journal == Journal::Writable {
            self.journal = Journal::Unwritable { since: now.wall, kept: 0, dropped: 0 };
        }
        for device in withheld {
            self.never_sent(now, *device);
        }
        jobs.iter().for_each(|device| self.job_withheld(now, *device));
        self.rights_withheld();
        self.begin_alarm(now, AlarmKind::JournalUnwritable, AlarmSource::Site);
        self.show_all_states();
    }

    /// The newest release of this lock was not sent, because its entry was not durable.
    fn never_sent(&mut self, now: Now, device: DeviceId) {
        let Some(door) = self.door_of(device) else { return };
        let newest = self.releases.iter().rev().find(|(_, sent)| sent.door == door);
        match newest.map(|(command, sent)| (*command, sent.earlier)) {
            Some((command, Earlier::Running)) => {
                self.releases.remove(&command);
                self.record(now, Entry::CommandFailed { device, command, cause: FailureCause::Expired });
            }
            // It was a renewal of a lock that is held unlocked, of which there is no record to take back.
            None if self.standing_of(door).is_unlocked() => {}
            Some((_, Earlier::None)) | None => self.withhold(now, door, WithheldCause::NotDurable),
        }
        self.hold_withheld(now, door);
    }

    /// Facts that could not be kept are not believed either: their doors are unknown until they report again.
    pub(super) fn store_recovered(&mut self, now: Now) {
        let Journal::Unwritable { since, dropped, .. } = self.journal else { return };
        self.journal = Journal::Writable;
        self.record(now, Entry::JournalRecovered { unwritable_since: since, dropped });
        if dropped > 0 {
            for door in self.door_ids() {
                let forgotten = self.door_record(door).facts.forgotten();
                self.door_facts(now, door, forgotten);
                self.review_conditions(now, door);
            }
        }
        self.end_alarm(now, AlarmKind::JournalUnwritable, AlarmSource::Site);
        self.record_fire(now);
        self.review_openings(now);
        self.begin_certificates(now);
        self.show_all_states();
    }

    fn show_all_states(&mut self) {
        self.door_ids().into_iter().for_each(|door| self.show_state(door));
    }

    pub(super) fn door_ids(&self) -> Vec<DoorId> {
        self.site.doors().map(|door| door.id).collect()
    }

    pub(super) fn point_of(&self, device: DeviceId) -> Option<PointId> {
        match self.site.device(device)?.role {
            Role::Reader { point } | Role::Handle { point, .. } => Some(point),
            Role::Lock { .. } | Role::Inputs { .. } => None,
        }
    }

    pub(super) fn door_of(&self, device: DeviceId) -> Option<DoorId> {
        match self.site.device(device)?.role {
            Role::Lock { door } | Role::Handle { door, .. } => Some(door),
            Role::Reader { .. } | Role::Inputs { .. } => None,
        }
    }
}
