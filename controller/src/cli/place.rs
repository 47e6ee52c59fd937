//! Where the daemon is: the directory that the demo and the command line agree on, and the sockets in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The socket of the daemon's API.
const API_SOCKET: &str = "rackward.sock";
/// The socket of the simulated world.
const SIM_SOCKET: &str = "sim.sock";
/// Where a site file keeps its state unless it says otherwise.
const STATE_DIR: &str = "state";

/// The variables of the environment that settle the default directory.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// `$XDG_STATE_HOME`.
    pub(crate) xdg_state_home: Option<OsString>,
    /// `$HOME`.
    pub(crate) home: Option<OsString>,
}

impl Environment {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self { xdg_state_home: std::env::var_os("XDG_STATE_HOME"), home: std::env::var_os("HOME") }
    }

    /// The default directory (XDG Base Directory Specification: a relative path there is invalid and ignored). A process
    /// without a home gets one under the system's directory for state.
    pub(crate) fn default_dir(&self) -> PathBuf {
        let absolute = |text: &Option<OsString>| text.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute(&self.xdg_state_home).or_else(|| Some(absolute(&self.home)?.join(".local/state")));
        state.unwrap_or_else(|| PathBuf::from("/var/lib")).join("rackward")
    }
}

/// The API's socket under `dir`: in it, or in its state directory when that is where one is.
pub(crate) fn api_socket(dir: &Path) -> PathBuf {
    let (here, in_state) = (dir.join(API_SOCKET), dir.join(STATE_DIR).join(API_SOCKET));
    if !here.exists() && in_state.exists() { in_state } else { here }
}

/// The simulated world's socket under `dir`.
pub(crate) fn sim_socket(dir: &Path) -> PathBuf {
    dir.join(SIM_SOCKET)
}

/// The state directory under `dir`: itself, or the one in it that a site file names by default.
pub(crate) fn state_dir(dir: &Path) -> PathBuf {
    let in_state = dir.join(STATE_DIR);
    if in_state.is_dir() { in_state } else { dir.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_place_follows_the_environment() {
        let check = |xdg: Option<&str>, home: Option<&str>, expect: &str| {
            let environment = Environment { xdg_state_home: xdg.map(OsString::from), home: home.map(OsString::from) };
            assert_eq!(environment.default_dir(), PathBuf::from(expect), "{xdg:?} {home:?}");
        };
        check(Some("/x/state"), Some("/home/a"), "/x/state/rackward");
        check(None, Some("/home/a"), "/home/a/.local/state/rackward");
        check(Some("relative"), Some("/home/a"), "/home/a/.local/state/rackward");
        check(Some(""), Some("/home/a"), "/home/a/.local/state/rackward");
        check(None, None, "/var/lib/rackward");
    }

    #[test]
    fn the_socket_is_found_in_the_directory_or_its_state() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(api_socket(dir.path()), dir.path().join("rackward.sock"));
        std::fs::create_dir(dir.path().join("state")).unwrap();
        std::fs::write(dir.path().join("state/rackward.sock"), "").unwrap();
        assert_eq!(api_socket(dir.path()), dir.path().join("state/rackward.sock"));
        std::fs::write(dir.path().join("rackward.sock"), "").unwrap();
        assert_eq!(api_socket(dir.path()), dir.path().join("rackward.sock"));
        assert_eq!(sim_socket(dir.path()), dir.path().join("sim.sock"));
        assert_eq!(state_dir(dir.path()), dir.path().join("state"));
    }
}
