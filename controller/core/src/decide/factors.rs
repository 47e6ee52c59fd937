//! Rule `factors`: what the point asks for besides the card, which may depend on the time of day. Comparing a PIN with its
//! hash takes long by design, so the shell does it and the request comes back with the evidence. The duress PIN is evidence
//! like the right one: nothing here may tell them apart.

use super::{Bearer, PinEvidence, Presented, Refusal, Request, Trace, View, object, pass};
use crate::entry::Denial;
use crate::people::PinStatus;
use crate::site::{Level, Way};

const RULE: &str = "factors";

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Everything the point asks for.
    Complete,
    /// The PIN is still to come.
    PinMissing,
}

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    way: &Way,
    request: &Request<'_>,
    trace: &mut impl Trace,
) -> Result<Found, Refusal> {
    match (level(view, way), request.pin) {
        (Level::Card, _) => {
            pass(trace, RULE, || "the point asks for a card".into());
            Ok(Found::Complete)
        }
        (Level::CardAndPin, PinEvidence::Right | PinEvidence::Duress) => {
            pass(trace, RULE, || "card and PIN are right".into());
            Ok(Found::Complete)
        }
        (Level::CardAndPin, PinEvidence::Missing) => match (bearer.row.pin(), request.presented) {
            (PinStatus::Unset, _) => {
                let why = || format!("the point asks for a PIN and {} has none", bearer.row.person());
                Err(object(trace, RULE, bearer, Denial::PinWrong, why))
            }
            (PinStatus::Set, Presented::Card(_)) => Ok(Found::PinMissing),
            (PinStatus::Set, Presented::Nothing(_)) => {
                pass(trace, RULE, || "the point asks for card and PIN; the right PIN is assumed".into());
                Ok(Found::Complete)
            }
        },
    }
}

/// What the point asks for now.
fn level(view: &View<'_>, way: &Way) -> Level {
    match way.level_by_time {
        Some((slot, level)) if view.open.holds(slot) => level,
        Some(_) | None => way.level,
    }
}
