//! Doors that exclude each other are never unlocked together, not even for the moment a bolt travels.

use super::{Checker, Sight};

/// See the file's head.
#[derive(Debug, Default)]
pub struct Interlock;

impl Checker for Interlock {
    fn name(&self) -> &'static str {
        "interlock"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        let is_free = |id| sight.doors.iter().any(|door| door.door == id && (door.is_motor_on || !door.is_held));
        for door in sight.site.doors().filter(|door| is_free(door.id)) {
            if let Some(other) = door.interlocked_with.iter().find(|other| is_free(**other)) {
                return Err(format!("{} and {} are unlocked together", door.path, sight.path(*other)));
            }
        }
        Ok(())
    }
}
