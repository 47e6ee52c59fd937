//! `[offline]`, `[[firmware_floor]]` and what areas and devices say about deciding alone and about trust. What makes sense
//! is the core's to say (`SiteDraft::build`).

use std::time::Duration;

use rackward_core::inventory::TrustGrade;
use rackward_core::site::draft::remote::RemoteDraft;
use rackward_core::site::remote::FirmwareFloor;

use super::Origin;
use super::report::Problems;
use super::table::{Root, Table, shown};

/// How grades are written.
const GRADES: [(&str, TrustGrade); 4] =
    [("A", TrustGrade::A), ("B", TrustGrade::B), ("C", TrustGrade::C), ("D", TrustGrade::D)];

/// Where the tables stand.
#[derive(Debug, Default)]
pub(super) struct Remote {
    pub(super) offline: Origin,
    pub(super) floors: Vec<Origin>,
}

/// Reads `[offline]` and every `[[firmware_floor]]` into the draft.
pub(super) fn read(root: &Root<'_>, draft: &mut RemoteDraft, problems: &mut Problems) -> Remote {
    let mut remote = Remote::default();
    if let Some(mut table) = root.section("offline") {
        draft.offline_time = read_time(&mut table, "hours", 3_600, problems);
        draft.receipt_limit = read_time(&mut table, "receipt_limit_seconds", 1, problems);
        draft.canary_every = read_time(&mut table, "canary_minutes", 60, problems);
        draft.clock_limit = read_time(&mut table, "clock_limit_seconds", 1, problems);
        remote.offline = table.origin();
        table.finish(problems);
    }
    for mut table in root.list("firmware_floor") {
        if let Some(floor) = read_floor(&mut table, problems) {
            draft.firmware.push(floor);
            remote.floors.push(table.origin());
        }
        table.finish(problems);
    }
    remote
}

/// `offline_hours` of one device.
pub(super) fn read_offline_hours(table: &mut Table<'_>, problems: &mut Problems) -> Option<Duration> {
    read_time(table, "offline_hours", 3_600, problems)
}

/// `lowest_grade` of one area.
pub(super) fn read_lowest_grade(table: &mut Table<'_>, problems: &mut Problems) -> Option<TrustGrade> {
    table.choice("lowest_grade", &GRADES, problems).map(|grade| grade.value)
}

/// A whole number of units of `unit_seconds`.
fn read_time(table: &mut Table<'_>, key: &'static str, unit_seconds: u64, problems: &mut Problems) -> Option<Duration> {
    let written = table.integer(key, problems)?;
    let seconds = u64::try_from(written.value).ok().and_then(|number| number.checked_mul(unit_seconds));
    if seconds.is_none() {
        problems.add(written.span, format!("{key} of {} is out of range", written.value), "write 0 or more");
    }
    seconds.map(Duration::from_secs)
}

fn read_floor(table: &mut Table<'_>, problems: &mut Problems) -> Option<FirmwareFloor> {
    let model = table.required("model", problems);
    let version = table.required("version", problems);
    let (model, version) = (model?, version?);
    let mut parts = version.value.split('.').map(|part| part.parse::<u8>().ok());
    let numbers = (parts.next().flatten(), parts.next().flatten(), parts.next().flatten(), parts.next());
    let (Some(major), Some(minor), Some(build), None) = numbers else {
        let message = format!("\"{}\" is no version of firmware", shown(version.value));
        problems.add(version.span, message, "write three numbers up to 255, such as \"1.4.0\"");
        return None;
    };
    Some(FirmwareFloor { model: model.value.to_owned(), version: [major, minor, build] })
}
