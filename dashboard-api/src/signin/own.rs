//! What one signs in with, seen and changed by oneself over the API: the password, the authenticator app, passkeys, recovery
//! codes. What is good enough, and how it is made, is the same as on the page (`setup.rs`); whose it is, that it was lately
//! proven, and that enough is left to sign in with, is the core's (`engine/commands/operators.rs` there). No token reaches
//! this: a program that acts for somebody never changes how they sign in.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::{OperatorCommand, SealedSecret};
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{Factor, PASSKEYS_MAX};
use rackward_core::permission::{Actor, Assurance, Denied, Permission};
use rackward_core::{Answer, Caller, Command, CommandError, Monotonic, Query};
use zeroize::Zeroizing;

use super::pages::key_uri;
use super::passkey::factor_refused;
use super::setup::{MAX_TRIES, PASSWORD_WORDS, RECOVERY_CODES, TICKET_LIFE, password_refused};
use super::{Asking, SignedIn, daemon, proofs};
use crate::api::{Api, reason};
use crate::body::Read;
use crate::params::Params;
use crate::preconditions::{self, Terms};
use crate::proofs::Typed;
use crate::refusal::Refusal;
use crate::sessions::LinkFor;
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Nothing, OwnCode, OwnPassword, PasskeyAnswer, Reason};
use crate::wire::session::{AppOffered, Ceremony, OwnFactors, RecoveryCodes};

/// An app that was given a secret, and has not shown a code yet.
struct App {
    session: SessionId,
    secret: Zeroizing<String>,
    drawn: Monotonic,
    tries: u8,
}

/// Such apps, one for each operator at most: whoever begins again gives the one before up. No more than there are operators.
#[derive(Default)]
pub(crate) struct Apps(Mutex<BTreeMap<OperatorId, App>>);

impl Apps {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<OperatorId, App>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, operator: OperatorId, app: App) {
        let mut apps = self.lock();
        apps.retain(|_, other| app.drawn.since(other.drawn) < TICKET_LIFE);
        apps.insert(operator, app);
    }

    /// The secret of the app that this session began with; counts a try.
    fn try_one(&self, operator: OperatorId, session: SessionId, now: Monotonic) -> Option<Zeroizing<String>> {
        let mut apps = self.lock();
        let app = apps.get_mut(&operator).filter(|app| app.session == session)?;
        app.tries += 1;
        if now.since(app.drawn) >= TICKET_LIFE || app.tries > MAX_TRIES {
            apps.remove(&operator);
            return None;
        }
        Some(app.secret.clone())
    }

    fn end(&self, operator: OperatorId) {
        self.lock().remove(&operator);
    }
}

/// The operator who asks, and their session.
fn oneself(asking: &SignedIn) -> Result<(OperatorId, SessionId), Refusal> {
    match (asking.caller.actor, asking.session) {
        (Actor::Operator(operator), Some(session)) => Ok((operator, session)),
        _ => {
            let detail = "only an operator who signed in has something to sign in with; a link's session is nobody's";
            Err(Refusal::new(ProblemKind::Conflict, detail))
        }
    }
}

/// The same of one who has lately proven to be them. The core asks for that as well; asked here first, nothing is made for
/// somebody else.
pub(super) fn proven(asking: &SignedIn) -> Result<(OperatorId, SessionId), Refusal> {
    let own = oneself(asking)?;
    match asking.caller.assurance {
        Assurance::Fresh => Ok(own),
        Assurance::Idle | Assurance::Standing => {
            Err(CommandError::Denied(Denied::StepUp(Permission::ManageSelf)).into())
        }
    }
}

/// `GET /api/v1/account/factors`
pub(crate) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<OwnFactors>, Refusal> {
    Params::of(&uri, &[])?;
    let (operator, _) = oneself(&asking)?;
    preconditions::tag(&api, asking.caller, Subject::Operator(operator)).await?;
    factors(&api, operator).await
}

/// `PUT /api/v1/account/factors/password`
pub(crate) async fn set_password(
    State(api): State<Api>,
    asking: Asking,
    Read(given): Read<OwnPassword>,
) -> Result<Json<OwnFactors>, Refusal> {
    let (operator, _) = proven(&asking)?;
    let (password, name) = (Typed::new(given.password), proofs(&api)?.name_of(operator).unwrap_or_default());
    if password_refused(&password, &name) {
        return Err(FieldProblem::of("password", PASSWORD_WORDS).into());
    }
    let hashed = proofs(&api)?.new_password(password).await?;
    set(&api, asking.caller, operator, Factor::Password, hashed).await?;
    factors(&api, operator).await
}

/// `POST /api/v1/account/factors/app`: the secret, for an app to show its first code of.
pub(crate) async fn begin_app(
    State(api): State<Api>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<AppOffered>, Refusal> {
    let (operator, session) = proven(&asking)?;
    let (secret, drawn) = (proofs(&api)?.draw_app_secret()?, api.backend.now().monotonic);
    let uri = key_uri(api.backend.site().name(), proofs(&api)?.name_of(operator).as_deref(), &secret);
    let offered = AppOffered { secret: secret.as_str().to_owned(), uri };
    api.sessions.apps().begin(operator, App { session, secret, drawn, tries: 0 });
    Ok(Json(offered))
}

/// `POST /api/v1/account/factors/app/confirm`
pub(crate) async fn confirm_app(
    State(api): State<Api>,
    asking: Asking,
    Read(given): Read<OwnCode>,
) -> Result<Json<OwnFactors>, Refusal> {
    let (operator, session) = proven(&asking)?;
    let now = api.backend.now().monotonic;
    let Some(secret) = api.sessions.apps().try_one(operator, session, now) else {
        let detail = "no app waits for its first code in this session, or it waited for too long; begin again";
        return Err(Refusal::new(ProblemKind::Conflict, detail));
    };
    let Some(sealed) = proofs(&api)?.accept_app(&secret, &Typed::new(given.code)) else {
        let detail = "this is not what the app shows now; look at its clock, and give the code that it shows";
        return Err(FieldProblem::of("code", detail).into());
    };
    set(&api, asking.caller, operator, Factor::Totp, sealed).await?;
    api.sessions.apps().end(operator);
    factors(&api, operator).await
}

/// `POST /api/v1/account/factors/passkeys`: a challenge, whose answer goes to `.../passkeys/finish`.
pub(crate) async fn begin_passkey(
    State(api): State<Api>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Ceremony>, Refusal> {
    let (operator, _) = proven(&asking)?;
    let name = proofs(&api)?.name_of(operator).unwrap_or_default();
    let begun = proofs(&api)?.begin_passkey(Some(operator), &name).map_err(factor_refused)?;
    Ok(Json(Ceremony { handle: begun.handle, options: begun.out }))
}

/// `POST /api/v1/account/factors/passkeys/finish`
pub(crate) async fn finish_passkey(
    State(api): State<Api>,
    asking: Asking,
    Read(given): Read<PasskeyAnswer>,
) -> Result<Json<OwnFactors>, Refusal> {
    let (operator, _) = proven(&asking)?;
    let made = proofs(&api)?.finish_passkey(Some(operator), &given.handle, &given.answer);
    let (factor, sealed) = made.map_err(factor_refused)?;
    set(&api, asking.caller, operator, factor, sealed).await?;
    factors(&api, operator).await
}

/// `POST /api/v1/account/factors/recovery-codes`: new ones; those from before count no more.
pub(crate) async fn new_recovery_codes(
    State(api): State<Api>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<RecoveryCodes>, Refusal> {
    let (operator, _) = proven(&asking)?;
    let (codes, sealed) = proofs(&api)?.draw_recovery_codes()?;
    set(&api, asking.caller, operator, Factor::RecoveryCodes(RECOVERY_CODES), sealed).await?;
    Ok(Json(RecoveryCodes { codes }))
}

/// `DELETE /api/v1/account/factors/password`
pub(crate) async fn remove_password(
    State(api): State<Api>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<OwnFactors>, Refusal> {
    remove(&api, &asking, Factor::Password, &why).await
}

/// `DELETE /api/v1/account/factors/app`
pub(crate) async fn remove_app(
    State(api): State<Api>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<OwnFactors>, Refusal> {
    remove(&api, &asking, Factor::Totp, &why).await
}

/// `DELETE /api/v1/account/factors/recovery-codes`
pub(crate) async fn remove_recovery_codes(
    State(api): State<Api>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<OwnFactors>, Refusal> {
    remove(&api, &asking, Factor::RecoveryCodes(0), &why).await
}

/// `DELETE /api/v1/account/factors/passkeys/{number}`
pub(crate) async fn remove_passkey(
    State(api): State<Api>,
    Path(number): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<OwnFactors>, Refusal> {
    let number = number.parse().ok().filter(|number| *number < PASSKEYS_MAX).ok_or_else(|| {
        Refusal::new(ProblemKind::NotFound, "passkeys are numbered from 0 to 7; see which of them you have")
    })?;
    remove(&api, &asking, Factor::Passkey(number), &why).await
}

async fn set(
    api: &Api,
    caller: Caller,
    operator: OperatorId,
    factor: Factor,
    secret: SealedSecret,
) -> Result<(), Refusal> {
    api.submit(caller, Command::Operator(OperatorCommand::SetFactor { operator, factor, secret })).await?;
    if !Terms::is_tried() {
        // Whatever else leads to this account was made for the one who has just changed it.
        api.sessions.forget_ways_of(LinkFor::Operator(operator));
    }
    Ok(())
}

async fn remove(api: &Api, asking: &SignedIn, factor: Factor, why: &Reason) -> Result<Json<OwnFactors>, Refusal> {
    let (operator, _) = proven(asking)?;
    let reason = reason("reason", &why.reason)?;
    api.submit(asking.caller, Command::Operator(OperatorCommand::RemoveFactor { operator, factor, reason })).await?;
    factors(api, operator).await
}

/// What somebody has to sign in with, as it is or would be.
async fn factors(api: &Api, operator: OperatorId) -> Result<Json<OwnFactors>, Refusal> {
    // Their own row, whatever else they may see.
    let Answer::Operators(rows) = api.ask(daemon(), Query::Operators).await? else {
        return Err(Refusal::new(ProblemKind::Internal, "the engine answered another question; please report it"));
    };
    let row = rows.iter().find(|row| row.id == operator);
    let row = row.ok_or_else(|| Refusal::new(ProblemKind::NotFound, "there is no such operator any more"))?;
    Ok(Json(OwnFactors::of(row, api.backend.operator_name(operator))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: OperatorId = OperatorId::new(1);

    fn app(session: u32, seconds: u64) -> App {
        let secret = Zeroizing::new(format!("secret-{session}"));
        App { session: SessionId::new(session), secret, drawn: at(seconds), tries: 0 }
    }

    fn at(seconds: u64) -> Monotonic {
        Monotonic::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn an_app_waits_for_the_session_that_began_it_and_not_for_ever() {
        let apps = Apps::default();
        let secret = |session: u32, seconds: u64| {
            apps.try_one(ANN, SessionId::new(session), at(seconds)).map(|secret| secret.as_str().to_owned())
        };
        apps.begin(ANN, app(1, 0));
        assert_eq!(secret(1, 1).as_deref(), Some("secret-1"));
        assert_eq!(secret(2, 1), None, "another session");
        apps.begin(ANN, app(2, 2));
        assert_eq!((secret(1, 3), secret(2, 3).as_deref()), (None, Some("secret-2")), "the one before is given up");
        assert_eq!(secret(2, 2 + TICKET_LIFE.as_secs()), None, "too late");
        assert_eq!(secret(2, 3), None, "and gone by that");
        apps.begin(ANN, app(3, 4));
        apps.end(ANN);
        assert_eq!(secret(3, 5), None);
    }

    #[test]
    fn nobody_guesses_for_long() {
        let apps = Apps::default();
        apps.begin(ANN, app(1, 0));
        let tries = (0..100).take_while(|_| apps.try_one(ANN, SessionId::new(1), at(1)).is_some()).count();
        assert_eq!(tries, usize::from(MAX_TRIES));
    }

    #[test]
    fn what_nobody_came_back_for_is_forgotten() {
        let apps = Apps::default();
        apps.begin(ANN, app(1, 0));
        apps.begin(OperatorId::new(2), app(2, TICKET_LIFE.as_secs()));
        assert_eq!(apps.lock().keys().copied().collect::<Vec<_>>(), [OperatorId::new(2)]);
    }
}
