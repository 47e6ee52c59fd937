//! Cameras: when a still is wanted and which moments it is to show, what is recorded of it, and when a camera that does not answer
//! is an alarm. Which camera shows which place is `site/camera.rs`; asking cameras and keeping pictures is the shell's.
//!
//! An alarm of P1 or P2 always wants stills; what else does, the site file says of each camera. Nothing at a door waits for one.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::commands::{Looks, not_found};
use super::timers::TimerKey;
use crate::alarm::life::{DesignRule, Suppression};
use crate::alarm::{AlarmKind, AlarmSource, Priority};
use crate::engine::command::{CommandError, Reply, StillCommand};
use crate::engine::output::Output;
use crate::entry::{AlarmEntry, CameraEntry, Entry, Stamped};
use crate::id::{AlarmId, CameraId, DoorId, LineId, Seq};
use crate::permission::Actor;
use crate::privacy::is_recorded;
use crate::site::camera::{Camera, Evidence};
use crate::still::{AFTER, BEFORE, CameraHealth, StillFor, StillOrder, StillOutcome};
use crate::time::{Monotonic, Now};

/// For how long a camera may be silent before that is an alarm: as long as a reader or controller may be (`console.md` B.2).
const SILENT_FOR: Duration = Duration::from_secs(60);

/// Within so long an alarm that comes again wants no stills anew: those of before show the same, and a contact that chatters
/// would fill the store.
const STILLS_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// The fewest cameras that are lost as one.
const FEWEST_CAMERAS: usize = 2;

/// Entries back to which is looked for where a card was presented that an alarm is about.
const CARD_ENTRIES: usize = 8;

/// How many alarms are remembered. One that is forgotten wants stills anew.
const REMEMBERED_MAX_COUNT: usize = 4_096;

/// What is remembered of cameras.
#[derive(Debug, Default)]
pub(super) struct Cameras {
    silent: BTreeSet<CameraId>,
    /// When alarms wanted stills last.
    wanted: BTreeMap<AlarmId, Monotonic>,
    looks: Looks<(CameraId, Option<Seq>)>,
}

impl Engine {
    /// Alarms about cameras that are of another kind than the site file makes them by now.
    pub(super) fn begin_cameras(&mut self, now: Now) {
        let cameras: Vec<(CameraId, AlarmKind)> =
            self.site.cameras().map(|camera| (camera.id, not_lost_as(camera))).collect();
        for (camera, kind) in cameras {
            self.end_alarm(now, kind, AlarmSource::Camera(camera));
        }
    }

    /// The stills that an entry wants, which is about to be recorded.
    pub(super) fn stills_wanted(&mut self, now: Now, stamped: &Stamped) -> Vec<StillOrder> {
        if self.site.cameras().next().is_none() {
            return Vec::new();
        }
        let of_door = |door: DoorId, wants: fn(&Camera) -> bool| {
            let cameras = self.site.cameras_at_door(door).filter(|camera| wants(camera));
            cameras.map(|camera| camera.id).collect::<Vec<_>>()
        };
        let (cameras, alarm) = match &stamped.entry {
            Entry::AlarmRaised { alarm, kind, source } => (self.cameras_of_alarm(*kind, *source), Some(*alarm)),
            Entry::AccessTaken { door, .. } => (of_door(*door, |camera| camera.also.openings), None),
            Entry::AccessDenied { point, .. } => {
                let door = self.site.point(*point).map(|point| point.door);
                (door.map_or_else(Vec::new, |door| of_door(door, |camera| camera.also.denials)), None)
            }
            _ => return Vec::new(),
        };
        if alarm.is_some_and(|alarm| !cameras.is_empty() && self.wanted_of_late(now, alarm)) {
            return Vec::new();
        }
        let moments = match alarm {
            Some(_) => vec![stamped.at.before(BEFORE), stamped.at, stamped.at.after(AFTER)],
            None => vec![stamped.at],
        };
        let belongs = StillFor { entry: stamped.seq, alarm };
        let order = |camera| moments.iter().map(move |shows| StillOrder { camera, belongs, shows: *shows });
        cameras.into_iter().flat_map(order).collect()
    }

    /// The cameras that show where an alarm is, as far as its priority wants stills of them.
    fn cameras_of_alarm(&self, kind: AlarmKind, source: AlarmSource) -> Vec<CameraId> {
        let is_urgent = kind.priority() <= Priority::P2;
        let place = self.where_shown(source);
        let cameras = self.site.cameras_at(place).into_iter();
        cameras.filter(|camera| is_urgent || camera.also.minor_alarms).map(|camera| camera.id).collect()
    }

    /// Where an alarm can be seen: a card is where it was presented just now.
    fn where_shown(&self, source: AlarmSource) -> AlarmSource {
        let AlarmSource::Credential(card) = source else { return source };
        let mut latest = self.batch.entries.iter().rev().take(CARD_ENTRIES);
        let point = latest.find_map(|stamped| match &stamped.entry {
            Entry::AccessDenied { point, credential: Some(credential), .. }
            | Entry::AccessGranted { point, credential, .. }
                if *credential == card =>
            {
                Some(*point)
            }
            _ => None,
        });
        point.map_or(source, AlarmSource::Point)
    }

    fn wanted_of_late(&mut self, now: Now, alarm: AlarmId) -> bool {
        let wanted = &mut self.cameras.wanted;
        if wanted.get(&alarm).is_some_and(|at| at.after(STILLS_AGAIN_AFTER) > now.monotonic) {
            return true;
        }
        if wanted.len() >= REMEMBERED_MAX_COUNT {
            wanted.clear();
        }
        wanted.insert(alarm, now.monotonic);
        false
    }

    /// The shell says what became of an order. What is recorded twice, after a restart in between, says the same twice.
    pub(super) fn still_said(&mut self, now: Now, order: StillOrder, outcome: StillOutcome) {
        let StillOrder { camera, belongs: StillFor { entry, alarm }, shows } = order;
        let fact = match outcome {
            StillOutcome::Kept(facts) => {
                let (shows, taken, digest) = (facts.shows, facts.taken, facts.digest);
                let (bytes, form) = (facts.bytes, facts.form);
                CameraEntry::StillKept { camera, entry, alarm, shows, taken, digest, bytes, form }
            }
            StillOutcome::Missing(cause) => CameraEntry::StillMissing { camera, entry, alarm, shows, cause },
        };
        let before = self.records.head;
        self.record(now, fact);
        // What the journal has no room for was not recorded, and is told again after the next start.
        if self.records.head != before {
            self.outputs.push_back(Output::NoteStill(order));
        }
    }

    /// The shell says whether a camera answers.
    pub(super) fn camera_said(&mut self, now: Now, camera: CameraId, health: CameraHealth) {
        let Some(line) = self.site.camera(camera).map(|camera| camera.line) else { return };
        let key = TimerKey::Camera(camera);
        match health {
            CameraHealth::Silent => {
                if self.cameras.silent.insert(camera) {
                    self.timers.set(key, now.monotonic.after(SILENT_FOR));
                }
            }
            CameraHealth::Answering => {
                self.cameras.silent.remove(&camera);
                self.timers.cancel(key);
                for kind in [AlarmKind::EvidenceCameraLost, AlarmKind::CameraLost] {
                    self.end_alarm(now, kind, AlarmSource::Camera(camera));
                }
                if let Some(line) = line {
                    self.end_alarm(now, AlarmKind::LineLost, AlarmSource::Line(line));
                }
            }
        }
    }

    /// A camera has been silent for too long. Where all that are reached by the same recorder are, that is one alarm, and each
    /// camera is counted behind it.
    pub(super) fn camera_lost(&mut self, now: Now, camera: CameraId) {
        let Some((kind, line)) = self.site.camera(camera).map(|camera| (lost_as(camera), camera.line)) else { return };
        if let Some(line) = line.filter(|line| self.is_camera_line_silent(*line)) {
            let source = AlarmSource::Line(line);
            self.begin_alarm(now, AlarmKind::LineLost, source);
            if let Some(cause) = self.active_alarms.get(&(source, AlarmKind::LineLost)).copied() {
                for alarm in self.camera_alarms_of(line) {
                    self.count_behind(now, alarm, DesignRule::LineLost, cause);
                }
            }
        }
        self.begin_alarm(now, kind, AlarmSource::Camera(camera));
    }

    /// Whether there is such a line with enough cameras.
    pub(super) fn can_lose_cameras_of(&self, line: LineId) -> bool {
        self.cameras_on(line).count() >= FEWEST_CAMERAS
    }

    fn is_camera_line_silent(&self, line: LineId) -> bool {
        self.can_lose_cameras_of(line) && self.cameras_on(line).all(|camera| self.cameras.silent.contains(&camera.id))
    }

    fn cameras_on(&self, line: LineId) -> impl Iterator<Item = &Camera> {
        self.site.cameras().filter(move |camera| camera.line == Some(line))
    }

    /// The alarms that cameras of a line have, on the list or behind another.
    pub(super) fn camera_alarms_of(&self, line: LineId) -> Vec<AlarmId> {
        let active = |camera: &Camera| self.active_alarms.get(&(AlarmSource::Camera(camera.id), lost_as(camera)));
        self.cameras_on(line).filter_map(active).copied().collect()
    }

    /// A line that came back has had time enough: cameras that are still silent stand for themselves.
    pub(super) fn cameras_settled(&mut self, now: Now, line: LineId) {
        for alarm in self.camera_alarms_of(line) {
            let row = self.records.alarms.get(&alarm);
            if row.is_some_and(|row| matches!(row.life.suppression, Suppression::ByDesign { .. })) {
                self.record(now, AlarmEntry::Unsuppressed { alarm });
            }
        }
    }

    /// Carries out what is ordered of stills.
    pub(super) fn still_command(&mut self, now: Now, by: Actor, command: StillCommand) -> Result<Reply, CommandError> {
        match command {
            StillCommand::AskAgain { alarm } => self.ask_stills_again(now, by, alarm)?,
            StillCommand::Look { camera, entry } => self.look_through(now, by, camera, entry)?,
        }
        Ok(Reply::Done)
    }

    fn ask_stills_again(&mut self, now: Now, by: Actor, alarm: AlarmId) -> Result<(), CommandError> {
        let closed = || self.records.closed.iter().find(|((_, id), _)| *id == alarm).map(|(_, row)| row);
        let row = self.records.alarms.get(&alarm).or_else(closed).ok_or_else(|| not_found(alarm))?;
        let (belongs, source) = (StillFor { entry: row.raised_by, alarm: Some(alarm) }, row.source);
        let cameras: Vec<CameraId> = self.site.cameras_at(source).into_iter().map(|camera| camera.id).collect();
        self.record(now, CameraEntry::StillsAsked { entry: belongs.entry, alarm: Some(alarm), by });
        if self.rehearsed.is_none() {
            self.outputs.push_back(Output::TakeStillsAgain(belongs));
            let of_now = cameras.into_iter().map(|camera| StillOrder { camera, belongs, shows: now.wall });
            self.outputs.extend(of_now.map(Output::TakeStill));
        }
        Ok(())
    }

    /// Looks are recorded like looks at persons: once for a while for each who looks, and where they look.
    fn look_through(&mut self, now: Now, by: Actor, camera: CameraId, entry: Option<Seq>) -> Result<(), CommandError> {
        // Of a camera that is gone the stills are still there.
        if entry.is_none() && self.site.camera(camera).is_none() {
            return Err(not_found(camera));
        }
        if !is_recorded(by) || self.cameras.looks.knows(by, &(camera, entry), now.monotonic) {
            return Ok(());
        }
        // What is only tried is no look.
        if self.rehearsed.is_none() {
            self.cameras.looks.remember(by, (camera, entry), now.monotonic);
        }
        self.record(now, CameraEntry::Viewed { camera, entry, by });
        Ok(())
    }
}

/// As what the loss of a camera is alarmed.
fn lost_as(camera: &Camera) -> AlarmKind {
    match camera.evidence {
        Evidence::Yes => AlarmKind::EvidenceCameraLost,
        Evidence::No => AlarmKind::CameraLost,
    }
}

/// As what it is not.
fn not_lost_as(camera: &Camera) -> AlarmKind {
    match camera.evidence {
        Evidence::Yes => AlarmKind::CameraLost,
        Evidence::No => AlarmKind::EvidenceCameraLost,
    }
}
