//! What is written down about devices that decide on their own and about how far devices are trusted; resolved into
//! [`RemotePolicy`]. What can be wrong with it is `check/remote.rs`.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::id::AreaId;
use crate::inventory::TrustGrade;
use crate::site::remote::{FirmwareFloor, RemotePolicy};
use crate::site::{Area, Site};

/// What is written down about devices that decide on their own and about how far devices are trusted. What is left open
/// is as [`RemotePolicy::default`] has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteDraft {
    /// For how long a rights list is good; a day at most, zero is none.
    pub offline_time: Option<Duration>,
    /// The same for single devices, by their names.
    pub offline_times: BTreeMap<String, Duration>,
    /// A revocation that is not acknowledged for longer is an alarm: 10 seconds to an hour.
    pub receipt_limit: Option<Duration>,
    /// How often the canary is tried: a minute to a week, zero is never.
    pub canary_every: Option<Duration>,
    /// By how much the clock of a device may be off: a second to ten minutes.
    pub clock_limit: Option<Duration>,
    /// The lowest grade of a device that may release the doors of an area alone, by the area's path; it holds for what lies
    /// inside as well, where the class asks for no more.
    pub lowest_grades: BTreeMap<String, TrustGrade>,
    /// The oldest firmware of each model that is not old.
    pub firmware: Vec<FirmwareFloor>,
}

impl RemoteDraft {
    /// The policy for a site whose areas and devices have their numbers.
    pub(super) fn resolve(&self, site: &Site) -> RemotePolicy {
        let default = RemotePolicy::default();
        let device = |(name, time): (&String, &Duration)| Some((site.device_named(name)?.id, *time));
        RemotePolicy {
            offline_time: self.offline_time.unwrap_or(default.offline_time),
            offline_times: self.offline_times.iter().filter_map(device).collect(),
            receipt_limit: self.receipt_limit.unwrap_or(default.receipt_limit),
            canary_every: self.canary_every.unwrap_or(default.canary_every),
            clock_limit: self.clock_limit.unwrap_or(default.clock_limit),
            lowest_grades: self.resolved_grades(site),
            firmware: self.firmware.clone(),
        }
    }
    /// An area takes the word of the nearest area around it that has one, unless its class asks for more.
    fn resolved_grades(&self, site: &Site) -> BTreeMap<AreaId, TrustGrade> {
        let written = |area: &Area| self.lowest_grades.get(&area.path).copied();
        let of = |area: &Area| {
            let around = || site.around(area.id).find_map(written);
            written(area).or_else(|| Some(around()?.min(RemotePolicy::grade_of_class(area.class))))
        };
        site.areas().filter_map(|area| Some((area.id, of(area)?))).collect()
    }
}
