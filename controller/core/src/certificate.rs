//! What is durable about the certificates of one device: the one it has, the one before while both count, and the code that it
//! may redeem once for its first.
//!
//! Decides when a certificate counts. Keys, signatures and bytes are the shell's; when a device may have another one is
//! `engine/certificates.rs`'s.

use core::time::Duration;

use crate::time::Wall;

/// One certificate, as far as deciding needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// Its serial number (RFC 5280, 4.1.2.2).
    pub serial: CertificateSerial,
    /// SHA-256 of its public key (SubjectPublicKeyInfo).
    pub key: [u8; 32],
    /// From when it counts.
    pub from: Wall,
    /// The first instant at which it no longer does.
    pub until: Wall,
}

impl Certificate {
    /// For how long it counts in all.
    pub fn lifetime(&self) -> Duration {
        self.until.since(self.from)
    }

    /// From when it should be renewed: when a third of its time is left.
    pub fn renewal_due(&self) -> Wall {
        self.from.after(self.lifetime() / 3 * 2)
    }

    /// From when it is a matter for somebody that it was not renewed: when 30 days or a quarter of its time are left,
    /// whichever is less.
    pub fn warning_due(&self) -> Wall {
        self.from.after(self.lifetime().saturating_sub(WARNED_BEFORE.min(self.lifetime() / 4)))
    }
}

/// The longest time before the end of a certificate at which somebody is told.
const WARNED_BEFORE: Duration = Duration::from_secs(30 * 86_400);

/// The serial number of a certificate; random, and never given twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateSerial(pub [u8; 16]);

impl core::fmt::Display for CertificateSerial {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl core::fmt::Debug for CertificateSerial {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CertificateSerial({self})")
    }
}

/// What is durable about the certificates of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CertificateRecord {
    /// The code that may be redeemed once.
    pub offer: Option<EnrolmentOffer>,
    /// The newest certificate; `None` before the first and after a revocation.
    pub current: Option<Certificate>,
    /// The one before, until the device shows that it has the newest.
    pub former: Option<Certificate>,
}

/// A code that may be redeemed once for a device's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentOffer {
    /// SHA-256 of the code.
    pub code: [u8; 32],
    /// The first instant at which it is void.
    pub until: Wall,
}

impl CertificateRecord {
    /// The certificates that count, the newest first.
    pub fn counting(&self) -> impl Iterator<Item = &Certificate> {
        self.current.iter().chain(&self.former)
    }

    /// The serial numbers of the certificates that count and are not over at `at`, the newest first. One that has yet to
    /// begin is among them: clocks differ.
    pub fn counting_at(&self, at: Wall) -> Vec<CertificateSerial> {
        self.counting().filter(|certificate| at < certificate.until).map(|certificate| certificate.serial).collect()
    }

    /// How the device stands with its identity at `at`.
    pub fn enrolment(&self, at: Wall) -> Enrolment {
        let waits = self.offer.is_some_and(|offer| at < offer.until);
        match &self.current {
            Some(current) if at < current.until => Enrolment::Enrolled,
            Some(_) | None if waits => Enrolment::CodeWaits,
            Some(_) => Enrolment::Expired,
            None => Enrolment::NotEnrolled,
        }
    }
}

/// How a device stands with its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    /// It has no certificate that counts, and no code waits for it: enrol it.
    NotEnrolled,
    /// A code waits to be redeemed, and it has no certificate that counts.
    CodeWaits,
    /// It has a certificate that counts.
    Enrolled,
    /// Its certificate is over: enrol it again.
    Expired,
}

impl Enrolment {
    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::CodeWaits => "code_waits",
            Self::Enrolled => "enrolled",
            Self::Expired => "expired",
        }
    }
}

/// Why a certificate was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueCause {
    /// Against a one-time code.
    Enrolled,
    /// In place of one that comes to its end.
    Renewed,
}

/// How an offer ended that was not redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferEnd {
    /// Its time ran out.
    Expired,
    /// Wrong codes were tried too often.
    Guessed,
    /// Another one took its place.
    Replaced,
}
