//! Which certificate is which operator's. An admin binds one by its fingerprint, or by the subject that the authority gives to
//! its holder, so that a renewed one needs no other word; what is bound is kept as a factor's secret is, in a table that can be
//! erased. Whether a certificate is sound is `pki/clients.rs`'s, until when it is bound the core's.

use data_encoding::HEXLOWER;
use rackward_core::engine::command::SealedSecret;
use rackward_core::id::OperatorId;
use rackward_core::operator::{CERTIFICATES_MAX, CertificateFault, Factor};
use rackward_dashboard::proofs::{BindRefused, BoundTo, Proofs as _, ShownCertificate};
use serde::{Deserialize, Serialize};

use super::Operators;
use crate::pki::SoundCertificate;

/// The longest subject, in characters.
const SUBJECT_MAX_CHARS: usize = 512;

/// What is bound, as it is kept. A subject counts for the authorities of the day alone: another one may give it to anybody.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Bound {
    Fingerprint(String),
    Subject { subject: String, authorities: Vec<String> },
}

impl Bound {
    fn read(kept: &SealedSecret) -> Option<Self> {
        serde_json::from_slice(kept.as_bytes()).ok()
    }

    fn is_for(&self, sound: &SoundCertificate) -> bool {
        match self {
            Self::Fingerprint(fingerprint) => *fingerprint == HEXLOWER.encode(&sound.fingerprint),
            Self::Subject { subject, authorities } => {
                *subject == sound.subject && authorities.contains(&HEXLOWER.encode(&sound.authority))
            }
        }
    }

    /// Whether it stands for the same certificates as another, whichever the authority.
    fn means_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fingerprint(one), Self::Fingerprint(other)) => one == other,
            (Self::Subject { subject: one, .. }, Self::Subject { subject: other, .. }) => one == other,
            (Self::Fingerprint(_), Self::Subject { .. }) | (Self::Subject { .. }, Self::Fingerprint(_)) => false,
        }
    }
}

impl Operators {
    /// Whose a certificate is that a client has shown.
    pub(super) fn holder_of(&self, shown: &[Vec<u8>]) -> ShownCertificate {
        let now = (self.0.clock)().wall;
        let Some(authorities) = &self.0.clients else { return ShownCertificate::refused(CertificateFault::Foreign) };
        let sound = match authorities.judge(shown, now) {
            Ok(sound) => sound,
            Err(fault) => return ShownCertificate::refused(fault),
        };
        let known = self.read();
        let fits = known
            .secrets
            .certificates()
            .filter(|(_, _, kept)| Bound::read(&kept.secret).is_some_and(|bound| bound.is_for(&sound)));
        let mut holders: Vec<(OperatorId, u8)> = fits.map(|(operator, number, _)| (operator, number)).collect();
        holders.sort_unstable();
        let [(operator, number), others @ ..] = holders.as_slice() else {
            return ShownCertificate::refused(CertificateFault::Unbound);
        };
        if others.iter().any(|(other, _)| other != operator) {
            return ShownCertificate::refused(CertificateFault::Ambiguous);
        }
        let bound = known.operators.get(operator).map(|row| row.certificates).unwrap_or_default();
        // Of one that is bound twice, by fingerprint and by subject, the longer binding counts.
        let longest = holders.iter().max_by_key(|(_, number)| bound.until(*number)).map_or(*number, |(_, one)| *one);
        match bound.until(longest) {
            None => ShownCertificate::refused(CertificateFault::Unbound),
            Some(until) if until <= now => {
                ShownCertificate { holder: Some((*operator, longest)), fault: Some(CertificateFault::BindingOver) }
            }
            Some(_) => ShownCertificate { holder: Some((*operator, longest)), fault: None },
        }
    }

    /// What is kept of a certificate that is to be an operator's, and by which number.
    pub(super) fn bind_to(&self, operator: OperatorId, to: &BoundTo) -> Result<(u8, SealedSecret), BindRefused> {
        let authorities = self.0.clients.as_ref().ok_or(BindRefused::NoAuthority)?;
        let bound = match to {
            BoundTo::Fingerprint(fingerprint) => Bound::Fingerprint(HEXLOWER.encode(fingerprint)),
            BoundTo::Subject(subject) => {
                let is_plain = subject.chars().all(|c| !c.is_control()) && subject.contains('=');
                if !is_plain || subject.chars().count() > SUBJECT_MAX_CHARS {
                    return Err(BindRefused::MalformedName);
                }
                let authorities = authorities.digests().map(|digest| HEXLOWER.encode(&digest)).collect();
                Bound::Subject { subject: subject.clone(), authorities }
            }
        };
        {
            let known = self.read();
            let same = known
                .secrets
                .certificates()
                .find(|(_, _, kept)| Bound::read(&kept.secret).is_some_and(|other| other.means_the_same(&bound)));
            if let Some((holder, _, _)) = same {
                return Err(BindRefused::Taken(holder));
            }
        }
        let had = self.operator(operator).map(|row| row.certificates).unwrap_or_default();
        let number = had.free().unwrap_or(CERTIFICATES_MAX);
        // Texts alone: there is nothing in them that JSON cannot hold.
        Ok((number, SealedSecret::new(serde_json::to_vec(&bound).unwrap_or_default())))
    }

    /// What a certificate of an operator's was bound by.
    pub(super) fn bound_to(&self, operator: OperatorId, number: u8) -> Option<BoundTo> {
        let known = self.read();
        match Bound::read(&known.secrets.of(operator, Factor::Certificate(number))?.secret)? {
            Bound::Fingerprint(text) => {
                Some(BoundTo::Fingerprint(HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()?))
            }
            Bound::Subject { subject, .. } => Some(BoundTo::Subject(subject)),
        }
    }
}
