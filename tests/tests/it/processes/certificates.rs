//! Programs and browsers that sign in by a certificate, over real TLS: what is good, and each thing that is not, with its own
//! cause in the journal. The authority and its certificates are made here.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::PATIENCE;
use super::program::{Said, command};
use super::site::{Daemon, Plan, Site, free_port, write_private};
use super::visitor::{failures, of_kind};

/// Who signs for clients.
struct Signer {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Signer {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Staff authority");
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate until some year's first day, with its key, both PEM.
    fn signs(&self, until_year: i32) -> (String, String) {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, "build7");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until_year, 1, 1));
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// A site whose console takes certificates, and somebody's home elsewhere.
struct Scene {
    site: Site,
    daemon: Daemon,
    signer: Signer,
    port: u16,
    home: TempDir,
}

impl Scene {
    fn open() -> Self {
        let port = free_port();
        let console =
            format!("listen = \"127.0.0.1:{port}\"\nnames = [\"localhost\"]\nclient_authority = \"keys/staff.pem\"\n");
        let site = Site::lay_out(&Plan { console: console.leak(), ..Plan::default() });
        let signer = Signer::new();
        fs::write(site.path("keys/staff.pem"), &signer.pem).unwrap();
        let daemon = site.daemon();
        site.cli(&["operator", "create", "builder", "--role", "security", "-o", "json"]).json();
        Self { site, daemon, signer, port, home: tempfile::tempdir().unwrap() }
    }

    /// Writes a certificate and its key; gives both files.
    fn put(&self, name: &str, (certificate, key): &(String, String)) -> (PathBuf, PathBuf) {
        let paths = (self.home.path().join(format!("{name}.pem")), self.home.path().join(format!("{name}.key")));
        fs::write(&paths.0, certificate).unwrap();
        write_private(&paths.1, key);
        paths
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command("rackward");
        command.args(args).env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        command.current_dir(self.home.path());
        command
    }

    fn says(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    fn signs_in(&self, (certificate, key): &(PathBuf, PathBuf)) -> Said {
        let (server, authority) = (format!("https://localhost:{}", self.port), self.site.path("state/authority.pem"));
        let files = [certificate, key, &authority].map(|path| path.to_str().unwrap().to_owned());
        let [certificate, key, authority] = files;
        self.says(&[
            "login",
            "--pki",
            "--server",
            &server,
            "--context",
            "lon1",
            "--ca-file",
            &authority,
            "--certificate",
            &certificate,
            "--key",
            &key,
            "--no-input",
            "-o",
            "json",
        ])
    }

    fn binds(&self, by: &[&str]) -> Said {
        let bind =
            ["operator", "bind-certificate", "builder", "--for", "90d", "--reason", "build server", "-o", "json"];
        self.site.cli(&[&bind[..], by].concat())
    }

    /// Checks that a certificate is refused, and that the journal says why.
    #[track_caller]
    fn refuses(&self, files: &(PathBuf, PathBuf), cause: &str, words: &str) {
        let before = failures(&self.daemon.api).len();
        let said = self.signs_in(files);
        assert_eq!(said.code, Some(4), "{said:?}");
        let problem = problem(&said);
        assert_eq!(problem["code"], json!("RW-A019"), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
        assert_eq!(failures(&self.daemon.api).split_off(before), [cause]);
    }

    /// What the console answers to a client with this certificate, or with none.
    fn answers(&self, identity: Option<&(PathBuf, PathBuf)>, path: &str) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.site.path("state/authority.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
                config.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
            }
        };
        let session = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut stream = StreamOwned::new(session, tcp);
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\n", self.port);
        stream.write_all(format!("{head}content-length: 0\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        // A peer that ends without a farewell has said all that it wanted.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join(".config/rackward/logins/lon1")
    }
}

/// The problem that a line came to.
fn problem(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
}

fn pem(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_program_signs_in_by_a_certificate_that_is_bound_and_by_no_other() {
    let scene = Scene::open();
    let good = scene.put("good", &scene.signer.signs(2049));
    let expired = scene.put("expired", &scene.signer.signs(2021));
    let foreign = scene.put("foreign", &Signer::new().signs(2049));
    scene.refuses(&good, "certificate_unbound", "no operator's here");
    scene.refuses(&foreign, "certificate_foreign", "no authority that counts here");

    for (certificate, _) in [&good, &expired, &foreign] {
        let bound = scene.binds(&["--certificate", pem(certificate)]);
        assert_eq!(bound.code, Some(0), "{bound:?}");
    }
    scene.refuses(&expired, "certificate_expired", "over");
    scene.refuses(&foreign, "certificate_foreign", "no authority that counts here");
    let taken = scene.site.cli(&["operator", "create", "other", "--role", "auditor", "-o", "json"]);
    assert_eq!(taken.code, Some(0), "{taken:?}");
    let bind = ["operator", "bind-certificate", "other", "--for", "1d", "--reason", "x", "--certificate", pem(&good.0)];
    let twice = scene.site.cli(&bind);
    assert!(twice.code == Some(6) && twice.err.contains("already"), "{twice:?}");

    let said = scene.signs_in(&good);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.json()["who"]["method"], json!("certificate"));
    let secret = fs::read_to_string(scene.kept()).unwrap();
    assert!(!(said.out + &said.err).contains(&secret));
    let me = scene.says(&["whoami", "--rights"]);
    assert!(me.out.contains("by      a certificate") && me.out.contains("may     view_site"), "{me:?}");
    assert!(!me.out.contains("open_doors"), "it proves no presence: {me:?}");
    assert_eq!(scene.says(&["door", "list"]).code, Some(0));
    // The files are remembered.
    let again = scene.says(&["login", "--pki", "--context", "lon1", "--no-input"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(scene.says(&["logout"]).code, Some(0));
    assert_eq!(scene.signs_in(&good).code, Some(0));

    let shown = scene.site.cli(&["operator", "show", "builder", "-o", "json"]).json();
    assert_eq!(shown["certificates"].as_array().map(Vec::len), Some(3));
    let unbind = ["operator", "unbind-certificate", "builder", "0", "--reason", "key lost", "-o", "json"];
    assert_eq!(scene.site.cli(&unbind).code, Some(0));
    let over = scene.says(&["door", "list"]);
    assert!(over.code == Some(4) && over.err.contains("sign in again"), "what came of it ended with it: {over:?}");
    scene.refuses(&good, "certificate_unbound", "no operator's here");
    let kinds = ["operator.certificate-bound", "operator.certificate-unbound", "token.signed-in"];
    assert_eq!(kinds.map(|kind| of_kind(&scene.daemon.api, kind).len()), [3, 1, 3]);
    scene.daemon.program.interrupt();
}

#[test]
fn a_subject_counts_for_each_certificate_of_the_authority() {
    let scene = Scene::open();
    let bound = scene.binds(&["--subject", "O=Example, CN=build7"]);
    assert_eq!(bound.code, Some(0), "{bound:?}");
    for name in ["first", "renewed"] {
        let files = scene.put(name, &scene.signer.signs(2049));
        assert_eq!(scene.signs_in(&files).code, Some(0), "{name}");
    }
    let foreign = scene.put("foreign", &Signer::new().signs(2049));
    scene.refuses(&foreign, "certificate_foreign", "no authority that counts here");
    let disabled = scene.site.cli(&["operator", "disable", "builder", "--reason", "left", "-o", "json"]);
    assert_eq!(disabled.code, Some(0), "{disabled:?}");
    let files = scene.put("later", &scene.signer.signs(2049));
    scene.refuses(&files, "disabled", "cannot sign in now");
    scene.daemon.program.interrupt();
}

#[test]
fn without_a_certificate_nothing_is_different() {
    let scene = Scene::open();
    let none = scene.answers(None, "/api/v1/sessions/certificate");
    assert!(none.starts_with("HTTP/1.1 403") && none.contains("no certificate came with the connection"), "{none}");
    let page = scene.answers(None, "/login/certificate");
    assert!(page.starts_with("HTTP/1.1 403") && page.contains("showed no certificate"), "{page}");
    assert!(page.contains("Sign in with a certificate") && page.contains("name=\"password\""), "{page}");
    assert!(failures(&scene.daemon.api).is_empty(), "none at all is no try");

    let good = scene.put("good", &scene.signer.signs(2049));
    assert_eq!(scene.binds(&["--certificate", pem(&good.0)]).code, Some(0));
    let session = scene.answers(Some(&good), "/login/certificate");
    assert!(session.starts_with("HTTP/1.1 303") && session.contains("__Host-rackward_session="), "{session}");
    let signed = of_kind(&scene.daemon.api, "operator.signed-in");
    assert_eq!(signed.last().map(|event| &event["method"]), Some(&json!("certificate")));

    // What cannot be shown is said before anything is sent.
    let other = scene.put("other", &scene.signer.signs(2049));
    let mixed = (good.0.clone(), other.1);
    assert_eq!(scene.signs_in(&mixed).code, Some(4));
    write_private(&good.1, "no key");
    let said = scene.signs_in(&good);
    let problem = problem(&said);
    assert!(said.code == Some(4) && problem["title"].as_str().unwrap().contains("cannot be shown"), "{problem}");
    scene.daemon.program.interrupt();
}
