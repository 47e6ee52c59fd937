//! What lines and inputs of devices say about themselves: broken rules, noise, inputs at fault. One condition at one place is
//! one alarm, that lasts while the trouble goes on and for a quiet time after it, so that what comes and goes cannot fill
//! journal and desk.

use core::time::Duration;

use super::devices::Presence;
use super::inventory::KeyHeld;
use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::input::{InputFault, LinkTrouble, SecurityTrouble};
use crate::entry::{DeviceEntry, Entry};
use crate::id::DeviceId;
use crate::time::{Monotonic, Now};

/// The same trouble of the same device is journalled once in this time, so that a flood on a line cannot fill the journal.
/// While it goes on, the time doubles each time it is journalled, up to [`SAME_TROUBLE_MOST`].
const SAME_TROUBLE: Duration = Duration::from_secs(10);

/// A trouble that never ends, such as a stolen device that keeps on trying, is journalled about so often.
const SAME_TROUBLE_MOST: Duration = Duration::from_secs(3_600);

/// After so long without it, a trouble is a new one.
const TROUBLE_OVER: Duration = Duration::from_secs(600);

/// How long a line must be quiet until its trouble counts as over: several times what drivers take to tell it again.
const QUIET: Duration = Duration::from_secs(60);

/// How long an input must be at fault, or right again, to count so (`alarms.md` 8).
const INPUT_SETTLES: Duration = Duration::from_millis(400);

/// The most inputs of one device that can be at fault: as many as the number of an input can tell apart.
const MAX_FAULTS: usize = 256;

/// What was last said about a device's line and inputs.
#[derive(Debug, Clone, Default)]
pub(super) struct LineWatch {
    security_said: Said<SecurityTrouble>,
    link_said: Said<core::mem::Discriminant<LinkTrouble>>,
    /// What ends a broken rule.
    rule: BrokenRule,
    /// The inputs at fault as the device last said, in order.
    faults: Vec<InputFault>,
    /// The inputs at fault as journalled.
    told_faults: Vec<InputFault>,
}

/// What was journalled of each kind of trouble; bounded by the kinds there are.
type Said<T> = Vec<Recurring<T>>;

/// A trouble that was journalled and may come again.
#[derive(Debug, Clone)]
struct Recurring<T> {
    trouble: T,
    /// When it was journalled last.
    said: Monotonic,
    /// When it was last there.
    seen: Monotonic,
    /// How long it is not journalled again.
    silence: Duration,
}

/// What ends the alarm of a broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BrokenRule {
    /// The device proving its key: nothing else says that it is the right one.
    #[default]
    UntilProven,
    /// A quiet time: the device itself proved its key all along, so what broke the rule was on its line.
    UntilQuiet,
}

impl Engine {
    /// Lines of which nobody knows since the start when they were last in trouble.
    pub(super) fn begin_lines(&mut self, now: Now) {
        let troubled = |(source, kind): &(AlarmSource, AlarmKind)| match (source, kind) {
            (AlarmSource::Device(device), AlarmKind::LineTrouble) => Some(*device),
            _ => None,
        };
        let devices: Vec<DeviceId> = self.active_alarms.keys().filter_map(troubled).collect();
        for device in devices {
            self.timers.set(TimerKey::LineQuiet(device), now.monotonic.after(QUIET));
        }
    }

    pub(super) fn security_trouble(&mut self, now: Now, device: DeviceId, trouble: SecurityTrouble) {
        let source = AlarmSource::Device(device);
        let is_active = self.is_active(AlarmKind::DeviceSecurity, source);
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        let answers = matches!(runtime.presence, Presence::Online | Presence::Distrusted);
        let passes = match trouble {
            SecurityTrouble::WrongKey | SecurityTrouble::DefaultKey => false,
            // Both prove the same key, so that proves nothing: it is over when only one has come for a while.
            SecurityTrouble::Twin => true,
            SecurityTrouble::BadAuthentication
            | SecurityTrouble::Plaintext
            | SecurityTrouble::Replaced
            | SecurityTrouble::Replay
            | SecurityTrouble::ForeignTopic
            | SecurityTrouble::CertificateExpired
            | SecurityTrouble::CertificateRevoked
            | SecurityTrouble::CertificateForeign => answers,
        };
        if !passes {
            runtime.line.rule = BrokenRule::UntilProven;
        } else if !is_active {
            runtime.line.rule = BrokenRule::UntilQuiet;
        }
        if trouble == SecurityTrouble::DefaultKey {
            runtime.health.key = KeyHeld::Published;
        }
        let rule = runtime.line.rule;
        let is_news = is_news(&mut runtime.line.security_said, trouble, now);
        match rule {
            BrokenRule::UntilQuiet => self.timers.set(TimerKey::SecurityQuiet(device), now.monotonic.after(QUIET)),
            BrokenRule::UntilProven => self.timers.cancel(TimerKey::SecurityQuiet(device)),
        }
        if is_news {
            self.record(now, Entry::SecurityTroubleSeen { device, trouble });
        }
        self.begin_alarm(now, AlarmKind::DeviceSecurity, source);
        if trouble == SecurityTrouble::DefaultKey {
            self.regrade(now, device);
        }
    }

    /// No rule was broken for long enough.
    pub(super) fn security_quiet(&mut self, now: Now, device: DeviceId) {
        self.end_alarm(now, AlarmKind::DeviceSecurity, AlarmSource::Device(device));
    }

    /// A device proved its own key: what only that could end is over.
    pub(super) fn key_proven(&mut self, now: Now, device: DeviceId) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        runtime.health.key = KeyHeld::Own;
        match runtime.line.rule {
            BrokenRule::UntilProven => {
                self.end_alarm(now, AlarmKind::DeviceSecurity, AlarmSource::Device(device));
            }
            BrokenRule::UntilQuiet => {}
        }
    }

    pub(super) fn link_trouble(&mut self, now: Now, device: DeviceId, trouble: LinkTrouble) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        // How many were lost changes all the time; that some were is said once.
        let kind = core::mem::discriminant(&trouble);
        if is_news(&mut runtime.line.link_said, kind, now) {
            self.record(now, Entry::LinkTroubleSeen { device, trouble });
        }
        match trouble {
            LinkTrouble::Lost(_) | LinkTrouble::Duplicate | LinkTrouble::Malformed => {}
            LinkTrouble::Noise | LinkTrouble::Babble | LinkTrouble::Echo | LinkTrouble::Late | LinkTrouble::Busy => {
                self.begin_alarm(now, AlarmKind::LineTrouble, AlarmSource::Device(device));
                self.timers.set(TimerKey::LineQuiet(device), now.monotonic.after(QUIET));
            }
        }
    }

    /// The line was in order for long enough.
    pub(super) fn line_quiet(&mut self, now: Now, device: DeviceId) {
        self.end_alarm(now, AlarmKind::LineTrouble, AlarmSource::Device(device));
    }

    /// The inputs at fault, all of them.
    pub(super) fn supervision(&mut self, now: Now, device: DeviceId, mut faults: Vec<InputFault>) {
        faults.sort_unstable();
        faults.dedup();
        faults.truncate(MAX_FAULTS);
        let is_active = self.is_active(AlarmKind::InputFault, AlarmSource::Device(device));
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        if runtime.line.faults == faults && (!faults.is_empty() || !is_active) {
            return;
        }
        runtime.line.faults = faults;
        // An input that flickers must not keep the others from being looked at, so it moves no deadline.
        if !self.timers.is_set(TimerKey::Inputs(device)) {
            self.timers.set(TimerKey::Inputs(device), now.monotonic.after(INPUT_SETTLES));
        }
    }

    /// What the inputs said has lasted.
    pub(super) fn inputs_settled(&mut self, now: Now, device: DeviceId) {
        let (kind, source) = (AlarmKind::InputFault, AlarmSource::Device(device));
        let is_active = self.is_active(kind, source);
        let Some(line) = self.devices.get_mut(&device).map(|runtime| &mut runtime.line) else { return };
        let faults = line.faults.clone();
        let is_over = faults.is_empty();
        // After a restart an active alarm is all that is known of what was said before.
        let is_news = line.told_faults != faults || (is_over && is_active);
        line.told_faults.clone_from(&faults);
        if is_news {
            self.record(now, DeviceEntry::InputFaults { device, faults: faults.into_boxed_slice() });
        }
        if is_over { self.end_alarm(now, kind, source) } else { self.begin_alarm(now, kind, source) }
    }
}

/// Whether a trouble was not said for long enough to be said again.
fn is_news<T: Copy + PartialEq>(said: &mut Said<T>, trouble: T, now: Now) -> bool {
    let now = now.monotonic;
    let Some(known) = said.iter_mut().find(|known| known.trouble == trouble) else {
        said.push(Recurring { trouble, said: now, seen: now, silence: SAME_TROUBLE });
        return true;
    };
    let goes_on = now.since(known.seen) < TROUBLE_OVER;
    known.seen = now;
    if goes_on && now.since(known.said) < known.silence {
        return false;
    }
    known.silence = if goes_on { (known.silence * 2).min(SAME_TROUBLE_MOST) } else { SAME_TROUBLE };
    known.said = now;
    true
}
