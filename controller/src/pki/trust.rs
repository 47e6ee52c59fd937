//! Whose certificates a client of TLS believes: those of the public authorities, or of those that a `ca_file` names instead of
//! them. Webhooks to their targets and the command line to its daemon go by it; what they speak then is theirs.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// Why nobody can be believed by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustRefused {
    /// A certificate of the file is none that can sign.
    #[error("a certificate of its ca_file cannot be used: {0}")]
    Authority(String),
    /// The library says no.
    #[error("TLS cannot be set up: {0}")]
    Library(String),
}

/// Those who may have signed a server's certificate.
#[derive(Debug, Clone)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts `authorities` (DER) or, where it says nothing, the public ones.
    ///
    /// # Errors
    /// One of them is no certificate that can sign.
    pub fn in_authorities(authorities: Option<&[Vec<u8>]>) -> Result<Self, TrustRefused> {
        let mut roots = RootCertStore::empty();
        match authorities {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(authorities) => {
                for der in authorities {
                    let added = roots.add(CertificateDer::from(der.clone()));
                    added.map_err(|error| TrustRefused::Authority(error.to_string()))?;
                }
            }
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| TrustRefused::Library(error.to_string()))?;
        Ok(Self(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())))
    }

    /// The client's side of TLS.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}
