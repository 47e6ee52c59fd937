//! Who lives in the demo: a dozen people with cards, what each may do and why, as commands that any operator could give.
//! The first is the duty engineer; the others have schedules, tickets and reasons to be refused. They are created in this
//! order in an empty journal, so the first is `p-1`, and so on. What they do all day is the simulated world's business.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rackward_core::engine::command::{GrantWish, PersonName, PinHash, PinPurpose};
use rackward_core::entry::ReasonText;
use rackward_core::id::{CredentialId, DoorId, PersonId};
use rackward_core::people::{
    CredentialKey, CredentialState, EscortNeed, ExtendedTime, GrantRight, PersonDetails, PersonStatus, ThreatLevel,
    Uses, Validity, When,
};
use rackward_core::site::OPERATOR;
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::{Command, Site, Wall};

use super::site::{FACES, SITE, racks};

/// The facility code on every card of the demo (H10301 has eight bits for it).
pub(super) const FACILITY: u8 = 12;
/// How long cards and standing grants count, in days.
const STANDING_DAYS: u64 = 180;
/// When the grant that is over ends, in seconds from the start. A grant that is over when it is made is refused, so this
/// must be longer than filling the journal takes on a busy machine.
const OVER_AFTER_S: u64 = 10;
/// The days people work.
const WEEKDAYS: [Day; 5] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

/// One of the people.
#[derive(Debug)]
pub(super) struct Dweller {
    pub(super) name: &'static str,
    /// The number on the card (sixteen bits in H10301).
    pub(super) card: u16,
    pub(super) pin: Option<&'static str>,
    /// What they do here.
    pub(super) role: &'static str,
    /// What they may do, in a few words.
    pub(super) may: &'static str,
    right: Option<Right>,
    trouble: Trouble,
}

/// What a person may do.
#[derive(Debug, Clone, Copy)]
struct Right {
    places: Places,
    hours: Hours,
    term: Term,
    reason: &'static str,
    ticket: Option<&'static str>,
}

/// Through which doors.
#[derive(Debug, Clone, Copy)]
enum Places {
    /// From the street to the corridor.
    Building,
    /// The building and the plant room.
    Plant,
    /// The building and the data hall.
    Hall,
    /// The gate, the building, the hall and every rack.
    Everything,
    /// The building, the hall and these racks, by number in [`racks`].
    Racks(&'static [usize]),
}

/// At which hours of the week.
#[derive(Debug, Clone, Copy)]
enum Hours {
    Any,
    Office,
    Night,
    EarlyMorning,
}

/// From when to when, counted from the demo's first start.
#[derive(Debug, Clone, Copy)]
enum Term {
    /// From then on.
    Standing,
    /// For a few hours.
    FourHours,
    /// It is over soon after the start.
    Over,
    /// It begins a day later.
    FromTomorrow,
}

/// Why a person may be refused whatever the grant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Suspended,
    LostCard,
}

const fn right(
    places: Places,
    hours: Hours,
    term: Term,
    reason: &'static str,
    ticket: Option<&'static str>,
) -> Option<Right> {
    Some(Right { places, hours, term, reason, ticket })
}

/// The people, in order of their ids.
pub(super) const PEOPLE: [Dweller; 12] = [
    Dweller {
        name: "Amina Khan",
        card: 40_101,
        pin: Some("7355"),
        role: "Duty engineer",
        may: "gate, building, hall and every rack, at any hour",
        right: right(Places::Everything, Hours::Any, Term::Standing, "Duty engineer", Some("CHG-4100")),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Ben Osei",
        card: 40_102,
        pin: None,
        role: "Facilities",
        may: "building, in office hours",
        right: right(Places::Building, Hours::Office, Term::Standing, "Facilities staff", None),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Chloe Martin",
        card: 40_103,
        pin: None,
        role: "Capacity planner",
        may: "building and hall, in office hours",
        right: right(Places::Hall, Hours::Office, Term::Standing, "Capacity planning", Some("CHG-4103")),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Dario Rossi",
        card: 40_104,
        pin: Some("2580"),
        role: "Night shift operator",
        may: "building and hall, on the night shift",
        right: right(Places::Hall, Hours::Night, Term::Standing, "Night shift operations", Some("CHG-4104")),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Elif Demir",
        card: 40_105,
        pin: Some("6190"),
        role: "Contractor",
        may: "two racks for four hours, by CHG-4117",
        right: right(Places::Racks(&[2, 10]), Hours::Any, Term::FourHours, "Swap power supplies", Some("CHG-4117")),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Farid Haddad",
        card: 40_106,
        pin: None,
        role: "Cabling contractor",
        may: "nothing any more: the grant is over",
        right: right(Places::Building, Hours::Any, Term::Over, "Cabling of row 1, finished", None),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Grace Lee",
        card: 40_107,
        pin: None,
        role: "Storage engineer",
        may: "nothing yet: the grant starts tomorrow",
        right: right(Places::Hall, Hours::Any, Term::FromTomorrow, "Storage upgrade", Some("CHG-4121")),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Hugo Weber",
        card: 40_108,
        pin: None,
        role: "Colleague on leave",
        may: "nothing: the person is suspended",
        right: right(Places::Building, Hours::Any, Term::Standing, "Facilities staff", None),
        trouble: Trouble::Suspended,
    },
    Dweller {
        name: "Ines Costa",
        card: 40_109,
        pin: None,
        role: "Reception",
        may: "nothing: the card is reported lost",
        right: right(Places::Building, Hours::Any, Term::Standing, "Reception", None),
        trouble: Trouble::LostCard,
    },
    Dweller {
        name: "Jonas Berg",
        card: 40_110,
        pin: None,
        role: "Cleaner",
        may: "building, weekdays from 06:00 to 08:00",
        right: right(Places::Building, Hours::EarlyMorning, Term::Standing, "Cleaning", None),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Keiko Tanaka",
        card: 40_111,
        pin: Some("4711"),
        role: "Plant engineer",
        may: "building and, with the PIN, plant room, at any hour",
        right: right(Places::Plant, Hours::Any, Term::Standing, "Power and cooling", None),
        trouble: Trouble::None,
    },
    Dweller {
        name: "Liam Byrne",
        card: 40_112,
        pin: None,
        role: "Visitor",
        may: "nothing: no grant",
        right: None,
        trouble: Trouble::None,
    },
];

/// Everybody works for the operator and is admitted at any threat level but the highest.
const DETAILS: PersonDetails =
    PersonDetails { organisation: OPERATOR, clearance: ThreatLevel::High, extended_time: ExtendedTime::No };

/// The shell's part in making people: hashing what the core must not see.
pub struct Hashing<'a> {
    /// The key of a card given as `26:FACILITY:NUMBER`.
    pub card_key: &'a dyn Fn(&str) -> anyhow::Result<CredentialKey>,
    /// The hash of a PIN.
    pub pin_hash: &'a dyn Fn(&str) -> anyhow::Result<PinHash>,
}

/// The commands that fill an empty journal with the demo's people, in order.
///
/// # Errors
/// The site lacks a door they want to pass, or something could not be hashed.
pub fn seeding(site: &Site, now: Wall, hashing: &Hashing<'_>) -> anyhow::Result<Vec<Command>> {
    let mut commands = Vec::new();
    for (number, dweller) in (1u32..).zip(&PEOPLE) {
        let person = PersonId::new(number);
        let name = PersonName::parse(dweller.name).context("a name is unfit")?;
        commands.push(Command::CreatePerson { name, status: PersonStatus::Enabled, details: DETAILS, key: None });
        if let Some(pin) = dweller.pin {
            let (hash, digits) = ((hashing.pin_hash)(pin)?, u8::try_from(pin.len())?);
            commands.push(Command::SetPin { person, purpose: PinPurpose::Usual, hash, digits });
        }
        let key = (hashing.card_key)(&card_text(dweller))?;
        let validity = term(Term::Standing, now);
        commands.push(Command::AssignCredential { person, key, validity });
        if let Some(right) = &dweller.right {
            commands.push(grant(site, person, right, now)?);
        }
        commands.extend(trouble(dweller.trouble, number)?);
    }
    Ok(commands)
}

/// A person's card, as the command line and the API take it.
pub(super) fn card_text(dweller: &Dweller) -> String {
    format!("26:{FACILITY}:{}", dweller.card)
}

fn grant(site: &Site, person: PersonId, right: &Right, now: Wall) -> anyhow::Result<Command> {
    let paths = right.places.doors();
    let doors = paths.iter().map(|path| {
        let found = site.find_door(path).map(|door| door.id);
        found.map_err(|_| anyhow!("the demo's site has no door {path}"))
    });
    let doors = doors.collect::<anyhow::Result<Vec<DoorId>>>()?;
    Ok(Command::CreateGrant(GrantWish {
        person,
        right: GrantRight::Doors { doors: doors.into_boxed_slice(), when: When::Weekly(right.hours.weekly()?) },
        validity: term(right.term, now),
        reason: words(right.reason)?,
        ticket: right.ticket.map(words).transpose()?,
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
    }))
}

/// The credential's number is the person's, because everybody has one card and they are given out in order.
fn trouble(trouble: Trouble, number: u32) -> anyhow::Result<Option<Command>> {
    Ok(match trouble {
        Trouble::None => None,
        Trouble::Suspended => Some(Command::SetPersonStatus {
            person: PersonId::new(number),
            status: PersonStatus::Suspended,
            reason: words("On leave until further notice")?,
        }),
        Trouble::LostCard => Some(Command::SetCredentialState {
            credential: CredentialId::new(number),
            state: CredentialState::Lost,
            reason: words("Left on a train")?,
        }),
    })
}

fn words(text: &str) -> anyhow::Result<ReasonText> {
    ReasonText::parse(text).context("a reason is unfit")
}

fn term(term: Term, now: Wall) -> Validity {
    const DAY: Duration = Duration::from_secs(86_400);
    let standing = DAY * STANDING_DAYS as u32;
    let after = |span: Duration| now.after(span);
    match term {
        Term::Standing => Validity { from: now, to: after(standing) },
        Term::FourHours => Validity { from: now, to: after(Duration::from_secs(4 * 3_600)) },
        Term::Over => Validity { from: now, to: after(Duration::from_secs(OVER_AFTER_S)) },
        Term::FromTomorrow => Validity { from: after(DAY), to: after(DAY + standing) },
    }
}

impl Hours {
    fn weekly(self) -> anyhow::Result<Weekly> {
        let hours = |days: &[Day], from: u16, to: u16| Weekly::on_days(days, from * 60, to * 60);
        Ok(match self {
            Self::Any => Weekly::always(),
            Self::Office => hours(&WEEKDAYS, 8, 18)?,
            Self::Night => hours(&Day::ALL, 22, 6)?,
            Self::EarlyMorning => hours(&WEEKDAYS, 6, 8)?,
        })
    }
}

/// Points on the way from the street to the corridor.
const BUILDING: [&str; 3] = ["main-entrance", "mantrap-outer", "mantrap-inner"];

impl Places {
    /// The doors before the racks, by the end of their paths, from the street inwards.
    fn way(self) -> Vec<&'static str> {
        let (before, after): (&[&str], &[&str]) = match self {
            Self::Building => (&[], &[]),
            Self::Plant => (&[], &["plant-room"]),
            Self::Hall | Self::Racks(_) => (&[], &["hall-a/entrance"]),
            Self::Everything => (&["vehicle-gate"], &["hall-a/entrance"]),
        };
        [before, &BUILDING, after].concat()
    }

    /// The paths of all doors.
    fn doors(self) -> Vec<String> {
        let racks = racks();
        let numbers: Vec<usize> = match self {
            Self::Building | Self::Plant | Self::Hall => Vec::new(),
            Self::Everything => (0..racks.len()).collect(),
            Self::Racks(numbers) => numbers.to_vec(),
        };
        let wanted = numbers.iter().filter_map(|number| racks.get(*number));
        let faces = wanted.flat_map(|rack| FACES.map(|face| format!("{rack}/{face}")));
        self.way().iter().map(|tail| format!("{SITE}/{tail}")).chain(faces).collect()
    }
}

impl Dweller {
    /// The points this person walks through on the way to work, whether they are let in or not: a visitor tries the front
    /// door, and who may open every rack looks after two of them.
    pub(super) fn habits(&self) -> Vec<String> {
        let Some(right) = self.right else { return vec![format!("{SITE}/main-entrance/in")] };
        let rounds = match right.places {
            Places::Everything => Places::Racks(&[1, 9]),
            places @ (Places::Building | Places::Plant | Places::Hall | Places::Racks(_)) => places,
        };
        let racks = rounds.doors().split_off(rounds.way().len());
        right.places.way().iter().map(|tail| format!("{SITE}/{tail}/in")).chain(racks).collect()
    }
}

#[cfg(test)]
mod tests;
