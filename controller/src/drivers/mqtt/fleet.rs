//! All enrolled MQTT devices: messages become reports, orders become messages. Pure; the broker is `mqtt.rs`'s.
//!
//! Decides who counts as connected and how long an acknowledgement is waited for. It does not decide which message of a
//! device is news (`rackward_protocol::mqtt::Link`), nor what a fact means (the core).
//!
//! What a device goes through, as seen from here:
//!
//! ```text
//!  Unknown ──birth──> Present ──gone, or broker lost──> Away
//!                        ^                               │
//!                        └── birth, or any news from it ─┘
//! ```
//!
//! After the broker was lost, devices that stayed connected have nothing new to say by themselves: they are asked.
//!
//! Vocabulary: a *member* is one enrolled device with its session; a *stranger* is a topic of none.

mod member;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rackward_core::engine::input::{FailureCause, LinkTrouble};
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::job::JobOutcome;
use rackward_core::{DeviceReport, Monotonic, Now, Wall};
use rackward_protocol::mqtt::message::{MAX_RELEASE_MS, MAX_UNIX_MS, MIN_RELEASE_MS};
use rackward_protocol::mqtt::{self, Command, CommandKind, Down, Leaf, SiteId, Topic, UnixMillis};

use crate::drivers::order::{Order, Task};
use crate::drivers::{CardKey, DriverError, MqttSettings, Profile};
use member::{Member, Said};

/// Commands that one device has not acknowledged yet. A device has one lock; more than these would be stale when carried out.
const IN_FLIGHT_LIMIT_COMMANDS: usize = 4;
/// How long after its `not_after` a release may still be acknowledged: the way back through the broker.
const ACK_GRACE_SECS: u64 = 3;
/// How long the broker keeps what is only good now: a relock, a question, a light.
const EXPIRY_SECS: u32 = 10;
/// Questions of our own are numbered from here on, beginning at the microsecond of our start: a device takes a number that
/// it has heard before for a repeat and does not look again, even if a daemon before this one used it. The engine's numbers
/// are below.
const FIRST_QUESTION: u64 = 1 << 63;

/// All enrolled devices.
pub struct Fleet {
    site: SiteId,
    members: BTreeMap<mqtt::DeviceId, Member>,
    names: BTreeMap<DeviceId, mqtt::DeviceId>,
    reports: VecDeque<(DeviceId, DeviceReport)>,
    messages: VecDeque<Message>,
    in_flight: BTreeMap<(DeviceId, CommandId), Deadline>,
    link: LinkState,
    questions: u64,
    strangers: u64,
    card_key: CardKey,
}

/// Whether the broker can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkState {
    Untried,
    Up,
    Lost,
}

/// When a command counts as not carried out, and why then.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Monotonic,
    cause: FailureCause,
}

/// One message to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it is published.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
    /// After how many seconds the broker throws it away.
    pub expiry_seconds: u32,
    purpose: Purpose,
}

/// What becomes of a message that cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The engine is told.
    Command(DeviceId, CommandId),
    /// It is put again.
    Question,
    /// Nothing: shown later it would be shown to somebody else.
    Feedback,
}

impl Fleet {
    /// The devices of `settings`, none of them heard yet.
    ///
    /// # Errors
    /// A name that no topic can hold, or a device that MQTT cannot carry.
    pub fn new(settings: MqttSettings, now: Wall, card_key: CardKey) -> Result<Self, DriverError> {
        let topic_name = |name: &str| DriverError::TopicName { name: name.to_owned() };
        let site = SiteId::parse(&settings.site).map_err(|_| topic_name(&settings.site))?;
        let (mut members, mut names) = (BTreeMap::new(), BTreeMap::new());
        for given in settings.devices {
            if let Profile::Inputs { .. } = given.profile {
                return Err(DriverError::ZonesOverMqtt { device: given.name });
            }
            let name = mqtt::DeviceId::parse(&given.name).map_err(|_| topic_name(&given.name))?;
            names.insert(given.device, name.clone());
            members.insert(name, Member::new(given.device, given.profile));
        }
        Ok(Self {
            site,
            members,
            names,
            reports: VecDeque::new(),
            messages: VecDeque::new(),
            in_flight: BTreeMap::new(),
            link: LinkState::Untried,
            questions: now.as_micros().unsigned_abs() % FIRST_QUESTION,
            strangers: 0,
            card_key,
        })
    }

    /// The enrolled devices.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.names.keys().copied()
    }

    /// The filter by which all devices of the site are heard.
    pub fn filter(&self) -> String {
        Topic::all_up(&self.site)
    }

    /// The broker passes messages on now. Devices that we knew are asked to show that they are still there.
    pub fn connected(&mut self) {
        self.link = LinkState::Up;
        let known: Vec<mqtt::DeviceId> =
            self.members.iter().filter(|(_, member)| member.is_known()).map(|(name, _)| name.clone()).collect();
        for name in known {
            self.ask(&name);
        }
    }

    /// The broker is away: said once for each device, and what waits fails.
    pub fn lost(&mut self) {
        if self.link == LinkState::Lost {
            return;
        }
        self.link = LinkState::Lost;
        self.messages.clear();
        let waiting: Vec<DeviceId> = self.names.keys().copied().collect();
        for device in waiting {
            self.fail_in_flight(device);
        }
        let lost = self.members.values_mut().map(|member| (member.device(), member.link_lost()));
        self.reports.extend(lost);
    }

    /// One message from the broker.
    pub fn heard(&mut self, now: Monotonic, topic: &str, retained: bool, payload: &[u8]) {
        let Ok(Topic { site, device: name, leaf: Leaf::Up(leaf) }) = Topic::parse(topic) else {
            return self.stranger(None);
        };
        if site != self.site {
            return self.stranger(None);
        }
        let Some(member) = self.members.get_mut(&name) else { return self.stranger(Some(&name)) };
        let device = member.device();
        let Said { reports, acknowledged, is_born, is_gone } =
            member.hear(now, leaf, retained, payload, &self.card_key);
        let has_gap = reports.iter().any(|report| matches!(report, DeviceReport::Link(LinkTrouble::Lost(_))));
        self.reports.extend(reports.into_iter().map(|report| (device, report)));
        if is_gone {
            self.fail_in_flight(device);
        }
        if let Some((command, report)) = acknowledged {
            self.acknowledged(device, command, report);
        }
        if has_gap || is_born {
            // What the broker kept may be old, what was lost may have been a state, and a state that overtook its birth was
            // refused; only an answer is news.
            self.ask(&name);
        }
    }

    /// Carries out an order, or reports at once that it cannot be.
    pub fn order(&mut self, now: Now, order: Order) {
        let Some(name) = self.names.get(&order.device).cloned() else { return };
        let made = match order.task.clone() {
            Task::Release { command, duration, not_after } => {
                self.command(&name, command, release(now, duration, not_after), release_deadline(not_after))
            }
            Task::Relock { command } => {
                let at = now.monotonic.after(Duration::from_secs(u64::from(EXPIRY_SECS) + ACK_GRACE_SECS));
                let deadline = Deadline { at, cause: FailureCause::Offline };
                self.command(&name, command, Ok((CommandKind::Relock, EXPIRY_SECS)), deadline)
            }
            // Certificates and firmware over MQTT have ways of their own.
            Task::StartJob { command, task: _ } => {
                let ended = DeviceReport::JobEnded(command, JobOutcome::Refused);
                self.reports.push_back((order.device, ended));
                Ok(())
            }
            Task::StopJob { command: _ }
            | Task::PutRights(_)
            | Task::DecideOnline { .. }
            | Task::NoteLog { .. }
            | Task::TryCanary { .. }
            | Task::Certificates { .. }
            | Task::IssueCertificate { .. } => Ok(()),
            Task::Show(feedback) => {
                self.show(&name, feedback);
                Ok(())
            }
        };
        if let Some(report) = made.err().and_then(|cause| order.failed(cause)) {
            self.reports.push_back((order.device, report));
        }
    }

    fn command(
        &mut self,
        name: &mqtt::DeviceId,
        command: CommandId,
        kind: Result<(CommandKind, u32), FailureCause>,
        deadline: Deadline,
    ) -> Result<(), FailureCause> {
        let member = self.members.get(name).filter(|member| member.is_present() && self.link == LinkState::Up);
        let member = member.ok_or(FailureCause::Offline)?;
        if !member.has_lock() {
            return Err(FailureCause::Refused);
        }
        let device = member.device();
        if self.in_flight.keys().filter(|(whose, _)| *whose == device).count() >= IN_FLIGHT_LIMIT_COMMANDS {
            return Err(FailureCause::Overload);
        }
        let (kind, expiry_seconds) = kind?;
        let down = Down::Command(Command { id: mqtt::CommandId(command.get()), kind });
        let message = self.message(name, &down, expiry_seconds, Purpose::Command(device, command));
        self.messages.push_back(message.ok_or(FailureCause::Refused)?);
        self.in_flight.insert((device, command), deadline);
        Ok(())
    }

    fn show(&mut self, name: &mqtt::DeviceId, feedback: rackward_core::Feedback) {
        let is_up = self.link == LinkState::Up;
        let Some(member) = self.members.get_mut(name).filter(|member| is_up && member.is_present()) else { return };
        let Some(feedback) = member.show(feedback) else { return };
        let message = self.message(name, &Down::Feedback(feedback), EXPIRY_SECS, Purpose::Feedback);
        self.messages.extend(message);
    }

    /// Asks a device for its state, so that it is heard of now.
    fn ask(&mut self, name: &mqtt::DeviceId) {
        let id = mqtt::CommandId(FIRST_QUESTION + self.questions);
        self.questions = (self.questions + 1) % FIRST_QUESTION;
        let down = Down::Command(Command { id, kind: CommandKind::ReadState });
        let message = self.message(name, &down, EXPIRY_SECS, Purpose::Question);
        self.messages.extend(message);
    }

    fn message(&self, name: &mqtt::DeviceId, down: &Down, expiry_seconds: u32, purpose: Purpose) -> Option<Message> {
        let topic = Topic::new(&self.site, name, Leaf::Down(down.leaf())).to_string();
        match down.encode() {
            Ok(payload) => Some(Message { topic, payload, expiry_seconds, purpose }),
            Err(error) => {
                tracing::error!(device = %name, %error, "a message to the device does not fit its format and was not sent");
                None
            }
        }
    }

    /// The next message to publish.
    pub fn next_message(&mut self) -> Option<Message> {
        self.messages.pop_front()
    }

    /// A message could not be handed to the client; true when it is tried again later.
    pub fn unsent(&mut self, message: Message) -> bool {
        match message.purpose {
            Purpose::Command(device, command) => {
                self.in_flight.remove(&(device, command));
                self.reports.push_back((device, DeviceReport::Failed(command, FailureCause::Overload)));
            }
            Purpose::Question => self.messages.push_front(message),
            Purpose::Feedback => {}
        }
        !self.messages.is_empty()
    }

    /// Gives up on commands that were not acknowledged in time.
    pub fn handle_timeout(&mut self, now: Monotonic) {
        let late: Vec<_> =
            self.in_flight.iter().filter(|(_, due)| now >= due.at).map(|(key, due)| (*key, *due)).collect();
        for ((device, command), due) in late {
            self.in_flight.remove(&(device, command));
            self.reports.push_back((device, DeviceReport::Failed(command, due.cause)));
        }
        self.show_overdue(now);
    }

    /// Somebody waits longer for an answer than people expect.
    fn show_overdue(&mut self, now: Monotonic) {
        let overdue = |(name, member): (&mqtt::DeviceId, &mut Member)| Some((name.clone(), member.overdue(now)?));
        let shown: Vec<_> = self.members.iter_mut().filter_map(overdue).collect();
        for (name, feedback) in shown {
            let message = self.message(&name, &Down::Feedback(feedback), EXPIRY_SECS, Purpose::Feedback);
            self.messages.extend(message);
        }
    }

    /// When [`Self::handle_timeout`] has something to do next.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let answers = self.members.values().filter_map(Member::answer_due);
        self.in_flight.values().map(|due| due.at).chain(answers).min()
    }

    /// Whether a report waits for the engine.
    pub fn has_report(&self) -> bool {
        !self.reports.is_empty()
    }

    /// The next report for the engine.
    pub fn take_report(&mut self) -> Option<(DeviceId, DeviceReport)> {
        self.reports.pop_front()
    }

    /// Only what this device was told and nobody else counts; our own questions, and repeats, do not.
    fn acknowledged(&mut self, device: DeviceId, command: CommandId, report: DeviceReport) {
        if self.in_flight.remove(&(device, command)).is_some() {
            self.reports.push_back((device, report));
        }
    }

    fn fail_in_flight(&mut self, device: DeviceId) {
        let waiting: Vec<_> = self.in_flight.keys().filter(|(whose, _)| *whose == device).copied().collect();
        for key in waiting {
            self.in_flight.remove(&key);
            self.reports.push_back((device, DeviceReport::Failed(key.1, FailureCause::Offline)));
        }
    }

    /// Counted, and said at 1, 2, 4, 8 and so on, so that a flood of them does not flood the log.
    fn stranger(&mut self, name: Option<&mqtt::DeviceId>) {
        self.strangers = self.strangers.saturating_add(1);
        if self.strangers.is_power_of_two() {
            let name = name.map_or("-", mqtt::DeviceId::as_str);
            tracing::warn!(
                %name, count = self.strangers,
                "the MQTT broker passes on messages of devices that are not enrolled; they are not listened to"
            );
        }
    }
}

/// A release for a device whose clock is the wall's. The message expires at the broker together with the command.
fn release(now: Now, duration: Duration, not_after: Monotonic) -> Result<(CommandKind, u32), FailureCause> {
    let left = not_after.since(now.monotonic);
    if left.is_zero() {
        return Err(FailureCause::Expired);
    }
    let duration_ms = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX).clamp(MIN_RELEASE_MS, MAX_RELEASE_MS);
    let not_after = unix_millis(now.wall.after(left));
    let expiry_seconds = u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
    Ok((CommandKind::Release { duration_ms, not_after }, expiry_seconds))
}

fn release_deadline(not_after: Monotonic) -> Deadline {
    Deadline { at: not_after.after(Duration::from_secs(ACK_GRACE_SECS)), cause: FailureCause::Expired }
}

/// Rounded down: a release never becomes valid for longer.
fn unix_millis(at: Wall) -> UnixMillis {
    let millis = u64::try_from(at.as_micros().div_euclid(1_000)).unwrap_or(0);
    UnixMillis(millis.min(MAX_UNIX_MS))
}

#[cfg(test)]
mod tests;
