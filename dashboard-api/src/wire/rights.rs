//! The words for rights on devices, for certificates and for what devices say of themselves, in the API and in sentences.

use rackward_core::certificate::{IssueCause, OfferEnd};
use rackward_core::inventory::{BootCause, CanaryAnswer, TrustGrade};
use rackward_core::rights_list::{ListRefusal, Logged};

/// Why a device did not take a list.
pub const fn list_refusal_word(refusal: ListRefusal) -> &'static str {
    match refusal {
        ListRefusal::Malformed => "malformed",
        ListRefusal::Signature => "signature",
        ListRefusal::Site => "site",
        ListRefusal::Device => "device",
        ListRefusal::Replayed => "replayed",
        ListRefusal::Expired => "expired",
        ListRefusal::TooLong => "too_long",
        ListRefusal::NotKept => "not_kept",
    }
}

/// The same as the end of a sentence that begins with the device.
pub const fn list_refusal_words(refusal: ListRefusal) -> &'static str {
    match refusal {
        ListRefusal::Malformed => "its bytes are no list",
        ListRefusal::Signature => "the signature is not this site's",
        ListRefusal::Site => "it is for another site",
        ListRefusal::Device => "it is for another device",
        ListRefusal::Replayed => "it is no newer than one before",
        ListRefusal::Expired => "its time is over",
        ListRefusal::TooLong => "it has more cards than there is room for",
        ListRefusal::NotKept => "it could not be kept",
    }
}

/// What a device answered to the canary.
pub const fn canary_word(answer: CanaryAnswer) -> &'static str {
    match answer {
        CanaryAnswer::WouldRefuse => "would_refuse",
        CanaryAnswer::WouldAdmit => "would_admit",
        CanaryAnswer::NoAnswer => "no_answer",
    }
}

/// Why a device started.
pub const fn boot_word(cause: BootCause) -> &'static str {
    match cause {
        BootCause::Unknown => "unknown",
        BootCause::PowerOn => "power_on",
        BootCause::Commanded => "commanded",
        BootCause::Update => "update",
        BootCause::Watchdog => "watchdog",
        BootCause::Brownout => "brownout",
    }
}

/// How far a device is trusted.
pub const fn grade_word(grade: TrustGrade) -> &'static str {
    match grade {
        TrustGrade::A => "A",
        TrustGrade::B => "B",
        TrustGrade::C => "C",
        TrustGrade::D => "D",
    }
}

/// Why a certificate was issued.
pub const fn issue_word(cause: IssueCause) -> &'static str {
    match cause {
        IssueCause::Enrolled => "enrolled",
        IssueCause::Renewed => "renewed",
    }
}

/// How an enrolment code ended that was not redeemed.
pub const fn offer_end_word(end: OfferEnd) -> &'static str {
    match end {
        OfferEnd::Expired => "expired",
        OfferEnd::Guessed => "guessed",
        OfferEnd::Replaced => "replaced",
    }
}

/// What happened while a device was on its own.
pub const fn logged_word(what: Logged) -> &'static str {
    match what {
        Logged::Admitted { .. } => "admitted",
        Logged::Refused { .. } => "refused",
        Logged::Opened => "opened",
        Logged::Closed => "closed",
        Logged::KeyTurned => "key_turned",
        Logged::Tampered => "tampered",
        Logged::Overflowed { .. } => "overflowed",
    }
}
