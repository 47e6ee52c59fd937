//! How a handle misbehaves that was told to: what becomes of a message before it is sent.
//!
//! Decided here: which messages are spoilt and how. Nothing here happens without `mischief` in the world file.

use rackward_protocol::mqtt::{MAX_MESSAGE_BYTES, UpBody, UpLeaf};

use crate::config::Mischief;

/// Each so many-th message is spoilt where not all are.
const SPOILT_ONE_IN: u64 = 10;

/// What to do with the sequence of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// As it should be.
    Honest,
    /// That of the message before.
    Repeat,
    /// One is left out.
    Skip,
}

/// What to do with the sequence of the message after so many.
pub(super) fn count(mischief: Option<&Mischief>, said: u64) -> Count {
    let due = said % SPOILT_ONE_IN == SPOILT_ONE_IN - 1;
    match mischief {
        Some(Mischief::RepeatsSequence) if due => Count::Repeat,
        Some(Mischief::SkipsSequence) if due => Count::Skip,
        Some(_) | None => Count::Honest,
    }
}

/// A message as it is said in place of the true one; `None` where nothing is said.
pub(super) fn spoil(mischief: Option<&Mischief>, mut body: UpBody) -> Option<UpBody> {
    match (mischief, &mut body) {
        (Some(Mischief::Silent), _) => return None,
        (Some(Mischief::OtherSerial(serial)), UpBody::Birth(birth)) => birth.serial.clone_from(serial),
        (Some(Mischief::WrongDigest), UpBody::Birth(birth)) => {
            birth.held.iter_mut().for_each(|held| held.digest[0] ^= 1);
        }
        (Some(Mischief::WrongDigest), UpBody::Rights(report)) => {
            report.held.iter_mut().for_each(|held| held.digest[0] ^= 1);
        }
        (Some(_) | None, _) => {}
    }
    Some(body)
}

/// The bytes as they are sent.
pub(super) fn pad(mischief: Option<&Mischief>, leaf: UpLeaf, mut payload: Vec<u8>) -> Vec<u8> {
    if mischief == Some(&Mischief::Oversize) && leaf == UpLeaf::State {
        payload.resize(MAX_MESSAGE_BYTES + 1, 0);
    }
    payload
}
