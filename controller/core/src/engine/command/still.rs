//! What may be ordered of stills. Fetching and showing them is the shell's, once it is recorded.

use crate::id::{AlarmId, CameraId, Seq};

/// Something about stills of cameras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillCommand {
    /// Asks again for what an alarm has no still of, and for one of now from every camera there.
    AskAgain {
        /// Which alarm.
        alarm: AlarmId,
    },
    /// Somebody looks through a camera.
    Look {
        /// Which.
        camera: CameraId,
        /// At what it kept of this entry; at what it shows now if `None`.
        entry: Option<Seq>,
    },
}
