//! The fold that makes [`Figures`] of entries: what is open, what comes how often where, who answers how fast. It keeps as
//! much as there are open alarms, places with alarms and operators, and no more.
//!
//! One cause is one alarm here as on the list: an alarm that another one explains waits for nobody and stands for nothing, and
//! its raise counts only where it had stood for itself before.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Period;
use super::figures::{DoorFigures, Figures, OperatorFigures, SourceFigures, StaleAlarm, permille};
use super::label::{Labelled, Labeller};
use super::spread::Spread;
use super::tally::Tally;
use crate::alarm::life::Verdict;
use crate::alarm::{Acknowledged, Alarm, AlarmKind, AlarmSource, Condition};
use crate::entry::{AlarmEntry, Entry, Stamped};
use crate::id::{AlarmId, DoorId};
use crate::permission::Actor;
use crate::time::Wall;

/// An alarm that is active for longer is stale (exida; `vocabulary.md`).
const STALE_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Three raises of one condition at one place within this time are chattering.
const CHATTER: Duration = Duration::from_secs(60);

/// How many conditions at places are told apart: what grants and cards raise grows with them. Beyond, alarms count for the
/// whole and their door, and are not listed as sources.
const SOURCES_MAX: usize = 20_000;

/// How many operators are told apart; beyond, what they answer counts for the whole and the doors.
const OPERATORS_MAX: usize = 1000;

/// How many alarms are followed: the newest of each condition at a place, so this is never reached but by a journal that
/// somebody made up.
const ALARMS_MAX: usize = 50_000;

/// An alarm that is explained within this time after it was raised never was one of its own: the devices of a line that is
/// lost fall silent one after the other, each after its own time.
const ONE_CAUSE: Duration = Duration::from_secs(60);

/// How many raises wait to be counted, for as long as they may still be explained. Beyond them the oldest counts at once.
const RECENT_MAX_RAISES: usize = 10_000;

/// How many entries the list of the worst places has.
const TOP: usize = 10;

/// How many entries the other lists have at most.
const LISTED: usize = 100;

/// Which alarms are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    Everything,
    /// Those about one of these.
    About(BTreeSet<AlarmSource>),
}

/// The fold. Feed it every entry from the period's lead-in on, in order, then take the [`Figures`].
#[derive(Debug, Clone)]
pub struct Recorder {
    period: Period,
    wanted: Wanted,
    labeller: Labeller,
    whole: Tally,
    doors: BTreeMap<DoorId, Tally>,
    operators: Vec<(Actor, Answers)>,
    sources: BTreeMap<(AlarmSource, AlarmKind), Source>,
    /// The newest alarm of each condition at a place, and older ones that are active or unseen.
    alarms: BTreeMap<AlarmId, Followed>,
    /// Raises that may still turn out to be explained, the oldest first.
    recent: VecDeque<Raise>,
}

/// An alarm was raised.
#[derive(Debug, Clone, Copy)]
struct Raise {
    alarm: AlarmId,
    kind: AlarmKind,
    source: AlarmSource,
    at: Wall,
    again: u32,
}

/// What is known of an alarm.
#[derive(Debug, Clone, Copy)]
struct Followed {
    kind: AlarmKind,
    source: AlarmSource,
    condition: Lasting,
    unseen: Lasting,
    again: u32,
    cause: Cause,
}

/// Of what an alarm tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Of one of its own.
    Own,
    /// Another one explains it, and somebody had seen it before.
    Explained,
    /// Another one explains it, and nobody has seen it: that it waits for somebody goes on once it stands for itself again.
    ExplainedUnseen,
}

/// Whether something about an alarm lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    /// Since this instant.
    Since(Wall),
    /// Since before the lead-in.
    SinceBefore,
    /// No longer.
    Over,
}

/// What one operator did.
#[derive(Debug, Clone, Default)]
struct Answers {
    acknowledged: u64,
    after: Spread,
    judged: [u64; 10],
}

/// One condition at one place.
#[derive(Debug, Clone, Copy, Default)]
struct Source {
    raised: u64,
    /// The number of its newest alarm.
    newest: Option<AlarmId>,
    /// The two raises before the last, newest first.
    before: [Option<Wall>; 2],
    chatters_until: Option<Wall>,
    chattering: u64,
}

impl Recorder {
    /// Begins the figures of `period` for the alarms that are `wanted`.
    pub fn new(period: Period, wanted: Wanted) -> Self {
        Self {
            period,
            wanted,
            labeller: Labeller::default(),
            whole: Tally::default(),
            doors: BTreeMap::new(),
            operators: Vec::new(),
            sources: BTreeMap::new(),
            alarms: BTreeMap::new(),
            recent: VecDeque::new(),
        }
    }

    /// Takes in an alarm that is open now, before any entry: where it was raised before the lead-in, no entry that is given
    /// tells of its beginning. One that was raised later is left to the entries.
    pub fn stands(&mut self, alarm: &Alarm) {
        let begin = self.period.lead_in_from();
        if alarm.raised_at >= begin || !self.wants(alarm.source) {
            return;
        }
        // What ended or was seen since then, the entries say.
        let lasting = |over: Option<Wall>| match over {
            Some(at) if at < begin => Lasting::Over,
            Some(_) | None => Lasting::Since(alarm.raised_at),
        };
        let condition = match alarm.condition {
            Condition::Active => lasting(None),
            Condition::Returned(at) => lasting(Some(at)),
        };
        let unseen = match alarm.acknowledged {
            Acknowledged::No => lasting(None),
            Acknowledged::Yes { at, .. } => lasting(Some(at)),
        };
        let followed =
            Followed { kind: alarm.kind, source: alarm.source, condition, unseen, again: 0, cause: Cause::Own };
        self.keep(alarm.id, followed);
    }

    /// Takes in one entry. What came before the lead-in or after the period must not be given.
    pub fn take(&mut self, stamped: &Stamped) {
        let at = stamped.at;
        let labelled = self.labeller.take(stamped);
        self.labelled(&labelled);
        self.count_raises(|raise| at.since(raise.at) > ONE_CAUSE);
        match &stamped.entry {
            Entry::AlarmRaised { alarm, kind, source } if self.wants(*source) => {
                self.raised(*alarm, *kind, *source, at);
            }
            Entry::AlarmReturned { alarm, kind, source } if self.wants(*source) => {
                self.returned(*alarm, *kind, *source, at);
            }
            Entry::AlarmAcknowledged { alarm, kind, source, by, .. } if self.wants(*source) => {
                self.acknowledged(*alarm, (*kind, *source), *by, at);
            }
            Entry::Alarm(AlarmEntry::Closed { alarm, verdict, by, .. }) => self.closed(*alarm, *verdict, *by, at),
            Entry::Alarm(AlarmEntry::SuppressedByDesign { alarm, .. }) => self.explained(*alarm, at),
            Entry::Alarm(AlarmEntry::Unsuppressed { alarm }) => self.stands_again(*alarm, at),
            _ => {}
        }
    }

    fn labelled(&mut self, labelled: &[Labelled]) {
        for each in labelled {
            let source = AlarmSource::Door(each.door);
            if self.period.contains(each.raised_at) && self.wants(source) {
                self.each(source, |tally| tally.labelled(each.label));
            }
        }
    }

    fn wants(&self, source: AlarmSource) -> bool {
        match &self.wanted {
            Wanted::Everything => true,
            Wanted::About(sources) => sources.contains(&source),
        }
    }

    /// Does the same to the whole and, where the alarm is about a door, to that door.
    fn each(&mut self, source: AlarmSource, mut change: impl FnMut(&mut Tally)) {
        change(&mut self.whole);
        if let AlarmSource::Door(door) = source {
            change(self.doors.entry(door).or_default());
        }
    }

    fn raised(&mut self, alarm: AlarmId, kind: AlarmKind, source: AlarmSource, at: Wall) {
        let before = self.alarms.get(&alarm).copied();
        let again = before.map_or(0, |followed| followed.again.saturating_add(1));
        let cause = before.map_or(Cause::Own, |followed| followed.cause);
        let unseen = match cause {
            Cause::Own => before.map(|followed| followed.unseen).filter(|unseen| *unseen != Lasting::Over),
            Cause::Explained | Cause::ExplainedUnseen => Some(Lasting::Over),
        };
        let unseen = unseen.unwrap_or(Lasting::Since(at));
        self.keep(alarm, Followed { kind, source, condition: Lasting::Since(at), unseen, again, cause });
        if self.recent.len() == RECENT_MAX_RAISES {
            let mut oldest = true;
            self.count_raises(|_| core::mem::take(&mut oldest));
        }
        if cause == Cause::Own {
            self.recent.push_back(Raise { alarm, kind, source, at, again });
        }
    }

    /// Counts the oldest raises, as many as are `settled`.
    fn count_raises(&mut self, mut settled: impl FnMut(&Raise) -> bool) {
        while let Some(raise) = self.recent.front().copied().filter(&mut settled) {
            self.recent.pop_front();
            let Raise { alarm, kind, source, at, again } = raise;
            let period = self.period;
            self.each(source, |tally| tally.raised(kind, again, at, period));
            self.follow_source(alarm, kind, source, at);
        }
    }

    /// Another alarm explains this one.
    fn explained(&mut self, alarm: AlarmId, at: Wall) {
        let Some(mut followed) = self.alarms.get(&alarm).copied() else { return };
        if let Some(place) = self.recent.iter().rposition(|raise| raise.alarm == alarm) {
            self.recent.remove(place);
            followed.again = followed.again.saturating_sub(1);
        } else if let Some(lasting) = followed.unseen.until(at, self.period)
            && self.period.contains(at)
        {
            self.each(followed.source, |tally| tally.unseen(lasting));
        }
        followed.cause = match (followed.cause, followed.unseen) {
            (Cause::Own, Lasting::Over) => Cause::Explained,
            (Cause::Own, Lasting::Since(_) | Lasting::SinceBefore) => Cause::ExplainedUnseen,
            // Another one than before explains it.
            (cause @ (Cause::Explained | Cause::ExplainedUnseen), _) => cause,
        };
        followed.unseen = Lasting::Over;
        self.keep(alarm, followed);
    }

    /// An alarm stands for itself again, and waits from now on for whoever has not seen it.
    fn stands_again(&mut self, alarm: AlarmId, at: Wall) {
        let Some(mut followed) = self.alarms.get(&alarm).copied() else { return };
        match followed.cause {
            Cause::Own | Cause::Explained => {}
            Cause::ExplainedUnseen => followed.unseen = Lasting::Since(at),
        }
        followed.cause = Cause::Own;
        self.keep(alarm, followed);
    }

    fn follow_source(&mut self, alarm: AlarmId, kind: AlarmKind, source: AlarmSource, at: Wall) {
        let (key, counts) = ((source, kind), self.period.contains(at));
        if self.sources.len() == SOURCES_MAX && !self.sources.contains_key(&key) {
            return;
        }
        let followed = self.sources.entry(key).or_default();
        followed.raised += u64::from(counts);
        let older = followed.newest.replace(alarm).filter(|older| *older != alarm);
        let third = followed.before[1].is_some_and(|first| at.since(first) <= CHATTER);
        let is_new = followed.chatters_until.is_none_or(|until| at > until);
        followed.before = [Some(at), followed.before[0]];
        if third {
            followed.chatters_until = Some(at.after(CHATTER));
            if is_new && counts {
                followed.chattering += 1;
                self.each(source, Tally::chattering);
            }
        }
        if let Some(older) = older.filter(|older| self.alarms.get(older).is_some_and(Followed::is_done)) {
            self.alarms.remove(&older);
        }
    }

    fn returned(&mut self, alarm: AlarmId, kind: AlarmKind, source: AlarmSource, at: Wall) {
        let (condition, unseen, cause) = (Lasting::SinceBefore, Lasting::Over, Cause::Own);
        let unknown = Followed { kind, source, condition, unseen, again: 0, cause };
        let followed = self.alarms.get(&alarm).copied().unwrap_or(unknown);
        self.was_active(&followed, at);
        match followed.cause {
            // It goes with its condition, and its number is never given again.
            Cause::ExplainedUnseen => drop(self.alarms.remove(&alarm)),
            Cause::Own | Cause::Explained => {
                self.keep(alarm, Followed { condition: Lasting::Over, ..followed });
            }
        }
    }

    /// An alarm was active until `at`.
    fn was_active(&mut self, followed: &Followed, at: Wall) {
        if followed.cause != Cause::Own {
            return;
        }
        let Some(lasting) = followed.condition.until(at, self.period) else { return };
        if at >= self.period.from {
            self.each(followed.source, |tally| {
                tally.active(lasting);
                if lasting > STALE_AFTER {
                    tally.stale();
                }
            });
        }
    }

    fn acknowledged(&mut self, alarm: AlarmId, (kind, source): (AlarmKind, AlarmSource), by: Actor, at: Wall) {
        let followed = self.alarms.get(&alarm).copied();
        let unseen = followed.map_or(Lasting::SinceBefore, |followed| followed.unseen);
        if self.period.contains(at) {
            if let Some(lasting) = unseen.until(at, self.period) {
                self.each(source, |tally| tally.unseen(lasting));
            }
            if let Lasting::Since(raised_at) = unseen {
                let after = at.since(raised_at);
                self.each(source, |tally| tally.acknowledged(after));
            }
            self.answered(by, unseen, at);
        }
        let cause = Cause::Own;
        let unknown = Followed { kind, source, condition: Lasting::SinceBefore, unseen, again: 0, cause };
        self.keep(alarm, Followed { unseen: Lasting::Over, ..followed.unwrap_or(unknown) });
    }

    fn answered(&mut self, by: Actor, unseen: Lasting, at: Wall) {
        if let Some(answers) = self.answers_of(by) {
            answers.acknowledged += 1;
            if let Lasting::Since(raised_at) = unseen {
                answers.after.add(at.since(raised_at));
            }
        }
    }

    fn answers_of(&mut self, by: Actor) -> Option<&mut Answers> {
        let place = match self.operators.iter().position(|(actor, _)| *actor == by) {
            Some(place) => place,
            None if self.operators.len() < OPERATORS_MAX => {
                self.operators.push((by, Answers::default()));
                self.operators.len() - 1
            }
            None => return None,
        };
        self.operators.get_mut(place).map(|(_, answers)| answers)
    }

    /// An alarm was judged and put away, which is the end of it whatever is still true of it.
    fn closed(&mut self, alarm: AlarmId, verdict: Verdict, by: Actor, at: Wall) {
        let known = self.alarms.remove(&alarm);
        if let Some(followed) = known {
            self.was_active(&followed, at);
        }
        let wanted = known.is_some() || self.wanted == Wanted::Everything;
        if !wanted || !self.period.contains(at) {
            return;
        }
        if let Some(answers) = self.answers_of(by) {
            let counts = Verdict::ALL.iter().zip(&mut answers.judged);
            counts.filter(|(each, _)| **each == verdict).for_each(|(_, count)| *count += 1);
        }
    }

    fn keep(&mut self, alarm: AlarmId, followed: Followed) {
        if self.alarms.len() == ALARMS_MAX {
            self.alarms.retain(|_, each| !each.is_done());
        }
        if self.alarms.len() < ALARMS_MAX || self.alarms.contains_key(&alarm) {
            self.alarms.insert(alarm, followed);
        }
    }

    /// The figures; `now` is until when what still stands is counted, at most the end of the period.
    pub fn finish(mut self, now: Wall) -> Figures {
        let end = now.min(self.period.to);
        let labelled = self.labeller.settle(Wall::from_micros(i64::MAX));
        self.labelled(&labelled);
        self.count_raises(|_| true);
        let stale = self.count_standing(end);
        let period = Period { from: self.period.from, to: end.max(self.period.from) };
        let whole = self.whole.summary(period);
        let sources = self.listed_sources(whole.raised);
        let top: Vec<SourceFigures> = sources.iter().take(TOP).copied().collect();
        let worst = top.first().map_or(0, |source| source.share_permille);
        let mut chattering: Vec<SourceFigures> = sources.into_iter().filter(|source| source.chattering > 0).collect();
        chattering.sort_by_key(|source| core::cmp::Reverse(source.chattering));
        let marks = whole.marks(period, stale.len() as u64, chattering.len() as u64, worst);
        chattering.truncate(LISTED);
        Figures {
            period,
            doors: doors_by_load(&self.doors, period),
            operators: operators_by_load(&self.operators),
            top,
            chattering,
            stale: stale.into_iter().take(LISTED).collect(),
            marks,
            whole,
        }
    }

    /// Counts what stands at the end, and says which of it is stale, oldest first.
    fn count_standing(&mut self, end: Wall) -> Vec<StaleAlarm> {
        let mut stale = Vec::new();
        let alarms = core::mem::take(&mut self.alarms).into_iter();
        for (alarm, followed) in alarms.filter(|(_, followed)| followed.cause == Cause::Own) {
            self.was_active(&followed, end);
            if let Some(lasting) = followed.unseen.until(end, self.period) {
                self.each(followed.source, |tally| tally.unseen(lasting));
            }
            let (active, seen) = (followed.condition != Lasting::Over, followed.unseen == Lasting::Over);
            self.each(followed.source, |tally| tally.stands(active, seen));
            if followed.condition.until(end, self.period).is_some_and(|lasting| lasting > STALE_AFTER) {
                let since = match followed.condition {
                    Lasting::Since(since) => Some(since),
                    Lasting::SinceBefore | Lasting::Over => None,
                };
                stale.push(StaleAlarm { alarm, kind: followed.kind, source: followed.source, since });
            }
        }
        stale.sort_by_key(|alarm| (alarm.since, alarm.alarm));
        stale
    }

    fn listed_sources(&self, raised: u64) -> Vec<SourceFigures> {
        let figures = |((source, kind), counted): (&(AlarmSource, AlarmKind), &Source)| SourceFigures {
            source: *source,
            kind: *kind,
            raised: counted.raised,
            share_permille: permille(counted.raised, raised),
            chattering: counted.chattering,
        };
        let counted = self.sources.iter().filter(|(_, counted)| counted.raised > 0);
        let mut listed: Vec<SourceFigures> = counted.map(figures).collect();
        listed.sort_by_key(|source| core::cmp::Reverse(source.raised));
        listed
    }
}

impl Followed {
    fn is_done(&self) -> bool {
        self.condition == Lasting::Over && self.unseen == Lasting::Over
    }
}

impl Lasting {
    /// For how long it lasted until `at`; at least since the lead-in where it began before. `None` when it is over.
    const fn until(self, at: Wall, period: Period) -> Option<Duration> {
        match self {
            Self::Since(since) => Some(at.since(since)),
            Self::SinceBefore => Some(at.since(period.lead_in_from())),
            Self::Over => None,
        }
    }
}

fn doors_by_load(doors: &BTreeMap<DoorId, Tally>, period: Period) -> Vec<DoorFigures> {
    let figures = doors.iter().map(|(door, tally)| DoorFigures { door: *door, summary: tally.summary(period) });
    let mut listed: Vec<DoorFigures> = figures.collect();
    listed.sort_by_key(|door| core::cmp::Reverse(door.summary.raised));
    listed
}

fn operators_by_load(operators: &[(Actor, Answers)]) -> Vec<OperatorFigures> {
    let figures = |(operator, answers): &(Actor, Answers)| OperatorFigures {
        operator: *operator,
        acknowledged: answers.acknowledged,
        half_within: answers.after.percentile(50),
        most_within: answers.after.percentile(95),
        judged: core::array::from_fn(|place| (Verdict::ALL[place], answers.judged[place])),
    };
    let mut listed: Vec<OperatorFigures> = operators.iter().map(figures).collect();
    listed.sort_by_key(|operator| core::cmp::Reverse(operator.acknowledged));
    listed
}
