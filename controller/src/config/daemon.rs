//! The tables about the daemon itself: where it keeps things, where the console listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::report::Problems;
use super::table::Root;

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
