//! The facts about rights that devices hold, and about what happened while they were on their own. They are entries like all
//! others (`entry.rs`).

use crate::entry::event_name::event_names;
use crate::id::{CredentialId, DeviceId, DoorId, Generation, PersonId};
use crate::inventory::CanaryAnswer;
use crate::rights_list::{HeldList, ListDigest, ListNumber, ListRefusal, Logged};
use crate::time::Wall;

/// One fact about rights on devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfflineEntry {
    /// A change to rights changed what these devices should hold.
    RightsChanged {
        /// The change.
        generation: Generation,
        /// From these it takes something away.
        narrowed: Box<[DeviceId]>,
        /// To these it only gives.
        widened: Box<[DeviceId]>,
    },
    /// A list is issued to a device; its number is this entry's. From now on the device may hold it.
    ListIssued {
        /// Which device.
        device: DeviceId,
        /// The generation of rights it was made from.
        generation: Generation,
        /// Its digest.
        digest: ListDigest,
        /// When it is over.
        expires: Wall,
        /// How many cards it has.
        cards: u32,
    },
    /// A device acknowledged that it goes by a list.
    ListApplied {
        /// Which device.
        device: DeviceId,
        /// Which list.
        list: HeldList,
    },
    /// A device did not take a list.
    ListRefused {
        /// Which device.
        device: DeviceId,
        /// Which list.
        number: ListNumber,
        /// Why.
        cause: ListRefusal,
    },
    /// A device holds another list than it should.
    ListDrifted {
        /// Which device.
        device: DeviceId,
        /// Which list it says it holds; `None` where nobody knows, because our record of it was damaged.
        held: Option<HeldList>,
    },
    /// A device was told to forget its list and open for nobody by itself.
    OnlineOnlyOrdered {
        /// Which device.
        device: DeviceId,
    },
    /// A device says that it holds no list.
    ListCleared {
        /// Which device.
        device: DeviceId,
    },
    /// Something happened while a device was on its own. Records of one device come in their order.
    Logged {
        /// Which device.
        device: DeviceId,
        /// Its door.
        door: DoorId,
        /// The number of the record in the device's log.
        number: u64,
        /// When it happened, by the device's clock as far as that is known to be right.
        happened: Wall,
        /// What.
        what: Logged,
        /// By which credential, where it is known.
        credential: Option<CredentialId>,
        /// Whose that is.
        person: Option<PersonId>,
    },
    /// A device did not refuse the canary.
    CanaryFailed {
        /// Which device.
        device: DeviceId,
        /// What it answered.
        answer: CanaryAnswer,
    },
    /// The canary was tried on all devices that can be asked.
    CanaryRound {
        /// How many were asked.
        asked: u32,
        /// How many refused it.
        refused: u32,
    },
}

impl OfflineEntry {
    event_names! {
        Self::RightsChanged { .. } => "rights.changed",
        Self::ListIssued { .. } => "rights.issued",
        Self::ListApplied { .. } => "rights.applied",
        Self::ListRefused { .. } => "rights.refused",
        Self::ListDrifted { .. } => "rights.drifted",
        Self::OnlineOnlyOrdered { .. } => "rights.online-only",
        Self::ListCleared { .. } => "rights.cleared",
        Self::Logged { .. } => "access.offline",
        Self::CanaryFailed { .. } => "canary.failed",
        Self::CanaryRound { .. } => "canary.round",
    }
}

impl From<OfflineEntry> for crate::Entry {
    fn from(entry: OfflineEntry) -> Self {
        Self::Offline(entry)
    }
}
