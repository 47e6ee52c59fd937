//! What hands do to a handle at the broker and around it: its supply, its climate, its clock, its slide.
//!
//! Decided here: the verbs and the bounds of their numbers. What the handle then tells is the firmware's business.

use std::time::Duration;

use rackward_protocol::mqtt::BootCause;
use rackward_protocol::mqtt::state::{MAX_SUPPLY_MV, MAX_TEMPERATURE_C10, MIN_TEMPERATURE_C10};

use super::{Answer, Refused, lookup, said};
use crate::device::{Attachment, Device, Power};
use crate::installation::Installation;
use crate::world::Run;

/// Longest travel of a slide that hands can bring about, in milliseconds; beyond it, jam it.
const SLOWEST_TRAVEL_MS: u16 = 10_000;
/// Most seconds a clock can be set wrong by: ten years.
const CLOCK_LIMIT_SECS: i64 = 315_360_000;

/// Does what `verb` says, when it is one of these.
pub(super) fn perform(installation: &mut Installation, verb: &str, args: &[&str]) -> Option<Result<Answer, Refused>> {
    let wrong = || Err(Refused::Arguments { verb: verb.to_owned() });
    let done = match (verb, args) {
        ("temperature", [device, celsius]) => match tenths(celsius) {
            Some(c10) => adjust(installation, device, |device| {
                device.surroundings_mut().temperature_c10 = c10;
                format!("measures {celsius} degrees")
            }),
            None => wrong(),
        },
        ("humidity", [device, percent]) => match percent.parse::<u8>() {
            Ok(percent @ 0..=100) => adjust(installation, device, |device| {
                device.surroundings_mut().humidity_percent = percent;
                format!("measures {percent} % humidity")
            }),
            Ok(_) | Err(_) => wrong(),
        },
        ("supply", [device, volts]) => match supply(volts) {
            Some(supply_mv) => adjust(installation, device, |device| {
                device.surroundings_mut().supply_mv = supply_mv;
                format!("measures a supply of {volts}")
            }),
            None => wrong(),
        },
        ("clock-offset", [device, seconds]) => match seconds.parse::<i64>() {
            Ok(seconds) if seconds.abs() <= CLOCK_LIMIT_SECS => adjust(installation, device, |device| {
                device.surroundings_mut().clock_offset_ms = seconds * 1_000;
                format!("has its clock {seconds} seconds off")
            }),
            Ok(_) | Err(_) => wrong(),
        },
        ("reboot", [device, word]) => match cause(word) {
            Some(cause) => reboot(installation, device, cause, word),
            None => wrong(),
        },
        ("power", [device, "on"]) => power(installation, device, Power::On),
        ("power", [device, "off"]) => power(installation, device, Power::Off),
        ("stall", [door, "on"]) => jam(installation, door, Run::Jammed),
        ("stall", [door, "off"]) => jam(installation, door, Run::Smooth),
        ("slow", [door, millis]) => match millis.parse::<u16>() {
            Ok(millis @ 1..=SLOWEST_TRAVEL_MS) => slow(installation, door, millis),
            Ok(_) | Err(_) => wrong(),
        },
        _ => return None,
    };
    Some(done)
}

/// Degrees Celsius with at most one decimal, as tenths, within what a device may report.
fn tenths(celsius: &str) -> Option<i16> {
    let tenths = (celsius.parse::<f32>().ok()? * 10.0).round();
    let within = (f32::from(MIN_TEMPERATURE_C10)..=f32::from(MAX_TEMPERATURE_C10)).contains(&tenths);
    // Within the bounds of two bytes, and whole.
    within.then_some(tenths as i16)
}

fn supply(volts: &str) -> Option<Option<u32>> {
    if volts == "unmeasured" {
        return Some(None);
    }
    let millivolts = (volts.parse::<f64>().ok()? * 1_000.0).round();
    let within = (0.0..=f64::from(MAX_SUPPLY_MV)).contains(&millivolts);
    within.then_some(Some(millivolts as u32))
}

fn cause(word: &str) -> Option<BootCause> {
    Some(match word {
        "unknown" => BootCause::Unknown,
        "power-on" => BootCause::PowerOn,
        "commanded" => BootCause::Commanded,
        "update" => BootCause::Update,
        "watchdog" => BootCause::Watchdog,
        "brownout" => BootCause::Brownout,
        _ => return None,
    })
}

fn at_broker<'a>(installation: &'a mut Installation, name: &str) -> Result<&'a mut Device, Refused> {
    let index = lookup::device(installation, name)?;
    match installation.device_mut(index) {
        Some(device) if device.attachment() == Attachment::Broker => Ok(device),
        Some(device) => Err(Refused::Unfit { device: device.name().to_owned(), lack: "is not at the broker" }),
        None => Err(Refused::Unknown { kind: "device", name: name.to_owned(), candidates: Vec::new() }),
    }
}

fn adjust(
    installation: &mut Installation,
    name: &str,
    change: impl FnOnce(&mut Device) -> String,
) -> Result<Answer, Refused> {
    let device = at_broker(installation, name)?;
    let words = change(device);
    Ok(said(format!("{} {words}", device.name())))
}

fn reboot(installation: &mut Installation, name: &str, cause: BootCause, word: &str) -> Result<Answer, Refused> {
    let wall = installation.now().wall;
    adjust(installation, name, |device| {
        device.restart(cause, wall);
        format!("starts anew, and says: {word}")
    })
}

fn power(installation: &mut Installation, name: &str, power: Power) -> Result<Answer, Refused> {
    let wall = installation.now().wall;
    adjust(installation, name, |device| {
        device.set_power(power, wall);
        let words = match power {
            Power::On => "has its supply",
            Power::Off => "has lost its supply; what moved stays where it is",
        };
        words.to_owned()
    })
}

fn jam(installation: &mut Installation, door: &str, run: Run) -> Result<Answer, Refused> {
    let words = match run {
        Run::Jammed => "has its slide jammed",
        Run::Smooth => "has its slide running freely",
    };
    at_slide(installation, door, words, |barrier| barrier.set_slide(run))
}

fn slow(installation: &mut Installation, door: &str, millis: u16) -> Result<Answer, Refused> {
    let travel = Duration::from_millis(u64::from(millis));
    at_slide(installation, door, &format!("has a slide that travels {millis} ms"), |b| b.set_slide_travel(travel))
}

fn at_slide(
    installation: &mut Installation,
    door: &str,
    words: &str,
    change: impl FnOnce(&mut crate::world::Barrier) -> Result<(), crate::world::Impossible>,
) -> Result<Answer, Refused> {
    let at = lookup::door(installation, door)?;
    let Some(passage) = installation.passage_mut(at) else {
        return Err(Refused::Unknown { kind: "door", name: door.to_owned(), candidates: Vec::new() });
    };
    match change(&mut passage.barrier) {
        Ok(()) => Ok(said(format!("{} {words}", passage.path))),
        Err(why) => Err(Refused::Impossible { what: passage.path.clone(), why }),
    }
}
