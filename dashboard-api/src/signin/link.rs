//! Signing in by a link. A link shows a button, and only the button uses the link up, so that a mail scanner or a preview
//! cannot. What a used link leads to is decided by whom it is for.

use axum::extract::{Form, State};
use axum::http::{Extensions, HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::operator::{SignInFailure, SignInMethod};
use rackward_core::permission::Assurance;
use serde::Deserialize;

use super::pages::SignInPage;
use super::{WithCookie, admit, back, barred, client, identify, note_failure, open, setup, to_its_end};
use crate::api::Api;
use crate::page::console::is_address;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::sessions::{Holder, LinkFor, OpenLink};

/// `GET /login`: a link's button, or the ways in. A link leads on to where somebody was sent to sign in from, if anywhere.
pub(crate) async fn show_link(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::of(&uri, &["token", "back"])?;
    if let Some(token) = params.text("token") {
        return SignInPage::Ready { token: token.to_owned() }.show(StatusCode::OK, &api);
    }
    let address = params.text("back").filter(|address| is_address(address));
    match address {
        // They have signed in meanwhile, in another window.
        Some(address) if identify(&api, &headers, &extensions).is_some() => {
            back::forget(&api, &headers, Redirect::to(address).into_response())
        }
        address => {
            let page = SignInPage::ways(&api, None).show(StatusCode::OK, &api)?;
            back::keep(&api, &headers, address, page)
        }
    }
}

/// What the button sends.
#[derive(Deserialize)]
pub(crate) struct UsedLink {
    token: String,
}

/// `POST /login`
pub(crate) async fn use_link(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(link): Form<UsedLink>,
) -> Result<Response, Refusal> {
    let Some(link) = api.sessions.take_link(&link.token, api.backend.now().monotonic) else {
        tracing::warn!("a sign-in link was used that opens nothing");
        note_failure(&api, None, SignInFailure::Link).await;
        return SignInPage::Spent.show(StatusCode::FORBIDDEN, &api);
    };
    let client = client(&headers, &extensions);
    // Whoever goes away half-way would leave a link that is used up and led nowhere.
    to_its_end(async move {
        let led = follow(&api, &link, client).await;
        if led.is_err() {
            api.sessions.put_link_back(link);
        }
        led
    })
    .await
}

async fn follow(api: &Api, link: &OpenLink, client: crate::sessions::Client) -> Result<Response, Refusal> {
    let cookie = match link.whom {
        LinkFor::FirstAdmin => return setup::begin(api, setup::SetupFor::FirstAdmin),
        LinkFor::Invitation(operator) => return setup::begin(api, setup::SetupFor::Operator(operator)),
        LinkFor::Machine { role, scope } => {
            open(api, Holder::Machine, (role, scope), (SignInMethod::Link, Assurance::Fresh), client).await?
        }
        LinkFor::Operator(operator) => {
            if let Some(cause) = barred(api, operator) {
                note_failure(api, Some(operator), cause).await;
                return SignInPage::Spent.show(StatusCode::FORBIDDEN, api);
            }
            admit(api, operator, SignInMethod::Link, client).await?
        }
    };
    Ok(WithCookie(cookie, Redirect::to("/")).into_response())
}
