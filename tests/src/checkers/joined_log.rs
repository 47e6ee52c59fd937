//! What a device did on its own joins the journal in the order of its log, each record once, and never more of it than
//! happened. That nothing of it is missing in the end is looked at in `convergence`.

use std::collections::BTreeMap;

use rackward_core::Entry;
use rackward_core::entry::OfflineEntry;
use rackward_core::id::{DeviceId, DoorId};
use rackward_core::rights_list::Logged;

use super::{Checker, Sight};

/// See the file's head.
#[derive(Debug, Default)]
pub struct JoinedLog {
    last: BTreeMap<DeviceId, u64>,
    admitted: BTreeMap<DoorId, u64>,
}

impl Checker for JoinedLog {
    fn name(&self) -> &'static str {
        "joined log"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        for stamped in sight.fresh {
            let Entry::Offline(OfflineEntry::Logged { device, door, number, what, .. }) = &stamped.entry else {
                continue;
            };
            let before = self.last.insert(*device, *number);
            if before.is_some_and(|before| *number != before + 1) {
                return Err(format!("record {number} of {device} follows record {}", before.unwrap_or_default()));
            }
            if let Logged::Admitted { .. } = what {
                let joined = self.admitted.entry(*door).or_default();
                *joined += 1;
                let happened =
                    sight.doors.iter().find(|seen| seen.door == *door).map_or(0, |seen| seen.unlocked_by_list);
                if *joined > happened {
                    let path = sight.path(*door);
                    return Err(format!("{path} has {joined} admissions by a list, of which only {happened} happened"));
                }
            }
        }
        Ok(())
    }
}
