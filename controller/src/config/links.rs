//! How devices are reached and what proves them: bus and address with a key of their own, or MQTT with a certificate that
//! they are enrolled for. Keys and passwords stand in files that only the daemon's user may read, never in the site file.

use std::collections::BTreeMap;
use std::path::Path;

use rackward_core::site::draft::suggest::nearest;
use rackward_protocol::osdp::Address;
use zeroize::Zeroizing;

use super::Secret;
use super::report::Problems;
use super::table::{Member, Table, shown};
use crate::secrets::{DeviceKey, PrivateFileError, read_private};

/// The shortest password of a device or broker login, in characters: with fewer, guessing over the network pays.
const PASSWORD_MIN_CHARS: usize = 12;

/// The ports of MQTT without and with TLS (IANA).
const MQTT_PORT: u16 = 1883;
const MQTTS_PORT: u16 = 8883;

/// The members that say how a device is reached.
const LINK_MEMBERS: [&str; 4] = ["bus", "address", "key_file", "password_file"];

/// How one device is reached.
pub(super) enum Route {
    /// On the bus with this index.
    Bus { bus: usize, address: Address, key: Option<DeviceKey> },
    /// By MQTT; what proves it is not in the site file.
    Mqtt,
}

/// What is taken already.
pub(super) struct Links<'b> {
    base: &'b Path,
    mqtt_known: bool,
    buses: Vec<String>,
    ports: BTreeMap<String, String>,
    addresses: BTreeMap<(usize, u8), String>,
    keys: Vec<(DeviceKey, String)>,
}

impl<'b> Links<'b> {
    /// Nothing is taken yet; relative paths start at `base`.
    pub(super) fn new(base: &'b Path, mqtt_known: bool) -> Self {
        let (buses, ports, addresses, keys) = (Vec::new(), BTreeMap::new(), BTreeMap::new(), Vec::new());
        Self { base, mqtt_known, buses, ports, addresses, keys }
    }

    /// Notes a bus.
    pub(super) fn add_bus(&mut self, name: &str, port: &str, table: &Table<'_>, problems: &mut Problems) {
        if !name.is_empty() && self.buses.iter().any(|bus| bus == name) {
            let message = format!("bus \"{}\" stands twice", shown(name));
            problems.add(table.span_of("name"), message, "give one of them another name");
        }
        if !port.is_empty() {
            match self.ports.get(port) {
                Some(other) => {
                    let message = format!("port \"{}\" is already taken by bus \"{}\"", shown(port), shown(other));
                    problems.add(
                        table.span_of("port"),
                        message,
                        "one port is one bus; put all its devices on that one",
                    );
                }
                None => {
                    self.ports.insert(port.to_owned(), name.to_owned());
                }
            }
        }
        self.buses.push(name.to_owned());
    }

    /// Reads how a device is reached. All members are read, so that each wrong one is found.
    pub(super) fn route(&mut self, name: &str, table: &mut Table<'_>, problems: &mut Problems) -> Option<Route> {
        let by_mqtt = table.flag("mqtt", problems);
        match (by_mqtt, table.has("bus")) {
            (Some(true), false) => Some(self.mqtt(name, table, problems)),
            (Some(false), _) => self.bus(name, table, problems),
            (Some(true), true) => {
                table.pass_over(&LINK_MEMBERS);
                let help = "keep bus and address, or mqtt";
                problems.add(table.span_of("bus"), "a device is on a bus or on MQTT, not both", help);
                None
            }
            (None, _) => {
                table.pass_over(&LINK_MEMBERS);
                None
            }
        }
    }

    fn mqtt(&self, name: &str, table: &mut Table<'_>, problems: &mut Problems) -> Route {
        if !self.mqtt_known {
            let help = "add [mqtt] with listen = \"127.0.0.1:8883\" or a url";
            problems.add(table.span_of("mqtt"), "the device comes by MQTT, but the file has no [mqtt]", help);
        }
        if table.has("password_file") {
            table.pass_over(&["password_file"]);
            let help =
                format!("remove password_file, and enrol it: rackward device enrol {} --reason ...", shown(name));
            problems.add(
                table.span_of("password_file"),
                "a device proves itself by a certificate, not by a password",
                help,
            );
        }
        Route::Mqtt
    }

    fn bus(&mut self, name: &str, table: &mut Table<'_>, problems: &mut Problems) -> Option<Route> {
        if !table.has("bus") && !table.has("mqtt") {
            table.pass_over(&LINK_MEMBERS);
            let help = "add bus and address, or mqtt = true";
            problems.add(table.header(), "the device is on no bus and not on MQTT", help);
            return None;
        }
        let bus = table.required("bus", problems).and_then(|bus| self.find_bus(&bus, problems));
        let address = self.address(table, problems);
        // Without one the device waits to be commissioned. One that is wrong is not the same as none.
        let (has_file, file) = (table.has("key_file"), table.text("key_file", problems));
        let key = file.and_then(|file| self.key(name, &file, problems));
        if let (Some(bus), Some(address)) = (bus, &address) {
            self.take_address(bus, address, name, problems);
        }
        if has_file && key.is_none() {
            return None;
        }
        Some(Route::Bus { bus: bus?, address: address?.value, key })
    }

    fn find_bus(&self, bus: &Member<&str>, problems: &mut Problems) -> Option<usize> {
        let found = self.buses.iter().position(|known| known == bus.value);
        if found.is_none() {
            let help = match nearest(bus.value, self.buses.iter().map(String::as_str)) {
                Some(known) => format!("did you mean \"{known}\"?"),
                None => "add a [[bus]] with this name, or name one that exists".to_owned(),
            };
            problems.add(bus.span.clone(), format!("bus \"{}\" does not exist", shown(bus.value)), help);
        }
        found
    }

    fn address(&self, table: &mut Table<'_>, problems: &mut Problems) -> Option<Member<Address>> {
        if !table.has("address") {
            problems.add(
                table.header(),
                "the device on a bus has no \"address\"",
                "add address = 0 to 126, its own on this bus",
            );
        }
        let written = table.integer("address", problems)?;
        let address = u8::try_from(written.value).ok().and_then(|number| Address::parse(number).ok());
        if address.is_none() {
            let message = format!("{} is no address of an OSDP device", written.value);
            problems.add(written.span.clone(), message, "use 0 to 126; 127 is broadcast");
        }
        address.map(|value| Member { value, span: written.span })
    }

    fn take_address(&mut self, bus: usize, address: &Member<Address>, name: &str, problems: &mut Problems) {
        let number = address.value.number();
        match self.addresses.get(&(bus, number)) {
            Some(other) => {
                let bus = self.buses.get(bus).map_or("", String::as_str);
                let message =
                    format!("address {number} on bus \"{bus}\" is already taken by device \"{}\"", shown(other));
                problems.add(address.span.clone(), message, "give each device on a bus an address of its own");
            }
            None => {
                self.addresses.insert((bus, number), name.to_owned());
            }
        }
    }

    fn key(&mut self, name: &str, file: &Member<&str>, problems: &mut Problems) -> Option<DeviceKey> {
        let path = self.base.join(file.value);
        let make = || format!("make one with: (umask 077; openssl rand -hex 16 > {})", path.display());
        let bytes = match read_private(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let help =
                    if error.is_missing() { make() } else { "the key file must be the daemon's alone".to_owned() };
                problems.add(file.span.clone(), file_problem("key", &error), help);
                return None;
            }
        };
        let key = match DeviceKey::from_text(&bytes) {
            Ok(key) => key,
            Err(refused) => {
                problems.add(file.span.clone(), refused.to_string(), make());
                return None;
            }
        };
        match self.keys.iter().find(|(other, _)| *other == key) {
            Some((_, other)) => {
                let message = format!("device \"{}\" has the same key", shown(other));
                problems.add(
                    file.span.clone(),
                    message,
                    "a key proves one device only if no other has it; draw a new one",
                );
            }
            None => self.keys.push((key.clone(), name.to_owned())),
        }
        Some(key)
    }
}

fn file_problem(what: &str, error: &PrivateFileError) -> String {
    format!("the {what} file cannot be used: {error}")
}

/// The password in a file: one line.
pub(super) fn read_password(file: &Member<&str>, base: &Path, problems: &mut Problems) -> Option<Secret> {
    let path = base.join(file.value);
    let bytes = match read_private(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let help = format!("make one with: (umask 077; openssl rand -hex 16 > {})", path.display());
            problems.add(file.span.clone(), file_problem("password", &error), help);
            return None;
        }
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default().trim_end_matches(['\r', '\n']);
    if text.chars().count() < PASSWORD_MIN_CHARS || text.chars().any(char::is_control) {
        let message = "the password file does not hold one line of at least 12 characters";
        problems.add(file.span.clone(), message, "draw a new password; `openssl rand -hex 16` is long enough");
        return None;
    }
    Some(Secret(Zeroizing::new(text.to_owned())))
}

/// How the daemon signs in at an external broker by name and password; both or neither.
pub(super) fn read_login(
    table: &mut Table<'_>,
    base: &Path,
    problems: &mut Problems,
) -> Option<Option<(String, Secret)>> {
    read_named_login(table, ["username", "password_file"], base, problems)
}

/// Reads the name and the file of the password from these two members; both or neither.
pub(super) fn read_named_login(
    table: &mut Table<'_>,
    members: [&'static str; 2],
    base: &Path,
    problems: &mut Problems,
) -> Option<Option<(String, Secret)>> {
    let [username, password_file] = members;
    if !table.has(username) && !table.has(password_file) {
        table.pass_over(&members);
        return Some(None);
    }
    let username = table.required(username, problems);
    let password = table.required(password_file, problems).and_then(|file| read_password(&file, base, problems));
    Some(Some((username?.value.to_owned(), password?)))
}

/// Where an external broker is, and whether it is spoken to inside TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokerUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
}

/// Whether a broker is spoken to inside TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// `mqtts://`.
    Inside,
    /// `mqtt://`.
    Plain,
}

impl BrokerUrl {
    /// Whether what is said to the broker stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Reads `mqtts://host[:port]` or `mqtt://host[:port]`.
pub(super) fn broker(url: &Member<&str>, problems: &mut Problems) -> Option<BrokerUrl> {
    let help = "write url = \"mqtts://host:8883\"";
    let mut refuse = |message: &str, help: &str| {
        problems.add(url.span.clone(), message, help);
        None
    };
    let inside = url.value.strip_prefix("mqtts://").map(|rest| (rest, Tls::Inside, MQTTS_PORT));
    let plain = || url.value.strip_prefix("mqtt://").map(|rest| (rest, Tls::Plain, MQTT_PORT));
    let Some((rest, tls, usual_port)) = inside.or_else(plain) else {
        return refuse("the broker's url begins neither with mqtts:// nor with mqtt://", help);
    };
    if rest.contains('@') {
        return refuse("the broker's url holds a login", "use username and password_file");
    }
    match host_and_port(rest.strip_suffix('/').unwrap_or(rest), usual_port) {
        Some((host, port)) => Some(BrokerUrl { host, port, tls }),
        None => refuse("the broker's url has no valid host and port", help),
    }
}

fn host_and_port(text: &str, usual_port: u16) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok().filter(|port| *port != 0)),
        _ => (text, Some(usual_port)),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let bracketed = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let address = bracketed.filter(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    let named = Some(host).filter(|host| !host.is_empty() && host.chars().all(plain));
    Some((address.or(named)?.to_owned(), port?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broker_urls_are_host_and_port() {
        let check = |url: &str, expect: Option<(&str, u16)>| {
            let mut problems = Problems::default();
            let tls = if url.starts_with("mqtts") { Tls::Inside } else { Tls::Plain };
            let got = broker(&Member { value: url, span: 0..0 }, &mut problems);
            assert_eq!(got, expect.map(|(host, port)| BrokerUrl { host: host.to_owned(), port, tls }), "{url}");
            assert_eq!(problems.is_empty(), expect.is_some(), "{url}");
        };
        check("mqtt://broker:1884", Some(("broker", 1884)));
        check("mqtt://broker.lon1.example/", Some(("broker.lon1.example", 1883)));
        check("mqtt://10.20.0.5", Some(("10.20.0.5", 1883)));
        check("mqtt://[::1]:1885", Some(("::1", 1885)));
        check("mqtt://[::1]", Some(("::1", 1883)));
        check("mqtts://broker", Some(("broker", 8883)));
        check("mqtts://broker:1884", Some(("broker", 1884)));
        check("https://broker", None);
        check("broker:1883", None);
        check("mqtt://", None);
        check("mqtt://broker:0", None);
        check("mqtt://broker:65536", None);
        check("mqtt://me:secret@broker", None);
        check("mqtt://[::1:1883", None);
        check("mqtt://a b", None);
    }
}
