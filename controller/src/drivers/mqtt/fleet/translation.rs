//! What a device says, in the engine's words. Pure translation; nothing is decided here but how a sensor that is at fault
//! reads, and that is `profile.rs`'s rule.

use std::time::Duration;

use rackward_core::engine::input::{Identity, LinkTrouble, LogRecord, RightsOutcome, RightsReport, SecurityTrouble};
use rackward_core::facts::Facts;
use rackward_core::feedback::Palette;
use rackward_core::id::Generation;
use rackward_core::inventory::{
    BootCause, CanaryAbility, Channel, Description, Measurements, SlideReport, Stall, UnlockCause,
};
use rackward_core::people::CredentialKey;
use rackward_core::rights_list::{HeldList, ListDigest, ListNumber, ListRefusal, Logged};
use rackward_core::{DeviceReport, Wall};
use rackward_protocol::mqtt::{
    self, Birth, Capabilities, HeldRights, Legend, Reading, RightsRefusal, State, Trouble, UnixMillis,
};

use crate::drivers::Profile;
use crate::drivers::profile::{self, Condition};

pub(super) fn identity(birth: &Birth) -> Identity {
    Identity { model: birth.model.clone(), serial: birth.serial.clone(), firmware: birth.firmware.clone() }
}

/// What a birth says besides who it is; `boot` is why it started, where this is a new start.
pub(super) fn description(birth: &Birth, boot: Option<BootCause>, channel: Channel) -> Description {
    let Capabilities { bits: _, rights_cards } = birth.capabilities;
    let canary = if birth.capabilities.has(Capabilities::CANARY) { CanaryAbility::Able } else { CanaryAbility::Unable };
    Description {
        list_room: (rights_cards > 0).then_some(rights_cards),
        canary,
        self_test: birth.self_test.0,
        boot,
        channel,
    }
}

pub(super) fn boot_cause(cause: mqtt::BootCause) -> BootCause {
    match cause {
        mqtt::BootCause::Unknown => BootCause::Unknown,
        mqtt::BootCause::PowerOn => BootCause::PowerOn,
        mqtt::BootCause::Commanded => BootCause::Commanded,
        mqtt::BootCause::Update => BootCause::Update,
        mqtt::BootCause::Watchdog => BootCause::Watchdog,
        mqtt::BootCause::Brownout => BootCause::Brownout,
    }
}

/// The colours in which a device can be told something.
pub(super) fn palette(legend: Legend) -> Palette {
    match legend {
        Legend::None => Palette::NoLight,
        Legend::OneColour => Palette::OneColour,
        Legend::RedGreen => Palette::RedGreen,
        Legend::Full => Palette::Full,
    }
}

pub(super) fn facts(profile: Profile, state: &State) -> Option<Facts> {
    let (handle, key) = match profile {
        Profile::Reader | Profile::Inputs { .. } => return None,
        Profile::Lock => (None, None),
        Profile::Handle => {
            (Some(profile::handle(condition(state.handle_home))), Some(profile::key(condition(state.key_turned))))
        }
    };
    let contact = profile::contact(condition(state.closed));
    let latch = state.latched.map(|latched| profile::latch(condition(latched)));
    Some(Facts { contact, lock: profile::lock(condition(state.locked)), handle, key, latch })
}

fn condition(reading: Reading) -> Condition {
    match reading {
        Reading::Unknown => Condition::Unknown,
        Reading::Fault => Condition::Fault,
        Reading::No => Condition::Fails,
        Reading::Yes => Condition::Holds,
    }
}

/// What its slide did last; `None` of a device that says nothing of it.
pub(super) fn slide(state: &State) -> Option<SlideReport> {
    let stalled = match state.stalled {
        Reading::Unknown | Reading::Fault => Stall::Unknown,
        Reading::No => Stall::No,
        Reading::Yes => Stall::Yes,
    };
    let says_something = stalled != Stall::Unknown || state.travel_ms.is_some() || state.unlocked_by.is_some();
    says_something.then(|| SlideReport {
        travel: state.travel_ms.map(|millis| Duration::from_millis(u64::from(millis))),
        stalled,
        unlocked_by: state.unlocked_by.map(unlock_cause),
    })
}

fn unlock_cause(cause: mqtt::UnlockCause) -> UnlockCause {
    match cause {
        mqtt::UnlockCause::Command => UnlockCause::Command,
        mqtt::UnlockCause::RightsList => UnlockCause::RightsList,
        mqtt::UnlockCause::Key => UnlockCause::Key,
        mqtt::UnlockCause::Unexplained => UnlockCause::Unexplained,
    }
}

pub(super) fn measurements(state: &State) -> Measurements {
    Measurements {
        supply_mv: state.supply_mv,
        temperature_c10: state.temperature_c10,
        humidity_percent: state.humidity_percent,
        motor_ma: state.motor_ma,
    }
}

pub(super) fn rights(report: mqtt::RightsReport) -> DeviceReport {
    let outcome = match report.outcome {
        mqtt::RightsOutcome::Holding => RightsOutcome::Holding,
        mqtt::RightsOutcome::Applied => RightsOutcome::Applied,
        mqtt::RightsOutcome::Refused(refusal) => RightsOutcome::Refused(list_refusal(refusal)),
    };
    DeviceReport::Rights(RightsReport { held: report.held.map(held), outcome })
}

/// The rights that a birth names, as if they had been asked for.
pub(super) fn rights_at_birth(held: Option<HeldRights>) -> DeviceReport {
    rights(mqtt::RightsReport { held, outcome: mqtt::RightsOutcome::Holding })
}

fn held(rights: HeldRights) -> HeldList {
    HeldList {
        number: ListNumber(rights.number.0),
        generation: Generation::new(rights.generation),
        digest: ListDigest(rights.digest),
        expires: wall(rights.expires, 0),
    }
}

fn list_refusal(refusal: RightsRefusal) -> ListRefusal {
    match refusal {
        RightsRefusal::Malformed => ListRefusal::Malformed,
        RightsRefusal::Signature => ListRefusal::Signature,
        RightsRefusal::Site => ListRefusal::Site,
        RightsRefusal::Device => ListRefusal::Device,
        RightsRefusal::Replayed => ListRefusal::Replayed,
        RightsRefusal::Expired => ListRefusal::Expired,
        RightsRefusal::TooLong => ListRefusal::TooLong,
        RightsRefusal::NotKept => ListRefusal::NotKept,
    }
}

/// A record of its log. `ahead_millis` is by how much its clock is ahead of ours; where that is not known its time stands.
pub(super) fn logged(record: mqtt::LogRecord, ahead_millis: Option<i64>) -> DeviceReport {
    let what = match record.what {
        mqtt::Logged::Admitted { card, list } => {
            Logged::Admitted { card: CredentialKey::from_keyed_hash(card.0), list: ListNumber(list.0) }
        }
        mqtt::Logged::Refused { card } => Logged::Refused { card: CredentialKey::from_keyed_hash(card.0) },
        mqtt::Logged::Opened => Logged::Opened,
        mqtt::Logged::Closed => Logged::Closed,
        mqtt::Logged::KeyTurned => Logged::KeyTurned,
        mqtt::Logged::Tampered => Logged::Tampered,
        mqtt::Logged::Overflowed { lost } => Logged::Overflowed { lost },
    };
    let at = wall(record.at, ahead_millis.unwrap_or(0));
    DeviceReport::Logged(LogRecord { number: record.number, at, what })
}

/// A moment of a clock that is so far ahead, by ours.
fn wall(at: UnixMillis, ahead_millis: i64) -> Wall {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX).saturating_sub(ahead_millis);
    Wall::from_micros(millis.saturating_mul(1_000))
}

pub(super) fn trouble(trouble: Trouble) -> DeviceReport {
    match trouble {
        Trouble::Lost { missing } => DeviceReport::Link(LinkTrouble::Lost(missing)),
        Trouble::Duplicate => DeviceReport::Link(LinkTrouble::Duplicate),
        // Also a message that counts although it is late; what was told as lost was not.
        Trouble::Reordered => DeviceReport::Link(LinkTrouble::Late),
        Trouble::Twin => DeviceReport::Security(SecurityTrouble::Twin),
        // A kept event or acknowledgement is an old one, whoever had it kept.
        Trouble::Replay | Trouble::Retained => DeviceReport::Security(SecurityTrouble::Replay),
        // Also what an honest device says just before the broker has passed its birth on.
        Trouble::Unborn | Trouble::Malformed(_) => DeviceReport::Link(LinkTrouble::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_by_our_clock_as_far_as_the_error_of_its_own_is_known() {
        let record = mqtt::LogRecord { number: 3, at: UnixMillis(1_700_000_060_000), what: mqtt::Logged::Opened };
        let check = |ahead, expect| {
            let DeviceReport::Logged(logged) = logged(record, ahead) else { panic!("no record") };
            assert_eq!((logged.number, logged.at), (3, Wall::from_micros(expect)));
        };
        check(None, 1_700_000_060_000_000);
        check(Some(60_000), 1_700_000_000_000_000);
        check(Some(-5), 1_700_000_060_005_000);
        check(Some(i64::MIN), i64::MAX);
    }

    #[test]
    fn a_slide_of_which_nothing_is_said_is_not_reported() {
        let state = State { stalled: Reading::Fault, ..State::default() };
        assert_eq!(slide(&state), None);
        let stalled = SlideReport { travel: None, stalled: Stall::Yes, unlocked_by: None };
        assert_eq!(slide(&State { stalled: Reading::Yes, ..State::default() }), Some(stalled));
    }
}
