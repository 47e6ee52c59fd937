//! What a site has chosen about devices that decide on their own and about how far devices are trusted.
//!
//! Decides the defaults. What follows is `engine/offline.rs`'s, `engine/canary.rs`'s and `engine/inventory.rs`'s.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::id::{AreaId, DeviceId};
use crate::inventory::TrustGrade;
use crate::site::ProtectionClass;

/// What a site has chosen about devices that decide on their own and about how far devices are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePolicy {
    /// For how long a rights list is good, where a device has no time of its own below. At most a day; zero is none.
    pub offline_time: Duration,
    /// For how long the lists of single devices are good; zero makes a device decide online only.
    pub offline_times: BTreeMap<DeviceId, Duration>,
    /// A revocation that is not acknowledged for longer is an alarm (`alarms.md` 24).
    pub receipt_limit: Duration,
    /// How often the canary is tried; zero is never.
    pub canary_every: Duration,
    /// By how much the clock of a device may be off.
    pub clock_limit: Duration,
    /// The lowest grade of a device that may release the doors of an area alone, where the area says so itself.
    pub lowest_grades: BTreeMap<AreaId, TrustGrade>,
    /// The oldest firmware of each model that is not old: how a device's model begins, and the version.
    pub firmware: Vec<FirmwareFloor>,
}

/// The oldest firmware of a model that is not old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareFloor {
    /// How the model of the devices meant begins.
    pub model: String,
    /// Major, minor, build.
    pub version: [u8; 3],
}

impl Default for RemotePolicy {
    fn default() -> Self {
        Self {
            offline_time: Duration::from_secs(8 * 3_600),
            offline_times: BTreeMap::new(),
            receipt_limit: Duration::from_secs(60),
            canary_every: Duration::from_secs(3_600),
            clock_limit: Duration::from_secs(5),
            lowest_grades: BTreeMap::new(),
            firmware: Vec::new(),
        }
    }
}

impl RemotePolicy {
    /// For how long the rights list of a device is good; zero is none.
    pub fn offline_time_of(&self, device: DeviceId) -> Duration {
        self.offline_times.get(&device).copied().unwrap_or(self.offline_time)
    }

    /// The lowest grade of a device that may release the doors of an area alone.
    pub fn lowest_grade(&self, area: AreaId, class: ProtectionClass) -> TrustGrade {
        self.lowest_grades.get(&area).copied().unwrap_or(Self::grade_of_class(class))
    }

    /// What a class of protection asks where nothing is written down.
    pub(crate) const fn grade_of_class(class: ProtectionClass) -> TrustGrade {
        match class {
            ProtectionClass::One | ProtectionClass::Two => TrustGrade::D,
            ProtectionClass::Three | ProtectionClass::Four => TrustGrade::C,
        }
    }
}
