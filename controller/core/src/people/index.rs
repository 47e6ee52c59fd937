//! Persons, credentials and grants compiled for deciding: one hash look-up from a card to its holder, then the holder's
//! rights as two short sorted lists, so that a decision touches a handful of cache lines however large the site is.
//! A change to one person rebuilds that person's lists only. What the rights mean is decided in `decide/`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::id::{CredentialId, DoorId, GrantId, PersonId};
use crate::people::{
    Credential, CredentialKey, CredentialState, Grant, GrantState, Person, PersonStatus, PinStatus, Validity,
};
use crate::site::schedule::{WEEK_MINUTES, WeekMinute, Weekly};
use crate::time::Wall;

/// Everybody, compiled.
#[derive(Debug, Default)]
pub struct People {
    holders: HashMap<CredentialKey, Holder, BuildHasherDefault<TakeEightBytes>>,
    persons: Vec<Option<PersonRow>>,
    weeks: Vec<WeekMask>,
    weekly_numbers: HashMap<Weekly, WeeklyNumber>,
}

/// Who holds a credential and whether it counts.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    /// Who.
    pub person: PersonId,
    /// Which credential.
    pub credential: CredentialId,
    /// Whether it counts.
    pub state: CredentialState,
    from: PackedSecond,
    to: PackedSecond,
}

/// Whole seconds since 2000-01-01T00:00:00Z, which reach to the year 2136. Exact, because the engine makes credentials and
/// grants on whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PackedSecond(u32);

/// Every minute of the week as a bit: one look says whether a schedule holds, whatever its shape.
#[derive(Debug)]
struct WeekMask(Box<[u64]>);

/// A person as deciding needs one.
#[derive(Debug)]
pub struct PersonRow {
    /// Whether the person may pass anywhere at all.
    pub status: PersonStatus,
    /// Whether a PIN is set.
    pub pin: PinStatus,
    rights: RightsBlock,
}

/// One person's rights in one allocation: first the door of each, sorted, then the rights in the same order. The search
/// runs over the doors alone, so that it and the right it finds cost two or three cache lines.
#[derive(Debug, Default)]
struct RightsBlock(Box<[u32]>);

/// One right in four words: grant, week, first second, first second after it.
const RIGHT_WORDS: usize = 4;

/// One grant's right to one door.
#[derive(Debug, Clone, Copy)]
pub struct Right {
    /// The grant.
    pub grant: GrantId,
    weekly: WeeklyNumber,
    /// From when to when.
    pub validity: Validity,
}

/// The rights of one person to one door, in order of grant.
#[derive(Debug, Clone, Copy)]
pub struct RightsTo<'a>(&'a [[u32; RIGHT_WORDS]]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WeeklyNumber(u32);

impl People {
    /// Compiles everybody.
    pub fn compile<'a>(
        persons: impl Iterator<Item = &'a Person>,
        credentials: impl Iterator<Item = &'a Credential>,
        grants: impl Iterator<Item = &'a Grant>,
    ) -> Self {
        let mut people = Self::default();
        persons.for_each(|person| people.put_person(person));
        credentials.for_each(|credential| people.put_credential(credential));
        let mut by_person: HashMap<PersonId, Vec<&Grant>> = HashMap::new();
        grants.for_each(|grant| by_person.entry(grant.person).or_default().push(grant));
        for (person, grants) in by_person {
            people.put_grants(person, grants.into_iter());
        }
        people
    }

    /// Adds a person or changes status and PIN of one; rights stay.
    pub fn put_person(&mut self, person: &Person) {
        let index = person.id.get() as usize;
        if self.persons.len() <= index {
            self.persons.resize_with(index + 1, || None);
        }
        match &mut self.persons[index] {
            Some(row) => (row.status, row.pin) = (person.status, person.pin),
            empty => {
                *empty = Some(PersonRow { status: person.status, pin: person.pin, rights: RightsBlock::default() });
            }
        }
    }

    /// Adds or changes a credential.
    pub fn put_credential(&mut self, credential: &Credential) {
        let holder = Holder {
            person: credential.person,
            credential: credential.id,
            state: credential.state,
            from: PackedSecond::new(credential.validity.from),
            to: PackedSecond::new(credential.validity.to),
        };
        self.holders.insert(credential.key, holder);
    }

    /// Replaces the rights of one person by those of `grants`, all of them that person's; revoked ones are left out.
    pub fn put_grants<'a>(&mut self, person: PersonId, grants: impl Iterator<Item = &'a Grant>) {
        let mut rights: Vec<(DoorId, Right)> = Vec::new();
        for grant in grants.filter(|grant| grant.state == GrantState::Active) {
            let right = Right { grant: grant.id, weekly: self.number_of(&grant.weekly), validity: grant.validity };
            rights.extend(grant.doors.iter().map(|door| (*door, right)));
        }
        rights.sort_by_key(|(door, right)| (*door, right.grant));
        if let Some(Some(row)) = self.persons.get_mut(person.get() as usize) {
            row.rights = RightsBlock::new(&rights);
        }
    }

    /// Who holds the credential that reads as `key`.
    pub fn holder(&self, key: &CredentialKey) -> Option<&Holder> {
        self.holders.get(key)
    }

    /// The person with this number.
    pub fn person(&self, id: PersonId) -> Option<&PersonRow> {
        self.persons.get(id.get() as usize)?.as_ref()
    }

    /// Whether a right's schedule holds in this minute of the local week.
    pub fn week_holds(&self, right: &Right, minute: WeekMinute) -> bool {
        self.weeks[right.weekly.0 as usize].contains(minute)
    }

    fn number_of(&mut self, weekly: &Weekly) -> WeeklyNumber {
        if let Some(number) = self.weekly_numbers.get(weekly) {
            return *number;
        }
        let number = WeeklyNumber(self.weeks.len() as u32);
        self.weeks.push(WeekMask::new(weekly));
        self.weekly_numbers.insert(weekly.clone(), number);
        number
    }
}

impl PersonRow {
    /// The person's rights to `door`.
    pub fn rights_to(&self, door: DoorId) -> RightsTo<'_> {
        self.rights.to(door)
    }
}

impl RightsBlock {
    /// Packs rights that are sorted by door.
    fn new(rights: &[(DoorId, Right)]) -> Self {
        let doors = rights.iter().map(|(door, _)| door.get());
        let words = rights.iter().flat_map(|(_, right)| right.pack());
        Self(doors.chain(words).collect())
    }

    fn to(&self, door: DoorId) -> RightsTo<'_> {
        /// Up to this many rights are counted without a branch, which costs less than a search that guesses wrong.
        const COUNTED: usize = 64;
        let (doors, words) = self.0.split_at(self.0.len() / (1 + RIGHT_WORDS));
        let start = if doors.len() <= COUNTED {
            doors.iter().map(|other| u32::from(*other < door.get())).sum::<u32>() as usize
        } else {
            doors.partition_point(|other| *other < door.get())
        };
        let count = doors[start..].iter().take_while(|other| **other == door.get()).count();
        RightsTo(&words.as_chunks().0[start..start + count])
    }
}

impl Right {
    fn pack(&self) -> [u32; RIGHT_WORDS] {
        let (from, to) = (PackedSecond::new(self.validity.from), PackedSecond::new(self.validity.to));
        [self.grant.get(), self.weekly.0, from.0, to.0]
    }

    fn unpack([grant, weekly, from, to]: [u32; RIGHT_WORDS]) -> Self {
        let validity = Validity { from: PackedSecond(from).wall(), to: PackedSecond(to).wall() };
        Self { grant: GrantId::new(grant), weekly: WeeklyNumber(weekly), validity }
    }
}

impl<'a> RightsTo<'a> {
    /// Whether no grant names the door.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The rights.
    pub fn iter(self) -> impl Iterator<Item = Right> + 'a {
        self.0.iter().map(|words| Right::unpack(*words))
    }
}

impl PackedSecond {
    /// 2000-01-01T00:00:00Z.
    const EPOCH: i64 = 946_684_800;

    fn new(at: Wall) -> Self {
        Self(u32::try_from((at.as_seconds() - Self::EPOCH).max(0)).unwrap_or(u32::MAX))
    }

    fn wall(self) -> Wall {
        Wall::from_seconds(Self::EPOCH + i64::from(self.0))
    }
}

impl Holder {
    /// When the credential counts.
    pub fn validity(&self) -> Validity {
        Validity { from: self.from.wall(), to: self.to.wall() }
    }
}

impl WeekMask {
    fn new(weekly: &Weekly) -> Self {
        let mut words = vec![0_u64; usize::from(WEEK_MINUTES).div_ceil(64)];
        for minute in weekly.stretches().iter().flat_map(|(from, to)| *from..*to) {
            words[usize::from(minute / 64)] |= 1 << (minute % 64);
        }
        Self(words.into_boxed_slice())
    }

    fn contains(&self, minute: WeekMinute) -> bool {
        self.0[usize::from(minute.get() / 64)] >> (minute.get() % 64) & 1 == 1
    }
}

/// A hasher for keys that are keyed hashes already: nobody can choose them to collide, so eight of their bytes will do.
#[derive(Debug, Default)]
struct TakeEightBytes(u64);

impl Hasher for TakeEightBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    /// The length that arrays hash before their bytes says nothing here.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
