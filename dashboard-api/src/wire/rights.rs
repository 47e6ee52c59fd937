//! The words for rights on devices, for certificates and for what devices say of themselves, in the API and in sentences.

use rackward_core::certificate::{IssueCause, OfferEnd};
use rackward_core::inventory::{BootCause, CanaryAnswer, Misgiving, TrustGrade, UnlockCause};
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

/// What lowers a device's grade.
pub const fn misgiving_word(misgiving: Misgiving) -> &'static str {
    match misgiving {
        Misgiving::OldFirmware => "old_firmware",
        Misgiving::Plaintext => "plaintext",
        Misgiving::DefaultKey => "default_key",
        Misgiving::UnexplainedReboots => "unexplained_reboots",
        Misgiving::SelfTest => "self_test",
        Misgiving::OldKey => "old_key",
        Misgiving::Unproven => "unproven",
    }
}

/// The same in words.
pub const fn misgiving_words(misgiving: Misgiving) -> &'static str {
    match misgiving {
        Misgiving::OldFirmware => "its firmware is older than the site asks",
        Misgiving::Plaintext => "its link is not protected",
        Misgiving::DefaultKey => "it offers the published default key",
        Misgiving::UnexplainedReboots => "it started again and again without a cause",
        Misgiving::SelfTest => "it failed its own test",
        Misgiving::OldKey => "its key is older than it should be",
        Misgiving::Unproven => "who it is was not proven",
    }
}

/// What unlocked a lock, as the end of a sentence.
pub const fn unlock_words(cause: UnlockCause) -> &'static str {
    match cause {
        UnlockCause::Command => "by a command",
        UnlockCause::RightsList => "for a card, by its own rights",
        UnlockCause::Key => "with the mechanical key",
        UnlockCause::Unexplained => "and does not know by what",
    }
}

/// Why a device started, as the end of a sentence that says that it did.
pub const fn boot_words(cause: BootCause) -> &'static str {
    match cause {
        BootCause::Unknown => "it does not know why",
        BootCause::PowerOn => "its power came",
        BootCause::Commanded => "it was told to",
        BootCause::Update => "it has new firmware",
        BootCause::Watchdog => "its watchdog bit",
        BootCause::Brownout => "its supply had sunk too far",
    }
}

/// What a device answered to the canary, as a sentence that begins with it.
pub const fn canary_words(answer: CanaryAnswer) -> &'static str {
    match answer {
        CanaryAnswer::WouldRefuse => "would refuse a card that nobody has",
        CanaryAnswer::WouldAdmit => "WOULD OPEN for a card that nobody has",
        CanaryAnswer::NoAnswer => "did not say whether it would open for a card that nobody has",
    }
}

/// How an enrolment code ended, as the end of a sentence.
pub const fn offer_end_words(end: OfferEnd) -> &'static str {
    match end {
        OfferEnd::Expired => "its time ran out",
        OfferEnd::Guessed => "wrong codes were tried too often",
        OfferEnd::Replaced => "another one took its place",
    }
}

/// What an issued certificate is for, as the end of a sentence.
pub const fn issue_words(cause: IssueCause) -> &'static str {
    match cause {
        IssueCause::Enrolled => "against its one-time code",
        IssueCause::Renewed => "in place of the one that comes to its end",
    }
}

/// A grade with what it means.
pub const fn grade_means(grade: TrustGrade) -> &'static str {
    match grade {
        TrustGrade::A => "A: nothing is wrong",
        TrustGrade::B => "B: one thing should be seen to",
        TrustGrade::C => "C: several things are wrong, or it can be overheard",
        TrustGrade::D => "D: it cannot be told from somebody else's device",
    }
}
