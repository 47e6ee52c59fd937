//! What is written about devices that decide on their own: it names handles and areas that exist, and times that make
//! sense. The problem of a device or area stands at that device or area, those of the whole at table `offline`.

use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::BTreeMap;

use super::{Findings, Names};
use crate::site::draft::{RoleDraft, SiteDraft};

/// A rights list is good for a day at most: nobody would notice a longer silence as late as that.
const OFFLINE_TIMES: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 3_600);

/// Shorter than the time in which a sound device answers is an alarm each time; longer than an hour is no limit.
const RECEIPT_LIMITS: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(3_600);

/// The canary at most once a minute, at least once a week; zero is never.
const CANARY_TIMES: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 24 * 3_600);

/// Clocks are compared by messages that take their time: less than a second cannot be told.
const CLOCK_LIMITS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);

/// Characters of the beginning of a model.
const MODEL_CHARS: RangeInclusive<usize> = 1..=64;

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let remote = &draft.remote;
    let within = |field, time: Option<Duration>, range: &RangeInclusive<Duration>, help: &str, found: &mut Findings| {
        if let Some(time) = time.filter(|time| !range.contains(time)) {
            found.add("offline", 0, field, format!("{field} of {} s is out of range", time.as_secs()), help);
        }
    };
    within("hours", remote.offline_time, &OFFLINE_TIMES, "write 0 to 24 hours", found);
    within("receipt_limit_seconds", remote.receipt_limit, &RECEIPT_LIMITS, "write 10 to 3600 seconds", found);
    let canary = remote.canary_every.filter(|every| !every.is_zero());
    within("canary_minutes", canary, &CANARY_TIMES, "write 1 to 10080 minutes, or 0 for never", found);
    within("clock_limit_seconds", remote.clock_limit, &CLOCK_LIMITS, "write 1 to 600 seconds", found);
    offline_times(draft, found);
    for path in remote.lowest_grades.keys().filter(|path| !names.areas.contains_key(path.as_str())) {
        let otherwise = "add an [[area]] with this path, or name one that exists";
        found.unknown(("offline", 0, "lowest_grade"), ("area", path), names.areas.keys(), otherwise);
    }
    for (index, floor) in remote.firmware.iter().enumerate() {
        if !MODEL_CHARS.contains(&floor.model.chars().count()) || floor.model.chars().any(char::is_control) {
            let message = "model is not how the model of a device can begin".to_owned();
            found.add("firmware_floor", index, "model", message, "write 1 to 64 characters, as devices say them");
        }
    }
}

/// Only a handle has a reader and a lock of its own, so only a handle can open by itself.
fn offline_times(draft: &SiteDraft, found: &mut Findings) {
    let devices: BTreeMap<&str, usize> =
        draft.devices.iter().enumerate().rev().map(|(index, device)| (device.name.as_str(), index)).collect();
    for (name, time) in &draft.remote.offline_times {
        let Some((index, device)) = devices.get(name.as_str()).and_then(|at| Some((*at, draft.devices.get(*at)?)))
        else {
            let otherwise = "add a [[device]] with this name, or name one that exists";
            found.unknown(("offline", 0, "offline_hours"), ("device", name), devices.keys(), otherwise);
            continue;
        };
        if !OFFLINE_TIMES.contains(time) {
            let message = format!("offline_hours of {} s is out of range", time.as_secs());
            found.add("device", index, "offline_hours", message, "write 0 to 24 hours");
        }
        match &device.role {
            RoleDraft::Handle { .. } => {}
            RoleDraft::Reader { .. } | RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => {
                let message = format!("\"{name}\" is no handle: only handles can open by themselves");
                found.add("device", index, "offline_hours", message, "remove offline_hours");
            }
        }
    }
}
