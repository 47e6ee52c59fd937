//! The fold that rehearses every door's past with the present timings and with each change of them, and counts what became of
//! the recorded alarms. An opening is compared as a whole once the door is closed again: an alarm is spared by a change that
//! does not raise it before then. What rehearsing with the present timings does not give cannot be judged, and is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Setting};
use super::door_event::DoorEvent;
use super::finding::{Effect, Finding, NoProposal, Outcome};
use super::label::{Labelled, Labeller, can_be_labelled};
use super::modes::{Modes, Moved};
use super::replay::{Place, REPLAYED, Replay};
use super::{Period, Worth, worth};
use crate::alarm::life::CauseLabel;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::door::is_opened;
use crate::entry::{AlarmEntry, Entry, Stamped};
use crate::id::{AlarmId, DoorId, PersonId};
use crate::mode::DoorMode;
use crate::people::ExtendedTime;
use crate::site::{Door, Site, Timings};
use crate::time::Wall;

/// How many raises are kept until their verdicts are known, some 60 bytes each. Later ones are not counted.
const RAISES_MAX: usize = 200_000;

/// How many alarms one opening may have; a door that has more chatters, and its timing is not what is wrong with it.
const RAISES_OF_OPENING_MAX: usize = 8;

/// The fold. Feed it every entry from the period's lead-in on, in order, then take the findings.
#[derive(Debug, Clone)]
pub struct Rehearsal<'s> {
    site: &'s Site,
    period: Period,
    modes: Modes,
    needs: Needs,
    labeller: Labeller,
    doors: BTreeMap<DoorId, Rehearsed>,
    alarms: BTreeMap<AlarmId, Recorded>,
    raises: usize,
}

/// Who needs longer at doors.
#[derive(Debug, Clone, Default)]
struct Needs(BTreeSet<PersonId>);

/// One door with the present timings and with each change of them.
#[derive(Debug, Clone)]
struct Rehearsed {
    present: Replay,
    changed: Vec<(Change, Replay)>,
    /// Alarms of the opening that lasts.
    lasting: Vec<Raised>,
    opening: Opening,
    /// What rehearsing with the present timings gives otherwise, by alarm.
    different: BTreeMap<AlarmKind, u32>,
    /// What each change raises beside what was recorded.
    added: Vec<u32>,
}

/// Whether a door is known to have been closed since reading began: before, nobody knows how it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// It is not known yet.
    Unknown,
    /// It is closed, or was opened while it was followed.
    Followed,
}

/// An alarm that was recorded.
#[derive(Debug, Clone, Copy)]
struct Raised {
    alarm: AlarmId,
    kind: AlarmKind,
    at: Wall,
}

/// What is known of an alarm that was recorded.
#[derive(Debug, Clone, Default)]
struct Recorded {
    judged: Option<Worth>,
    times: Vec<Occurrence>,
}

/// One raise of an alarm.
#[derive(Debug, Clone, Copy)]
struct Occurrence {
    door: DoorId,
    kind: AlarmKind,
    at: Wall,
    label: Option<CauseLabel>,
    compared: Compared,
}

/// What other timings would have made of a raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// Its opening lasts, or began before it was followed.
    NotYet,
    /// These changes would not have raised it, by their place.
    SparedBy(u64),
}

impl<'s> Rehearsal<'s> {
    /// Begins to rehearse the doors of `site` over `period`.
    pub fn new(site: &'s Site, period: Period) -> Self {
        Self {
            site,
            period,
            modes: Modes::new(),
            needs: Needs::default(),
            labeller: Labeller::default(),
            doors: BTreeMap::new(),
            alarms: BTreeMap::new(),
            raises: 0,
        }
    }

    /// A person needs longer at doors, or does not; what entries say later counts from there. Whoever is not named does not.
    pub fn meet(&mut self, person: PersonId, extended: ExtendedTime) {
        self.needs.put(person, extended);
    }

    /// Takes in one entry. What came before the lead-in or after the period must not be given.
    pub fn take(&mut self, stamped: &Stamped) {
        let at = stamped.at;
        let labelled = self.labeller.take(stamped);
        self.labelled(&labelled);
        match &stamped.entry {
            Entry::AlarmRaised { alarm, kind, source: AlarmSource::Door(door) } if REPLAYED.contains(kind) => {
                self.raised(*door, Raised { alarm: *alarm, kind: *kind, at });
            }
            Entry::Alarm(AlarmEntry::Closed { alarm, verdict, .. }) => {
                if let Some(recorded) = self.alarms.get_mut(alarm) {
                    recorded.judged = Some(worth(*verdict));
                }
            }
            entry => self.happened(entry, at),
        }
    }

    fn happened(&mut self, entry: &Entry, at: Wall) {
        self.needs.take(entry);
        let moved = self.modes.take(entry);
        let doors: Vec<DoorId> = match moved {
            Moved::None => Vec::new(),
            Moved::One(door) => vec![door],
            Moved::All => self.doors.keys().copied().collect(),
        };
        for door in doors {
            let (Some(door), Some(rehearsed)) = (self.site.door(door), self.doors.get_mut(&door)) else { continue };
            let (place, mode) = (Place { door, needs_longer: &self.needs.0 }, self.modes.of(self.site, door));
            rehearsed.each(|replay| replay.mode_moved(place, mode, at));
        }
        if matches!(entry, Entry::Started { .. }) {
            self.restarted(at);
        }
        if let Some((door, event)) = DoorEvent::of(entry) {
            self.happened_at(door, &event, at);
        }
    }

    fn restarted(&mut self, at: Wall) {
        for (door, rehearsed) in &mut self.doors {
            let Some(door) = self.site.door(*door) else { continue };
            let place = Place { door, needs_longer: &self.needs.0 };
            rehearsed.each(|replay| replay.restarted(place, at));
        }
    }

    /// The sensors of a door spoke, or its lock was released.
    fn happened_at(&mut self, door: DoorId, event: &DoorEvent, at: Wall) {
        let Some(site_door) = self.site.door(door) else { return };
        let mode = self.modes.of(self.site, site_door);
        let rehearsed = self.doors.entry(door).or_insert_with(|| Rehearsed::of(site_door, mode));
        let place = Place { door: site_door, needs_longer: &self.needs.0 };
        rehearsed.each(|replay| replay.advance(place, at));
        let is_closed = matches!(event, DoorEvent::Facts(facts) if is_opened(facts) == Some(false));
        let over = if is_closed { rehearsed.opening_over(self.period.contains(at)) } else { Vec::new() };
        rehearsed.each(|replay| replay.step(place, event, at));
        if is_closed {
            rehearsed.opening = Opening::Followed;
            rehearsed.each(Replay::forget_raised);
        }
        for (raised, spared_by) in over {
            if let Some(occurrence) = self.occurrence(raised.alarm, raised.at) {
                occurrence.compared = Compared::SparedBy(spared_by);
            }
        }
    }

    fn raised(&mut self, door: DoorId, raised: Raised) {
        let Some(rehearsed) = self.doors.get_mut(&door) else { return };
        if self.raises == RAISES_MAX || rehearsed.lasting.len() == RAISES_OF_OPENING_MAX {
            return;
        }
        self.raises += 1;
        rehearsed.lasting.push(raised);
        let Raised { alarm, kind, at } = raised;
        let occurrence = Occurrence { door, kind, at, label: None, compared: Compared::NotYet };
        self.alarms.entry(alarm).or_default().times.push(occurrence);
    }

    fn labelled(&mut self, labelled: &[Labelled]) {
        for each in labelled {
            if let Some(occurrence) = self.occurrence(each.alarm, each.raised_at) {
                occurrence.label = Some(each.label);
            }
        }
    }

    fn occurrence(&mut self, alarm: AlarmId, at: Wall) -> Option<&mut Occurrence> {
        self.alarms.get_mut(&alarm)?.times.iter_mut().rev().find(|occurrence| occurrence.at == at)
    }

    /// What was found, door by door, of every alarm that was raised in the period and whose door was closed again.
    pub fn finish(mut self) -> Vec<Finding> {
        let labelled = self.labeller.settle(Wall::from_micros(i64::MAX));
        self.labelled(&labelled);
        let mut found: BTreeMap<(DoorId, AlarmKind), Vec<Weighed>> = BTreeMap::new();
        for recorded in self.alarms.values() {
            for occurrence in recorded.times.iter().filter(|occurrence| self.period.contains(occurrence.at)) {
                if let Some(weighed) = Weighed::of(occurrence, recorded.judged) {
                    found.entry((occurrence.door, occurrence.kind)).or_default().push(weighed);
                }
            }
        }
        let findings = found
            .into_iter()
            .filter_map(|((door, kind), weighed)| Some(self.doors.get(&door)?.finding(door, kind, &weighed)));
        findings.collect()
    }
}

/// The alarms that `entries` would have raised at `door` with other timings, in order: forced openings, and doors held open with
/// the warning before. `entries` are those of a journal from its beginning, or from a moment when the door was closed, nobody
/// was expected and its mode was locked. People of `needs_longer` need longer until entries say otherwise.
pub fn alarms_with<'e>(
    site: &Site,
    door: DoorId,
    timings: &Timings,
    needs_longer: &BTreeSet<PersonId>,
    entries: impl IntoIterator<Item = &'e Stamped>,
) -> Vec<(AlarmKind, Wall)> {
    let Some(site_door) = site.door(door) else { return Vec::new() };
    let (mut modes, mut needs) = (Modes::new(), Needs(needs_longer.clone()));
    let mut replay = Replay::new(*timings, modes.of(site, site_door));
    let mut raised = Vec::new();
    for stamped in entries {
        let place = Place { door: site_door, needs_longer: &needs.0 };
        replay.advance(place, stamped.at);
        raised.append(&mut replay.take_raises());
        let event = DoorEvent::of(&stamped.entry).filter(|(at, _)| *at == door);
        if modes.take(&stamped.entry) != Moved::None {
            replay.mode_moved(place, modes.of(site, site_door), stamped.at);
        }
        if matches!(stamped.entry, Entry::Started { .. }) {
            replay.restarted(place, stamped.at);
        }
        if let Some((_, event)) = event {
            replay.step(place, &event, stamped.at);
        }
        raised.append(&mut replay.take_raises());
        needs.take(&stamped.entry);
    }
    raised
}

impl Needs {
    fn take(&mut self, entry: &Entry) {
        if let Entry::PersonDetailsChanged { person, details, .. } = entry {
            self.put(*person, details.extended_time);
        }
    }

    fn put(&mut self, person: PersonId, extended: ExtendedTime) {
        match extended {
            ExtendedTime::Yes => self.0.insert(person),
            ExtendedTime::No => self.0.remove(&person),
        };
    }
}

impl Rehearsed {
    fn of(door: &Door, mode: DoorMode) -> Self {
        let changes = Setting::ALL.iter().flat_map(|setting| setting.ladder(door));
        let changed: Vec<(Change, Replay)> =
            changes.map(|change| (change, Replay::new(change.applied(&door.timings), mode))).collect();
        Self {
            present: Replay::new(door.timings, mode),
            added: vec![0; changed.len()],
            changed,
            lasting: Vec::new(),
            opening: Opening::Unknown,
            different: BTreeMap::new(),
        }
    }

    fn each(&mut self, mut step: impl FnMut(&mut Replay)) {
        step(&mut self.present);
        self.changed.iter_mut().for_each(|(_, replay)| step(replay));
    }

    /// The door was closed: what was raised while it was open is compared with what each timing would have raised. In the
    /// lead-in, which does not count, a difference says nothing.
    fn opening_over(&mut self, counts: bool) -> Vec<(Raised, u64)> {
        let lasting = core::mem::take(&mut self.lasting);
        if self.opening == Opening::Unknown {
            return Vec::new();
        }
        let mut over = Vec::new();
        for kind in REPLAYED {
            let recorded = lasting.iter().filter(|raised| raised.kind == kind);
            let before = over.len();
            over.extend(recorded.enumerate().map(|(place, raised)| (*raised, self.spared_by(kind, place))));
            if counts {
                self.compare(kind, over.len() - before);
            }
        }
        over
    }

    /// Counts what rehearsing gives otherwise than was recorded.
    fn compare(&mut self, kind: AlarmKind, recorded: usize) {
        let recorded = u32::try_from(recorded).unwrap_or(u32::MAX);
        let present = u32::from(self.present.raised(kind));
        if recorded != present {
            *self.different.entry(kind).or_default() += recorded.abs_diff(present);
        }
        for ((change, replay), added) in self.changed.iter().zip(&mut self.added) {
            if changes_alarm(change, kind) {
                *added += u32::from(replay.raised(kind)).saturating_sub(present.max(recorded));
            }
        }
    }

    /// Which changes would not have raised the alarm that is the `place`th of its kind since the door was opened. One that the
    /// present timings do not give either is spared by none.
    fn spared_by(&self, kind: AlarmKind, place: usize) -> u64 {
        let is_raised = |replay: &Replay| usize::from(replay.raised(kind)) > place;
        if !is_raised(&self.present) {
            return 0;
        }
        let spared = self.changed.iter().enumerate().filter(|(_, (_, replay))| !is_raised(replay));
        spared.fold(0, |bits, (change, _)| bits | bit(change))
    }

    fn finding(&self, door: DoorId, kind: AlarmKind, weighed: &[Weighed]) -> Finding {
        let count = |wanted: &dyn Fn(&Weighed) -> bool| {
            u32::try_from(weighed.iter().filter(|each| wanted(each)).count()).unwrap_or(u32::MAX)
        };
        let days: BTreeSet<i64> = weighed.iter().map(|each| each.day).collect();
        let changes = self.changed.iter().zip(&self.added).enumerate();
        let of_kind = changes.filter(|(_, ((change, _), _))| changes_alarm(change, kind));
        let effects = of_kind.map(|(place, ((change, _), added))| {
            let is_spared = |each: &Weighed| each.spared_by & bit(place) != 0;
            Effect {
                change: *change,
                spared: count(&is_spared),
                spared_nuisances: count(&|each| each.worth == Worth::Nuisance && is_spared(each)),
                lost_breaches: count(&|each| each.worth == Worth::Breach && is_spared(each)),
                added: *added,
            }
        });
        let finding = Finding {
            door,
            kind,
            recorded: count(&|_| true),
            breaches: count(&|each| each.worth == Worth::Breach),
            nuisances: count(&|each| each.worth == Worth::Nuisance),
            days: u32::try_from(days.len()).unwrap_or(u32::MAX),
            different: self.different.get(&kind).copied().unwrap_or(0),
            effects: effects.collect(),
            outcome: Outcome::Nothing(NoProposal::TooFew),
        };
        finding.settled()
    }
}

/// The mark of the change at `place`; a door has far fewer than sixty-four.
fn bit(place: usize) -> u64 {
    u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0)
}

/// Whether a change is one for alarms of this kind.
fn changes_alarm(change: &Change, kind: AlarmKind) -> bool {
    match change.setting {
        Setting::OpenTime => kind == AlarmKind::HeldOpen,
        Setting::PreAlarmTime => kind == AlarmKind::HeldPreAlarm,
        Setting::ForcedDebounce => can_be_labelled(kind),
    }
}

/// A raise with what it was worth.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    worth: Worth,
    day: i64,
    spared_by: u64,
}

impl Weighed {
    fn of(occurrence: &Occurrence, judged: Option<Worth>) -> Option<Self> {
        let Compared::SparedBy(spared_by) = occurrence.compared else { return None };
        let day = occurrence.at.as_seconds().div_euclid(86_400);
        Some(Self { worth: worth_of(judged, occurrence), day, spared_by })
    }
}

/// What an alarm was worth: as it was judged, or else as its probable cause says. A forced opening that nobody judged and
/// nothing explains counts as a breach.
fn worth_of(judged: Option<Worth>, occurrence: &Occurrence) -> Worth {
    match (judged, occurrence.label) {
        (Some(worth), _) => worth,
        (None, Some(CauseLabel::Unexplained)) => Worth::Breach,
        (None, Some(CauseLabel::LateExit | CauseLabel::Bounce | CauseLabel::MisfitLatch | CauseLabel::LateRelock)) => {
            Worth::Nuisance
        }
        (None, None) if can_be_labelled(occurrence.kind) => Worth::Breach,
        (None, None) => Worth::Open,
    }
}
