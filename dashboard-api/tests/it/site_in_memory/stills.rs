//! Stills in memory: what a test puts in is what the API finds.

use std::sync::{Mutex, MutexGuard};

use rackward_core::Wall;
use rackward_core::id::CameraId;
use rackward_core::still::{StillDigest, StillFacts, StillFor, StillForm, StillMissing};
use rackward_dashboard::Pending;
use rackward_dashboard::backend::Unavailable;
use rackward_dashboard::still::{CameraState, LiveRefused, Picture, Still, StillState, Stills, StillsOf};
use sha2::{Digest as _, Sha256};

/// The smallest thing that begins like a PNG.
pub(crate) const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\nnot much to see";

/// See the file's head.
#[derive(Debug, Default)]
pub(crate) struct Album(Mutex<Vec<Still>>);

impl Album {
    fn stills(&self) -> MutexGuard<'_, Vec<Still>> {
        self.0.lock().unwrap()
    }

    /// Puts one in; its number.
    pub(crate) fn put(&self, camera: u32, belongs: StillFor, shows: Wall, erased: bool) -> u64 {
        let bytes = u32::try_from(PICTURE.len()).unwrap();
        let digest = StillDigest(Sha256::digest(PICTURE).into());
        let facts = StillFacts { shows, taken: shows, digest, bytes, form: StillForm::Png };
        let state = if erased { StillState::Erased(facts) } else { StillState::Kept(facts) };
        self.add(camera, belongs, shows, state)
    }

    /// Puts one in that could not be had.
    pub(crate) fn miss(&self, camera: u32, belongs: StillFor, shows: Wall) -> u64 {
        self.add(camera, belongs, shows, StillState::Missing(StillMissing::TimedOut))
    }

    fn add(&self, camera: u32, belongs: StillFor, wanted: Wall, state: StillState) -> u64 {
        let mut stills = self.stills();
        let id = stills.len() as u64 + 1;
        stills.push(Still { id, camera: CameraId::new(camera), belongs, wanted, state });
        id
    }
}

fn ready<T: Send + 'static>(value: T) -> Pending<T> {
    Box::pin(async move { value })
}

impl Stills for Album {
    fn of(&self, which: StillsOf) -> Pending<Result<Vec<Still>, Unavailable>> {
        let of_these = |still: &&Still| match &which {
            StillsOf::Alarms(alarms) => still.belongs.alarm.is_some_and(|alarm| alarms.contains(&alarm)),
            StillsOf::Entries(entries) => entries.contains(&still.belongs.entry),
        };
        ready(Ok(self.stills().iter().filter(of_these).copied().collect()))
    }

    fn still(&self, id: u64) -> Pending<Result<Option<Still>, Unavailable>> {
        ready(Ok(self.stills().iter().find(|still| still.id == id).copied()))
    }

    fn picture(&self, id: u64) -> Pending<Result<Option<Picture>, Unavailable>> {
        let is_kept = |still: &&Still| still.id == id && matches!(still.state, StillState::Kept(_));
        let found = self.stills().iter().find(is_kept).map(|_| shown());
        ready(Ok(found))
    }

    fn live(&self, camera: CameraId) -> Pending<Result<Picture, LiveRefused>> {
        ready(match camera.get() {
            1 => Ok(shown()),
            2 => Err(LiveRefused::Missing(StillMissing::TimedOut)),
            _ => Err(LiveRefused::Unknown),
        })
    }

    fn cameras(&self) -> Vec<CameraState> {
        Vec::new()
    }
}

fn shown() -> Picture {
    Picture { form: StillForm::Png, bytes: PICTURE.to_vec() }
}
