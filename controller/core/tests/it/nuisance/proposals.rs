//! What is proposed for a door whose past is known, and why nothing is where nothing may be.

use std::time::Duration;

use super::{STREET, desk_with, facts};
use crate::site::{Desk, card};
use rackward_core::alarm::life::Verdict;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::entry::AlarmEntry;
use rackward_core::facts::{Contact, Lock};
use rackward_core::id::Seq;
use rackward_core::nuisance::{Finding, NoProposal, Outcome, Period, Rehearsal, Setting};
use rackward_core::people::Validity;
use rackward_core::site::Timings;
use rackward_core::site::schedule::Weekly;
use rackward_core::{DeviceReport, Entry, Stamped, Wall};

/// A street door that may stay open for 20 s, and somebody who may pass it for a year.
fn desk() -> Desk {
    let mut desk = desk_with(|times| Timings {
        open_time: Duration::from_secs(20),
        pre_alarm_time: Duration::from_secs(5),
        ..times
    });
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(Duration::from_secs(300 * 86_400)) };
    let person = rackward_core::id::PersonId::new(1);
    desk.grant_when(person, &[STREET], Weekly::always(), validity);
    desk
}

/// Somebody passes and holds the door for so long.
fn pass(desk: &mut Desk, open_for_millis: u64) {
    desk.badge("street-reader", card(1));
    desk.facts("street-lock", facts(Contact::Open, Lock::Unlocked));
    desk.wait(Duration::from_millis(open_for_millis));
    desk.facts("street-lock", facts(Contact::Closed, Lock::Locked));
    desk.wait_secs(3600);
}

/// The journal with every alarm of a kind judged as `verdict` says of its place among them, right after it was over.
fn judged(desk: &Desk, kind: AlarmKind, verdict: impl Fn(usize) -> Option<Verdict>) -> Vec<Stamped> {
    let mut journal = Vec::new();
    let mut place = 0;
    for stamped in &desk.journal {
        journal.push(stamped.clone());
        let Entry::AlarmReturned { alarm, kind: of, .. } = &stamped.entry else { continue };
        if *of == kind {
            if let Some(verdict) = verdict(place) {
                let by = rackward_core::permission::Actor::LocalUser(1);
                let closed = AlarmEntry::Closed { alarm: *alarm, verdict, note: String::new(), by };
                journal.push(Stamped { seq: Seq::new(0), at: stamped.at, entry: Entry::Alarm(closed) });
            }
            place += 1;
        }
    }
    // Each raise under a number of its own, as it is where alarms are closed between.
    let mut numbers = std::collections::BTreeMap::new();
    let mut last = 1000;
    for stamped in &mut journal {
        match &mut stamped.entry {
            Entry::AlarmRaised { alarm, .. } => {
                last += 1;
                numbers.insert(*alarm, last);
                *alarm = rackward_core::id::AlarmId::new(last);
            }
            Entry::AlarmReturned { alarm, .. } | Entry::Alarm(AlarmEntry::Closed { alarm, .. }) => {
                *alarm = rackward_core::id::AlarmId::new(numbers[alarm]);
            }
            _ => {}
        }
    }
    journal
}

fn findings(desk: &Desk, from: Wall, journal: &[Stamped]) -> Vec<Finding> {
    let site = desk.engine.site();
    let to = journal.last().unwrap().at.after(Duration::from_secs(1));
    let mut rehearsal = Rehearsal::new(site, Period { from, to });
    journal.iter().for_each(|stamped| rehearsal.take(stamped));
    rehearsal.finish()
}

fn finding(desk: &Desk, from: Wall, journal: &[Stamped], kind: AlarmKind) -> Finding {
    let door = desk.door(STREET);
    findings(desk, from, journal).into_iter().find(|found| found.door == door && found.kind == kind).unwrap()
}

/// Four days in which people hold the door for a little longer than they may, and twice for ten minutes.
fn held_a_little_too_long() -> (Desk, Wall) {
    let mut desk = desk();
    desk.facts("street-lock", facts(Contact::Closed, Lock::Unlocked));
    desk.facts("street-lock", facts(Contact::Closed, Lock::Locked));
    let from = desk.now.wall;
    for place in 0..97 {
        let open_for = match place {
            30 | 60 => 600_000,
            // Three others take a while as well.
            10 | 20 | 40 => 38_000,
            _ => 20_000 + 40 * place,
        };
        pass(&mut desk, open_for);
    }
    (desk, from)
}

#[test]
fn a_door_that_people_hold_a_little_too_long_is_given_five_seconds_more() {
    let (desk, from) = held_a_little_too_long();
    let verdict = |place: usize| Some(if place == 30 || place == 60 { Verdict::TruePositive } else { Verdict::Benign });
    let journal = judged(&desk, AlarmKind::HeldOpen, verdict);
    let found = finding(&desk, from, &journal, AlarmKind::HeldOpen);
    assert_eq!((found.recorded, found.breaches, found.nuisances, found.different), (97, 2, 95, 0));
    let Outcome::Propose(effect) = found.outcome else { panic!("{found:?}") };
    assert_eq!((effect.change.setting, effect.change.to), (Setting::OpenTime, Duration::from_secs(25)));
    assert_eq!((effect.spared, effect.lost_breaches, effect.added), (92, 0, 0), "92 of 97 and no confirmed breach");
}

#[test]
fn nothing_is_proposed_that_would_have_kept_a_breach_from_the_desk() {
    let (desk, from) = held_a_little_too_long();
    // The shortest of them was a breach as well.
    let journal = judged(&desk, AlarmKind::HeldOpen, |place| {
        Some(if place == 1 { Verdict::SecurityRisk } else { Verdict::Benign })
    });
    let found = finding(&desk, from, &journal, AlarmKind::HeldOpen);
    assert_eq!(found.outcome, Outcome::Nothing(NoProposal::WouldLoseBreach), "{found:?}");
}

#[test]
fn what_nobody_judged_is_not_called_a_nuisance() {
    let (desk, from) = held_a_little_too_long();
    let judge_some = |every: usize| move |place: usize| place.is_multiple_of(every).then_some(Verdict::Benign);
    let journal = judged(&desk, AlarmKind::HeldOpen, judge_some(3));
    let found = finding(&desk, from, &journal, AlarmKind::HeldOpen);
    assert_eq!(found.outcome, Outcome::Nothing(NoProposal::TooFewJudged), "{found:?}");
    let journal = judged(&desk, AlarmKind::HeldOpen, judge_some(2));
    assert!(matches!(finding(&desk, from, &journal, AlarmKind::HeldOpen).outcome, Outcome::Propose(_)));
    // A test shows that the alarm works, and nothing of its timing.
    let journal = judged(&desk, AlarmKind::HeldOpen, |_| Some(Verdict::Test));
    let found = finding(&desk, from, &journal, AlarmKind::HeldOpen);
    assert_eq!(found.outcome, Outcome::Nothing(NoProposal::TooFewJudged), "{found:?}");
}

#[test]
fn a_few_alarms_or_one_bad_day_say_nothing() {
    let mut desk = desk();
    desk.facts("street-lock", facts(Contact::Closed, Lock::Unlocked));
    let from = desk.now.wall;
    let outcome = |desk: &Desk| {
        let journal = judged(desk, AlarmKind::HeldOpen, |_| Some(Verdict::Benign));
        finding(desk, from, &journal, AlarmKind::HeldOpen).outcome
    };
    (0..9).for_each(|_| pass(&mut desk, 22_000));
    assert_eq!(outcome(&desk), Outcome::Nothing(NoProposal::TooFew));
    (0..3).for_each(|_| pass(&mut desk, 22_000));
    assert_eq!(outcome(&desk), Outcome::Nothing(NoProposal::TooFewDays));
    desk.wait_secs(86_400);
    pass(&mut desk, 22_000);
    desk.wait_secs(86_400);
    pass(&mut desk, 22_000);
    assert!(matches!(outcome(&desk), Outcome::Propose(_)));
}

#[test]
fn a_past_with_other_timings_is_not_taken_for_the_present() {
    let (desk, from) = held_a_little_too_long();
    let journal = judged(&desk, AlarmKind::HeldOpen, |_| Some(Verdict::Benign));
    // The same journal at a site whose door may stay open for 30 s by now.
    let now = desk_with(|times| times);
    let found = finding(&now, from, &journal, AlarmKind::HeldOpen);
    assert_eq!(found.outcome, Outcome::Nothing(NoProposal::NotReproduced), "{found:?}");
}

#[test]
fn a_late_exit_sensor_is_answered_with_a_longer_debounce_and_a_burglar_forbids_it() {
    let tell = |burglar: bool| {
        let mut desk = desk();
        let lock = desk.device("street-lock");
        desk.facts("street-lock", facts(Contact::Closed, Lock::Unlocked));
        desk.facts("street-lock", facts(Contact::Closed, Lock::Locked));
        let from = desk.now.wall;
        for place in 0..40 {
            desk.facts("street-lock", facts(Contact::Open, Lock::Locked));
            if burglar && place == 20 {
                // In and through in a bit more than a second, and nobody has ever said what it was.
                desk.wait(Duration::from_millis(1_200));
            } else {
                desk.wait(Duration::from_millis(1_300));
                desk.report(lock, DeviceReport::ExitRequested);
                desk.wait_secs(4);
            }
            desk.facts("street-lock", facts(Contact::Closed, Lock::Locked));
            desk.wait_secs(2 * 3600);
        }
        let journal = judged(&desk, AlarmKind::DoorForced, |_| None);
        finding(&desk, from, &journal, AlarmKind::DoorForced)
    };
    let found = tell(false);
    assert_eq!((found.recorded, found.breaches, found.nuisances), (40, 0, 40));
    let Outcome::Propose(effect) = found.outcome else { panic!("{found:?}") };
    assert_eq!((effect.change.setting, effect.change.to), (Setting::ForcedDebounce, Duration::from_millis(1_500)));
    assert_eq!(effect.spared, 40);
    let found = tell(true);
    assert_eq!((found.recorded, found.breaches), (40, 1));
    assert_eq!(found.outcome, Outcome::Nothing(NoProposal::WouldLoseBreach));
}

#[test]
fn alarms_of_other_things_are_no_findings() {
    let (desk, from) = held_a_little_too_long();
    let found = findings(&desk, from, &judged(&desk, AlarmKind::HeldOpen, |_| Some(Verdict::Benign)));
    let kinds: Vec<AlarmKind> = found.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [AlarmKind::HeldPreAlarm, AlarmKind::HeldOpen]);
    let raised = desk.journal.iter().filter(|stamped| {
        matches!(&stamped.entry, Entry::AlarmRaised { source: AlarmSource::Door(_), kind: AlarmKind::HeldOpen, .. })
    });
    assert_eq!(raised.count(), 97);
}
