//! The page on which an operator lets a command line in, or refuses it: who asks, what it gets and until when. It takes an
//! operator who is signed in, and one who has just proven who they are; what the token may be for, and how long, is the
//! core's to say. Codes are `sessions/devices.rs`'s, what the command line does is `device.rs`'s.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::{Extensions, StatusCode, Uri};
use axum::response::Response;
use rackward_core::engine::command::OperatorCommand;
use rackward_core::id::OperatorId;
use rackward_core::operator::{SignInFailure, TokenSignIn};
use rackward_core::people::Validity;
use rackward_core::permission::{Assurance, Permission, PermissionSet, Proof};
use rackward_core::{Command, Reply};

use super::again::{operators_alone, somebody};
use super::{Asking, SignedIn, back, no_randomness, note_failure, proofs, to_its_end};
use crate::api::Api;
use crate::assets;
use crate::page::console::DEVICE_PAGE;
use crate::page::{PAGES_STYLE, draw};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::serve::PeerAddress;
use crate::sessions::{Asks, CODE_CHARS, Issued, Looked, Token, digest};
use crate::wire::problem::ProblemKind;

/// For how many hours a command line may stay signed in, the usual one first: as long as a browser, which is a shift.
const HOURS: [u64; 4] = [12, 8, 4, 1];

/// The page.
#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'a> {
    style: String,
    icon: String,
    site: &'a str,
    shown: Shown,
}

/// What it shows.
enum Shown {
    /// Where a code is typed.
    Code {
        /// Why it is asked for again.
        note: Option<String>,
        /// How many letters it has, with what divides them.
        chars: usize,
    },
    /// Who asks, and what it is to get.
    Decide(Box<Decision>),
    /// It is let in.
    LetIn {
        /// How it calls itself.
        name: String,
    },
    /// It is refused.
    Refused,
}

/// What an operator decides about.
struct Decision {
    code: String,
    name: String,
    address: String,
    /// Whether it asks from the address of this browser.
    is_near: bool,
    minutes: u64,
    operator: String,
    role: &'static str,
    rights: Vec<Right>,
    hours: [u64; 4],
    /// Where to prove oneself first, where that has to be.
    prove: Option<String>,
    note: Option<&'static str>,
}

/// One right that it may get.
struct Right {
    word: &'static str,
    words: &'static str,
    /// Whether it asks for a fresh proof at the console, which a token never gives.
    is_dangerous: bool,
    is_chosen: bool,
}

/// `GET /account/device`
pub(crate) async fn show(
    State(api): State<Api>,
    asking: Asking,
    extensions: Extensions,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::of(&uri, &["code"])?;
    let Ok((operator, _)) = somebody(&asking) else {
        return operators_alone(&api, uri.path_and_query().map_or(DEVICE_PAGE, |asked| asked.as_str()));
    };
    match params.text("code") {
        None => draw_page(&api, Shown::asking(None), StatusCode::OK),
        Some(code) => {
            let chosen = PermissionSet::for_token_of(&asking.caller).standing();
            match look(&api, operator, code).await {
                Ok(found) => decide_page(&api, &asking, &extensions, &found, (chosen, None)),
                Err((note, status)) => draw_page(&api, Shown::asking(Some(note)), status),
            }
        }
    }
}

/// `POST /account/device`: the code, and what is decided. Which rights are ticked stands in members of their own.
pub(crate) async fn decide(
    State(api): State<Api>,
    asking: Asking,
    extensions: Extensions,
    Form(filled): Form<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let (operator, _) = somebody(&asking)?;
    let text = |name: &str| filled.get(name).map(String::as_str).unwrap_or_default();
    let found = match look(&api, operator, text("code")).await {
        Ok(found) => found,
        Err((note, status)) => return draw_page(&api, Shown::asking(Some(note)), status),
    };
    if text("act") == "refuse" {
        let was_refused = api.sessions.devices().refuse(&found.code, api.backend.now().monotonic);
        let shown = if was_refused { Shown::Refused } else { Shown::asking(Some(DECIDED.to_owned())) };
        return draw_page(&api, shown, StatusCode::OK);
    }
    let ticked = |permission: &Permission| filled.contains_key(&format!("may_{}", permission.word()));
    let all = PermissionSet::for_token_of(&asking.caller);
    let limits = all.iter().filter(ticked).fold(PermissionSet::NONE, PermissionSet::with);
    let hours = text("hours").parse().ok().filter(|hours| HOURS.contains(hours));
    let note = match (limits == PermissionSet::NONE, hours) {
        (true, _) => Some("Choose at least one thing that it may do."),
        (false, None) => Some("Choose for how long it stays signed in."),
        (false, Some(_)) => None,
    };
    let (None, Some(hours), Assurance::Fresh) = (note, hours, asking.caller.assurance) else {
        return decide_page(&api, &asking, &extensions, &found, (limits, note));
    };
    let lasts = Duration::from_secs(hours * 3600);
    let (api, asking) = (api.clone(), asking.0);
    // Whoever closes the page half-way would leave a token that nobody can fetch.
    to_its_end(async move { let_in(&api, &asking, operator, &found, (limits, lasts)).await }).await
}

/// What is said where somebody else was faster.
const DECIDED: &str = "Somebody has decided about this code already, or its time is over.";

/// A request that waits, under the code as the command line shows it.
struct Found {
    code: String,
    asks: Asks,
    left: Duration,
}

/// Who waits under a code; or what is said instead. A code that is nobody's is recorded: somebody may be guessing.
async fn look(api: &Api, operator: OperatorId, code: &str) -> Result<Found, (String, StatusCode)> {
    match api.sessions.devices().look(operator, code, api.backend.now().monotonic) {
        Looked::Waits { code, asks, left } => Ok(Found { code, asks, left }),
        Looked::Nobody => {
            note_failure(api, Some(operator), SignInFailure::DeviceCode).await;
            let note = "Nothing waits under this code: it was mistyped, was used, or is older than ten minutes.";
            Err((note.to_owned(), StatusCode::FORBIDDEN))
        }
        Looked::Paused(again_in) => {
            let minutes = again_in.as_secs().div_ceil(60);
            let note = format!("Too many codes were wrong. You can type another one in {minutes} min.");
            Err((note, StatusCode::TOO_MANY_REQUESTS))
        }
    }
}

/// Issues the token and leaves it where the command line fetches it.
async fn let_in(
    api: &Api,
    asking: &SignedIn,
    operator: OperatorId,
    found: &Found,
    (limits, lasts): (PermissionSet, Duration),
) -> Result<Response, Refusal> {
    let now = api.backend.now();
    let devices = api.sessions.devices();
    let secret = Token::draw().map_err(no_randomness)?;
    if !devices.begin_to_let_in(&found.code, now.monotonic) {
        return draw_page(api, Shown::asking(Some(DECIDED.to_owned())), StatusCode::CONFLICT);
    }
    let validity = Validity { from: now.wall, to: now.wall.after(lasts) };
    let command = OperatorCommand::SignInByToken {
        owner: operator,
        limits,
        validity,
        digest: digest(secret.reveal()),
        by: TokenSignIn::Device,
    };
    // It goes on where the request has ended, and a page's form rests on nothing that somebody has seen.
    match api.backend.submit(asking.caller, Command::Operator(command)).await {
        Ok(Reply::Token(id)) => {
            devices.let_in(&found.code, Issued { id, secret, lasts });
            draw_page(api, Shown::LetIn { name: called(&found.asks) }, StatusCode::OK)
        }
        Ok(_) => {
            devices.put_back(&found.code);
            Err(Refusal::new(ProblemKind::Internal, "the engine gave the token no number"))
        }
        Err(refused) => {
            devices.put_back(&found.code);
            Err(refused.into())
        }
    }
}

fn decide_page(
    api: &Api,
    asking: &SignedIn,
    extensions: &Extensions,
    found: &Found,
    (chosen, note): (PermissionSet, Option<&'static str>),
) -> Result<Response, Refusal> {
    let (operator, _) = somebody(asking)?;
    let here: Option<IpAddr> = extensions.get::<PeerAddress>().map(|PeerAddress(address)| *address);
    let right = |permission: Permission| Right {
        word: permission.word(),
        words: right_words(permission),
        is_dangerous: permission.proof() == Proof::StepUp,
        is_chosen: chosen.has(permission),
    };
    let page = format!("{DEVICE_PAGE}?code={}", found.code);
    let prove = match asking.caller.assurance {
        Assurance::Fresh => None,
        Assurance::Idle | Assurance::Standing => Some(format!("/account/prove?back={}", back::encoded(&page))),
    };
    let decision = Decision {
        code: found.code.clone(),
        name: called(&found.asks),
        address: found
            .asks
            .address
            .map_or_else(|| "this machine".to_owned(), |address| address.to_canonical().to_string()),
        is_near: found.asks.address.map(|address| address.to_canonical()) == here.map(|here| here.to_canonical()),
        minutes: found.left.as_secs().div_ceil(60),
        operator: proofs(api)?.name_of(operator).unwrap_or_else(|| operator.to_string()),
        role: asking.caller.role.word(),
        rights: PermissionSet::for_token_of(&asking.caller).iter().map(right).collect(),
        hours: HOURS,
        prove,
        note,
    };
    let status = if note.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    draw_page(api, Shown::Decide(Box::new(decision)), status)
}

fn called(asks: &Asks) -> String {
    if asks.name.is_empty() { "A program that gives no name".to_owned() } else { asks.name.clone() }
}

impl Shown {
    fn asking(note: Option<String>) -> Self {
        Self::Code { note, chars: CODE_CHARS + 1 }
    }
}

fn draw_page(api: &Api, shown: Shown, status: StatusCode) -> Result<Response, Refusal> {
    let site = api.backend.site();
    let (style, icon) = (assets::address(PAGES_STYLE), assets::address("icon.svg"));
    draw(&DevicePage { style, icon, site: site.name(), shown }, status)
}

/// A permission as somebody reads it who decides whether to give it away.
const fn right_words(permission: Permission) -> &'static str {
    match permission {
        Permission::ViewSite => "see doors, areas, receipts and schedules",
        Permission::ViewAlarms => "see alarms",
        Permission::ViewPeople => "see people, their cards and rights",
        Permission::ViewJournal => "read and follow the journal",
        Permission::ViewFigures => "see how alarms are answered",
        Permission::ViewMetrics => "read measurements of the daemon",
        Permission::ViewOperators => "see operators and who is signed in",
        Permission::Reveal => "see what is kept hidden of a person",
        Permission::AnswerAlarms => "acknowledge and close alarms",
        Permission::ShelveAlarms => "put alarms aside",
        Permission::TakeOutOfService => "take things out of service",
        Permission::Locate => "let handles show where they are",
        Permission::Guard => "stop people and cards",
        Permission::OpenDoors => "open doors and order their modes",
        Permission::GuardSite => "lock areas down, set the threat level",
        Permission::TryCanaries => "try devices with a card of nobody's",
        Permission::ReviewEmergencies => "review emergency rights",
        Permission::GiveRights => "say who may pass",
        Permission::SetSchedules => "change schedules and calendars",
        Permission::ManageDevices => "commission, update and watch devices",
        Permission::ManageOperators => "change operators",
        Permission::ManageWebhooks => "see to what is sent out",
        Permission::ManageSelf => "see to what is your own",
        Permission::ViewHealth => "see how the site as a whole is",
        Permission::RunMusters => "run musters, enter visitors",
        Permission::DrawPlans => "upload floor plans",
        Permission::ApplyWide => "widen who may pass by much at once",
        Permission::RunReviews => "make access reviews and decide in them",
        Permission::SetAlerts => "leave queries standing as alerts",
        Permission::ViewStills => "look through cameras",
    }
}
