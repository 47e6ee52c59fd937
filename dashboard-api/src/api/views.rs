//! Who looked at whom: every look at a person's record is recorded before it is answered, and told to those who may see the
//! person. In a session, names are shown once somebody has said why.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::PrivacyCommand;
use rackward_core::entry::ReasonText;
use rackward_core::id::{PersonId, Seq, SessionId};
use rackward_core::privacy::{NAMES_SHOWN_FOR, is_recorded, sees_names};
use rackward_core::{Caller, Command};

use super::{Api, Page, lookup, reason};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::names::Stated;
use crate::paging::MAX_PAGE_ITEMS;
use crate::params::Params;
use crate::query::{Clause, Field, Order, Pattern, Search, Sense, Test};
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::wire::at::At;
use crate::wire::problem::ProblemKind;
use crate::wire::request::ShowNames;
use crate::wire::view::{SessionNames, View};

/// Records that whoever asks looks at a person's record.
pub(super) async fn looked(api: &Api, asking: &SignedIn, person: PersonId) -> Result<(), Refusal> {
    if !is_recorded(asking.caller.actor) {
        return Ok(());
    }
    let stated = asking.session.and_then(|session| api.statements.of(session, api.backend.now().wall));
    let reason = stated.and_then(|stated| ReasonText::parse(&stated.reason));
    give(api, asking.caller, PrivacyCommand::Look { person, reason }).await
}

async fn give(api: &Api, caller: Caller, command: PrivacyCommand) -> Result<(), Refusal> {
    api.submit(caller, Command::Privacy(command)).await.map(drop)
}

/// `GET /api/v1/people/{id}/views`: the newest thousand.
pub(super) async fn list(State(api): State<Api>, Path(id): Path<String>, asking: Asking, uri: Uri) -> Page<View> {
    let asked = Asked::of::<View>(&api, &asking, &uri, &resources::VIEWS)?;
    let person = lookup::person(&api, asking.caller, "{id}", &id).await?;
    lookup::known(&api, asking.caller, person).await?;
    let with = |any| Clause { sense: Sense::With, any };
    let names = ["person.viewed", "person.revealed"].map(|name| Test::Word(Field::Type, Pattern::exact(name)));
    let search = Search {
        clauses: vec![with(vec![Test::Ids(Field::Person, vec![person.get()])]), with(names.to_vec())],
        from: None,
        to: None,
        during: Vec::new(),
        local: api.backend.site().local_time().clone(),
        after: Seq::new(0),
        order: Order::NewestFirst,
        past: None,
        limit: MAX_PAGE_ITEMS,
    };
    let found = api.backend.search(search).await?;
    Ok(asked.page(found.entries.iter().filter_map(View::of).collect()))
}

/// `GET /api/v1/sessions/names`
pub(super) async fn names(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<SessionNames>, Refusal> {
    Params::of(&uri, &[])?;
    Ok(Json(told(&api, &asking)))
}

fn told(api: &Api, asking: &SignedIn) -> SessionNames {
    let now = api.backend.now().wall;
    let stated = asking.session.and_then(|session| api.statements.of(session, now));
    let shown = sees_names(asking.caller.actor, stated.as_ref().map(|stated| stated.until), now);
    let until_at = stated.as_ref().map(|stated| At(stated.until));
    SessionNames { shown, until_at, reason: stated.map(|stated| stated.reason) }
}

/// The session whose names these are.
fn session_of(asking: &SignedIn) -> Result<SessionId, Refusal> {
    asking.session.ok_or_else(|| {
        let detail = "names are hidden in sessions of the console alone; who asks otherwise is shown them already";
        Refusal::new(ProblemKind::Conflict, detail)
    })
}

/// `POST /api/v1/sessions/names`: recorded before anything is shown.
pub(super) async fn show(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<ShowNames>,
) -> Result<Json<SessionNames>, Refusal> {
    let session = session_of(&asking)?;
    let ticket = wanted.ticket.as_deref().map(|ticket| reason("ticket", ticket)).transpose();
    let (why, ticket) = match (reason("reason", &wanted.reason), ticket) {
        (Ok(why), Ok(ticket)) => (why, ticket),
        (why, ticket) => return Err(Refusal::invalid([why.err(), ticket.err()].into_iter().flatten().collect())),
    };
    let stated = Stated { until: api.backend.now().wall.after(NAMES_SHOWN_FOR), reason: why.as_str().to_owned() };
    give(&api, asking.caller, PrivacyCommand::ShowNames { session, reason: why, ticket }).await?;
    api.statements.make(session, stated, api.backend.now().wall);
    Ok(Json(told(&api, &asking)))
}

/// `DELETE /api/v1/sessions/names`: hidden before it is recorded, and recorded where they were shown.
pub(super) async fn hide(State(api): State<Api>, asking: Asking) -> Result<Json<SessionNames>, Refusal> {
    let session = session_of(&asking)?;
    if api.statements.take_back(session) {
        give(&api, asking.caller, PrivacyCommand::HideNames { session }).await?;
    }
    Ok(Json(told(&api, &asking)))
}
