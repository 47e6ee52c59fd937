//! Lets a request pass only from a caller who may do what its route takes. Which route takes what stands in the table of
//! routes (`api.rs`), who may do it is decided by the core (`permission.rs`); what a single command takes beyond its route,
//! the engine decides when it is given.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rackward_core::permission::{Permission, may, may_one_over_the_site};

use crate::refusal::Refusal;
use crate::signin::SignedIn;
use crate::wire::problem::ProblemKind;

/// Runs the handler if the caller may, and says what keeps them from it otherwise.
pub(crate) async fn check(permission: Permission, request: Request, next: Next) -> Response {
    check_one_of(permission, &[], request, next).await
}

/// The same where any of `others` does as well; what a route tells then is for the whole site.
pub(crate) async fn check_one_of(
    permission: Permission,
    others: &'static [Permission],
    request: Request,
    next: Next,
) -> Response {
    let Some(signed_in) = request.extensions().get::<SignedIn>() else {
        // Whoever asks was to be identified before.
        return Refusal::new(ProblemKind::SignInRequired, "sign in first").into_response();
    };
    let caller = &signed_in.caller;
    let allowed = match others {
        [] => may(caller, permission),
        others => may_one_over_the_site(caller, permission, others),
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(denied) => Refusal::from(denied).into_response(),
    }
}
