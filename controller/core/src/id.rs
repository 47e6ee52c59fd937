//! Names for things: one newtype per kind, so that a door's number is never taken for a rack's. Ids are given out once by
//! the engine, in order, and never used again. What they print (`p-12`, `g-3`) is what every screen and command shows.

use core::fmt;
use core::str::FromStr;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {expected}")]
pub struct ParseIdError {
    text: String,
    expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($number:ty, $prefix:literal, $expected:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($number);

        impl $name {
            /// The id with this number; numbers come from the engine or from what it journalled.
            pub const fn new(number: $number) -> Self {
                Self(number)
            }

            /// The bare number, for encoding and indexing.
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix($prefix)
                    .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or_else(|| ParseIdError { text: text.to_owned(), expected: $expected })
            }
        }
    )*};
}

ids! {
    /// A bounded protected space.
    AreaId(u32, "area-", "an area id such as area-3");
    /// Anything that restricts passage: gate, door, turnstile, rack door.
    DoorId(u32, "door-", "a door id such as door-3");
    /// One direction through one door.
    PointId(u32, "pt-", "an access point id such as pt-3");
    /// A reader, lock, swinghandle or input module.
    DeviceId(u32, "dev-", "a device id such as dev-3");
    /// A camera.
    CameraId(u32, "cam-", "a camera id such as cam-2");
    /// A perimeter zone: fence sensor or beam.
    ZoneId(u32, "zone-", "a zone id such as zone-3");
    /// A line that devices are on: an OSDP bus, or MQTT.
    LineId(u32, "line-", "a line id such as line-2");
    /// A person known to the site.
    PersonId(u32, "p-", "a person id such as p-1042");
    /// A credential: what a person presents.
    CredentialId(u32, "cred-", "a credential id such as cred-5531");
    /// A time-boxed right with a reason.
    GrantId(u32, "g-", "a grant id such as g-88");
    /// A schedule: when something holds.
    ScheduleId(u32, "sch-", "a schedule id such as sch-4");
    /// A calendar of special days.
    CalendarId(u32, "cal-", "a calendar id such as cal-2");
    /// An access profile: doors with schedules, given to many.
    ProfileId(u32, "prof-", "an access profile id such as prof-9");
    /// An organisation that owns racks and people.
    OrganisationId(u32, "org-", "an organisation id such as org-2");
    /// An agreement by which one organisation shares areas with another.
    AgreementId(u32, "agr-", "an agreement id such as agr-5");
    /// A rack as an asset register knows it.
    AssetId(u32, "nb-", "the number of a rack in the asset register, such as nb-17");
    /// A floor plan.
    PlanId(u32, "plan-", "a plan number such as plan-2");
    /// Somebody who runs the site at a console, the command line or the API.
    OperatorId(u32, "opr-", "an operator id such as opr-7");
    /// A token with which a program asks in an operator's name.
    TokenId(u32, "tok-", "a token id such as tok-3");
    /// One time that somebody was signed in.
    SessionId(u32, "ses-", "a session id such as ses-12");
    /// Something that waits for a second operator.
    ProposalId(u32, "prp-", "a proposal id such as prp-4");
    /// One muster.
    MusterId(u32, "mus-", "a muster id such as mus-4");
    /// One visit of somebody without a card.
    VisitorId(u32, "vis-", "a visitor id such as vis-3");
    /// One access review.
    ReviewId(u32, "rv-", "a review id such as rv-1");
    /// A query left standing, which raises an alarm for what it matches.
    AlertId(u32, "alr-", "an alert id such as alr-2");
    /// One occurrence of an alarm condition.
    AlarmId(u32, "alm-", "an alarm id such as alm-7");
    /// One command sent to a device; a device acknowledges it by this number.
    CommandId(u64, "cmd-", "a command id such as cmd-9");
    /// The place of an entry in the site's journal, from 1, without gaps.
    Seq(u64, "", "a journal sequence number");
    /// Counts every change to who may pass.
    #[derive(Default)]
    Generation(u64, "gen-", "a generation such as gen-12");
}

impl Seq {
    /// The sequence number after this one; the last one of all is followed by itself.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Generation {
    /// The generation after this one; the last one of all is followed by itself.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_what_they_parse() {
        assert_eq!("p-1042".parse(), Ok(PersonId::new(1042)));
        assert_eq!(PersonId::new(1042).to_string(), "p-1042");
        for wrong in ["p-", "1042", "g-1042", "p--1", "p-+1", "p-99999999999", "p-1 "] {
            assert!(wrong.parse::<PersonId>().is_err(), "{wrong}");
        }
    }
}
