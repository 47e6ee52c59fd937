//! Measurements of a large site, and of what was counted.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::engine::input::Identity;
use rackward_core::entry::Denial;
use rackward_core::facts::{Contact, Facts, Lock};
use rackward_core::id::{CommandId, CredentialId, DoorId, GrantId, PersonId, PointId, Seq};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind, Level};
use rackward_core::{DeviceReport, Engine, Entry, Input, Monotonic, Now, Records, Stamped};

use super::*;

fn now() -> Now {
    Now { monotonic: Monotonic::from_micros(1), wall: Wall::from_seconds(1_784_898_202) }
}

/// So many doors, each with a reader on both sides and a lock.
fn site(doors: usize) -> Site {
    let path = |number: usize| format!("lon1/door-{number}");
    let door = |number: usize| DoorDraft::new(path(number), DoorKind::Door, "lon1/hall");
    let devices = |number: usize| {
        let reader = |side| RoleDraft::Reader { door: path(number), side, level: Level::Card.into() };
        [
            DeviceDraft { name: format!("in-{number}"), role: reader(Side::In) },
            DeviceDraft { name: format!("out-{number}"), role: reader(Side::Out) },
            DeviceDraft { name: format!("lock-{number}"), role: RoleDraft::Lock { door: path(number) } },
        ]
    };
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        doors: (0..doors).map(door).collect(),
        devices: (0..doors).flat_map(devices).collect(),
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).unwrap()
}

/// How many series each metric of a text has.
fn series(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn told_of(engine: &Engine, site: &Site) -> String {
    let Answer::Status(status) = engine.answer(now(), Scope::Site, &Query::Status) else { panic!() };
    let Answer::Alarms(open) = engine.answer(now(), Scope::Site, &Query::OpenAlarms) else { panic!() };
    let Answer::Doors(at_doors) = engine.answer(now(), Scope::Site, &Query::Doors) else { panic!() };
    let Answer::Devices(at_devices) = engine.answer(now(), Scope::Site, &Query::Devices) else { panic!() };
    let mut text = Text::default();
    build_info(&mut text);
    Counters::default().write(&mut text);
    policy(&mut text, &status, site, now().wall);
    let open: Vec<_> = open.into_iter().map(|status| status.alarm).collect();
    alarms(&mut text, &open);
    doors(&mut text, &at_doors, site);
    devices(&mut text, &at_devices, site);
    text.into_string()
}

#[test]
fn no_metric_has_more_than_ten_thousand_series_at_five_thousand_doors() {
    let site = site(5_000);
    let mut engine = Engine::new(site.clone(), Records::default(), &[], "0.1.0", now());
    for device in site.devices() {
        let identity = Identity { model: "R".into(), serial: "7".into(), firmware: "1".into() };
        engine.handle(now(), Input::Device { device: device.id, report: DeviceReport::Online(identity) });
    }
    let down = site.device_named("out-7").unwrap().id;
    let away = DeviceReport::Offline(rackward_core::engine::input::OfflineCause::ConnectionLost);
    engine.handle(now(), Input::Device { device: down, report: away });
    let text = told_of(&engine, &site);
    let counts = series(&text);
    let (largest, count) = counts.iter().max_by_key(|(_, count)| **count).unwrap();
    assert!(*count < 10_000, "{largest} has {count} series");
    assert_eq!(counts["rackward_point_state"], 5_000);
    assert_eq!(counts["rackward_reader_up"], 1, "of ten thousand readers the one that is down is told");
    assert!(text.contains("rackward_reader_up{reader=\"out-7\"} 0\n"));
    assert!(text.contains("rackward_series_left_out{metric=\"rackward_reader_up\"} 9999\n"));
    assert!(text.contains("rackward_devices{state=\"online\"} 14999\n"));
}

#[test]
fn what_has_become_durable_is_counted_without_saying_who() {
    let counters = Counters::default();
    let (door, point) = (DoorId::new(1), PointId::new(1));
    let denied = |person| Entry::AccessDenied { point, person, credential: None, reason: Denial::CredentialUnknown };
    let facts = |contact| Entry::DoorChanged { door, facts: Facts { contact, lock: Lock::Locked, ..Facts::default() } };
    let granted = Entry::AccessGranted {
        point,
        door,
        person: PersonId::new(77),
        credential: CredentialId::new(78),
        grant: GrantId::new(79),
        release_time: Duration::from_secs(5),
        command: CommandId::new(1),
    };
    let entries =
        [denied(None), granted, denied(Some(PersonId::new(77))), facts(Contact::Open), facts(Contact::Closed)];
    let stamped: Vec<Stamped> = (1..)
        .zip(entries)
        .map(|(seq, entry)| Stamped { seq: Seq::new(seq), at: now().wall.after(Duration::from_secs(seq)), entry })
        .collect();
    counters.count(&stamped);
    counters.decided(Duration::from_millis(3));
    let mut text = Text::default();
    counters.write(&mut text);
    let text = text.into_string();
    for line in [
        "rackward_access_decisions_total{result=\"denied\",reason=\"credential_unknown\"} 2\n",
        "rackward_access_decisions_total{result=\"granted\",reason=\"granted\"} 1\n",
        "rackward_access_decision_duration_seconds_bucket{le=\"0.002\"} 0\n",
        "rackward_access_decision_duration_seconds_bucket{le=\"0.005\"} 1\n",
        "rackward_door_open_seconds_sum 1\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    for person in ["77", "78", "79"] {
        assert!(!text.contains(person), "{person}");
    }
}

#[test]
fn alarms_that_nobody_is_waited_for_make_room_for_others() {
    use rackward_core::alarm::life::DesignRule;
    use rackward_core::alarm::{AlarmKind, AlarmSource};
    use rackward_core::entry::AlarmEntry;
    use rackward_core::id::{AlarmId, DeviceId};
    use rackward_core::permission::Actor;
    let counters = Counters::default();
    let raised = |number: u32| Entry::AlarmRaised {
        alarm: AlarmId::new(number),
        kind: AlarmKind::DeviceOffline,
        source: AlarmSource::Device(DeviceId::new(number)),
    };
    let (rule, behind) = (DesignRule::LineLost, AlarmId::new(1));
    let explained = |number: u32| AlarmEntry::SuppressedByDesign { alarm: AlarmId::new(number), rule, behind }.into();
    // One more than are remembered, each explained by the first.
    let children = (2..=10_002).flat_map(|number| [raised(number), explained(number)]);
    let last = AlarmId::new(20_000);
    let seen = Entry::AlarmAcknowledged {
        alarm: last,
        kind: AlarmKind::DeviceOffline,
        source: AlarmSource::Device(DeviceId::new(20_000)),
        by: Actor::LocalUser(0),
        note: String::new(),
    };
    let entries = children.chain([raised(20_000), seen]);
    let stamp = |(seq, entry)| Stamped { seq: Seq::new(seq), at: now().wall, entry };
    counters.count(&(1..).zip(entries).map(stamp).collect::<Vec<_>>());
    let mut text = Text::default();
    counters.write(&mut text);
    let text = text.into_string();
    assert!(text.contains("rackward_alarm_acknowledge_seconds_count 1\n"), "{text}");
}

#[test]
fn the_disk_and_the_daemons_own_certificates_are_told_as_far_as_they_are_known() {
    let told = |storage: &Storage, certificates: &Certificates| {
        let mut text = Text::default();
        upkeep(&mut text, storage, certificates);
        let text = text.into_string();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    let storage = Storage { free_bytes: Some(12_000_000_000), size_bytes: Some(100_000_000_000), ..Storage::default() };
    let certificates = Certificates { console_until_at: Some(At(now().wall)), ..Certificates::default() };
    let expect = [
        "rackward_storage_size_bytes 100000000000",
        "rackward_storage_free_bytes 12000000000",
        "rackward_certificate_end_timestamp_seconds{certificate=\"console\"} 1784898202",
    ];
    assert_eq!(told(&storage, &certificates), expect);
    assert!(told(&Storage::default(), &Certificates::default()).is_empty());
}

#[test]
fn the_loops_last_turn_is_known() {
    let counters = Counters::default();
    counters.turned(Monotonic::from_micros(5_000_000));
    assert_eq!(counters.since_turn(Monotonic::from_micros(17_000_000)), Duration::from_secs(12));
}

#[test]
fn what_is_put_aside_is_not_among_the_open_alarms() {
    use rackward_core::alarm::life::{Shelf, ShelfKind};
    use rackward_core::alarm::{AlarmKind, AlarmLife, AlarmSource};
    use rackward_core::id::AlarmId;
    use rackward_core::permission::Actor;
    let (until, by) = (now().wall.after(Duration::from_secs(600)), Actor::LocalUser(0));
    let shelf = Shelf { until, kind: ShelfKind::Timed, reason: "wind".to_owned(), by, second: None };
    let counted = |suppression: Suppression| {
        let alarm = Alarm {
            id: AlarmId::new(1),
            kind: AlarmKind::HeldOpen,
            source: AlarmSource::Site,
            raised_at: now().wall,
            raised_by: Seq::new(1),
            condition: Condition::Active,
            acknowledged: Acknowledged::No,
            life: AlarmLife { suppression, ..AlarmLife::begin(now().wall) },
        };
        let mut text = Text::default();
        alarms(&mut text, &[alarm]);
        text.into_string().contains("rackward_alarms{priority=\"2\",state=\"active_unacknowledged\"} 1\n")
    };
    assert!(counted(Suppression::None));
    assert!(!counted(Suppression::Shelved(shelf)));
    assert!(!counted(Suppression::OutOfService { until, work_order: "WO-1".to_owned(), by, second: None }));
}
