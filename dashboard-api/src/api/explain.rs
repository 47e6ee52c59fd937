//! Why somebody would or would not pass.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::{Answer, Query};

use super::{Api, lookup, wrong_shape};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::wire::explanation::Explanation;
use crate::wire::problem::ProblemKind;

/// `GET /api/v1/explain?person=&point=&at=`
pub(super) async fn show(State(api): State<Api>, uri: Uri) -> Result<Json<Explanation>, Refusal> {
    let params = Params::of(&uri, &["person", "point", "at"])?;
    let site = api.backend.site();
    let person = lookup::person(&api, "?person", params.required("person")?)?;
    let point = lookup::point(&site, "?point", params.required("point")?)?;
    let at = params.time("at")?.map(|at| at.0);
    let Answer::Explain(explanation) = api.ask(Query::Explain { person, point, at }).await? else {
        return Err(wrong_shape());
    };
    match explanation {
        Some(explanation) => Ok(Json(Explanation::of(&explanation, &site))),
        None => Err(Refusal::new(ProblemKind::NotFound, format!("{person} does not exist"))),
    }
}
