//! What the site file says of cameras: how each is reached, and for how long stills are kept. Which places a camera covers is the
//! core's (`site/camera.rs`).

use std::sync::Arc;
use std::time::Duration;

use crate::config::Secret;
use crate::pki::Trust;
use crate::webhooks::{Endpoint, Guard};

/// What the site file says of cameras.
#[derive(Debug, Clone, Default)]
pub struct CameraSettings {
    /// To which networks cameras and recorders may belong.
    pub guard: Arc<Guard>,
    /// For how long stills are kept, and how many.
    pub keeping: Keeping,
    /// The cameras, in the file's order.
    pub cameras: Vec<CameraAccess>,
}

/// For how long stills are kept, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// A still that was taken over longer ago is erased.
    pub time: Duration,
    /// All pictures together are at most so large; the oldest are erased first.
    pub max_bytes: u64,
}

impl Keeping {
    /// For so many days where the file says nothing: as long as video of entrances must be kept (PCI DSS 9.2.1.1, 3 months).
    pub const DAYS_DEFAULT: u32 = 92;
    /// So many mebibytes where it says nothing: some ten thousand stills.
    pub const MEBIBYTES_DEFAULT: u32 = 4_096;

    /// For so many days, and so many mebibytes.
    pub fn of(days: u32, mebibytes: u32) -> Self {
        Self { time: Duration::from_secs(u64::from(days) * 24 * 3600), max_bytes: u64::from(mebibytes) << 20 }
    }
}

impl Default for Keeping {
    fn default() -> Self {
        Self::of(Self::DAYS_DEFAULT, Self::MEBIBYTES_DEFAULT)
    }
}

/// How one camera is reached.
#[derive(Debug, Clone)]
pub struct CameraAccess {
    /// Its name, as in the draft.
    pub name: String,
    /// Where it or its recorder is.
    pub endpoint: Endpoint,
    /// What is there.
    pub kind: CameraKind,
    /// With what one signs in there.
    pub login: Option<CameraLogin>,
    /// Who may have signed its certificate.
    pub trust: Trust,
}

/// What stands at a camera's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraKind {
    /// A Frigate recorder.
    Frigate {
        /// What the camera is called there.
        camera: String,
        /// Whether it is to keep its video around an alarm.
        video: Video,
    },
    /// Something that answers with a picture of now.
    Snapshot {
        /// For so many seconds its latest pictures are kept in memory.
        keep: Option<u8>,
    },
}

/// Whether a recorder is to keep its video around an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Video {
    /// As it would by itself.
    AsItDoes,
    /// It is told to.
    Keep,
}

/// With what one signs in at a camera or its recorder.
#[derive(Debug, Clone)]
pub struct CameraLogin {
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
}
