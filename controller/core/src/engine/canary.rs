//! The canary: a card that nobody has is tried on every device that can be asked, on a schedule and on an operator's word.
//! Whatever is not a refusal is an alarm until the device refuses it again. With each round the rules themselves are asked at
//! every point, too.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use super::devices::Presence;
use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::{NoTrace, PinEvidence, Presented, Refusal, Request, settle};
use crate::engine::command::{CommandError, Reply};
use crate::engine::output::Output;
use crate::entry::{Denial, OfflineEntry};
use crate::id::{CommandId, DeviceId, PointId};
use crate::inventory::{CanaryAbility, CanaryAnswer};
use crate::people::CredentialKey;
use crate::time::{Monotonic, Now};

/// Devices asked at once: more would be a burst that delays what people do at doors.
const ASKED_MAX_DEVICES: usize = 64;

/// How long a device may take to answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// After a start the first round waits for devices to come.
const FIRST_ROUND: Duration = Duration::from_secs(120);

/// A key that no card hashes to but by a chance of one in 2^128.
const NOBODY: CredentialKey = CredentialKey::from_keyed_hash(*b"rackward: nobody");

/// Rounds of the canary.
#[derive(Debug, Clone, Default)]
pub(super) struct Canaries {
    /// Who is still to be asked in this round.
    waiting: VecDeque<DeviceId>,
    /// Who was asked, by the number of the command, and until when an answer may come.
    asked: BTreeMap<CommandId, (DeviceId, Monotonic)>,
    round: Round,
    next_round: Option<Monotonic>,
}

/// Whether a round is under way.
#[derive(Debug, Default, Clone, Copy)]
enum Round {
    #[default]
    None,
    UnderWay {
        asked: u32,
        refused: u32,
    },
}

impl Engine {
    pub(super) fn begin_canaries(&mut self, now: Now) {
        let every = self.site.remote.canary_every;
        if !every.is_zero() {
            self.canaries.next_round = Some(now.monotonic.after(every.min(FIRST_ROUND)));
        }
        self.arm_canaries();
    }

    pub(super) fn canaries_due(&mut self, now: Now) {
        let is_late = |(_, (_, until)): &(&CommandId, &(DeviceId, Monotonic))| *until <= now.monotonic;
        let late: Vec<CommandId> = self.canaries.asked.iter().filter(is_late).map(|(command, _)| *command).collect();
        for command in late {
            self.canary_settled(now, command, CanaryAnswer::NoAnswer);
        }
        if self.canaries.next_round.is_some_and(|next| next <= now.monotonic) {
            self.begin_round(now);
        }
        self.ask_more(now);
    }

    /// An operator wants to know now.
    pub(super) fn try_all_canaries(&mut self, now: Now) -> Result<Reply, CommandError> {
        if let Round::UnderWay { .. } = self.canaries.round {
            return Err(CommandError::Conflict("the canaries are being tried; wait for the end of this round".into()));
        }
        let asked = self.begin_round(now);
        self.ask_more(now);
        Ok(Reply::Canaries(asked))
    }

    /// Begins a round unless one is under way; how many are to be asked in it.
    fn begin_round(&mut self, now: Now) -> u32 {
        let every = self.site.remote.canary_every;
        self.canaries.next_round = (!every.is_zero()).then(|| now.monotonic.after(every));
        if let Round::UnderWay { .. } = self.canaries.round {
            return 0;
        }
        self.try_own_rules(now);
        let able = |device: &&DeviceId| self.can_be_asked(**device);
        self.canaries.waiting = self.devices.keys().filter(able).copied().collect();
        self.canaries.round = Round::UnderWay { asked: 0, refused: 0 };
        u32::try_from(self.canaries.waiting.len()).unwrap_or(u32::MAX)
    }

    fn can_be_asked(&self, device: DeviceId) -> bool {
        self.devices.get(&device).is_some_and(|runtime| {
            runtime.presence == Presence::Online && runtime.description.canary == CanaryAbility::Able
        })
    }

    /// The rules must say at every point that they do not know the card.
    fn try_own_rules(&mut self, now: Now) {
        let points: Vec<PointId> = self.site.points().map(|point| point.id).collect();
        let view = self.view(now.wall);
        let refuses = |point: &PointId| {
            let presented = Presented::Card(NOBODY);
            let request = Request { point: *point, presented, pin: PinEvidence::Missing, companion: None };
            let said = settle(&view, &request, &mut NoTrace);
            matches!(said, Err(Refusal { reason: Denial::CredentialUnknown, .. }))
        };
        let holds = points.iter().all(refuses);
        let (kind, source) = (AlarmKind::CanaryFailed, AlarmSource::Site);
        if holds { self.end_alarm(now, kind, source) } else { self.begin_alarm(now, kind, source) }
    }

    /// Asks as many as may be asked at once; with the last answer the round is over.
    fn ask_more(&mut self, now: Now) {
        while self.canaries.asked.len() < ASKED_MAX_DEVICES {
            let Some(device) = self.canaries.waiting.pop_front() else { break };
            // One that went away meanwhile is not asked.
            if !self.can_be_asked(device) {
                continue;
            }
            let command = self.new_command();
            self.canaries.asked.insert(command, (device, now.monotonic.after(ANSWER_PATIENCE)));
            self.outputs.push_back(Output::TryCanary { device, command });
        }
        if let (Round::UnderWay { asked, refused }, true) = (self.canaries.round, self.canaries.asked.is_empty()) {
            self.canaries.round = Round::None;
            if asked > 0 {
                self.record(now, OfflineEntry::CanaryRound { asked, refused });
            }
        }
        self.arm_canaries();
    }

    pub(super) fn canary_answer(&mut self, now: Now, device: DeviceId, command: CommandId, answer: CanaryAnswer) {
        if self.canaries.asked.get(&command).is_some_and(|(asked, _)| *asked == device) {
            self.canary_settled(now, command, answer);
            self.ask_more(now);
        }
    }

    /// A command could not be carried out. Whether it was a canary's: that is no answer then.
    pub(super) fn canary_not_asked(&mut self, now: Now, device: DeviceId, command: CommandId) -> bool {
        let is_canary = self.canaries.asked.get(&command).is_some_and(|(asked, _)| *asked == device);
        if is_canary {
            self.canary_answer(now, device, command, CanaryAnswer::NoAnswer);
        }
        is_canary
    }

    /// What a device did about the canary. One that is away now could not answer, which says nothing about it.
    fn canary_settled(&mut self, now: Now, command: CommandId, answer: CanaryAnswer) {
        let Some((device, _)) = self.canaries.asked.remove(&command) else { return };
        let (kind, source) = (AlarmKind::CanaryFailed, AlarmSource::Device(device));
        let reached = self.presence_of(device) == Presence::Online;
        let refused = match answer {
            CanaryAnswer::WouldRefuse => {
                self.end_alarm(now, kind, source);
                1
            }
            CanaryAnswer::NoAnswer if !reached => return,
            CanaryAnswer::WouldAdmit | CanaryAnswer::NoAnswer => {
                self.record(now, OfflineEntry::CanaryFailed { device, answer });
                self.begin_alarm(now, kind, source);
                0
            }
        };
        if let Round::UnderWay { asked, refused: before } = &mut self.canaries.round {
            *asked += 1;
            *before += refused;
        }
    }

    fn arm_canaries(&mut self) {
        let answers = self.canaries.asked.values().map(|(_, until)| *until);
        match answers.chain(self.canaries.next_round).min() {
            Some(next) => self.timers.set(TimerKey::Canary, next),
            None => self.timers.cancel(TimerKey::Canary),
        }
    }
}
