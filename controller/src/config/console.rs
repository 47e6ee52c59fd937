//! `[console]` and `[oidc]`: where the console listens, what proves it to browsers, how long a desk may idle, and the outside
//! provider that vouches for operators.
//!
//! Decides what would be unsafe: plain HTTP beyond this machine, a certificate that no browser could check, a provider that
//! is spoken to in the clear.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rackward_dashboard::{Hosts, IDLE_LIFE_DEFAULT};

use super::links::read_password;
use super::mqtt::names;
use super::report::Problems;
use super::table::{Member, Root, Table, shown};
use crate::operators::{MissingFactor, ProviderSettings, SecondFactor};

/// Where the console listens unless the file says otherwise.
const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How long a desk may idle at most: a session lasts no longer than twelve hours in any case.
const IDLE_TIME: std::ops::RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(12 * 3600);

/// How a provider says that it asked for more than one factor (RFC 8176, clause 2).
const MULTIPLE_FACTORS: &str = "mfa";

/// Where the authorities of the public web usually stand.
const WEB_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Where the console listens, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// The address.
    pub listen: SocketAddr,
    /// The host names and addresses under which browsers reach it; links have the first host name, or else the first
    /// address.
    pub names: Vec<String>,
    /// What proves it.
    pub tls: ConsoleTls,
    /// Who signs the certificates that operators' programs may show.
    pub client_authority: Option<ClientAuthority>,
    /// After how long without a request a session ends.
    pub idle_time: Duration,
    /// How many times the usual allowance of requests everybody has. Once, unless the daemon is there to be measured, which no
    /// site file says.
    pub allowances: u32,
}

/// Who signs the certificates that operators' programs may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuthority {
    /// The site's own authority.
    Site,
    /// Those whose certificates are in this file, PEM.
    File(PathBuf),
}

/// The word for the site's own authority, where a file could stand as well.
const OWN_AUTHORITY: &str = "site";

/// What proves the console to browsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleTls {
    /// Nothing: plain HTTP, on a loopback address.
    None,
    /// A certificate of the site's own authority.
    Own,
    /// A certificate from elsewhere, read again when its file changes.
    Given {
        /// The certificate with those behind it, PEM.
        certificate: PathBuf,
        /// Its key, PEM.
        key: PathBuf,
    },
}

impl ConsoleConfig {
    /// The console's address as browsers write it, on the port it got: under its first host name, since passkeys belong to
    /// one, else under the first address that the site file names. Where it listens need not be where it is reached.
    pub fn address(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls == ConsoleTls::None { "http" } else { "https" };
        let is_host = |name: &&String| name.parse::<IpAddr>().is_err();
        let port = bound.port();
        match self.names.iter().find(is_host).or(self.names.first()) {
            Some(name) if name.contains(':') => format!("{scheme}://[{name}]:{port}"),
            Some(name) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{bound}"),
        }
    }

    /// The names it answers to. Where a certificate from elsewhere stands for names that the file does not have, browsers
    /// compare them.
    pub fn hosts(&self) -> Hosts {
        match self.tls {
            ConsoleTls::Given { .. } if self.names.is_empty() => Hosts::Any,
            ConsoleTls::None | ConsoleTls::Own | ConsoleTls::Given { .. } => Hosts::Named(self.names.clone()),
        }
    }
}

/// Reads `[console]`.
pub(super) fn read(root: &Root<'_>, base: &Path, problems: &mut Problems) -> ConsoleConfig {
    let (listen, tls, idle_time) = (LISTEN_DEFAULT, ConsoleTls::None, IDLE_LIFE_DEFAULT);
    let client_authority = None;
    let mut config = ConsoleConfig { listen, names: Vec::new(), tls, client_authority, idle_time, allowances: 1 };
    let Some(mut table) = root.section("console") else { return config };
    let listen = table.address("listen", problems);
    config.listen = listen.as_ref().map_or(LISTEN_DEFAULT, |listen| listen.value);
    config.names = names(&mut table, problems);
    config.tls = read_tls(&mut table, base, &config, problems);
    config.client_authority = read_client_authority(&mut table, base, &config, problems);
    config.idle_time = idle_time_of(&mut table, problems);
    if let (Some(listen), true) = (listen, config.listen.ip().is_unspecified() && config.names.is_empty()) {
        let message = format!("no browser could check a certificate of {}", config.listen.ip());
        let help = "add names = [\"console.example.org\"], the host names or addresses that browsers open";
        problems.add(listen.span, message, help);
    }
    table.finish(problems);
    config
}

fn read_tls(table: &mut Table<'_>, base: &Path, config: &ConsoleConfig, problems: &mut Problems) -> ConsoleTls {
    let certificate = table.text("certificate", problems).map(|file| base.join(file.value));
    let key = table.text("key", problems).map(|file| base.join(file.value));
    match (certificate, key) {
        (Some(certificate), Some(key)) => ConsoleTls::Given { certificate, key },
        (None, None) if config.listen.ip().is_loopback() && config.names.is_empty() => ConsoleTls::None,
        (None, None) => ConsoleTls::Own,
        (certificate, _) => {
            let (there, missing) = if certificate.is_some() { ("certificate", "key") } else { ("key", "certificate") };
            let message = format!("\"{there}\" is given without \"{missing}\"");
            problems.add(table.span_of(there), message, "give both files, or neither for the site's own authority");
            ConsoleTls::Own
        }
    }
}

/// Over plain HTTP nobody shows a certificate.
fn read_client_authority(
    table: &mut Table<'_>,
    base: &Path,
    config: &ConsoleConfig,
    problems: &mut Problems,
) -> Option<ClientAuthority> {
    let file = table.text("client_authority", problems)?;
    if config.tls == ConsoleTls::None {
        let message = "no client shows a certificate over plain HTTP";
        let help = "add names = [\"console.example.org\"], so that the console is served over HTTPS";
        problems.add(file.span, message, help);
        return None;
    }
    Some(match file.value {
        OWN_AUTHORITY => ClientAuthority::Site,
        file => ClientAuthority::File(base.join(file)),
    })
}

fn idle_time_of(table: &mut Table<'_>, problems: &mut Problems) -> Duration {
    let Some(time) = table.duration("idle_time", problems) else { return IDLE_LIFE_DEFAULT };
    if !IDLE_TIME.contains(&time) {
        problems.add(table.span_of("idle_time"), "idle_time is out of range", "write 1 minute to 12 hours");
        return IDLE_LIFE_DEFAULT;
    }
    time
}

/// Reads `[oidc]`.
pub(super) fn read_provider(root: &Root<'_>, base: &Path, problems: &mut Problems) -> Option<ProviderSettings> {
    let mut table = root.section("oidc")?;
    let issuer = table.required("issuer", problems);
    let client_id = table.required("client_id", problems);
    let client_secret =
        table.text("client_secret_file", problems).and_then(|file| read_password(&file, base, problems));
    let button = table.text("button", problems).map_or("Sign in with your company account", |button| button.value);
    let authority = table.text("ca_file", problems).map(|file| base.join(file.value));
    let hosts = read_hosts(&mut table, problems);
    let second_factor = read_second_factor(&mut table, problems);
    let subjects = read_subjects(&mut table, problems);
    if let Some(issuer) = &issuer
        && !issuer.value.starts_with("https://")
    {
        let message = format!("{} would be spoken to in the clear", shown(issuer.value));
        problems.add(issuer.span.clone(), message, "write the issuer's address with https://");
    }
    if cfg!(not(feature = "oidc")) {
        let help = "remove [oidc], or build with the feature oidc";
        problems.add(table.header(), "this program was built without OpenID Connect", help);
    }
    table.finish(problems);
    let web = Some(PathBuf::from(WEB_AUTHORITIES)).filter(|path| path.exists());
    Some(ProviderSettings {
        issuer: issuer?.value.to_owned(),
        hosts,
        client_id: client_id?.value.to_owned(),
        client_secret,
        button: button.to_owned(),
        subjects,
        authority: authority.or(web),
        second_factor,
    })
}

/// Where else than at its issuer the provider has its keys and tokens: `hosts = ["keys.example.org"]`.
fn read_hosts(table: &mut Table<'_>, problems: &mut Problems) -> Vec<String> {
    let mut hosts = Vec::new();
    for host in table.texts_or_none("hosts", problems).unwrap_or_default() {
        if host.value.is_empty() || host.value.contains(['/', '@', '?', '#', ' ']) {
            let message = format!("{} is no host", shown(host.value));
            problems.add(
                host.span,
                message,
                "write a host name, with a port where it is not 443: keys.example.org:8443",
            );
        } else {
            hosts.push(host.value.to_owned());
        }
    }
    hosts
}

/// What of the provider's word is a second factor.
fn read_second_factor(table: &mut Table<'_>, problems: &mut Problems) -> SecondFactor {
    let texts = |found: Option<Vec<Member<&str>>>| {
        found.map(|found| found.into_iter().map(|text| text.value.to_owned()).collect::<Vec<_>>())
    };
    let methods = texts(table.texts_or_none("second_factor_amr", problems));
    let classes = texts(table.texts_or_none("second_factor_acr", problems)).unwrap_or_default();
    let words = [("ask", MissingFactor::Ask), ("refuse", MissingFactor::Refuse), ("accept", MissingFactor::Accept)];
    let missing = table.choice("without_second_factor", &words, problems);
    let missing = missing.map_or(MissingFactor::Ask, |word| word.value);
    SecondFactor { methods: methods.unwrap_or_else(|| vec![MULTIPLE_FACTORS.to_owned()]), classes, missing }
}

/// Which subjects are which operators: `operator = [{ subject = "...", name = "..." }]`.
fn read_subjects(table: &mut Table<'_>, problems: &mut Problems) -> Vec<(String, String)> {
    let form = "operator = [{ subject = \"248289761001\", name = \"m.rossi\" }]";
    let mut subjects: Vec<(String, String)> = Vec::new();
    for mut row in table.tables("operator", form, problems).unwrap_or_default() {
        let (subject, name) = (row.required("subject", problems), row.required("name", problems));
        if let (Some(subject), Some(name)) = (subject, name) {
            if subjects.iter().any(|(known, _)| known == subject.value) {
                problems.add(subject.span, "this subject stands twice", "one subject is one operator");
            } else {
                subjects.push((subject.value.to_owned(), name.value.to_lowercase()));
            }
        }
        row.finish(problems);
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_have_an_address_that_browsers_can_open() {
        let check = |bound: &str, names: &[&str], expect: &str| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let (listen, idle_time) = (LISTEN_DEFAULT, IDLE_LIFE_DEFAULT);
            let config =
                ConsoleConfig { listen, names, tls: ConsoleTls::Own, client_authority: None, idle_time, allowances: 1 };
            assert_eq!(config.address(bound.parse().unwrap()), expect, "{bound} {:?}", config.names);
        };
        check("10.0.0.5:8443", &[], "https://10.0.0.5:8443");
        check("[2001:db8::5]:8443", &[], "https://[2001:db8::5]:8443");
        check("0.0.0.0:8443", &["10.0.0.5"], "https://10.0.0.5:8443");
        check("0.0.0.0:8443", &["10.0.0.5", "10.0.1.5"], "https://10.0.0.5:8443");
        check("[::]:8443", &["2001:db8::5"], "https://[2001:db8::5]:8443");
        check("0.0.0.0:8443", &["10.0.0.5", "console.example"], "https://console.example:8443");
        check("0.0.0.0:8443", &["console.example", "10.0.0.5"], "https://console.example:8443");
        check("[::]:8443", &["2001:db8::5", "a.example", "b.example"], "https://a.example:8443");
        let plain = ConsoleConfig {
            listen: LISTEN_DEFAULT,
            names: Vec::new(),
            tls: ConsoleTls::None,
            client_authority: None,
            idle_time: IDLE_LIFE_DEFAULT,
            allowances: 1,
        };
        assert_eq!(plain.address("127.0.0.1:8080".parse().unwrap()), "http://127.0.0.1:8080");
    }
}
