//! A supervisor starts a daemon anew whose loop no longer turns, and nothing is lost by it: the doors are where they were and
//! the alarms stand as they stood. The supervisor here speaks systemd's protocol (sd_notify(3), systemd.service(5),
//! `WatchdogSec=`): it hears `WATCHDOG=1` over a socket, and where nothing comes for too long it ends the daemon with SIGABRT
//! and starts it again.

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::PATIENCE;
use super::http::Api;
use super::site::{Daemon, Plan, Site};

/// How long a loop may be silent before the supervisor ends it. Units say ten seconds; a loop that turns says so every second.
const WATCHDOG: Duration = Duration::from_secs(3);

/// A supervisor of one daemon.
struct Supervisor<'a> {
    site: &'a Site,
    socket: UnixDatagram,
}

impl<'a> Supervisor<'a> {
    fn of(site: &'a Site) -> Self {
        Self { site, socket: UnixDatagram::bind(site.path("notify")).unwrap() }
    }

    /// Starts the daemon and waits until it says that it serves.
    fn start(&self) -> Daemon {
        let mut command = self.site.daemon_command();
        command.env("NOTIFY_SOCKET", self.site.path("notify"));
        let daemon = self.site.daemon_by(command);
        while self.heard(PATIENCE).expect("the daemon says that it is ready") != "READY=1" {}
        daemon
    }

    /// What the daemon says next, if it says anything in time.
    fn heard(&self, limit: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(limit)).unwrap();
        let mut bytes = [0; 64];
        let length = self.socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..length].to_vec()).unwrap())
    }

    /// Listens until the daemon has been silent for too long, then ends it as systemd does: SIGABRT, and SIGCONT for one that
    /// stands still.
    fn end_when_silent(&self, mut daemon: Daemon) {
        while self.heard(WATCHDOG).is_some() {}
        daemon.program.signal(Signal::ABORT);
        daemon.program.signal(Signal::CONT);
        assert_eq!(daemon.program.wait().signal(), Some(6), "ended by SIGABRT");
    }
}

/// What a guard sees: doors, and alarms with who has seen them; how full the disk of this machine is, is its own matter.
fn seen(api: &Api) -> (Value, Value) {
    let doors = api.whole_list("/api/v1/doors");
    let told = |alarm: &Value| json!([alarm["id"], alarm["kind"], alarm["source"], alarm["active"], alarm["acked"]]);
    let alarms = api.whole_list("/api/v1/alarms");
    let of_the_site = |alarm: &&Value| alarm["kind"] != "storage_filling";
    let alarms = alarms.as_array().unwrap().iter().filter(of_the_site).map(told).collect();
    (doors, Value::Array(alarms))
}

#[test]
fn a_loop_that_stands_still_is_started_anew_and_doors_and_alarms_are_as_they_were() {
    let site = Site::lay_out(&Plan::default());
    let hardware = site.hardware();
    let supervisor = Supervisor::of(&site);
    let daemon = supervisor.start();
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    hardware.hands.act("force", &["lon1/main"]);
    let raised = stream.wait_for("the alarm", |event| {
        event.is("alarm.raised", "lon1/main") && event.says("kind") == "door_forced_open"
    });
    let alarm = raised.says("alarm_id");
    site.cli(&["alarm", "ack", alarm.as_str().unwrap(), "--note", "a guard is on the way", "--json"]).json();
    let before = seen(&daemon.api);
    assert_eq!(before.1[0][1], "door_forced_open", "{before:?}");
    // The whole process stands still, the loop that decides with it.
    daemon.program.signal(Signal::STOP);
    supervisor.end_when_silent(daemon);
    let daemon = supervisor.start();
    daemon.whole(&mut daemon.stream());
    assert_eq!(seen(&daemon.api), before);
    assert_eq!(supervisor.heard(WATCHDOG).as_deref(), Some("WATCHDOG=1"));
    daemon.program.interrupt();
}
