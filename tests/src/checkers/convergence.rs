//! After faults stop, the daemon believes what is true: every device that is there answers, every fact is the hardware's,
//! every alarm has its cause and every cause its alarm. Looked at once, when there was time enough for it.

use rackward_core::Entry;
use rackward_core::alarm::{AlarmKind, AlarmSource, Condition};
use rackward_core::door::{DoorRecord, Passage};
use rackward_core::entry::OfflineEntry;
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Latch, Lock};
use rackward_core::id::{DoorId, ZoneId};
use rackward_core::people::{GrantRight, GrantState};
use rackward_core::rights_list::Logged;
use rackward_core::site::{Device, InputUse, Role};

use super::{DeviceSight, DoorSight, Sight};

/// Everything that is not as it should be; empty when the daemon believes what is true.
pub fn differences(sight: &Sight<'_>) -> Vec<String> {
    let Some(belief) = sight.daemon else { return vec!["there is no daemon".into()] };
    let mut found = Vec::new();
    if !belief.is_writable || is_active(sight, AlarmKind::JournalUnwritable, AlarmSource::Site) {
        found.push("the journal counts as unwritable".into());
    }
    for device in sight.devices {
        found.extend(of_device(sight, device).into_iter().map(|what| format!("{}: {what}", device.device)));
    }
    for door in sight.doors {
        let is_there = sight.device(door.lock).is_some_and(|device| device.is_connected);
        let wrong = if is_there { of_door(sight, door) } else { Vec::new() };
        found.extend(wrong.into_iter().map(|what| format!("{}: {what}", sight.path(door.door))));
        if door.is_motor_on {
            found.push(format!("{}: its motor still runs", sight.path(door.door)));
        }
        found.extend(of_interlock(sight, door));
    }
    for zone in sight.site.zones() {
        // What a module that is away saw last stays an alarm until it says otherwise.
        if is_watched(sight, zone.id) && is_active(sight, AlarmKind::Intrusion, AlarmSource::Zone(zone.id)) {
            found.push(format!("{}: nobody is there, yet it is an alarm", zone.path));
        }
    }
    found
}

/// Whether the module that watches a zone is there to say how it stands.
fn is_watched(sight: &Sight<'_>, zone: ZoneId) -> bool {
    let watches = |device: &&Device| match &device.role {
        Role::Inputs { uses } => uses.contains(&InputUse::Zone(zone)),
        Role::Reader { .. } | Role::Lock { .. } | Role::Handle { .. } => false,
    };
    let module = sight.site.devices().find(watches);
    module.and_then(|module| sight.device(module.id)).is_some_and(|module| module.is_connected)
}

fn is_active(sight: &Sight<'_>, kind: AlarmKind, source: AlarmSource) -> bool {
    let alarms = sight.records().alarms.values();
    alarms.into_iter().any(|a| a.kind == kind && a.source == source && a.condition == Condition::Active)
}

fn of_device(sight: &Sight<'_>, device: &DeviceSight) -> Vec<String> {
    let active = |kind| is_active(sight, kind, AlarmSource::Device(device.device));
    let mut found = Vec::new();
    if device.is_believed_online != device.is_connected {
        found.push(format!("connected is {}, believed {}", device.is_connected, device.is_believed_online));
    }
    if active(AlarmKind::DeviceOffline) == device.is_connected {
        found.push(format!("connected is {}, its alarm says otherwise", device.is_connected));
    }
    // What a device that is away would say is not known.
    if device.is_connected && active(AlarmKind::Tamper) != device.is_cover_open {
        found.push(format!("cover open is {}, its alarm says otherwise", device.is_cover_open));
    }
    if device.is_connected {
        found.extend(of_rights(sight, device));
    }
    if device.is_connected && (active(AlarmKind::DeviceSecurity) || active(AlarmKind::PowerFault)) {
        found.push("nothing is wrong with it, yet it is an alarm".into());
    }
    found
}

/// A device that is there holds the list it should, and says so.
fn of_rights(sight: &Sight<'_>, device: &DeviceSight) -> Vec<String> {
    let Some(rights) = sight.records().rights.get(&device.device) else { return Vec::new() };
    let mut found = Vec::new();
    let changes = [rights.changed, rights.narrowed];
    let newest = changes.into_iter().flatten().map(|change| change.generation).max();
    let acknowledged = rights.applied.map(|list| list.generation);
    // Whoever should open for nobody, and said that it holds nothing, needs no list that says so.
    let is_rightly_empty = rights.applied.is_none() && device.held.is_none() && !is_anybody_granted(sight, device);
    if rights.issued.is_some() && newest > acknowledged && !is_rightly_empty {
        found.push(format!("rights changed by {newest:?}, acknowledged is {acknowledged:?}"));
    }
    if rights.applied.is_some() && rights.issued != rights.applied {
        found.push(format!("was issued {:?}, acknowledged {:?}", rights.issued, rights.applied));
    }
    if device.held != rights.applied {
        found.push(format!("holds {:?}, acknowledged {:?}", device.held, rights.applied));
    }
    let alarms = [AlarmKind::RightsDrift, AlarmKind::RevocationPending];
    let is_wrong = |kind: &AlarmKind| is_active(sight, *kind, AlarmSource::Device(device.device));
    found.extend(alarms.into_iter().filter(is_wrong).map(|kind| format!("{} is an alarm without cause", kind.word())));
    found
}

/// Whether a grant names the door of a device just now.
fn is_anybody_granted(sight: &Sight<'_>, device: &DeviceSight) -> bool {
    let Some(Role::Handle { door, .. }) = sight.site.device(device.device).map(|device| &device.role) else {
        return false;
    };
    sight.records().grants.values().any(|grant| {
        let holds = grant.validity.from <= sight.now.wall && sight.now.wall < grant.validity.to;
        let names = match &grant.right {
            GrantRight::Doors { doors, .. } => doors.contains(door),
            // Which doors a profile opens is not this checker's to say: it may be this one.
            GrantRight::Member(_) => true,
        };
        grant.state == GrantState::Active && holds && names
    })
}

/// Whatever a device did by its list is in the journal once it is back.
fn of_log(sight: &Sight<'_>, door: &DoorSight) -> Option<String> {
    let is_admission = |entry: &Entry| {
        let Entry::Offline(OfflineEntry::Logged { door: of, what: Logged::Admitted { .. }, .. }) = entry else {
            return false;
        };
        *of == door.door
    };
    let joined = sight.disk.journal().iter().filter(|stamped| is_admission(&stamped.entry)).count() as u64;
    let happened = door.unlocked_by_list;
    (joined != happened).then(|| format!("unlocked {happened} times by its list, the journal has {joined}"))
}

fn of_door(sight: &Sight<'_>, door: &DoorSight) -> Vec<String> {
    let record = sight.records().doors.get(&door.door).copied().unwrap_or_default();
    let mut found = Vec::new();
    if record.facts != facts_of(door) {
        found.push(format!("it is {:?}, believed {:?}", facts_of(door), record.facts));
    }
    if !door.is_opened() && record.passage != Passage::Idle {
        found.push(format!("nobody passes, believed {:?}", record.passage));
    }
    found.extend(of_log(sight, door));
    let active = |kind: &AlarmKind| is_active(sight, *kind, AlarmSource::Door(door.door));
    let expected = expected_alarms(door, &record);
    let of_one_door = AlarmKind::ALL.iter().filter(|kind| **kind != AlarmKind::InterlockViolation);
    for kind in of_one_door.filter(|kind| active(kind) != expected.contains(kind)) {
        let is = if active(kind) { "an alarm without cause" } else { "no alarm" };
        found.push(format!("{} is {is}", kind.word()));
    }
    found
}

/// Two doors of one interlock that stand open are one alarm, at either of them; a door whose device is away counts for
/// nothing.
fn of_interlock(sight: &Sight<'_>, door: &DoorSight) -> Option<String> {
    let stands_open = |door: &DoorSight| {
        let is_there = sight.device(door.lock).is_some_and(|device| device.is_connected);
        is_there && (!door.is_closed || !door.is_held)
    };
    let others = &sight.site.door(door.door)?.interlocked_with;
    let open_others = || sight.doors.iter().filter(|other| others.contains(&other.door) && stands_open(other));
    let active = |door: DoorId| is_active(sight, AlarmKind::InterlockViolation, AlarmSource::Door(door));
    let is_violated = stands_open(door) && open_others().next().is_some();
    let is_alarmed = active(door.door) || (is_violated && others.iter().any(|other| active(*other)));
    match (is_violated, is_alarmed) {
        (true, false) => Some(format!("{}: its interlock is violated and no alarm", sight.path(door.door))),
        (false, true) => Some(format!("{}: an interlock alarm without cause", sight.path(door.door))),
        (true, true) | (false, false) => None,
    }
}

fn facts_of(door: &DoorSight) -> Facts {
    let handle = |seated| if seated { HandlePosition::Closed } else { HandlePosition::Open };
    Facts {
        contact: if door.is_closed { Contact::Closed } else { Contact::Open },
        lock: if door.is_held { Lock::Locked } else { Lock::Unlocked },
        handle: door.is_seated.map(handle),
        key: door.is_key_turned.map(|turned| if turned { Key::Turned } else { Key::Home }),
        latch: door.is_latched.map(|latched| if latched { Latch::Latched } else { Latch::Unlatched }),
    }
}

/// The alarms of a door that has stood like this for longer than any of its times.
fn expected_alarms(door: &DoorSight, record: &DoorRecord) -> Vec<AlarmKind> {
    let mut expected = Vec::new();
    let is_rack = door.is_seated.is_some();
    if door.is_opened() {
        // Whether somebody had the right to open it is not the hardware's to say; that it is open too long is.
        expected.push(match record.passage {
            Passage::Suspect { .. } | Passage::Forced { .. } | Passage::Idle if is_rack => AlarmKind::HandleForced,
            Passage::Suspect { .. } | Passage::Forced { .. } | Passage::Idle => AlarmKind::DoorForced,
            Passage::Open { .. } | Passage::Released { .. } => AlarmKind::HeldOpen,
        });
    }
    if door.is_key_turned == Some(true) {
        expected.push(AlarmKind::KeyOverride);
    }
    match door.is_seated {
        Some(false) if door.is_closed => expected.push(AlarmKind::NotLatched),
        Some(true) if !door.is_closed => expected.push(AlarmKind::LatchTamper),
        Some(_) | None => {}
    }
    expected
}
