//! Names of the site for a line that is being typed: asked of the daemon within a limit that nobody notices, and kept for a
//! while, so that a daemon which hangs costs the limit and no more. What persons are called is never kept: it is asked for
//! whenever it is wanted, of a daemon that records nothing of it and shows names to whom it may.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use crate::cli::client::{Client, Target};
use crate::secrets::replace_private;

/// How long the daemon may take: with what the program itself takes to start it stays within the 300 ms that a person at a
/// prompt does not call waiting.
const LIMIT: Duration = Duration::from_millis(200);
/// For so long what was learnt is not asked for again: the next keys of one word come faster.
const FRESH: Duration = Duration::from_secs(20);
/// For so long it is better than nothing.
const USABLE: Duration = Duration::from_secs(7 * 86_400);
/// How many names are offered at most: more is no help to anybody.
const OFFERED_MAX_COUNT: usize = 200;
/// How many names of one list are learnt at once: the longest page that the daemon gives.
const LEARNT_MAX_COUNT: &str = "1000";
/// The longest file with names that is read.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// Something that has names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    People,
    Doors,
    Racks,
    Areas,
    Points,
    Devices,
    Cameras,
    Buses,
    Grants,
    Alarms,
    Schedules,
    Calendars,
    Profiles,
    Organisations,
    Operators,
    Contexts,
}

impl List {
    /// What a value of this name stands for, under this noun.
    pub(super) fn called(name: &str, noun: &str) -> Option<Self> {
        Some(match (name, noun) {
            ("person" | "host", _) => Self::People,
            ("door", _) => Self::Doors,
            ("rack", _) => Self::Racks,
            ("area", _) => Self::Areas,
            ("point", _) => Self::Points,
            ("device", _) => Self::Devices,
            ("camera", _) => Self::Cameras,
            ("bus", _) => Self::Buses,
            ("grant", _) => Self::Grants,
            ("alarm", _) => Self::Alarms,
            ("schedule", _) | ("name", "schedule") => Self::Schedules,
            ("calendar", _) | ("name", "calendar") => Self::Calendars,
            ("profile", _) | ("name", "profile") => Self::Profiles,
            ("organisation" | "owner" | "guest", _) => Self::Organisations,
            ("operator", _) => Self::Operators,
            ("context", _) | ("name", "context") => Self::Contexts,
            _ => return None,
        })
    }

    /// Where its items are listed, which member names one, and which says more of it.
    const fn source(self) -> Option<(&'static str, &'static str, &'static str)> {
        Some(match self {
            Self::People => ("people", "id", "name"),
            Self::Doors => ("doors", "path", "kind"),
            Self::Cameras => ("cameras", "name", "id"),
            Self::Racks | Self::Areas => ("areas", "path", "kind"),
            Self::Points => ("points", "path", "door"),
            Self::Devices => ("devices", "name", "role"),
            Self::Buses => ("buses", "name", "state"),
            Self::Grants => ("grants", "id", "person"),
            Self::Alarms => ("alarms", "id", "kind"),
            Self::Schedules => ("schedules", "name", ""),
            Self::Calendars => ("calendars", "name", ""),
            Self::Profiles => ("profiles", "name", "owner"),
            Self::Organisations => ("organisations", "name", ""),
            Self::Operators => ("operators", "name", "role"),
            Self::Contexts => return None,
        })
    }

    /// Whether its names are the same in a moment, and nobody's personal data.
    const fn can_be_kept(self) -> bool {
        !matches!(self, Self::People | Self::Grants | Self::Alarms | Self::Operators | Self::Contexts)
    }
}

/// Whether a name goes on from what is typed, at its beginning or at that of a part of its path.
pub(super) fn fits(name: &str, typed: &str) -> bool {
    name.starts_with(typed) || name.match_indices('/').any(|(at, _)| name[at + 1..].starts_with(typed))
}

/// The names of a list that fit what is typed, each with what it is: from the daemon in time, else as they were learnt.
pub(super) async fn fitting(client: &Client, list: List, typed: &str, cache: Option<&Cache>) -> Vec<(String, String)> {
    let kept = cache.filter(|_| list.can_be_kept());
    if let Some(known) = kept.and_then(|cache| cache.read(list, FRESH)) {
        return chosen(list, &known, typed);
    }
    let answer = timeout(LIMIT, client.get(&target(list, typed))).await;
    match answer {
        Ok(Ok(answer)) => {
            if let Some(cache) = kept {
                cache.keep(list, &answer);
            }
            chosen(list, &answer, typed)
        }
        Ok(Err(_)) | Err(_) => {
            kept.and_then(|cache| cache.read(list, USABLE)).map(|known| chosen(list, &known, typed)).unwrap_or_default()
        }
    }
}

fn target(list: List, typed: &str) -> Target {
    let route = list.source().map_or("", |(route, ..)| route);
    let target = Target::new(&[route]);
    match list {
        // Persons are too many to be learnt: those are asked for whose names go on so, or a page of ids.
        List::People if !typed.is_empty() && !typed.starts_with("p-") => {
            target.query("name", typed).query("limit", &OFFERED_MAX_COUNT.to_string())
        }
        _ => target.query("limit", LEARNT_MAX_COUNT),
    }
}

/// What is offered of a list's answer.
fn chosen(list: List, answer: &Value, typed: &str) -> Vec<(String, String)> {
    let Some((_, name, about)) = list.source() else { return Vec::new() };
    let text = |item: &Value, member: &str| item.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let items = answer.get("items").and_then(Value::as_array).into_iter().flatten();
    let items = items.filter(|item| list != List::Racks || text(item, "kind") == "rack");
    let named = items.map(|item| (text(item, name), text(item, about)));
    // The daemon has looked at what persons are called, of which ids say nothing.
    let fit = named.filter(|(name, _)| fits(name, typed) || (list == List::People && !typed.starts_with("p-")));
    fit.filter(|(name, _)| !name.is_empty()).take(OFFERED_MAX_COUNT).collect()
}

/// Where names are kept for a while: a directory for each daemon, for its user alone.
pub(super) struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// That of a daemon (XDG Base Directory Specification: a relative path there is invalid and ignored).
    pub(super) fn of(variables: &BTreeMap<OsString, OsString>, daemon: &str) -> Option<Self> {
        let set = |name: &str| variables.get(&OsString::from(name)).map(PathBuf::from);
        let absolute = |name: &str| set(name).filter(|path| path.is_absolute());
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(daemon.as_bytes())[..8]);
        Some(Self { dir: base.join("rackward").join("names").join(digest) })
    }

    fn file(&self, list: List) -> PathBuf {
        self.dir.join(format!("{list:?}.json").to_lowercase())
    }

    /// What was learnt within so long.
    fn read(&self, list: List, within: Duration) -> Option<Value> {
        let path = self.file(list);
        let about = std::fs::metadata(&path).ok()?;
        let age = SystemTime::now().duration_since(about.modified().ok()?).unwrap_or_default();
        if age > within || about.len() > FILE_MAX_BYTES {
            return None;
        }
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Keeps what was learnt. Where that fails it is asked for again the next time, and that is all.
    fn keep(&self, list: List, answer: &Value) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        let bytes = answer.to_string();
        if made.is_ok() && bytes.len() as u64 <= FILE_MAX_BYTES {
            let _ = replace_private(&self.file(list), bytes.as_bytes(), &mut |_| Ok(()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::client::Narration;
    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixListener;

    fn client(dir: &std::path::Path) -> Client {
        Client::new(dir.join("rackward.sock"), Narration::Silent)
    }

    fn cache(dir: &std::path::Path) -> Cache {
        let variables = [("XDG_CACHE_HOME".into(), dir.as_os_str().to_owned())].into();
        Cache::of(&variables, "here").unwrap()
    }

    fn doors() -> Value {
        json!({"items": [{"path": "lon1/main", "kind": "door"}, {"path": "lon1/hall-a/entrance", "kind": "door"}]})
    }

    #[test]
    fn a_name_goes_on_from_any_part_of_its_path() {
        let check = |typed: &str, expect: bool| assert_eq!(fits("lon1/hall-a/r01", typed), expect, "{typed}");
        check("", true);
        check("lon", true);
        check("hall", true);
        check("r01", true);
        check("all", false);
        check("lon1/hall-a/r01/x", false);
    }

    #[test]
    fn racks_are_areas_of_a_kind_and_persons_are_found_by_name() {
        let areas =
            json!({"items": [{"path": "l/hall", "kind": "hall"}, {"path": "l/hall/r01", "kind": "rack"}, 7, {}]});
        assert_eq!(chosen(List::Racks, &areas, ""), [("l/hall/r01".to_owned(), "rack".to_owned())]);
        let people = json!({"items": [{"id": "p-7", "name": "A. Khan"}]});
        assert_eq!(chosen(List::People, &people, "kh"), [("p-7".to_owned(), "A. Khan".to_owned())]);
        assert_eq!(chosen(List::People, &people, "p-8"), []);
    }

    /// On a clock that stands still but for waits: a daemon that hangs costs the limit, and what was learnt is offered.
    #[tokio::test(start_paused = true)]
    async fn a_daemon_that_hangs_costs_the_limit_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("rackward.sock")).unwrap();
        let cache = cache(dir.path());
        cache.keep(List::Doors, &doors());
        // What is there is too old to be taken without asking.
        let old = SystemTime::now() - Duration::from_secs(3600);
        std::fs::File::options().write(true).open(cache.file(List::Doors)).unwrap().set_modified(old).unwrap();
        let begun = tokio::time::Instant::now();
        let offered = fitting(&client(dir.path()), List::Doors, "ma", Some(&cache)).await;
        assert_eq!(offered, [("lon1/main".to_owned(), "door".to_owned())]);
        assert!(begun.elapsed() <= Duration::from_millis(300), "{:?}", begun.elapsed());
        assert!(begun.elapsed() >= LIMIT, "the daemon was asked");
        drop(listener);
        let nobody = fitting(&client(dir.path()), List::Doors, "main", Some(&cache)).await;
        assert_eq!(nobody.len(), 1, "nor does one that is gone keep what was learnt from being offered");
    }

    #[tokio::test]
    async fn what_was_learnt_is_kept_unless_it_is_personal() {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("rackward.sock")).unwrap();
        let answers = [doors(), json!({"items": [{"id": "p-7", "name": "A. Khan"}]})];
        let far = tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await;
                let body = answer.to_string();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes()).await;
            }
        });
        let (client, cache) = (client(dir.path()), cache(dir.path()));
        assert_eq!(fitting(&client, List::Doors, "", Some(&cache)).await.len(), 2);
        assert_eq!(fitting(&client, List::Doors, "", Some(&cache)).await.len(), 2, "nobody was asked");
        assert_eq!(fitting(&client, List::People, "kh", Some(&cache)).await.len(), 1);
        far.await.unwrap();
        assert!(cache.file(List::Doors).exists() && !cache.file(List::People).exists());
    }
}
