//! The authority's files, its certificates, and what it refuses.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use ring::signature::{ED25519, UnparsedPublicKey};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::*;
use crate::secrets::create_private;

const YEAR: Duration = Duration::from_secs(365 * 86_400);

fn now() -> Wall {
    Wall::from_seconds(1_800_000_000)
}

fn authority() -> Arc<Authority> {
    Arc::new(Authority::ephemeral("lon1", now()).unwrap())
}

/// A request as a device makes it, with more in it than it will get.
fn request(key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["root.example".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.serialize_request(key).unwrap().der().to_vec()
}

fn p256() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

#[test]
fn a_device_gets_its_name_its_time_and_the_right_to_be_a_client() {
    let authority = authority();
    for key in [p256(), KeyPair::generate_for(&PKCS_ED25519).unwrap()] {
        let draft = authority.draft(&request(&key), "r01-front", YEAR, now()).unwrap();
        let der = authority.issue(&draft).unwrap();
        let holder = Holder::of(&der, "lon1").unwrap();
        assert_eq!((holder.kind, holder.name.as_str()), (HolderKind::Device, "r01-front"));
        assert_eq!((holder.serial, holder.until), (draft.certificate.serial, draft.certificate.until));
        assert_eq!(holder.until, now().after(YEAR));
        assert_eq!(Holder::of(&der, "ams2"), None);
        let (_, read) = X509Certificate::from_der(&der).unwrap();
        assert!(!read.is_ca());
        assert_eq!(read.subject().iter_common_name().next().unwrap().as_str().unwrap(), "r01-front");
        let purposes = read.extended_key_usage().unwrap().unwrap().value;
        assert!(purposes.client_auth && !purposes.server_auth && !purposes.any);
        let key_digest = ring::digest::digest(&ring::digest::SHA256, read.public_key().raw);
        assert_eq!(key_digest.as_ref(), draft.certificate.key);
        assert_eq!(read.validity().not_before.timestamp(), draft.certificate.from.as_seconds());
    }
}

#[test]
fn a_tls_library_believes_the_certificate_in_its_time_and_from_this_authority_alone() {
    let (ours, theirs) = (authority(), authority());
    let draft = ours.draft(&request(&p256()), "r01-front", YEAR, now()).unwrap();
    let der = CertificateDer::from(ours.issue(&draft).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let believes = |authority: &Authority, at: i64| {
        let roots = authority.roots().unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider)).build().unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(at as u64));
        verifier.verify_client_cert(&der, &[], at).is_ok()
    };
    let at = now().as_seconds();
    assert!(believes(&ours, at));
    assert!(believes(&ours, at - 299));
    assert!(!believes(&ours, at - 301));
    assert!(!believes(&ours, at + 366 * 86_400));
    assert!(!believes(&theirs, at));
}

#[test]
fn serial_numbers_have_sixteen_bytes_and_are_positive() {
    for _ in 0..64 {
        let serial = draft::random_serial().unwrap();
        assert!((0x40..0x80).contains(&serial.0[0]), "{serial}");
    }
    assert_ne!(draft::random_serial().unwrap(), draft::random_serial().unwrap());
}

#[test]
fn a_request_that_is_unsound_or_of_another_kind_of_key_is_refused() {
    let authority = authority();
    let check = |csr: &[u8], expect: CsrRefused| {
        assert_eq!(authority.draft(csr, "r01-front", YEAR, now()).unwrap_err(), expect);
    };
    let sound = request(&p256());
    check(b"", CsrRefused::Unsound);
    check(&sound[..sound.len() - 1], CsrRefused::Unsound);
    let mut changed = sound.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    check(&changed, CsrRefused::Unsound);
    check(&request(&KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()), CsrRefused::Key);
}

#[test]
fn no_certificate_outlives_the_authority() {
    let authority = authority();
    let late = Wall::from_seconds(authority.until.as_seconds() - 3_600);
    let draft = authority.draft(&request(&p256()), "r01-front", YEAR, late).unwrap();
    assert_eq!(draft.certificate.until, authority.until);
    let refused = authority.draft(&request(&p256()), "r01-front", YEAR, authority.until).unwrap_err();
    assert_eq!(refused, CsrRefused::Over);
}

#[test]
fn the_files_are_made_once_and_are_private() {
    let dir = tempfile::tempdir().unwrap();
    let first = Authority::open(dir.path(), "lon1", 0, now()).unwrap();
    for file in [AUTHORITY_KEY_FILE, AUTHORITY_CERTIFICATE_FILE, LIST_KEY_FILE] {
        let mode = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let again = Authority::open(dir.path(), "lon1", 3, now()).unwrap();
    assert_eq!(first.certificate_der(), again.certificate_der());
    assert_eq!(first.list_key(), again.list_key());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "no temporary file is left");
}

#[test]
fn a_lost_damaged_or_foreign_authority_is_never_replaced() {
    let refusal = |enrolled, spoil: &dyn Fn(&Path)| {
        let dir = tempfile::tempdir().unwrap();
        Authority::open(dir.path(), "lon1", 0, now()).unwrap();
        spoil(dir.path());
        let refused = Authority::open(dir.path(), "lon1", enrolled, now());
        refused.map(|_| "nothing".to_owned()).unwrap_or_else(|error| error.to_string())
    };
    let check = |enrolled, spoil: &dyn Fn(&Path), expect: &str| {
        let refused = refusal(enrolled, spoil);
        assert!(refused.contains(expect), "{refused}");
    };
    let without = |file: &'static str| move |dir: &Path| std::fs::remove_file(dir.join(file)).unwrap();
    let with = |file: &'static str, content: &'static [u8]| {
        move |dir: &Path| {
            std::fs::remove_file(dir.join(file)).unwrap();
            create_private(&dir.join(file), content).unwrap();
        }
    };
    check(2, &without(AUTHORITY_KEY_FILE), "authority.key is missing, but 2 devices hold certificates");
    check(0, &without(AUTHORITY_KEY_FILE), "authority.key is missing");
    check(1, &without(AUTHORITY_CERTIFICATE_FILE), "authority.pem is missing");
    check(0, &without(AUTHORITY_CERTIFICATE_FILE), "nothing");
    check(1, &without(LIST_KEY_FILE), "list.key is missing");
    check(0, &with(AUTHORITY_KEY_FILE, b"no key"), "authority.key is damaged");
    check(0, &with(AUTHORITY_CERTIFICATE_FILE, b"no certificate"), "authority.pem is damaged");
    check(0, &with(LIST_KEY_FILE, &[7; 31]), "list.key is damaged: it holds 31 bytes");
    check(
        0,
        &|dir| std::fs::set_permissions(dir.join(LIST_KEY_FILE), PermissionsExt::from_mode(0o644)).unwrap(),
        "chmod 600",
    );
    let other = Authority::ephemeral("lon1", now()).unwrap();
    let exchanged = |dir: &Path| {
        std::fs::remove_file(dir.join(AUTHORITY_CERTIFICATE_FILE)).unwrap();
        create_private(&dir.join(AUTHORITY_CERTIFICATE_FILE), other.certificate_pem().as_bytes()).unwrap();
    };
    check(0, &exchanged, "it is not of the key in authority.key");
}

#[test]
fn an_authority_serves_its_own_site_in_its_own_time() {
    let dir = tempfile::tempdir().unwrap();
    let until = Authority::open(dir.path(), "lon1", 0, now()).unwrap().until;
    let other = Authority::open(dir.path(), "ams2", 0, now()).unwrap_err().to_string();
    assert!(other.contains("is of site \"lon1\", not of \"ams2\""), "{other}");
    assert!(matches!(Authority::open(dir.path(), "lon1", 0, until), Err(AuthorityError::Over { .. })));
}

#[test]
fn lists_are_signed_with_the_list_key() {
    let authority = authority();
    let signature = authority.sign_list(b"a list");
    let key = UnparsedPublicKey::new(&ED25519, authority.list_key());
    assert!(key.verify(b"a list", &signature).is_ok());
    assert!(key.verify(b"a lisp", &signature).is_err());
}

#[test]
fn the_list_of_revoked_certificates_names_exactly_them() {
    let authority = authority();
    let revoked = [draft::random_serial().unwrap(), draft::random_serial().unwrap()];
    let pem = authority.crl(&revoked, now()).unwrap();
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
    let (_, list) = x509_parser::revocation_list::CertificateRevocationList::from_der(&block.contents).unwrap();
    let named: Vec<_> = list.iter_revoked_certificates().map(|revoked| revoked.raw_serial().to_vec()).collect();
    assert_eq!(named, revoked.map(|serial| serial.0.to_vec()));
    assert!(authority.crl(&[], now()).is_ok());
}

#[test]
fn keys_are_never_printed() {
    let printed = format!("{:?}", authority());
    assert!(printed.starts_with("Authority(lon1 ") && printed.len() < 90, "{printed}");
}
