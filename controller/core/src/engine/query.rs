//! Questions that change nothing, and their answers. They are answered from the same memory that decides, between two
//! inputs, so an answer is never half of a change.

mod inside;
mod reviews;

use std::collections::BTreeSet;

use crate::alarm::Alarm;
use crate::alert::{Alert, AlertTerms};
use crate::asset::RackAsset;
use crate::certificate::CertificateRecord;
use crate::decide::explain::Explanation;
use crate::device::DeviceRecord;
use crate::engine::command::Command;
use crate::engine::input::Identity;
use crate::engine::preconditions::{Revision, Subject};
use crate::entry::ReasonText;
use crate::facts::Facts;
use crate::id::{
    AlarmId, AreaId, CredentialId, DeviceId, DoorId, Generation, GrantId, MusterId, OperatorId, PersonId, PointId,
    ProfileId, ProposalId, ReviewId, ScheduleId, Seq, VisitorId,
};
use crate::inventory::{Description, Measurements, Misgiving, SlideReport, TrustGrade};
use crate::mode::{AreaHold, DoorMode};
use crate::muster::Muster;
use crate::operator::{ApiToken, Operator, Proposed};
use crate::people::{Agreement, Credential, Grant, ManagedBy, Person, Profile, ThreatLevel, Whereabouts};
use crate::permission::{Actor, Permission};
use crate::plan::Plan;
use crate::rights_list::{RightsRecord, Window};
use crate::site::schedule::Schedule;
use crate::site::schedule::calendar::Calendar;
use crate::site::{Area, Organisation};
use crate::site_files::{FileRecord, SiteFiles};
use crate::time::Wall;
use crate::visitor::Visitor;
pub use inside::{Doubt, Entered, Headcount, Insider, MusterArea, MusterView, SeenAt, ShiftStatus, Stopped};
pub use reviews::{LineFilter, LineState, ReviewCounts, ReviewLineStatus, ReviewStatus};

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The state of everything in one screen.
    Status,
    /// Which state of something is in force.
    Revision(Subject),
    /// Alarms that still want attention, those put aside among them, most urgent first; without those that another one
    /// explains.
    OpenAlarms,
    /// Alarms that another one explains: of this one, or all.
    AlarmsBehind(Option<AlarmId>),
    /// Alarms that were put away in the last day, as far as they are kept, the latest first.
    ClosedAlarms,
    /// Every door with its facts.
    Doors,
    /// One door with its facts.
    Door(DoorId),
    /// Every device.
    Devices,
    /// One device.
    Device(DeviceId),
    /// The persons with numbers after this one, at most this many, in order.
    People(Page<PersonId>),
    /// How many persons the caller may see.
    PeopleCount,
    /// Those of these persons whom the caller may see, in the order given.
    PeopleOf(Vec<PersonId>),
    /// Where those of these persons are whom the caller may see, as far as it is known.
    Whereabouts(Vec<PersonId>),
    /// The fewest digits that one more PIN may have.
    LeastPinDigits,
    /// Which devices have not yet applied the rights they should hold.
    Receipts {
        /// Only what changes up to this generation ask for; all if `None`.
        through: Option<Generation>,
    },
    /// Which cards a device opens for by itself if its link dies now.
    Exposure(DeviceId),
    /// Every organisation.
    Organisations,
    /// Every area with how many are inside and whether it is locked down.
    Areas,
    /// What schedules and access profiles are called, without what is in them.
    Names,
    /// Every schedule.
    Schedules,
    /// Every calendar of special days.
    Calendars,
    /// Every access profile.
    Profiles,
    /// Every agreement that is not over.
    Agreements,
    /// What site files can look after, and what they do; everything for the whole site, nothing for one organisation.
    Governed,
    /// Every floor plan that was uploaded.
    Plans,
    /// What an asset register says of racks.
    Racks,
    /// Persons whose card or right an alarm is about that wants an answer.
    NamedPersons,
    /// Who is known to be inside an area or in an area within it.
    Occupancy(AreaId),
    /// The credentials of one person.
    Credentials(PersonId),
    /// One credential.
    Credential(CredentialId),
    /// Which credentials of one person are locked out.
    Lockouts(PersonId),
    /// One grant.
    Grant(GrantId),
    /// Grants with numbers after a given one, in order.
    Grants {
        /// Of this person only.
        person: Option<PersonId>,
        /// Only those that wait for approval.
        only: GrantFilter,
        /// After which, and how many at most.
        page: Page<GrantId>,
    },
    /// Who may pass somewhere, by which grant, as far as grants behind a given one say.
    Entitled {
        /// Where.
        through: Through,
        /// At which time to come; now if `None`.
        at: Option<Wall>,
        /// The last grant that was looked at already.
        after: Option<GrantId>,
    },
    /// Where a person may pass, by which grant, as far as points behind a given one say.
    Passable {
        /// Who.
        person: PersonId,
        /// At which time to come; now if `None`.
        at: Option<Wall>,
        /// The last point that was looked at already.
        after: Option<PointId>,
    },
    /// How many grants of these the caller may see.
    GrantCount {
        /// Of this person only.
        person: Option<PersonId>,
        /// Only those that wait for approval.
        only: GrantFilter,
    },
    /// Every operator.
    Operators,
    /// Every token.
    Tokens,
    /// What waits for a second operator.
    Proposals,
    /// Until when nothing that can be guessed is to be tried for an operator.
    SignInBar(OperatorId),
    /// One alarm, open or lately closed.
    Alarm(AlarmId),
    /// Who is known to be inside this area or one within it; anywhere on the site without one.
    Insiders(Option<AreaId>),
    /// How many are in each area in which somebody can be, and how sure that is.
    Headcounts,
    /// Visitors who are inside or left of late, the latest first.
    Visitors,
    /// One visitor.
    Visitor(VisitorId),
    /// Musters that run and those that ended last, the latest first.
    Musters,
    /// One muster with what is known around it.
    Muster(MusterId),
    /// Access reviews that run and those that ended last, the latest first.
    Reviews,
    /// One access review.
    Review(ReviewId),
    /// Lines of one with numbers after a given one, in order.
    ReviewLines {
        /// Of which.
        review: ReviewId,
        /// Only those of which nobody has decided.
        only: LineFilter,
        /// After which, and how many at most.
        page: Page<u32>,
    },
    /// Alerts in force and those that ended last, the latest first.
    Alerts,
    /// What whoever comes to the desk takes over.
    Shift,
    /// Why a person would or would not pass, step by step.
    Explain {
        /// Who.
        person: PersonId,
        /// Where.
        point: PointId,
        /// When; now if `None`.
        at: Option<Wall>,
    },
}

/// An alarm, and what is known around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmStatus {
    /// The alarm.
    pub alarm: Alarm,
    /// How many others it explains.
    pub behind: u32,
    /// When it was put away; `None` while it is on the list.
    pub closed_at: Option<Wall>,
    /// The alert that it comes of, as long as that is on record; `None` of every other alarm.
    pub alert: Option<Box<AlertTerms>>,
}

/// An alert, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertStatus {
    /// The alert.
    pub alert: Alert,
    /// Whether it matches so often now that its matches are only counted.
    pub is_over_rate: bool,
}

/// Something that waits for a second operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its number.
    pub id: ProposalId,
    /// What kind of thing.
    pub what: Proposed,
    /// What is carried out once a second operator confirms it.
    pub command: Command,
    /// What both must be allowed to do.
    pub takes: Permission,
    /// Why.
    pub reason: ReasonText,
    /// Who proposed it.
    pub by: Actor,
    /// Until when it waits.
    pub until: Wall,
}

/// A part of a long list: what comes after a number, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<Id> {
    /// The last one already known.
    pub after: Option<Id>,
    /// How many at most.
    pub limit: u16,
}

/// Which grants are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantFilter {
    /// All.
    All,
    /// Those that wait for approval.
    Requested,
    /// Emergency rights that nobody has reviewed.
    Unreviewed,
}

/// An answer, in the shape of its question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// To [`Query::Status`].
    Status(Status),
    /// To [`Query::Revision`]; `None` where there is no such thing that the caller may see.
    Revision(Option<Revision>),
    /// To [`Query::OpenAlarms`], [`Query::AlarmsBehind`] and [`Query::ClosedAlarms`].
    Alarms(Vec<AlarmStatus>),
    /// To [`Query::Alarm`].
    Alarm(Option<AlarmStatus>),
    /// To [`Query::Operators`].
    Operators(Vec<Operator>),
    /// To [`Query::Tokens`].
    Tokens(Vec<ApiToken>),
    /// To [`Query::Proposals`].
    Proposals(Vec<Proposal>),
    /// To [`Query::SignInBar`]: a lock-out or the wait after a failure; the end of time for whoever is disabled. `None` when it
    /// may be tried now.
    SignInBar(Option<Wall>),
    /// To [`Query::Doors`] and [`Query::Door`]; none where the door does not exist for who asks.
    Doors(Vec<DoorStatus>),
    /// To [`Query::Devices`], and to [`Query::Device`] with one at most.
    Devices(Vec<DeviceStatus>),
    /// To [`Query::People`] and [`Query::PeopleOf`].
    People(Vec<Person>),
    /// To [`Query::PeopleCount`] and [`Query::GrantCount`].
    Count(u64),
    /// To [`Query::LeastPinDigits`].
    LeastPinDigits(u8),
    /// To [`Query::Credentials`], and to [`Query::Credential`]: it alone, or none.
    Credentials(Vec<Credential>),
    /// To [`Query::Lockouts`]: which, and until when.
    Lockouts(Vec<(CredentialId, Wall)>),
    /// To [`Query::Grant`]; `None` when there is none that the caller may see.
    Grant(Option<Grant>),
    /// To [`Query::Grants`].
    Grants(Vec<Grant>),
    /// To [`Query::Entitled`].
    Entitled(EntitledPart),
    /// To [`Query::Passable`]; `None` where there is no such person whom the caller may see.
    Passable(Option<PassablePart>),
    /// To [`Query::Receipts`].
    Receipts(Receipts),
    /// To [`Query::Exposure`]; `None` where the device holds nothing and never did.
    Exposure(Option<Exposure>),
    /// To [`Query::Organisations`].
    Organisations(Vec<Organisation>),
    /// To [`Query::Areas`].
    Areas(Vec<AreaStatus>),
    /// To [`Query::Names`].
    Names(Names),
    /// To [`Query::Schedules`].
    Schedules(Vec<(Schedule, ManagedBy)>),
    /// To [`Query::Calendars`].
    Calendars(Vec<(Calendar, ManagedBy)>),
    /// To [`Query::Profiles`].
    Profiles(Vec<Profile>),
    /// To [`Query::Agreements`].
    Agreements(Vec<Agreement>),
    /// To [`Query::Governed`].
    Governed(Box<Governed>),
    /// To [`Query::Plans`].
    Plans(Vec<Plan>),
    /// To [`Query::Racks`].
    Racks(Vec<RackAsset>),
    /// To [`Query::NamedPersons`].
    NamedPersons(BTreeSet<PersonId>),
    /// To [`Query::Occupancy`] and [`Query::Whereabouts`].
    Occupancy(Vec<(PersonId, Whereabouts)>),
    /// To [`Query::Insiders`].
    Insiders(Vec<Insider>),
    /// To [`Query::Headcounts`].
    Headcounts(Vec<Headcount>),
    /// To [`Query::Visitors`], and to [`Query::Visitor`]: it alone, or none.
    Visitors(Vec<Visitor>),
    /// To [`Query::Musters`].
    Musters(Vec<Muster>),
    /// To [`Query::Muster`]; `None` when there is none that the caller may see.
    Muster(Option<Box<MusterView>>),
    /// To [`Query::Reviews`], and to [`Query::Review`]: it alone, or none.
    Reviews(Vec<ReviewStatus>),
    /// To [`Query::ReviewLines`].
    ReviewLines(Vec<ReviewLineStatus>),
    /// To [`Query::Alerts`].
    Alerts(Vec<AlertStatus>),
    /// To [`Query::Shift`].
    Shift(Box<ShiftStatus>),
    /// To [`Query::Explain`]; `None` when person or point do not exist.
    Explain(Option<Explanation>),
}

/// Where somebody would pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// By any point of this door.
    Door(DoorId),
    /// By this point.
    Point(PointId),
}

/// A part of the points that a person may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassablePart {
    /// Where, each once, with the grant that lets the person through.
    pub points: Vec<(PointId, Grant)>,
    /// The last point that was looked at, where there are more.
    pub next: Option<PointId>,
}

/// A part of those who may pass somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntitledPart {
    /// Who, each once.
    pub entitled: Vec<Entitled>,
    /// The last grant that was looked at, where there are more.
    pub next: Option<GrantId>,
}

/// Somebody who may pass somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitled {
    /// The grant that lets them through.
    pub grant: Grant,
    /// Whether the caller sees the person, and not only a grant for a door of their own.
    pub is_own: bool,
}

/// Which devices have not yet applied the rights they should hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Devices that hold rights of their own.
    pub total: u32,
    /// Those that have not acknowledged, by device.
    pub behind: Vec<Behind>,
}

/// A device that has not applied the rights it should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Which device.
    pub device: DeviceId,
    /// The oldest change it has not applied.
    pub generation: Generation,
    /// Since when.
    pub since: Wall,
    /// Until when it still honours a right that was taken away; `None` where it only lacks what was given.
    pub honours_until: Option<Wall>,
}

/// What a device opens by itself if its link dies now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// For whom, and when.
    pub cards: Vec<ExposedCard>,
    /// Until when at the latest.
    pub until: Wall,
}

/// One card that a device opens for by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposedCard {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub credential: CredentialId,
    /// When.
    pub windows: Box<[Window]>,
}

/// The receipts in one line: "3 of 214 pending, oldest 41 s".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptSummary {
    /// Devices that hold rights of their own.
    pub total: u32,
    /// Those that have not applied what they should hold.
    pub pending: u32,
    /// Since when the oldest of them.
    pub oldest: Option<Wall>,
}

/// What schedules and access profiles are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Every schedule.
    pub schedules: Vec<(ScheduleId, String)>,
    /// Every access profile.
    pub profiles: Vec<(ProfileId, String)>,
}

/// The state of everything in one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The newest entry given out.
    pub head: Seq,
    /// The generation of rights.
    pub generation: Generation,
    /// Whether the journal can be written.
    pub journal: JournalHealth,
    /// How threatened the site is.
    pub threat: ThreatLevel,
    /// Open alarms by priority, P1 first: unacknowledged, all.
    pub alarms: [(u32, u32); 4],
    /// Doors: secured, unsecured, unknown.
    pub doors: [u32; 3],
    /// Devices: online, offline.
    pub devices: [u32; 2],
    /// Which devices have not yet applied the rights they should hold.
    pub receipts: ReceiptSummary,
}

/// One area as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaStatus {
    /// The area.
    pub area: Area,
    /// How many are known to be inside it or in an area within it.
    pub inside: u32,
    /// Whether it, or one around it, is locked down.
    pub hold: AreaHold,
}

/// Whether the journal can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalHealth {
    /// Entries become durable.
    Writable,
    /// They do not; nobody is admitted.
    Unwritable,
}

/// One door as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorStatus {
    /// Which.
    pub door: DoorId,
    /// Its mode, somebody passing included.
    pub mode: DoorMode,
    /// What the sensors say.
    pub facts: Facts,
    /// ONVIF door alarm in snake case: `normal`, `forced_open`, `pre_alarm`, `open_too_long`.
    pub alarm: &'static str,
}

/// Who answers for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// It or nobody.
    Itself,
    /// Another one, which is not believed.
    Another,
}

/// One device as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Which.
    pub device: DeviceId,
    /// Whether it answers and is believed; `None` until it first did or failed to.
    pub online: Option<bool>,
    /// What it said of itself.
    pub identity: Option<Identity>,
    /// Whether another one answers in its place now.
    pub answers: Answers,
    /// Who it is known to be, and the job with it.
    pub record: DeviceRecord,
    /// Whether its cover is open.
    pub tamper: bool,
    /// What it can do and how it stands.
    pub description: Description,
    /// Its certificates.
    pub certificates: CertificateRecord,
    /// Which rights it holds.
    pub rights: RightsRecord,
    /// How far it is trusted, and what lowers that.
    pub grade: TrustGrade,
    /// What lowers its grade.
    pub misgivings: Vec<Misgiving>,
    /// What its slide did last.
    pub slide: Option<SlideReport>,
    /// What it measures.
    pub measurements: Measurements,
    /// By how much its clock is ahead of ours, in milliseconds, where that is known.
    pub clock_offset_ms: Option<i64>,
}

/// What site files can look after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Governed {
    /// The generation of rights.
    pub generation: Generation,
    /// What files do look after.
    pub files: SiteFiles,
    /// Claims whose record is in another state than when the files were applied, or gone.
    pub drifted: Vec<FileRecord>,
    /// Every schedule.
    pub schedules: Vec<(Schedule, ManagedBy)>,
    /// Every calendar.
    pub calendars: Vec<(Calendar, ManagedBy)>,
    /// Every access profile.
    pub profiles: Vec<Profile>,
    /// Grants that were made in the usual way and that are not over.
    pub grants: Vec<Grant>,
    /// Agreements that are not over.
    pub agreements: Vec<Agreement>,
}

impl Governed {
    /// What has drifted after `since`, when all was as `before` says: whatever drifted where files were applied later, and
    /// otherwise what is not as it was.
    pub fn drifted_since(&self, since: Wall, before: &Self) -> Vec<FileRecord> {
        let was_applied = self.files.last.as_ref().is_some_and(|last| last.at <= since);
        let stood = |record: &FileRecord| was_applied && self.has_as(before, *record);
        self.drifted.iter().filter(|record| !stood(record)).copied().collect()
    }

    /// Whether a record is here as it is in `other`, or in neither.
    fn has_as(&self, other: &Self, record: FileRecord) -> bool {
        /// Whether the row that `is_meant` finds is the same in both.
        fn same<T: PartialEq>(here: &[T], there: &[T], is_meant: impl Fn(&T) -> bool) -> bool {
            here.iter().find(|row| is_meant(row)) == there.iter().find(|row| is_meant(row))
        }
        match record {
            FileRecord::Schedule(id) => same(&self.schedules, &other.schedules, |(row, _)| row.id == id),
            FileRecord::Calendar(id) => same(&self.calendars, &other.calendars, |(row, _)| row.id == id),
            FileRecord::Profile(id) => same(&self.profiles, &other.profiles, |row| row.id == id),
            FileRecord::Grant(id) => same(&self.grants, &other.grants, |row| row.id == id),
            FileRecord::Agreement(id) => same(&self.agreements, &other.agreements, |row| row.id == id),
        }
    }
}
