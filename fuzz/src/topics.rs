//! Any text as a topic, a filter or an id: what is read is printed as it was, and no device reaches another's messages.

use rackward_protocol::mqtt::{DeviceId, DownLeaf, Leaf, SiteId, Topic, UpLeaf, may_publish, may_subscribe};

use crate::draw::Draw;

/// Levels that stand in topics and filters, drawn more often than others.
const LEVELS: [&str; 26] = [
    "rackward", "v1", "lon1", "lon", "ams2", "dev", "r01", "r02", "r0", "up", "down", "birth", "state", "event", "ack",
    "rights", "log", "csr", "gone", "cmd", "feedback", "cert", "+", "#", "$share", "",
];

const LEAVES: [Leaf; 12] = [
    Leaf::Up(UpLeaf::Birth),
    Leaf::Up(UpLeaf::State),
    Leaf::Up(UpLeaf::Event),
    Leaf::Up(UpLeaf::Ack),
    Leaf::Up(UpLeaf::Rights),
    Leaf::Up(UpLeaf::Log),
    Leaf::Up(UpLeaf::Csr),
    Leaf::Up(UpLeaf::Gone),
    Leaf::Down(DownLeaf::Cmd),
    Leaf::Down(DownLeaf::Feedback),
    Leaf::Down(DownLeaf::Rights),
    Leaf::Down(DownLeaf::Certificate),
];

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let (site, device) = (site("lon1"), device("r01"));
    while !draw.is_empty() {
        let text = text(&mut draw);
        ids(&text);
        match Topic::parse(&text) {
            Ok(topic) => {
                assert_eq!(topic.to_string(), text, "a topic is printed as it was read");
                let own = topic.site == site && topic.device == device;
                let (is_up, is_down) = (matches!(topic.leaf, Leaf::Up(_)), matches!(topic.leaf, Leaf::Down(_)));
                assert_eq!(may_publish(&site, &device, &text), own && is_up, "{text}");
                assert_eq!(may_subscribe(&site, &device, &text), own && is_down, "{text}");
            }
            Err(_) => assert!(!may_publish(&site, &device, &text), "what is no topic is published on: {text}"),
        }
        if may_subscribe(&site, &device, &text) {
            hears_only_itself(&text);
        }
    }
}

/// Whole levels mostly, any text between.
fn text(draw: &mut Draw<'_>) -> String {
    let levels = draw.below(10);
    let mut text = String::new();
    for at in 0..levels {
        if at > 0 {
            text.push('/');
        }
        let choice = usize::from(draw.byte());
        match LEVELS.get(choice % 32) {
            Some(level) => text.push_str(level),
            None => text.push_str(&String::from_utf8_lossy(draw.bytes(70))),
        }
    }
    if levels == 0 { String::from_utf8_lossy(draw.bytes(200)).into_owned() } else { text }
}

fn ids(text: &str) {
    let is_plain =
        (1..=64).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    assert_eq!(SiteId::parse(text).is_ok(), is_plain, "{text:?}");
    assert_eq!(DeviceId::parse(text).is_ok(), is_plain, "{text:?}");
}

/// Whoever subscribes so hears nothing that is for another device or said by one, themselves included.
fn hears_only_itself(filter: &str) {
    for site_name in ["lon1", "lon", "ams2"] {
        for device_name in ["r01", "r0", "r02"] {
            for leaf in LEAVES {
                let topic = Topic::new(&site(site_name), &device(device_name), leaf).to_string();
                let own = site_name == "lon1" && device_name == "r01" && matches!(leaf, Leaf::Down(_));
                assert!(own || !matches(filter, &topic), "{filter} hears {topic}");
            }
        }
    }
    for other in ["$SYS/broker/uptime", "rackward", "rackward/v1/lon1/server/a/availability"] {
        assert!(!matches(filter, other), "{filter} hears {other}");
    }
}

/// Whether a broker would hand a message of `topic` to a subscriber of `filter` (MQTT 5, 4.7.1 and 4.8.2).
fn matches(filter: &str, topic: &str) -> bool {
    let filter = match filter.strip_prefix("$share/") {
        Some(shared) => shared.split_once('/').map_or("", |(_, filter)| filter),
        None => filter,
    };
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let (mut asked, mut said) = (filter.split('/'), topic.split('/'));
    loop {
        match (asked.next(), said.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(asked), Some(said)) if asked == said => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

fn site(text: &str) -> SiteId {
    SiteId::parse(text).expect("a site id")
}

fn device(text: &str) -> DeviceId {
    DeviceId::parse(text).expect("a device id")
}
