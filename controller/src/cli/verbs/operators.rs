//! Operators, tokens, proposals and the table of permissions.

use std::path::Path;
use std::time::Duration;

use hyper::Method;
use rackward_dashboard::wire::request;
use serde_json::Value;

use super::places::DOOR_COMMAND_S;
use super::{Session, list, named, screens, single};
use crate::cli::arguments::{
    OperatorBind, OperatorCertificate, OperatorChange, OperatorCreate, OperatorEdit, OperatorLink, OperatorVerb,
    PermissionVerb, ProposalVerb, TokenCreate, TokenVerb,
};
use crate::cli::client::Target;
use crate::cli::connection::trust::Fingerprint;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{OPERATORS, PERMISSIONS, PROPOSALS, TOKENS};
use crate::pki::Authority;

/// Operators.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn operator(session: &Session, verb: &OperatorVerb) -> Result<Report, Failure> {
    let document = match verb {
        OperatorVerb::List(part) => {
            return list(session, Target::new(&["operators"]), part, "OperatorList", OPERATORS, "no operators").await;
        }
        OperatorVerb::Create(args) => return create(session, args).await,
        OperatorVerb::Reset(args) => {
            let document = change(session, args, "reset").await?;
            return Ok(single("OperatorInvited", document, screens::operator_invited));
        }
        OperatorVerb::Show { operator } => session.get(Target::new(&["operators", operator])).await.map_err(unknown)?,
        OperatorVerb::Edit(args) => edit(session, args).await?,
        OperatorVerb::Bind(args) => bind(session, args).await?,
        OperatorVerb::BindCertificate(args) => bind_certificate(session, args).await?,
        OperatorVerb::UnbindCertificate { operator, number, reason } => {
            let (number, body) = (number.to_string(), request::Reason { reason: reason.clone() });
            let path = ["operators", operator, "certificates", &number, "unbind"];
            let listed = "see which there are with: rackward operator show NAME";
            session.post(&path, &body).await.map_err(|failure| failure.advise_on(Exit::NotFound, listed))?
        }
        OperatorVerb::Link(args) => link(session, args).await?,
        OperatorVerb::Unbind(args) => change(session, args, "unbind").await?,
        OperatorVerb::Disable(args) => change(session, args, "disable").await?,
        OperatorVerb::Enable(args) => change(session, args, "enable").await?,
        OperatorVerb::EndLockout { operator } => {
            let path = ["operators", operator, "end-lockout"];
            session.post(&path, &request::Nothing {}).await.map_err(unknown)?
        }
    };
    Ok(single("Operator", document, screens::operator))
}

async fn create(session: &Session, args: &OperatorCreate) -> Result<Report, Failure> {
    let body = request::CreateOperator {
        name: args.name.clone(),
        role: args.role.word().to_owned(),
        organisation: args.organisation.clone(),
    };
    let document = session.post(&["operators"], &body).await?;
    Ok(single("OperatorInvited", document, screens::operator_invited))
}

async fn edit(session: &Session, args: &OperatorEdit) -> Result<Value, Failure> {
    let body = request::ChangeOperator {
        role: args.role.map(|role| role.word().to_owned()),
        organisation: args.organisation.clone(),
        reason: args.reason.clone(),
    };
    session.change(Method::PUT, &["operators", &args.operator], &body).await.map_err(unknown)
}

async fn bind(session: &Session, args: &OperatorBind) -> Result<Value, Failure> {
    let body = request::BindProvider { subject: args.subject.clone(), reason: args.reason.clone() };
    session.post(&["operators", &args.operator, "bind"], &body).await.map_err(unknown)
}

async fn bind_certificate(session: &Session, args: &OperatorCertificate) -> Result<Value, Failure> {
    let fingerprint = match (&args.certificate, args.fingerprint) {
        (Some(file), _) => Some(first_in(file)?),
        (None, fingerprint) => fingerprint,
    };
    let body = request::BindCertificate {
        fingerprint: fingerprint.map(|fingerprint| fingerprint.to_string()),
        subject: args.subject.clone(),
        to_at: session.lasting("--for", args.lasting)?,
        reason: args.reason.clone(),
    };
    session.post(&["operators", &args.operator, "certificates"], &body).await.map_err(unknown)
}

/// The fingerprint of the first certificate in a file: those behind it have signed it.
fn first_in(file: &Path) -> Result<Fingerprint, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::usage("--certificate", &format!("{}: {why}", file.display()));
    let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
    let found = Authority::certificates_in(&pem).map_err(|why| wrong(&why))?;
    found.first().map(|der| Fingerprint::of(der)).ok_or_else(|| wrong(&"it holds no certificate"))
}

async fn link(session: &Session, args: &OperatorLink) -> Result<Value, Failure> {
    let body = request::LinkPerson { person: args.person.clone(), reason: args.reason.clone() };
    let linked = session.change(Method::PUT, &["operators", &args.operator, "person"], &body).await;
    linked.map_err(unknown)
}

async fn change(session: &Session, args: &OperatorChange, action: &str) -> Result<Value, Failure> {
    let body = request::Reason { reason: args.reason.clone() };
    session.post(&["operators", &args.operator, action], &body).await.map_err(unknown)
}

fn unknown(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "list them with: rackward operator list")
}

/// Tokens of programs.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn token(session: &Session, verb: &TokenVerb) -> Result<Report, Failure> {
    match verb {
        TokenVerb::List(part) => list(session, Target::new(&["tokens"]), part, "TokenList", TOKENS, "no tokens").await,
        TokenVerb::Create(args) => issue(session, args).await,
        TokenVerb::Revoke { token, reason } => {
            let body = request::Reason { reason: reason.clone() };
            let document = session.post(&["tokens", token, "revoke"], &body).await;
            let listed = "list them with: rackward token list";
            let document = document.map_err(|failure| failure.advise_on(Exit::NotFound, listed))?;
            Ok(single("Token", named(document, token), screens::token_revoked))
        }
    }
}

async fn issue(session: &Session, args: &TokenCreate) -> Result<Report, Failure> {
    let body = request::CreateToken {
        owner: args.owner.clone(),
        permissions: args.permission.clone(),
        from_at: None,
        to_at: session.lasting("--for", args.lasting)?,
        reason: args.reason.clone(),
    };
    let document = session.post(&["tokens"], &body).await;
    // Others are owned by organisations, a token by an operator.
    let listed = "see what there is with: rackward operator list";
    let document = document.map_err(|failure| {
        failure.helped_instead("unknown-name", listed).advise("permissions", "rackward permission list")
    })?;
    Ok(single("TokenMade", document, screens::token_made))
}

/// What waits for a second operator.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn proposal(session: &Session, verb: &ProposalVerb) -> Result<Report, Failure> {
    let (proposal, document, text): (_, _, super::Text) = match verb {
        ProposalVerb::List(part) => {
            let empty = "nothing waits for a second operator";
            return list(session, Target::new(&["proposals"]), part, "ProposalList", PROPOSALS, empty).await;
        }
        ProposalVerb::Show { proposal } => {
            let document = session.get(Target::new(&["proposals", proposal])).await.map_err(unknown_proposal)?;
            return Ok(single("Proposal", document, screens::proposal));
        }
        ProposalVerb::Confirm { proposal } => {
            let not_after_at = Some(session.after("the command", Duration::from_secs(DOOR_COMMAND_S))?);
            let document = session.post(&["proposals", proposal, "confirm"], &request::Confirm { not_after_at }).await;
            (proposal, document, screens::proposal_confirmed)
        }
        ProposalVerb::Drop { proposal } => {
            let document = session.post(&["proposals", proposal, "drop"], &request::Nothing {}).await;
            (proposal, document, screens::proposal_dropped)
        }
    };
    Ok(single("Proposal", named(document.map_err(unknown_proposal)?, proposal), text))
}

fn unknown_proposal(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "list them with: rackward proposal list")
}

/// The table of permissions.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn permission(session: &Session, verb: &PermissionVerb) -> Result<Report, Failure> {
    let PermissionVerb::List(part) = verb;
    list(session, Target::new(&["permissions"]), part, "PermissionList", PERMISSIONS, "no permissions").await
}
