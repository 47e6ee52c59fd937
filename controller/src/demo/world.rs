//! The demo's simulated hardware: the same doors, devices and people as in the site file, seen from the other end of the
//! wire. What the hardware does with it is the simulator's (`firmware-sim`).

use std::net::SocketAddr;

use anyhow::Context as _;
use rackward_firmware_sim::config::{
    BusConfig, CardConfig, DeviceConfig, DeviceKind, DoorConfig, DoorKind, MqttConfig, MqttDeviceConfig, PersonConfig,
    Secret, WorldConfig, ZoneConfig, ZoneKind,
};

use super::enrolment::Codes;
use super::people::{FACILITY, PEOPLE};
use super::site::{
    BAUD, BUSES, DOORS, DevicePlan, FACES, FENCE_MODULE, Part, Premises, SITE, Wire, ZONES, devices, racks,
};

/// After how many seconds a plain door's closer shuts it once nobody holds it.
const CLOSER_S: u16 = 4;

impl Premises {
    /// The world behind the wires, for a broker that listens at `broker`, with the codes of the handles that have to enrol.
    ///
    /// # Errors
    /// A device's secret cannot be read, or the world does not fit together.
    pub(in crate::demo) fn world(&self, broker: SocketAddr, codes: &Codes) -> anyhow::Result<WorldConfig> {
        let devices: anyhow::Result<Vec<DeviceConfig>> =
            devices().iter().map(|plan| self.device(plan, codes)).collect();
        let world = WorldConfig {
            mqtt: Some(MqttConfig {
                host: broker.ip().to_string(),
                port: broker.port(),
                site: SITE.to_owned(),
                identity_dir: Some(self.handles()),
                enrol_port: None,
            }),
            people: people(),
            doors: doors(),
            buses: BUSES.iter().map(|name| self.bus(name)).collect(),
            devices: devices.context("a device's secret cannot be read")?,
            zones: zones(),
            ..WorldConfig::default()
        };
        world.check()?;
        Ok(world)
    }

    /// The same as the text of a world file.
    ///
    /// # Errors
    /// As [`Self::world`].
    pub(in crate::demo) fn world_toml(&self, broker: SocketAddr, codes: &Codes) -> anyhow::Result<String> {
        let text = toml::to_string(&self.world(broker, codes)?).context("the world cannot be written as TOML")?;
        Ok(format!("# The demo's simulated hardware, written anew at each start.\n{text}"))
    }

    fn bus(&self, name: &str) -> BusConfig {
        BusConfig { name: name.to_owned(), path: Some(self.port(name)), baud: BAUD, ..BusConfig::default() }
    }

    fn device(&self, plan: &DevicePlan, codes: &Codes) -> anyhow::Result<DeviceConfig> {
        let (kind, serves) = match &plan.part {
            Part::Reader { door, side, .. } => (DeviceKind::Reader, Some(format!("{door}/{side}"))),
            Part::Lock { door } => (DeviceKind::Lock, Some(door.clone())),
            Part::Handle { door } => (DeviceKind::Handle, Some(door.clone())),
            Part::Inputs => (DeviceKind::Input, None),
        };
        let secret = self.secret_of(plan)?.map(Secret::new);
        let name = plan.name.clone();
        Ok(match plan.wire {
            Wire::Serial { bus, address } => DeviceConfig {
                name,
                kind,
                serves,
                bus: Some(bus.to_owned()),
                address: Some(address),
                key: secret,
                ..DeviceConfig::default()
            },
            Wire::Install { bus, address } => DeviceConfig {
                name,
                kind,
                serves,
                bus: Some(bus.to_owned()),
                address: Some(address),
                install: true,
                ..DeviceConfig::default()
            },
            Wire::Network => DeviceConfig {
                name,
                kind,
                serves,
                mqtt: Some(MqttDeviceConfig {
                    enrolment_code: codes.of(&plan.name).map(Secret::new),
                    ..MqttDeviceConfig::default()
                }),
                ..DeviceConfig::default()
            },
        })
    }
}

fn people() -> Vec<PersonConfig> {
    let person = |(number, dweller): (u32, &super::people::Dweller)| PersonConfig {
        id: format!("p-{number}"),
        name: dweller.name.to_owned(),
        role: dweller.role.to_owned(),
        may: dweller.may.to_owned(),
        card: Some(CardConfig::wiegand_26(FACILITY, dweller.card)),
        pin: dweller.pin.map(Secret::new),
        habits: dweller.habits(),
    };
    (1..).zip(&PEOPLE).map(person).collect()
}

fn doors() -> Vec<DoorConfig> {
    let plain = DOORS.iter().map(|door| DoorConfig {
        path: door.path.to_owned(),
        kind: if door.kind == "gate" { DoorKind::Gate } else { DoorKind::Door },
        closer: Some(CLOSER_S),
        travel_ms: None,
    });
    let racks = racks();
    let faces = racks.iter().flat_map(|rack| FACES.map(|face| format!("{rack}/{face}")));
    plain.chain(faces.map(|path| DoorConfig { path, kind: DoorKind::Rack, closer: None, travel_ms: None })).collect()
}

fn zones() -> Vec<ZoneConfig> {
    let wired = |input, name: &str, kind| {
        let (name, device) = (name.to_owned(), FENCE_MODULE.to_owned());
        ZoneConfig { kind, name, device, input }
    };
    let fences = (0..).zip(&ZONES).map(|(input, name)| wired(input, name, ZoneKind::Fence));
    fences.chain([wired(ZONES.len() as u8, "fire-panel", ZoneKind::FirePanel)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_is_the_site_seen_from_the_other_side() {
        let dir = tempfile::tempdir().unwrap();
        let premises = Premises::lay_out(dir.path(), "127.0.0.1:0".parse().unwrap()).unwrap();
        let codes = Codes::draw(&premises).unwrap();
        let world = premises.world(premises.broker(), &codes).unwrap();
        let counts = (world.people.len(), world.doors.len(), world.buses.len(), world.devices.len(), world.zones.len());
        assert_eq!(counts, (12, 6 + 24, 3, devices().len(), 2 + 1), "two fences and a fire panel");
        assert_eq!(world.mqtt.unwrap().port, premises.broker().port());
        assert_eq!(world.people[0].id, "p-1");
        let file = premises.write_world(premises.broker(), &codes).unwrap();
        let again = WorldConfig::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!((again.people.len(), again.devices.len()), (world.people.len(), world.devices.len()));
        let network = world.devices.iter().filter(|device| device.mqtt.is_some());
        assert!(network.clone().all(|device| device.name.starts_with("r01-")));
        let codes = network.filter_map(|device| device.mqtt.as_ref()?.enrolment_code.as_ref());
        assert_eq!(codes.count(), 12, "each handle enrols, with a code of its own");
    }
}
