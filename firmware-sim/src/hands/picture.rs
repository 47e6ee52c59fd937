//! How everything stands, for people and for tests: doors as the hardware is, devices as their lights and cables are.

use std::fmt;

use rackward_protocol::mqtt::{Colour, Rhythm};
use serde::Serialize;

use crate::config::DeviceKind;
use crate::device::{Cable, Charge, Device};
use crate::installation::{Installation, Passage};
use crate::world::{Barrier, BoltPosition, HandlePosition, KeyPosition, LeafPosition};

/// Everything at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// Doors, gates and rack doors.
    pub doors: Vec<DoorPicture>,
    /// Devices.
    pub devices: Vec<DevicePicture>,
    /// Fence zones.
    pub zones: Vec<ZonePicture>,
}

/// One door.
#[derive(Clone, Debug, Serialize)]
pub struct DoorPicture {
    /// Its path.
    pub path: String,
    /// `closed`, `open`, or `closing` by its closer.
    pub leaf: &'static str,
    /// `locked`, `unlocking`, `unlocked` or `locking`.
    pub bolt: &'static str,
    /// Whether the motor runs to unlocked.
    pub motor: bool,
    /// `home` or `lifted`; none where there is no handle.
    pub handle: Option<&'static str>,
    /// `home` or `turned`; none where there is no key cylinder.
    pub key: Option<&'static str>,
}

/// One device.
#[derive(Clone, Debug, Serialize)]
pub struct DevicePicture {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// The point or door it serves.
    pub serves: Option<String>,
    /// `connected` or `cut`.
    pub cable: &'static str,
    /// Whether a daemon is in charge of it.
    pub online: bool,
    /// Whether its cover is open.
    pub cover_open: bool,
    /// What its light shows and showed; none without a light.
    pub light: Option<LightPicture>,
    /// The last sound that was asked for and not silenced: ticks on, ticks off, count.
    pub sound: Option<[u8; 3]>,
}

/// One light.
#[derive(Clone, Debug, Serialize)]
pub struct LightPicture {
    /// The colour at this moment.
    pub now: &'static str,
    /// The permanent pattern.
    pub permanent: Option<RhythmPicture>,
    /// The last temporary pattern.
    pub last_result: Option<RhythmPicture>,
    /// Whether that still shows.
    pub result_shows: bool,
}

/// One pattern of light.
#[derive(Clone, Debug, Serialize)]
pub struct RhythmPicture {
    /// Ticks of 100 ms in the first colour.
    pub on: u8,
    /// Ticks of 100 ms in the second colour.
    pub off: u8,
    /// The first colour.
    pub on_colour: &'static str,
    /// The second colour.
    pub off_colour: &'static str,
}

/// One fence zone.
#[derive(Clone, Debug, Serialize)]
pub struct ZonePicture {
    /// Its name.
    pub name: String,
    /// Whether someone is at it.
    pub crossed: bool,
}

impl Picture {
    /// The picture of an installation at the moment of its last tick.
    pub fn of(installation: &Installation) -> Self {
        let zone = |fence: &crate::installation::Fence| ZonePicture {
            name: fence.name.clone(),
            crossed: fence.zone.is_crossed(),
        };
        Self {
            doors: installation.passages().iter().map(door).collect(),
            devices: installation.devices().iter().map(|device| self::device(installation, device)).collect(),
            zones: installation.fences().iter().map(zone).collect(),
        }
    }
}

fn door(passage: &Passage) -> DoorPicture {
    let leaf = match passage.barrier.leaf().position() {
        LeafPosition::Closed => "closed",
        LeafPosition::Open => "open",
        LeafPosition::Closing { .. } => "closing",
    };
    let bolt = match passage.barrier.bolt().position() {
        BoltPosition::Locked => "locked",
        BoltPosition::Unlocking { .. } => "unlocking",
        BoltPosition::Unlocked => "unlocked",
        BoltPosition::Locking { .. } => "locking",
    };
    let (handle, key) = match &passage.barrier {
        Barrier::Door(_) => (None, None),
        Barrier::Rack(rack) => (Some(handle_word(rack.handle())), Some(key_word(rack.key()))),
    };
    DoorPicture { path: passage.path.clone(), leaf, bolt, motor: passage.is_motor_on(), handle, key }
}

fn handle_word(handle: HandlePosition) -> &'static str {
    match handle {
        HandlePosition::Home => "home",
        HandlePosition::Lifted => "lifted",
    }
}

fn key_word(key: KeyPosition) -> &'static str {
    match key {
        KeyPosition::Home => "home",
        KeyPosition::Turned => "turned",
    }
}

fn device(installation: &Installation, device: &Device) -> DevicePicture {
    let now = installation.now().uptime;
    let light = device.feedback().map(|(light, _)| LightPicture {
        now: colour_word(light.colour(now)),
        permanent: light.permanent().map(rhythm),
        last_result: light.temporary(now).map(|(pattern, _)| rhythm(pattern)),
        result_shows: light.temporary(now).is_some_and(|(_, shows)| shows),
    });
    let sound = device.feedback().and_then(|(_, sound)| sound).map(|s| [s.on_ticks, s.off_ticks, s.count]);
    DevicePicture {
        name: device.name().to_owned(),
        kind: device.kind(),
        serves: device.serves().map(str::to_owned),
        cable: match device.cable() {
            Cable::Connected => "connected",
            Cable::Cut => "cut",
        },
        online: device.charge() == Charge::InCharge,
        cover_open: device.is_cover_open(),
        light,
        sound,
    }
}

fn rhythm(pattern: Rhythm) -> RhythmPicture {
    RhythmPicture {
        on: pattern.on_ticks,
        off: pattern.off_ticks,
        on_colour: colour_word(pattern.on_colour),
        off_colour: colour_word(pattern.off_colour),
    }
}

fn colour_word(colour: Colour) -> &'static str {
    match colour {
        Colour::Off => "off",
        Colour::Red => "red",
        Colour::Green => "green",
        Colour::Amber => "amber",
        Colour::Blue => "blue",
        Colour::Magenta => "magenta",
        Colour::Cyan => "cyan",
        Colour::White => "white",
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for door in &self.doors {
            write!(f, "{:<32} {:<8} {}", door.path, door.leaf, door.bolt)?;
            if let (Some(handle), Some(key)) = (door.handle, door.key) {
                write!(f, ", handle {handle}, key {key}")?;
            }
            writeln!(f)?;
        }
        for device in &self.devices {
            let online = if device.online { "online" } else { "alone" };
            let cover = if device.cover_open { ", cover open" } else { "" };
            let light = device.light.as_ref().map_or("-", |light| light.now);
            writeln!(f, "{:<32} {:<8} {online}, light {light}{cover}", device.name, device.cable)?;
        }
        for zone in self.zones.iter().filter(|zone| zone.crossed) {
            writeln!(f, "{:<32} crossed", zone.name)?;
        }
        Ok(())
    }
}
