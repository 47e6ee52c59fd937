//! Alarms: conditions that need an answer, with their standing priorities (`alarms.md`). Whether one is active and whether
//! somebody acknowledged it are independent facts; acknowledging never ends a condition. When a condition begins and ends
//! is decided in `door.rs`, `swinghandle.rs` and the engine; this file says what an alarm is. What to do about each kind is
//! `alarm/procedure.rs`, who is called when nobody does `alarm/escalation.rs`, how long it may be put aside `alarm/shelving.rs`.

pub mod escalation;
mod kind;
pub mod life;
pub mod procedure;
pub mod shelving;

use crate::alarm::life::{Assignee, CauseLabel, Closing, EscalationLevel, IsaState, Judgement, Suppression};
use crate::alert::AlertPlace;
use crate::id::{
    AlarmId, AlertId, AreaId, CameraId, CredentialId, DeviceId, DoorId, GrantId, LineId, OperatorId, PointId, Seq,
    ZoneId,
};
use crate::permission::Actor;
use crate::time::Wall;
pub use kind::AlarmKind;

/// How urgent an alarm is; P1 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Critical.
    P1,
    /// High.
    P2,
    /// Medium.
    P3,
    /// Low.
    P4,
}

impl Priority {
    /// 1 for critical to 4 for low, as screens number them.
    pub const fn number(self) -> u8 {
        match self {
            Self::P1 => 1,
            Self::P2 => 2,
            Self::P3 => 3,
            Self::P4 => 4,
        }
    }
}

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmSource {
    /// The daemon itself.
    Site,
    /// A door.
    Door(DoorId),
    /// A device.
    Device(DeviceId),
    /// A perimeter zone.
    Zone(ZoneId),
    /// An area.
    Area(AreaId),
    /// A grant.
    Grant(GrantId),
    /// A credential.
    Credential(CredentialId),
    /// A line that devices are on: an OSDP bus, or MQTT.
    Line(LineId),
    /// An access point.
    Point(PointId),
    /// Somebody who runs the site.
    Operator(OperatorId),
    /// What an alert matched at a place, or the alert as a whole.
    Alert {
        /// Which.
        alert: AlertId,
        /// Where.
        place: AlertPlace,
    },
    /// A camera.
    Camera(CameraId),
}

/// One occurrence of a condition, from its beginning until nobody need do anything about it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which alarm.
    pub id: AlarmId,
    /// Its condition.
    pub kind: AlarmKind,
    /// What it is about.
    pub source: AlarmSource,
    /// When its condition began last.
    pub raised_at: Wall,
    /// The entry that raised it.
    pub raised_by: Seq,
    /// Whether the condition holds, and if not since when.
    pub condition: Condition,
    /// Whether somebody has seen it.
    pub acknowledged: Acknowledged,
    /// What else happened with it.
    pub life: AlarmLife,
}

/// What happened with an alarm beside its condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmLife {
    /// Counts what people did with the alarm, and every time it began again; whoever acts on it says which one they saw. What
    /// the daemon does by itself (the end of a condition or of a shelf, an escalation, a label) leaves it as it is: none of
    /// that makes an answer wrong that was given in ignorance of it.
    pub revision: u32,
    /// Who changed it last, where that was somebody.
    pub touched_by: Option<Actor>,
    /// How often its condition has begun since the alarm was first raised.
    pub raised_times: u32,
    /// Whether it is put aside.
    pub suppression: Suppression,
    /// Who is to answer it.
    pub assignee: Assignee,
    /// How far it was carried up.
    pub level: EscalationLevel,
    /// Since when it waits for somebody: to be seen, and then to be put away. What it was put aside for does not count.
    pub waiting_since: Wall,
    /// What puts it away once its condition is over.
    pub closing: Closing,
    /// How it was judged; an alarm that was judged is put away once its condition is over.
    pub judgement: Option<Judgement>,
    /// Why it probably came.
    pub label: Option<CauseLabel>,
    /// Which steps of the procedure were done: bit 0 is step 1.
    pub steps_done: u32,
    /// Since when it has been put on the shelf again and again without standing on the list by itself: from then on counts
    /// how long it may be there.
    pub shelved_since: Option<Wall>,
}

impl AlarmLife {
    /// The life of an alarm that was raised just now, at `at`.
    pub const fn begin(at: Wall) -> Self {
        Self {
            revision: 1,
            touched_by: None,
            raised_times: 1,
            suppression: Suppression::None,
            assignee: Assignee::Desk,
            level: EscalationLevel::Desk,
            waiting_since: at,
            closing: Closing::ByItself,
            judgement: None,
            label: None,
            steps_done: 0,
            shelved_since: None,
        }
    }
}

/// Whether an alarm's condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It holds.
    Active,
    /// It ended at this time.
    Returned(Wall),
}

/// Whether somebody has seen an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// Nobody yet.
    No,
    /// Seen, and by whom.
    Yes {
        /// When.
        at: Wall,
        /// By whom.
        by: Actor,
        /// What they noted.
        note: String,
    },
}

impl Alarm {
    /// Whether its condition holds.
    pub fn is_active(&self) -> bool {
        self.condition == Condition::Active
    }

    /// Whether it is still kept on the list: its condition holds, or somebody has to see or to judge it, or it was put aside
    /// for a time in which it may come again.
    ///
    /// One that another alarm explains needs no answer of its own, so it goes with its condition, unless somebody had taken
    /// it before: whatever they still owe it, they owe.
    pub fn is_open(&self) -> bool {
        if self.is_active() {
            return true;
        }
        if self.life.judgement.is_some() {
            return false;
        }
        match self.life.suppression {
            Suppression::None => self.acknowledged == Acknowledged::No || self.life.closing == Closing::ByVerdict,
            Suppression::ByDesign { .. } => self.acknowledged != Acknowledged::No,
            Suppression::Shelved(_) | Suppression::OutOfService { .. } => true,
        }
    }

    /// Which state of ISA-18.2 it is in.
    pub fn isa_state(&self) -> IsaState {
        let seen = self.acknowledged != Acknowledged::No;
        match (&self.life.suppression, self.is_active(), seen) {
            (Suppression::Shelved(_), ..) => IsaState::Shelved,
            (Suppression::ByDesign { .. }, ..) => IsaState::SuppressedByDesign,
            (Suppression::OutOfService { .. }, ..) => IsaState::OutOfService,
            (Suppression::None, true, false) => IsaState::Unacknowledged,
            (Suppression::None, true, true) => IsaState::Acknowledged,
            (Suppression::None, false, false) => IsaState::ReturnedUnacknowledged,
            (Suppression::None, false, true) if self.is_open() => IsaState::LatchedAcknowledged,
            (Suppression::None, false, true) => IsaState::Normal,
        }
    }
}
