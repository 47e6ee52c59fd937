//! The running simulation: real pseudo-terminals, a real control socket, real time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rackward_firmware_sim::config::Secret;
use rackward_firmware_sim::control::{Request, Response, Why, call};
use rackward_firmware_sim::memory::Memory;
use rackward_firmware_sim::{Options, RunError, WorldConfig, run};
use rackward_protocol::osdp::{Address, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceRole, Micros, Scbk};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_serial::SerialPortBuilderExt;

use crate::site_on_bus::{WORLD, entropy};

/// Longest time anything here may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(30);

struct Running {
    dir: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Running {
    async fn start() -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), |_, _| {}).await
    }

    /// The same in a directory that may hold something already, with a world that `change` has changed.
    async fn start_with(dir: tempfile::TempDir, change: impl FnOnce(&mut WorldConfig, &Path)) -> Self {
        let mut world = WorldConfig::parse(WORLD).unwrap();
        change(&mut world, dir.path());
        world.buses[0].path = Some(dir.path().join("bus0"));
        world.devices.retain(|device| device.mqtt.is_none());
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let control = Some(dir.path().join("sim.sock"));
        let options = Options { still: true, seed: Some(1), control, ready: Some(ready) };
        let task = tokio::spawn(run(world, options, async move { _ = stopped.await }));
        tokio::time::timeout(LIMIT, is_ready).await.unwrap().unwrap();
        Self { dir, stop: Some(stop), task }
    }

    async fn ask(&self, verb: &str, args: &[&str]) -> Response {
        let (path, request) = (self.socket(), Request::new(verb, args.iter().copied()));
        tokio::task::spawn_blocking(move || call(&path, &request)).await.unwrap().unwrap()
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("sim.sock")
    }

    fn line(&self) -> PathBuf {
        self.dir.path().join("bus0")
    }

    async fn end(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(LIMIT, self.task).await.unwrap().unwrap().unwrap();
        assert!(std::fs::symlink_metadata(self.dir.path().join("bus0")).is_err(), "the link is removed");
        assert!(!self.dir.path().join("sim.sock").exists(), "the socket is removed");
    }
}

/// A panel at the other end of the line, until an event comes that `wanted` takes.
async fn panel_until(line: &Path, mut wanted: impl FnMut(&BusEvent) -> bool) {
    let mut port = tokio_serial::new(line.to_string_lossy(), 115_200).open_native_async().unwrap();
    let origin = tokio::time::Instant::now();
    let now = || Micros(1) + origin.elapsed();
    let mut bus = Bus::new(BusConfig::new(Baud::B115200), entropy(3));
    let key = Scbk::parse(std::array::from_fn(|i| i as u8)).unwrap();
    let config = DeviceConfig::new(key, DeviceRole::Reader);
    bus.add(now(), Address::parse(1).unwrap(), config);
    let mut chunk = [0; 512];
    loop {
        bus.handle_timeout(now());
        if let Some(bytes) = bus.poll_transmit(now()) {
            port.write_all(&bytes).await.unwrap();
        }
        while let Some((_, event)) = bus.poll_event() {
            if wanted(&event) {
                return;
            }
        }
        let patience = bus.next_deadline().map_or(LIMIT, |at| at.since(now()));
        if let Ok(count) = tokio::time::timeout(patience, port.read(&mut chunk)).await {
            bus.handle_bytes(now(), &chunk[..count.unwrap()]);
        }
    }
}

async fn comes_online(line: &Path) {
    let online = panel_until(line, |event| matches!(event, BusEvent::Online { .. }));
    tokio::time::timeout(LIMIT, online).await.expect("the reader comes online");
}

#[tokio::test]
async fn a_panel_may_close_the_line_and_open_it_again() {
    let site = Running::start().await;
    comes_online(&site.line()).await;
    comes_online(&site.line()).await;
    site.end().await;
}

#[tokio::test]
async fn a_badge_by_the_control_socket_arrives_on_the_line() {
    let site = Running::start().await;
    let (socket, line) = (site.socket(), site.line());
    let mut asked = None;
    let card = panel_until(&line, |event| {
        if matches!(event, BusEvent::Online { .. }) {
            let (path, request) = (socket.clone(), Request::new("badge", ["p-1", "main-entrance"]));
            asked = Some(std::thread::spawn(move || call(&path, &request)));
        }
        matches!(event, BusEvent::Card { bit_count: 26, .. })
    });
    tokio::time::timeout(LIMIT, card).await.expect("the card arrives");
    let answer = asked.unwrap().join().unwrap().unwrap();
    assert!(matches!(answer, Response::Done { ok: true, .. }), "{answer:?}");
    site.end().await;
}

#[tokio::test]
async fn the_control_socket_answers_every_line() {
    let site = Running::start().await;
    let Response::Done { data, .. } = site.ask("people", &[]).await else { panic!() };
    assert_eq!(data[0]["id"], "p-1");
    let Response::Done { data, .. } = site.ask("state", &[]).await else { panic!() };
    assert_eq!(data["doors"][0]["bolt"], "locked");
    let Response::Refused { ok, why, error, help } = site.ask("open", &["main-entrance"]).await else { panic!() };
    assert_eq!(why, Why::Impossible);
    assert!(!ok && error.contains("the bolt holds") && help.contains("state"), "{error} {help}");
    let mut raw = tokio::net::UnixStream::connect(site.socket()).await.unwrap();
    raw.write_all(b"not json\n{\"verb\":\"people\",\"extra\":1}\n{\"verb\":\"help\"}\n").await.unwrap();
    raw.shutdown().await.unwrap();
    let mut answers = String::new();
    tokio::time::timeout(LIMIT, raw.read_to_string(&mut answers)).await.unwrap().unwrap();
    let ok: Vec<bool> = answers.lines().map(|line| line.contains("\"ok\":true")).collect();
    assert_eq!(ok, [false, false, true], "{answers}");
    site.end().await;
}

#[tokio::test]
async fn a_second_simulation_does_not_take_the_socket_of_the_first() {
    let site = Running::start().await;
    let options = Options { still: true, seed: Some(1), control: Some(site.socket()), ready: None };
    let second = run(WorldConfig::default(), options, std::future::pending()).await;
    assert!(matches!(second, Err(RunError::Control { .. })), "{second:?}");
    site.end().await;
}

#[tokio::test]
async fn a_file_in_the_place_of_a_line_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bus0");
    std::fs::write(&path, "precious").unwrap();
    let mut world = WorldConfig::parse(WORLD).unwrap();
    world.buses[0].path = Some(path.clone());
    let refused = run(world, Options { still: true, ..Options::default() }, std::future::pending()).await;
    assert!(matches!(refused, Err(RunError::Link(_))), "{refused:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "precious");
}

#[tokio::test]
async fn a_line_that_keeps_time_and_speed_is_a_line_all_the_same() {
    let site = Running::start_with(tempfile::tempdir().unwrap(), |world, _| world.buses[0].throttle = true).await;
    comes_online(&site.line()).await;
    site.end().await;
}

#[tokio::test]
async fn what_a_device_was_given_outlives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let key = "000102030405060708090a0b0c0d0e0f";
    let given = Memory { key: Some(Secret::new(key)), address: 1, baud: 115_200, serial: 1, firmware: [1, 0, 0] };
    given.store(dir.path(), "main-in").unwrap();
    let site = Running::start_with(dir, |world, dir| {
        world.memory = Some(dir.to_owned());
        world.devices[0].key = None;
        world.devices[0].install = true;
    })
    .await;
    comes_online(&site.line()).await;
    assert!(matches!(site.ask("reset", &["main-in"]).await, Response::Done { ok: true, .. }));
    let forgotten = || matches!(Memory::load(site.dir.path(), "main-in"), Ok(Some(Memory { key: None, .. })));
    // The answer comes in the turn before the one that writes; an answer to another question is behind both.
    site.ask("people", &[]).await;
    site.ask("people", &[]).await;
    assert!(forgotten());
    site.end().await;
}
