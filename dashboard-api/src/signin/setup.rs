//! Making what one signs in with: the first admin's name, a password with an authenticator app, or a passkey; recovery codes
//! come with either and are shown once. Whoever used a link for it holds a *ticket*, a secret of the page; what is made is
//! kept by the core's commands, sealed by `proofs.rs`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Form, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::command::{OperatorCommand, OperatorName, SealedSecret, SetUpFor};
use rackward_core::id::OperatorId;
use rackward_core::operator::{Factor, OperatorState, SignInMethod};
use rackward_core::{Monotonic, Reply};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::own::proven;
use super::pages::{SetupAsked, SignInPage, show_codes, show_setup};
use super::passkey::factor_refused;
use super::{Asking, WithCookie, admit, client, no_randomness, proofs, tell, to_its_end};
use crate::api::Api;
use crate::body::Read;
use crate::proofs::Typed;
use crate::refusal::Refusal;
use crate::sessions::{Client, LinkFor, Token, digest};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{SetupAnswer, SetupBegin};
use crate::wire::session::{Ceremony, RecoveryCodes};

/// How long the page may be open.
pub(super) const TICKET_LIFE: Duration = Duration::from_secs(30 * 60);

/// How many pages may be open. Each took a link, so the bound only keeps a script of an admin's from filling memory.
const MAX_TICKETS: usize = 64;

/// How often a page may be sent in vain; nobody mistypes more often than that.
pub(super) const MAX_TRIES: u8 = 20;

/// The shortest password taken, in characters (NIST SP 800-63B-4, clause 3.1.1.2 asks for 15 where it stands alone; here it
/// never does).
const PASSWORD_LEAST_CHARS: usize = 12;

/// How many recovery codes there are.
pub(super) const RECOVERY_CODES: u8 = 10;

/// For whom something is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetupFor {
    /// Whoever becomes the first admin.
    FirstAdmin,
    /// This operator.
    Operator(OperatorId),
}

struct Setup {
    digest: [u8; 32],
    whom: SetupFor,
    app_secret: Zeroizing<String>,
    made: Monotonic,
    tries: u8,
}

/// Pages that are open.
#[derive(Default)]
pub(crate) struct Setups(Mutex<Vec<Setup>>);

impl Setups {
    fn lock(&self) -> MutexGuard<'_, Vec<Setup>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, setup: Setup, now: Monotonic) {
        let mut open = self.lock();
        open.retain(|setup| now.since(setup.made) < TICKET_LIFE);
        if open.len() >= MAX_TICKETS {
            open.remove(0);
        }
        open.push(setup);
    }

    /// What a ticket is for, and the app's secret on its page; counts a try.
    fn try_one(&self, ticket: &str, now: Monotonic) -> Option<(SetupFor, Zeroizing<String>)> {
        let wanted = digest(ticket);
        let mut open = self.lock();
        let place = open.iter().position(|setup| bool::from(setup.digest.ct_eq(&wanted)))?;
        let setup = open.get_mut(place)?;
        setup.tries += 1;
        if now.since(setup.made) >= TICKET_LIFE || setup.tries > MAX_TRIES {
            open.remove(place);
            return None;
        }
        Some((setup.whom, setup.app_secret.clone()))
    }

    /// Uses a ticket up; `None` where somebody else was faster.
    fn use_up(&self, ticket: &str) -> Option<Setup> {
        let wanted = digest(ticket);
        let mut open = self.lock();
        let place = open.iter().position(|setup| bool::from(setup.digest.ct_eq(&wanted)))?;
        Some(open.remove(place))
    }

    /// Keeps those pages only that may go on.
    pub(crate) fn retain(&self, may_stay: impl Fn(LinkFor) -> bool) {
        self.lock().retain(|setup| may_stay(setup.whom.link()));
    }
}

impl SetupFor {
    /// The link that leads to such a page.
    const fn link(self) -> LinkFor {
        match self {
            Self::FirstAdmin => LinkFor::FirstAdmin,
            Self::Operator(operator) => LinkFor::Invitation(operator),
        }
    }
}

/// Opens the page for somebody.
pub(super) fn begin(api: &Api, whom: SetupFor) -> Result<Response, Refusal> {
    let proofs = proofs(api)?;
    if !still_wanted(api, whom)? {
        return SignInPage::Spent.show(StatusCode::FORBIDDEN, api);
    }
    let ticket = Token::draw().map_err(no_randomness)?;
    let (app_secret, now) = (proofs.draw_app_secret()?, api.backend.now().monotonic);
    let setup = Setup { digest: digest(ticket.reveal()), whom, app_secret: app_secret.clone(), made: now, tries: 0 };
    api.sessions.setups().add(setup, now);
    show(api, ticket.reveal(), whom, &app_secret, "", None)
}

/// `POST /account/factors`: the same page for oneself, shortly after proving oneself.
pub(crate) async fn own(State(api): State<Api>, asking: Asking) -> Result<Response, Refusal> {
    let (operator, _) = proven(&asking)?;
    begin(&api, SetupFor::Operator(operator))
}

/// A first admin is wanted only while there is nobody, an operator's factors only while that operator may sign in.
fn still_wanted(api: &Api, whom: SetupFor) -> Result<bool, Refusal> {
    let proofs = proofs(api)?;
    Ok(match whom {
        SetupFor::FirstAdmin => proofs.operators().is_empty(),
        SetupFor::Operator(operator) => {
            proofs.operator(operator).is_some_and(|known| known.state == OperatorState::Enabled)
        }
    })
}

fn show(
    api: &Api,
    ticket: &str,
    whom: SetupFor,
    app_secret: &str,
    typed_name: &str,
    wrong: Option<&'static str>,
) -> Result<Response, Refusal> {
    let name = match whom {
        SetupFor::FirstAdmin => None,
        SetupFor::Operator(operator) => proofs(api)?.name_of(operator),
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let least_chars = PASSWORD_LEAST_CHARS;
    show_setup(api, &SetupAsked { ticket, name, typed_name, app_secret, wrong, least_chars }, status)
}

/// What the page's form sends.
#[derive(Deserialize)]
pub(crate) struct Filled {
    ticket: String,
    #[serde(default)]
    name: String,
    password: String,
    again: String,
    code: String,
}

/// `POST /setup`
pub(crate) async fn submit(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let (password, again) = (Typed::new(filled.password), Typed::new(filled.again));
    let found = api.sessions.setups().try_one(&filled.ticket, api.backend.now().monotonic);
    let Some((whom, app_secret)) = found else { return SignInPage::Spent.show(StatusCode::FORBIDDEN, &api) };
    let typed_name = filled.name.trim().to_lowercase();
    let name = OperatorName::parse(&typed_name);
    let own_name = match whom {
        SetupFor::FirstAdmin => Some(typed_name.clone()),
        SetupFor::Operator(operator) => proofs(&api)?.name_of(operator),
    };
    let app = proofs(&api)?.accept_app(&app_secret, &Typed::new(filled.code));
    let wrong = match (whom, &name, &app) {
        (SetupFor::FirstAdmin, None, _) => Some(NAME_WORDS),
        _ if password.reveal() != again.reveal() => Some("The two passwords differ."),
        _ if password_refused(&password, &own_name.unwrap_or_default()) => Some(PASSWORD_WORDS),
        (_, _, None) => Some("The code does not fit. Scan the picture again and type the code that the app shows now."),
        (SetupFor::FirstAdmin | SetupFor::Operator(_), _, Some(_)) => None,
    };
    let (Some(secret), None) = (app, wrong) else {
        return show(&api, &filled.ticket, whom, &app_secret, &typed_name, wrong);
    };
    let hashed = proofs(&api)?.new_password(password).await?;
    let made = vec![(Factor::Password, hashed), (Factor::Totp, secret)];
    let at = client(&headers, &extensions);
    let made = Made { whom, name, factors: made, method: SignInMethod::PasswordTotp, client: at };
    let Some(done) = settle(&api, filled.ticket, made).await? else {
        return SignInPage::Spent.show(StatusCode::FORBIDDEN, &api);
    };
    Ok(WithCookie(done.cookie, show_codes(&api, &done.codes)?).into_response())
}

const NAME_WORDS: &str = "The name may have lower-case letters, digits, dot, hyphen, underscore and @, up to 64 of them. It is no id such as \
     opr-3, and no word that stands for somebody, such as me.";

pub(super) const PASSWORD_WORDS: &str =
    "The password is too short, too long or the name itself. Take at least twelve characters.";

pub(super) fn password_refused(password: &Typed, name: &str) -> bool {
    let text = password.reveal();
    text.chars().count() < PASSWORD_LEAST_CHARS || text.len() > Typed::MAX_BYTES || text.eq_ignore_ascii_case(name)
}

/// `POST /setup/passkey`
pub(crate) async fn begin_passkey(
    State(api): State<Api>,
    Read(given): Read<SetupBegin>,
) -> Result<Json<Ceremony>, Refusal> {
    let (whom, name) = ticket_and_name(&api, &given.ticket, given.name.as_deref())?;
    let (operator, shown) = match whom {
        SetupFor::FirstAdmin => (None, name.map(|name| name.reveal().to_owned())),
        SetupFor::Operator(operator) => (Some(operator), proofs(&api)?.name_of(operator)),
    };
    let begun = proofs(&api)?.begin_passkey(operator, &shown.unwrap_or_default()).map_err(factor_refused)?;
    Ok(Json(Ceremony { handle: begun.handle, options: begun.out }))
}

/// `POST /setup/passkey/finish`
pub(crate) async fn finish_passkey(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Read(given): Read<SetupAnswer>,
) -> Result<WithCookie<Json<RecoveryCodes>>, Refusal> {
    let (whom, name) = ticket_and_name(&api, &given.ticket, given.name.as_deref())?;
    let operator = match whom {
        SetupFor::FirstAdmin => None,
        SetupFor::Operator(operator) => Some(operator),
    };
    let made = proofs(&api)?.finish_passkey(operator, &given.handle, &given.answer).map_err(factor_refused)?;
    let at = client(&headers, &extensions);
    let made = Made { whom, name, factors: vec![made], method: SignInMethod::Passkey, client: at };
    let done = settle(&api, given.ticket, made).await?.ok_or_else(spent)?;
    Ok(WithCookie(done.cookie, Json(RecoveryCodes { codes: done.codes })))
}

fn spent() -> Refusal {
    Refusal::new(ProblemKind::LinkSpent, "the page was open for too long, or was used before; ask for another link")
}

fn ticket_and_name(api: &Api, ticket: &str, name: Option<&str>) -> Result<(SetupFor, Option<OperatorName>), Refusal> {
    let found = api.sessions.setups().try_one(ticket, api.backend.now().monotonic);
    let (whom, _) = found.ok_or_else(spent)?;
    let name = name.and_then(|name| OperatorName::parse(&name.trim().to_lowercase()));
    if whom == SetupFor::FirstAdmin && name.is_none() {
        return Err(FieldProblem::of("name", NAME_WORDS).into());
    }
    Ok((whom, name))
}

/// What came of it.
struct Done {
    codes: Vec<String>,
    cookie: HeaderValue,
}

/// What somebody made on the page.
struct Made {
    whom: SetupFor,
    name: Option<OperatorName>,
    factors: Vec<(Factor, SealedSecret)>,
    method: SignInMethod,
    client: Client,
}

/// Keeps what was made, with recovery codes beside it, and signs its owner in. `None` where the ticket no longer counts. It
/// goes on where the browser goes away, since the ticket is used up.
async fn settle(api: &Api, ticket: String, made: Made) -> Result<Option<Done>, Refusal> {
    if !still_wanted(api, made.whom)? {
        return Ok(None);
    }
    let Some(page) = api.sessions.setups().use_up(&ticket) else { return Ok(None) };
    let api = api.clone();
    to_its_end(async move {
        let (method, client) = (made.method, made.client.clone());
        match keep_made(&api, made).await {
            Ok((operator, codes)) => {
                // Whatever else leads to this account was made for the one who has just made it.
                api.sessions.forget_ways_of(page.whom.link());
                api.sessions.forget_ways_of(LinkFor::Operator(operator));
                let cookie = admit(&api, operator, method, client).await?;
                Ok(Some(Done { codes, cookie }))
            }
            Err(refusal) => {
                // Nothing was kept, so whoever made it may send the page again.
                api.sessions.setups().add(page, api.backend.now().monotonic);
                Err(refusal)
            }
        }
    })
    .await
}

/// Keeps it by one command, so that an account is whole or is not there; gives the recovery codes, to be shown once.
async fn keep_made(api: &Api, made: Made) -> Result<(OperatorId, Vec<String>), Refusal> {
    let whom = match (made.whom, made.name) {
        (SetupFor::Operator(operator), _) => SetUpFor::Operator(operator),
        (SetupFor::FirstAdmin, Some(name)) => SetUpFor::FirstAdmin(name),
        (SetupFor::FirstAdmin, None) => return Err(FieldProblem::of("name", NAME_WORDS).into()),
    };
    let (codes, sealed) = proofs(api)?.draw_recovery_codes()?;
    let mut factors = made.factors;
    factors.push((Factor::RecoveryCodes(RECOVERY_CODES), sealed));
    let Reply::Operator(operator) = tell(api, OperatorCommand::SetUp { whom, made: factors }).await? else {
        return Err(Refusal::new(ProblemKind::Internal, "the engine gave the operator no number"));
    };
    Ok((operator, codes))
}
