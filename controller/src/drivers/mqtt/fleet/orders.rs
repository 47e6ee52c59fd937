//! Orders of the engine, as messages to one device.
//!
//! Decides which order cannot be told at all, and until when an acknowledgement is waited for. Whether a lock may be
//! released, and who is on a list, the core has decided before.

use std::time::Duration;

use rackward_core::engine::input::FailureCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::job::JobOutcome;
use rackward_core::rights_list::RightsList;
use rackward_core::{DeviceReport, Feedback, Monotonic, Now};
use rackward_protocol::mqtt::message::{MAX_RELEASE_MS, MIN_RELEASE_MS};
use rackward_protocol::mqtt::{self, CardRead, Command, CommandKind, Der, Down};

use super::awaited::Wait;
use super::member::Member;
use super::outbox::Purpose;
use super::{EXPIRY_SECS, Fleet, LinkState, list, unix_millis};
use crate::drivers::CardKey;
use crate::drivers::order::{Order, Task};

/// How long after its `not_after` a release may still be acknowledged: the way back through the broker.
const ACK_GRACE_SECS: u64 = 3;
/// A canary's bits: a number of them that no usual format has.
const CANARY_BITS: u16 = 120;
const CANARY_BYTES: usize = CANARY_BITS as usize / 8;
/// More bits than a card can have: what is hashed under this count is the hash of no card.
const NO_CARD_BITS: u16 = mqtt::message::MAX_CARD_BITS + 1;

impl Fleet {
    /// Carries out an order, or reports at once that it cannot be.
    pub fn order(&mut self, now: Now, order: Order) {
        let device = order.device;
        let made = match order.task.clone() {
            Task::Release { command, duration, not_after } => self.release(now, device, command, duration, not_after),
            Task::Relock { command } => self.relock(now, device, command),
            Task::TryCanary { command } => self.try_canary(now, device, command),
            // Firmware over MQTT has a way of its own.
            Task::StartJob { command, task: _ } => {
                self.report(device, DeviceReport::JobEnded(command, JobOutcome::Refused));
                Ok(())
            }
            Task::StopJob { command: _ } => Ok(()),
            Task::Show(feedback) => {
                self.show(now.monotonic, device, feedback);
                Ok(())
            }
            Task::PutRights(list) => self.put_rights(device, &list),
            Task::DecideOnline { command } => {
                let id = mqtt::CommandId(command.get());
                self.upkeep(device, &Down::Command(Command { id, kind: CommandKind::DecideOnline }))
            }
            Task::NoteLog { through, again } => self.note_log(now, device, through, again),
            // Who may connect is the broker's to keep, and certificates are made where the site's key is.
            Task::Certificates { .. } | Task::IssueCertificate { .. } => Ok(()),
        };
        if let Some(report) = made.err().and_then(|cause| order.failed(cause)) {
            self.report(device, report);
        }
    }

    /// What is not noted a device tells again when it is asked for its state.
    fn note_log(&mut self, now: Now, device: DeviceId, through: u64, again: bool) -> Result<(), FailureCause> {
        let id = self.next_number();
        self.upkeep(device, &Down::Command(Command { id, kind: CommandKind::NoteLog { through } }))?;
        if again {
            self.members.get_mut(&device).into_iter().for_each(|member| member.wants_asking(now.monotonic));
            self.attend(now.monotonic, device);
        }
        Ok(())
    }

    /// Gives a device the certificate that it asked for. One that is lost on the way it asks for again.
    pub fn give_certificate(&mut self, device: DeviceId, certificate: Der) {
        if self.upkeep(device, &Down::Certificate(certificate)).is_err() {
            tracing::info!(%device, "the device is not there to take its certificate; it asks again when it is");
        }
    }

    fn release(
        &mut self,
        now: Now,
        device: DeviceId,
        command: CommandId,
        duration: Duration,
        not_after: Monotonic,
    ) -> Result<(), FailureCause> {
        self.present(device)
            .filter(|member| member.has_lock())
            .map_or_else(|| Err(self.refusal(device)), |_| Ok(()))?;
        let (kind, expiry_seconds) = release(now, duration, not_after)?;
        let due = not_after.after(Duration::from_secs(ACK_GRACE_SECS));
        self.command(device, (command, kind), expiry_seconds, (due, Wait::Lock(FailureCause::Expired)))
    }

    fn relock(&mut self, now: Now, device: DeviceId, command: CommandId) -> Result<(), FailureCause> {
        self.present(device)
            .filter(|member| member.has_lock())
            .map_or_else(|| Err(self.refusal(device)), |_| Ok(()))?;
        let wait = (after_expiry(now), Wait::Lock(FailureCause::Offline));
        self.command(device, (command, CommandKind::Relock), EXPIRY_SECS, wait)
    }

    fn try_canary(&mut self, now: Now, device: DeviceId, command: CommandId) -> Result<(), FailureCause> {
        self.present(device).ok_or(FailureCause::Offline)?;
        let card = canary(&self.card_key, command).ok_or(FailureCause::Refused)?;
        self.command(device, (command, CommandKind::Canary { card }), EXPIRY_SECS, (after_expiry(now), Wait::Canary))
    }

    fn command(
        &mut self,
        device: DeviceId,
        (command, kind): (CommandId, CommandKind),
        expiry_seconds: u32,
        (due, wait): (Monotonic, Wait),
    ) -> Result<(), FailureCause> {
        if !self.awaited.has_room(device) {
            return Err(FailureCause::Overload);
        }
        let down = Down::Command(Command { id: mqtt::CommandId(command.get()), kind });
        if !self.send(device, &down, expiry_seconds, Purpose::Command(device, command)) {
            return Err(FailureCause::Refused);
        }
        self.awaited.add(device, command, due, wait);
        Ok(())
    }

    /// A command that the client did not take.
    pub(super) fn overload(&mut self, device: DeviceId, command: CommandId) {
        if let Some(wait) = self.awaited.take(device, command) {
            self.report(device, wait.failed(command, FailureCause::Overload));
        }
    }

    fn show(&mut self, now: Monotonic, device: DeviceId, feedback: Feedback) {
        if self.link != LinkState::Up {
            return;
        }
        let Some(member) = self.members.get_mut(&device).filter(|member| member.is_present()) else { return };
        if let Some(feedback) = member.show(feedback) {
            self.send(device, &Down::Feedback(feedback), EXPIRY_SECS, Purpose::Feedback);
        }
        self.attend(now, device);
    }

    /// A device that is away needs no list: the engine sends one when it is back, or when no receipt came.
    fn put_rights(&mut self, device: DeviceId, list: &RightsList) -> Result<(), FailureCause> {
        let member = self.present(device).ok_or(FailureCause::Offline)?;
        match list::seal(list, &self.site, member.name(), |text| self.authority.sign_list(text)) {
            Ok(bytes) => self.upkeep(device, &Down::Rights(bytes)),
            Err(error) => {
                tracing::error!(device = %member.name(), %error, "a rights list was not sent; the device keeps the one it has");
                Err(FailureCause::Refused)
            }
        }
    }

    fn upkeep(&mut self, device: DeviceId, down: &Down) -> Result<(), FailureCause> {
        self.present(device).ok_or(FailureCause::Offline)?;
        if self.send(device, down, EXPIRY_SECS, Purpose::Upkeep) {
            return Ok(());
        }
        tracing::warn!(%device, "too much waits for the MQTT broker; a message to the device was not sent and will be made again");
        Err(FailureCause::Overload)
    }

    /// The member, if it can be told something.
    fn present(&self, device: DeviceId) -> Option<&Member> {
        self.members.get(&device).filter(|member| member.is_present() && self.link == LinkState::Up)
    }

    /// Why a lock cannot be moved: its device is away, or has none.
    fn refusal(&self, device: DeviceId) -> FailureCause {
        if self.present(device).is_some() { FailureCause::Refused } else { FailureCause::Offline }
    }
}

/// A release for a device whose clock is the wall's. The message expires at the broker together with the command.
pub(super) fn release(now: Now, duration: Duration, not_after: Monotonic) -> Result<(CommandKind, u32), FailureCause> {
    let left = not_after.since(now.monotonic);
    if left.is_zero() {
        return Err(FailureCause::Expired);
    }
    let duration_ms = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX).clamp(MIN_RELEASE_MS, MAX_RELEASE_MS);
    let not_after = unix_millis(now.wall.after(left));
    let expiry_seconds = u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
    Ok((CommandKind::Release { duration_ms, not_after }, expiry_seconds))
}

fn after_expiry(now: Now) -> Monotonic {
    now.monotonic.after(Duration::from_secs(u64::from(EXPIRY_SECS) + ACK_GRACE_SECS))
}

/// A card that nobody has: bits that nobody can guess, other ones each time, of a length that no format has.
fn canary(key: &CardKey, command: CommandId) -> Option<CardRead> {
    let mut said = *b"canary--------";
    if let Some(tail) = said.last_chunk_mut() {
        *tail = command.get().to_be_bytes();
    }
    CardRead::new(CANARY_BITS, key(NO_CARD_BITS, &said).as_bytes().get(..CANARY_BYTES)?).ok()
}
