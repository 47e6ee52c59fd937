//! Stills: pictures of a camera at a moment, kept as evidence beside the journal, which has their digests. When one is wanted and
//! what is recorded of it is decided in `engine/cameras.rs`; fetching and keeping it is the shell's.
//!
//! Vocabulary: a still *shows* a moment and was *taken over* at another one, later; what it *belongs to* is the entry that it was
//! wanted for, and the alarm if that entry raised one.

use core::time::Duration;

use crate::id::{AlarmId, CameraId, Seq};
use crate::time::Wall;

/// How long before an alarm its first still shows the place: somebody who forces a door stands there by then
/// (`console.md` 3).
pub const BEFORE: Duration = Duration::from_secs(5);

/// How long after an alarm its last still does.
pub const AFTER: Duration = Duration::from_secs(5);

/// What a still belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StillFor {
    /// The entry that it was wanted for.
    pub entry: Seq,
    /// The alarm that this entry raised.
    pub alarm: Option<AlarmId>,
}

/// A still that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StillOrder {
    /// Of which camera.
    pub camera: CameraId,
    /// For what.
    pub belongs: StillFor,
    /// The moment it is to show; it may lie ahead.
    pub shows: Wall,
}

/// The SHA-256 of a picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StillDigest(pub [u8; 32]);

impl core::fmt::Debug for StillDigest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "StillDigest({self})")
    }
}

impl core::fmt::Display for StillDigest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A still that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillFacts {
    /// The moment it shows, as well as that is known: a picture that a camera gives of now shows when it was asked for.
    pub shows: Wall,
    /// When it was taken over.
    pub taken: Wall,
    /// What the picture hashes to.
    pub digest: StillDigest,
    /// How large the picture is.
    pub bytes: u32,
    /// What kind of picture.
    pub form: StillForm,
}

/// What kind of picture a still is, as its first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillForm {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl StillForm {
    /// Its media type (RFC 9110, clause 8.3.1).
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// How names of files with such a picture end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// Why there is no still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillMissing {
    /// The camera gives pictures of now only, and that moment was over.
    NoPast,
    /// Nothing came within the time for it.
    TimedOut,
    /// Nobody answered at the camera's address.
    Unreachable,
    /// The camera or its recorder answered that it has none, or with an error.
    Refused,
    /// What came is no picture, or led elsewhere.
    NotAPicture,
    /// What came is larger than any still that is kept.
    TooLarge,
    /// Too many were wanted at once.
    Overloaded,
    /// It could not be kept.
    NotKept,
}

impl StillMissing {
    /// The word for it in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoPast => "no_past",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::NotAPicture => "not_a_picture",
            Self::TooLarge => "too_large",
            Self::Overloaded => "overloaded",
            Self::NotKept => "not_kept",
        }
    }

    /// The same as the end of a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoPast => "the camera shows only what is now",
            Self::TimedOut => "nothing came within 2 s",
            Self::Unreachable => "nobody answers at its address",
            Self::Refused => "it has none of that moment, or answered with an error",
            Self::NotAPicture => "what came is no picture",
            Self::TooLarge => "what came is too large",
            Self::Overloaded => "too many were wanted at once",
            Self::NotKept => "it could not be kept",
        }
    }
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillOutcome {
    /// It is kept.
    Kept(StillFacts),
    /// There is none.
    Missing(StillMissing),
}

/// Whether a camera answers, as whoever asks it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraHealth {
    /// It gives pictures.
    Answering,
    /// It does not.
    Silent,
}
