//! Whether each lock on a bus can be released for as long as its door says.
//!
//! Decides nothing about how long that should be: doors say it (`places.rs`), and what an output can do its device profile
//! (`device_profiles.rs`). A lock that closed before its time would leave a green light at a closed door, and an opening by
//! force would pass for the one that was granted.

use rackward_core::site::draft::RoleDraft;

use super::BusDevice;
use super::devices::Devices;
use super::places::Places;
use super::report::Problems;

pub(super) fn check(places: &Places, devices: &Devices, problems: &mut Problems) {
    for device in devices.buses.iter().flat_map(|bus| &bus.devices) {
        check_device(device, places, problems);
    }
}

fn check_device(device: &BusDevice, places: &Places, problems: &mut Problems) {
    let (RoleDraft::Lock { door } | RoleDraft::Handle { door, .. }) = &device.role else { return };
    let Some(release) = device.wiring.release else { return };
    let doors = places.draft.doors.iter().zip(&places.doors);
    let Some((door, origin)) = doors.into_iter().find(|(draft, _)| draft.path == *door) else { return };
    let times =
        [("release_time", door.timings.release_time), ("extended_release_time", door.timings.extended_release_time)];
    if let Some((member, time)) = times.into_iter().find(|(_, time)| *time > release.longest) {
        let message = format!(
            "{member} is {time:?}, and the lock of this door, \"{}\", can be driven for {:?} at most by its device profile",
            device.name, release.longest
        );
        problems.add(origin.span_of(member), message, format!("shorten {member}, or mend longest of the profile"));
    }
}
