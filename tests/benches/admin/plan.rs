//! `rackward plan` of a site with 10,000 doors and 100,000 people who each hold a profile, of which 50 lines were changed: the
//! command line and the daemon as they are shipped, from the line to its answer. Beside it stands how long reading and writing the
//! same files takes, which is the floor.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rackward_tests::bench::{Rounds, at_most, binary, build_dir};
use serde_json::{Value, json};

const DOORS: u32 = 10_000;
const DOORS_A_BUS: u32 = 50;
const PEOPLE: u32 = 100_000;
/// Profiles, each of as many doors as the next.
const PROFILES: u32 = 100;
const CHANGED_LINES: usize = 50;
/// One member in so many is changed.
const APART: usize = 97;
/// A thousand members are a team: so many have one that is changed.
const CHANGED_TEAMS: usize = 5;
/// How many changes go into one set.
const SET: u32 = 10_000;
const ROUNDS: usize = 5;
/// Seconds, on a quiet machine.
const AIM: f64 = 2.0;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or it ends now; there is nobody to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn run() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::Builder::new().prefix("bench-plan-").tempdir_in(build_dir())?;
    std::fs::write(dir.path().join("rackward.toml"), site_file())?;
    let _daemon = daemon(dir.path())?;
    let socket = dir.path().join("state/rackward.sock");
    people(&socket)?;
    let files = dir.path().join("files");
    cli(dir.path(), &["export", "site", "-f", &files.display().to_string()])?;
    // From then on the files look after what there is, as at a site that has worked with them for a while.
    cli(dir.path(), &["apply", "-f", &files.display().to_string(), "--adopt", "--reason", "measured", "-o", "json"])?;
    change(&files)?;
    let (mut plans, mut floors) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let planned = cli(dir.path(), &["plan", "-f", &files.display().to_string(), "-o", "json"])?;
        plans.add(began.elapsed().as_secs_f64());
        // Fifty members stand in the memberships of five teams; each of those is a line of the plan.
        assert_eq!(planned["counts"]["change"], json!(CHANGED_TEAMS), "{}", planned["counts"]);
        let began = Instant::now();
        for entry in std::fs::read_dir(&files)? {
            std::fs::write(dir.path().join("copy"), std::fs::read(entry?.path())?)?;
        }
        floors.add(began.elapsed().as_secs_f64());
    }
    let (least, most) = plans.spread();
    println!("plan of {PEOPLE} people and {DOORS} doors, seconds: {:.2} ({least:.2} to {most:.2})", plans.median());
    println!("reading and writing the same files: {:.3}", floors.median());
    at_most("admin-plan-seconds", plans.median(), AIM);
    Ok(())
}

fn site_file() -> String {
    let mut text = String::from(
        "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n[storage]\ndir = \"state\"\n[console]\nlisten = \"127.0.0.1:0\"\n\
         [[area]]\npath = \"lon1/hall\"\n",
    );
    for door in 0..DOORS {
        let (bus, address) = (door / DOORS_A_BUS, door % DOORS_A_BUS);
        if address == 0 {
            text += &format!("[[bus]]\nname = \"b{bus}\"\nport = \"/dev/rackward-bench-{bus}\"\nbaud = 115200\n");
        }
        text += &format!("[[door]]\npath = \"lon1/d{door}\"\nkind = \"door\"\narea = \"lon1/hall\"\n");
        let at = format!("door = \"lon1/d{door}\"\nbus = \"b{bus}\"\n");
        text += &format!("[[device]]\nname = \"l{door}\"\nrole = \"lock\"\n{at}address = {address}\n");
        let own = DOORS_A_BUS + address;
        text += &format!("[[device]]\nname = \"r{door}\"\nrole = \"reader\"\nside = \"out\"\n{at}address = {own}\n");
    }
    text
}

fn daemon(dir: &Path) -> Result<Running, Box<dyn Error>> {
    let mut command = Command::new(binary("rackward"));
    command.arg("run").arg("--config").arg(dir.join("rackward.toml"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut errors = BufReader::new(child.stderr.take().expect("its error stream"));
    let running = Running(child);
    let mut line = String::new();
    while errors.read_line(&mut line)? > 0 && !line.contains("daemon: ready") {
        line.clear();
    }
    assert!(line.contains("ready"), "the daemon did not start");
    // What it says goes on being read, so that it never waits for a reader.
    std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
    Ok(running)
}

/// Profiles, people and their memberships, in sets.
fn people(socket: &Path) -> Result<(), Box<dyn Error>> {
    let a_profile = DOORS / PROFILES;
    let profile = |number: u32| {
        let first = number * a_profile;
        let policies: Vec<Value> =
            (first..first + a_profile).map(|door| json!({ "door": format!("lon1/d{door}") })).collect();
        json!({ "do": "set_profile", "name": format!("team {number}"), "policies": policies })
    };
    give(socket, (0..PROFILES).map(profile).collect())?;
    for first in (0..PEOPLE).step_by(SET as usize / 2) {
        let one = |number: u32| {
            let (name, team) = (format!("Person {number}"), format!("team {}", number % PROFILES));
            let id = format!("n{number}");
            let person = json!({ "do": "create_person", "as": id, "name": name });
            let right =
                json!({ "do": "create_grant", "person": format!("@{id}"), "profile": team, "to_at": "PT8000H" });
            [person, right]
        };
        give(socket, (first..first + SET / 2).flat_map(one).collect())?;
    }
    Ok(())
}

fn give(socket: &Path, changes: Vec<Value>) -> Result<(), Box<dyn Error>> {
    let key = format!("{:?}", changes.first().map(ToString::to_string).unwrap_or_default().len() + changes.len());
    let body = json!({ "reason": "measured", "changes": changes }).to_string();
    let mut stream = UnixStream::connect(socket)?;
    let nonce = Instant::now();
    write!(
        stream,
        "POST /api/v1/changes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Idempotency-Key: \"{key} {nonce:?}\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{}", answer.chars().take(600).collect::<String>());
    Ok(())
}

/// Lets fifty members end at the midnight before.
fn change(files: &Path) -> Result<(), Box<dyn Error>> {
    let file: PathBuf = files.join("memberships.toml");
    let text = std::fs::read_to_string(&file)?;
    let mut ends = 0;
    let mut earlier = |line: &str| match line.split_once('T') {
        Some((day, _)) if day.starts_with("to_at = ") => {
            ends += 1;
            let is_changed = ends % APART == 0 && ends <= APART * CHANGED_LINES;
            if is_changed { format!("{day}T00:00:00.000Z\"") } else { line.to_owned() }
        }
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(&mut earlier).collect();
    std::fs::write(&file, lines.join("\n"))?;
    Ok(())
}

fn cli(dir: &Path, words: &[&str]) -> Result<Value, Box<dyn Error>> {
    let output = Command::new(binary("rackward")).arg("--dir").arg(dir).args(words).output()?;
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}
