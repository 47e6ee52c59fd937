//! What a row of each table says: which row a change of the records writes, in which bytes, and what is read back from it,
//! with suspicion: a file on a disk can hold anything. Bytes are the journal's own encoding (`journal/canonical` in the
//! core), so that there is one dictionary.

use rackward_core::alarm::Alarm;
use rackward_core::alert::Alert;
use rackward_core::asset::RackAsset;
use rackward_core::engine::command::{OperatorName, PersonKey, PersonName, PinHash, PinPurpose, SealedSecret};
use rackward_core::entry::PlaceKind;
use rackward_core::id::{
    AgreementId, AlarmId, AlertId, AreaId, AssetId, CalendarId, CredentialId, DeviceId, DoorId, Generation, GrantId,
    MusterId, OperatorId, PersonId, PlanId, ProfileId, ReviewId, ScheduleId, TokenId, VisitorId,
};
use rackward_core::journal::canonical::{Bytes, DecodeError, Field, record_bytes, record_from_bytes};
use rackward_core::mode::AreaHold;
use rackward_core::muster::Muster;
use rackward_core::operator::{ApiToken, Factor, Operator};
use rackward_core::people::{Agreement, Credential, Grant, ManagedBy, Person, PersonKeyHash, Profile};
use rackward_core::plan::Plan;
use rackward_core::records::SiteStanding;
use rackward_core::review::Review;
use rackward_core::site::schedule::Schedule;
use rackward_core::site::schedule::calendar::Calendar;
use rackward_core::site_files::{Claim, FileRecord};
use rackward_core::visitor::{Visitor, VisitorName};
use rackward_core::{RecordChange, Wall};

use super::Loaded;
use super::damage::RowDamage;
use super::table::Table;
use crate::pin;

/// The key in tables of one row.
pub(super) const ONLY: i64 = 1;

/// Which row a change is about.
pub(super) fn row_of(change: &RecordChange) -> (Table, i64) {
    match change {
        RecordChange::Counters { .. } => (Table::Counters, ONLY),
        RecordChange::Place(kind, number, _) => (Table::Place, place_key(*kind, *number)),
        RecordChange::Person(person) => (Table::Person, person.id.get().into()),
        RecordChange::PersonName(person, _) => (Table::PersonName, person.get().into()),
        RecordChange::PersonKey(person, _) => (Table::PersonKey, person.get().into()),
        RecordChange::PersonKeyText(person, _) => (Table::PersonKeyText, person.get().into()),
        RecordChange::RackAsset(row) => (Table::RackAsset, row.facts.id.get().into()),
        RecordChange::Pin(person, PinPurpose::Usual, _) => (Table::Pin, person.get().into()),
        RecordChange::Pin(person, PinPurpose::Duress, _) => (Table::DuressPin, person.get().into()),
        RecordChange::Credential(credential) => (Table::Credential, credential.id.get().into()),
        RecordChange::Grant(grant) => (Table::Grant, grant.id.get().into()),
        RecordChange::Alarm(alarm) => (Table::Alarm, alarm.id.get().into()),
        RecordChange::AlarmClosed(alarm) => (Table::Alarm, alarm.get().into()),
        RecordChange::ClosedAlarm(_, alarm) => (Table::ClosedAlarm, alarm.id.get().into()),
        RecordChange::ClosedAlarmGone(_, alarm) => (Table::ClosedAlarm, alarm.get().into()),
        RecordChange::Door(door, _) => (Table::Door, door.get().into()),
        RecordChange::Device(device, _) => (Table::Device, device.get().into()),
        RecordChange::Rights(device, _) => (Table::DeviceRights, device.get().into()),
        RecordChange::Certificates(device, _) => (Table::Certificates, device.get().into()),
        RecordChange::Mode(door, _) => (Table::Mode, door.get().into()),
        RecordChange::Profile(profile, _) => (Table::Profile, profile.get().into()),
        RecordChange::Schedule(schedule, _) => (Table::Schedule, schedule.get().into()),
        RecordChange::Calendar(calendar, _) => (Table::Calendar, calendar.get().into()),
        RecordChange::Agreement(agreement, _) => (Table::Agreement, agreement.get().into()),
        RecordChange::Plan(plan, _) => (Table::Plan, plan.get().into()),
        RecordChange::Presence(person, _) => (Table::Presence, person.get().into()),
        RecordChange::Lockout(credential, _) => (Table::Lockout, credential.get().into()),
        RecordChange::Lockdown(area, _) => (Table::Lockdown, area.get().into()),
        RecordChange::Standing(_) => (Table::Standing, ONLY),
        RecordChange::Operator(operator) => (Table::Operator, operator.id.get().into()),
        RecordChange::OperatorName(operator, _) => (Table::OperatorName, operator.get().into()),
        RecordChange::OperatorSecret(operator, factor, _) | RecordChange::OperatorSecretUsed(operator, factor, _) => {
            (Table::OperatorSecret, secret_key(*operator, *factor))
        }
        RecordChange::Token(token) => (Table::Token, token.id.get().into()),
        RecordChange::LastSession(_) => (Table::LastSession, ONLY),
        RecordChange::LastProposal(_) => (Table::LastProposal, ONLY),
        RecordChange::Muster(muster, _) => (Table::Muster, muster.get().into()),
        RecordChange::Visitor(visitor, _) => (Table::Visitor, visitor.get().into()),
        RecordChange::VisitorName(visitor, _) => (Table::VisitorName, visitor.get().into()),
        RecordChange::Alert(alert, _) => (Table::Alert, alert.get().into()),
        RecordChange::Review(review, _) => (Table::Review, review.get().into()),
        RecordChange::ReviewLine(review, line, _) => (Table::ReviewLine, line_key(*review, *line)),
        RecordChange::Shift(_) => (Table::Shift, ONLY),
        RecordChange::FileClaim(record, _) => (Table::FileClaim, claim_key(*record)),
        RecordChange::FilesApplied(_) => (Table::FilesApplied, ONLY),
    }
}

/// The bytes a change gives its row; `None` if the row goes.
pub(super) fn bytes_of(change: &RecordChange) -> Option<Vec<u8>> {
    match change {
        RecordChange::Counters { generation, last_alarm } => {
            Some(record_bytes(&Counters { generation: *generation, last_alarm: *last_alarm }))
        }
        RecordChange::Place(_, _, path) => Some(record_bytes(path)),
        RecordChange::Person(person) => Some(record_bytes(person)),
        RecordChange::PersonName(_, name) => Some(record_bytes(&name.reveal().to_owned())),
        RecordChange::PersonKey(_, key) => key.as_ref().map(record_bytes),
        RecordChange::PersonKeyText(_, key) => key.as_ref().map(|key| record_bytes(&Keyed(key.clone()))),
        RecordChange::RackAsset(row) => Some(record_bytes(row)),
        RecordChange::Pin(_, _, hash) => Some(record_bytes(&hash.as_phc().to_owned())),
        RecordChange::Credential(credential) => Some(record_bytes(&Held(credential.clone()))),
        RecordChange::Grant(grant) => Some(record_bytes(grant)),
        RecordChange::Alarm(alarm) => Some(record_bytes(alarm)),
        RecordChange::AlarmClosed(_) | RecordChange::ClosedAlarmGone(..) => None,
        RecordChange::ClosedAlarm(at, alarm) => Some(record_bytes(&Closed(*at, alarm.clone()))),
        RecordChange::Door(_, record) => Some(record_bytes(record)),
        RecordChange::Device(_, record) => Some(record_bytes(record)),
        RecordChange::Rights(_, record) => Some(record_bytes(record)),
        RecordChange::Certificates(_, record) => Some(record_bytes(record)),
        RecordChange::Mode(_, mode) => Some(record_bytes(mode)),
        RecordChange::Profile(_, profile) => profile.as_ref().map(record_bytes),
        RecordChange::Schedule(_, row) => row.clone().map(|(schedule, by)| record_bytes(&Managed(schedule, by))),
        RecordChange::Calendar(_, row) => row.clone().map(|(calendar, by)| record_bytes(&Managed(calendar, by))),
        RecordChange::Agreement(_, agreement) => agreement.as_ref().map(record_bytes),
        RecordChange::Plan(_, plan) => plan.as_ref().map(record_bytes),
        RecordChange::Presence(_, whereabouts) => whereabouts.as_ref().map(record_bytes),
        RecordChange::Lockout(_, until) => until.as_ref().map(record_bytes),
        RecordChange::Lockdown(_, AreaHold::LockedDown) => Some(Vec::new()),
        RecordChange::Lockdown(_, AreaHold::Free) => None,
        RecordChange::Standing(standing) => Some(record_bytes(&Whole(*standing))),
        RecordChange::Operator(operator) => Some(record_bytes(operator)),
        RecordChange::OperatorName(_, name) => Some(record_bytes(&name.reveal().to_owned())),
        RecordChange::OperatorSecret(_, _, secret) => secret.as_ref().map(|secret| secret.as_bytes().to_vec()),
        RecordChange::OperatorSecretUsed(_, _, secret) => Some(secret.as_bytes().to_vec()),
        RecordChange::Token(token) => Some(record_bytes(token)),
        RecordChange::LastSession(session) => Some(record_bytes(session)),
        RecordChange::LastProposal(proposal) => Some(record_bytes(proposal)),
        RecordChange::Muster(_, muster) => muster.as_ref().map(record_bytes),
        RecordChange::Visitor(_, visitor) => visitor.as_ref().map(record_bytes),
        RecordChange::VisitorName(_, name) => name.as_ref().map(|name| record_bytes(&Called(name.clone()))),
        RecordChange::Alert(_, alert) => alert.as_ref().map(record_bytes),
        RecordChange::Review(_, review) => review.as_ref().map(record_bytes),
        RecordChange::ReviewLine(_, _, line) => line.as_ref().map(record_bytes),
        RecordChange::Shift(shift) => Some(record_bytes(shift)),
        RecordChange::FileClaim(_, claim) => claim.as_ref().map(record_bytes),
        RecordChange::FilesApplied(applied) => Some(record_bytes(applied)),
    }
}

/// Takes the bytes of a row into what is loaded; leaves that as it was if they cannot be taken.
pub(super) fn take(loaded: &mut Loaded, table: Table, key: i64, bytes: &[u8]) -> Result<(), RowDamage> {
    let records = &mut loaded.records;
    match table {
        Table::Counters => {
            let counters: Counters = read(bytes)?;
            only(key)?;
            (records.generation, records.last_alarm) = (counters.generation, counters.last_alarm);
        }
        Table::Place => drop(records.places.insert(place_of(key)?, read(bytes)?)),
        Table::Person => {
            let person: Person = read(bytes)?;
            records.persons.insert(PersonId::new(same(key, person.id.get())?), person);
        }
        Table::Credential => {
            let Held(credential) = read(bytes)?;
            records.credentials.insert(CredentialId::new(same(key, credential.id.get())?), credential);
        }
        Table::Grant => {
            let grant: Grant = read(bytes)?;
            records.grants.insert(GrantId::new(same(key, grant.id.get())?), grant);
        }
        Table::Alarm => {
            let alarm: Alarm = read(bytes)?;
            records.alarms.insert(AlarmId::new(same(key, alarm.id.get())?), alarm);
        }
        Table::ClosedAlarm => {
            let Closed(at, alarm) = read(bytes)?;
            records.closed.insert((at, AlarmId::new(same(key, alarm.id.get())?)), alarm);
        }
        Table::Door => drop(records.doors.insert(DoorId::new(number(key)?), read(bytes)?)),
        Table::Device => drop(records.devices.insert(DeviceId::new(number(key)?), read(bytes)?)),
        Table::DeviceRights => drop(records.rights.insert(DeviceId::new(number(key)?), read(bytes)?)),
        Table::Certificates => drop(records.certificates.insert(DeviceId::new(number(key)?), read(bytes)?)),
        Table::Mode => drop(records.modes.insert(DoorId::new(number(key)?), read(bytes)?)),
        Table::Profile => {
            let profile: Profile = read(bytes)?;
            records.profiles.insert(ProfileId::new(same(key, profile.id.get())?), profile);
        }
        Table::Schedule => {
            let Managed::<Schedule>(schedule, by) = read(bytes)?;
            records.schedules.insert(ScheduleId::new(same(key, schedule.id.get())?), (schedule, by));
        }
        Table::Calendar => {
            let Managed::<Calendar>(calendar, by) = read(bytes)?;
            records.calendars.insert(CalendarId::new(same(key, calendar.id.get())?), (calendar, by));
        }
        Table::Agreement => {
            let agreement: Agreement = read(bytes)?;
            records.agreements.insert(AgreementId::new(same(key, agreement.id.get())?), agreement);
        }
        Table::Plan => {
            let plan: Plan = read(bytes)?;
            records.plans.insert(PlanId::new(same(key, plan.id.get())?), plan);
        }
        Table::Presence => drop(records.presence.insert(PersonId::new(number(key)?), read(bytes)?)),
        Table::Lockout => drop(records.lockouts.insert(CredentialId::new(number(key)?), read(bytes)?)),
        Table::Lockdown if bytes.is_empty() => drop(records.lockdowns.insert(AreaId::new(number(key)?))),
        Table::Lockdown => return Err(DecodeError::TrailingBytes.into()),
        Table::Standing => {
            let Whole(standing) = read(bytes)?;
            only(key)?;
            records.standing = standing;
        }
        Table::Operator => {
            let operator: Operator = read(bytes)?;
            records.operators.insert(OperatorId::new(same(key, operator.id.get())?), operator);
        }
        Table::Token => {
            let token: ApiToken = read(bytes)?;
            records.tokens.insert(TokenId::new(same(key, token.id.get())?), token);
        }
        Table::LastSession => {
            only(key)?;
            records.last_session = read(bytes)?;
        }
        Table::LastProposal => {
            only(key)?;
            records.last_proposal = read(bytes)?;
        }
        Table::Muster => {
            let muster: Muster = read(bytes)?;
            records.musters.insert(MusterId::new(same(key, muster.id.get())?), muster);
        }
        Table::Visitor => {
            let visitor: Visitor = read(bytes)?;
            records.visitors.insert(VisitorId::new(same(key, visitor.id.get())?), visitor);
        }
        Table::Review => {
            let review: Review = read(bytes)?;
            records.reviews.insert(ReviewId::new(same(key, review.id.get())?), review);
        }
        Table::Alert => {
            let alert: Alert = read(bytes)?;
            records.alerts.insert(AlertId::new(same(key, alert.id.get())?), alert);
        }
        Table::ReviewLine => drop(records.review_lines.insert(line_of(key)?, read(bytes)?)),
        Table::VisitorName => {
            let Called(name) = read(bytes)?;
            loaded.visitor_names.insert(VisitorId::new(number(key)?), name);
        }
        Table::Shift => {
            let shift = read(bytes)?;
            only(key)?;
            records.shift = shift;
        }
        Table::FileClaim => {
            let claim: Claim = read(bytes)?;
            if claim_key(claim.record) != key {
                return Err(DecodeError::OutOfRange.into());
            }
            records.files.claims.insert(claim.record, (claim.name, claim.revision));
        }
        Table::FilesApplied => {
            let applied = read(bytes)?;
            only(key)?;
            records.files.last = Some(applied);
        }
        Table::OperatorName => {
            let name = OperatorName::kept(&read::<String>(bytes)?).ok_or(RowDamage::Encoding(DecodeError::BadText))?;
            drop(loaded.operator_names.insert(OperatorId::new(number(key)?), name));
        }
        Table::OperatorSecret => drop(loaded.secrets.insert(secret_of(key)?, SealedSecret::new(bytes.to_vec()))),
        Table::PersonName => drop(loaded.names.insert(PersonId::new(number(key)?), name(bytes)?)),
        Table::PersonKey => drop(records.person_keys.insert(PersonId::new(number(key)?), read(bytes)?)),
        Table::PersonKeyText => {
            let Keyed(text) = read(bytes)?;
            loaded.person_keys.insert(PersonId::new(number(key)?), text);
        }
        Table::RackAsset => {
            let row: RackAsset = read(bytes)?;
            records.racks.insert(AssetId::new(same(key, row.facts.id.get())?), row);
        }
        Table::Pin => loaded.pins.entry(PersonId::new(number(key)?)).or_default().set(PinPurpose::Usual, hash(bytes)?),
        Table::DuressPin => {
            loaded.pins.entry(PersonId::new(number(key)?)).or_default().set(PinPurpose::Duress, hash(bytes)?);
        }
    }
    Ok(())
}

/// The key of a place: its kind's number in the journal, then its own.
pub(super) fn place_key(kind: PlaceKind, number: u32) -> i64 {
    let kind = record_bytes(&kind).first().copied().unwrap_or(u8::MAX);
    i64::from(kind) << 32 | i64::from(number)
}

/// The key of what a file looks after: its kind's number in the journal, then the record's.
pub(super) fn claim_key(record: FileRecord) -> i64 {
    let (kind, number) = match record {
        FileRecord::Schedule(id) => (0, id.get()),
        FileRecord::Calendar(id) => (1, id.get()),
        FileRecord::Profile(id) => (2, id.get()),
        FileRecord::Grant(id) => (3, id.get()),
        FileRecord::Agreement(id) => (4, id.get()),
    };
    i64::from(kind) << 32 | i64::from(number)
}

/// The key of a line: its review's number, then its own.
pub(super) fn line_key(review: ReviewId, line: u32) -> i64 {
    i64::from(review.get()) << 32 | i64::from(line)
}

/// The line of a key.
fn line_of(key: i64) -> Result<(ReviewId, u32), RowDamage> {
    let review = u32::try_from(key >> 32).map_err(|_| RowDamage::Key)?;
    // The lower half is the line.
    Ok((ReviewId::new(review), key as u32))
}

/// The key of a secret: its operator's number, then its factor's form in the journal. Recovery codes are one secret, however
/// many they are.
pub(super) fn secret_key(operator: OperatorId, factor: Factor) -> i64 {
    let (kind, number) = match factor {
        Factor::Password => (0, 0),
        Factor::Totp => (1, 0),
        Factor::Passkey(number) => (2, number),
        Factor::RecoveryCodes(_) => (3, 0),
        Factor::Provider => (4, 0),
        Factor::Certificate(number) => (5, number),
    };
    i64::from(operator.get()) << 16 | i64::from(kind) << 8 | i64::from(number)
}

/// The secret of a key.
fn secret_of(key: i64) -> Result<(OperatorId, Factor), RowDamage> {
    let operator = u32::try_from(key >> 16).map_err(|_| RowDamage::Key)?;
    let [kind, number] = (key as u16).to_be_bytes();
    let factor = match (kind, number) {
        (0, 0) => Factor::Password,
        (1, 0) => Factor::Totp,
        (2, number) => Factor::Passkey(number),
        (3, 0) => Factor::RecoveryCodes(0),
        (4, 0) => Factor::Provider,
        (5, number) => Factor::Certificate(number),
        _ => return Err(RowDamage::Key),
    };
    Ok((OperatorId::new(operator), factor))
}

/// The place of a key.
pub(super) fn place_of(key: i64) -> Result<(PlaceKind, u32), RowDamage> {
    let kind = u8::try_from(key >> 32).map_err(|_| RowDamage::Key)?;
    let kind: PlaceKind = record_from_bytes(&[kind]).map_err(|_| RowDamage::Key)?;
    // The lower half is the number.
    Ok((kind, key as u32))
}

fn read<T: Field>(bytes: &[u8]) -> Result<T, RowDamage> {
    record_from_bytes(bytes).map_err(RowDamage::Encoding)
}

fn number(key: i64) -> Result<u32, RowDamage> {
    u32::try_from(key).map_err(|_| RowDamage::Key)
}

/// The number of a record that repeats its key.
fn same(key: i64, number: u32) -> Result<u32, RowDamage> {
    if key == i64::from(number) { Ok(number) } else { Err(RowDamage::Key) }
}

fn only(key: i64) -> Result<(), RowDamage> {
    if key == ONLY { Ok(()) } else { Err(RowDamage::Key) }
}

fn name(bytes: &[u8]) -> Result<PersonName, RowDamage> {
    let text: String = read(bytes)?;
    PersonName::kept(&text).ok_or(RowDamage::Encoding(DecodeError::BadText))
}

fn hash(bytes: &[u8]) -> Result<PinHash, RowDamage> {
    let hash = PinHash::from_phc(read(bytes)?);
    if pin::is_comparable(&hash) { Ok(hash) } else { Err(RowDamage::Encoding(DecodeError::BadText)) }
}

/// The row of the table `counters`.
struct Counters {
    generation: Generation,
    last_alarm: AlarmId,
}

impl Field for Counters {
    fn put(&self, out: &mut Vec<u8>) {
        self.generation.put(out);
        self.last_alarm.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(Self { generation: Field::take(bytes)?, last_alarm: Field::take(bytes)? })
    }
}

/// A credential as a row; the journal has no form for it, because it holds its making and its changes.
struct Held(Credential);

impl Field for Held {
    fn put(&self, out: &mut Vec<u8>) {
        let Credential { id, person, key, state, validity } = &self.0;
        id.put(out);
        person.put(out);
        key.put(out);
        state.put(out);
        validity.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(Self(Credential {
            id: Field::take(bytes)?,
            person: Field::take(bytes)?,
            key: Field::take(bytes)?,
            state: Field::take(bytes)?,
            validity: Field::take(bytes)?,
        }))
    }
}

/// An alarm with when it was put away.
struct Closed(Wall, Alarm);

impl Field for Closed {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(Self(Field::take(bytes)?, Field::take(bytes)?))
    }
}

/// A visitor's name and company.
struct Called(VisitorName);

impl Field for Called {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.reveal().to_owned().put(out);
        self.0.company().unwrap_or_default().to_owned().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (name, company): (String, String) = (Field::take(bytes)?, Field::take(bytes)?);
        let name = PersonName::kept(&name).and_then(|name| VisitorName::kept(name, &company));
        name.map(Self).ok_or(DecodeError::BadText)
    }
}

/// What another register knows a person by, and what it hashes to.
struct Keyed(PersonKey);

impl Field for Keyed {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.hash().put(out);
        self.0.reveal().to_owned().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (hash, text): (PersonKeyHash, String) = (Field::take(bytes)?, Field::take(bytes)?);
        PersonKey::parse(&text, |_| hash).map(Self).ok_or(DecodeError::BadText)
    }
}

/// A record with who looks after it.
struct Managed<T>(T, ManagedBy);

impl<T: Field> Field for Managed<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(Self(Field::take(bytes)?, Field::take(bytes)?))
    }
}

/// The row of the table `standing`.
struct Whole(SiteStanding);

impl Field for Whole {
    fn put(&self, out: &mut Vec<u8>) {
        let SiteStanding { threat, fire, last } = &self.0;
        threat.put(out);
        fire.put(out);
        last.iter().for_each(|number| number.put(out));
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let (threat, fire) = (Field::take(bytes)?, Field::take(bytes)?);
        let mut last = [0; 4];
        for number in &mut last {
            *number = Field::take(bytes)?;
        }
        Ok(Self(SiteStanding { threat, fire, last }))
    }
}
