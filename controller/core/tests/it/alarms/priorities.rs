//! The tables of `alarms.md` ("Breach and trouble events") and `console.md` B.2, row by row: which of our kinds answer a row,
//! with the priority and the longest time on the shelf that follow from it; or why none does, or another priority. Every kind
//! stands in a row, or among those that the tables do not know.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rackward_core::alarm::shelving::Shelving;
use rackward_core::alarm::{AlarmKind, Priority};

use AlarmKind as K;
use Priority::{P1, P2, P3, P4};

/// A row: its number, what it names, and what we have for it: each kind with its priority, and a reason where the row asks for
/// another one.
type Row = (&'static str, &'static [(AlarmKind, Priority)], &'static str);

const ALARMS_MD: [Row; 25] = [
    ("1 door/rack forced: critical", &[(K::DoorForced, P1), (K::HandleForced, P1)], ""),
    (
        "2 held pre-alarm low, held medium, high after 10 min",
        &[(K::HeldPreAlarm, P4), (K::HeldOpen, P2)],
        "held is high at once, as B.2 has it: its time is over, and there was a warning",
    ),
    ("3 closed-not-latched, latch tamper: medium", &[(K::NotLatched, P3), (K::LatchTamper, P3)], ""),
    ("4 granted-not-opened: info; three times: maintenance", &[(K::NotOpenedAgain, P4)], ""),
    (
        "5 failed to lock / unlock / stuck / stall: high",
        &[(K::FailedToLock, P2), (K::FailedToUnlock, P2), (K::SlideStalled, P2), (K::SlideSlow, P4)],
        "a slide that slows down still locks: it is maintenance before the stall",
    ),
    ("6 key override: high", &[(K::KeyOverride, P2)], ""),
    ("7 tamper: critical", &[(K::Tamper, P1)], ""),
    ("8 input fault: high", &[(K::InputFault, P2)], ""),
    ("9 communication lost: high, grouped by bus", &[(K::DeviceOffline, P2), (K::LineLost, P2)], ""),
    (
        "10 secure channel lost, cleartext, default key, install mode: critical",
        &[(K::DeviceSecurity, P1), (K::Commissioning, P3)],
        "install mode is open on an operator's order, at one device, for minutes, and somebody stands there; one that nobody \
         ordered is a device that offers the published key, which is device_security",
    ),
    (
        "11 device replaced: high; firmware: medium",
        &[(K::DeviceReplaced, P2), (K::FirmwareChanged, P3), (K::GradeTooLow, P3)],
        "",
    ),
    ("12 denied: info; stolen: critical", &[(K::StolenCredential, P1)], ""),
    ("13 n denials, lockout: medium", &[(K::Lockout, P3), (K::RepeatedDenials, P2)], "many at one point are P2 in B.2"),
    ("14 duress: critical, no local sign", &[(K::Duress, P1)], ""),
    (
        "15 anti-passback, occupancy: medium",
        &[(K::PassbackViolation, P3), (K::AreaOverfull, P3)],
        "too few has no limit in a site file but company, which is row 17",
    ),
    (
        "16 tailgate, no entry after grant, two entries on one grant: medium",
        &[],
        "a contact does not count people. A second opening on one release is a forced door, critical: the lock was told to close \
         with the door. No entry after a grant is row 4. Whoever slipped in shows at the next reader, row 19",
    ),
    ("17 two-person violation: high", &[(K::TwoPersonViolation, P2)], "that the second never came is a refusal"),
    ("18 interlock violation: high", &[(K::InterlockViolation, P2)], ""),
    ("19 impossible travel: high", &[(K::ImpossiblePassage, P2), (K::WrongSide, P2)], ""),
    (
        "20 escort missing, visitor overdue, host left: medium",
        &[(K::VisitorOverdue, P3)],
        "a visitor with a card of their own and without their escort is refused at every door",
    ),
    ("21 supply: medium, high when it lasts", &[(K::PowerFault, P3), (K::SupplyFailing, P2)], ""),
    (
        "22 fire release, lockdown, muster, free access: critical, never shelvable",
        &[(K::FireRelease, P1), (K::Lockdown, P1), (K::Muster, P1)],
        "free access by schedule is as planned and an event; by order it is row 25. A drill is no alarm",
    ),
    (
        "23 clock drift, clock set, log full at 80/100 %, log gap, chain broken: high",
        &[
            (K::ClockDrift, P2),
            (K::SiteClockOff, P3),
            (K::StorageFilling, P2),
            (K::JournalUnwritable, P1),
            (K::RecordDamaged, P1),
        ],
        "a clock of the site that was set is P3 in B.2; a full log admits nobody, and a record that is damaged closes what it \
         governs, so both are critical",
    ),
    (
        "24 policy not applied: critical for a revocation; drift",
        &[
            (K::RevocationPending, P1),
            (K::RevokedUse, P1),
            (K::CanaryFailed, P1),
            (K::RightsDrift, P2),
            (K::RightsTooMany, P2),
        ],
        "a drift was sent the right rights again, and one with too little room opens for nobody by itself",
    ),
    (
        "25 operator: log-on fail, override, mass unlock, shelve, rights raised: medium",
        &[
            (K::OperatorLockedOut, P3),
            (K::SessionMoved, P3),
            (K::MassUnlock, P3),
            (K::RightsRaised, P3),
            (K::BreakGlass, P1),
            (K::EmergencySignIn, P2),
            (K::ReviewOverdue, P2),
        ],
        "an emergency right lets somebody in whom nobody approved; the emergency account is P2 in console.md; a shelf is an event \
         with a reason and an end, since an alarm about each alarm put aside would bring it back",
    ),
];

const B_2: [Row; 4] = [
    (
        "P1 forced, duress, tamper; wrong person in cage by camera",
        &[(K::DoorForced, P1), (K::HandleForced, P1), (K::Duress, P1), (K::Tamper, P1)],
        "nobody looks at pictures here but people: an operator raises it by what they see",
    ),
    (
        "P2 held beyond limit or grant, offline on a secured point, key override, repeated denials; camera lost",
        &[
            (K::HeldOpen, P2),
            (K::OpenPastGrant, P2),
            (K::DeviceOffline, P2),
            (K::LineLost, P2),
            (K::KeyOverride, P2),
            (K::RepeatedDenials, P2),
            (K::EvidenceCameraLost, P2),
        ],
        "",
    ),
    (
        "P3 not fully closed, pre-alarm over at a rack, mains lost, clock unsynchronised, export failing",
        &[(K::NotLatched, P3), (K::PowerFault, P3), (K::SiteClockOff, P3), (K::SinkFailing, P3)],
        "a rack whose pre-alarm is over is held open, P2 as any door",
    ),
    (
        "P4 credential about to expire, low battery, certificate expires",
        &[(K::CredentialExpiring, P4), (K::CertificateExpiring, P4)],
        "devices tell that a supply is out of range and not whether it is a battery: that is P3 as mains lost",
    ),
];

/// Kinds that neither table knows.
const OF_OUR_OWN: [(AlarmKind, Priority); 14] = [
    (K::Intrusion, P1),
    (K::EnrolmentGuessed, P1),
    (K::SelfTestFailed, P2),
    (K::LineTrouble, P3),
    (K::ClimateFault, P3),
    (K::UnexplainedReboots, P3),
    (K::ReviewEnding, P4),
    (K::AlertHigh, P2),
    (K::AlertMedium, P3),
    (K::AlertLow, P4),
    (K::AlertOverRate, P3),
    (K::AlertEnding, P4),
    (K::AlertVoid, P3),
    (K::CameraLost, P3),
];

fn rows() -> impl Iterator<Item = &'static Row> {
    ALARMS_MD.iter().chain(&B_2)
}

#[test]
fn every_row_of_the_tables_has_its_kinds_or_a_reason() {
    for (row, kinds, reason) in rows() {
        assert!(!kinds.is_empty() || !reason.is_empty(), "{row}");
        for (kind, priority) in *kinds {
            assert_eq!(kind.priority(), *priority, "{row}: {kind:?}");
        }
    }
    for (number, (row, ..)) in ALARMS_MD.iter().enumerate() {
        assert!(row.starts_with(&format!("{} ", number + 1)), "{row}");
    }
}

/// The word that a table has for a priority, as it stands in the name of a row.
const WORDS: [(&str, Priority); 4] = [("critical", P1), ("high", P2), ("medium", P3), ("low", P4)];

#[test]
fn a_kind_of_another_priority_than_its_row_has_a_reason() {
    for (row, kinds, reason) in &ALARMS_MD {
        let named: BTreeSet<Priority> =
            WORDS.iter().filter(|(word, _)| row.contains(word)).map(|(_, priority)| *priority).collect();
        // A row that says maintenance or info says nothing of alarms.
        let differs = kinds.iter().any(|(_, priority)| !named.is_empty() && !named.contains(priority));
        assert!(!differs || !reason.is_empty(), "{row}");
    }
    for (row, kinds, _) in &B_2 {
        for (kind, priority) in *kinds {
            assert!(row.starts_with(&format!("P{} ", priority.number())), "{row}: {kind:?}");
        }
    }
}

#[test]
fn every_kind_stands_in_a_row_and_nowhere_as_something_else() {
    let mut found: BTreeMap<AlarmKind, Priority> = BTreeMap::new();
    for (kind, priority) in rows().flat_map(|(_, kinds, _)| *kinds).chain(&OF_OUR_OWN) {
        assert_eq!(*found.entry(*kind).or_insert(*priority), *priority, "{kind:?}");
    }
    let missing: Vec<AlarmKind> = K::ALL.into_iter().filter(|kind| !found.contains_key(kind)).collect();
    assert_eq!(missing, []);
    assert!(OF_OUR_OWN.iter().all(|(kind, priority)| kind.priority() == *priority));
}

#[test]
fn how_long_each_priority_may_be_put_aside() {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    for kind in K::ALL {
        let expect = match kind.priority() {
            _ if [K::FireRelease, K::Lockdown, K::Duress, K::Muster].contains(&kind) => Shelving::Never,
            P1 => Shelving::ByTwo(minutes(10)),
            P2 => Shelving::ByOne(minutes(30)),
            P3 => Shelving::ByOne(minutes(8 * 60)),
            P4 => Shelving::ByOne(minutes(24 * 60)),
        };
        assert_eq!(kind.shelving(), expect, "{kind:?}");
        assert!(!kind.response().is_empty() && kind.steps().iter().all(|step| step.ends_with('.')), "{kind:?}");
    }
}
