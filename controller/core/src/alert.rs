//! Alerts: queries over the journal that somebody left standing. From then on each entry that one matches raises an alarm at the
//! place of that entry, with the priority and the response that were chosen. What a query means is the shell's, by the code of the
//! list of events; which matches raise an alarm, and which are only counted, is `engine/alerts.rs`; how one is made and ended
//! `engine/commands/alerts.rs`.
//!
//! Vocabulary: an *alert* is the standing query, an *alarm* what it raises (`alarm.rs`); what one *matched* is an entry of the
//! journal; an alert is *over its rate* while it matches more than [`RATE_MATCHES`] entries within [`RATE_WITHIN`].

use core::time::Duration;
use std::sync::Arc;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::entry::{Entry, LongText, ReasonText, Stamped};
use crate::id::{AlarmId, AlertId, AreaId, DeviceId, DoorId, OrganisationId, Seq, ZoneId};
use crate::permission::{Actor, tells_of_duress};
use crate::time::Wall;

/// So many matches within [`RATE_WITHIN`] are alarms; further ones are counted and raise nothing. It is where ISA-18.2 begins to
/// speak of a flood of alarms, for one operator and from all sources.
pub const RATE_MATCHES: usize = 10;

/// Within this time.
pub const RATE_WITHIN: Duration = Duration::from_secs(600);

/// The most alerts in force at once: each entry is held against every one of them.
pub const ALERTS_MAX_IN_FORCE: usize = 64;

/// The longest that one is in force.
pub const ALERT_LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);

/// So long before its end it warns; a short one in its last quarter.
pub const ALERT_WARNS_AHEAD: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The longest query that one can have.
pub const QUERY_MAX_CHARS: usize = 1_000;

/// How far back a forecast looks.
pub const FORECAST_WITHIN: Duration = Duration::from_secs(7 * 24 * 3_600);

/// So many matches in the time of a forecast are a flood whenever they were: there are as many stretches of [`RATE_WITHIN`] in it
/// as would have to hold no more than [`RATE_MATCHES`] each. Nobody need read more of them.
pub const FORECAST_MAX_MATCHES: usize = RATE_MATCHES * (FORECAST_WITHIN.as_secs() / RATE_WITHIN.as_secs()) as usize + 1;

/// How urgent the alarms of an alert are. None is critical: that is for what the hardware reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertPriority {
    /// P2.
    High,
    /// P3.
    Medium,
    /// P4.
    Low,
}

impl AlertPriority {
    /// The most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// The condition that its alarms stand for.
    pub const fn kind(self) -> AlarmKind {
        match self {
            Self::High => AlarmKind::AlertHigh,
            Self::Medium => AlarmKind::AlertMedium,
            Self::Low => AlarmKind::AlertLow,
        }
    }

    /// The one with this number, 2 to 4.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.kind().priority().number() == number)
    }
}

/// Where an entry was that an alert matched: matches at one place are one alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertPlace {
    /// Nowhere in particular.
    Site,
    /// An area.
    Area(AreaId),
    /// A door; what happens at its points and devices as well.
    Door(DoorId),
    /// A device that serves no door.
    Device(DeviceId),
    /// A perimeter zone.
    Zone(ZoneId),
}

impl AlertPlace {
    /// The place as alarms of other kinds are about it.
    pub const fn source(self) -> AlarmSource {
        match self {
            Self::Site => AlarmSource::Site,
            Self::Area(area) => AlarmSource::Area(area),
            Self::Door(door) => AlarmSource::Door(door),
            Self::Device(device) => AlarmSource::Device(device),
            Self::Zone(zone) => AlarmSource::Zone(zone),
        }
    }
}

/// What somebody wants an alert to be; it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertTerms {
    /// What people call it, 1 to 64 characters.
    pub name: String,
    /// The query as it was written; it names persons by id alone.
    pub query: String,
    /// How urgent its alarms are.
    pub priority: AlertPriority,
    /// What whoever answers one has to do.
    pub response: LongText,
    /// What it is for.
    pub reason: ReasonText,
    /// Who answers for it.
    pub owner: Actor,
    /// The organisation whose it is: it matches only at places that this one sees, and its alarms are shown to it. The site's
    /// own desk alone if `None`.
    pub organisation: Option<OrganisationId>,
    /// The first instant at which it is over.
    pub until: Wall,
}

/// An alert on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// What it is.
    pub terms: AlertTerms,
    /// When it was made.
    pub made: Wall,
    /// Who made it.
    pub by: Actor,
    /// The newest entry that counts no more: the one that made it, or the last that it matched.
    pub upto: Seq,
    /// How many entries it matched.
    pub matches: u64,
    /// Of these, how many raised no alarm because it was over its rate.
    pub withheld: u64,
    /// When the last entry was recorded that it matched and that raised an alarm.
    pub matched: Option<Wall>,
    /// Counts what people did with it.
    pub revision: u32,
    /// How it ended; `None` while it is in force.
    pub end: Option<AlertEnd>,
}

/// How an alert ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEnd {
    /// When.
    pub at: Wall,
    /// Why, where somebody ended it; `None` where its time was over.
    pub reason: Option<ReasonText>,
    /// Who.
    pub by: Actor,
}

impl Alert {
    /// Whether it matches what happens.
    pub const fn is_in_force(&self) -> bool {
        self.end.is_none()
    }

    /// From when on it warns that it ends.
    pub fn warns_at(&self) -> Wall {
        let ahead = ALERT_WARNS_AHEAD.min(self.terms.until.since(self.made) / 4);
        let ahead = i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX);
        Wall::from_micros(self.terms.until.as_micros().saturating_sub(ahead))
    }
}

impl AlarmKind {
    /// Whether it comes of an alert.
    pub const fn is_of_alert(self) -> bool {
        let raised = matches!(self, Self::AlertHigh | Self::AlertMedium | Self::AlertLow);
        raised || matches!(self, Self::AlertOverRate | Self::AlertEnding | Self::AlertVoid)
    }
}

/// An entry that a query matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMatch {
    /// Whose query.
    pub alert: AlertId,
    /// Which entry; several alerts may match one.
    pub entry: Arc<Stamped>,
    /// Where it was.
    pub place: AlertPlace,
}

/// How often an alert would have matched lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    /// How many entries; at most [`FORECAST_MAX_MATCHES`] are counted.
    pub matches: u32,
    /// The most of them within [`RATE_WITHIN`].
    pub busiest: u32,
}

impl Forecast {
    /// The forecast of matches at these times, in any order.
    pub fn of(mut times: Vec<Wall>) -> Self {
        times.sort_unstable();
        let (mut first, mut busiest) = (0, 0);
        for (last, at) in times.iter().enumerate() {
            while times.get(first).is_some_and(|before| at.since(*before) > RATE_WITHIN) {
                first += 1;
            }
            busiest = busiest.max(last + 1 - first);
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self { matches: number(times.len()), busiest: number(busiest) }
    }

    /// Whether it would have gone over its rate.
    pub const fn is_flood(&self) -> bool {
        self.busiest as usize > RATE_MATCHES
    }
}

/// Whether an entry can raise the alarm of an alert. What follows from an alert cannot, so that none feeds on itself; what tells
/// of duress cannot, since an alarm of an alert is shown where that must not be known. `kind_of` knows the kind of an alarm; an
/// alarm that nobody knows any more may have been an alert's.
pub fn can_raise(entry: &Entry, kind_of: impl Fn(AlarmId) -> Option<AlarmKind>) -> bool {
    let is_free = |kind: AlarmKind| !kind.is_of_alert() && kind != AlarmKind::Duress;
    if let Entry::AlarmRaised { kind, .. } | Entry::AlarmReturned { kind, .. } | Entry::AlarmAcknowledged { kind, .. } =
        entry
    {
        return is_free(*kind);
    }
    if let Entry::Alarm(entry) = entry {
        return kind_of(entry.alarm()).is_some_and(is_free);
    }
    !matches!(entry, Entry::Alert(_)) && !tells_of_duress(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_knows_the_busiest_ten_minutes() {
        let check = |seconds: &[i64], expect: (u32, u32, bool)| {
            let forecast = Forecast::of(seconds.iter().map(|at| Wall::from_seconds(*at)).collect());
            assert_eq!((forecast.matches, forecast.busiest, forecast.is_flood()), expect, "{seconds:?}");
        };
        check(&[], (0, 0, false));
        check(&[700, 0, 600], (3, 2, false));
        let every = |step: i64, count: i64| (0..count).map(|number| number * step).collect::<Vec<_>>();
        check(&every(60, 10), (10, 10, false));
        check(&every(60, 100), (100, 11, true));
        check(&every(61, 100), (100, 10, false));
    }

    /// As many as are read of a forecast at most cannot be spread so that they are no flood.
    #[test]
    fn so_many_matches_are_a_flood_however_they_lie() {
        let count = i64::try_from(FORECAST_MAX_MATCHES).unwrap();
        let within = i64::try_from(FORECAST_WITHIN.as_secs()).unwrap();
        let even = (0..count).map(|number| Wall::from_seconds(number * within / count)).collect();
        assert!(Forecast::of(even).is_flood());
    }

    #[test]
    fn no_alert_is_critical() {
        let numbers: Vec<u8> = (0..=9).filter(|number| AlertPriority::numbered(*number).is_some()).collect();
        assert_eq!(numbers, [2, 3, 4]);
    }
}
