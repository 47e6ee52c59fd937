//! An alarm as the API shows it: whether its condition holds, whether somebody acknowledged it, and whether it is put aside, as
//! three separate facts. When one begins, ends and closes is the core's (`alarm.rs` there).

use rackward_core::Site;
use rackward_core::alarm::life::{Closing, Shelf, ShelfKind, Suppression};
use rackward_core::alarm::shelving::Shelving;
use rackward_core::alarm::{Acknowledged, Alarm as CoreAlarm, AlarmKind, AlarmSource, Condition};
use rackward_core::engine::query::AlarmStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::desk::assignee_words;
use super::names::{Places, SOMEBODY, actor_words, names_a_person, source_word};

/// One occurrence of a condition that needs an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    /// Its id, such as `alm-7`.
    pub id: String,
    /// The condition, such as `door_forced_open`.
    pub kind: String,
    /// The condition in words, such as `door forced open`; of an alert, what people call it.
    pub words: String,
    /// 1 (critical) to 4 (low).
    pub priority: u8,
    /// What it is about: `site`, `door`, `device`, `zone`, `area`, `grant`, `credential`, `line`, `point`, `operator` or `alert`.
    pub source_kind: String,
    /// Path or name of what it is about.
    pub source: String,
    /// Path of the door it concerns; null when it concerns none.
    pub door: Option<String>,
    /// The alert that it comes of; null of every other alarm, and for whoever may not see persons.
    pub alert: Option<AlarmAlert>,
    /// What to do about it, in a few sentences.
    pub response: String,
    /// The same as the steps of a procedure.
    pub steps: Vec<AlarmStep>,
    /// When its condition began last.
    pub raised_at: At,
    /// The entry that raised it.
    pub raised_by: u64,
    /// How often its condition has begun since the alarm was first raised.
    pub raised_times: u32,
    /// Whether the condition holds.
    pub active: bool,
    /// When the condition ended; null while it holds.
    pub returned_at: Option<At>,
    /// Who has seen it; null while nobody has.
    pub acked: Option<Acknowledgement>,
    /// What keeps it aside; null where nothing does.
    pub suppression: Option<AlarmSuppression>,
    /// Its state by the letters of ISA-18.2, `A` to `I`.
    pub isa_state: String,
    /// The state in words, such as `active, unacked`.
    pub state: String,
    /// Who is to answer it: an operator's id, or `desk`; `somebody` for whoever may not see persons.
    pub assignee: String,
    /// How far it was carried up: `desk`, `second_desk`, `duty_manager`, `external` or `supervisor`.
    pub level: String,
    /// Who is called next, and when; null where nobody is.
    pub next_escalation: Option<NextEscalation>,
    /// Whether it stays after its condition until somebody says what it was.
    pub awaits_verdict: bool,
    /// What it was; null until somebody has said so.
    pub judgement: Option<AlarmJudgement>,
    /// Why it probably came: `late_exit`, `bounce`, `misfit_latch`, `late_relock` or `unexplained`; null where nothing says.
    pub label: Option<String>,
    /// How many others it explains.
    pub behind: u32,
    /// For how long it may be shelved, in seconds; null where it never may.
    pub shelf_limit_s: Option<u64>,
    /// Whether shelving it takes two operators.
    pub shelf_takes_two: bool,
    /// Counts what people did with it and every time it began again; an order is given on one.
    pub revision: u32,
    /// When it was put away; null while it is on the list.
    pub closed_at: Option<At>,
}

/// The alert that an alarm comes of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmAlert {
    /// Its id, such as `alr-2`.
    pub id: String,
    /// What people call it; null where only the journal still knows it.
    pub name: Option<String>,
    /// Its query; null where only the journal still knows it.
    pub query: Option<String>,
}

/// One step of what to do about an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmStep {
    /// Its number, from 1.
    pub step: u8,
    /// What to do.
    pub words: String,
    /// Whether somebody did it.
    pub done: bool,
}

/// "Seen, mine."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acknowledgement {
    /// When.
    pub acked_at: At,
    /// Who; `somebody` for whoever may not see persons.
    pub acked_by: String,
    /// What they noted; nothing for whoever may not see persons.
    pub note: String,
}

/// What keeps an alarm aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmSuppression {
    /// `shelved`, `by_design` or `out_of_service`.
    pub kind: String,
    /// Until when at most; null for what another alarm explains, which ends with that.
    pub until_at: Option<At>,
    /// The reason, the work order, or the rule by which another alarm explains it: `line_lost`, `lockdown`, `fire_release`,
    /// `site_clock`, `worsened` or `together`.
    pub reason: String,
    /// Who put it aside; null for what another alarm explains.
    pub by: Option<String>,
    /// The second operator, where it took two.
    pub second: Option<String>,
    /// Whether the end of its condition brings it back as well; null where it is not shelved.
    pub one_shot: Option<bool>,
    /// The alarm that explains it; null where none does.
    pub behind: Option<String>,
}

/// Who is called next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NextEscalation {
    /// When, unless somebody answers before.
    pub at: At,
    /// Who, as in `level`.
    pub level: String,
}

/// What an alarm turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmJudgement {
    /// The verdict, such as `false_positive`.
    pub verdict: String,
    /// OCSF's number for it.
    pub verdict_id: u8,
    /// When.
    pub at: At,
    /// Who says so.
    pub by: String,
}

/// An alarm with those that it explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmDetail {
    /// The alarm.
    #[serde(flatten)]
    pub alarm: Alarm,
    /// What is counted behind it.
    pub children: Vec<Alarm>,
    /// What was noted of it, the oldest first, at most the newest fifty; null for whoever may not read them, and while the
    /// journal cannot be searched.
    pub notes: Option<Vec<AlarmNoted>>,
}

/// Something that was noted of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmNoted {
    /// The entry of the journal.
    pub entry: u64,
    /// When.
    pub at: At,
    /// Who.
    pub by: String,
    /// What.
    pub note: String,
}

/// What came of an order about an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmChanged {
    /// Which alarm.
    pub id: String,
    /// The revision it has now.
    pub revision: u32,
    /// Whether its condition holds: no order changes that.
    pub active: bool,
    /// What waits for a second operator; null where nothing does.
    pub proposal: Option<String>,
}

/// How many alarms each view of the list has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DeskCounts)]
pub struct AlarmCounts {
    /// On the list, not put aside.
    pub open: u32,
    /// Of these, those whose condition holds.
    pub active: u32,
    /// Of these, those that whoever asks is to answer.
    pub mine: u32,
    /// Of these, those whose condition is over.
    pub returned: u32,
    /// On the shelf.
    pub shelved: u32,
    /// Out of service.
    pub out_of_service: u32,
    /// Explained by another alarm.
    pub suppressed: u32,
    /// Put away within the last day.
    pub closed_today: u32,
}

impl Alarm {
    /// An alarm of the core.
    pub fn of(status: &AlarmStatus, site: &Site) -> Self {
        let AlarmStatus { alarm, behind, closed_at, alert } = status;
        let own = alert.as_ref().filter(|terms| terms.priority.kind() == alarm.kind);
        let response = own.map_or_else(|| alarm.kind.response(), |terms| terms.response.as_str().to_owned());
        let returned_at = match alarm.condition {
            Condition::Active => None,
            Condition::Returned(at) => Some(At(at)),
        };
        let (shelf_limit, shelf_takes_two) = match alarm.kind.shelving() {
            Shelving::Never => (None, false),
            Shelving::ByOne(longest) => (Some(longest), false),
            Shelving::ByTwo(longest) => (Some(longest), true),
        };
        let life = &alarm.life;
        Self {
            id: alarm.id.to_string(),
            kind: alarm.kind.word().to_owned(),
            words: own.map_or_else(|| alarm.kind.words().to_owned(), |terms| terms.name.clone()),
            priority: alarm.kind.priority().number(),
            source_kind: source_word(alarm.source).to_owned(),
            source: Places(site).source(alarm.source),
            door: Places(site).door_of(alarm.source),
            alert: alert_of(status),
            steps: steps(alarm, own.map(|_| response.as_str())),
            response,
            raised_at: At(alarm.raised_at),
            raised_by: alarm.raised_by.get(),
            raised_times: life.raised_times,
            active: alarm.is_active(),
            returned_at,
            acked: acknowledgement(alarm),
            suppression: AlarmSuppression::of(&life.suppression),
            isa_state: alarm.isa_state().letter().to_string(),
            state: state_words(alarm, closed_at.is_some()).to_owned(),
            assignee: assignee_words(life.assignee),
            level: life.level.word().to_owned(),
            next_escalation: alarm
                .next_escalation()
                .map(|(at, level)| NextEscalation { at: At(at), level: level.word().to_owned() }),
            awaits_verdict: life.closing == Closing::ByVerdict && life.judgement.is_none(),
            judgement: life.judgement.as_ref().map(|judgement| AlarmJudgement {
                verdict: judgement.verdict.word().to_owned(),
                verdict_id: judgement.verdict.ocsf_id(),
                at: At(judgement.at),
                by: actor_words(judgement.by),
            }),
            label: life.label.map(|label| label.word().to_owned()),
            behind: *behind,
            shelf_limit_s: shelf_limit.map(|longest| longest.as_secs()),
            shelf_takes_two,
            revision: life.revision,
            closed_at: closed_at.map(At),
        }
    }

    /// The same for whoever may not see persons: that it was seen or put aside, not by whom or with which words.
    pub(crate) fn without_persons(self) -> Self {
        let hidden = |text: String| if names_a_person(&text) { SOMEBODY.to_owned() } else { text };
        let somebody = || SOMEBODY.to_owned();
        // What an alert says is somebody's words.
        let kind = AlarmKind::ALL.into_iter().find(|kind| self.alert.is_some() && kind.word() == self.kind);
        let (words, response, steps) = match kind {
            Some(kind) => (kind.words().to_owned(), kind.response(), Vec::new()),
            None => (self.words, self.response, self.steps),
        };
        Self {
            words,
            response,
            steps,
            source: hidden(self.source),
            alert: None,
            assignee: hidden(self.assignee),
            acked: self.acked.map(|acked| Acknowledgement { acked_by: somebody(), note: String::new(), ..acked }),
            suppression: self.suppression.map(AlarmSuppression::without_persons),
            judgement: self.judgement.map(|judgement| AlarmJudgement { by: somebody(), ..judgement }),
            ..self
        }
    }

    /// The state of one that is not put aside in words, as `console.md` B.2 names it.
    pub const fn state_words(&self) -> &'static str {
        match (self.active, &self.acked) {
            (true, None) => "active, unacked",
            (true, Some(_)) => "active, acked",
            (false, None) => "returned, unacked",
            (false, Some(_)) => "returned, to be judged",
        }
    }
}

fn alert_of(status: &AlarmStatus) -> Option<AlarmAlert> {
    let AlarmSource::Alert { alert, .. } = status.alarm.source else { return None };
    let terms = status.alert.as_ref();
    let (name, query) = (terms.map(|terms| terms.name.clone()), terms.map(|terms| terms.query.clone()));
    Some(AlarmAlert { id: alert.to_string(), name, query })
}

/// The steps of its kind, or the one that an alert says.
fn steps(alarm: &CoreAlarm, own: Option<&str>) -> Vec<AlarmStep> {
    let is_done = |step: u8| alarm.life.steps_done & (1 << (step - 1)) != 0;
    let numbered = (1..=u8::MAX).zip(alarm.kind.steps());
    let words = |words: &str| own.unwrap_or(words).to_owned();
    numbered.map(|(step, of_kind)| AlarmStep { step, words: words(of_kind), done: is_done(step) }).collect()
}

fn acknowledgement(alarm: &CoreAlarm) -> Option<Acknowledgement> {
    match &alarm.acknowledged {
        Acknowledged::No => None,
        Acknowledged::Yes { at, by, note } => {
            Some(Acknowledgement { acked_at: At(*at), acked_by: actor_words(*by), note: note.clone() })
        }
    }
}

const fn state_words(alarm: &CoreAlarm, is_closed: bool) -> &'static str {
    let is_acked = matches!(alarm.acknowledged, Acknowledged::Yes { .. });
    match (&alarm.life.suppression, alarm.condition) {
        _ if is_closed => "closed",
        (Suppression::Shelved(_), _) => "shelved",
        (Suppression::ByDesign { .. }, _) => "behind another alarm",
        (Suppression::OutOfService { .. }, _) => "out of service",
        (Suppression::None, Condition::Active) if is_acked => "active, acked",
        (Suppression::None, Condition::Active) => "active, unacked",
        (Suppression::None, Condition::Returned(_)) if is_acked => "returned, to be judged",
        (Suppression::None, Condition::Returned(_)) => "returned, unacked",
    }
}

impl AlarmSuppression {
    /// A rule has no words of anybody's.
    fn without_persons(self) -> Self {
        let by_hand = self.by.is_some();
        let somebody = |_| SOMEBODY.to_owned();
        Self {
            reason: if by_hand { String::new() } else { self.reason },
            by: self.by.map(somebody),
            second: self.second.map(somebody),
            ..self
        }
    }

    fn of(suppression: &Suppression) -> Option<Self> {
        let plain = |kind: &str, reason: &str| Self {
            kind: kind.to_owned(),
            until_at: None,
            reason: reason.to_owned(),
            by: None,
            second: None,
            one_shot: None,
            behind: None,
        };
        match suppression {
            Suppression::None => None,
            Suppression::Shelved(Shelf { until, kind, reason, by, second }) => Some(Self {
                until_at: Some(At(*until)),
                by: Some(actor_words(*by)),
                second: second.map(actor_words),
                one_shot: Some(*kind == ShelfKind::OneShot),
                ..plain("shelved", reason)
            }),
            Suppression::ByDesign { rule, behind } => {
                Some(Self { behind: Some(behind.to_string()), ..plain("by_design", rule.word()) })
            }
            Suppression::OutOfService { until, work_order, by, second } => Some(Self {
                until_at: Some(At(*until)),
                by: Some(actor_words(*by)),
                second: second.map(actor_words),
                ..plain("out_of_service", work_order)
            }),
        }
    }
}
