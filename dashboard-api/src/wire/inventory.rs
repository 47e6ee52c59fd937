//! What is known of a device besides its identity: how far it is trusted and why not further, its certificates, the rights it
//! holds, its clock, its lock's slide and what it measures. What lowers a grade is the core's to say (`engine/inventory.rs`).

use rackward_core::Wall;
use rackward_core::certificate::{Certificate as CoreCertificate, CertificateRecord};
use rackward_core::device::Trust;
use rackward_core::engine::query::DeviceStatus;
use rackward_core::inventory::{
    CanaryAbility, Channel, Description as CoreDescription, Measurements as CoreMeasurements, SlideReport, Stall,
    TrustGrade,
};
use rackward_core::rights_list::{HeldList, RightsRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::rights::{boot_word, grade_word, misgiving_word, misgiving_words};

/// What is known of a device besides its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inventory {
    /// How far it is trusted, `A` (nothing is wrong) to `D`; null while nobody has proven to be this device.
    pub grade: Option<String>,
    /// What lowers its grade: `old_firmware`, `plaintext`, `default_key`, `unexplained_reboots`, `self_test`, `old_key`,
    /// `unproven`.
    pub misgivings: Vec<String>,
    /// Both in words: `B: its firmware is older than the site asks`; null as above.
    pub grade_words: Option<String>,
    /// `not_enrolled`, `code_waits`, `enrolled` or `expired`; null for a device that needs no certificate.
    pub enrolment: Option<String>,
    /// Its newest certificate; null where it has none that counts.
    pub certificate: Option<Certificate>,
    /// Until when a code for its enrolment can be redeemed; null where there is none.
    pub enrolment_until_at: Option<At>,
    /// The rights it holds for when nobody can be asked; null where it keeps none.
    pub rights: Option<HeldRights>,
    /// By how many milliseconds its clock is ahead of ours; null where that is not known.
    pub clock_offset_ms: Option<i64>,
    /// What its slide did last; null where it told nothing of it.
    pub slide: Option<Slide>,
    /// What it measures.
    pub measurements: Measurements,
    /// What it can do and how it stands, as it says.
    pub description: Description,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Certificate {
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// From when it counts; the device's key is no older than that.
    pub from_at: At,
    /// The first instant at which it no longer counts.
    pub until_at: At,
    /// The serial number of the one before, while both count.
    pub former: Option<String>,
}

/// The rights that a device holds for when nobody can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldRights {
    /// The list it acknowledged last; null where it holds none.
    pub held: Option<List>,
    /// The newest list that was sent to it.
    pub issued: Option<List>,
    /// The generation of the last change to what it should hold.
    pub wanted_generation: Option<u64>,
    /// The first instant at which no list that it may hold is good any more.
    pub honoured_until_at: Option<At>,
    /// The number of the newest record of its own log that is in the journal.
    pub logged_through: u64,
}

/// A rights list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HeldList)]
pub struct List {
    /// Its number: a higher one is newer.
    pub number: u64,
    /// The generation of rights it was made from.
    pub generation: u64,
    /// The first instant at which it opens for nobody.
    pub until_at: At,
    /// SHA-256 of its body in hexadecimal.
    pub digest: String,
}

/// What the slide of a lock did last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slide {
    /// For how many milliseconds it travelled; null where it does not say.
    pub travel_ms: Option<u64>,
    /// Whether its motor stalled; null where it does not say.
    pub stalled: Option<bool>,
    /// What unlocked it: `command`, `rights_list`, `key` or `unexplained`; null where it does not say.
    pub unlocked_by: Option<String>,
}

/// What a device measures; null is not measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measurements {
    /// Supply in millivolts.
    pub supply_mv: Option<u32>,
    /// Temperature in tenths of a degree Celsius.
    pub temperature_c10: Option<i16>,
    /// Relative humidity in percent.
    pub humidity_percent: Option<u8>,
    /// Highest current of the motor when it last moved, in milliamperes.
    pub motor_ma: Option<u16>,
}

/// What a device can do and how it stands, as it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Description {
    /// How many cards its rights list can hold; null where it keeps none.
    pub list_room: Option<u16>,
    /// Whether it can be asked if it would open for a card that nobody has.
    pub canary: bool,
    /// What failed when it tested itself, one bit each; 0 is nothing.
    pub self_test: u32,
    /// Why it started last: `unknown`, `power_on`, `commanded`, `update`, `watchdog` or `brownout`; null where it does not say.
    pub boot: Option<String>,
    /// How its link is protected: `proven` or `plaintext`.
    pub channel: String,
}

/// What a device hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A serial bus: a key of its own proves it.
    Bus,
    /// A broker: a certificate proves it.
    Network,
}

impl Inventory {
    /// What the core knows of a device at `now`.
    pub fn of(status: &DeviceStatus, line: Line, now: Wall) -> Self {
        let misgivings = || status.misgivings.iter().copied();
        let words: Vec<&str> = misgivings().map(misgiving_words).collect();
        // Of a device that never came, nothing is wrong only because nothing is known.
        let grade = (status.record.trust != Trust::Awaited || !words.is_empty()).then_some(status.grade);
        Self {
            grade: grade.map(|grade| grade_word(grade).to_owned()),
            misgivings: misgivings().map(|misgiving| misgiving_word(misgiving).to_owned()).collect(),
            grade_words: grade.map(|grade| grade_words(grade, &words)),
            enrolment: (line == Line::Network).then(|| status.certificates.enrolment(now).word().to_owned()),
            certificate: status
                .certificates
                .current
                .as_ref()
                .map(|newest| Certificate::of(newest, &status.certificates)),
            enrolment_until_at: status.certificates.offer.map(|offer| At(offer.until)),
            rights: HeldRights::of(&status.rights, &status.description),
            clock_offset_ms: status.clock_offset_ms,
            slide: status.slide.map(Slide::of),
            measurements: Measurements::of(status.measurements),
            description: Description::of(status.description),
        }
    }
}

fn grade_words(grade: TrustGrade, misgivings: &[&str]) -> String {
    match misgivings {
        [] => grade_word(grade).to_owned(),
        misgivings => format!("{}: {}", grade_word(grade), misgivings.join(", ")),
    }
}

impl Certificate {
    fn of(newest: &CoreCertificate, record: &CertificateRecord) -> Self {
        Self {
            serial: newest.serial.to_string(),
            from_at: At(newest.from),
            until_at: At(newest.until),
            former: record.former.map(|former| former.serial.to_string()),
        }
    }
}

impl HeldRights {
    /// `None` for a device that keeps no list and never got one.
    fn of(record: &RightsRecord, description: &CoreDescription) -> Option<Self> {
        if *record == RightsRecord::default() && description.list_room.is_none() {
            return None;
        }
        Some(Self {
            held: record.applied.map(List::of),
            issued: record.issued.map(List::of),
            wanted_generation: record.changed.map(|change| change.generation.get()),
            honoured_until_at: record.honoured_until.map(At),
            logged_through: record.logged_through,
        })
    }
}

impl List {
    fn of(list: HeldList) -> Self {
        Self {
            number: list.number.0,
            generation: list.generation.get(),
            until_at: At(list.expires),
            digest: list.digest.to_string(),
        }
    }
}

impl Slide {
    fn of(report: SlideReport) -> Self {
        Self {
            travel_ms: report.travel.map(|travel| u64::try_from(travel.as_millis()).unwrap_or(u64::MAX)),
            stalled: match report.stalled {
                Stall::Unknown => None,
                Stall::No => Some(false),
                Stall::Yes => Some(true),
            },
            unlocked_by: report.unlocked_by.map(|cause| cause.word().to_owned()),
        }
    }
}

impl Measurements {
    const fn of(measured: CoreMeasurements) -> Self {
        Self {
            supply_mv: measured.supply_mv,
            temperature_c10: measured.temperature_c10,
            humidity_percent: measured.humidity_percent,
            motor_ma: measured.motor_ma,
        }
    }
}

impl Description {
    fn of(said: CoreDescription) -> Self {
        let channel = match said.channel {
            Channel::Proven => "proven",
            Channel::Plaintext => "plaintext",
        };
        Self {
            list_room: said.list_room,
            canary: said.canary == CanaryAbility::Able,
            self_test: said.self_test,
            boot: said.boot.map(|cause| boot_word(cause).to_owned()),
            channel: channel.to_owned(),
        }
    }
}
