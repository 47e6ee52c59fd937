//! Certificates of operators: bound by an admin, with an end, and taken away again. Whose word that takes is the core's; what
//! is kept of one, and that it is nobody else's, `proofs.rs` says.

use axum::Json;
use axum::extract::{Path, State};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rackward_core::engine::command::OperatorCommand;
use rackward_core::operator::Operator as CoreOperator;

use super::{done, one};
use crate::api::{Api, lookup, reason};
use crate::body::Read;
use crate::proofs::{BindRefused, BoundTo};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::at::At;
use crate::wire::operator::{BoundCertificate, Operator};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{BindCertificate, Reason};

/// `POST /api/v1/operators/{id}/certificates`
pub(in crate::api) async fn bind(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<BindCertificate>,
) -> Result<Json<Operator>, Refusal> {
    let reason = reason("reason", &wanted.reason).map_err(Refusal::from);
    let to = bound_to(&wanted).map_err(Refusal::from);
    let (Ok(reason), Ok(to)) = (&reason, &to) else {
        return Err(Refusal::all([reason.err(), to.err()].into_iter().flatten()));
    };
    let operator = one(&api, asking.caller, &id).await?.id;
    let kept = match &api.proofs {
        Some(proofs) => proofs.new_certificate(operator, to),
        None => Err(BindRefused::NoAuthority),
    };
    let (number, certificate) = kept.map_err(not_bound)?;
    let (until, reason) = (wanted.to_at.0, reason.clone());
    let command = OperatorCommand::BindCertificate { operator, number, until, certificate, reason };
    done(&api, asking.caller, operator, command).await
}

/// `POST /api/v1/operators/{id}/certificates/{number}/unbind`
pub(in crate::api) async fn unbind(
    State(api): State<Api>,
    Path((id, number)): Path<(String, String)>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<Operator>, Refusal> {
    let number: u8 = number.parse().map_err(|_| lookup::missing("certificate"))?;
    let reason = reason("reason", &why.reason)?;
    let operator = one(&api, asking.caller, &id).await?.id;
    done(&api, asking.caller, operator, OperatorCommand::UnbindCertificate { operator, number, reason }).await
}

/// Those that are bound to an operator.
pub(super) fn of(api: &Api, row: &CoreOperator) -> Vec<BoundCertificate> {
    let bound = row.certificates.all().map(|(number, until)| {
        let to = api.proofs.as_ref().and_then(|proofs| proofs.bound_certificate(row.id, number));
        let (fingerprint, subject) = match to {
            Some(BoundTo::Fingerprint(digest)) => (Some(HEXLOWER.encode(&digest)), None),
            Some(BoundTo::Subject(subject)) => (None, Some(subject)),
            None => (None, None),
        };
        BoundCertificate { number, fingerprint, subject, to_at: At(until) }
    });
    bound.collect()
}

/// Why an account or a certificate was not bound, as it is told.
pub(super) fn not_bound(refused: BindRefused) -> Refusal {
    match refused {
        BindRefused::Malformed | BindRefused::MalformedName => FieldProblem::of("subject", refused.to_string()).into(),
        BindRefused::NoProvider | BindRefused::NoAuthority | BindRefused::Taken(_) => {
            Refusal::new(ProblemKind::Conflict, refused.to_string())
        }
    }
}

fn bound_to(wanted: &BindCertificate) -> Result<BoundTo, FieldProblem> {
    match (&wanted.fingerprint, &wanted.subject) {
        (Some(text), None) => {
            let digits: String = text.chars().filter(|c| *c != ':').collect();
            let decoded = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok();
            let digest = decoded.and_then(|bytes| bytes.try_into().ok());
            let wrong = || FieldProblem::of("fingerprint", "a fingerprint is a SHA-256: 64 hexadecimal digits");
            digest.map(BoundTo::Fingerprint).ok_or_else(wrong)
        }
        (None, Some(subject)) => Ok(BoundTo::Subject(subject.clone())),
        (None, None) | (Some(_), Some(_)) => Err(FieldProblem::of("fingerprint", "give either fingerprint or subject")),
    }
}
