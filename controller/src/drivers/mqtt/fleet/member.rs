//! One enrolled MQTT device: its session, whether it is there, and what its messages say to the engine.
//!
//! Decides which reports a message becomes, when silence has lasted too long, and when it is to be asked for its state. Which
//! message is news is `rackward_protocol::mqtt::Link`'s; the engine's words are `translation`'s.

use std::time::Duration;

use rackward_core::engine::input::{Identity, OfflineCause};
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::inventory::{Channel, Description, Measurements, SlideReport};
use rackward_core::{DeviceReport, Feedback, Monotonic, Now};
use rackward_protocol::mqtt::{
    self, Ack, Birth, Boot, Der, Link, LinkEvent, Outcome, Reading, Reception, State, Trouble, UpLeaf,
};

use super::clock_offset::ClockOffset;
use super::translation;
use crate::drivers::feedback::{self, Face};
use crate::drivers::keypad::Keypad;
use crate::drivers::mqtt::pace::Pace;
use crate::drivers::reading;
use crate::drivers::{CardKey, Profile};

/// Supply voltages that are no fault: 12 V less a sixth, up to the highest that power over Ethernet delivers.
const SUPPLY_LOWEST_MV: u32 = 10_000;
const SUPPLY_HIGHEST_MV: u32 = 57_000;
/// A device that has been silent for two and a half heartbeats is gone: one may be lost and the next be late.
const SILENCE_TENTHS_OF_HEARTBEATS: u32 = 25;
/// A device is asked no more often than this, whatever it says: its births must not be answered by a flood of ours.
const QUESTION_GAP_MILLIS: u64 = 1_000;

/// One enrolled device.
pub(super) struct Member {
    device: DeviceId,
    name: mqtt::DeviceId,
    profile: Profile,
    link: Link,
    presence: Presence,
    /// The boot of its last birth.
    boot: Option<Boot>,
    /// When it last said something that was news.
    heard: Monotonic,
    face: Face,
    keypad: Keypad,
    pace: Pace,
    clock: ClockOffset,
    /// What the engine was last told of these; it need not hear the same again with every heartbeat.
    slide: Option<SlideReport>,
    measured: Option<Measurements>,
    asked: Option<Question>,
    /// It is to be asked then.
    ask_at: Option<Monotonic>,
}

/// The last question that was put to it.
#[derive(Debug, Clone, Copy)]
struct Question {
    number: mqtt::CommandId,
    at: Monotonic,
}

/// Whether the device is there, as far as the engine was told.
enum Presence {
    /// Never heard of; a state that the broker had kept may have come before the birth it belongs to.
    Unknown { kept: Option<Box<State>> },
    /// Was there, and was this.
    Away(Known),
    /// Is there, and is this.
    Present(Known),
}

/// What a device said of itself at its birth.
#[derive(Clone)]
struct Known {
    identity: Identity,
    description: Description,
    heartbeat: Duration,
}

impl Known {
    /// What the engine is told when the device is there.
    fn reports(&self) -> [DeviceReport; 2] {
        [DeviceReport::Online(self.identity.clone()), DeviceReport::Described(self.description)]
    }
}

/// What one message comes to.
#[derive(Default)]
pub(super) struct Said {
    pub(super) reports: Vec<DeviceReport>,
    /// A command this may be the answer to, and the answer.
    pub(super) acknowledged: Option<(CommandId, Outcome)>,
    /// A certificate that it asks for.
    pub(super) request: Option<Der>,
    pub(super) is_gone: bool,
}

/// What a device that was looked at comes to.
#[derive(Default)]
pub(super) struct Woken {
    pub(super) reports: Vec<DeviceReport>,
    pub(super) feedback: Option<mqtt::Feedback>,
    pub(super) is_gone: bool,
}

impl Member {
    pub(super) fn new(device: DeviceId, name: mqtt::DeviceId, profile: Profile) -> Self {
        Self {
            device,
            name,
            profile,
            link: Link::new(),
            presence: Presence::Unknown { kept: None },
            boot: None,
            heard: Monotonic::default(),
            face: Face::default(),
            keypad: Keypad::default(),
            pace: Pace::default(),
            clock: ClockOffset::default(),
            slide: None,
            measured: None,
            asked: None,
            ask_at: None,
        }
    }

    pub(super) fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) fn name(&self) -> &mqtt::DeviceId {
        &self.name
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

    /// It is to be asked for its state, now or as soon as it may be asked again.
    pub(super) fn wants_asking(&mut self, now: Monotonic) {
        let earliest = self.asked.map(|question| question.at.after(Duration::from_millis(QUESTION_GAP_MILLIS)));
        self.ask_at = Some(earliest.map_or(now, |earliest| earliest.max(now)));
    }

    /// Whether a question is due.
    pub(super) fn is_to_be_asked(&self, now: Monotonic) -> bool {
        self.ask_at.is_some_and(|at| at <= now)
    }

    /// The question with this number is on its way.
    pub(super) fn asked(&mut self, now: Monotonic, number: mqtt::CommandId) {
        self.ask_at = None;
        self.asked = Some(Question { number, at: now });
    }

    /// When [`Self::wake`] has something to say, if nothing comes before.
    pub(super) fn due(&self) -> Option<Monotonic> {
        [self.face.deadline(), self.silent_at(), self.ask_at].into_iter().flatten().min()
    }

    fn silent_at(&self) -> Option<Monotonic> {
        match &self.presence {
            Presence::Present(known) => Some(self.heard.after(known.heartbeat * SILENCE_TENTHS_OF_HEARTBEATS / 10)),
            Presence::Unknown { .. } | Presence::Away(_) => None,
        }
    }

    /// Says what time alone has brought about: it was silent too long, or somebody waits for an answer for longer than
    /// people expect.
    pub(super) fn wake(&mut self, now: Monotonic) -> Woken {
        let mut woken = Woken::default();
        if self.silent_at().is_some_and(|at| at <= now) {
            self.leave();
            woken.is_gone = true;
            woken.reports.push(DeviceReport::Offline(OfflineCause::Silent));
        }
        woken.feedback = self.face.overdue(now).map(|pattern| feedback::message(&pattern));
        woken
    }

    /// The broker is away, and the device with it. Its session goes on: what was heard before is still no news.
    pub(super) fn link_lost(&mut self) -> DeviceReport {
        self.leave();
        self.ask_at = None;
        self.asked = None;
        DeviceReport::Offline(OfflineCause::LinkDown)
    }

    /// Takes one message of the device.
    pub(super) fn hear(
        &mut self,
        now: Now,
        leaf: UpLeaf,
        retained: bool,
        payload: &[u8],
        around: (&CardKey, Channel),
    ) -> Said {
        if !self.pace.takes(now.monotonic, leaf) {
            return Said::default();
        }
        let Reception { trouble, event, at } = self.link.receive(leaf, retained, payload);
        let mut said = Said::default();
        said.reports.extend(trouble.map(translation::trouble));
        if matches!(trouble, Some(Trouble::Lost { .. })) {
            // What was lost may have been a state.
            self.wants_asking(now.monotonic);
        }
        let Some(event) = event else { return said };
        if let Some(at) = at {
            self.clock.hear(now.wall, at.0);
        }
        if !retained && !matches!(event, LinkEvent::Gone) {
            self.heard = now.monotonic;
            said.reports.extend(self.show_up(now.monotonic, &event));
        }
        self.take(now, event, retained, around, &mut said);
        said.reports.iter().for_each(|report| self.face.hear(now.monotonic, report));
        if self.is_present() {
            said.reports.extend(self.clock.news().map(|offset_ms| DeviceReport::Clock { offset_ms }));
        }
        said
    }

    fn take(&mut self, now: Now, event: LinkEvent, retained: bool, around: (&CardKey, Channel), said: &mut Said) {
        let (card_key, channel) = around;
        match event {
            LinkEvent::Born(boot, birth) => said.reports.extend(self.born(now, boot, &birth, retained, channel)),
            LinkEvent::State(state) => said.reports.extend(self.state(state)),
            LinkEvent::Card(card) => said.reports.push(reading::card(card_key, card.bit_count(), card.data())),
            LinkEvent::Keypad(keypad) => {
                let entries = self.keypad.press(now.monotonic, keypad.digits().as_bytes());
                said.reports.extend(entries.into_iter().map(DeviceReport::Pin));
            }
            LinkEvent::Acked(ack) => said.acknowledged = self.acknowledged(now, ack),
            LinkEvent::Rights(report) => said.reports.push(translation::rights(report)),
            LinkEvent::Logged(record) => said.reports.push(translation::logged(record, self.clock.estimate())),
            LinkEvent::CertificateWanted(request) => said.request = Some(request),
            LinkEvent::Gone => {
                said.is_gone = true;
                self.leave();
                said.reports.push(DeviceReport::Offline(OfflineCause::ConnectionLost));
            }
        }
    }

    /// The answer to our own question tells its clock; that to anything else is the engine's, or nobody's.
    fn acknowledged(&mut self, now: Now, ack: Ack) -> Option<(CommandId, Outcome)> {
        match self.asked {
            Some(question) if question.number == ack.command => {
                self.clock.answer(question.at, now, ack.at.0);
                None
            }
            Some(_) | None => Some((CommandId::new(ack.command.0), ack.outcome)),
        }
    }

    /// A device that was away speaks: it never left. What it did meanwhile is asked; a birth says all that itself.
    fn show_up(&mut self, now: Monotonic, event: &LinkEvent) -> Vec<DeviceReport> {
        let Presence::Away(known) = &self.presence else { return Vec::new() };
        if matches!(event, LinkEvent::Born(..)) {
            return Vec::new();
        }
        let known = Known { description: Description { boot: None, ..known.description }, ..known.clone() };
        let reports = known.reports().into();
        self.presence = Presence::Present(known);
        self.wants_asking(now);
        reports
    }

    fn born(&mut self, now: Now, boot: Boot, birth: &Birth, retained: bool, channel: Channel) -> Vec<DeviceReport> {
        self.forget();
        self.face.appear(translation::palette(birth.legend));
        // Whether a device that is heard of for the first time has just started, nobody knows.
        let is_new_start = self.boot.replace(boot).is_some_and(|before| before != boot);
        let cause = is_new_start.then(|| translation::boot_cause(birth.cause));
        let known = Known {
            identity: translation::identity(birth),
            description: translation::description(birth, cause, channel),
            heartbeat: Duration::from_secs(u64::from(birth.heartbeat_secs)),
        };
        let mut reports = Vec::from(known.reports());
        if !retained {
            reports.push(translation::rights_at_birth(birth.held));
        }
        let before = std::mem::replace(&mut self.presence, Presence::Present(known));
        if let Presence::Unknown { kept: Some(state) } = before {
            reports.extend(self.readings(&state));
        }
        // What the broker kept may be old, and a state that overtook its birth was refused; only an answer is news.
        self.heard = now.monotonic;
        self.wants_asking(now.monotonic);
        reports
    }

    /// The engine learns nothing of a device that was not born yet.
    fn state(&mut self, state: State) -> Vec<DeviceReport> {
        match &mut self.presence {
            Presence::Unknown { kept } => {
                *kept = Some(Box::new(state));
                Vec::new()
            }
            Presence::Away(_) => Vec::new(),
            Presence::Present(_) => self.readings(&state),
        }
    }

    fn leave(&mut self) {
        self.forget();
        let before = std::mem::replace(&mut self.presence, Presence::Unknown { kept: None });
        if let Presence::Present(known) | Presence::Away(known) = before {
            self.presence = Presence::Away(known);
        }
    }

    /// Whoever stood there has gone, and what it shows and measures is not known any more.
    fn forget(&mut self) {
        self.face.forget();
        self.keypad.clear();
        self.slide = None;
        self.measured = None;
    }

    fn readings(&mut self, state: &State) -> Vec<DeviceReport> {
        let facts = translation::facts(self.profile, state).map(DeviceReport::Facts);
        let tamper = match state.tampered {
            Reading::Unknown => None,
            Reading::No => Some(DeviceReport::Tamper(false)),
            // A cover sensor that is cut may have been cut by whoever opens the cover.
            Reading::Yes | Reading::Fault => Some(DeviceReport::Tamper(true)),
        };
        let supply = state.supply_mv.map(|mv| !(SUPPLY_LOWEST_MV..=SUPPLY_HIGHEST_MV).contains(&mv));
        let slide = translation::slide(state).filter(|slide| self.slide.replace(*slide) != Some(*slide));
        let measured = translation::measurements(state);
        let is_new = measured != self.measured.replace(measured).unwrap_or_default();
        let measured = is_new.then_some(DeviceReport::Measured(measured));
        let supply = supply.map(DeviceReport::PowerFault);
        [facts, tamper, supply, slide.map(DeviceReport::Slide), measured].into_iter().flatten().collect()
    }
}
