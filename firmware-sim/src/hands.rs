//! The hands of the simulated world: badge, open, force, lift, cut and the rest, as verbs.
//!
//! Decided here: which verbs there are, how a person, point, door, device or zone is named, and what is said about the
//! outcome. A verb touches hardware only; nothing of it reaches the daemon but what the device then tells by itself.
//!
//! Vocabulary: a *name* is a full path or id, or enough of its end (of a person: of the name) to be the only one.

mod handle;
mod lookup;
mod picture;

use rackward_protocol::mqtt::Keypad;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::device::{Attachment, Cable, Device, DeviceIndex, InputWire, Power, Report, Service};
use crate::installation::Installation;
use crate::world::{Grip, Impossible, KeyPosition};

pub use picture::Picture;

/// Every verb with its arguments, as help shows them.
pub const USAGE: [&str; 29] = [
    "people",
    "badge PERSON POINT",
    "pin PERSON POINT [DIGITS]",
    "open DOOR",
    "close DOOR",
    "force DOOR",
    "lift RACKDOOR",
    "seat RACKDOOR",
    "key RACKDOOR",
    "rex DOOR",
    "tamper DEVICE",
    "cut DEVICE",
    "restore DEVICE",
    "restart DEVICE",
    "reset DEVICE",
    "replace DEVICE",
    "input DEVICE INDEX normal|alarm|short|cut|off-band",
    "power DEVICE on|off",
    "reboot DEVICE power-on|commanded|update|watchdog|brownout|unknown",
    "supply DEVICE VOLTS|unmeasured",
    "temperature DEVICE CELSIUS",
    "humidity DEVICE PERCENT",
    "clock-offset DEVICE SECONDS",
    "stall RACKDOOR on|off",
    "slow RACKDOOR MILLISECONDS",
    "fence ZONE",
    "fire on|off",
    "state",
    "help",
];

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which verb.
    pub verb: String,
    /// Its arguments, in order.
    #[serde(default)]
    pub args: Vec<String>,
}

impl Request {
    /// A verb with its arguments.
    pub fn new<'a>(verb: &str, args: impl IntoIterator<Item = &'a str>) -> Self {
        Self { verb: verb.to_owned(), args: args.into_iter().map(str::to_owned).collect() }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// One sentence for people.
    pub text: String,
    /// The same for programs; `null` when the sentence says all.
    pub data: Value,
}

/// Why a hand could not do it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// No such verb.
    #[error("there is no verb `{verb}`")]
    Verb {
        /// What was asked for.
        verb: String,
    },
    /// Too few or too many arguments.
    #[error("`{verb}` takes other arguments")]
    Arguments {
        /// The verb.
        verb: String,
    },
    /// No such person, point, door, device or zone.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name given.
        name: String,
        /// Names that exist.
        candidates: Vec<String>,
    },
    /// The name fits several.
    #[error("`{name}` names more than one {kind}")]
    Ambiguous {
        /// What was looked for.
        kind: &'static str,
        /// The name given.
        name: String,
        /// All that fit.
        candidates: Vec<String>,
    },
    /// Physics says no.
    #[error("{what}: {why}")]
    Impossible {
        /// The door.
        what: String,
        /// The reason.
        why: Impossible,
    },
    /// The person has nothing of the kind.
    #[error("{person} has no {thing}")]
    Lacks {
        /// The person's id.
        person: String,
        /// Card or PIN.
        thing: &'static str,
    },
    /// The device is not made for that.
    #[error("{device} {lack}")]
    Unfit {
        /// The device.
        device: String,
        /// What it lacks.
        lack: &'static str,
    },
    /// Not keys.
    #[error("the digits must be 1 to 15 of 0-9, '*' and '#'")]
    Digits,
}

impl Refused {
    /// Whether a hand that keeps pulling for a moment may still succeed: a bolt or slide takes its time to travel.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Impossible { why: Impossible::BoltHolds | Impossible::SlideHolds, .. })
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Verb { .. } => format!("verbs: {}", USAGE.join(", ")),
            Self::Arguments { verb } => {
                let usage = USAGE.iter().find(|usage| usage.split(' ').next() == Some(verb));
                format!("usage: {}", usage.unwrap_or(&"help"))
            }
            Self::Unknown { candidates, .. } | Self::Ambiguous { candidates, .. } => {
                format!("one of: {}", candidates.join(", "))
            }
            Self::Impossible { .. } => "`state` shows how everything stands".into(),
            Self::Unfit { .. } => {
                "some verbs are for devices on a bus and inputs that they have, others for those at the broker".into()
            }
            Self::Lacks { .. } => "`people` shows who carries what".into(),
            Self::Digits => "give them as on the keypad, such as 4711".into(),
        }
    }
}

/// Does one thing with the installation, at the moment of its last tick.
pub fn perform(installation: &mut Installation, request: &Request) -> Result<Answer, Refused> {
    let args: Vec<&str> = request.args.iter().map(String::as_str).collect();
    if let Some(done) = handle::perform(installation, &request.verb, &args) {
        return done;
    }
    match (request.verb.as_str(), args.as_slice()) {
        ("people", []) => Ok(people(installation)),
        ("help", []) => Ok(Answer { text: USAGE.join("\n"), data: json!(USAGE) }),
        ("state", []) => Ok(state(installation)),
        ("badge", [person, point]) => badge(installation, person, point),
        ("pin", [person, point]) => pin(installation, person, point, None),
        ("pin", [person, point, digits]) => pin(installation, person, point, Some(digits)),
        ("open", [door]) => at_door(installation, door, Deed::Open),
        ("close", [door]) => at_door(installation, door, Deed::Close),
        ("force", [door]) => at_door(installation, door, Deed::Force),
        ("lift", [door]) => at_door(installation, door, Deed::Lift),
        ("seat", [door]) => at_door(installation, door, Deed::Seat),
        ("key", [door]) => at_door(installation, door, Deed::Key),
        ("rex", [door]) => at_door(installation, door, Deed::Exit),
        ("tamper", [device]) => at_device(installation, device, Tool::Screwdriver),
        ("cut", [device]) => at_device(installation, device, Tool::Cutter),
        ("restore", [device]) => at_device(installation, device, Tool::Repair),
        ("restart", [device]) => service(installation, device, Service::PowerCycle),
        ("reset", [device]) => service(installation, device, Service::Reset),
        ("replace", [device]) => service(installation, device, Service::Replace),
        ("input", [device, index, wire]) => match (index.parse(), input_wire(wire)) {
            (Ok(index), Some(wire)) => rewire(installation, device, index, wire),
            _ => Err(Refused::Arguments { verb: request.verb.clone() }),
        },
        ("fence", [zone]) => fence(installation, zone),
        ("fire", ["on"]) => Ok(fire(installation, true)),
        ("fire", ["off"]) => Ok(fire(installation, false)),
        (verb, _) if USAGE.iter().any(|usage| usage.split(' ').next() == Some(verb)) => {
            Err(Refused::Arguments { verb: verb.to_owned() })
        }
        (verb, _) => Err(Refused::Verb { verb: verb.to_owned() }),
    }
}

fn said(text: impl Into<String>) -> Answer {
    Answer { text: text.into(), data: Value::Null }
}

fn people(installation: &Installation) -> Answer {
    let line = |p: &crate::installation::Person| format!("{:<6} {:<22} {:<24} {}", p.id, p.name, p.role, p.may);
    let row = |p: &crate::installation::Person| json!({ "id": p.id, "name": p.name, "role": p.role, "card": p.card_print, "may": p.may });
    let text = installation.people().iter().map(|p| line(p).trim_end().to_owned()).collect::<Vec<_>>().join("\n");
    Answer { text, data: installation.people().iter().map(row).collect() }
}

fn state(installation: &Installation) -> Answer {
    let picture = Picture::of(installation);
    let text = picture.to_string();
    // A picture is plain data, which JSON can always hold.
    let data = serde_json::to_value(&picture).unwrap_or(Value::Null);
    Answer { text, data }
}

fn badge(installation: &mut Installation, person: &str, point: &str) -> Result<Answer, Refused> {
    let who = lookup::person(installation, person)?;
    let reader = lookup::reader(installation, point)?;
    let Some(card) = who.card.clone() else {
        return Err(Refused::Lacks { person: who.id.clone(), thing: "card" });
    };
    let deed = format!("{} {} presents a card of {} bits", who.id, who.name, card.bit_count());
    Ok(present(installation, reader, Report::Card(card), &deed))
}

fn pin(installation: &mut Installation, person: &str, point: &str, digits: Option<&str>) -> Result<Answer, Refused> {
    let who = lookup::person(installation, person)?;
    let reader = lookup::reader(installation, point)?;
    let known = who.pin.as_ref().map(|pin| pin.expose());
    let Some(digits) = digits.or(known) else {
        return Err(Refused::Lacks { person: who.id.clone(), thing: "PIN" });
    };
    let ended = if digits.ends_with('#') { digits.to_owned() } else { format!("{digits}#") };
    let keys = Keypad::new(&ended).map_err(|_| Refused::Digits)?;
    let deed = format!("{} {} presses {} keys", who.id, who.name, ended.len());
    Ok(present(installation, reader, Report::Keys(keys), &deed))
}

fn present(installation: &mut Installation, reader: DeviceIndex, report: Report, deed: &str) -> Answer {
    let Some(device) = installation.device_mut(reader) else { return said(deed) };
    let place = device.serves().unwrap_or_default().to_owned();
    let name = device.name().to_owned();
    let fate = match (device.power(), device.cable(), device.attachment()) {
        (Power::Off, ..) => format!("{name} has no supply, so nothing happens"),
        (Power::On, Cable::Connected, Attachment::Bus | Attachment::Broker) => {
            device.report(report);
            format!("{name} sends it at once")
        }
        (Power::On, Cable::Cut, Attachment::Broker) => {
            device.report(report);
            format!("the cable of {name} is cut, so it decides by itself")
        }
        (Power::On, Cable::Cut, Attachment::Bus) => {
            format!("the cable of {name} is cut, so nobody hears of it")
        }
    };
    said(format!("{deed} at {place}; {fate}"))
}

#[derive(Clone, Copy)]
enum Deed {
    Open,
    Close,
    Force,
    Lift,
    Seat,
    Key,
    Exit,
}

fn at_door(installation: &mut Installation, door: &str, deed: Deed) -> Result<Answer, Refused> {
    let at = lookup::door(installation, door)?;
    let now = installation.now().uptime;
    let Some(passage) = installation.passage_mut(at) else {
        return Err(Refused::Unknown { kind: "door", name: door.to_owned(), candidates: Vec::new() });
    };
    let barrier = &mut passage.barrier;
    let done = match deed {
        Deed::Open => barrier.open(now, Grip::Hold).map(|()| "is open, and held open until you close it"),
        Deed::Close => barrier.close().map(|()| "is closed"),
        Deed::Force => barrier.force(now).map(|()| "is forced open"),
        Deed::Lift => barrier.lift().map(|()| "has its handle lifted"),
        Deed::Seat => barrier.seat().map(|()| "has its handle seated"),
        Deed::Key => barrier.turn_key().map(|key| match key {
            KeyPosition::Turned => "has its key turned; the handle is free",
            KeyPosition::Home => "has its key turned back",
        }),
        Deed::Exit => barrier.press_exit(now).map(|()| "has its exit button pressed"),
    };
    match done {
        Ok(words) => Ok(said(format!("{} {words}", passage.path))),
        Err(why) => Err(Refused::Impossible { what: passage.path.clone(), why }),
    }
}

#[derive(Clone, Copy)]
enum Tool {
    Screwdriver,
    Cutter,
    Repair,
}

fn at_device(installation: &mut Installation, name: &str, tool: Tool) -> Result<Answer, Refused> {
    let index = lookup::device(installation, name)?;
    let Some(device) = installation.device_mut(index) else {
        return Err(Refused::Unknown { kind: "device", name: name.to_owned(), candidates: Vec::new() });
    };
    let words = match tool {
        Tool::Screwdriver => {
            device.set_cover_open(true);
            "has its cover open"
        }
        Tool::Cutter => {
            device.set_cable(Cable::Cut);
            "has its cable cut"
        }
        Tool::Repair => {
            device.set_cable(Cable::Connected);
            device.set_cover_open(false);
            "is whole again: cable connected, cover closed"
        }
    };
    Ok(said(format!("{} {words}", device.name())))
}

fn service(installation: &mut Installation, name: &str, service: Service) -> Result<Answer, Refused> {
    let device = on_bus(installation, name)?;
    device.be_serviced(service);
    let words = match service {
        Service::PowerCycle => "loses its supply and gets it back",
        Service::Reset => "is reset by hand: it forgets its key and waits in install mode",
        Service::Replace => "is replaced by another of its kind, with the same key and another serial number",
    };
    Ok(said(format!("{} {words}", device.name())))
}

/// The states of a wire, as people say them; `normal` is none of these.
fn input_wire(word: &str) -> Option<Option<InputWire>> {
    Some(match word {
        "normal" => None,
        "alarm" => Some(InputWire::Alarm),
        "short" => Some(InputWire::Short),
        "cut" => Some(InputWire::Cut),
        "off-band" => Some(InputWire::OffBand),
        _ => return None,
    })
}

fn rewire(installation: &mut Installation, name: &str, index: u8, wire: Option<InputWire>) -> Result<Answer, Refused> {
    let device = on_bus(installation, name)?;
    if !device.set_input_wire(index, wire) {
        return Err(Refused::Unfit { device: device.name().to_owned(), lack: "has no such input" });
    }
    let words = match wire {
        None => "is as it should be",
        Some(InputWire::Alarm) => "has its contact tripped",
        Some(InputWire::Short) => "is short-circuited",
        Some(InputWire::Cut) => "is cut",
        Some(InputWire::OffBand) => "reads a resistance in no band",
    };
    Ok(said(format!("the wire of input {index} of {} {words}", device.name())))
}

fn on_bus<'a>(installation: &'a mut Installation, name: &str) -> Result<&'a mut Device, Refused> {
    let index = lookup::device(installation, name)?;
    match installation.device_mut(index) {
        Some(device) if device.attachment() == Attachment::Bus => Ok(device),
        Some(device) => Err(Refused::Unfit { device: device.name().to_owned(), lack: "is not on a bus" }),
        None => Err(Refused::Unknown { kind: "device", name: name.to_owned(), candidates: Vec::new() }),
    }
}

fn fire(installation: &mut Installation, burning: bool) -> Answer {
    let panels = installation.set_fire(burning);
    said(match (panels, burning) {
        (0, _) => "no fire panel is wired to any input here".to_owned(),
        (_, true) => "the fire panel trips and stays so until it is reset: fire off".to_owned(),
        (_, false) => "the fire panel is reset".to_owned(),
    })
}

fn fence(installation: &mut Installation, zone: &str) -> Result<Answer, Refused> {
    let at = lookup::zone(installation, zone)?;
    let now = installation.now().uptime;
    let Some(fence) = installation.fence_mut(at) else {
        return Err(Refused::Unknown { kind: "zone", name: zone.to_owned(), candidates: Vec::new() });
    };
    fence.zone.cross(now);
    Ok(said(format!("someone climbs over {}", fence.name)))
}
