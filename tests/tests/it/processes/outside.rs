//! A broker that is not ours, Mosquitto, set up as the page about enrolment says: mutual TLS with the site's own authority,
//! and the rules and the list of revoked certificates that the command line prints.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use rustix::process::Signal;

use super::program::Program;
use super::site::Site;

/// Where Debian keeps it, which an ordinary user's path leaves out.
const DEBIAN: &str = "/usr/sbin/mosquitto";

/// The broker of a site.
#[derive(Debug)]
pub(super) struct Mosquitto {
    /// None between a kill and the next start.
    program: Option<Program>,
    settings: PathBuf,
}

impl Mosquitto {
    /// Sets it up and starts it, once the handle of the site may be enrolled and so stands in the rules. The daemon runs.
    #[track_caller]
    pub(super) fn for_the_handle_of(site: &Site) -> Self {
        site.tell_code();
        Self::lay_out(site)
    }

    /// Sets it up for whoever may be enrolled or is, and starts it. The daemon runs.
    #[track_caller]
    pub(super) fn lay_out(site: &Site) -> Self {
        fs::create_dir(site.path("broker")).unwrap();
        let file = |name: &str| site.path("broker").join(name);
        let authority = site.cli(&["mqtt", "authority"]).out;
        let (certificate, key) = server_certificate(&authority, site);
        fs::write(file("ca.pem"), authority).unwrap();
        fs::write(file("server.pem"), certificate).unwrap();
        fs::write(file("server.key"), key).unwrap();
        let port = site.broker_port;
        let [ca, server, key, crl, acl] =
            ["ca.pem", "server.pem", "server.key", "crl.pem", "rules.acl"].map(|name| file(name).display().to_string());
        // As root it would become somebody else, who may not read a temporary directory.
        let text = format!(
            "user root\nlistener {port} 127.0.0.1\nprotocol mqtt\ncafile {ca}\ncertfile {server}\nkeyfile {key}\n\
             crlfile {crl}\nrequire_certificate true\nuse_identity_as_username true\nuse_username_as_clientid true\n\
             allow_anonymous false\nacl_file {acl}\nmax_packet_size 163840\nset_tcp_nodelay true\n"
        );
        fs::write(file("mosquitto.conf"), text).unwrap();
        let mut broker = Self { program: None, settings: file("mosquitto.conf") };
        broker.write_rules(site);
        broker.start();
        broker
    }

    /// Writes the rules and the list of revoked certificates as they are now.
    #[track_caller]
    fn write_rules(&self, site: &Site) {
        for (what, name) in [("acl", "rules.acl"), ("crl", "crl.pem")] {
            let printed = site.cli(&["mqtt", what]);
            assert_eq!(printed.code, Some(0), "{printed:?}");
            fs::write(self.settings.with_file_name(name), printed.out).unwrap();
        }
    }

    /// Starts it and waits until it listens.
    #[track_caller]
    pub(super) fn start(&mut self) {
        let path = if PathBuf::from(DEBIAN).exists() { DEBIAN } else { "mosquitto" };
        let mut command = Command::new(path);
        command.arg("-c").arg(&self.settings);
        let program = Program::start(command);
        program.wait_for_error_line("running");
        self.program = Some(program);
    }

    /// Adds rules of its own for a program that is no device.
    pub(super) fn also_let(&self, rules: &str) {
        let file = self.settings.with_file_name("rules.acl");
        let written = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{written}\n{rules}\n")).unwrap();
        self.program.as_ref().unwrap().signal(Signal::HUP);
    }

    /// Ends it without a word to anybody.
    pub(super) fn kill(&mut self) {
        self.program.take().unwrap().kill();
    }

    /// Gives it the rules and the list of revoked certificates as they are now.
    #[track_caller]
    pub(super) fn reload(&self, site: &Site) {
        self.write_rules(site);
        self.program.as_ref().unwrap().signal(Signal::HUP);
    }
}

/// The site's authority with its key, as on the daemon's disk.
pub(super) fn authority(pem: &str, site: &Site) -> Issuer<'static, KeyPair> {
    let key = fs::read_to_string(site.path("state/authority.key")).unwrap();
    Issuer::from_ca_cert_pem(pem, KeyPair::from_pem(&key).unwrap()).unwrap()
}

fn server_certificate(authority_pem: &str, site: &Site) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &authority(authority_pem, site)).unwrap();
    (certificate.pem(), key.serialize_pem())
}
