//! Doors and access points as the API shows them. What a door's facts add up to is the core's (`facts.rs`); the
//! one thing chosen here is which glyph of `console.md` B.1 stands for them, so that every screen draws the same one.

use rackward_core::Site;
use rackward_core::engine::query::DoorStatus;
use rackward_core::facts::{Contact, Facts, HandlePosition, Lock, Word};
use rackward_core::mode::DoorMode;
use rackward_core::site::Point as SitePoint;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::{Places, door_kind_word, level_word};
use super::sentence::facts_words;

/// A door with its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Door {
    /// Its id, such as `door-3`.
    pub id: String,
    /// Its path.
    pub path: String,
    /// `gate`, `barrier`, `turnstile`, `door` or `rack_door`.
    pub kind: String,
    /// Path of the area behind it.
    pub area: String,
    /// ONVIF door mode in snake case: `locked`, `unlocked`, `accessed`, `blocked`, `locked_down`, `locked_open`,
    /// `double_locked` or `unknown`.
    pub mode: String,
    /// `open`, `closed`, `fault` or `unknown`.
    pub contact: String,
    /// `locked`, `unlocked`, `fault` or `unknown`.
    pub lock: String,
    /// `open`, `closed`, `fault` or `unknown`; null on a door without a swinghandle.
    pub handle: Option<String>,
    /// `home`, `turned` or `unknown`; null where the key cylinder is not monitored.
    pub key: Option<String>,
    /// ONVIF door alarm in snake case.
    pub alarm: String,
    /// `secured`, `unsecured` or `unknown`.
    pub secured: String,
    /// Its facts in words, such as `closed, locked`, and its mode where that says more.
    pub words: String,
    /// Which glyph stands for it: `locked`, `blocked`, `double_locked`, `locked_down`, `unlocked`, `open`, `handle_open`,
    /// `accessed`, `fault` or `unknown`.
    pub glyph: String,
    /// Paths of its access points.
    pub points: Vec<String>,
}

impl Door {
    /// A door as it stands; `None` when the site no longer has it.
    pub fn of(status: &DoorStatus, site: &Site) -> Option<Self> {
        let door = site.door(status.door)?;
        let facts = status.facts;
        Some(Self {
            id: door.id.to_string(),
            path: door.path.clone(),
            kind: door_kind_word(door.kind).to_owned(),
            area: site.area(door.area).map_or_else(|| door.area.to_string(), |area| area.path.clone()),
            mode: status.mode.word().to_owned(),
            contact: facts.contact.word().to_owned(),
            lock: facts.lock.word().to_owned(),
            handle: facts.handle.map(|handle| handle.word().to_owned()),
            key: facts.key.map(|key| key.word().to_owned()),
            alarm: status.alarm.to_owned(),
            secured: facts.secured().word().to_owned(),
            words: format!("{}{}", facts_words(facts), mode_words(status.mode)),
            glyph: glyph(status.mode, facts).to_owned(),
            points: door.points.iter().map(|point| Places(site).point(*point)).collect(),
        })
    }
}

/// What a mode adds to the facts, for somebody who reads them.
const fn mode_words(mode: DoorMode) -> &'static str {
    match mode {
        DoorMode::Locked | DoorMode::Accessed => "",
        DoorMode::Unlocked => ", held unlocked",
        DoorMode::Blocked => ", blocked",
        DoorMode::LockedDown => ", locked down",
        DoorMode::LockedOpen => ", locked open",
        DoorMode::DoubleLocked => ", double locked",
        DoorMode::Unknown => ", mode unknown",
    }
}

/// Which glyph stands for a door: a fault before all, then what is not known, then what stands open, then the lock, and
/// where all is closed and locked, the mode.
fn glyph(mode: DoorMode, facts: Facts) -> &'static str {
    let faulty =
        facts.contact == Contact::Fault || facts.lock == Lock::Fault || facts.handle == Some(HandlePosition::Fault);
    let unknown = facts.contact == Contact::Unknown
        || facts.lock == Lock::Unknown
        || facts.handle == Some(HandlePosition::Unknown);
    if faulty {
        "fault"
    } else if facts.contact == Contact::Open {
        if mode == DoorMode::Accessed { "accessed" } else { "open" }
    } else if unknown {
        "unknown"
    } else if facts.handle == Some(HandlePosition::Open) {
        "handle_open"
    } else if facts.lock == Lock::Unlocked {
        "unlocked"
    } else {
        match mode {
            DoorMode::Blocked => "blocked",
            DoorMode::DoubleLocked => "double_locked",
            DoorMode::LockedDown => "locked_down",
            DoorMode::Unknown => "unknown",
            DoorMode::Locked | DoorMode::Accessed | DoorMode::Unlocked | DoorMode::LockedOpen => "locked",
        }
    }
}

/// One direction through one door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// Its id, such as `pt-3`.
    pub id: String,
    /// Its path.
    pub path: String,
    /// Path of the door it leads through.
    pub door: String,
    /// `card` or `card+pin`.
    pub level: String,
    /// What must be presented while a schedule holds instead; null where it is always the same.
    #[serde(default)]
    pub by_schedule: Option<LevelBySchedule>,
}

/// What must be presented while a schedule holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LevelBySchedule {
    /// The schedule, by name.
    pub schedule: String,
    /// `card` or `card+pin`.
    pub level: String,
}

impl Point {
    /// A point of the site.
    pub fn of(point: &SitePoint, site: &Site) -> Self {
        Self {
            id: point.id.to_string(),
            path: point.path.clone(),
            door: Places(site).door(point.door),
            level: level_word(point.level).to_owned(),
            by_schedule: point.level_by_time.as_ref().map(|(schedule, level)| LevelBySchedule {
                schedule: schedule.clone(),
                level: level_word(*level).to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_never_drawn_as_closed() {
        let facts = |contact, lock, handle| Facts { contact, lock, handle, key: None, latch: None };
        let check = |mode: DoorMode, facts: Facts, expect: &str| {
            assert_eq!(glyph(mode, facts), expect, "{mode:?} {facts:?}");
        };
        let locked = DoorMode::Locked;
        check(locked, facts(Contact::Closed, Lock::Locked, None), "locked");
        check(DoorMode::Accessed, facts(Contact::Closed, Lock::Unlocked, None), "unlocked");
        check(DoorMode::Accessed, facts(Contact::Open, Lock::Unlocked, None), "accessed");
        check(locked, facts(Contact::Open, Lock::Unknown, None), "open");
        check(locked, facts(Contact::Unknown, Lock::Locked, None), "unknown");
        check(locked, facts(Contact::Closed, Lock::Unknown, None), "unknown");
        check(locked, facts(Contact::Closed, Lock::Fault, None), "fault");
        check(locked, facts(Contact::Open, Lock::Fault, None), "fault");
        check(locked, facts(Contact::Closed, Lock::Locked, Some(HandlePosition::Closed)), "locked");
        check(locked, facts(Contact::Closed, Lock::Locked, Some(HandlePosition::Open)), "handle_open");
        check(locked, facts(Contact::Closed, Lock::Locked, Some(HandlePosition::Unknown)), "unknown");
        check(locked, facts(Contact::Closed, Lock::Locked, Some(HandlePosition::Fault)), "fault");
    }

    #[test]
    fn a_mode_is_drawn_only_where_the_facts_agree_with_it() {
        let facts = |contact, lock| Facts { contact, lock, handle: None, key: None, latch: None };
        let check = |mode: DoorMode, secured: &str, open: &str, words: &str| {
            let shown = [facts(Contact::Closed, Lock::Locked), facts(Contact::Open, Lock::Unlocked)];
            assert_eq!(shown.map(|facts| glyph(mode, facts)), [secured, open], "{mode:?}");
            assert_eq!(mode_words(mode), words, "{mode:?}");
        };
        check(DoorMode::Locked, "locked", "open", "");
        check(DoorMode::Unlocked, "locked", "open", ", held unlocked");
        check(DoorMode::Accessed, "locked", "accessed", "");
        check(DoorMode::Blocked, "blocked", "open", ", blocked");
        check(DoorMode::LockedDown, "locked_down", "open", ", locked down");
        check(DoorMode::LockedOpen, "locked", "open", ", locked open");
        check(DoorMode::DoubleLocked, "double_locked", "open", ", double locked");
        check(DoorMode::Unknown, "unknown", "open", ", mode unknown");
    }
}
