//! Looks back at random histories: rights rebuilt from the entries that were picked say what the engine said then, who may pass
//! is whom an explanation lets pass, and what was decided at doors is what is decided again.

use std::collections::BTreeSet;
use std::sync::Arc;

use rackward_core::decide::explain::{Explanation, Finding, Known, Outcome};
use rackward_core::engine::command::Scope;
use rackward_core::engine::past::{Past, Replay, Selection, Simulation};
use rackward_core::engine::query::Through;
use rackward_core::entry::Denial;
use rackward_core::id::{PersonId, PointId, Seq};
use rackward_core::{Answer, Entry, Query, Records, Stamped, Wall};

use super::chance::Chance;
use super::grounds::Feature;
use super::history::Step;
use super::runner::Both;

/// How often a step is followed by a look at everybody at every point, in percent.
const LOOKS_PERCENT: u64 = 4;

/// What the engine said at a moment of everybody at every point.
struct Look {
    at: Wall,
    upto: Seq,
    said: Vec<(PersonId, PointId, Outcome)>,
}

/// How many answers were compared, or what differs.
pub(crate) fn look_back(
    features: &[Feature],
    start: Wall,
    history: &[Step],
    chance: &mut Chance,
) -> Result<u64, String> {
    let mut both = Both::open(features, start);
    let mut entries = both.desk.journal.clone();
    let mut looks = Vec::new();
    for step in history {
        both.take(step)?;
        entries.extend(both.desk.journal.iter().cloned());
        if chance.percent(LOOKS_PERCENT) {
            looks.push(both.look(entries.last().map_or(Seq::new(0), |last| last.seq)));
        }
    }
    let mut selection = Selection::default();
    let kept: Vec<&Stamped> = entries.iter().filter(|entry| selection.takes(&entry.entry)).collect();
    let mut compared = 0;
    for look in &looks {
        let past = both.rebuilt(&kept, look.upto);
        compared += compare(&past, look).map_err(|difference| format!("at {:?}: {difference}", look.at))?;
        who_is_whom_it_is_explained_to(&past, look)?;
        differ_only_in_what_passes(past.records(), &whole(&entries, look.upto))?;
    }
    for entry in &entries {
        compared += both.decided_again(&kept, entry)?;
    }
    both.tries_unchanged_rules(&kept, &entries)?;
    Ok(compared)
}

impl Both {
    fn look(&self, upto: Seq) -> Look {
        let (engine, now) = (&self.desk.engine, self.desk.now);
        let persons = engine.records().persons.keys();
        let asked = persons.flat_map(|person| self.points.iter().map(|point| (*person, *point)));
        let said = asked.filter_map(|(person, point)| {
            match engine.answer(now, Scope::Site, &Query::Explain { person, point, at: None }) {
                Answer::Explain(explained) => Some((person, point, explained?.outcome)),
                other => panic!("{other:?}"),
            }
        });
        Look { at: now.wall, upto, said: said.collect() }
    }

    fn rebuilt(&self, kept: &[&Stamped], upto: Seq) -> Past {
        let mut replay = Replay::default();
        kept.iter().take_while(|entry| entry.seq <= upto).for_each(|entry| replay.take(entry));
        Past::of(self.desk.engine.site().clone(), replay.into_records())
    }

    /// Rules that are as they were make no difference.
    fn tries_unchanged_rules(&self, kept: &[&Stamped], entries: &[Stamped]) -> Result<(), String> {
        let upto = entries.last().map_or(Seq::new(0), |last| last.seq);
        let mut simulation = Simulation::of(Arc::new(self.rebuilt(kept, upto)), self.rebuilt(kept, upto), Scope::Site);
        entries.iter().for_each(|entry| simulation.try_on(entry));
        let simulated = simulation.finish();
        if simulated.different == 0 { Ok(()) } else { Err(format!("unchanged rules differ: {simulated:?}")) }
    }

    /// What somebody was told at a door is what rights and orders of that moment say.
    fn decided_again(&self, kept: &[&Stamped], entry: &Stamped) -> Result<u64, String> {
        let before = Seq::new(entry.seq.get() - 1);
        let (person, point, expected) = match entry.entry {
            Entry::AccessGranted { person, point, grant, .. } => (person, point, Outcome::Granted(grant)),
            Entry::AccessDenied { person: Some(person), point, reason, .. } if is_about_rights(reason) => {
                (person, point, Outcome::Denied(reason))
            }
            _ => return Ok(0),
        };
        let explained = explained(&self.rebuilt(kept, before), entry.at, person, point);
        let outcome = explained.as_ref().map(|explained| explained.outcome);
        // Of several cards the one that was shown may be another than the one that is judged here.
        let other_card = matches!(outcome, Some(Outcome::Denied(Denial::CredentialLockedOut)));
        if outcome == Some(expected) || other_card {
            return Ok(1);
        }
        Err(format!("{:?} was {:?}, and would have been {explained:#?}", entry.seq, entry.entry))
    }
}

fn explained(past: &Past, at: Wall, person: PersonId, point: PointId) -> Option<Explanation> {
    match past.answer(at, Scope::Site, &Query::Explain { person, point, at: None }) {
        Answer::Explain(explained) => explained,
        other => panic!("{other:?}"),
    }
}

/// Everything but what only the moment knew is said as it was then.
fn compare(past: &Past, look: &Look) -> Result<u64, String> {
    let mut compared = 0;
    for (person, point, outcome) in &look.said {
        if matches!(outcome, Outcome::Denied(reason) if is_of_the_moment(*reason)) {
            continue;
        }
        let again = explained(past, look.at, *person, *point);
        if again.as_ref().map(|again| (again.outcome, again.known)) != Some((*outcome, Known::Recorded)) {
            return Err(format!("{person} at {point} was {outcome:?}, and looking back it is {again:#?}"));
        }
        compared += 1;
    }
    Ok(compared)
}

fn who_is_whom_it_is_explained_to(past: &Past, look: &Look) -> Result<(), String> {
    let points: BTreeSet<PointId> = look.said.iter().map(|(_, point, _)| *point).collect();
    let persons: BTreeSet<PersonId> = look.said.iter().map(|(person, ..)| *person).collect();
    let mut passable: BTreeSet<(PersonId, PointId)> = BTreeSet::new();
    for person in &persons {
        let query = Query::Passable { person: *person, at: None, after: None };
        let Answer::Passable(Some(part)) = past.answer(look.at, Scope::Site, &query) else { panic!("{person}") };
        passable.extend(part.points.iter().map(|(point, _)| (*person, *point)));
    }
    for point in points {
        let query = Query::Entitled { through: Through::Point(point), at: None, after: None };
        let Answer::Entitled(part) = past.answer(look.at, Scope::Site, &query) else { panic!("{point}") };
        let who: BTreeSet<PersonId> = part.entitled.iter().map(|entitled| entitled.grant.person).collect();
        let passes = |person: &PersonId| explained(past, look.at, *person, point).is_some_and(|it| is_let_through(&it));
        let whom: BTreeSet<PersonId> = persons.iter().copied().filter(passes).collect();
        let whose: BTreeSet<PersonId> =
            persons.iter().copied().filter(|person| passable.contains(&(*person, point))).collect();
        if who != whom || whose != whom {
            return Err(format!("{point}: {who:?} may pass, by their own lists {whose:?}, explained are {whom:?}"));
        }
    }
    Ok(())
}

/// Whether a card that somebody has lets them through: for whoever has none, an explanation assumes one.
fn is_let_through(explained: &Explanation) -> bool {
    let assumed = explained
        .steps
        .iter()
        .any(|step| matches!(&step.finding, Finding::Passed(found) if found.contains("a good credential is assumed")));
    matches!(explained.outcome, Outcome::Granted(_)) && !assumed
}

fn is_of_the_moment(reason: Denial) -> bool {
    matches!(
        reason,
        Denial::NoDecision
            | Denial::DeviceUntrusted
            | Denial::NotAuthorisedArea
            | Denial::Passback
            | Denial::OccupancyLimit
            | Denial::Interlock
    )
}

fn is_about_rights(reason: Denial) -> bool {
    matches!(
        reason,
        Denial::NotAuthorisedPoint
            | Denial::NotPermittedAtThisTime
            | Denial::GrantNotApproved
            | Denial::UsesExhausted
            | Denial::PersonDisabled
    )
}

/// The records after every entry.
fn whole(entries: &[Stamped], upto: Seq) -> Records {
    let mut replay = Replay::default();
    entries.iter().take_while(|entry| entry.seq <= upto).for_each(|entry| replay.take(entry));
    replay.into_records()
}

/// No entry that was left out says anything of what is rebuilt.
fn differ_only_in_what_passes(picked: &Records, whole: &Records) -> Result<(), String> {
    let whole = Records {
        head: picked.head,
        last_alarm: picked.last_alarm,
        alarms: picked.alarms.clone(),
        closed: picked.closed.clone(),
        doors: picked.doors.clone(),
        devices: picked.devices.clone(),
        rights: picked.rights.clone(),
        certificates: picked.certificates.clone(),
        presence: picked.presence.clone(),
        ..whole.clone()
    };
    if *picked == whole { Ok(()) } else { Err(format!("{picked:#?}\n\nand with every entry\n\n{whole:#?}")) }
}
