//! The tables about the daemon itself: where it keeps things, where it listens, which broker it uses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::report::Problems;
use super::table::{Root, Table};
use super::{MqttConfig, links};

/// Where the console listens unless the file says otherwise.
const HTTP_LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Where state is kept unless the file says otherwise, beside it.
const DIR_DEFAULT: &str = "state";

/// `[storage]`: the directory of journal, keys and local socket.
pub(super) fn read_dir(root: &Root<'_>, base: &Path, problems: &mut Problems) -> PathBuf {
    let mut dir = base.join(DIR_DEFAULT);
    if let Some(mut table) = root.section("storage") {
        if let Some(written) = table.text("dir", problems) {
            dir = base.join(written.value);
        }
        table.finish(problems);
    }
    dir
}

/// `[http]`: where the console listens. Without TLS of our own that is this machine alone.
pub(super) fn read_http(root: &Root<'_>, problems: &mut Problems) -> SocketAddr {
    let mut listen = HTTP_LISTEN_DEFAULT;
    if let Some(mut table) = root.section("http") {
        if let Some(written) = table.address("listen", problems) {
            listen = written.value;
            if !listen.ip().is_loopback() {
                let message = format!("the console would be served without encryption on {}", listen.ip());
                problems.add(written.span, message, "listen on 127.0.0.1 or [::1] and put a TLS proxy in front");
            }
        }
        table.finish(problems);
    }
    listen
}

/// `[mqtt]`: the embedded broker or an external one.
pub(super) fn read_mqtt(mut table: Table<'_>, base: &Path, problems: &mut Problems) -> Option<MqttConfig> {
    let mqtt = match (table.has("listen"), table.has("url")) {
        (true, false) => {
            table.pass_over(&["url"]);
            embedded(&mut table, problems)
        }
        (false, true) => {
            table.pass_over(&["listen"]);
            external(&mut table, base, problems)
        }
        (listen, _) => {
            table.pass_over(&["listen", "url", "username", "password_file"]);
            let (message, help) = if listen {
                ("[mqtt] has listen and url", "keep listen for the embedded broker or url for an external one")
            } else {
                (
                    "[mqtt] names no broker",
                    "write listen = \"127.0.0.1:1883\" for the embedded one or url = \"mqtt://host:1883\"",
                )
            };
            problems.add(table.span_of("url"), message, help);
            None
        }
    };
    table.finish(problems);
    mqtt
}

fn embedded(table: &mut Table<'_>, problems: &mut Problems) -> Option<MqttConfig> {
    let listen = table.address("listen", problems)?;
    if cfg!(not(feature = "embedded-broker")) {
        let help = "name an external one with url = \"mqtt://host:1883\"";
        problems.add(listen.span.clone(), "this program was built without its embedded broker", help);
    }
    if !listen.value.ip().is_loopback() {
        let message = format!("the embedded broker would take passwords without encryption on {}", listen.value.ip());
        problems.add(listen.span, message, "listen on 127.0.0.1 or [::1], or name an external broker with url");
    }
    Some(MqttConfig::Embedded { listen: listen.value })
}

fn external(table: &mut Table<'_>, base: &Path, problems: &mut Problems) -> Option<MqttConfig> {
    let address = table.text("url", problems).and_then(|url| links::broker(url, problems));
    let login = links::read_login(table, base, problems);
    let ((host, port), (username, password)) = (address?, login?);
    Some(MqttConfig::External { host, port, username, password })
}
