//! `[mqtt]`: which broker the site uses, how the daemon signs in there, where devices enrol, what is published.
//!
//! Decides what would be unsafe: a password in the clear over a network, a listener that no device could believe. How
//! devices prove themselves is not in the site file: they are enrolled.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::Secret;
use super::links::{self, Tls};
use super::report::Problems;
use super::table::{Member, Table, shown};
use crate::drivers::{MqttIdentity, Publications, TlsListener};
use crate::pki::{Authority, is_host_name};

/// The largest file of certificates that is read.
const CA_FILE_MAX_BYTES: u64 = 1 << 20;
/// Names of one listener. More would make its certificate larger than a device takes.
const NAMES_LIMIT_NAMES: usize = 16;
/// How long a certificate may be good, in days. A shorter one would be renewed all the time; of a longer one nobody would
/// notice that its device never renews.
const CERTIFICATE_DAYS: std::ops::RangeInclusive<i64> = 7..=825;

/// How MQTT devices are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MqttConfig {
    /// Which broker.
    pub broker: MqttBroker,
    /// How long a device's certificate is good.
    pub certificate_life: Duration,
    /// What is published for others than devices.
    pub publications: Publications,
    /// The program that may read it at the embedded broker, and its password.
    pub observer: Option<(String, Secret)>,
}

/// Which broker the site uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MqttBroker {
    /// The one inside the daemon.
    Embedded(TlsListener),
    /// One that somebody else runs.
    External {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
        /// Whether it is spoken to inside TLS, and then from whom its certificate may be, DER; empty for the site's own
        /// authority.
        tls: Option<Vec<Vec<u8>>>,
        /// The daemon's user name and password there; without them it shows a certificate.
        login: Option<(String, Secret)>,
        /// Where devices enrol.
        enrol: Option<TlsListener>,
    },
}

/// Reads `[mqtt]`.
pub(super) fn read(mut table: Table<'_>, base: &Path, problems: &mut Problems) -> Option<MqttConfig> {
    let broker = match (table.has("listen"), table.has("url")) {
        (true, false) => {
            table.pass_over(&["url", "enrol_listen", "ca_file", "username", "password_file"]);
            for needless in ["enrol_listen", "ca_file", "username", "password_file"] {
                if table.has(needless) {
                    let message = format!("\"{needless}\" has no use beside listen");
                    problems.add(table.span_of(needless), message, "remove it: it is for an external broker");
                }
            }
            embedded(&mut table, problems)
        }
        (false, true) => {
            table.pass_over(&["listen"]);
            external(&mut table, base, problems)
        }
        (listen, _) => {
            no_broker(&mut table, listen, problems);
            None
        }
    };
    let (certificate_life, publications) = (certificate_life(&mut table, problems), published(&mut table, problems));
    let observer = observer(&mut table, base, problems);
    table.finish(problems);
    Some(MqttConfig { broker: broker?, certificate_life, publications, observer })
}

fn no_broker(table: &mut Table<'_>, has_both: bool, problems: &mut Problems) {
    table.pass_over(&["listen", "url", "username", "password_file", "enrol_listen", "ca_file", "names"]);
    let (message, help) = if has_both {
        ("[mqtt] has listen and url", "keep listen for the embedded broker or url for an external one")
    } else {
        (
            "[mqtt] names no broker",
            "write listen = \"127.0.0.1:8883\" for the embedded one or url = \"mqtts://host:8883\"",
        )
    };
    problems.add(table.span_of("url"), message, help);
}

fn embedded(table: &mut Table<'_>, problems: &mut Problems) -> Option<MqttBroker> {
    let listen = table.address("listen", problems);
    let names = names(table, problems);
    let listen = listen?;
    if cfg!(not(feature = "embedded-broker")) {
        let help = "name an external one with url = \"mqtts://host:8883\"";
        problems.add(listen.span.clone(), "this program was built without its embedded broker", help);
    }
    Some(MqttBroker::Embedded(listener(&listen, names, problems)))
}

fn external(table: &mut Table<'_>, base: &Path, problems: &mut Problems) -> Option<MqttBroker> {
    let url = table.text("url", problems);
    let address = url.as_ref().and_then(|url| links::broker(url, problems));
    let authorities = table.text("ca_file", problems).map(|file| read_authorities(&file, base, problems));
    let login = links::read_login(table, base, problems);
    let enrol = table.address("enrol_listen", problems);
    let names = names(table, problems);
    let enrol = enrol.map(|listen| listener(&listen, names, problems));
    let (address, login) = (address?, login?);
    let tls = match address.tls {
        Tls::Inside => Some(authorities.unwrap_or_default()),
        Tls::Plain => {
            check_plain(table, url?, address.is_loopback(), login.is_some(), problems);
            None
        }
    };
    Some(MqttBroker::External { host: address.host, port: address.port, tls, login, enrol })
}

/// Without TLS nothing may leave the machine, and nobody shows a certificate.
fn check_plain(table: &Table<'_>, url: Member<&str>, is_loopback: bool, has_login: bool, problems: &mut Problems) {
    if !is_loopback {
        let message = format!("{} would take the daemon's password and every release in the clear", shown(url.value));
        problems.add(url.span, message, "write mqtts:// and have the broker speak TLS");
    } else if !has_login {
        let help = "add username and password_file, or write mqtts:// to sign in by certificate";
        problems.add(url.span, "the daemon has no way to sign in at the broker", help);
    }
    if table.has("ca_file") {
        let message = "\"ca_file\" has no use without TLS";
        problems.add(table.span_of("ca_file"), message, "remove it, or write mqtts://");
    }
}

fn listener(listen: &Member<SocketAddr>, names: Vec<String>, problems: &mut Problems) -> TlsListener {
    if listen.value.ip().is_unspecified() && names.is_empty() {
        let message =
            format!("{} is every address, but no device is told under which it finds the daemon", listen.value.ip());
        let help = "add names = [\"...\"], the host names or addresses under which devices reach it";
        problems.add(listen.span.clone(), message, help);
    }
    TlsListener { listen: listen.value, names }
}

pub(super) fn names(table: &mut Table<'_>, problems: &mut Problems) -> Vec<String> {
    let written = table.texts("names", problems).unwrap_or_default();
    if written.len() > NAMES_LIMIT_NAMES {
        problems.add(table.span_of("names"), "the listener has more than 16 names", "keep those that devices use");
    }
    for name in written.iter().filter(|name| !is_host_name(name.value)) {
        let message = format!("\"{}\" is neither a host name nor an address", shown(name.value));
        problems.add(
            name.span.clone(),
            message,
            "write it without port, such as \"access.lon1.example\" or \"10.0.0.5\"",
        );
    }
    written.iter().map(|name| name.value.to_owned()).collect()
}

pub(super) fn read_authorities(file: &Member<&str>, base: &Path, problems: &mut Problems) -> Vec<Vec<u8>> {
    use std::io::Read as _;
    let path = base.join(file.value);
    let mut pem = Vec::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(CA_FILE_MAX_BYTES).read_to_end(&mut pem));
    let found = match read {
        Ok(_) => Authority::certificates_in(&pem).map_err(str::to_owned),
        Err(error) => Err(error.to_string()),
    };
    found.unwrap_or_else(|why| {
        let message = format!("{} cannot be used: {why}", path.display());
        problems.add(
            file.span.clone(),
            message,
            "name the PEM file with the certificate that the broker's own is signed by",
        );
        Vec::new()
    })
}

fn certificate_life(table: &mut Table<'_>, problems: &mut Problems) -> Duration {
    let Some(days) = table.integer("certificate_days", problems) else { return MqttIdentity::CERTIFICATE_LIFE };
    if !CERTIFICATE_DAYS.contains(&days.value) {
        let message = format!("certificate_days of {} is out of range", days.value);
        problems.add(days.span, message, "write 7 to 825 days");
        return MqttIdentity::CERTIFICATE_LIFE;
    }
    Duration::from_secs(days.value.unsigned_abs() * 86_400)
}

/// Somebody else's broker has accounts of its own.
fn observer(table: &mut Table<'_>, base: &Path, problems: &mut Problems) -> Option<(String, Secret)> {
    const MEMBERS: [&str; 2] = ["observer", "observer_password_file"];
    if table.has("url") && MEMBERS.iter().any(|member| table.has(member)) {
        let help = "remove it, and give the program an account at that broker";
        problems.add(table.span_of("observer"), "\"observer\" has no use beside url", help);
        table.pass_over(&MEMBERS);
        return None;
    }
    links::read_named_login(table, MEMBERS, base, problems)?
}

fn published(table: &mut Table<'_>, problems: &mut Problems) -> Publications {
    let publish = table.flag("publish", problems).unwrap_or(false);
    let home_assistant = table.flag("home_assistant", problems).unwrap_or(false);
    match (publish, home_assistant) {
        (_, true) => Publications::HomeAssistant,
        (true, false) => Publications::Published,
        (false, false) => Publications::None,
    }
}
