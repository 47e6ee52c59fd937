//! The figures of alarm management and the proposals that rehearsals make, as the API shows them. What is counted, what is good
//! and when something is proposed is the core's (`nuisance.rs` there).

use core::time::Duration;

use rackward_core::Site;
use rackward_core::nuisance as core_figures;
use rackward_core::nuisance::{Change as CoreChange, NoProposal, Outcome, Setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Places, actor_words, source_word};

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmFigures {
    /// The first instant of the period.
    pub from_at: At,
    /// The first instant after it.
    pub to_at: At,
    /// Everything that was asked for, together.
    pub whole: FigureSummary,
    /// How it stands against its targets.
    pub marks: Vec<FigureMark>,
    /// Every door that had alarms, the one with most first.
    pub doors: Vec<DoorFigures>,
    /// Everybody who answered alarms, who answered most first.
    pub operators: Vec<OperatorFigures>,
    /// The ten conditions at one place that were raised most often.
    pub top: Vec<SourceFigures>,
    /// Conditions at one place that chattered, the one that did most first; a hundred at most.
    pub chattering: Vec<SourceFigures>,
    /// Alarms that stand and have been active for more than a day, oldest first; a hundred at most.
    pub stale: Vec<StaleAlarm>,
}

/// What is counted of a site or a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FigureSummary {
    /// How often an alarm was raised.
    pub raised: u64,
    /// How many were active when the period ended.
    pub active: u64,
    /// How many nobody had acknowledged when it ended.
    pub unacknowledged: u64,
    /// Raises in ten minutes on average, in thousandths of an alarm.
    pub average_milli_per_10_min: u64,
    /// The most raises within any ten minutes; 4096 stands for more as well.
    pub most_per_10_min: u64,
    /// For how many seconds there were more than ten within the ten minutes before.
    pub in_flood_s: u64,
    /// Raises by priority, 1 (critical) to 4 (low).
    pub by_priority: Vec<PriorityCount>,
    /// Forced openings by their probable cause.
    pub by_label: Vec<WordCount>,
    /// How many of the raises were an alarm that came again before it was done with.
    pub again: u64,
    /// How often the same alarm came again at most.
    pub again_most: u32,
    /// How often a condition at one place began to chatter: three raises within a minute.
    pub chattering: u64,
    /// Alarms that were active for more than a day.
    pub stale: u64,
    /// The longest that an alarm was active, in seconds.
    pub longest_active_s: u64,
    /// The longest that nobody had acknowledged one, in seconds.
    pub longest_unacknowledged_s: u64,
    /// Half of those that were acknowledged were so within so many seconds, to 6 %; null where none was.
    pub acknowledged_p50_s: Option<u64>,
    /// Nineteen of twenty were so within so many seconds, to 6 %; null where none was.
    pub acknowledged_p95_s: Option<u64>,
}

/// How many alarms of a priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriorityCount {
    /// 1 (critical) to 4 (low).
    pub priority: u8,
    /// How many.
    pub count: u64,
}

/// How many of something that has a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WordCount {
    /// Of what.
    pub word: String,
    /// How many.
    pub count: u64,
}

/// One figure against its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FigureMark {
    /// Which figure: `average_rate`, `worst_rate`, `flood_share`, `critical_share`, `high_share`, `stale`, `chattering` or
    /// `worst_source_share`.
    pub measure: String,
    /// What was found.
    pub found: u64,
    /// The most that is good.
    pub limit: u64,
    /// What both are counted in: `milli_alarms_per_10_min`, `alarms_per_10_min`, `permille`, `alarms` or `conditions`.
    pub unit: String,
    /// `ok`, `short`, or `too_few` where there are too few alarms to say.
    pub standing: String,
}

/// The figures of one door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DoorFigures {
    /// Its path.
    pub door: String,
    /// What is counted there.
    pub figures: FigureSummary,
}

/// What one operator did about alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorFigures {
    /// Who, as events name them.
    pub operator: String,
    /// How many they acknowledged.
    pub acknowledged: u64,
    /// Half of them within so many seconds, to 6 %; null where it is not known.
    pub p50_s: Option<u64>,
    /// Nineteen of twenty within so many seconds, to 6 %; null where it is not known.
    pub p95_s: Option<u64>,
    /// How many they judged, by verdict.
    pub judged: Vec<WordCount>,
}

/// One condition at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceFigures {
    /// The condition, such as `door_forced_open`.
    pub kind: String,
    /// What it is about: `site`, `door`, `device`, `zone`, `area`, `grant` or `credential`.
    pub source_kind: String,
    /// Path or name of what it is about.
    pub source: String,
    /// How often it was raised.
    pub raised: u64,
    /// Its share of all raises, in thousandths.
    pub share_permille: u64,
    /// How often it began to chatter.
    pub chattering: u64,
}

/// An alarm that has been active for more than a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StaleAlarm {
    /// Which.
    pub alarm: String,
    /// The condition.
    pub kind: String,
    /// Path or name of what it is about.
    pub source: String,
    /// Since when; null where that is longer ago than was read.
    pub since_at: Option<At>,
}

/// What rehearsing the past with other timings shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmProposals {
    /// The first instant of the period.
    pub from_at: At,
    /// The first instant after it.
    pub to_at: At,
    /// Door by door, those with a proposal first.
    pub items: Vec<DoorProposal>,
}

/// What was found of one kind of alarm at one door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DoorProposal {
    /// Path of the door.
    pub door: String,
    /// The condition.
    pub kind: String,
    /// What is proposed; null where nothing is.
    pub change: Option<TimingChange>,
    /// Why nothing is proposed: `too_few_alarms`, `too_few_days`, `not_reproduced`, `too_few_judged`, `would_lose_breach` or
    /// `nothing_helps`; null where something is.
    pub reason: Option<String>,
    /// The same in words: `open_time 25 s instead of 20 s would have spared 92 of 97 alarms, and no breach`.
    pub sentence: String,
    /// How many alarms were raised and over in the period.
    pub recorded: u32,
    /// How many of them were a breach: judged so, or unexplained and not judged.
    pub breaches: u32,
    /// How many of them were nothing: judged so, or with a probable cause and not judged.
    pub nuisances: u32,
    /// How many the present timings do not explain, or would have raised beside them.
    pub different: u32,
    /// What each change that was tried would have done, smallest change first.
    pub tried: Vec<TriedChange>,
}

/// A timing of a door put to another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimingChange {
    /// Its name in the site file: `open_time`, `pre_alarm_time` or `forced_debounce`.
    pub setting: String,
    /// What it is, in milliseconds.
    pub from_ms: u64,
    /// What it would be, in milliseconds.
    pub to_ms: u64,
}

/// What one change would have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriedChange {
    /// The change.
    pub change: TimingChange,
    /// How many alarms would not have been raised.
    pub spared: u32,
    /// How many of those were nothing.
    pub spared_nuisances: u32,
    /// How many of those were a breach.
    pub lost_breaches: u32,
    /// How many alarms would have been raised that were not.
    pub added: u32,
}

impl AlarmFigures {
    /// Figures of the core.
    pub fn of(figures: &core_figures::Figures, site: &Site) -> Self {
        let places = Places(site);
        let door = |each: &core_figures::DoorFigures| DoorFigures {
            door: places.door(each.door),
            figures: FigureSummary::of(&each.summary),
        };
        let source = |each: &core_figures::SourceFigures| SourceFigures::of(each, places);
        let stale = |each: &core_figures::StaleAlarm| StaleAlarm {
            alarm: each.alarm.to_string(),
            kind: each.kind.word().to_owned(),
            source: places.source(each.source),
            since_at: each.since.map(At),
        };
        Self {
            from_at: At(figures.period.from),
            to_at: At(figures.period.to),
            whole: FigureSummary::of(&figures.whole),
            marks: figures.marks.iter().map(FigureMark::of).collect(),
            doors: figures.doors.iter().map(door).collect(),
            operators: figures.operators.iter().map(OperatorFigures::of).collect(),
            top: figures.top.iter().map(source).collect(),
            chattering: figures.chattering.iter().map(source).collect(),
            stale: figures.stale.iter().map(stale).collect(),
        }
    }
}

impl FigureSummary {
    fn of(summary: &core_figures::Summary) -> Self {
        let priority = |(priority, count): &(rackward_core::alarm::Priority, u64)| PriorityCount {
            priority: priority.number(),
            count: *count,
        };
        Self {
            raised: summary.raised,
            active: summary.active,
            unacknowledged: summary.unacknowledged,
            average_milli_per_10_min: summary.average_milli,
            most_per_10_min: summary.most_in_ten_minutes,
            in_flood_s: summary.in_flood.as_secs(),
            by_priority: summary.by_priority.iter().map(priority).collect(),
            by_label: summary.by_label.iter().map(|(label, count)| WordCount::of(label.word(), *count)).collect(),
            again: summary.again,
            again_most: summary.again_most,
            chattering: summary.chattering,
            stale: summary.stale,
            longest_active_s: summary.longest_active.as_secs(),
            longest_unacknowledged_s: summary.longest_unacknowledged.as_secs(),
            acknowledged_p50_s: summary.acknowledged_half_within.map(seconds_up),
            acknowledged_p95_s: summary.acknowledged_most_within.map(seconds_up),
        }
    }
}

impl WordCount {
    fn of(word: &str, count: u64) -> Self {
        Self { word: word.to_owned(), count }
    }
}

impl FigureMark {
    fn of(mark: &core_figures::Mark) -> Self {
        Self {
            measure: mark.measure.word().to_owned(),
            found: mark.found,
            limit: mark.limit,
            unit: mark.measure.unit().to_owned(),
            standing: mark.standing.word().to_owned(),
        }
    }
}

impl OperatorFigures {
    fn of(figures: &core_figures::OperatorFigures) -> Self {
        let judged = figures.judged.iter().filter(|(_, count)| *count > 0);
        Self {
            operator: actor_words(figures.operator),
            acknowledged: figures.acknowledged,
            p50_s: figures.half_within.map(seconds_up),
            p95_s: figures.most_within.map(seconds_up),
            judged: judged.map(|(verdict, count)| WordCount::of(verdict.word(), *count)).collect(),
        }
    }
}

impl SourceFigures {
    fn of(figures: &core_figures::SourceFigures, places: Places<'_>) -> Self {
        Self {
            kind: figures.kind.word().to_owned(),
            source_kind: source_word(figures.source).to_owned(),
            source: places.source(figures.source),
            raised: figures.raised,
            share_permille: figures.share_permille,
            chattering: figures.chattering,
        }
    }
}

impl AlarmProposals {
    /// Findings of the core; those with a proposal come first, then those with most alarms.
    pub fn of(period: core_figures::Period, findings: &[core_figures::Finding], site: &Site) -> Self {
        let mut sorted: Vec<&core_figures::Finding> = findings.iter().collect();
        sorted.sort_by_key(|finding| {
            (!matches!(finding.outcome, Outcome::Propose(_)), core::cmp::Reverse(finding.recorded))
        });
        let items = sorted.into_iter().map(|finding| DoorProposal::of(finding, site)).collect();
        Self { from_at: At(period.from), to_at: At(period.to), items }
    }
}

impl DoorProposal {
    fn of(finding: &core_figures::Finding, site: &Site) -> Self {
        let (change, reason) = match &finding.outcome {
            Outcome::Propose(effect) => (Some(TimingChange::of(&effect.change)), None),
            Outcome::Nothing(reason) => (None, Some(reason.word().to_owned())),
        };
        let tried = |effect: &core_figures::Effect| TriedChange {
            change: TimingChange::of(&effect.change),
            spared: effect.spared,
            spared_nuisances: effect.spared_nuisances,
            lost_breaches: effect.lost_breaches,
            added: effect.added,
        };
        Self {
            door: Places(site).door(finding.door),
            kind: finding.kind.word().to_owned(),
            change,
            reason,
            sentence: sentence(finding),
            recorded: finding.recorded,
            breaches: finding.breaches,
            nuisances: finding.nuisances,
            different: finding.different,
            tried: finding.effects.iter().map(tried).collect(),
        }
    }
}

impl TimingChange {
    fn of(change: &CoreChange) -> Self {
        Self { setting: change.setting.word().to_owned(), from_ms: millis(change.from), to_ms: millis(change.to) }
    }
}

/// What a finding says, in one sentence.
fn sentence(finding: &core_figures::Finding) -> String {
    let (recorded, what) = (finding.recorded, finding.kind.words());
    let why = match &finding.outcome {
        Outcome::Propose(effect) => {
            let (setting, from, to) = (effect.change.setting.word(), effect.change.from, effect.change.to);
            let also = if effect.change.setting == Setting::OpenTime {
                "; extended_open_time must not be shorter"
            } else {
                ""
            };
            let (from, to, spared) = (in_words(from), in_words(to), effect.spared);
            return format!(
                "{setting} {to} instead of {from} would have spared {spared} of {recorded} alarms, and no breach{also}"
            );
        }
        Outcome::Nothing(NoProposal::TooFew) => "too few to say anything; ten are needed".to_owned(),
        Outcome::Nothing(NoProposal::TooFewDays) => "all on one or two days, which had a cause of their own".to_owned(),
        Outcome::Nothing(NoProposal::NotReproduced) => {
            let different = finding.different;
            format!("the present timings do not explain {different} of what was recorded: they were others then")
        }
        Outcome::Nothing(NoProposal::TooFewJudged) => {
            let judged = finding.breaches + finding.nuisances;
            format!("only {judged} judged; close alarms with a verdict")
        }
        Outcome::Nothing(NoProposal::WouldLoseBreach) => {
            "what would spare most of them would have kept a breach from you".to_owned()
        }
        Outcome::Nothing(NoProposal::NothingHelps) => {
            "no timing within reason would have spared half of them".to_owned()
        }
    };
    if recorded == 1 { format!("{what}, once: {why}") } else { format!("{what}, {recorded} times: {why}") }
}

/// A timing as the site file has it: `25 s`, `1.5 s`.
fn in_words(span: Duration) -> String {
    format!("{} s", span.as_secs_f64())
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds that a span does not exceed.
fn seconds_up(span: Duration) -> u64 {
    millis(span).div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use rackward_core::alarm::AlarmKind;
    use rackward_core::id::DoorId;
    use rackward_core::nuisance::{Effect, Finding};

    use super::*;

    #[test]
    fn findings_read_as_sentences() {
        let change = CoreChange {
            setting: Setting::ForcedDebounce,
            from: Duration::from_secs(1),
            to: Duration::from_millis(1500),
        };
        let effect = Effect { change, spared: 92, spared_nuisances: 90, lost_breaches: 0, added: 0 };
        let check = |outcome: Outcome, recorded: u32, expect: &str| {
            let finding = Finding {
                door: DoorId::new(1),
                kind: AlarmKind::DoorForced,
                recorded,
                breaches: 2,
                nuisances: 10,
                days: 4,
                different: 7,
                effects: vec![effect],
                outcome,
            };
            assert_eq!(sentence(&finding), expect);
        };
        let proposed = "forced_debounce 1.5 s instead of 1 s would have spared 92 of 97 alarms, and no breach";
        check(Outcome::Propose(effect), 97, proposed);
        let few = "door forced open, once: too few to say anything; ten are needed";
        check(Outcome::Nothing(NoProposal::TooFew), 1, few);
        let judged = "door forced open, 97 times: only 12 judged; close alarms with a verdict";
        check(Outcome::Nothing(NoProposal::TooFewJudged), 97, judged);
        let different = "door forced open, 97 times: the present timings do not explain 7 of what was recorded: \
                         they were others then";
        check(Outcome::Nothing(NoProposal::NotReproduced), 97, different);
    }
}
