//! Whose a certificate is: read from its alternative names, after its signature was checked.
//!
//! Decides how a name stands in a certificate, and reads it back. Whether the certificate counts is not decided here.

use rackward_core::Wall;
use rackward_core::certificate::CertificateSerial;
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate};

/// Whose a certificate is, and which of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What the holder is.
    pub kind: HolderKind,
    /// Its name.
    pub name: String,
    /// Its serial number.
    pub serial: CertificateSerial,
    /// The first instant at which it is over.
    pub until: Wall,
}

/// What the holder of a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// A device of the site.
    Device,
    /// The daemon, where the broker is not its own.
    Daemon,
}

impl HolderKind {
    const ALL: [(Self, &'static str); 2] = [(Self::Device, "dev"), (Self::Daemon, "daemon")];

    /// The URI under which a holder of this kind stands in a certificate.
    pub(super) fn urn(self, site: &str, name: &str) -> String {
        let word = Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| *word);
        format!("urn:rackward:{site}:{word}:{name}")
    }
}

impl Holder {
    /// Reads whose certificate `der` is; `None` if it is nobody's of `site`. Its signature is not checked.
    pub fn of(der: &[u8], site: &str) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let (kind, name) = uris(&certificate).iter().find_map(|uri| named(uri, site))?;
        let serial = CertificateSerial(certificate.raw_serial().try_into().ok()?);
        let until = Wall::from_seconds(certificate.validity().not_after.timestamp());
        Some(Self { kind, name, serial, until })
    }
}

/// Whether a certificate names a holder of `site`.
pub(super) fn is_named(certificate: &X509Certificate<'_>, site: &str) -> bool {
    uris(certificate).iter().any(|uri| named(uri, site).is_some())
}

/// The URIs among the alternative names (RFC 5280, 4.2.1.6).
pub(super) fn uris(certificate: &X509Certificate<'_>) -> Vec<String> {
    let names = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    let uri = |name: &GeneralName<'_>| match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    };
    names.flatten().filter_map(uri).collect()
}

fn named(uri: &str, site: &str) -> Option<(HolderKind, String)> {
    let rest = uri.strip_prefix("urn:rackward:")?.strip_prefix(site)?.strip_prefix(':')?;
    let (word, name) = rest.split_once(':')?;
    let (kind, _) = HolderKind::ALL.iter().find(|(_, known)| *known == word)?;
    Some((*kind, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_it_was_written_and_only_for_its_site() {
        let check = |uri: &str, expect: Option<(HolderKind, &str)>| {
            let expect = expect.map(|(kind, name)| (kind, name.to_owned()));
            assert_eq!(named(uri, "lon1"), expect, "{uri}");
        };
        check(&HolderKind::Device.urn("lon1", "r01-front"), Some((HolderKind::Device, "r01-front")));
        check(&HolderKind::Daemon.urn("lon1", "rackward"), Some((HolderKind::Daemon, "rackward")));
        check(&HolderKind::Device.urn("lon2", "r01-front"), None);
        check(&HolderKind::Device.urn("lon10", "r01-front"), None);
        check("urn:rackward:lon1:authority", None);
        check("urn:rackward:lon1:root:r01-front", None);
        check("https://lon1/dev/r01-front", None);
    }
}
