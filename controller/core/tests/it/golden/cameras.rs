//! Golden entries about cameras and their stills.

use rackward_core::Wall;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::entry::{CameraEntry, Entry, PlaceKind};
use rackward_core::id::{AlarmId, CameraId, OperatorId, Seq};
use rackward_core::permission::Actor;
use rackward_core::still::{StillDigest, StillForm, StillMissing};

pub(super) fn entries() -> Vec<Entry> {
    let (camera, entry, alarm) = (CameraId::new(2), Seq::new(48_200), AlarmId::new(7));
    let (by, shows) = (Actor::Operator(OperatorId::new(4)), Wall::from_micros(1_784_901_797_417_362));
    let raised = |kind| Entry::AlarmRaised { alarm: AlarmId::new(9), kind, source: AlarmSource::Camera(camera) };
    let kept = CameraEntry::StillKept {
        camera,
        entry,
        alarm: Some(alarm),
        shows,
        taken: Wall::from_seconds(1_784_901_798),
        digest: StillDigest([0xcd; 32]),
        bytes: 81_920,
        form: StillForm::Jpeg,
    };
    let missing = CameraEntry::StillMissing { camera, entry, alarm: None, shows, cause: StillMissing::TimedOut };
    vec![
        Entry::PlaceNamed { kind: PlaceKind::Camera, number: 2, path: "hall-a-1".into() },
        kept.into(),
        missing.into(),
        CameraEntry::StillsAsked { entry, alarm: Some(alarm), by }.into(),
        CameraEntry::Viewed { camera, entry: Some(entry), by }.into(),
        CameraEntry::Viewed { camera, entry: None, by }.into(),
        raised(AlarmKind::EvidenceCameraLost),
        raised(AlarmKind::CameraLost),
    ]
}
