//! Grants: listing, creating, taking back. What a grant needs (an end, a ticket where the area asks for one) is checked by
//! the engine; here its parts are read, and every part that cannot be read is named.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::entry::ReasonText;
use rackward_core::id::{DoorId, Generation, GrantId, PersonId};
use rackward_core::people::{Grant as CoreGrant, Validity};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::{Answer, Command, Query, Reply, Site};

use super::{Api, CREATED, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::List;
use crate::wire::grant::{Grant, GrantChanged};
use crate::wire::problem::FieldProblem;
use crate::wire::request::{CreateGrant, Reason};

/// `GET /api/v1/grants?person=`
pub(super) async fn list(State(api): State<Api>, uri: Uri) -> Result<Json<List<Grant>>, Refusal> {
    let params = Params::of(&uri, &["person"])?;
    let person = match params.text("person") {
        Some(text) => Some(lookup::person(&api, "?person", text)?),
        None => None,
    };
    let grants = current(&api, person).await?;
    let site = api.backend.site();
    Ok(Json(List::whole(grants.iter().map(|grant| Grant::of(grant, &site)).collect())))
}

async fn current(api: &Api, person: Option<PersonId>) -> Result<Vec<CoreGrant>, Refusal> {
    match api.ask(Query::Grants(person)).await? {
        Answer::Grants(grants) => Ok(grants),
        _ => Err(wrong_shape()),
    }
}

/// `POST /api/v1/grants`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateGrant>,
) -> Result<(StatusCode, Json<GrantChanged>), Refusal> {
    let site = api.backend.site();
    let person = lookup::person(&api, "/person", &wanted.person)?;
    let doors = doors(&site, &wanted)?;
    let (weekly, reason, ticket) = words(&wanted).map_err(Refusal::invalid)?;
    let from = wanted.from_at.map_or_else(|| api.backend.now().wall, |at| at.0);
    let validity = Validity { from, to: wanted.to_at.0 };
    let command = Command::CreateGrant { person, doors, weekly, validity, reason, ticket };
    let Reply::Grant(id, generation) = api.submit(asking.caller, command).await? else { return Err(wrong_shape()) };
    Ok((CREATED, Json(changed(&api, Some(person), id, generation).await?)))
}

/// `POST /api/v1/grants/{id}/revoke`
pub(super) async fn revoke(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Json<GrantChanged>, Refusal> {
    let id: GrantId = lookup::id(&id)?;
    let command = Command::RevokeGrant { grant: id, reason: reason("reason", &wanted.reason)? };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    Ok(Json(changed(&api, None, id, generation).await?))
}

/// A grant as the engine keeps it after a change.
async fn changed(
    api: &Api,
    person: Option<PersonId>,
    id: GrantId,
    generation: Generation,
) -> Result<GrantChanged, Refusal> {
    let grants = current(api, person).await?;
    let grant = grants.iter().find(|grant| grant.id == id).ok_or_else(wrong_shape)?;
    Ok(GrantChanged { grant: Grant::of(grant, &api.backend.site()), generation: generation.get() })
}

/// The doors that a grant names, sorted, each once.
fn doors(site: &Site, wanted: &CreateGrant) -> Result<Vec<DoorId>, Refusal> {
    let mut doors = match &wanted.rack {
        Some(rack) => lookup::rack(site, "/rack", rack)?,
        None => Vec::new(),
    };
    for (place, text) in wanted.doors.iter().flatten().enumerate() {
        doors.push(lookup::door(site, &format!("/doors/{place}"), text)?);
    }
    if doors.is_empty() {
        return Err(FieldProblem::of("doors", "name a rack, or at least one door in doors").into());
    }
    doors.sort_unstable();
    doors.dedup();
    Ok(doors)
}

/// The parts of a grant that are words, or all that is wrong with them.
fn words(wanted: &CreateGrant) -> Result<(Weekly, ReasonText, Option<ReasonText>), Vec<FieldProblem>> {
    let weekly = weekly(wanted.days.as_deref(), wanted.between.as_deref());
    let why = reason("reason", &wanted.reason);
    let ticket = wanted.ticket.as_deref().map(|ticket| reason("ticket", ticket)).transpose();
    match (weekly, why, ticket) {
        (Ok(weekly), Ok(why), Ok(ticket)) => Ok((weekly, why, ticket)),
        (weekly, why, ticket) => Err([weekly.err(), why.err(), ticket.err()].into_iter().flatten().collect()),
    }
}

fn weekly(days: Option<&str>, between: Option<&str>) -> Result<Weekly, FieldProblem> {
    let days = match days {
        None => Day::ALL.to_vec(),
        Some(text) => Day::parse_list(text).ok_or_else(|| {
            FieldProblem::of("days", "days must be names of three letters, such as Mon-Fri or Sat,Sun")
        })?,
    };
    let wrong = || FieldProblem::of("between", "between must be two times of day, such as 08:00-18:00");
    let (from, to) = match between {
        None => (0, 24 * 60),
        Some(text) => minutes(text).ok_or_else(wrong)?,
    };
    if between.is_some() && from == to {
        // Read as a whole day it would be the widest window there is, written by mistake as an empty one.
        return Err(FieldProblem::of(
            "between",
            "between begins and ends at the same time; leave it out for the whole day",
        ));
    }
    Weekly::on_days(&days, from, to).map_err(|error| FieldProblem::of("between", error.to_string()))
}

/// `08:00-18:00` as minutes of the day; `24:00` may end it.
fn minutes(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    Some((minute(from.trim())?, minute(to.trim())?))
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_strictly() {
        let check = |text: &str, expect: Option<(u16, u16)>| assert_eq!(minutes(text), expect, "{text}");
        check("08:00-18:00", Some((480, 1080)));
        check("22:00 - 06:00", Some((1320, 360)));
        check("00:00-24:00", Some((0, 1440)));
        check("8:00-18:00", None);
        check("08:60-18:00", None);
        check("08:00-24:01", None);
        check("+8:00-18:00", None);
        check("08:00", None);
        check("", None);
    }

    #[test]
    fn days_and_hours_make_a_schedule() {
        assert_eq!(weekly(None, None), Ok(Weekly::always()));
        assert_eq!(weekly(Some("Mon"), Some("08:00-09:00")), Ok(Weekly::on_days(&[Day::Mon], 480, 540).unwrap()));
        assert_eq!(weekly(Some("Monday"), None).unwrap_err().pointer, "/days");
        assert_eq!(weekly(None, Some("nine to five")).unwrap_err().pointer, "/between");
        assert_eq!(weekly(None, Some("24:00-06:00")).unwrap_err().pointer, "/between");
        assert_eq!(weekly(None, Some("08:00-08:00")).unwrap_err().pointer, "/between");
    }
}
