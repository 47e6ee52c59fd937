//! What operators order: modes of doors, lockdowns of areas, the threat level. Whether the caller may is settled before
//! (`permission.rs`); here it is whether the door takes the order.

use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::interlock;
use crate::engine::Engine;
use crate::engine::command::{CommandError, Reply};
use crate::entry::{Entry, ModeCause, ReasonText};
use crate::id::{AreaId, DoorId};
use crate::mode::{AreaHold, ModeOrder, ModeRecord, ModeRefusal};
use crate::people::ThreatLevel;
use crate::permission::Actor;
use crate::records::FireState;
use crate::site::{Door, Egress};
use crate::time::Now;

impl Engine {
    /// Puts a door in another mode.
    ///
    /// # Errors
    /// There is no such door; its mode or a lockdown takes another order only; or an interlocked door is not closed.
    pub(in crate::engine) fn order_mode(
        &mut self,
        now: Now,
        by: Actor,
        door: DoorId,
        order: ModeOrder,
        reason: ReasonText,
    ) -> Result<Reply, CommandError> {
        let Some(site_door) = self.site.door(door) else { return Err(not_found(&door)) };
        let record = self.mode_record(door);
        self.check_area_takes(site_door, &record, order)?;
        let mode = record.after(order, now.wall).map_err(|refusal| refused(site_door, refusal))?;
        self.check_interlock_takes(site_door, &record, &mode)?;
        self.record(now, Entry::DoorModeChanged { door, mode, cause: ModeCause::Operator { by, reason } });
        Ok(Reply::Done)
    }

    /// Under a lockdown of its area a door takes only what keeps it closed.
    fn check_area_takes(&self, door: &Door, record: &ModeRecord, order: ModeOrder) -> Result<(), CommandError> {
        let Some(area) = self.locked_down_around(door) else { return Ok(()) };
        let keeps_closed = match order {
            ModeOrder::LockDown | ModeOrder::LockOpenRelease => true,
            ModeOrder::LockDownRelease => record.after(order, crate::time::Wall::default()).is_ok(),
            ModeOrder::Lock | ModeOrder::Unlock | ModeOrder::Block | ModeOrder::LockOpen | ModeOrder::DoubleLock => {
                false
            }
        };
        if keeps_closed {
            return Ok(());
        }
        let message = format!("{} is locked down with {area}; release the lockdown of that area first", door.path);
        Err(CommandError::LockedDown(message))
    }

    /// The path of the outermost area around a door that is locked down.
    fn locked_down_around(&self, door: &Door) -> Option<String> {
        let sides = [Some(door.area), door.from].into_iter().flatten();
        let areas = sides.flat_map(|side| self.site.around(side));
        let down: Vec<_> = areas.filter(|area| self.records.lockdowns.contains(&area.id)).collect();
        down.into_iter().min_by_key(|area| area.path.len()).map(|area| area.path.clone())
    }

    /// A door of an interlock stays closed while another one of it is not known to be closed and locked.
    fn check_interlock_takes(&self, door: &Door, from: &ModeRecord, to: &ModeRecord) -> Result<(), CommandError> {
        let unlocks = |record: &ModeRecord| record.standing(Egress::No, FireState::Quiet, AreaHold::Free).is_unlocked();
        if unlocks(from) || !unlocks(to) {
            return Ok(());
        }
        let held = door.interlocked_with.iter().copied().find(|other| self.standing_of(*other).is_unlocked());
        match held
            .or_else(|| interlock::blocking(door, &self.records.doors, |other| self.standing_of(other)))
            .and_then(|other| self.site.door(other))
        {
            None => Ok(()),
            Some(other) => Err(CommandError::Conflict(format!(
                "{} is interlocked with {}, which is not known to be closed and locked; lock that door first",
                door.path, other.path
            ))),
        }
    }

    /// Locks an area down, with all inside it.
    ///
    /// # Errors
    /// There is no such area, or it is locked down already.
    pub(in crate::engine) fn lock_down_area(
        &mut self,
        now: Now,
        by: Actor,
        area: AreaId,
        reason: ReasonText,
    ) -> Result<Reply, CommandError> {
        let Some(path) = self.site.area(area).map(|area| area.path.clone()) else { return Err(not_found(&area)) };
        if self.records.lockdowns.contains(&area) {
            let message = format!("{path} is locked down already; release its lockdown to end it");
            return Err(CommandError::Conflict(message));
        }
        self.record(now, Entry::AreaLockedDown { area, cause: ModeCause::Operator { by, reason } });
        self.begin_alarm(now, AlarmKind::Lockdown, AlarmSource::Area(area));
        Ok(Reply::Done)
    }

    /// Releases an area's lockdown; what is locked down around it or in it for itself stays so.
    ///
    /// # Errors
    /// There is no such area, or it is not locked down itself.
    pub(in crate::engine) fn release_area(
        &mut self,
        now: Now,
        by: Actor,
        area: AreaId,
        reason: ReasonText,
    ) -> Result<Reply, CommandError> {
        if !self.records.lockdowns.contains(&area) {
            return Err(self.not_locked_down(area));
        }
        self.record(now, Entry::AreaReleased { area, cause: ModeCause::Operator { by, reason } });
        self.end_alarm(now, AlarmKind::Lockdown, AlarmSource::Area(area));
        Ok(Reply::Done)
    }

    fn not_locked_down(&self, area: AreaId) -> CommandError {
        let Some(path) = self.site.area(area).map(|area| &area.path) else { return not_found(&area) };
        let around = self.site.around(area).find(|area| self.records.lockdowns.contains(&area.id));
        CommandError::Conflict(match around {
            Some(around) => format!("{path} is locked down with {}; release the lockdown of that area", around.path),
            None => format!("{path} is not locked down; there is nothing to release"),
        })
    }

    /// Says how threatened the site is.
    ///
    /// # Errors
    /// It is at that level already.
    pub(in crate::engine) fn set_threat_level(
        &mut self,
        now: Now,
        by: Actor,
        level: ThreatLevel,
        reason: ReasonText,
    ) -> Result<Reply, CommandError> {
        if self.records.standing.threat == level {
            let message = format!("the threat level is {} already; nothing was changed", level.word());
            return Err(CommandError::Conflict(message));
        }
        self.record(now, Entry::ThreatLevelChanged { level, reason, by });
        Ok(Reply::Done)
    }
}

fn refused(door: &Door, refusal: ModeRefusal) -> CommandError {
    let message = match refusal.way_out() {
        Some(order) => format!("{}: {refusal}; give the order {} first", door.path, order.word()),
        None => format!("{}: {refusal}; there is nothing to release", door.path),
    };
    match refusal {
        ModeRefusal::LockedDown => CommandError::LockedDown(message),
        ModeRefusal::LockedOpen | ModeRefusal::NotLockedDown | ModeRefusal::NotLockedOpen => {
            CommandError::Conflict(message)
        }
    }
}

fn not_found(what: &impl core::fmt::Display) -> CommandError {
    CommandError::NotFound { what: what.to_string() }
}
