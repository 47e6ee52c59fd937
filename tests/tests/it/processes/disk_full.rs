//! The journal cannot be written: nobody is admitted, everybody is told on every channel that still works, the way out
//! stays free, and all is well again when there is room, without anybody's help. Told twice: with a file system that is
//! full, and with a limit on the size of files, which needs no rights.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use super::hands::{Hands, find, unlocked};
use super::http::Api;
use super::program::binary;
use super::site::{Daemon, Plan, Site};
use super::stream::{Event, Stream};

#[test]
fn files_may_not_grow() {
    let site = Site::lay_out(&Plan::default());
    // Without a handler the signal that comes with such a limit (SIGXFSZ) would end the process; a full disk sends none.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" run --config \"$1\""]).arg(binary("rackward")).arg(site.file());
    let daemon = site.daemon_by(shell);
    let pid = daemon.program.pid();
    story(&site, daemon, &Room::None, &mut |obstacle| match obstacle {
        Obstacle::Appears => limit_files(pid, Some(0)),
        Obstacle::Goes => limit_files(pid, None),
    });
}

#[test]
fn the_disk_is_full() {
    let site = Site::lay_out(&Plan::default());
    let Some(disk) = SmallDisk::mount(&site.path("state"), 8) else {
        println!("skipped: mounting a file system is not permitted here");
        return;
    };
    let daemon = site.daemon();
    story(&site, daemon, &Room::Some, &mut |obstacle| match obstacle {
        Obstacle::Appears => disk.fill(),
        Obstacle::Goes => disk.make_room(),
    });
    drop(disk);
}

#[test]
fn a_disk_that_is_nearly_full_is_an_alarm_while_all_is_well() {
    let site = Site::lay_out(&Plan::default());
    let Some(disk) = SmallDisk::mount(&site.path("state"), 16) else {
        println!("skipped: mounting a file system is not permitted here");
        return;
    };
    // The journal takes 4 MiB for its log at once.
    disk.fill_by(10 << 20);
    let daemon = site.daemon();
    let mut stream = Stream::open(&daemon.api, Some(0));
    let filling = |event: &Event| event.is("alarm.raised", "lon1") && event.says("kind") == "storage_filling";
    stream.find(0, "the disk is filling", filling);
    let hardware = site.hardware();
    daemon.whole(&mut stream);
    site.enrol();
    hardware.hands.badge("p-1", "main/in");
    stream.find(0, "a badge all the same", |event| event.is("access.granted", "main/in"));
    daemon.program.interrupt();
    verify(&site);
    drop(disk);
}

/// What happens to the disk.
enum Obstacle {
    Appears,
    Goes,
}

/// Whether the journal can still take entries in room that it had before.
enum Room {
    None,
    Some,
}

fn limit_files(pid: Pid, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(pid), Resource::Fsize, limit).unwrap();
}

/// A file system of its own for the storage directory.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    fn mount(at: &Path, size_mib: u32) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let options = format!("size={size_mib}m,mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|done| done.status.success()).then(|| Self { at: at.to_owned() })
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
    }

    /// Writes so many bytes.
    fn fill_by(&self, bytes: usize) {
        fs::write(self.filler(), vec![0; bytes]).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon that a failed test left behind still has files there.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn story(site: &Site, daemon: Daemon, room: &Room, disk: &mut dyn FnMut(Obstacle)) {
    let hardware = site.hardware();
    let (api, hands) = (&daemon.api, &hardware.hands);
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    hands.badge("p-1", "main/in");
    stream.find(0, "a badge while all is well", |event| event.is("access.granted", "main/in"));
    stream.find(0, "nobody passed", |event| event.is("access.not-taken", "lon1/main"));
    hands.all_locked();
    let console = Api::console(api.document("/api/v1/status")["http"].as_str().unwrap());
    assert_eq!(console.get("/healthz").status, 200);
    stream.read_to(api.head());
    let before = api.head();

    disk(Obstacle::Appears);
    find_out(api, hands, &mut stream, room);
    nobody_is_admitted(site, api, &console, hands);
    the_way_out_is_free(hands);

    disk(Obstacle::Goes);
    let well = stream.wait_for("the journal is well", |event| event.name == "journal");
    assert_eq!(well.json()["journal"], "writable");
    if matches!(room, Room::None) {
        stream.find(before, "the release was withheld", |event| event.is("door.release-withheld", "lon1/side"));
    }
    all_is_told(&mut stream, before);
    assert_eq!(console.get("/healthz").status, 200);
    hands.all_locked();
    let since = api.head();
    hands.badge("p-1", "main/in");
    stream.find(since, "a badge when all is well again", |event| event.is("access.granted", "main/in"));
    let grant = ["grant", "create", "--person", "p-3", "--door", "side", "--for", "1h", "--reason", "Test", "--json"];
    site.cli(&grant).json();
    verify(site);
    daemon.program.interrupt();
    verify(site);
}

#[track_caller]
fn verify(site: &Site) {
    let verified = site.cli(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

/// The first entry that finds no room tells everybody: a granted badge where the journal surely has none left, and one of
/// many commands where it goes on in room that it had taken before.
fn find_out(api: &Api, hands: &Hands, stream: &mut Stream, room: &Room) {
    let since = stream.last().unwrap();
    match room {
        Room::None => hands.badge("p-1", "side/in"),
        Room::Some => {
            let grant = api.document("/api/v1/grants")["items"][0].clone();
            let reason = "No room left. ".repeat(12);
            let body = json!({ "person": "p-3", "doors": ["lon1/main"], "to_at": grant["to_at"], "reason": reason });
            let create = || api.change("/api/v1/grants", &body.to_string()).status;
            let refused = std::iter::repeat_with(create).find(|status| *status != 201);
            assert_eq!(refused, Some(503), "a command that is not recorded is not done");
            // What keeps answers may have had less room left than the journal: cards that open nothing fill the rest.
            while api.document("/api/v1/status")["journal"] == "writable" {
                ["main/in", "side/in", "r01/c01/front"].iter().for_each(|point| hands.badge("stranger", point));
            }
        }
    }
    let told = stream.wait_for("the stream tells", |event| event.name == "journal");
    assert_eq!(told.json()["journal"], "unwritable");
    let granted = |event: &Event| event.name == "access.granted" && event.id.is_some_and(|id| id > since);
    assert!(!stream.seen.iter().any(granted), "what is not recorded is not granted");
    let door = hands.door("lon1/side");
    assert_eq!((&door["bolt"], &door["motor"]), (&"locked".into(), &false.into()));
}

fn nobody_is_admitted(site: &Site, api: &Api, console: &Api, hands: &Hands) {
    assert_eq!(console.get("/healthz").status, 200, "a restart would not help");
    let health = console.get("/readyz");
    assert_eq!(health.status, 503);
    assert_eq!(health.json()["journal"], "unwritable");
    let status = site.cli(&["status"]);
    assert!(status.out.contains("unwritable"), "{status:?}");
    let alarms = site.cli(&["alarm", "list"]);
    assert!(alarms.out.contains("journal_unwritable"), "{alarms:?}");
    let grant = ["grant", "create", "--person", "p-3", "--door", "side", "--for", "1h", "--reason", "Test"];
    let refused = site.cli(&grant);
    assert_eq!(refused.code, Some(11), "{refused:?}");

    for (person, point, device) in
        [("p-1", "main/in", "main-reader"), ("p-1", "r01/c01/front", "r01-handle"), ("p-2", "main/in", "main-reader")]
    {
        hands.badge(person, point);
        hands.eventually("the reader shows the fault", |state| shows_fault(state, device));
        let doors = hands.state();
        assert!(unlocked(&doors).is_empty(), "{person} at {point}: {doors:#}");
    }
    assert_eq!(api.document("/api/v1/status")["journal"], "unwritable");
}

/// Whether a device's light shows something that is neither "granted" nor its usual rest.
fn shows_fault(state: &Value, device: &str) -> bool {
    let light = &find(&state["devices"], "name", device)["light"];
    let result = &light["last_result"];
    !result.is_null() && result["on_colour"] != "green"
}

/// The exit button needs nobody's leave.
fn the_way_out_is_free(hands: &Hands) {
    hands.act("rex", &["lon1/main"]);
    hands.eventually("the exit button frees the door", |state| unlocked(state) == ["lon1/main"]);
    hands.all_locked();
}

/// Nothing that happened meanwhile is missing.
fn all_is_told(stream: &mut Stream, before: u64) {
    let check = |stream: &mut Stream, name: &str, member: &str, value: &str| {
        stream.find(before, &format!("{name} {value}"), |event| {
            event.name == name && (member.is_empty() || event.says(member) == value)
        });
    };
    check(stream, "alarm.raised", "kind", "journal_unwritable");
    check(stream, "access.denied", "reason", "no_decision");
    check(stream, "door.exit-released", "", "");
    check(stream, "journal.recovered", "", "");
    let raised = |event: &Event| event.is("alarm.raised", "") && event.says("kind") == "journal_unwritable";
    let raised = stream.find(before, "the alarm", raised);
    let alarm = raised.says("alarm_id");
    stream.find(before, "the alarm is over", |event| event.name == "alarm.returned" && event.says("alarm_id") == alarm);
}
