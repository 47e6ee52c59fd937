//! The tables that say how models of devices are wired: `[[device_profile]]`, of the site file and built in.
//!
//! Decides which wirings make sense. What a wiring makes of raw bytes is `drivers/wiring.rs`'s, which profile a device uses
//! `devices.rs`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rackward_core::engine::input::LineFault;
use rackward_core::site::draft::suggest::nearest;
use rackward_protocol::osdp::DeviceRole;
use toml::de::DeTable;

use super::places::required_text;
use super::report::Problems;
use super::table::{Member, Root, Table, shown};
use crate::drivers::{Band, Bands, Display, Further, Local, Meaning, Part, Polarity, Release, Sensor, Wiring};

/// The profiles that every site has, in the form of a site file.
const BUILT_IN: &str = include_str!("device_profiles.toml");

/// The shortest time for which an output must be able to be driven: what is held unlocked is renewed every 20 s, and a
/// renewal may be late. Shorter, and a door that is said to stand unlocked would be locked in between.
const PULSE_SHORTEST: Duration = Duration::from_secs(30);

/// The longest time an output can be driven: 65,535 steps of 100 ms (OSDP 2.2, 6.9).
const PULSE_LONGEST: Duration = Duration::from_millis(6_553_500);

/// Inputs that a profile can list: one reply names no more.
const INPUT_LIMIT_INPUTS: usize = 128;

/// Lights that a device can have; each one more is one more command for every change.
const LIGHT_LIMIT_LIGHTS: i64 = 4;

/// The wirings by the names of their profiles.
pub(super) type Wirings = BTreeMap<String, Arc<Wiring>>;

static BUILT_IN_WIRINGS: LazyLock<Wirings> = LazyLock::new(|| read_built_in().0);

/// How a device is wired that names no profile.
pub(crate) fn built_in_wiring(part: Part) -> Arc<Wiring> {
    // A name that is missing would be a defect of this program, which its tests find; nothing is released then.
    BUILT_IN_WIRINGS.get(word_of(part)).map_or_else(|| Arc::new(Wiring::none(part)), Arc::clone)
}

const PARTS: [(&str, Part); 4] =
    [("reader", Part::Reader), ("lock", Part::Lock), ("handle", Part::Handle), ("inputs", Part::Inputs)];

fn word_of(part: Part) -> &'static str {
    PARTS.iter().find(|(_, known)| *known == part).map_or("", |(word, _)| *word)
}

fn read_built_in() -> (Wirings, Problems) {
    let mut problems = Problems::default();
    let (document, errors) = DeTable::parse_recoverable(BUILT_IN);
    for error in &errors {
        problems.add(error.span().unwrap_or(0..0), error.message(), "");
    }
    let root = Root::new(document.get_ref(), &mut problems);
    let mut profiles = DeviceProfiles { wirings: Wirings::new(), unreadable: BTreeSet::new() };
    profiles.read_list(&root, &mut problems);
    (profiles.wirings, problems)
}

/// The device profiles of a site.
pub(super) struct DeviceProfiles {
    wirings: Wirings,
    /// Names of profiles whose role could not be read; whoever uses one is not told so a second time.
    unreadable: BTreeSet<String>,
}

impl DeviceProfiles {
    /// Reads the site's own profiles and adds those that every site has.
    pub(super) fn read(root: &Root<'_>, problems: &mut Problems) -> Self {
        let mut profiles = Self { wirings: BUILT_IN_WIRINGS.clone(), unreadable: BTreeSet::new() };
        profiles.read_list(root, problems);
        profiles
    }

    /// The wiring of a device that is used as `part` and names this profile, or none.
    pub(super) fn of_device(&self, part: Part, named: Option<Member<&str>>, problems: &mut Problems) -> Arc<Wiring> {
        let Some(named) = named else { return built_in_wiring(part) };
        if self.unreadable.contains(named.value) {
            return built_in_wiring(part);
        }
        let Some(wiring) = self.wirings.get(named.value) else {
            let help = match nearest(named.value, self.wirings.keys().map(String::as_str)) {
                Some(known) => format!("did you mean \"{known}\"?"),
                None => "add a [[device_profile]] with this name".to_owned(),
            };
            problems.add(named.span, format!("device profile \"{}\" does not exist", shown(named.value)), help);
            return built_in_wiring(part);
        };
        if wiring.part != part {
            let (made, used) = (word_of(wiring.part), word_of(part));
            let message = format!("device profile \"{}\" is for role \"{made}\", not \"{used}\"", shown(named.value));
            problems.add(named.span, message, format!("name one with role = \"{used}\""));
        }
        Arc::clone(wiring)
    }

    fn read_list(&mut self, root: &Root<'_>, problems: &mut Problems) {
        for mut table in root.list("device_profile") {
            let name = required_text(&mut table, "name", problems);
            let span = table.span_of("name");
            let wiring = read_one(table, problems);
            if self.wirings.contains_key(&name) {
                let message = format!("device profile \"{}\" exists already", shown(&name));
                problems.add(span, message, "give it another name; those of the roles are built in");
                continue;
            }
            match wiring {
                Some(wiring) => {
                    self.wirings.insert(name, Arc::new(wiring));
                }
                None => {
                    self.unreadable.insert(name);
                }
            }
        }
    }
}

/// One profile; `None` when its role could not be read.
fn read_one(mut table: Table<'_>, problems: &mut Problems) -> Option<Wiring> {
    let role = table.required_choice("role", &PARTS, problems);
    let mut wiring = Wiring::none(role.as_ref().map_or(Part::Inputs, |role| role.value));
    let polls = [("reader", DeviceRole::Reader), ("lock", DeviceRole::Lock), ("handle", DeviceRole::Handle)];
    if let Some(poll) = table.choice("poll_as", &polls, problems) {
        wiring.poll = poll.value;
    }
    wiring.release = read_release(&mut table, problems);
    if role.is_some() {
        check_release(&wiring, &table, problems);
    }
    read_inputs(&mut table, &mut wiring, role.is_some(), problems);
    read_bands(&mut table, &mut wiring.bands, problems);
    let counts = [("counts", Local::Counts), ("ignored", Local::Ignored)];
    if let Some(tamper) = table.choice("local_tamper", &counts, problems) {
        wiring.local_tamper = tamper.value;
    }
    if let Some(power) = table.choice("local_power", &counts, problems) {
        wiring.local_power = power.value;
    }
    read_face(&mut table, &mut wiring, problems);
    table.finish(problems);
    role.map(|_| wiring)
}

/// Which output releases, and how long it can be driven at most.
fn read_release(table: &mut Table<'_>, problems: &mut Problems) -> Option<Release> {
    let mut inner = table.table("release", "{ output = 0, longest = \"60s\" }", problems)?;
    let output = inner.required_integer("output", problems);
    let longest_span = inner.span_of("longest");
    let longest = if inner.has("longest") { inner.duration("longest", problems)? } else { PULSE_LONGEST };
    inner.finish(problems);
    let is_possible = (PULSE_SHORTEST..=PULSE_LONGEST).contains(&longest);
    if longest > PULSE_LONGEST {
        let help = "write what its output can do, such as \"60s\"";
        problems.add(longest_span, "no lock is released for so long: 6553 s at most are possible", help);
    } else if longest < PULSE_SHORTEST {
        let message =
            "a lock that is held unlocked, by a fire too, is released anew every 20 s, and this one locks before";
        problems.add(longest_span, message, "write 30 s or more, and have an output that can be driven for so long");
    }
    let output = output?;
    let number = u8::try_from(output.value).ok();
    if number.is_none() {
        problems.add(output.span, format!("{} is no output's number", output.value), "outputs count from 0 to 255");
    }
    // What is wrong with it is said once, and not for every door besides.
    Some(Release { output: number?, longest: if is_possible { longest } else { PULSE_LONGEST } })
}

fn check_release(wiring: &Wiring, table: &Table<'_>, problems: &mut Problems) {
    let word = word_of(wiring.part);
    match (wiring.part, table.has("release")) {
        (Part::Lock | Part::Handle, false) => {
            let message = format!("a device profile with role \"{word}\" has no \"release\"");
            problems.add(table.header(), message, "add release = { output = 0 }: which output lets people in");
        }
        (Part::Reader | Part::Inputs, true) => {
            let message = format!("a device with role \"{word}\" releases nothing");
            problems.add(table.span_of("release"), message, "remove release, or make it a lock or a handle");
        }
        (Part::Lock | Part::Handle, true) | (Part::Reader | Part::Inputs, false) => {}
    }
}

/// What each input means, in their order.
fn read_inputs(table: &mut Table<'_>, wiring: &mut Wiring, knows_part: bool, problems: &mut Problems) {
    let further = [("unused", Further::Unused), ("zone", Further::Zones)];
    if let Some(further) = table.choice("further_inputs", &further, problems) {
        wiring.further = further.value;
        if knows_part && further.value == Further::Zones && wiring.part != Part::Inputs {
            let message = format!("a device with role \"{}\" watches no zones", word_of(wiring.part));
            problems.add(further.span, message, "remove further_inputs, or make it role = \"inputs\"");
        }
    }
    if !table.has("inputs") {
        table.pass_over(&["inputs"]);
        return;
    }
    let Some(written) = table.texts_or_none("inputs", problems) else { return };
    if written.len() > INPUT_LIMIT_INPUTS {
        let help = "list those that are wired; the last ones are unused";
        problems.add(table.span_of("inputs"), "a device has 128 inputs at most", help);
    }
    for text in &written {
        let sensor = read_sensor(text, problems);
        if let Some(sensor) = sensor.filter(|_| knows_part) {
            check_sensor(sensor, text, wiring, problems);
        }
        wiring.inputs.push(sensor);
    }
}

/// What an input can mean, zones apart.
const MEANINGS: [(&str, Meaning); 8] = [
    ("door_closed", Meaning::DoorClosed),
    ("bolt_locked", Meaning::BoltLocked),
    ("handle_home", Meaning::HandleHome),
    ("key_turned", Meaning::KeyTurned),
    ("exit_button", Meaning::ExitButton),
    ("tamper", Meaning::Tamper),
    ("battery_low", Meaning::BatteryLow),
    ("mains_fail", Meaning::MainsFail),
];

/// `unused`, a meaning, or `not` and a meaning that holds while the input is normal.
fn read_sensor(text: &Member<&str>, problems: &mut Problems) -> Option<Sensor> {
    let (polarity, word) = match text.value.strip_prefix("not ") {
        Some(word) => (Polarity::WhenNormal, word),
        None => (Polarity::WhenActive, text.value),
    };
    if text.value == "unused" {
        return None;
    }
    let zone = word.strip_prefix("zone ").and_then(|number| number.parse().ok()).map(Meaning::Zone);
    let named = MEANINGS.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
    let meaning = zone.or(named);
    if meaning.is_none() {
        let known = || MEANINGS.iter().map(|(known, _)| *known).chain(["unused", "zone 0"]);
        let help = match nearest(word, known()) {
            Some(word) => format!("did you mean \"{word}\"?"),
            None => {
                format!("it is one of {}; \"not\" before it turns it around", known().collect::<Vec<_>>().join(", "))
            }
        };
        problems.add(text.span.clone(), format!("\"{}\" is no meaning of an input", shown(text.value)), help);
    }
    Some(Sensor { meaning: meaning?, polarity })
}

fn check_sensor(sensor: Sensor, text: &Member<&str>, wiring: &Wiring, problems: &mut Problems) {
    let fits = match sensor.meaning {
        Meaning::DoorClosed | Meaning::BoltLocked => matches!(wiring.part, Part::Lock | Part::Handle),
        Meaning::HandleHome | Meaning::KeyTurned => wiring.part == Part::Handle,
        Meaning::ExitButton => wiring.part == Part::Lock,
        Meaning::Zone(_) => wiring.part == Part::Inputs,
        Meaning::Tamper | Meaning::BatteryLow | Meaning::MainsFail => true,
    };
    let word = shown(text.value);
    if !fits {
        let message = format!("a device with role \"{}\" has no input \"{word}\"", word_of(wiring.part));
        problems.add(text.span.clone(), message, "write \"unused\" in its place");
    }
    let may_repeat = matches!(sensor.meaning, Meaning::Tamper | Meaning::BatteryLow | Meaning::MainsFail);
    let is_repeated = wiring.inputs.iter().flatten().any(|other| other.meaning == sensor.meaning);
    if is_repeated && !may_repeat {
        let message = format!("two inputs mean \"{word}\"");
        problems.add(text.span.clone(), message, "which of them is true when they differ? keep one");
    }
}

/// What the raw bytes of the inputs say.
fn read_bands(table: &mut Table<'_>, bands: &mut Bands, problems: &mut Problems) {
    const FORM: &str = "{ normal = [\"0\"], active = [\"1\"], short = [\"2\"], cut = [\"3\"], off_band = [\"4\"] }";
    const KINDS: [(&str, Band); 5] = [
        ("normal", Band::Normal),
        ("active", Band::Active),
        ("short", Band::Fault(LineFault::Short)),
        ("cut", Band::Fault(LineFault::Cut)),
        ("off_band", Band::Fault(LineFault::OffBand)),
    ];
    let Some(mut inner) = table.table("supervision", FORM, problems) else { return };
    let mut written: [Option<Band>; 256] = [None; 256];
    for (key, band) in KINDS {
        for text in inner.texts_or_none(key, problems).unwrap_or_default() {
            let Some(bytes) = byte_range(text.value) else {
                let message = format!("\"{}\" is no byte and no range of bytes", shown(text.value));
                problems.add(text.span, message, "write \"2\", \"0x82\" or \"0x80-0x8f\"");
                continue;
            };
            for byte in written.get_mut(usize::from(*bytes.start())..=usize::from(*bytes.end())).unwrap_or_default() {
                if *byte.get_or_insert(band) != band {
                    let message = format!("a byte in \"{}\" means two things", shown(text.value));
                    problems.add(text.span.clone(), message, "name each byte once");
                }
            }
        }
    }
    for (key, band) in [("normal", Band::Normal), ("active", Band::Active)] {
        if !written.contains(&Some(band)) {
            problems.add(inner.header(), format!("no byte means \"{key}\""), format!("add {key} = [\"...\"]"));
        }
    }
    *bands = Bands(written.map(|band| band.unwrap_or(Band::Fault(LineFault::Unspecified))));
    inner.finish(problems);
}

/// `7`, `0x82` or `0x80-0x8f`.
fn byte_range(text: &str) -> Option<std::ops::RangeInclusive<u8>> {
    let byte = |text: &str| match text.trim().strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.trim().parse().ok(),
    };
    let range = match text.split_once('-') {
        Some((first, last)) => byte(first)?..=byte(last)?,
        None => byte(text)?..=byte(text)?,
    };
    (!range.is_empty()).then_some(range)
}

/// What it can show.
fn read_face(table: &mut Table<'_>, wiring: &mut Wiring, problems: &mut Problems) {
    if let Some(lights) = table.integer("lights", problems) {
        match u8::try_from(lights.value).ok().filter(|_| lights.value <= LIGHT_LIMIT_LIGHTS) {
            Some(number) => wiring.lights = number,
            None => {
                let message = format!("{} lights are not driven", lights.value);
                problems.add(lights.span, message, "write 0 to 4; each of them shows the same");
            }
        }
    }
    let displays = [("yes", Display::Yes), ("no", Display::No), ("as_it_says", Display::AsItSays)];
    if let Some(display) = table.choice("display", &displays, problems) {
        wiring.display = display.value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_are_whole() {
        let (wirings, problems) = read_built_in();
        assert!(problems.is_empty(), "{problems:?}");
        for (word, part) in PARTS {
            let wiring = built_in_wiring(part);
            assert_eq!(wirings.get(word), Some(&wiring), "{word}");
            let releases = matches!(part, Part::Lock | Part::Handle);
            assert_eq!((wiring.part, wiring.release.is_some()), (part, releases), "{word}");
        }
        assert_eq!(wirings.len(), PARTS.len());
    }

    #[test]
    fn bytes_are_decimal_or_hexadecimal_and_may_be_a_range() {
        let check = |text: &str, expect: Option<(u8, u8)>| {
            assert_eq!(byte_range(text), expect.map(|(first, last)| first..=last), "{text}");
        };
        check("0", Some((0, 0)));
        check("255", Some((255, 255)));
        check("0x82", Some((0x82, 0x82)));
        check("0x80-0x8F", Some((0x80, 0x8F)));
        check("2 - 4", Some((2, 4)));
        for wrong in ["", "256", "-1", "0x", "0x100", "4-2", "a", "1-2-3"] {
            check(wrong, None);
        }
    }
}
