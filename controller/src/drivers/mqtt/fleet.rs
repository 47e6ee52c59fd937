//! All enrolled MQTT devices: messages become reports, orders become messages. Pure; the broker is `mqtt.rs`'s.
//!
//! Decides who counts as connected and how long an acknowledgement is waited for. It does not decide which message of a
//! device is news (`rackward_protocol::mqtt::Link`), nor what a fact means (the core), nor which certificate counts.
//!
//! What a device goes through, as seen from here:
//!
//! ```text
//!  Unknown ──birth──> Present ──gone, silent too long, or broker lost──> Away
//!                        ^                                                 │
//!                        └───────── birth, or any news from it ────────────┘
//! ```
//!
//! After the broker was lost, devices that stayed connected have nothing new to say by themselves: they are asked. There may
//! be ten thousand devices, so no message and no deadline of one costs a look at the others.
//!
//! Vocabulary: a *member* is one enrolled device with its session; a *stranger* is a topic of none.

mod awaited;
mod clock_offset;
mod deadlines;
mod list;
mod member;
mod orders;
mod outbox;
mod translation;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use rackward_core::id::{CommandId, DeviceId};
use rackward_core::inventory::Channel;
use rackward_core::{DeviceReport, Monotonic, Now, Wall};
use rackward_protocol::mqtt::message::MAX_UNIX_MS;
use rackward_protocol::mqtt::{self, Command, CommandKind, Der, Down, Leaf, Outcome, SiteId, Topic, UnixMillis};

use crate::drivers::{BrokerLogin, BrokerSettings, CardKey, DriverError, MqttSettings, Profile};
use crate::pki::Authority;
use awaited::Awaited;
use deadlines::Deadlines;
use member::{Member, Said};
pub use outbox::Message;
use outbox::{Outbox, Purpose};

/// How long the broker keeps what is only good now: a relock, a question, a light, a list that the engine sends again.
const EXPIRY_SECS: u32 = 10;
/// Questions of our own are numbered from here on, beginning at the microsecond of our start: a device takes a number that
/// it has heard before for a repeat and does not look again, even if a daemon before this one used it. The engine's numbers
/// are below.
const FIRST_QUESTION: u64 = 1 << 63;

/// All enrolled devices.
pub struct Fleet {
    site: SiteId,
    members: BTreeMap<DeviceId, Member>,
    by_name: HashMap<mqtt::DeviceId, DeviceId>,
    reports: VecDeque<(DeviceId, DeviceReport)>,
    /// Certificates that were asked for; the newest request of each device.
    requests: BTreeMap<DeviceId, Der>,
    outbox: Outbox,
    awaited: Awaited,
    deadlines: Deadlines,
    link: LinkState,
    channel: Channel,
    questions: u64,
    strangers: u64,
    card_key: CardKey,
    authority: Arc<Authority>,
}

/// Whether the broker can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkState {
    Untried,
    Up,
    Lost,
}

impl Fleet {
    /// The devices of `settings`, none of them heard yet. Their rights lists are signed by the authority that it names.
    ///
    /// # Errors
    /// A name that no topic can hold, or a device that MQTT cannot carry.
    pub fn new(settings: &MqttSettings, now: Wall, card_key: CardKey) -> Result<Self, DriverError> {
        let topic_name = |name: &str| DriverError::TopicName { name: name.to_owned() };
        let site = SiteId::parse(&settings.site).map_err(|_| topic_name(&settings.site))?;
        let (mut members, mut by_name) = (BTreeMap::new(), HashMap::new());
        for given in &settings.devices {
            if let Profile::Inputs { .. } = given.profile {
                return Err(DriverError::ZonesOverMqtt { device: given.name.clone() });
            }
            let name = mqtt::DeviceId::parse(&given.name).map_err(|_| topic_name(&given.name))?;
            by_name.insert(name.clone(), given.device);
            members.insert(given.device, Member::new(given.device, name, given.profile));
        }
        Ok(Self {
            site,
            members,
            by_name,
            reports: VecDeque::new(),
            requests: BTreeMap::new(),
            outbox: Outbox::default(),
            awaited: Awaited::default(),
            deadlines: Deadlines::default(),
            link: LinkState::Untried,
            channel: channel(&settings.broker),
            questions: now.as_micros().unsigned_abs() % FIRST_QUESTION,
            strangers: 0,
            card_key,
            authority: Arc::clone(&settings.identity.authority),
        })
    }

    /// The enrolled devices.
    pub fn devices(&self) -> impl ExactSizeIterator<Item = DeviceId> + '_ {
        self.members.keys().copied()
    }

    /// What a device is called in topics and certificates.
    pub fn name_of(&self, device: DeviceId) -> Option<&mqtt::DeviceId> {
        self.members.get(&device).map(Member::name)
    }

    /// The device with this name.
    pub fn device_named(&self, name: &mqtt::DeviceId) -> Option<DeviceId> {
        self.by_name.get(name).copied()
    }

    /// The name of the site, as it stands in topics.
    pub fn site(&self) -> &str {
        self.site.as_str()
    }

    /// The filter by which all devices of the site are heard.
    pub fn filter(&self) -> String {
        Topic::all_up(&self.site)
    }

    /// The broker passes messages on now. Devices that we knew are asked to show that they are still there.
    pub fn connected(&mut self, now: Monotonic) {
        self.link = LinkState::Up;
        let known: Vec<DeviceId> =
            self.members.values().filter(|member| member.is_known()).map(Member::device).collect();
        for device in known {
            self.ask(now, device);
        }
    }

    /// The broker is away: said once for each device, and what waits fails.
    pub fn lost(&mut self) {
        if self.link == LinkState::Lost {
            return;
        }
        self.link = LinkState::Lost;
        self.outbox.clear();
        let waiting: Vec<DeviceId> = self.devices().collect();
        for device in waiting {
            self.fail_in_flight(device);
        }
        let lost = self.members.values_mut().map(|member| (member.device(), member.link_lost()));
        self.reports.extend(lost);
    }

    /// One message from the broker.
    pub fn heard(&mut self, now: Now, topic: &str, retained: bool, payload: &[u8]) {
        let Ok(Topic { site, device: name, leaf: Leaf::Up(leaf) }) = Topic::parse(topic) else {
            return self.stranger(None);
        };
        if site != self.site {
            return self.stranger(None);
        }
        let member = self.by_name.get(&name).and_then(|device| self.members.get_mut(device));
        let Some(member) = member else { return self.stranger(Some(&name)) };
        let device = member.device();
        let Said { reports, acknowledged, request, is_gone } =
            member.hear(now, leaf, retained, payload, (&self.card_key, self.channel));
        self.reports.extend(reports.into_iter().map(|report| (device, report)));
        if is_gone {
            self.fail_in_flight(device);
        }
        if let Some((command, outcome)) = acknowledged {
            self.acknowledged(device, command, outcome);
        }
        if let Some(request) = request {
            self.requests.insert(device, request);
        }
        self.attend(now.monotonic, device);
    }

    /// Asks a device that is to be asked, and notes when it must be looked at again.
    fn attend(&mut self, now: Monotonic, device: DeviceId) {
        let Some(member) = self.members.get(&device) else { return };
        if member.is_to_be_asked(now) {
            self.ask(now, device);
        }
        let due = self.members.get(&device).and_then(Member::due);
        self.deadlines.no_later(device, due);
    }

    /// Asks a device for its state, so that it is heard of now.
    fn ask(&mut self, now: Monotonic, device: DeviceId) {
        let number = self.next_number();
        let Some(member) = self.members.get_mut(&device) else { return };
        member.asked(now, number);
        let down = Down::Command(Command { id: number, kind: CommandKind::ReadState });
        self.send(device, &down, EXPIRY_SECS, Purpose::Upkeep);
    }

    /// A number for what the engine does not wait for.
    fn next_number(&mut self) -> mqtt::CommandId {
        let number = mqtt::CommandId(FIRST_QUESTION + self.questions);
        self.questions = (self.questions + 1) % FIRST_QUESTION;
        number
    }

    /// Puts a message in the outbox; false when it cannot be.
    fn send(&mut self, device: DeviceId, down: &Down, expiry_seconds: u32, purpose: Purpose) -> bool {
        let Some(member) = self.members.get(&device) else { return false };
        let topic = Topic::new(&self.site, member.name(), Leaf::Down(down.leaf())).to_string();
        match down.encode() {
            Ok(payload) => self.outbox.push(Message { topic, payload, expiry_seconds, purpose }),
            Err(error) => {
                let name = member.name();
                tracing::error!(device = %name, %error, "a message to the device does not fit its format and was not sent");
                false
            }
        }
    }

    /// The next message to publish: what somebody at a door waits for first.
    pub fn next_message(&mut self) -> Option<Message> {
        self.outbox.next()
    }

    /// The next message to publish among those that cannot wait.
    pub fn next_urgent_message(&mut self) -> Option<Message> {
        self.outbox.next_urgent()
    }

    /// Whether a message waits to be published.
    pub fn has_message(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// A message could not be handed to the client: a command has failed, light and sound come too late, all else is put
    /// again.
    pub fn unsent(&mut self, message: Message) {
        match message.purpose {
            Purpose::Command(device, command) => self.overload(device, command),
            Purpose::Feedback => {}
            Purpose::Upkeep => self.outbox.put_back(message),
        }
    }

    /// Gives up on commands that were not acknowledged in time, and on devices that were silent too long.
    pub fn handle_timeout(&mut self, now: Monotonic) {
        while let Some(late) = self.awaited.overdue(now) {
            self.reports.push_back(late);
        }
        while let Some(device) = self.deadlines.take_due(now) {
            self.wake(now, device);
        }
    }

    fn wake(&mut self, now: Monotonic, device: DeviceId) {
        let Some(member) = self.members.get_mut(&device) else { return };
        let woken = member.wake(now);
        self.reports.extend(woken.reports.into_iter().map(|report| (device, report)));
        if woken.is_gone {
            self.fail_in_flight(device);
        }
        if let Some(feedback) = woken.feedback {
            self.send(device, &Down::Feedback(feedback), EXPIRY_SECS, Purpose::Feedback);
        }
        self.attend(now, device);
    }

    /// When [`Self::handle_timeout`] has something to do next.
    pub fn next_deadline(&self) -> Option<Monotonic> {
        [self.awaited.due(), self.deadlines.first()].into_iter().flatten().min()
    }

    /// Whether a report waits for the engine.
    pub fn has_report(&self) -> bool {
        !self.reports.is_empty()
    }

    /// The next report for the engine.
    pub fn take_report(&mut self) -> Option<(DeviceId, DeviceReport)> {
        self.reports.pop_front()
    }

    /// The next device that asks for a certificate, with its request (PKCS #10, DER).
    pub fn take_request(&mut self) -> Option<(DeviceId, Der)> {
        self.requests.pop_first()
    }

    /// What the shell has to say of a device: the certificate it would make, the one it was reached with.
    pub fn report(&mut self, device: DeviceId, report: DeviceReport) {
        self.reports.push_back((device, report));
    }

    /// Only what this device was told and nobody else counts; repeats do not.
    fn acknowledged(&mut self, device: DeviceId, command: CommandId, outcome: Outcome) {
        if let Some(wait) = self.awaited.take(device, command) {
            self.reports.push_back((device, wait.answered(command, outcome)));
        }
    }

    fn fail_in_flight(&mut self, device: DeviceId) {
        let failed = self.awaited.give_up(device);
        self.reports.extend(failed.into_iter().map(|report| (device, report)));
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

/// How the devices' links are protected, as far as we know of it: a broker that we reach in clear may be one that they reach
/// in clear.
fn channel(broker: &BrokerSettings) -> Channel {
    match broker {
        BrokerSettings::Embedded(_) => Channel::Proven,
        BrokerSettings::External { login, .. } => match login {
            BrokerLogin::Plain(_) => Channel::Plaintext,
            BrokerLogin::Password { .. } | BrokerLogin::Certificate { .. } => Channel::Proven,
        },
    }
}

/// Rounded down: a release never becomes valid for longer.
fn unix_millis(at: Wall) -> UnixMillis {
    let millis = u64::try_from(at.as_micros().div_euclid(1_000)).unwrap_or(0);
    UnixMillis(millis.min(MAX_UNIX_MS))
}

#[cfg(test)]
mod tests;
