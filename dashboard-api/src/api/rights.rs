//! What a grant is for, read from the words of a request: doors or a profile, and when. What may be granted is the core's.

use rackward_core::entry::ReasonText;
use rackward_core::people::{EscortNeed, GrantRight, Uses, When};
use rackward_core::site::schedule::{Day, Weekly};

use super::lookup::Sight;
use super::reason;
use crate::refusal::Refusal;
use crate::wire::Names;
use crate::wire::problem::FieldProblem;
use crate::wire::request::CreateGrant;
use crate::wire::windows::times_of_day;

/// The parts of a grant that are words or numbers.
pub(super) struct Terms {
    pub(super) weekly: Weekly,
    pub(super) reason: ReasonText,
    pub(super) ticket: Option<ReasonText>,
    pub(super) uses: Uses,
    pub(super) escort: EscortNeed,
}

/// Reads them, or all that is wrong with them and with how they go together.
pub(super) fn terms(wanted: &CreateGrant) -> Result<Terms, Vec<FieldProblem>> {
    let mut errors = clashes(wanted);
    let weekly = weekly(wanted.days.as_deref(), wanted.between.as_deref());
    let why = reason("reason", &wanted.reason);
    let ticket = wanted.ticket.as_deref().map(|ticket| reason("ticket", ticket)).transpose();
    match (weekly, why, ticket) {
        (Ok(weekly), Ok(reason), Ok(ticket)) if errors.is_empty() => {
            let uses = wanted.uses.map_or(Uses::Unlimited, Uses::Left);
            let escort = if wanted.escort.unwrap_or(false) { EscortNeed::Required } else { EscortNeed::No };
            Ok(Terms { weekly, reason, ticket, uses, escort })
        }
        (weekly, why, ticket) => {
            errors.extend([weekly.err(), why.err(), ticket.err()].into_iter().flatten());
            Err(errors)
        }
    }
}

/// Members that say two things at once, or none.
fn clashes(wanted: &CreateGrant) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    let names_doors = wanted.rack.is_some() || wanted.doors.as_ref().is_some_and(|doors| !doors.is_empty());
    let names_times = wanted.days.is_some() || wanted.between.is_some();
    match (&wanted.profile, names_doors) {
        (None, false) => {
            let detail = "name a rack, a profile, or at least one door in doors";
            errors.push(FieldProblem::of("doors", detail));
        }
        (Some(_), true) => {
            let detail = "a profile says which doors; leave out rack and doors, or make two grants";
            errors.push(FieldProblem::of("profile", detail));
        }
        (None, true) | (Some(_), false) => {}
    }
    match (&wanted.profile, &wanted.schedule, names_times) {
        (Some(_), Some(_), _) | (Some(_), None, true) => {
            let field = if wanted.schedule.is_some() { "schedule" } else { "days" };
            errors.push(FieldProblem::of(field, "a profile says at which times; leave out schedule, days and between"));
        }
        (None, Some(_), true) => {
            errors.push(FieldProblem::of("schedule", "a schedule says at which times; leave out days and between"));
        }
        (None, Some(_), false) | (_, None, _) => {}
    }
    errors
}

/// What it allows.
pub(super) fn right(wanted: &CreateGrant, weekly: Weekly, sight: &Sight, names: &Names) -> Result<GrantRight, Refusal> {
    if let Some(profile) = &wanted.profile {
        return Ok(GrantRight::Member(names.profile_named("/profile", profile)?));
    }
    let doors = sight.doors(wanted.rack.as_deref(), wanted.doors.as_deref())?.into_boxed_slice();
    let when = match &wanted.schedule {
        Some(schedule) => When::Schedule(names.schedule_named("/schedule", schedule)?),
        None => When::Weekly(weekly),
    };
    Ok(GrantRight::Doors { doors, when })
}

fn weekly(days: Option<&str>, between: Option<&str>) -> Result<Weekly, FieldProblem> {
    let days = match days {
        None => Day::ALL.to_vec(),
        Some(text) => Day::parse_list(text).ok_or_else(|| {
            FieldProblem::of("days", "days must be names of three letters, such as Mon-Fri or Sat,Sun")
        })?,
    };
    let (from, to) = match between {
        None => (0, 24 * 60),
        Some(text) => times_of_day(text).map_err(|error| FieldProblem::of("between", format!("between: {error}")))?,
    };
    Weekly::on_days(&days, from, to).map_err(|error| FieldProblem::of("between", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_make_a_schedule() {
        assert_eq!(weekly(None, None), Ok(Weekly::always()));
        assert_eq!(weekly(Some("Mon"), Some("08:00-09:00")), Ok(Weekly::on_days(&[Day::Mon], 480, 540).unwrap()));
        assert_eq!(weekly(Some("Monday"), None).unwrap_err().pointer, "/days");
        assert_eq!(weekly(None, Some("nine to five")).unwrap_err().pointer, "/between");
        assert_eq!(weekly(None, Some("24:00-06:00")).unwrap_err().pointer, "/between");
        assert_eq!(weekly(None, Some("08:00-08:00")).unwrap_err().pointer, "/between");
    }

    #[test]
    fn members_that_contradict_each_other_are_named() {
        let check = |json: &str, expect: &[&str]| {
            let whole = format!(r#"{{"person":"p-1","to_at":"2026-07-24T18:00:00Z","reason":"x"{json}}}"#);
            let wanted: CreateGrant = serde_json::from_str(&whole).unwrap();
            let got: Vec<String> = clashes(&wanted).into_iter().map(|error| error.pointer).collect();
            assert_eq!(got, expect, "{json}");
        };
        check("", &["/doors"]);
        check(r#","doors":[]"#, &["/doors"]);
        check(r#","doors":["a"],"rack":"b""#, &[]);
        check(r#","rack":"b","schedule":"s""#, &[]);
        check(r#","rack":"b","schedule":"s","days":"Mon""#, &["/schedule"]);
        check(r#","profile":"p""#, &[]);
        check(r#","profile":"p","rack":"b""#, &["/profile"]);
        check(r#","profile":"p","between":"08:00-09:00""#, &["/days"]);
        check(r#","profile":"p","doors":["a"],"schedule":"s""#, &["/profile", "/schedule"]);
    }
}
