//! Receipts: which devices have applied the rights they should hold, what a change of rights answers, and for how long it
//! waits for receipts when the caller wishes so (`Prefer: wait`, RFC 7240 clause 4.3). Who is behind is the core's.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{HeaderName, HeaderValue, LINK, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::query::Receipts as CoreReceipts;
use rackward_core::id::{Generation, PersonId};
use rackward_core::{Answer, Caller, Query};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};

use super::lookup::{self, Sight};
use super::{Api, wrong_shape};
use crate::made::Place;
use crate::openapi::operation::{Answer as Answering, Content, Operation};
use crate::openapi::{Components, Wire};
use crate::operations;
use crate::params::{Holds, Parameter, Params};
use crate::preconditions::Terms;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::wire::receipt::{Exposure, Receipts};
use crate::wire::schedule::Changed;

/// How often at most it is looked whether receipts have come: each look takes a little of the engine's time.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// After this long it is looked although nothing was recorded: the end of a list that nobody acknowledged is no entry.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// How many devices the answer to a change names. More are counted, and `GET /api/v1/receipts` names them all.
const MAX_NAMED_DEVICES: usize = 100;

/// Which preference was followed (RFC 7240, clause 3).
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What `GET /api/v1/receipts` takes.
pub(super) const SHOW: &[Parameter] =
    &[Parameter::optional("through", Holds::Text, "Only changes up to this generation, such as gen-12")];

/// `GET /api/v1/receipts?through=gen-12`; with `Prefer: wait` it answers when nobody is behind, or when the wait is over.
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Receipts>, Refusal> {
    let params = Params::declared(&uri, SHOW)?;
    let through = params.id::<Generation>("through", "gen-12")?;
    let receipts = match asking.patience {
        Some(patience) => awaited(&api, asking.caller, through, patience).await?,
        None => current(&api, asking.caller, through).await?,
    };
    Ok(Json(told(&api, &receipts, through, usize::MAX)))
}

/// `GET /api/v1/devices/{device}/exposure`
pub(super) async fn exposure(
    State(api): State<Api>,
    Path(device): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Exposure>, Refusal> {
    Params::of(&uri, &[])?;
    let (caller, device) = (asking.caller, lookup::device(&api, &device)?);
    let Answer::Exposure(exposure) = api.ask(caller, Query::Exposure(device)).await? else {
        return Err(wrong_shape());
    };
    // What an organisation is not shown does not exist for it.
    if exposure.is_none() && !Sight::of(&api, caller).await?.sees_device(device) {
        return Err(lookup::missing("device"));
    }
    let holders: Vec<PersonId> = exposure.iter().flat_map(|exposure| &exposure.cards).map(|card| card.person).collect();
    let seen: Vec<PersonId> = lookup::people(&api, caller, holders).await?.iter().map(|person| person.id).collect();
    let name = |person: PersonId| seen.contains(&person).then(|| api.person_name(person)).flatten();
    let (site, now) = (api.backend.site(), api.backend.now().wall);
    Ok(Json(Exposure::of(device, exposure.as_ref(), &site, name, now)))
}

/// Who is behind now.
pub(crate) async fn current(api: &Api, caller: Caller, through: Option<Generation>) -> Result<CoreReceipts, Refusal> {
    match api.ask(caller, Query::Receipts { through }).await? {
        Answer::Receipts(receipts) => Ok(receipts),
        _ => Err(wrong_shape()),
    }
}

/// Who is behind once nobody is, or once `patience` is over.
async fn awaited(
    api: &Api,
    caller: Caller,
    through: Option<Generation>,
    patience: Duration,
) -> Result<CoreReceipts, Refusal> {
    let end = Instant::now() + patience;
    let mut head = api.backend.head();
    loop {
        // What is recorded from here on is news, whatever the look below still sees of it.
        head.mark_unchanged();
        let receipts = current(api, caller, through).await?;
        if receipts.behind.is_empty() || Instant::now() >= end {
            return Ok(receipts);
        }
        let next = (Instant::now() + LOOK_EVERY).min(end);
        // The daemon's end closes the head; then the wait is simply over.
        let _ = timeout_at(end, timeout(LOOK_AFTER, head.changed())).await;
        tokio::time::sleep_until(next).await;
    }
}

/// The newest generation of rights.
pub(crate) async fn newest(api: &Api, caller: Caller) -> Result<Generation, Refusal> {
    match api.ask(caller, Query::Status).await? {
        Answer::Status(status) => Ok(status.generation),
        _ => Err(wrong_shape()),
    }
}

/// How far the change that made a generation of rights is, waited for if the caller wants that.
pub(crate) async fn through(api: &Api, asking: &SignedIn, generation: Generation) -> Result<Receipts, Refusal> {
    let receipts = match asking.patience {
        Some(patience) => awaited(api, asking.caller, Some(generation), patience).await?,
        None => current(api, asking.caller, Some(generation)).await?,
    };
    Ok(told(api, &receipts, Some(generation), MAX_NAMED_DEVICES))
}

/// The names of devices that do not hold yet what they should.
pub(super) async fn behind(api: &Api, caller: Caller) -> Result<Vec<String>, Refusal> {
    let receipts = current(api, caller, None).await?;
    let site = api.backend.site();
    let name = |id| site.device(id).map_or_else(|| id.to_string(), |device| device.name.clone());
    Ok(receipts.behind.iter().map(|row| name(row.device)).collect())
}

/// Who is behind, for whoever asked, at most so many by name.
pub(super) fn told(api: &Api, receipts: &CoreReceipts, through: Option<Generation>, most: usize) -> Receipts {
    Receipts::of(receipts, through.map(Generation::get), &api.backend.site(), api.backend.now().wall, most)
}

/// The answer to a change of rights: what it came to, where its receipts are, and how far they are if that was waited for.
pub(super) struct Stored<T> {
    status: StatusCode,
    body: Told<T>,
    generation: Option<Generation>,
    waited: Option<Duration>,
    /// Where what was made is to be found.
    place: Option<Place>,
}

impl<T> Stored<T> {
    /// The same of something new.
    pub(super) fn made(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

/// The body of such an answer.
#[derive(Serialize)]
struct Told<T> {
    #[serde(flatten)]
    changed: T,
    /// How far its receipts are, with the first of those that are behind; only there when that was waited for or somebody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered: Option<Receipts>,
}

/// A change of rights that came to `changed`, with its receipts if the caller waits for them.
pub(super) async fn stored<T>(
    api: &Api,
    asking: &SignedIn,
    status: StatusCode,
    changed: T,
    generation: Option<Generation>,
) -> Result<Stored<T>, Refusal> {
    // Nobody will learn of what is only tried.
    let generation = generation.filter(|_| !Terms::is_tried());
    let waited = asking.patience.filter(|_| generation.is_some());
    let delivered = match generation {
        Some(generation) => Some(through(api, asking, generation).await?),
        None => None,
    };
    // Where nobody waits and nobody is behind there is nothing to tell.
    let delivered = delivered.filter(|receipts| waited.is_some() || receipts.summary.pending > 0);
    Ok(Stored { status, body: Told { changed, delivered }, generation, waited, place: None })
}

/// The same for something that was made or changed by name.
pub(super) async fn set<T>(
    api: &Api,
    asking: &SignedIn,
    status: StatusCode,
    changed: Changed<T>,
) -> Result<Stored<Changed<T>>, Refusal> {
    let generation = Generation::new(changed.generation);
    stored(api, asking, status, changed, Some(generation)).await
}

/// The same for a change that answers 200.
pub(super) async fn changed<T>(
    api: &Api,
    asking: &SignedIn,
    changed: T,
    generation: Generation,
) -> Result<Stored<T>, Refusal> {
    stored(api, asking, StatusCode::OK, changed, Some(generation)).await
}

impl<T: Wire> Answering for Stored<T> {
    fn describe(operation: &mut Operation) {
        operation.statuses.insert(202);
        operation.content = Content::Json(<Told<T> as Wire>::schema);
        (operation.has_receipts, operation.has_link, operation.is_patient) = (true, true, true);
    }
}

impl<T: Wire> Wire for Told<T> {
    fn schema(components: &mut Components) -> Value {
        let delivered = json!({ "type": "object", "properties": { "delivered": Receipts::schema(components) } });
        json!({ "allOf": [T::schema(components), delivered] })
    }
}

impl<T: Serialize> IntoResponse for Stored<T> {
    /// 202 where a device does not know of the change yet (`api.md` D.3).
    fn into_response(self) -> Response {
        let pending = self.body.delivered.as_ref().is_some_and(|receipts| receipts.summary.pending > 0);
        let status = if pending { StatusCode::ACCEPTED } else { self.status };
        let mut response = (status, Json(self.body)).into_response();
        // Of what is not known everywhere yet it is told where that is to be seen; the thing itself is in the answer.
        if let Some(place) = self.place.filter(|_| !pending) {
            place.tell(&mut response);
        }
        let headers = response.headers_mut();
        if let Some(generation) = self.generation {
            let mut put = |name: HeaderName, value: String| {
                if let Ok(value) = HeaderValue::try_from(value) {
                    headers.insert(name, value);
                }
            };
            put(LINK, format!("</api/v1/receipts?through={generation}>; rel=\"receipts\""));
            if pending {
                put(LOCATION, operations::place(generation));
            }
            if let Some(waited) = self.waited {
                put(PREFERENCE_APPLIED, format!("wait={}", waited.as_secs()));
            }
        }
        response
    }
}
