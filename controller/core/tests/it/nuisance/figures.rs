//! Figures of small journals, counted by hand, and of drawn ones, counted in another way.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use rackward_core::alarm::life::{CauseLabel, DesignRule, Verdict};
use rackward_core::alarm::{Acknowledged, Alarm, AlarmKind, AlarmLife, AlarmSource, Condition, Priority};
use rackward_core::entry::AlarmEntry;
use rackward_core::id::{AlarmId, AreaId, DeviceId, DoorId, LineId, Seq};
use rackward_core::nuisance::{Figures, Measure, Period, Recorder, Standing, Wanted};
use rackward_core::permission::Actor;
use rackward_core::{Entry, Stamped, Wall};

use super::desk_with;
use crate::site::card;

const BEGIN: i64 = 10_000_000;
const HOUR: i64 = 3600;
const FRONT_DOOR: AlarmSource = AlarmSource::Door(DoorId::new(1));
const SIDE_DOOR: AlarmSource = AlarmSource::Door(DoorId::new(2));
const READER: AlarmSource = AlarmSource::Device(DeviceId::new(7));
const DESK: Actor = Actor::LocalUser(1);
const NIGHT_DESK: Actor = Actor::LocalUser(2);

/// A journal about alarms alone; seconds count from the beginning of the period.
#[derive(Default)]
struct Story(Vec<Stamped>);

impl Story {
    fn at(&mut self, second: i64, entry: Entry) {
        let seq = Seq::new(self.0.len() as u64 + 1);
        self.0.push(Stamped { seq, at: Wall::from_seconds(BEGIN + second), entry });
    }

    fn raise(&mut self, second: i64, alarm: u32, kind: AlarmKind, source: AlarmSource) {
        self.at(second, Entry::AlarmRaised { alarm: AlarmId::new(alarm), kind, source });
    }

    fn end(&mut self, second: i64, alarm: u32, kind: AlarmKind, source: AlarmSource) {
        self.at(second, Entry::AlarmReturned { alarm: AlarmId::new(alarm), kind, source });
    }

    fn acknowledge(&mut self, second: i64, alarm: u32, (kind, source): (AlarmKind, AlarmSource), by: Actor) {
        self.at(second, Entry::AlarmAcknowledged { alarm: AlarmId::new(alarm), kind, source, by, note: String::new() });
    }

    fn close(&mut self, second: i64, alarm: u32, verdict: Verdict, by: Actor) {
        let closed = AlarmEntry::Closed { alarm: AlarmId::new(alarm), verdict, note: String::new(), by };
        self.at(second, Entry::Alarm(closed));
    }

    fn explain(&mut self, second: i64, alarm: u32, behind: u32) {
        let (alarm, rule, behind) = (AlarmId::new(alarm), DesignRule::LineLost, AlarmId::new(behind));
        self.at(second, AlarmEntry::SuppressedByDesign { alarm, rule, behind }.into());
    }

    fn stand_again(&mut self, second: i64, alarm: u32) {
        self.at(second, AlarmEntry::Unsuppressed { alarm: AlarmId::new(alarm) }.into());
    }

    fn figures(&self, hours: i64, wanted: Wanted) -> Figures {
        let end = Wall::from_seconds(BEGIN + hours * HOUR);
        let mut recorder = Recorder::new(Period { from: Wall::from_seconds(BEGIN), to: end }, wanted);
        self.0.iter().for_each(|stamped| recorder.take(stamped));
        recorder.finish(end)
    }
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.unsigned_abs())
}

#[test]
fn a_small_journal_is_counted_as_by_hand() {
    let mut story = Story::default();
    // Yesterday: it stands, and is no raise of this period.
    story.raise(-20 * HOUR, 1, AlarmKind::DeviceOffline, READER);
    story.raise(0, 2, AlarmKind::HeldOpen, FRONT_DOOR);
    story.acknowledge(30, 2, (AlarmKind::HeldOpen, FRONT_DOOR), DESK);
    story.end(60, 2, AlarmKind::HeldOpen, FRONT_DOOR);
    story.raise(100, 3, AlarmKind::Tamper, READER);
    story.end(110, 3, AlarmKind::Tamper, READER);
    story.raise(120, 3, AlarmKind::Tamper, READER);
    story.acknowledge(700, 3, (AlarmKind::Tamper, READER), NIGHT_DESK);
    story.close(800, 3, Verdict::FalsePositive, NIGHT_DESK);
    let figures = story.figures(10, Wanted::Everything);
    let whole = &figures.whole;
    assert_eq!((whole.raised, whole.again, whole.again_most), (3, 1, 1));
    assert_eq!((whole.active, whole.unacknowledged), (1, 1), "the reader of yesterday");
    assert_eq!(whole.by_priority, [(Priority::P1, 2), (Priority::P2, 1), (Priority::P3, 0), (Priority::P4, 0)]);
    assert_eq!(whole.average_milli, 3 * 1000 / 60);
    assert_eq!(whole.most_in_ten_minutes, 3);
    assert_eq!(whole.longest_active, seconds(30 * HOUR), "from yesterday to the end");
    assert_eq!(whole.longest_unacknowledged, seconds(30 * HOUR));
    assert_eq!(whole.stale, 1);
    let [stale] = figures.stale.as_slice() else { panic!("{:?}", figures.stale) };
    assert_eq!((stale.alarm, stale.since), (AlarmId::new(1), Some(Wall::from_seconds(BEGIN - 20 * HOUR))));
    let [door] = figures.doors.as_slice() else { panic!("{:?}", figures.doors) };
    assert_eq!((door.door, door.summary.raised), (DoorId::new(1), 1));
    assert_eq!(door.summary.longest_active, seconds(60));
    assert_eq!(
        figures.top.iter().map(|top| (top.source, top.raised)).collect::<Vec<_>>(),
        [(READER, 2), (FRONT_DOOR, 1)]
    );
}

#[test]
fn an_alarm_that_has_stood_for_a_month_is_stale_although_no_entry_of_the_period_tells_of_it() {
    let end = Wall::from_seconds(BEGIN + 10 * HOUR);
    let old = Wall::from_seconds(BEGIN - 30 * 24 * HOUR);
    let alarm = |id: u32, raised_at: Wall| Alarm {
        id: AlarmId::new(id),
        kind: AlarmKind::DeviceOffline,
        source: READER,
        raised_at,
        raised_by: Seq::new(1),
        condition: Condition::Active,
        acknowledged: Acknowledged::No,
        life: AlarmLife::begin(raised_at),
    };
    let mut recorder = Recorder::new(Period { from: Wall::from_seconds(BEGIN), to: end }, Wanted::Everything);
    recorder.stands(&alarm(1, old));
    let mut story = Story::default();
    story.raise(HOUR, 2, AlarmKind::HeldOpen, FRONT_DOOR);
    // What the entries tell of is not counted twice.
    recorder.stands(&alarm(2, Wall::from_seconds(BEGIN + HOUR)));
    story.acknowledge(2 * HOUR, 1, (AlarmKind::DeviceOffline, READER), DESK);
    story.0.iter().for_each(|stamped| recorder.take(stamped));
    let figures = recorder.finish(end);
    assert_eq!((figures.whole.raised, figures.whole.active, figures.whole.unacknowledged), (1, 2, 1));
    assert_eq!(figures.whole.longest_unacknowledged, seconds((30 * 24 + 2) * HOUR));
    let [stale] = figures.stale.as_slice() else { panic!("{:?}", figures.stale) };
    assert_eq!((stale.alarm, stale.since), (AlarmId::new(1), Some(old)));
}

/// Forty devices fall silent within seconds, and the line that they are on is found to be lost.
fn a_lost_line(story: &mut Story, second: i64) {
    const LINE: AlarmSource = AlarmSource::Line(LineId::new(1));
    let device = |number: u32| AlarmSource::Device(DeviceId::new(number));
    (1..=40).for_each(|number| {
        story.raise(second + i64::from(number / 5), number, AlarmKind::DeviceOffline, device(number));
    });
    story.raise(second + 8, 100, AlarmKind::LineLost, LINE);
    (1..=40).for_each(|number| story.explain(second + 8, number, 100));
    story.acknowledge(second + 60, 100, (AlarmKind::LineLost, LINE), DESK);
    story.end(second + 2 * HOUR, 100, AlarmKind::LineLost, LINE);
    (1..=39).for_each(|number| story.end(second + 2 * HOUR + 5, number, AlarmKind::DeviceOffline, device(number)));
    story.stand_again(second + 2 * HOUR + 20, 40);
}

#[test]
fn a_lost_line_is_one_alarm_in_the_figures_too() {
    let mut story = Story::default();
    a_lost_line(&mut story, 0);
    let whole = story.figures(3, Wanted::Everything).whole;
    assert_eq!((whole.raised, whole.most_in_ten_minutes, whole.in_flood), (1, 1, Duration::ZERO));
    assert_eq!((whole.active, whole.unacknowledged), (1, 1), "the one device that did not come back");
    assert_eq!(whole.longest_unacknowledged, seconds(HOUR - 20), "it waits since the line is back");
    // While it lasts, the line stands for all of them, also for longer than a day.
    let mut story = Story::default();
    a_lost_line(&mut story, 0);
    story.0.retain(|stamped| stamped.at < Wall::from_seconds(BEGIN + 59));
    let figures = story.figures(30, Wanted::Everything);
    assert_eq!((figures.whole.active, figures.whole.unacknowledged, figures.stale.len()), (1, 1, 1));
}

#[test]
fn an_alarm_that_stood_for_itself_before_another_explained_it_was_one() {
    let mut story = Story::default();
    story.raise(0, 1, AlarmKind::DeviceOffline, READER);
    story.explain(61, 1, 100);
    story.end(3000, 1, AlarmKind::DeviceOffline, READER);
    let whole = story.figures(10, Wanted::Everything).whole;
    assert_eq!((whole.raised, whole.active, whole.unacknowledged), (1, 0, 0));
    assert_eq!(whole.longest_unacknowledged, seconds(61), "from then on it waited for nobody");
}

#[test]
fn answers_are_counted_for_who_gave_them() {
    let mut story = Story::default();
    for alarm in 1..=20 {
        let second = i64::from(alarm) * 1000;
        story.raise(second, alarm, AlarmKind::HeldOpen, FRONT_DOOR);
        let by = if alarm % 4 == 0 { NIGHT_DESK } else { DESK };
        let after = if by == DESK { 10 } else { 300 };
        story.acknowledge(second + after, alarm, (AlarmKind::HeldOpen, FRONT_DOOR), by);
        story.end(second + 400, alarm, AlarmKind::HeldOpen, FRONT_DOOR);
        story.close(second + 500, alarm, if alarm % 2 == 0 { Verdict::Benign } else { Verdict::TruePositive }, by);
    }
    let figures = story.figures(24, Wanted::Everything);
    let about = |found: Option<Duration>, expect: u64| {
        let found = found.unwrap().as_secs_f64();
        let expect = expect as f64;
        assert!(expect <= found && found <= expect * 1.07, "{found} is not about {expect}");
    };
    about(figures.whole.acknowledged_half_within, 10);
    about(figures.whole.acknowledged_most_within, 300);
    assert_eq!(figures.whole.longest_unacknowledged, seconds(300));
    let [desk, night] = figures.operators.as_slice() else { panic!("{:?}", figures.operators) };
    assert_eq!((desk.operator, desk.acknowledged, night.operator, night.acknowledged), (DESK, 15, NIGHT_DESK, 5));
    about(desk.most_within, 10);
    about(night.half_within, 300);
    let judged = |verdict: Verdict| desk.judged.iter().find(|(each, _)| *each == verdict).unwrap().1;
    assert_eq!((judged(Verdict::TruePositive), judged(Verdict::Benign), judged(Verdict::Test)), (10, 5, 0));
}

#[test]
fn three_raises_in_a_minute_are_chattering_and_a_burst_is_one() {
    let check = |at: &[i64], expect: u64| {
        let mut story = Story::default();
        for (alarm, second) in (1_u32..).zip(at) {
            story.raise(*second, alarm, AlarmKind::InputFault, READER);
            story.end(*second, alarm, AlarmKind::InputFault, READER);
            // Another place does not make it chatter.
            story.raise(*second, alarm + 1000, AlarmKind::InputFault, SIDE_DOOR);
            story.end(*second + 1, alarm + 1000, AlarmKind::InputFault, SIDE_DOOR);
            if at.len() < 3 {
                story.raise(*second, alarm + 2000, AlarmKind::Tamper, READER);
            }
        }
        let figures = story.figures(24, Wanted::About(BTreeSet::from([READER])));
        assert_eq!(figures.whole.chattering, expect, "{at:?}");
        assert_eq!(figures.chattering.len() as u64, expect.min(1), "{at:?}");
    };
    check(&[0, 30, 60], 1);
    check(&[0, 30, 61], 0);
    check(&[0, 30], 0);
    check(&[0, 10, 20, 30, 40, 50, 60, 70], 1);
    check(&[0, 10, 20, 500, 510, 520], 2);
}

#[test]
fn targets_are_those_of_the_book_and_few_alarms_have_no_mix() {
    let story_of = |count: u32, kind: AlarmKind| {
        let mut story = Story::default();
        for alarm in 1..=count {
            let source = AlarmSource::Area(AreaId::new(alarm));
            story.raise(i64::from(alarm) * 30, alarm, kind, source);
            story.end(i64::from(alarm) * 30 + 1, alarm, kind, source);
        }
        story.figures(24, Wanted::Everything)
    };
    let standing = |figures: &Figures, measure: Measure| {
        let mark = figures.marks.iter().find(|mark| mark.measure == measure).unwrap();
        (mark.found, mark.standing)
    };
    let quiet = story_of(5, AlarmKind::Lockdown);
    assert_eq!(standing(&quiet, Measure::CriticalShare), (1000, Standing::TooFew));
    assert_eq!(standing(&quiet, Measure::AverageRate), (5 * 1000 / 144, Standing::Ok));
    assert_eq!(standing(&quiet, Measure::WorstRate), (5, Standing::Ok));
    let busy = story_of(200, AlarmKind::Lockdown);
    assert_eq!(standing(&busy, Measure::CriticalShare), (1000, Standing::Short));
    assert_eq!(standing(&busy, Measure::WorstRate), (20, Standing::Short));
    assert_eq!(standing(&busy, Measure::AverageRate), (200 * 1000 / 144, Standing::Short));
    assert_eq!(standing(&busy, Measure::WorstSourceShare), (5, Standing::Ok));
    // From the eleventh to ten minutes after the eleventh newest: 330 s to 5700 + 600 s of 86,400.
    assert_eq!(standing(&busy, Measure::FloodShare), ((5700 + 600 - 330) * 1000 / 86_400, Standing::Short));
    let unimportant = story_of(200, AlarmKind::HeldPreAlarm);
    assert_eq!(standing(&unimportant, Measure::CriticalShare), (0, Standing::Ok));
}

#[test]
fn labels_come_from_the_facts_of_the_journal() {
    let mut desk =
        desk_with(|times| rackward_core::site::Timings { forced_debounce: Duration::from_millis(200), ..times });
    let mark = desk.now.wall;
    let lock = desk.device("street-lock");
    desk.facts("street-lock", crate::site::open(false));
    desk.wait_secs(1);
    desk.report(lock, rackward_core::DeviceReport::ExitRequested);
    desk.wait_secs(5);
    desk.facts("street-lock", crate::site::closed(false));
    desk.wait_secs(60);
    desk.badge("street-reader", card(9));
    desk.facts("street-lock", crate::site::open(false));
    desk.wait_secs(60);
    let mut recorder = Recorder::new(Period { from: mark, to: desk.now.wall }, Wanted::Everything);
    desk.journal.iter().for_each(|stamped| recorder.take(stamped));
    let figures = recorder.finish(desk.now.wall);
    let labelled = |label: CauseLabel| figures.whole.by_label.iter().find(|(each, _)| *each == label).unwrap().1;
    assert_eq!(CauseLabel::ALL.map(labelled), [1, 0, 0, 0, 1]);
    assert_eq!(figures.whole.active, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever order entries come in, and however little sense they make, nothing is counted twice and nothing is lost.
    #[test]
    fn the_parts_add_up(
        events in proptest::collection::vec((0_u8..4, 1_u32..6, 0_u8..3, 0_i64..4000), 0..200),
    ) {
        let mut story = Story::default();
        let mut second = -2 * HOUR;
        for (what, alarm, place, later) in events {
            second += later;
            let source = [FRONT_DOOR, SIDE_DOOR, READER][usize::from(place)];
            let kind = AlarmKind::HeldOpen;
            match what {
                0 => story.raise(second, alarm, kind, source),
                1 => story.end(second, alarm, kind, source),
                2 => story.acknowledge(second, alarm, (kind, source), DESK),
                _ => story.close(second, alarm, Verdict::Benign, NIGHT_DESK),
            }
        }
        let hours = (second / HOUR + 1).max(1);
        let figures = story.figures(hours, Wanted::Everything);
        let raised = story.0.iter().filter(|stamped| {
            stamped.at >= Wall::from_seconds(BEGIN) && matches!(stamped.entry, Entry::AlarmRaised { .. })
        });
        let raised = raised.count() as u64;
        prop_assert_eq!(figures.whole.raised, raised);
        prop_assert_eq!(figures.whole.by_priority.iter().map(|(_, count)| count).sum::<u64>(), raised);
        prop_assert_eq!(figures.top.iter().map(|top| top.raised).sum::<u64>(), raised);
        prop_assert!(figures.doors.iter().map(|door| door.summary.raised).sum::<u64>() <= raised);
        prop_assert!(figures.whole.in_flood <= figures.period.length());
        prop_assert!(figures.whole.most_in_ten_minutes <= raised);
        prop_assert_eq!(figures.whole.active >= figures.stale.len() as u64, true);
        let alone = story.figures(hours, Wanted::About(BTreeSet::from([FRONT_DOOR])));
        let door = figures.doors.iter().find(|door| AlarmSource::Door(door.door) == FRONT_DOOR);
        prop_assert_eq!(door.map_or(0, |door| door.summary.raised), alone.whole.raised);
    }
}
