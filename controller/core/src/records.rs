//! What survives a restart: the tables that are projections of the journal. The engine changes them only by applying an
//! entry (`engine/apply.rs`); the store writes the rows that [`RecordChange`] lists in the same transaction as the entry.

use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::Alarm;
use crate::alert::Alert;
use crate::asset::RackAsset;
use crate::certificate::CertificateRecord;
use crate::device::DeviceRecord;
use crate::door::DoorRecord;
use crate::engine::command::{OperatorName, PersonKey, PersonName, PinHash, PinPurpose, SealedSecret};
use crate::entry::{PlaceKind, Stamped};
use crate::id::{
    AgreementId, AlarmId, AlertId, AreaId, AssetId, CalendarId, CredentialId, DeviceId, DoorId, Generation, GrantId,
    MusterId, OperatorId, PersonId, PlanId, ProfileId, ProposalId, ReviewId, ScheduleId, Seq, SessionId, TokenId,
    VisitorId,
};
use crate::mode::{AreaHold, ModeRecord};
use crate::muster::Muster;
use crate::operator::{ApiToken, Factor, Operator};
use crate::people::{
    Agreement, Credential, Grant, ManagedBy, Person, PersonKeyHash, Profile, ThreatLevel, Whereabouts,
};
use crate::plan::Plan;
use crate::review::{Review, ReviewLine};
use crate::rights_list::RightsRecord;
use crate::shift::Shift;
use crate::site::schedule::Schedule;
use crate::site::schedule::calendar::Calendar;
use crate::site_files::{Applied, Claim, FileRecord, SiteFiles};
use crate::time::Wall;
use crate::visitor::{Visitor, VisitorName};

/// All rows, as loaded at start or as replay of the journal gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// The newest entry.
    pub head: Seq,
    /// The generation of rights.
    pub generation: Generation,
    /// The highest alarm number ever given; acknowledged alarms that ended are not kept.
    pub last_alarm: AlarmId,
    /// Every place ever named, by kind and number.
    pub places: BTreeMap<(PlaceKind, u32), String>,
    /// Every person.
    pub persons: BTreeMap<PersonId, Person>,
    /// Every credential.
    pub credentials: BTreeMap<CredentialId, Credential>,
    /// Every grant, ended ones too.
    pub grants: BTreeMap<GrantId, Grant>,
    /// Alarms that still want attention.
    pub alarms: BTreeMap<AlarmId, Alarm>,
    /// Alarms that were put away of late, by when and number; how many and for how long is `engine/apply/alarms.rs`.
    pub closed: BTreeMap<(Wall, AlarmId), Alarm>,
    /// What is durable about each door.
    pub doors: BTreeMap<DoorId, DoorRecord>,
    /// Who each device is known to be, and the job with it; absent is not known yet.
    pub devices: BTreeMap<DeviceId, DeviceRecord>,
    /// What each device may open by itself; absent is nothing ever.
    pub rights: BTreeMap<DeviceId, RightsRecord>,
    /// The certificates of each device; absent is none ever.
    pub certificates: BTreeMap<DeviceId, CertificateRecord>,
    /// The mode each door was put in; absent is locked.
    pub modes: BTreeMap<DoorId, ModeRecord>,
    /// Every access profile.
    pub profiles: BTreeMap<ProfileId, Profile>,
    /// Every schedule.
    pub schedules: BTreeMap<ScheduleId, (Schedule, ManagedBy)>,
    /// Every calendar of special days.
    pub calendars: BTreeMap<CalendarId, (Calendar, ManagedBy)>,
    /// Agreements that are not over.
    pub agreements: BTreeMap<AgreementId, Agreement>,
    /// What another register knows persons by, hashed.
    pub person_keys: BTreeMap<PersonId, PersonKeyHash>,
    /// What an asset register says of racks.
    pub racks: BTreeMap<AssetId, RackAsset>,
    /// Floor plans that were uploaded.
    pub plans: BTreeMap<PlanId, Plan>,
    /// Where people are known to be.
    pub presence: BTreeMap<PersonId, Whereabouts>,
    /// Credentials locked out after wrong tries, and until when.
    pub lockouts: BTreeMap<CredentialId, Wall>,
    /// Areas locked down.
    pub lockdowns: BTreeSet<AreaId>,
    /// Everybody who runs the site.
    pub operators: BTreeMap<OperatorId, Operator>,
    /// Every token ever issued.
    pub tokens: BTreeMap<TokenId, ApiToken>,
    /// The highest number of a session ever given.
    pub last_session: SessionId,
    /// The highest number of a proposal ever given.
    pub last_proposal: ProposalId,
    /// Musters that run, and those that ended last.
    pub musters: BTreeMap<MusterId, Muster>,
    /// Visitors who are inside, and those who left of late.
    pub visitors: BTreeMap<VisitorId, Visitor>,
    /// Access reviews that run, and those that ended last.
    pub reviews: BTreeMap<ReviewId, Review>,
    /// The lines of these, by number from 1.
    pub review_lines: BTreeMap<(ReviewId, u32), ReviewLine>,
    /// Alerts in force, and those that ended last.
    pub alerts: BTreeMap<AlertId, Alert>,
    /// How the desk was handed over last.
    pub shift: Shift,
    /// What site files look after.
    pub files: SiteFiles,
    /// What holds for the whole site.
    pub standing: SiteStanding,
}

impl Records {
    /// The calendars of special days alone, as timetables are compiled from them.
    pub fn known_calendars(&self) -> BTreeMap<CalendarId, Calendar> {
        self.calendars.iter().map(|(id, (calendar, _))| (*id, calendar.clone())).collect()
    }

    /// The lines of a review, in order.
    pub fn lines_of(&self, review: ReviewId) -> impl DoubleEndedIterator<Item = (u32, &ReviewLine)> + Clone {
        self.review_lines.range((review, 0)..=(review, u32::MAX)).map(|((_, number), line)| (*number, line))
    }
}

/// What holds for the whole site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteStanding {
    /// How threatened the site is.
    pub threat: ThreatLevel,
    /// Whether the fire input is active.
    pub fire: FireState,
    /// The highest numbers ever given to records that can be removed: schedules, calendars, profiles, agreements.
    pub last: [u32; 4],
}

/// Records that can be removed, whose numbers are never given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removable {
    /// Schedules.
    Schedule,
    /// Calendars.
    Calendar,
    /// Access profiles.
    Profile,
    /// Agreements.
    Agreement,
}

impl Removable {
    /// The table of these records, as the store names it.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Calendar => "calendar",
            Self::Profile => "profile",
            Self::Agreement => "agreement",
        }
    }
}

impl SiteStanding {
    /// The highest number ever given to a record of this kind.
    pub const fn last_number(&self, kind: Removable) -> u32 {
        self.last[kind as usize]
    }

    /// Remembers a number as given.
    pub const fn give_number(&mut self, kind: Removable, number: u32) {
        self.last[kind as usize] = number;
    }
}

/// Whether the fire input is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FireState {
    /// Quiet.
    Quiet,
    /// Egress doors are released.
    Released,
}

impl Default for SiteStanding {
    fn default() -> Self {
        Self { threat: ThreatLevel::Normal, fire: FireState::Quiet, last: [0; 4] }
    }
}

impl Default for Records {
    fn default() -> Self {
        Self {
            head: Seq::new(0),
            generation: Generation::new(0),
            last_alarm: AlarmId::new(0),
            places: BTreeMap::new(),
            persons: BTreeMap::new(),
            credentials: BTreeMap::new(),
            grants: BTreeMap::new(),
            alarms: BTreeMap::new(),
            closed: BTreeMap::new(),
            doors: BTreeMap::new(),
            devices: BTreeMap::new(),
            rights: BTreeMap::new(),
            certificates: BTreeMap::new(),
            modes: BTreeMap::new(),
            profiles: BTreeMap::new(),
            schedules: BTreeMap::new(),
            calendars: BTreeMap::new(),
            agreements: BTreeMap::new(),
            person_keys: BTreeMap::new(),
            racks: BTreeMap::new(),
            plans: BTreeMap::new(),
            presence: BTreeMap::new(),
            lockouts: BTreeMap::new(),
            lockdowns: BTreeSet::new(),
            operators: BTreeMap::new(),
            tokens: BTreeMap::new(),
            last_session: SessionId::new(0),
            last_proposal: ProposalId::new(0),
            musters: BTreeMap::new(),
            visitors: BTreeMap::new(),
            reviews: BTreeMap::new(),
            review_lines: BTreeMap::new(),
            alerts: BTreeMap::new(),
            shift: Shift::default(),
            files: SiteFiles::default(),
            standing: SiteStanding::default(),
        }
    }
}

/// One row to write, whole, under its key; a later change of the same key replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordChange {
    /// The numbers that must never go back.
    Counters {
        /// The generation of rights.
        generation: Generation,
        /// The highest alarm number given.
        last_alarm: AlarmId,
    },
    /// A place was named.
    Place(PlaceKind, u32, String),
    /// A person.
    Person(Person),
    /// A person's name, in the table that can be erased.
    PersonName(PersonId, PersonName),
    /// What another register knows a person by, hashed; without it, nothing.
    PersonKey(PersonId, Option<PersonKeyHash>),
    /// The same as it is written, in a table that can be erased.
    PersonKeyText(PersonId, Option<PersonKey>),
    /// What an asset register says of a rack.
    RackAsset(RackAsset),
    /// An operator.
    Operator(Operator),
    /// An operator's name, in a table that can be erased.
    OperatorName(OperatorId, OperatorName),
    /// What the shell checks a factor of an operator by; without one, it is gone.
    OperatorSecret(OperatorId, Factor, Option<SealedSecret>),
    /// The same factor in a later state, such as after a code was used up: whoever told of it knows it already.
    OperatorSecretUsed(OperatorId, Factor, SealedSecret),
    /// A token.
    Token(ApiToken),
    /// The highest number of a session ever given.
    LastSession(SessionId),
    /// The highest number of a proposal ever given.
    LastProposal(ProposalId),
    /// The hash of one of a person's PINs.
    Pin(PersonId, PinPurpose, PinHash),
    /// A credential.
    Credential(Credential),
    /// A grant.
    Grant(Grant),
    /// An alarm that still wants attention.
    Alarm(Alarm),
    /// An alarm that no longer does: its row goes.
    AlarmClosed(AlarmId),
    /// An alarm that was put away at this time, as it was then.
    ClosedAlarm(Wall, Alarm),
    /// One that was put away so long ago, at this time, that only the journal still knows it.
    ClosedAlarmGone(Wall, AlarmId),
    /// A door.
    Door(DoorId, DoorRecord),
    /// A device.
    Device(DeviceId, DeviceRecord),
    /// What a device may open by itself.
    Rights(DeviceId, RightsRecord),
    /// The certificates of a device.
    Certificates(DeviceId, CertificateRecord),
    /// The mode a door was put in.
    Mode(DoorId, ModeRecord),
    /// An access profile; without one, it is gone.
    Profile(ProfileId, Option<Profile>),
    /// A schedule; without one, it is gone.
    Schedule(ScheduleId, Option<(Schedule, ManagedBy)>),
    /// A calendar; without one, it is gone.
    Calendar(CalendarId, Option<(Calendar, ManagedBy)>),
    /// An agreement; without one, it is over.
    Agreement(AgreementId, Option<Agreement>),
    /// A floor plan; without one, it is gone.
    Plan(PlanId, Option<Plan>),
    /// Where a person is; without a place, nothing is known.
    Presence(PersonId, Option<Whereabouts>),
    /// Until when a credential is locked out; without an instant, it is not.
    Lockout(CredentialId, Option<Wall>),
    /// Whether an area is locked down.
    Lockdown(AreaId, AreaHold),
    /// What holds for the whole site.
    Standing(SiteStanding),
    /// A muster; without one, only the journal still knows it.
    Muster(MusterId, Option<Muster>),
    /// A visitor; without one, only the journal still knows of them.
    Visitor(VisitorId, Option<Visitor>),
    /// A visitor's name, in a table that can be erased; without one, it is.
    VisitorName(VisitorId, Option<VisitorName>),
    /// An access review; without one, only the journal still knows it.
    Review(ReviewId, Option<Review>),
    /// A line of one.
    ReviewLine(ReviewId, u32, Option<ReviewLine>),
    /// An alert; without one, only the journal still knows it.
    Alert(AlertId, Option<Alert>),
    /// How the desk was handed over last.
    Shift(Shift),
    /// What site files look after; without a claim, they do no longer.
    FileClaim(FileRecord, Option<Claim>),
    /// Site files were applied last.
    FilesApplied(Applied),
}

/// A stored row that could not be read. It is left out of the records; what it governs is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    /// The table, by its name in the store.
    pub table: String,
    /// Its key there.
    pub key: u64,
}

/// What must become durable together, before the outputs of the same turn may go.
#[derive(Debug, Default)]
pub struct Batch {
    /// New entries, in order, without gaps.
    pub entries: Vec<Stamped>,
    /// Rows to write.
    pub changes: Vec<RecordChange>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.changes.is_empty()
    }
}
