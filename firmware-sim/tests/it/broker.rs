//! The running simulation at a real broker: birth, card, release, and the will when the network is cut.

use std::path::PathBuf;
use std::time::Duration;

use mqtt5::broker::MqttBroker;
use mqtt5::broker::config::{BrokerConfig, StorageBackend, StorageConfig};
use rackward_firmware_sim::control::{Request, Response, call};
use rackward_firmware_sim::{Options, WorldConfig, run};
use rackward_protocol::mqtt::{
    Ack, Command, CommandId, CommandKind, DeviceId, Down, Leaf, Link, LinkEvent, MAX_MESSAGE_BYTES, Outcome, Reading,
    SiteId, Topic, Trouble, UnixMillis,
};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::Packet;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, PublishOptions};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::site_on_bus::WORLD;

/// Longest time anything here may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(30);
const RACK: &str = "r2/c1/front";
const DEVICE: &str = "r2-c1-front";

/// A broker that lets everybody in; whom it should let in is tested where that is decided.
pub(crate) async fn broker(tasks: &mut JoinSet<()>) -> u16 {
    let memory = StorageConfig { backend: StorageBackend::Memory, ..StorageConfig::default() };
    let mut config = BrokerConfig {
        bind_addresses: vec![([127, 0, 0, 1], 0).into()],
        max_retained_message_size: MAX_MESSAGE_BYTES,
        storage_config: memory,
        ..BrokerConfig::default()
    };
    config.auth_config.allow_anonymous = true;
    let mut broker = MqttBroker::with_config(config).await.unwrap();
    let port = broker.local_addr().unwrap().port();
    tasks.spawn(async move { broker.run().await.unwrap() });
    port
}

/// The daemon's side, for one device.
pub(crate) struct Daemon {
    requests: AsyncClient,
    events: EventLoop,
    link: Link,
    pub(crate) seen: Vec<LinkEvent>,
    troubles: Vec<Trouble>,
}

impl Daemon {
    pub(crate) async fn connect(port: u16) -> Self {
        let options = MqttOptions::new("daemon", ("127.0.0.1", port));
        let (requests, events) = AsyncClient::builder(options).capacity(16).build();
        let site = SiteId::parse("lon1").unwrap();
        requests.subscribe(Topic::all_up(&site), QoS::AtLeastOnce).await.unwrap();
        Self { requests, events, link: Link::new(), seen: Vec::new(), troubles: Vec::new() }
    }

    /// Listens until an event comes that `wanted` takes, and gives it.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl Fn(&LinkEvent) -> bool) -> LinkEvent {
        let listening = async {
            while !self.seen.iter().any(&wanted) {
                self.hear().await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, listening).await.is_ok(), "{what} never came: {:?}", self.seen);
        let found = self.seen.iter().find(|event| wanted(event)).cloned().unwrap();
        self.seen.clear();
        found
    }

    async fn hear(&mut self) {
        let Event::Incoming(Packet::Publish(publish)) = self.events.poll().await.unwrap() else { return };
        let topic = Topic::parse(std::str::from_utf8(&publish.topic).unwrap()).unwrap();
        let Leaf::Up(leaf) = topic.leaf else { panic!("{topic}") };
        let reception = self.link.receive(leaf, publish.retain, &publish.payload);
        self.seen.extend(reception.event);
        self.troubles.extend(reception.trouble);
    }

    pub(crate) async fn command(&self, id: u64, kind: CommandKind) {
        self.give(&Down::Command(Command { id: CommandId(id), kind })).await;
    }

    pub(crate) async fn give(&self, down: &Down) {
        let (site, device) = (SiteId::parse("lon1").unwrap(), DeviceId::parse(DEVICE).unwrap());
        let topic = Topic::new(&site, &device, Leaf::Down(down.leaf())).to_string();
        self.requests.publish(topic, down.encode().unwrap(), PublishOptions::at_least_once()).await.unwrap();
    }
}

async fn hand(socket: &std::path::Path, verb: &str, args: &[&str]) {
    let (path, request) = (PathBuf::from(socket), Request::new(verb, args.iter().copied()));
    let response = tokio::task::spawn_blocking(move || call(&path, &request)).await.unwrap().unwrap();
    assert!(matches!(response, Response::Done { .. }), "{response:?}");
}

#[tokio::test]
async fn a_handle_lives_at_a_real_broker() {
    let mut tasks = JoinSet::new();
    let port = broker(&mut tasks).await;
    let mut daemon = Daemon::connect(port).await;
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("sim.sock");
    let mut world = WorldConfig::parse(WORLD).unwrap();
    world.buses[0].path = Some(dir.path().join("bus0"));
    world.mqtt.as_mut().unwrap().port = port;
    let (stop, stopped) = oneshot::channel::<()>();
    let (ready, is_ready) = oneshot::channel();
    let options = Options { still: true, seed: Some(1), control: Some(socket.clone()), ready: Some(ready) };
    let site = tokio::spawn(run(world, options, async move { _ = stopped.await }));
    is_ready.await.unwrap();

    daemon.until("birth", |event| matches!(event, LinkEvent::Born(..))).await;
    daemon.until("state", |event| matches!(event, LinkEvent::State(s) if s.locked == Reading::Yes)).await;
    hand(&socket, "badge", &["p-1", RACK]).await;
    daemon.until("card", |event| matches!(event, LinkEvent::Card(card) if card.bit_count() == 26)).await;
    daemon.command(1, CommandKind::Release { duration_ms: 60_000, not_after: UnixMillis(253_402_300_799_999) }).await;
    let done = |event: &LinkEvent| {
        matches!(event, LinkEvent::Acked(Ack { command: CommandId(1), outcome: Outcome::Done, .. }))
    };
    daemon.until("the answer", done).await;
    hand(&socket, "lift", &[RACK]).await;
    daemon.until("the lifted handle", |e| matches!(e, LinkEvent::State(s) if s.handle_home == Reading::No)).await;
    hand(&socket, "cut", &[DEVICE]).await;
    daemon.until("the will", |event| *event == LinkEvent::Gone).await;
    hand(&socket, "restore", &[DEVICE]).await;
    daemon.until("the second birth", |event| matches!(event, LinkEvent::Born(..))).await;

    stop.send(()).unwrap();
    daemon.until("the last will", |event| *event == LinkEvent::Gone).await;
    assert_eq!(daemon.troubles, []);
    site.await.unwrap().unwrap();

    // A daemon that comes later learns from what the broker kept that the device has gone.
    let mut late = Daemon::connect(port).await;
    late.until("the kept will", |event| *event == LinkEvent::Gone).await;
    assert_eq!(late.troubles, []);
}
