//! What a site may choose about feedback, and how much a refusal says at a reader.
//!
//! Decides which of T6, T7, T8 and T10 a reason becomes and which words go with it. Why somebody is refused is
//! `decide/`'s; the journal has the whole reason whatever is shown.

use super::{DenialNotice, DenialWords, Label, PermittedFrom, Reference};
use crate::engine::output::PointState;
use crate::entry::{Denial, DenialClass};
use crate::feedback::native::NativeLegend;

/// How much a refusal says where it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disclosure {
    /// Every refusal looks the same.
    Minimal,
    /// Time and closed places look different, to holders of a known and enabled credential.
    #[default]
    Class,
    /// Readers with a text also say the code and a reference under which the desk finds the entry.
    Code,
    /// They also say from when it is permitted, or that it waits for approval. Only where whoever reads it has been let in
    /// already.
    Full,
}

impl Disclosure {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Minimal, Self::Class, Self::Code, Self::Full];

    /// Its word in the site file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Class => "class",
            Self::Code => "code",
            Self::Full => "full",
        }
    }
}

/// What S1 looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadyLook {
    /// A blip every five seconds.
    #[default]
    Blip,
    /// Steady red.
    SteadyRed,
    /// Steady blue.
    SteadyBlue,
}

impl ReadyLook {
    /// The lasting state that looks so.
    pub const fn state(self) -> PointState {
        match self {
            Self::Blip => PointState::Ready,
            Self::SteadyRed => PointState::ReadyRed,
            Self::SteadyBlue => PointState::ReadyBlue,
        }
    }
}

/// Whether a door that was forced says so (S8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForcedLook {
    /// It looks as before, so that whoever forced it does not learn that it was noticed.
    #[default]
    Silent,
    /// It flashes red.
    Red,
}

/// Whether a door that is open too long sounds (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TooLongSound {
    /// It does.
    #[default]
    Sounds,
    /// Its light alone says it.
    Silent,
}

impl TooLongSound {
    /// The lasting state that sounds so.
    pub const fn state(self) -> PointState {
        match self {
            Self::Sounds => PointState::OpenTooLong,
            Self::Silent => PointState::OpenTooLongSilent,
        }
    }
}

/// What holds at every reader of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedbackPolicy {
    /// How much a refusal says. [`Disclosure::Full`] counts inside the secured area alone and is [`Disclosure::Code`]
    /// elsewhere.
    pub disclosure: Disclosure,
    /// What a locked door that is ready looks like.
    pub ready: ReadyLook,
    /// Whether a forced door says so.
    pub forced: ForcedLook,
    /// Whether a door that is open too long sounds.
    pub too_long: TooLongSound,
    /// Whom to call when something is at fault, such as an extension.
    pub call: Option<Label>,
}

/// What holds at one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceFeedback {
    /// How much a refusal says there.
    pub disclosure: Disclosure,
    /// Who drives its lights.
    pub lights: LightOwner,
}

/// Who drives the lights of a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LightOwner {
    /// The controller does, by this project's table.
    #[default]
    Controller,
    /// The handle does, by its maker's legend; the controller sends it no lights, sounds or texts.
    Native(Option<&'static NativeLegend>),
    /// It has none, or they stay dark.
    Dark,
}

/// What is known of a refusal when it is to be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) reason: Denial,
    /// The journal's entry.
    pub(crate) reference: Reference,
    /// From when it is permitted, where that is known.
    pub(crate) from: Option<PermittedFrom>,
}

/// What a reader with this disclosure shows of a refusal.
pub(crate) fn notice(disclosure: Disclosure, refused: &Refused, call: Option<Label>) -> DenialNotice {
    let words = words(disclosure, refused);
    match (disclosure, refused.reason.class()) {
        (Disclosure::Minimal, _) | (_, DenialClass::N) => DenialNotice::NoAccess(words),
        (Disclosure::Class | Disclosure::Code | Disclosure::Full, DenialClass::W) => DenialNotice::NotNow(words),
        (Disclosure::Class | Disclosure::Code | Disclosure::Full, DenialClass::P) => DenialNotice::Closed(words),
        (Disclosure::Class | Disclosure::Code | Disclosure::Full, DenialClass::F) => DenialNotice::Fault(words, call),
    }
}

fn words(disclosure: Disclosure, refused: &Refused) -> DenialWords {
    let Refused { reason, reference, from } = *refused;
    match disclosure {
        Disclosure::Minimal | Disclosure::Class => DenialWords::None,
        // Whoever found or stole a card must not learn from its code that it is known to be gone.
        Disclosure::Code | Disclosure::Full if is_hidden(reason) => DenialWords::Reference(reference),
        Disclosure::Code => DenialWords::Code(reason, reference),
        Disclosure::Full => match (from, reason) {
            (Some(from), _) => DenialWords::From(from, reason, reference),
            (None, Denial::GrantNotApproved) => DenialWords::NotApproved(reason, reference),
            (None, _) => DenialWords::Code(reason, reference),
        },
    }
}

/// Reasons that look alike whatever the disclosure (`feedback.md`, "unknown, lost, stolen, cloned").
const fn is_hidden(reason: Denial) -> bool {
    matches!(reason, Denial::CredentialUnknown | Denial::CredentialLost | Denial::CredentialStolen)
}
