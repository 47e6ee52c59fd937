//! One enrolled MQTT device: its session, whether it is there, and what its messages say to the engine.
//!
//! Decides which reports a message becomes. Which message is news is `rackward_protocol::mqtt::Link`'s.

use rackward_core::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::facts::Facts;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::inventory::CanaryAnswer;
use rackward_core::{DeviceReport, Feedback, Monotonic};
use rackward_protocol::mqtt::{self, Ack, Birth, Link, LinkEvent, Outcome, Reading, Reception, State, Trouble, UpLeaf};

use crate::drivers::feedback::{self, Face};
use crate::drivers::keypad::Keypad;
use crate::drivers::mqtt::pace::Pace;
use crate::drivers::profile::{self, Condition};
use crate::drivers::reading;
use crate::drivers::{CardKey, Profile};

/// Supply voltages that are no fault: 12 V less a sixth, up to the highest that power over Ethernet delivers.
const SUPPLY_LOWEST_MV: u32 = 10_000;
const SUPPLY_HIGHEST_MV: u32 = 57_000;

/// One enrolled device.
pub(super) struct Member {
    device: DeviceId,
    profile: Profile,
    link: Link,
    presence: Presence,
    face: Face,
    keypad: Keypad,
    pace: Pace,
}

/// Whether the device is there, as far as the engine was told.
enum Presence {
    /// Never heard of; a state that the broker had kept may have come before the birth it belongs to.
    Unknown { kept: Option<State> },
    /// Was there, and was this.
    Away(Identity),
    /// Is there, and is this.
    Present(Identity),
}

/// What one message comes to.
#[derive(Default)]
pub(super) struct Said {
    pub(super) reports: Vec<DeviceReport>,
    /// A command this may be the answer to, and what the engine is told if it is.
    pub(super) acknowledged: Option<(CommandId, DeviceReport)>,
    pub(super) is_born: bool,
    pub(super) is_gone: bool,
}

impl Member {
    pub(super) fn new(device: DeviceId, profile: Profile) -> Self {
        Self {
            device,
            profile,
            link: Link::new(),
            presence: Presence::Unknown { kept: None },
            face: Face::default(),
            keypad: Keypad::default(),
            pace: Pace::default(),
        }
    }

    pub(super) fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) fn has_lock(&self) -> bool {
        self.profile.has_lock()
    }

    pub(super) fn is_present(&self) -> bool {
        matches!(self.presence, Presence::Present(_))
    }

    pub(super) fn is_known(&self) -> bool {
        !matches!(self.presence, Presence::Unknown { .. })
    }

    /// What to show, or nothing where nobody looks.
    pub(super) fn show(&mut self, feedback: Feedback) -> Option<mqtt::Feedback> {
        let pattern = self.profile.has_face().then(|| self.face.show(feedback))?;
        Some(feedback::message(&pattern))
    }

    /// When [`Self::overdue`] has something to show.
    pub(super) fn answer_due(&self) -> Option<Monotonic> {
        self.face.deadline()
    }

    /// What to show to somebody who waits longer for an answer than people expect.
    pub(super) fn overdue(&mut self, now: Monotonic) -> Option<mqtt::Feedback> {
        self.face.overdue(now).map(|pattern| feedback::message(&pattern))
    }

    /// The broker is away, and the device with it. Its session goes on: what was heard before is still no news.
    pub(super) fn link_lost(&mut self) -> DeviceReport {
        self.leave();
        DeviceReport::Offline(OfflineCause::LinkDown)
    }

    /// Takes one message of the device.
    pub(super) fn hear(
        &mut self,
        now: Monotonic,
        leaf: UpLeaf,
        retained: bool,
        payload: &[u8],
        card_key: &CardKey,
    ) -> Said {
        // A will is never too much: without it a device that is gone would count as present.
        if leaf != UpLeaf::Gone && !self.pace.takes(now) {
            return Said::default();
        }
        let Reception { trouble, event, at: _ } = self.link.receive(leaf, retained, payload);
        let mut said = Said::default();
        said.reports.extend(trouble.map(report_of));
        let Some(event) = event else { return said };
        match &event {
            LinkEvent::State(_)
            | LinkEvent::Card(_)
            | LinkEvent::Keypad(_)
            | LinkEvent::Acked(_)
            | LinkEvent::Rights(_)
            | LinkEvent::Logged(_)
            | LinkEvent::CertificateWanted(_)
                if !retained =>
            {
                said.reports.extend(self.show_up());
            }
            // A birth says so itself, a will says the opposite, and what was kept says nothing about now.
            LinkEvent::State(_)
            | LinkEvent::Card(_)
            | LinkEvent::Keypad(_)
            | LinkEvent::Acked(_)
            | LinkEvent::Rights(_)
            | LinkEvent::Logged(_)
            | LinkEvent::CertificateWanted(_)
            | LinkEvent::Born(..)
            | LinkEvent::Gone => {}
        }
        match event {
            LinkEvent::Born(_, birth) => {
                said.is_born = true;
                said.reports.extend(self.born(&birth));
            }
            LinkEvent::State(state) => said.reports.extend(self.state(state)),
            LinkEvent::Card(card) => said.reports.push(reading::card(card_key, card.bit_count(), card.data())),
            LinkEvent::Keypad(keypad) => {
                let entries = self.keypad.press(now, keypad.digits().as_bytes());
                said.reports.extend(entries.into_iter().map(DeviceReport::Pin));
            }
            LinkEvent::Acked(ack) => said.acknowledged = Some(acknowledged(ack)),
            LinkEvent::Rights(_) | LinkEvent::Logged(_) | LinkEvent::CertificateWanted(_) => {}
            LinkEvent::Gone => {
                said.is_gone = true;
                self.leave();
                said.reports.push(DeviceReport::Offline(OfflineCause::ConnectionLost));
            }
        }
        said.reports.iter().for_each(|report| self.face.hear(now, report));
        said
    }

    /// A device that was away while the broker was speaks: it never left.
    fn show_up(&mut self) -> Option<DeviceReport> {
        let Presence::Away(identity) = &self.presence else { return None };
        let identity = identity.clone();
        self.presence = Presence::Present(identity.clone());
        Some(DeviceReport::Online(identity))
    }

    fn born(&mut self, birth: &Birth) -> Vec<DeviceReport> {
        if !birth.self_test.is_passed() {
            tracing::warn!(device = %self.device, "the device says that its self-test at power-up failed");
        }
        self.forget();
        let identity = identity(birth);
        let before = std::mem::replace(&mut self.presence, Presence::Present(identity.clone()));
        let mut reports = vec![DeviceReport::Online(identity)];
        if let Presence::Unknown { kept: Some(state) } = before {
            reports.extend(self.readings(&state));
        }
        reports
    }

    /// The engine learns nothing of a device that was not born yet.
    fn state(&mut self, state: State) -> Vec<DeviceReport> {
        match &mut self.presence {
            Presence::Unknown { kept } => {
                *kept = Some(state);
                Vec::new()
            }
            Presence::Away(_) => Vec::new(),
            Presence::Present(_) => self.readings(&state),
        }
    }

    fn leave(&mut self) {
        self.forget();
        let before = std::mem::replace(&mut self.presence, Presence::Unknown { kept: None });
        if let Presence::Present(identity) | Presence::Away(identity) = before {
            self.presence = Presence::Away(identity);
        }
    }

    /// Whoever stood there has gone, and what it shows is not known any more.
    fn forget(&mut self) {
        self.face.forget();
        self.keypad.clear();
    }

    fn readings(&self, state: &State) -> Vec<DeviceReport> {
        let facts = facts(self.profile, state).map(DeviceReport::Facts);
        let tamper = match state.tampered {
            Reading::Unknown => None,
            Reading::No => Some(DeviceReport::Tamper(false)),
            // A cover sensor that is cut may have been cut by whoever opens the cover.
            Reading::Yes | Reading::Fault => Some(DeviceReport::Tamper(true)),
        };
        let supply = state.supply_mv.map(|mv| !(SUPPLY_LOWEST_MV..=SUPPLY_HIGHEST_MV).contains(&mv));
        [facts, tamper, supply.map(DeviceReport::PowerFault)].into_iter().flatten().collect()
    }
}

fn facts(profile: Profile, state: &State) -> Option<Facts> {
    let (handle, key) = match profile {
        Profile::Reader | Profile::Inputs { .. } => return None,
        Profile::Lock => (None, None),
        Profile::Handle => {
            (Some(profile::handle(condition(state.handle_home))), Some(profile::key(condition(state.key_turned))))
        }
    };
    let contact = profile::contact(condition(state.closed));
    Some(Facts { contact, lock: profile::lock(condition(state.locked)), handle, key })
}

fn condition(reading: Reading) -> Condition {
    match reading {
        Reading::Unknown => Condition::Unknown,
        Reading::Fault => Condition::Fault,
        Reading::No => Condition::Fails,
        Reading::Yes => Condition::Holds,
    }
}

fn report_of(trouble: Trouble) -> DeviceReport {
    match trouble {
        Trouble::Lost { missing } => DeviceReport::Link(LinkTrouble::Lost(missing)),
        Trouble::Duplicate => DeviceReport::Link(LinkTrouble::Duplicate),
        // A kept event or acknowledgement is an old one, whoever had it kept.
        Trouble::Replay | Trouble::Retained => DeviceReport::Security(SecurityTrouble::Replay),
        // Also what an honest device says just before the broker has passed its birth on.
        Trouble::Unborn | Trouble::Malformed(_) => DeviceReport::Link(LinkTrouble::Malformed),
    }
}

fn identity(birth: &Birth) -> Identity {
    Identity { model: birth.model.clone(), serial: birth.serial.clone(), firmware: birth.firmware.clone() }
}

fn acknowledged(ack: Ack) -> (CommandId, DeviceReport) {
    let command = CommandId::new(ack.command.0);
    let report = match ack.outcome {
        Outcome::Done => DeviceReport::Done(command),
        Outcome::Expired => DeviceReport::Failed(command, FailureCause::Expired),
        Outcome::WouldRefuse => DeviceReport::Canary(command, CanaryAnswer::WouldRefuse),
        Outcome::WouldAdmit => DeviceReport::Canary(command, CanaryAnswer::WouldAdmit),
        Outcome::Refused | Outcome::Failed => DeviceReport::Failed(command, FailureCause::Refused),
    };
    (command, report)
}
