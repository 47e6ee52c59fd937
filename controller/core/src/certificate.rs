//! What is durable about the certificates of one device: the one it has, the one before while both count, and the code that it
//! may redeem once for its first.
//!
//! Decides when a certificate counts. Keys, signatures and bytes are the shell's; when a device may have another one is
//! `engine/certificates.rs`'s.

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
