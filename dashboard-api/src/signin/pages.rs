//! The pages of signing in: the ways in, a link's button, making what one signs in with, recovery codes. They work without
//! scripts but for passkeys, which are a script's business in every browser.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::qr;
use crate::api::Api;
use crate::assets;
use crate::page::{PAGES_STYLE, draw};
use crate::proofs::Ways;
use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "signin.html")]
struct SignIn<'a> {
    style: String,
    icon: String,
    module: String,
    site: &'a str,
    page: &'a SignInPage,
}

/// What the sign-in page says.
pub(crate) enum SignInPage {
    /// A link was opened; its button uses it up.
    Ready {
        /// The link's token.
        token: String,
    },
    /// The ways in.
    Ways {
        /// Which there are.
        ways: Ways,
        /// What went wrong before.
        note: Option<Note>,
    },
    /// Nobody can sign in yet.
    NoOperators,
    /// The link opens nothing.
    Spent,
    /// Somebody came from another site: from the provider, or by a link. A page of ours leads on, since with what another
    /// site leads to no browser sends the session's cookie.
    Continue {
        /// Where to: an address of the console.
        to: String,
    },
    /// Somebody who is signed in by a link that is no operator's asks for a page that is for operators alone.
    OperatorsAlone {
        /// The page, where they come back to once they have signed in as one.
        back: String,
    },
    /// The provider vouches by one factor, and a code is wanted beside it.
    Code {
        /// Whether one was wrong just now.
        wrong: bool,
    },
}

/// Why somebody is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// Something that was typed is wrong, or they cannot sign in now: not told apart.
    Wrong,
    /// The provider cannot be reached.
    ProviderAway,
    /// The provider does not vouch for anybody known here.
    NotVouched,
    /// It vouches by one factor, which is not enough.
    NoSecondFactor,
    /// Somebody who was to prove themselves again was let through without.
    NotAgain,
    /// No certificate was shown, or one that signs in nobody.
    Certificate,
}

impl Note {
    const fn words(self) -> &'static str {
        match self {
            Self::Wrong => {
                "That did not fit: the name, the password or the code is wrong, or this operator cannot sign in now. \
                 A code works once; wait for the next one. After several failures nobody can try for some minutes."
            }
            Self::ProviderAway => "The outside provider cannot be reached. The other ways in work.",
            Self::NotVouched => "The outside provider did not vouch for an operator of this site who can sign in now.",
            Self::NoSecondFactor => {
                "The outside provider did not say that you used a second factor, and you have no code of your own here. \
                 Use one there, or sign in another way."
            }
            Self::Certificate => {
                "Your browser showed no certificate that signs anybody in here. It asks for one once, when the console is \
                 opened: close all of its windows and open the console again to choose another one."
            }
            Self::NotAgain => {
                "The outside provider did not ask you to prove yourself anew. You are still signed in here; prove yourself \
                 another way."
            }
        }
    }
}

impl SignInPage {
    /// The ways in, as far as there are any.
    pub(crate) fn ways(api: &Api, note: Option<Note>) -> Self {
        match &api.proofs {
            Some(proofs) if !proofs.operators().is_empty() => Self::Ways { ways: proofs.ways(), note },
            Some(_) | None => Self::NoOperators,
        }
    }

    /// Draws the page.
    pub(crate) fn show(&self, status: StatusCode, api: &Api) -> Result<Response, Refusal> {
        let site = api.backend.site();
        let (style, icon, module) =
            (assets::address(PAGES_STYLE), assets::address("icon.svg"), assets::address("passkey.js"));
        draw(&SignIn { style, icon, module, site: site.name(), page: self }, status)
    }
}

/// The page on which somebody makes what they will sign in with.
#[derive(Template)]
#[template(path = "setup.html")]
pub(super) struct SetupPage<'a> {
    style: String,
    icon: String,
    module: String,
    site: &'a str,
    ticket: &'a str,
    /// The name, where it is given already.
    name: Option<String>,
    /// What was typed as the name before.
    typed_name: &'a str,
    /// The app's secret, in groups of four.
    app_secret: String,
    qr_side: i32,
    qr_path: String,
    passkeys: bool,
    wrong: Option<&'static str>,
    least_chars: usize,
}

/// What the page needs to know.
pub(super) struct SetupAsked<'a> {
    pub(super) ticket: &'a str,
    pub(super) name: Option<String>,
    pub(super) typed_name: &'a str,
    pub(super) app_secret: &'a str,
    pub(super) wrong: Option<&'static str>,
    pub(super) least_chars: usize,
}

/// The key URI that authenticator apps read; names of sites and operators hold nothing but blanks that needs encoding.
pub(super) fn key_uri(site: &str, name: Option<&str>, app_secret: &str) -> String {
    let (label, account) = (format!("Rackward {site}").replace(' ', "%20"), name.unwrap_or("operator"));
    format!("otpauth://totp/{label}:{account}?secret={app_secret}&issuer={label}")
}

pub(super) fn show_setup(api: &Api, asked: &SetupAsked<'_>, status: StatusCode) -> Result<Response, Refusal> {
    let site = api.backend.site();
    let uri = key_uri(site.name(), asked.name.as_deref(), asked.app_secret);
    let (qr_side, qr_path) = qr::drawn(&uri).unwrap_or_default();
    let groups: Vec<String> =
        asked.app_secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let page = SetupPage {
        style: assets::address(PAGES_STYLE),
        icon: assets::address("icon.svg"),
        module: assets::address("passkey.js"),
        site: site.name(),
        ticket: asked.ticket,
        name: asked.name.clone(),
        typed_name: asked.typed_name,
        app_secret: groups.join(" "),
        qr_side,
        qr_path,
        passkeys: api.proofs.as_ref().is_some_and(|proofs| proofs.ways().passkeys),
        wrong: asked.wrong,
        least_chars: asked.least_chars,
    };
    draw(&page, status)
}

/// The page on which somebody proves themselves again.
#[derive(Template)]
#[template(path = "again.html")]
struct AgainPage<'a> {
    style: String,
    icon: String,
    module: String,
    site: &'a str,
    ways: Ways,
    wrong: bool,
}

pub(super) fn show_again(api: &Api, wrong: bool, status: StatusCode) -> Result<Response, Refusal> {
    let site = api.backend.site();
    let (style, icon, module) =
        (assets::address(PAGES_STYLE), assets::address("icon.svg"), assets::address("passkey.js"));
    let ways = api.proofs.as_ref().map(|proofs| proofs.ways()).unwrap_or_default();
    draw(&AgainPage { style, icon, module, site: site.name(), ways, wrong }, status)
}

/// The page that shows recovery codes, once.
#[derive(Template)]
#[template(path = "codes.html")]
struct CodesPage<'a> {
    style: String,
    icon: String,
    site: &'a str,
    codes: &'a [String],
}

pub(super) fn show_codes(api: &Api, codes: &[String]) -> Result<Response, Refusal> {
    let site = api.backend.site();
    let (style, icon) = (assets::address(PAGES_STYLE), assets::address("icon.svg"));
    draw(&CodesPage { style, icon, site: site.name(), codes }, StatusCode::OK)
}
