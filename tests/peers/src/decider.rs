//! What everybody who is compared has in common: a way to answer a request, how much of the answer it can give, and the
//! loop that is timed.

use anyhow::{Result, ensure};

use crate::reference::Answer;
use crate::site::Request;

/// How much of an answer somebody can give, so how much of it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The answer with its reason.
    Reasons,
    /// Whether to admit, and no more.
    AdmitOrNot,
    /// Whether the card is known, and no more.
    KnownOrNot,
}

/// Somebody who answers requests.
pub trait Decider {
    /// How much of the answer it gives.
    fn detail(&self) -> Detail;

    /// Answers one request; where [`Decider::detail`] gives no reasons, any refusal stands for all.
    ///
    /// # Errors
    /// It could not answer.
    fn decide(&mut self, request: &Request) -> Result<Answer>;

    /// Answers all requests, in order. One call for a round, so that a round costs no dispatch for each request.
    ///
    /// # Errors
    /// One of them could not be answered.
    fn decide_all(&mut self, requests: &[Request], answers: &mut Vec<Answer>) -> Result<()> {
        for request in requests {
            answers.push(self.decide(request)?);
        }
        Ok(())
    }
}

/// Compares answers with the right ones.
///
/// # Errors
/// The first that differs.
pub fn check(name: &str, detail: Detail, requests: &[Request], got: &[Answer], right: &[Answer]) -> Result<()> {
    ensure!(got.len() == right.len(), "{name} gave {} answers to {} requests", got.len(), right.len());
    for ((request, got), right) in requests.iter().zip(got).zip(right) {
        let equal = match detail {
            Detail::Reasons => got == right,
            Detail::AdmitOrNot => (*got == Answer::Admit) == (*right == Answer::Admit),
            Detail::KnownOrNot => (*got == Answer::UnknownCard) == (*right == Answer::UnknownCard),
        };
        ensure!(equal, "{name} answers {got:?} and the reference {right:?} to {request:?}");
    }
    Ok(())
}
