//! Why somebody would or would not pass.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::{Answer, Query};

use super::lookup::{self, Sight};
use super::{Api, wrong_shape};
use crate::params::{Holds, Parameter, Params};
use crate::past::Moment;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::explanation::Explanation;
use crate::wire::problem::ProblemKind;

/// What `GET /api/v1/explain` takes.
pub(super) const SHOW: &[Parameter] = &[
    Parameter::required("person", Holds::Text, "Who: an id, or a part of the name that only one person has"),
    Parameter::required("point", Holds::Text, "Where: an access point's path, or the end of it"),
    Parameter::optional("at", Holds::Time, "When, past or to come; now if left out"),
];

/// `GET /api/v1/explain?person=&point=&at=`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Explanation>, Refusal> {
    let params = Params::declared(&uri, SHOW)?;
    let moment = Moment::of(&api, params.time("at")?);
    let (person, point) = (params.required("person")?, params.required("point")?);
    let person = lookup::person(&api, asking.caller, "?person", person).await?;
    let point = Sight::of(&api, asking.caller).await?.point("?point", point)?;
    let query = Query::Explain { person, point, at: moment.to_come() };
    let Answer::Explain(explanation) = api.ask_at(asking.caller, moment, query).await? else {
        return Err(wrong_shape());
    };
    match explanation {
        Some(explanation) => Ok(Json(Explanation::of(&explanation, &api.backend.site()))),
        None => Err(Refusal::new(ProblemKind::NotFound, format!("{person} does not exist"))),
    }
}
