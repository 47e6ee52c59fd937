//! The facts about stills of cameras: which are kept and with which digest, which could not be had, who asked again and who
//! looked. The pictures are not in the journal: they are erased after their time, their digests never.

use crate::entry::event_name::event_names;
use crate::id::{AlarmId, CameraId, Seq};
use crate::permission::Actor;
use crate::still::{StillDigest, StillForm, StillMissing};
use crate::time::Wall;

/// One fact about stills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraEntry {
    /// A still is kept.
    StillKept {
        /// Of which camera.
        camera: CameraId,
        /// The entry that it belongs to.
        entry: Seq,
        /// The alarm that this entry raised.
        alarm: Option<AlarmId>,
        /// The moment it shows.
        shows: Wall,
        /// When it was taken over.
        taken: Wall,
        /// What the picture hashes to.
        digest: StillDigest,
        /// How large the picture is.
        bytes: u32,
        /// What kind of picture.
        form: StillForm,
    },
    /// A still that was wanted could not be had.
    StillMissing {
        /// Of which camera.
        camera: CameraId,
        /// The entry that it was wanted for.
        entry: Seq,
        /// The alarm that this entry raised.
        alarm: Option<AlarmId>,
        /// The moment it was to show.
        shows: Wall,
        /// Why.
        cause: StillMissing,
    },
    /// Stills were asked for again.
    StillsAsked {
        /// The entry that they belong to.
        entry: Seq,
        /// The alarm that this entry raised.
        alarm: Option<AlarmId>,
        /// By whom.
        by: Actor,
    },
    /// Somebody looked through a camera: at what it kept of an entry, or at what it shows now.
    Viewed {
        /// Which camera.
        camera: CameraId,
        /// The entry that the stills belong to; `None` for now.
        entry: Option<Seq>,
        /// By whom.
        by: Actor,
    },
}

impl CameraEntry {
    event_names! {
        Self::StillKept { .. } => "still.kept",
        Self::StillMissing { .. } => "still.missing",
        Self::StillsAsked { .. } => "still.asked-again",
        Self::Viewed { .. } => "camera.viewed",
    }
}

impl From<CameraEntry> for crate::Entry {
    fn from(entry: CameraEntry) -> Self {
        Self::Camera(entry)
    }
}
