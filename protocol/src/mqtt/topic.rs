//! Topics: the only place where one is printed or parsed, and the rule which of them a device may touch.
//!
//! `rackward/v1/<site>/dev/<device>/up/{birth,state,event,ack,rights,log,csr,gone}` from the device,
//! `rackward/v1/<site>/dev/<device>/down/{cmd,feedback,rights,cert}` to it. What the payloads hold is in `message`.
//!
//! Vocabulary: a *filter* is what a subscriber asks for and may hold the wildcards `+` and `#` (MQTT 5, 4.7.1).

use alloc::string::String;
use core::fmt;

use thiserror::Error;

use super::message::MAX_MESSAGE_BYTES;
use super::rights::MAX_LIST_BYTES;

/// Longest site or device id, in characters; keeps every topic below 160 bytes, which any broker takes.
pub const MAX_ID_CHARS: usize = 64;

const ROOT: &str = "rackward";
const VERSION: &str = "v1";

/// Why a topic or an id in it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TopicError {
    /// An id is empty, longer than [`MAX_ID_CHARS`], or holds something else than `a-z`, `0-9` and `-`.
    #[error("a site or device id must be 1 to {MAX_ID_CHARS} of a-z, 0-9 and '-'")]
    Id,
    /// The topic is not one of `rackward/v1/<site>/dev/<device>/<up or down>/<leaf>`.
    #[error("the topic is not {ROOT}/{VERSION}/<site>/dev/<device>/<up or down>/<leaf>")]
    Shape,
}

fn checked_id(text: &str) -> Result<String, TopicError> {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && (1..=MAX_ID_CHARS).contains(&text.len()) { Ok(String::from(text)) } else { Err(TopicError::Id) }
}

/// The site part of a topic: `[a-z0-9-]{1,64}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(String);

/// The device part of a topic, which is also the device's MQTT client id: `[a-z0-9-]{1,64}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(String);

impl SiteId {
    /// Takes an id as written in a config file or a topic; refuses with [`TopicError::Id`].
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        checked_id(text).map(Self)
    }

    /// The id as it stands in a topic.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DeviceId {
    /// Takes an id as written in a config file, a client id or a topic; refuses with [`TopicError::Id`].
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        checked_id(text).map(Self)
    }

    /// The id as it stands in a topic.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpLeaf {
    /// Who the device is; opens a connection. Retained.
    Birth,
    /// What its sensors read. Retained.
    State,
    /// A card or key presses. Never retained.
    Event,
    /// What became of a command. Never retained.
    Ack,
    /// Which rights it holds. Never retained.
    Rights,
    /// What happened while it was on its own. Never retained.
    Log,
    /// A request for its next certificate. Never retained.
    Csr,
    /// The last will: the connection that a birth opened is over. Retained.
    Gone,
}

/// What a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DownLeaf {
    /// A command. Never retained.
    Cmd,
    /// Light and sound for the person in front of it. Never retained.
    Feedback,
    /// A signed rights list. Never retained.
    Rights,
    /// The certificate it asked for. Never retained.
    Certificate,
}

/// The last two parts of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaf {
    /// Device to daemon.
    Up(UpLeaf),
    /// Daemon to device.
    Down(DownLeaf),
}

impl UpLeaf {
    /// Whether a broker keeps the last message of this leaf for later subscribers.
    pub fn retained(self) -> bool {
        match self {
            Self::Birth | Self::State | Self::Gone => true,
            Self::Event | Self::Ack | Self::Rights | Self::Log | Self::Csr => false,
        }
    }
}

impl DownLeaf {
    /// Longest payload of this leaf, in bytes.
    pub fn max_bytes(self) -> usize {
        match self {
            Self::Rights => MAX_LIST_BYTES,
            Self::Cmd | Self::Feedback | Self::Certificate => MAX_MESSAGE_BYTES,
        }
    }
}

impl Leaf {
    /// Longest payload of this leaf, in bytes; a longer one need not be read.
    pub fn max_bytes(self) -> usize {
        match self {
            Self::Up(_) => MAX_MESSAGE_BYTES,
            Self::Down(leaf) => leaf.max_bytes(),
        }
    }

    const ALL: [(Leaf, &'static str, &'static str); 12] = [
        (Leaf::Up(UpLeaf::Birth), "up", "birth"),
        (Leaf::Up(UpLeaf::State), "up", "state"),
        (Leaf::Up(UpLeaf::Event), "up", "event"),
        (Leaf::Up(UpLeaf::Ack), "up", "ack"),
        (Leaf::Up(UpLeaf::Rights), "up", "rights"),
        (Leaf::Up(UpLeaf::Log), "up", "log"),
        (Leaf::Up(UpLeaf::Csr), "up", "csr"),
        (Leaf::Up(UpLeaf::Gone), "up", "gone"),
        (Leaf::Down(DownLeaf::Cmd), "down", "cmd"),
        (Leaf::Down(DownLeaf::Feedback), "down", "feedback"),
        (Leaf::Down(DownLeaf::Rights), "down", "rights"),
        (Leaf::Down(DownLeaf::Certificate), "down", "cert"),
    ];

    fn parse(direction: &str, leaf: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, d, l)| *d == direction && *l == leaf).map(|(found, _, _)| *found)
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = Self::ALL.iter().find(|(leaf, _, _)| leaf == self);
        written.map_or(Ok(()), |(_, direction, name)| write!(f, "{direction}/{name}"))
    }
}

/// One topic of one device. [`Display`](fmt::Display) prints it as it goes to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The site the device belongs to.
    pub site: SiteId,
    /// The device.
    pub device: DeviceId,
    /// What is said.
    pub leaf: Leaf,
}

impl Topic {
    /// The topic of one leaf of one device.
    pub fn new(site: &SiteId, device: &DeviceId, leaf: Leaf) -> Self {
        Self { site: site.clone(), device: device.clone(), leaf }
    }

    /// Reads a topic as a broker delivers it. Exact: no wildcard, no empty level, no other version.
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        let mut levels = text.split('/');
        let mut next = || levels.next().ok_or(TopicError::Shape);
        let head = (next()?, next()?);
        let (site, class, device) = (next()?, next()?, next()?);
        let leaf = Leaf::parse(next()?, next()?).ok_or(TopicError::Shape)?;
        if head != (ROOT, VERSION) || class != "dev" || levels.next().is_some() {
            return Err(TopicError::Shape);
        }
        Ok(Self { site: SiteId::parse(site)?, device: DeviceId::parse(device)?, leaf })
    }

    /// The filter by which the daemon hears every device of its site.
    pub fn all_up(site: &SiteId) -> String {
        alloc::format!("{ROOT}/{VERSION}/{site}/dev/+/up/+")
    }

    /// The topics on which a device is told something, one by one: brokers look an exact topic up, but may compare every
    /// message with every filter that has a wildcard, which ten thousand devices would each have.
    pub fn downs(site: &SiteId, device: &DeviceId) -> [String; 4] {
        [DownLeaf::Cmd, DownLeaf::Feedback, DownLeaf::Rights, DownLeaf::Certificate].map(|leaf| {
            alloc::format!("{}", Self { site: site.clone(), device: device.clone(), leaf: Leaf::Down(leaf) })
        })
    }

    /// The filter that covers what a device is told, as access lists of brokers have it.
    pub fn all_down(site: &SiteId, device: &DeviceId) -> String {
        alloc::format!("{ROOT}/{VERSION}/{site}/dev/{device}/down/+")
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ROOT}/{VERSION}/{}/dev/{}/{}", self.site, self.device, self.leaf)
    }
}

/// Whether a device may publish to `topic`: only its own `up` leaves.
pub fn may_publish(site: &SiteId, device: &DeviceId, topic: &str) -> bool {
    match Topic::parse(topic) {
        Ok(Topic { site: s, device: d, leaf: Leaf::Up(_) }) => s == *site && d == *device,
        Ok(Topic { leaf: Leaf::Down(_), .. }) | Err(_) => false,
    }
}

/// Whether a device may subscribe to `filter`: only its own `down` leaves, one by one or all of them.
///
/// A wildcard anywhere but in the last level, and a shared subscription (`$share/...`), would reach other devices' messages.
pub fn may_subscribe(site: &SiteId, device: &DeviceId, filter: &str) -> bool {
    let all = Topic::all_down(site, device);
    let every_depth = || all.strip_suffix('+').zip(filter.strip_suffix('#')).is_some_and(|(ours, asked)| ours == asked);
    if filter == all || every_depth() {
        return true;
    }
    match Topic::parse(filter) {
        Ok(Topic { site: s, device: d, leaf: Leaf::Down(_) }) => s == *site && d == *device,
        Ok(Topic { leaf: Leaf::Up(_), .. }) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn ids() -> (SiteId, DeviceId) {
        (SiteId::parse("lon1").unwrap(), DeviceId::parse("r01-c02-front").unwrap())
    }

    #[test]
    fn a_device_may_hear_every_topic_that_it_asks_for() {
        let (site, device) = ids();
        let downs = Topic::downs(&site, &device);
        assert!(downs.iter().all(|topic| may_subscribe(&site, &device, topic)));
        let told = Leaf::ALL.iter().filter(|(leaf, ..)| matches!(leaf, Leaf::Down(_))).count();
        assert_eq!(downs.len(), told, "every leaf is asked for");
    }

    #[test]
    fn every_leaf_is_printed_as_it_is_parsed() {
        let (site, device) = ids();
        for (leaf, direction, name) in Leaf::ALL {
            let topic = Topic::new(&site, &device, leaf);
            assert_eq!(topic.to_string(), alloc::format!("rackward/v1/lon1/dev/r01-c02-front/{direction}/{name}"));
            assert_eq!(Topic::parse(&topic.to_string()), Ok(topic));
        }
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        let rows = [
            ("", TopicError::Shape),
            ("rackward/v1/lon1/dev/a/up", TopicError::Shape),
            ("rackward/v1/lon1/dev/a/up/birth/x", TopicError::Shape),
            ("rackward/v2/lon1/dev/a/up/birth", TopicError::Shape),
            ("/rackward/v1/lon1/dev/a/up/birth", TopicError::Shape),
            ("rackward/v1/lon1/dev/a/up/cmd", TopicError::Shape),
            ("rackward/v1/lon1/dev/a/down/birth", TopicError::Shape),
            ("rackward/v1/lon1/dev/+/up/birth", TopicError::Id),
            ("rackward/v1/LON1/dev/a/up/birth", TopicError::Id),
            ("rackward/v1//dev/a/up/birth", TopicError::Id),
        ];
        for (given, expect) in rows {
            assert_eq!(Topic::parse(given), Err(expect), "{given}");
        }
        assert!(DeviceId::parse(&"a".repeat(64)).is_ok());
        assert!(DeviceId::parse(&"a".repeat(65)).is_err());
    }

    #[test]
    fn a_device_publishes_only_what_it_says_itself() {
        let (site, device) = ids();
        let rows = [
            ("rackward/v1/lon1/dev/r01-c02-front/up/event", true),
            ("rackward/v1/lon1/dev/r01-c02-front/up/gone", true),
            ("rackward/v1/lon1/dev/r01-c02-front/down/cmd", false),
            ("rackward/v1/lon1/dev/r01-c02-rear/up/event", false),
            ("rackward/v1/ams2/dev/r01-c02-front/up/event", false),
            ("rackward/v1/lon1/dev/r01-c02-front/up/+", false),
            ("$SYS/broker", false),
        ];
        for (topic, expect) in rows {
            assert_eq!(may_publish(&site, &device, topic), expect, "{topic}");
        }
    }

    #[test]
    fn a_device_hears_only_what_it_is_told() {
        let (site, device) = ids();
        let rows = [
            ("rackward/v1/lon1/dev/r01-c02-front/down/cmd", true),
            ("rackward/v1/lon1/dev/r01-c02-front/down/feedback", true),
            ("rackward/v1/lon1/dev/r01-c02-front/down/+", true),
            ("rackward/v1/lon1/dev/r01-c02-front/down/#", true),
            ("rackward/v1/lon1/dev/r01-c02-front/up/event", false),
            ("rackward/v1/lon1/dev/r01-c02-front/#", false),
            ("rackward/v1/lon1/dev/+/down/cmd", false),
            ("rackward/v1/lon1/dev/r01-c02-rear/down/cmd", false),
            ("$share/g/rackward/v1/lon1/dev/r01-c02-front/down/cmd", false),
            ("#", false),
            ("+/+/+/+/+/+/+", false),
        ];
        for (filter, expect) in rows {
            assert_eq!(may_subscribe(&site, &device, filter), expect, "{filter}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "(rackward|[a-z$+#/]{0,9})(/[a-z0-9+#-]{0,9}){0,8}") {
            if let Ok(topic) = Topic::parse(&text) {
                prop_assert_eq!(topic.to_string(), text);
            }
        }
    }
}
