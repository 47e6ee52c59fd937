//! What a bus hangs on: serial gateways, and looking at a bus from outside.

use rackward_core::engine::input::OfflineCause;
use rackward_core::job::{DeviceTask, JobOutcome};
use rackward_dashboard::bus::{BusFinding, BusInspection, InspectionRefused};
use rackward_protocol::osdp::{Address, Baud, DeviceIdentity, Micros, NoEntropy, Peripheral, PeripheralConfig, Scbk};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::drivers::{BusDevice, BusSettings, Profile, Rs485};

const LOCK: DeviceId = DeviceId::new(2);
const KEY: [u8; 16] = [9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A gateway with one lock behind it. It takes one connection after the other, until told to hang up or dropped.
struct Gateway {
    port: String,
    hang_up: mpsc::Sender<()>,
}

async fn gateway() -> Gateway {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = format!("tcp://{}", listener.local_addr().unwrap());
    let (hang_up, mut hung_up) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut lock = lock();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::select! {
                () = play(stream, &mut lock) => {}
                told = hung_up.recv() => if told.is_none() { return },
            }
        }
    });
    Gateway { port, hang_up }
}

fn lock() -> Peripheral {
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 2, firmware: [1, 2, 3] };
    let (address, key) = (Address::parse(2).unwrap(), Scbk::parse(KEY).unwrap());
    let config = PeripheralConfig::new(address, key, identity, 3, 1, 0);
    Peripheral::new(config, |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy))
}

async fn play(mut stream: TcpStream, lock: &mut Peripheral) {
    let now = || Micros(clock().monotonic.as_micros());
    let mut buffer = [0; 512];
    loop {
        lock.handle_timeout(now());
        while let Some(bytes) = lock.poll_transmit(now()) {
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let pause = lock.next_deadline().map_or(Duration::from_secs(1), |at| at.since(now()));
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => lock.handle_bytes(now(), &buffer[..count]),
            },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn settings(port: &str) -> Settings {
    let (address, key) = (Address::parse(2).unwrap(), Scbk::parse(KEY).unwrap());
    let bus = BusSettings {
        name: "hall".to_owned(),
        port: port.into(),
        baud: Baud::B115200,
        rs485: Rs485::Auto,
        sharing: rackward_protocol::osdp::Sharing::ByUse,
        devices: vec![BusDevice::new(LOCK, "lock".to_owned(), address, key, Profile::Lock)],
    };
    Settings { buses: vec![bus], ..Settings::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_carries_a_bus_and_is_connected_to_anew() {
    let gateway = gateway().await;
    let mut rig = start(settings(&gateway.port)).await;
    rig.online(LOCK).await;
    rig.release(LOCK, 1, 5).unwrap();
    rig.expect(LOCK, DeviceReport::Done(CommandId::new(1))).await;

    gateway.hang_up.send(()).await.unwrap();
    rig.expect(LOCK, DeviceReport::Offline(OfflineCause::LinkDown)).await;
    rig.online(LOCK).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_speed_of_a_device_behind_a_gateway_is_not_changed() {
    let gateway = gateway().await;
    let mut rig = start(settings(&gateway.port)).await;
    rig.online(LOCK).await;
    let task = DeviceTask::SetLine { address: 2, baud: 9_600 };
    rig.drivers.dispatch(Output::StartJob { device: LOCK, command: CommandId::new(1), task }).unwrap();
    rig.expect(LOCK, DeviceReport::JobEnded(CommandId::new(1), JobOutcome::Refused)).await;
    rig.release(LOCK, 2, 5).unwrap();
    rig.expect(LOCK, DeviceReport::Done(CommandId::new(2))).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_none_is_refused() {
    for (port, why) in [
        ("", "a bus needs a port; write a path such as /dev/serial/by-id/..., or tcp://host:port for a gateway"),
        ("tcp://gate", "\"tcp://gate\" names no gateway; write tcp://host:port with a port from 1 to 65535"),
    ] {
        let refused = try_start(settings(port), 1).await.err().map(|error| error.to_string());
        assert_eq!(refused, Some(format!("bus \"hall\": {why}")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_is_traced_for_one_reader_at_a_time() {
    let gateway = gateway().await;
    let mut rig = start(settings(&gateway.port)).await;
    rig.online(LOCK).await;
    let bus = rig.drivers.buses()[0].clone();
    let trace = BusInspection::Trace { span: Duration::from_secs(3_600) };
    let mut found = bus.inspect(trace.clone()).unwrap();
    assert_eq!(bus.inspect(trace).err(), Some(InspectionRefused::Busy));

    let mut directions = Vec::new();
    while directions.len() < 4 {
        let Some(BusFinding::TraceLine(line)) = in_time("a line", found.recv()).await else {
            panic!("the trace ended")
        };
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(line["data"].as_str().unwrap().starts_with("53-"), "{line}");
        assert_eq!((&line["osdpTraceVersion"], &line["osdpSource"]), (&"1".into(), &"rackward".into()));
        directions.push(line["io"].as_str().unwrap().to_owned());
    }
    assert!(directions.windows(2).all(|pair| pair[0] != pair[1]), "{directions:?}");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_ends_with_its_time() {
    let gateway = gateway().await;
    let mut rig = start(settings(&gateway.port)).await;
    rig.online(LOCK).await;
    let bus = rig.drivers.buses()[0].clone();
    let mut found = bus.inspect(BusInspection::Trace { span: Duration::ZERO }).unwrap();
    in_time("the end of the trace", async { while found.recv().await.is_some() {} }).await;
    bus.inspect(BusInspection::Trace { span: Duration::ZERO }).unwrap();
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_whose_port_is_away_says_so() {
    let mut rig = start(settings("/nowhere/at/all")).await;
    rig.expect(LOCK, DeviceReport::Offline(OfflineCause::LinkDown)).await;
    let bus = rig.drivers.buses()[0].clone();
    let status = bus.status();
    assert_eq!((status.name.as_str(), status.port.as_str(), status.is_up), ("hall", "/nowhere/at/all", false));
    assert_eq!(status.devices.iter().map(|device| device.device).collect::<Vec<_>>(), [LOCK]);
    let refused = bus.inspect(BusInspection::Scan { speeds: vec![9_600] }).err();
    assert_eq!(refused, Some(InspectionRefused::Away));
    rig.stop().await;
}
