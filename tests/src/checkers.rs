//! What must hold at every moment of a simulated site, whatever fails: one invariant per file. A checker looks at the
//! hardware as it truly stands, at what left the daemon and at what is durable, and says what is wrong in a sentence.
//! It decides nothing and touches nothing.
//!
//! | invariant | file |
//! |---|---|
//! | a lock is released only after an entry that says why is durable | `recorded_release` |
//! | after a grant is revoked nobody is admitted by it | `revoked_grant` |
//! | loss or return of a link releases nothing; every release ends by itself | `commanded_release` |
//! | an opening without right is an alarm within its debounce | `unexplained_opening` |
//! | the journal only grows; replay equals tables equals memory | `growing_journal` |
//! | doors that exclude each other are never released together | `interlock` |
//! | after a device acknowledged a revocation, that person's cards never open it again | `acknowledged_revocation` |
//! | what a device did on its own joins the journal in order, once | `joined_log` |
//! | nothing but its condition makes an alarm active; what is put aside comes back in time | `alarm_life` |
//! | after faults stop, the daemon believes what is true | `convergence` |
//!
//! Vocabulary: a *sight* is everything a checker may look at, at one moment.

pub mod acknowledged_revocation;
pub mod alarm_life;
pub mod commanded_release;
pub mod convergence;
pub mod growing_journal;
pub mod interlock;
pub mod joined_log;
pub mod recorded_release;
pub mod revoked_grant;
pub mod unexplained_opening;

use rackward_core::id::{DeviceId, DoorId, PersonId};
use rackward_core::rights_list::HeldList;
use rackward_core::{Monotonic, Now, Records, Site, Stamped};

use crate::world::daemon::Sent;
use crate::world::disk::Disk;

/// Everything a checker may look at.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The moment.
    pub now: Now,
    /// What exists.
    pub site: &'a Site,
    /// Every door as it truly stands, in order of [`Site::doors`].
    pub doors: &'a [DoorSight],
    /// Every device as it truly stands, in order of [`Site::devices`].
    pub devices: &'a [DeviceSight],
    /// What is durable.
    pub disk: &'a Disk,
    /// What became durable since the last look.
    pub fresh: &'a [Stamped],
    /// Releases that left the daemon since the last look.
    pub sent: &'a [Sent],
    /// Doors whose exit button was pressed since the last look.
    pub pressed: &'a [DoorId],
    /// Cards that were presented since the last look: at which door, and whose.
    pub presented: &'a [(DoorId, PersonId)],
    /// What the daemon believes; `None` while there is none.
    pub daemon: Option<Belief<'a>>,
}

/// What the daemon believes.
#[derive(Clone, Copy, Debug)]
pub struct Belief<'a> {
    /// Its records.
    pub records: &'a Records,
    /// Whether it can write its journal.
    pub is_writable: bool,
}

/// One door as it truly stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorSight {
    /// Which.
    pub door: DoorId,
    /// The device that drives its lock.
    pub lock: DeviceId,
    /// The motor runs to unlocked.
    pub is_motor_on: bool,
    /// The device decided to unlock last, by its rights list, and nobody told it to.
    pub is_by_list: bool,
    /// How often the device has unlocked by its rights list since the simulation began.
    pub unlocked_by_list: u64,
    /// Bolt or slide holds.
    pub is_held: bool,
    /// The leaf is in its frame.
    pub is_closed: bool,
    /// The handle is seated; `None` where there is none.
    pub is_seated: Option<bool>,
    /// The latch holds the leaf; `None` where nothing tells.
    pub is_latched: Option<bool>,
    /// The key is turned; `None` where there is none.
    pub is_key_turned: Option<bool>,
}

impl DoorSight {
    /// Whether the leaf is open or the handle is up.
    pub fn is_opened(&self) -> bool {
        !self.is_closed || self.is_seated == Some(false)
    }
}

/// One device as it truly stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceSight {
    /// Which.
    pub device: DeviceId,
    /// Its cable is whole.
    pub is_connected: bool,
    /// Its cover is open.
    pub is_cover_open: bool,
    /// When a fault last touched its link.
    pub disturbed_at: Monotonic,
    /// Whether the daemon believes that it answers.
    pub is_believed_online: bool,
    /// The rights list that it said last that it holds, whether or not anybody heard.
    pub held: Option<HeldList>,
}

impl<'a> Sight<'a> {
    /// The device with this number.
    pub fn device(&self, device: DeviceId) -> Option<&'a DeviceSight> {
        self.devices.iter().find(|sight| sight.device == device)
    }

    /// The path of a door, for a sentence.
    pub fn path(&self, door: DoorId) -> &'a str {
        self.site.door(door).map_or("a door that does not exist", |door| door.path.as_str())
    }

    /// What is believed of doors and alarms: by the daemon while it lives, by the tables otherwise.
    pub fn records(&self) -> &'a Records {
        self.daemon.map_or(self.disk.tables(), |belief| belief.records)
    }
}

/// One invariant.
pub trait Checker {
    /// Its name, as a failing run prints it.
    fn name(&self) -> &'static str;

    /// Looks once; is shown every moment in order.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String>;
}

/// One of each, for a run that begins with an empty disk.
pub fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(recorded_release::RecordedRelease::default()),
        Box::new(revoked_grant::RevokedGrant::default()),
        Box::new(commanded_release::CommandedRelease::default()),
        Box::new(unexplained_opening::UnexplainedOpening::default()),
        Box::new(growing_journal::GrowingJournal::default()),
        Box::new(interlock::Interlock::default()),
        Box::new(acknowledged_revocation::AcknowledgedRevocation::default()),
        Box::new(joined_log::JoinedLog::default()),
        Box::new(alarm_life::AlarmLife::default()),
    ]
}

/// What a door's release entry says: which door and under which command number.
pub(crate) fn released(stamped: &Stamped) -> Option<(DoorId, rackward_core::id::CommandId)> {
    use rackward_core::Entry;
    match stamped.entry {
        Entry::AccessGranted { door, command, .. }
        | Entry::OperatorReleased { door, command, .. }
        | Entry::ExitReleased { door, command, .. } => Some((door, command)),
        _ => None,
    }
}
