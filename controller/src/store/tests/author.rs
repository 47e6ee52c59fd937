//! Writes a site's life as the engine would: each entry with the rows it changes. The first day is what most stories begin
//! with, the second adds one row to every table there is.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::alert::{AlertPlace, AlertPriority, AlertTerms};
use rackward_core::asset::RackFacts;
use rackward_core::certificate::{Certificate, CertificateSerial, IssueCause};
use rackward_core::engine::command::{OperatorName, PersonKey, PersonName, PinHash, PinPurpose, Scope, SealedSecret};
use rackward_core::engine::input::Identity;
use rackward_core::engine::preconditions::Revision;
use rackward_core::entry::{
    AlertEntry, Denial, DeskEntry, DeviceEntry, Entry, FilesEntry, LongText, ModeCause, OfflineEntry, OperatorEntry,
    PlaceKind, PlanEntry, ReasonText, RegisterEntry, ReviewEntry, Stamped,
};
use rackward_core::facts::{Contact, Facts, Lock};
use rackward_core::id::{
    AgreementId, AlarmId, AlertId, AreaId, AssetId, CalendarId, CommandId, CredentialId, DeviceId, DoorId, Generation,
    GrantId, MusterId, OperatorId, OrganisationId, PersonId, PlanId, PointId, ProfileId, ProposalId, ReviewId,
    ScheduleId, Seq, SessionId, TokenId, VisitorId,
};
use rackward_core::job::DeviceTask;
use rackward_core::mode::{BaseMode, Hold, ModeRecord};
use rackward_core::muster::{Listed, Mark, MusterKind, MusterStatus, Somebody};
use rackward_core::operator::{Factor, IssuedToken, OperatorRole, Proposed, SignInMethod, TokenState};
use rackward_core::people::{
    Agreement, Approval, CredentialKey, EscortNeed, Grant, GrantKind, GrantRight, GrantState, ManagedBy, PersonKeyHash,
    Place, Policy, Profile, ThreatLevel, Uses, Validity, When,
};
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::plan::{Binding, PlanSlug};
use rackward_core::review::{Decision, FrozenRight, GivenBy, LineDecision, SinceLast, Undecided};
use rackward_core::rights_list::ListDigest;
use rackward_core::site::schedule::calendar::{Calendar, Date};
use rackward_core::site::schedule::{DayWindows, Schedule, SpecialDays, Weekly};
use rackward_core::site_files::{Claim, FileRecord};
use rackward_core::time::Wall;
use rackward_core::visitor::VisitorName;
use rackward_core::{Batch, RecordChange, Records};

use crate::pin::PinHashes;

/// A hash as PINs have it, but cheap.
pub(super) const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const BY: Actor = Actor::LocalUser(1000);

/// What was written, and what should be read back.
#[derive(Clone, Default)]
pub(super) struct Author {
    pub(super) records: Records,
    pub(super) names: BTreeMap<PersonId, PersonName>,
    pub(super) visitor_names: BTreeMap<VisitorId, VisitorName>,
    pub(super) person_keys: BTreeMap<PersonId, PersonKey>,
    pub(super) pins: BTreeMap<PersonId, PinHashes>,
    pub(super) operator_names: BTreeMap<OperatorId, OperatorName>,
    pub(super) secrets: BTreeMap<(OperatorId, Factor), SealedSecret>,
}

impl Author {
    pub(super) fn write(&mut self, entries: impl IntoIterator<Item = Entry>) -> Batch {
        let mut batch = Batch::default();
        for entry in entries {
            let seq = self.records.head.next();
            let stamped = Stamped { seq, at: Wall::from_micros(1_000_000 * seq.get() as i64 + 7), entry };
            self.records.apply(&stamped, &mut batch.changes);
            batch.entries.push(stamped);
        }
        batch
    }

    /// A person with a name, a PIN, a card, a grant; a door; an alarm.
    pub(super) fn a_first_day(&mut self) -> Batch {
        let mut batch = self.write(first_day());
        let (person, name) = (PersonId::new(1), PersonName::parse("Åsa Lindqvist").unwrap());
        batch.changes.push(RecordChange::PersonName(person, name.clone()));
        self.names.insert(person, name);
        self.sets_pin(PinPurpose::Usual, &mut batch);
        batch
    }

    /// One of everything else that has a table.
    pub(super) fn a_second_day(&mut self) -> Batch {
        let mut batch = self.a_second_day_of_version_7();
        let more = a_muster().into_iter().chain(a_plan()).chain([some_files()]).chain(a_register()).chain(a_review());
        let more = more.chain(an_alert());
        let Batch { entries, changes } = self.write(more);
        batch.entries.extend(entries);
        batch.changes.extend(changes);
        let (visitor, person) = (VisitorId::new(1), PersonName::parse("Vera Berg").unwrap());
        let called = VisitorName::parse(person, "Fans Ltd").unwrap();
        batch.changes.push(RecordChange::VisitorName(visitor, Some(called.clone())));
        self.visitor_names.insert(visitor, called);
        let (person, key) = (PersonId::new(1), PersonKey::parse("E-17", |_| KEY).unwrap());
        batch.changes.push(RecordChange::PersonKeyText(person, Some(key.clone())));
        self.person_keys.insert(person, key);
        batch
    }

    /// The same before there were musters and floor plans.
    pub(super) fn a_second_day_of_version_7(&mut self) -> Batch {
        let mut batch = self.writes_second_day(a_handle().into_iter().chain(a_desk()).chain(put_away(2)));
        let operator = OperatorId::new(1);
        let name = OperatorName::parse("a.lindqvist").unwrap();
        batch.changes.push(RecordChange::OperatorName(operator, name.clone()));
        self.operator_names.insert(operator, name);
        let secret = SealedSecret::new(HASH.as_bytes().to_vec());
        batch.changes.push(RecordChange::OperatorSecret(operator, Factor::Password, Some(secret.clone())));
        self.secrets.insert((operator, Factor::Password), secret);
        batch
    }

    /// The same before devices had certificates and rights of their own, and before there were operators. Somebody has seen
    /// the alarm.
    pub(super) fn an_early_second_day(&mut self) -> Batch {
        self.writes_second_day([noted(1, 8)])
    }

    fn writes_second_day(&mut self, more: impl IntoIterator<Item = Entry>) -> Batch {
        let mut batch = self.write(second_day().into_iter().chain(more));
        self.sets_pin(PinPurpose::Duress, &mut batch);
        batch
    }

    fn sets_pin(&mut self, purpose: PinPurpose, batch: &mut Batch) {
        let (person, hash) = (PersonId::new(1), PinHash::from_phc(HASH.to_owned()));
        batch.changes.push(RecordChange::Pin(person, purpose, hash.clone()));
        self.pins.entry(person).or_default().set(purpose, hash);
    }

    pub(super) fn denials(&mut self, count: usize) -> Batch {
        self.write((0..count).map(|_| denied()))
    }
}

fn reason() -> ReasonText {
    ReasonText::parse("Swap PSU 2").unwrap()
}

fn validity() -> Validity {
    Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(4_000_000_000) }
}

pub(super) fn grant(number: u32, person: u32) -> Grant {
    Grant {
        id: GrantId::new(number),
        person: PersonId::new(person),
        right: GrantRight::Doors {
            doors: Box::new([DoorId::new(1), DoorId::new(2)]),
            when: When::Weekly(Weekly::always()),
        },
        validity: validity(),
        reason: "Swap PSU 2".to_owned(),
        ticket: Some("CHG-48213".to_owned()),
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state: GrantState::Active,
        requested_by: BY,
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

pub(super) fn first_day() -> Vec<Entry> {
    let by = BY;
    let place = |kind, number, path: &str| Entry::PlaceNamed { kind, number, path: path.to_owned() };
    let (person, credential, generation) = (PersonId::new(1), CredentialId::new(1), Generation::new(1));
    let key = CredentialKey::from_keyed_hash([9; 16]);
    vec![
        Entry::Started { version: "0.1.0".to_owned() },
        place(PlaceKind::Door, 1, "lon1/main-entrance"),
        place(PlaceKind::Point, 1, "lon1/main-entrance/in"),
        Entry::PersonCreated { person, by },
        Entry::PinChanged { person, by },
        Entry::CredentialAssigned { credential, person, key, validity: validity(), by, generation },
        Entry::GrantCreated { grant: grant(1, 1), by, generation: generation.next() },
        door_is(Contact::Closed, Lock::Locked),
        granted(),
        door_is(Contact::Open, Lock::Unlocked),
        raised(1),
    ]
}

fn second_day() -> Vec<Entry> {
    let (by, generation) = (BY, Generation::new(3));
    let (calendar, schedule) = (CalendarId::new(1), ScheduleId::new(1));
    let windows = DayWindows::new([(8 * 60, 12 * 60)]).unwrap();
    let christmas = Calendar::new(calendar, "Christmas", [Date::new(2026, 12, 25).unwrap()]).unwrap();
    let hours = Schedule {
        id: schedule,
        name: "Hours".to_owned(),
        zone: "Europe/London".to_owned(),
        weekly: Some(Weekly::always()),
        special: Box::new([SpecialDays { calendar, windows }]),
    };
    let profile = Profile {
        id: ProfileId::new(1),
        name: "Staff".to_owned(),
        owner: OrganisationId::new(0),
        policies: Box::new([Policy { door: DoorId::new(1), schedule: Some(schedule) }]),
    };
    let agreement = Agreement {
        id: AgreementId::new(1),
        owner: OrganisationId::new(1),
        guest: OrganisationId::new(2),
        areas: Box::new([AreaId::new(1)]),
        validity: validity(),
        reason: reason(),
    };
    let cause = || ModeCause::Operator { by, reason: reason() };
    vec![
        Entry::DuressPinChanged { person: PersonId::new(1), by },
        Entry::CalendarSet { calendar: christmas, managed: ManagedBy::Operator, by, generation },
        Entry::ScheduleSet { schedule: hours, managed: ManagedBy::File, by, generation },
        Entry::ProfileSet { profile, reason: reason(), by, generation },
        Entry::AgreementMade { agreement, by, generation },
        Entry::PresenceChanged { person: PersonId::new(1), place: Place::Inside(AreaId::new(1)) },
        Entry::CredentialLockedOut { credential: CredentialId::new(1), until: Wall::from_seconds(3_000_000_000) },
        Entry::DoorModeChanged {
            door: DoorId::new(1),
            mode: ModeRecord { base: BaseMode::Blocked, hold: Hold::None, ..ModeRecord::default() },
            cause: cause(),
        },
        Entry::AreaLockedDown { area: AreaId::new(1), cause: cause() },
        Entry::DeviceOnline {
            device: DeviceId::new(3),
            identity: Identity { model: "KX".into(), serial: "00000007".into(), firmware: "1.2.3".into() },
        },
        Entry::Device(DeviceEntry::JobStarted {
            device: DeviceId::new(3),
            command: CommandId::new(9),
            task: DeviceTask::SendFirmware { image: [7; 32], version: [1, 3, 0] },
            reason: reason(),
            by,
        }),
        Entry::ThreatLevelChanged { level: ThreatLevel::High, reason: reason(), by },
    ]
}

/// A handle that is enrolled, asks for its next certificate, is offered another code, and holds a list.
fn a_handle() -> [Entry; 5] {
    let (device, by, until) = (DeviceId::new(3), BY, Wall::from_seconds(4_000_000_000));
    let issued = |serial, cause| {
        let serial = CertificateSerial([serial; 16]);
        let certificate = Certificate { serial, key: [5; 32], from: Wall::from_seconds(0), until };
        Entry::Device(DeviceEntry::CertificateIssued { device, certificate, cause })
    };
    [
        issued(1, IssueCause::Enrolled),
        issued(2, IssueCause::Renewed),
        Entry::Device(DeviceEntry::EnrolmentOffered { device, code: [6; 32], until, reason: reason(), by }),
        Entry::Device(DeviceEntry::TravelLearned { device, travel: Duration::from_millis(400) }),
        Entry::Offline(OfflineEntry::ListIssued {
            device,
            generation: Generation::new(3),
            digest: ListDigest([8; 32]),
            expires: until,
            cards: 1,
        }),
    ]
}

/// An operator with a password, who signs in, makes a token and proposes something.
fn a_desk() -> [Entry; 5] {
    let (operator, by) = (OperatorId::new(1), BY);
    let token = IssuedToken {
        id: TokenId::new(1),
        owner: operator,
        limits: PermissionSet::NONE.with(Permission::ViewSite),
        validity: validity(),
        digest: [4; 32],
        state: TokenState::Issued,
    };
    let (session, method) = (SessionId::new(1), SignInMethod::PasswordTotp);
    let until = Wall::from_seconds(4_000_000_000);
    let what = Proposed::Shelve(AlarmId::new(1));
    [
        OperatorEntry::Created { operator, role: OperatorRole::Security, scope: Scope::Site, by },
        OperatorEntry::FactorSet { operator, factor: Factor::Password, by },
        OperatorEntry::SignedIn { operator: Some(operator), session, method },
        OperatorEntry::TokenIssued { token, reason: reason(), by },
        OperatorEntry::Proposed { proposal: ProposalId::new(1), what, until, reason: reason(), by },
    ]
    .map(Entry::Operator)
}

/// A muster that runs, with a visitor on its list whom it found and somebody who is marked; a hand-over that waits.
fn a_muster() -> [Entry; 4] {
    let (muster, area, by, since) = (MusterId::new(1), AreaId::new(1), BY, Wall::from_seconds(9));
    let who = Somebody::Person(PersonId::new(1));
    let roll = [Listed { who, area, since }].into();
    let place = ReasonText::parse("car park");
    let marks = [Mark { who, status: MusterStatus::Safe, place, note: None, at: since }].into();
    let (visitor, muster_of) = (VisitorId::new(1), Some(muster));
    [
        DeskEntry::MusterStarted { muster, kind: MusterKind::Real, area, roll, reason: reason(), by },
        DeskEntry::VisitorCame { visitor, host: None, area, until: None, reason: None, muster: muster_of, by },
        DeskEntry::MusterMarked { muster, marks, by },
        DeskEntry::ShiftNoted { note: LongText::parse("Gate 3 sticks.").unwrap(), by },
    ]
    .map(Entry::Desk)
}

/// What the person's key hashes to.
const KEY: PersonKeyHash = PersonKeyHash::from_keyed_hash([3; 16]);

fn a_register() -> [Entry; 2] {
    let facts = RackFacts {
        id: AssetId::new(17),
        name: "C03".to_owned(),
        facility_id: String::new(),
        site: "lon1".to_owned(),
        location: String::new(),
        role: String::new(),
        status: "active".to_owned(),
        tenant: String::new(),
        u_height: 42,
        serial: "SN7".to_owned(),
        asset_tag: String::new(),
    };
    let set = RegisterEntry::PersonKeySet { person: PersonId::new(1), key: Some(KEY), by: BY };
    [set, RegisterEntry::RackTaken { facts: Box::new(facts), rack: None, by: BY }].map(Entry::Register)
}

/// A review of one right, which was kept, and an operator of whom it is known who they are.
fn a_review() -> [Entry; 3] {
    let (review, by, due) = (ReviewId::new(1), BY, Wall::from_seconds(9_000_000_000));
    let right = FrozenRight {
        grant: GrantId::new(1),
        person: PersonId::new(1),
        to: due,
        doors: 1,
        extent: [7; 8],
        used: Some(Wall::from_seconds(9)),
        given_by: GivenBy::Hand,
        since_last: SinceLast::New,
    };
    let (scope, lines) = (Box::new([AreaId::new(1)]), Box::new([right]));
    let (unused_days, undecided) = (Some(90), Undecided::Revoke);
    let kept = LineDecision { line: 1, decision: Decision::Keep, effect: None };
    let operator = OperatorId::new(1);
    let linked = OperatorEntry::PersonLinked { operator, person: Some(PersonId::new(1)), reason: reason(), by };
    [
        ReviewEntry::Opened { review, scope, unused_days, due, undecided, lines, reason: reason(), by }.into(),
        ReviewEntry::Decided { review, decisions: Box::new([kept]), note: reason(), by }.into(),
        Entry::Operator(linked),
    ]
}

/// An alert that matched something.
fn an_alert() -> [Entry; 2] {
    let (alert, place) = (AlertId::new(1), AlertPlace::Door(DoorId::new(1)));
    let terms = Box::new(AlertTerms {
        name: "Hall A at night".to_owned(),
        query: "type:access.denied during:night".to_owned(),
        priority: AlertPriority::Medium,
        response: LongText::parse("Look at the door.\nCall whoever is on duty.").unwrap(),
        reason: reason(),
        owner: BY,
        organisation: Some(OrganisationId::new(2)),
        until: Wall::from_seconds(9_000_000_000),
    });
    [AlertEntry::Created { alert, terms, by: BY }, AlertEntry::Matched { alert, matched: Seq::new(99), place }]
        .map(Entry::Alert)
}

fn a_plan() -> [Entry; 2] {
    let (plan, area, by) = (PlanId::new(1), AreaId::new(1), BY);
    let slug = PlanSlug::parse("ground").unwrap();
    let binding = Binding { element: "r7".to_owned(), place: "lon1/main-entrance".to_owned() };
    let name = "Ground floor".to_owned();
    [
        PlanEntry::Uploaded { plan, slug, name, area, floor: -1, digest: [6; 32], bytes: 812, by },
        PlanEntry::Bound { plan, bindings: Box::new([binding]), by },
    ]
    .map(Entry::Plan)
}

fn some_files() -> Entry {
    let revision = Some(Revision::Digest([7; 8]));
    let claim = Claim { record: FileRecord::Schedule(ScheduleId::new(1)), name: "days".to_owned(), revision };
    let (claims, released, before) = (Box::new([claim]), Box::default(), Box::new(["{}".to_owned()]));
    let (digest, generation) = ([6; 32], Generation::new(9));
    let entry = FilesEntry::Applied { digest, changes: 1, claims, released, before, generation, by: BY, second: None };
    Entry::Files(entry)
}

pub(super) fn granted() -> Entry {
    Entry::AccessGranted {
        point: PointId::new(1),
        door: DoorId::new(1),
        person: PersonId::new(1),
        credential: CredentialId::new(1),
        grant: GrantId::new(1),
        release_time: Duration::from_secs(5),
        command: CommandId::new(1),
    }
}

pub(super) fn denied() -> Entry {
    let reason = Denial::CredentialUnknown;
    Entry::AccessDenied { point: PointId::new(1), person: None, credential: None, reason }
}

pub(super) fn door_is(contact: Contact, lock: Lock) -> Entry {
    Entry::DoorChanged { door: DoorId::new(1), facts: Facts { contact, lock, handle: None, key: None, latch: None } }
}

pub(super) fn raised(alarm: u32) -> Entry {
    Entry::AlarmRaised {
        alarm: AlarmId::new(alarm),
        kind: AlarmKind::HeldOpen,
        source: AlarmSource::Door(DoorId::new(1)),
    }
}

pub(super) fn returned(alarm: u32) -> Entry {
    let (kind, source) = (AlarmKind::HeldOpen, AlarmSource::Door(DoorId::new(1)));
    Entry::AlarmReturned { alarm: AlarmId::new(alarm), kind, source }
}

/// An alarm that comes, is seen and goes.
fn put_away(alarm: u32) -> [Entry; 3] {
    [raised(alarm), noted(alarm, 8), returned(alarm)]
}

pub(super) fn noted(alarm: u32, note_bytes: usize) -> Entry {
    let note = "n".repeat(note_bytes);
    let (kind, source) = (AlarmKind::HeldOpen, AlarmSource::Door(DoorId::new(1)));
    Entry::AlarmAcknowledged { alarm: AlarmId::new(alarm), kind, source, by: Actor::System, note }
}
