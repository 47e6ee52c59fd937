//! Where publications go, and who may read them: the only place where such a topic is spelt.
//!
//! `rackward/v1/<site>/door/<path>/{state,event}`, `rackward/v1/<site>/server/main/availability`, and for Home Assistant
//! `homeassistant/device/<id>/config`. Topics of devices are `rackward_protocol::mqtt::topic`'s; nothing here touches them.
//!
//! Vocabulary: an *observer* is a program that reads publications and does nothing else.

/// Where Home Assistant says that it has started.
pub const HOME_ASSISTANT_STATUS: &str = "homeassistant/status";

const DISCOVERY: &str = "homeassistant/device/";

/// What a door is called within its site: its path without the site's name, which the topic has already.
fn within<'a>(site: &str, path: &'a str) -> &'a str {
    path.strip_prefix(site).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

fn root(site: &str) -> String {
    format!("rackward/v1/{site}/")
}

pub(super) fn door_state(site: &str, path: &str) -> String {
    format!("{}door/{}/state", root(site), within(site, path))
}

pub(super) fn door_event(site: &str, path: &str) -> String {
    format!("{}door/{}/event", root(site), within(site, path))
}

pub(super) fn availability(site: &str) -> String {
    format!("{}server/main/availability", root(site))
}

/// What a door is called at Home Assistant. By number: a path may be spelt like another one once its slashes are gone.
pub(super) fn node(site: &str, door: u32) -> String {
    format!("rackward-{site}-door-{door}")
}

pub(super) fn discovery(site: &str, door: u32) -> String {
    format!("{DISCOVERY}{}/config", node(site, door))
}

/// Whether `topic` is one of publications of `site`, which only the daemon may write.
pub fn daemon_may_publish(site: &str, topic: &str) -> bool {
    let ours = |kind: &str| topic.strip_prefix(&root(site)).is_some_and(|rest| rest.starts_with(kind));
    let discovery = format!("{DISCOVERY}rackward-{site}-door-");
    let is_plain = !topic.contains(['+', '#', '\0']);
    is_plain && (ours("door/") || ours("server/") || topic.starts_with(&discovery))
}

/// Whether the daemon may hear `filter` besides its devices.
pub fn daemon_may_subscribe(filter: &str) -> bool {
    filter == HOME_ASSISTANT_STATUS
}

/// Whether an observer may hear `filter`: publications of its site and Home Assistant's topics, no device's.
///
/// The part that tells publications from devices must be spelt out: a wildcard there would take in both. A shared
/// subscription (`$share/...`) begins otherwise and is refused with everything else.
pub fn observer_may_subscribe(site: &str, filter: &str) -> bool {
    let ours = |kind: &str| filter.strip_prefix(&root(site)).is_some_and(|rest| rest.starts_with(kind));
    ours("door/") || ours("server/") || filter.starts_with("homeassistant/")
}

/// Whether an observer may publish to `topic`: only that Home Assistant has started.
pub fn observer_may_publish(topic: &str) -> bool {
    topic == HOME_ASSISTANT_STATUS
}

#[cfg(test)]
mod tests {
    use rackward_protocol::mqtt::{DeviceId, DownLeaf, Leaf, SiteId, Topic, UpLeaf};

    use super::*;

    #[test]
    fn a_door_is_named_by_its_path_once() {
        assert_eq!(door_state("lon1", "lon1/hall-a/r07/c03/front"), "rackward/v1/lon1/door/hall-a/r07/c03/front/state");
        assert_eq!(door_event("lon1", "lon1/main-entrance"), "rackward/v1/lon1/door/main-entrance/event");
        // A door whose area is called as the site begins.
        assert_eq!(door_state("lon", "lon/lon1"), "rackward/v1/lon/door/lon1/state");
    }

    #[test]
    fn observers_hear_publications_and_no_device() {
        let check = |filter: &str, expect| assert_eq!(observer_may_subscribe("lon1", filter), expect, "{filter}");
        check("rackward/v1/lon1/door/#", true);
        check("rackward/v1/lon1/door/hall-a/+/state", true);
        check("rackward/v1/lon1/server/main/availability", true);
        check("homeassistant/#", true);
        check("rackward/v1/lon1/#", false);
        check("rackward/v1/lon1/+/#", false);
        check("rackward/v1/lon1/dev/r01-front/up/event", false);
        check("rackward/v1/+/door/#", false);
        check("rackward/v1/ams2/door/#", false);
        check("$share/g/rackward/v1/lon1/door/#", false);
        check("#", false);
        check("+/v1/lon1/door/#", false);
    }

    #[test]
    fn observers_write_nothing_but_their_own_birth() {
        assert!(observer_may_publish("homeassistant/status"));
        for topic in
            ["homeassistant/device/x/config", "rackward/v1/lon1/door/a/state", "rackward/v1/lon1/dev/a/down/cmd"]
        {
            assert!(!observer_may_publish(topic), "{topic}");
        }
    }

    #[test]
    fn no_topic_of_a_device_is_one_of_publications() {
        let (site, device) = (SiteId::parse("lon1").unwrap(), DeviceId::parse("r01-front").unwrap());
        for leaf in
            [Leaf::Up(UpLeaf::Birth), Leaf::Up(UpLeaf::Gone), Leaf::Down(DownLeaf::Cmd), Leaf::Down(DownLeaf::Rights)]
        {
            let topic = Topic::new(&site, &device, leaf).to_string();
            assert!(!daemon_may_publish("lon1", &topic) && !observer_may_subscribe("lon1", &topic), "{topic}");
        }
        for topic in
            [door_state("lon1", "lon1/a/b"), door_event("lon1", "lon1/a"), availability("lon1"), discovery("lon1", 3)]
        {
            assert!(daemon_may_publish("lon1", &topic) && !daemon_may_publish("ams2", &topic), "{topic}");
            assert!(observer_may_subscribe("lon1", &topic), "{topic}");
        }
        assert!(!daemon_may_publish("lon1", "rackward/v1/lon1/door/#"));
    }

    /// The document's operations, each with its address for one site, device, door and number.
    fn documented() -> Vec<(String, serde_json::Value)> {
        let document = rackward_dashboard::asyncapi::document();
        let operations = document["operations"].as_object().unwrap().values();
        let told = operations.map(|operation| {
            let channel = operation["channel"]["$ref"].as_str().unwrap().trim_start_matches('#');
            let address = document.pointer(channel).unwrap()["address"].as_str().unwrap();
            let address = address.replace("{site}", "lon1").replace("{device}", "r01-front");
            let address = address.replace("{path}", "hall-a/r07").replace("{id}", "rackward-lon1-door-3");
            (address, operation.clone())
        });
        told.collect()
    }

    #[test]
    fn the_document_spells_topics_as_they_are() {
        /// Every leaf; one that is new does not compile here.
        const fn is_listed(leaf: Leaf) -> bool {
            match leaf {
                Leaf::Up(
                    UpLeaf::Birth
                    | UpLeaf::State
                    | UpLeaf::Event
                    | UpLeaf::Ack
                    | UpLeaf::Rights
                    | UpLeaf::Log
                    | UpLeaf::Csr
                    | UpLeaf::Gone,
                )
                | Leaf::Down(DownLeaf::Cmd | DownLeaf::Feedback | DownLeaf::Rights | DownLeaf::Certificate) => true,
            }
        }
        const LEAVES: usize = 12;
        let mut leaves = Vec::new();
        let mut others = Vec::new();
        for (address, operation) in documented() {
            let (action, retain) = (&operation["action"], &operation["bindings"]["mqtt"]["retain"]);
            match Topic::parse(&address) {
                Ok(topic) => {
                    let (expect_action, expect_retain) = match topic.leaf {
                        Leaf::Up(leaf) => ("receive", leaf.retained()),
                        Leaf::Down(_) => ("send", false),
                    };
                    assert_eq!((action, retain), (&expect_action.into(), &expect_retain.into()), "{address}");
                    assert!(is_listed(topic.leaf));
                    leaves.push(topic.leaf);
                }
                Err(_) => others.push((address, retain.as_bool().unwrap())),
            }
        }
        leaves.sort_unstable();
        leaves.dedup();
        assert_eq!(leaves.len(), LEAVES);
        let mut expect = vec![
            (door_state("lon1", "lon1/hall-a/r07"), true),
            (door_event("lon1", "lon1/hall-a/r07"), false),
            (availability("lon1"), true),
            (discovery("lon1", 3), true),
            (HOME_ASSISTANT_STATUS.to_owned(), false),
        ];
        expect.sort();
        others.sort();
        assert_eq!(others, expect);
    }

    #[test]
    fn the_document_knows_what_is_told_of_a_door() {
        let document = rackward_dashboard::asyncapi::document();
        let types = &document["components"]["schemas"]["door-event"]["properties"]["type"]["examples"];
        let told: Vec<String> = super::super::words::event_types().collect();
        assert_eq!(types, &serde_json::json!(told));
    }
}
