//! `[cameras]` and `[[camera]]`: which cameras there are, what they cover, how they are reached, and for how long their stills are
//! kept. Whether the places exist is the core's to find.
//!
//! Decides what would be unsafe: an address that lies in no network that was named, a password in the clear, one that others can
//! read. A name is looked up at every request, not here, and what it leads to is checked then.

use std::path::Path;
use std::sync::Arc;

use rackward_core::site::camera::{AlsoWanted, Evidence};
use rackward_core::site::draft::CameraDraft;

use super::Origin;
use super::links::read_named_login;
use super::report::Problems;
use super::table::{Member, Root, Table, shown};
use crate::cameras::{CameraAccess, CameraKind, CameraLogin, CameraSettings, Keeping, Video};
use crate::webhooks::{Endpoint, Guard, NoEndpoint};

use super::webhooks::{read_networks, read_trust};

/// How many cameras there may be. Each has tasks of its own; a hall has dozens.
const CAMERAS_LIMIT: usize = 512;
/// How many places one camera may cover.
const PLACES_LIMIT: usize = 256;
/// For how many days stills may be kept: ten years.
const DAYS: core::ops::RangeInclusive<i64> = 1..=3_650;
/// How many mebibytes they may take: from a few stills to a terabyte.
const MEBIBYTES: core::ops::RangeInclusive<i64> = 16..=1_048_576;
/// For how many seconds the latest pictures of a camera may be kept in memory: up to one a second of 4 MiB each.
const RING_SECONDS: core::ops::RangeInclusive<i64> = 5..=15;
/// The longest name of a camera in its recorder.
const RECORDER_NAME_MAX_BYTES: usize = 64;
/// Before the address in the name of a line of cameras.
const CAMERA_LINES: &str = "cameras/";

/// What the file says of cameras: for the site, for those who ask them, and where it stands.
#[derive(Default)]
pub(super) struct Cameras {
    pub(super) drafts: Vec<CameraDraft>,
    pub(super) origins: Vec<Origin>,
    pub(super) settings: CameraSettings,
}

impl Cameras {
    /// Reads both tables; none of them is needed.
    pub(super) fn read(root: &Root<'_>, base: &Path, problems: &mut Problems) -> Self {
        let tables = root.list("camera");
        let mut cameras = Self::default();
        let guard = read_section(root, tables.first(), &mut cameras.settings, problems);
        for (place, table) in tables.into_iter().enumerate() {
            if place == CAMERAS_LIMIT {
                let help = "let a recorder look after the others";
                problems.add(table.header(), format!("more than {CAMERAS_LIMIT} cameras"), help);
            }
            cameras.camera(table, base, &guard, problems);
        }
        cameras.settings.guard = Arc::new(guard);
        cameras
    }

    fn camera(&mut self, mut table: Table<'_>, base: &Path, guard: &Guard, problems: &mut Problems) {
        let name = table.required("name", problems).map(|name| name.value.to_owned()).unwrap_or_default();
        let covers = read_covers(&mut table, problems);
        let is_evidence = table.flag("evidence", problems).unwrap_or_default();
        let also = read_also(&mut table, problems);
        let endpoint = table.required("url", problems).and_then(|url| read_url(&url, guard, problems));
        let kind = read_kind(&mut table, &name, problems);
        let login = read_login(&mut table, base, endpoint.as_ref(), problems);
        let trust = read_trust(&mut table, base, "the camera's or recorder's", problems);
        let recorder = matches!(kind, Some(CameraKind::Frigate { .. }));
        let line = endpoint.as_ref().filter(|_| recorder).map(|at| format!("{CAMERA_LINES}{}", at.authority()));
        let evidence = if is_evidence { Evidence::Yes } else { Evidence::No };
        self.drafts.push(CameraDraft { name: name.clone(), covers, evidence, also, line });
        self.origins.push(table.origin());
        table.finish(problems);
        if let (Some(endpoint), Some(kind), Some(trust)) = (endpoint, kind, trust) {
            self.settings.cameras.push(CameraAccess { name, endpoint, kind, login, trust });
        }
    }
}

/// The networks that cameras may belong to, and for how long stills are kept.
fn read_section(
    root: &Root<'_>,
    first: Option<&Table<'_>>,
    settings: &mut CameraSettings,
    problems: &mut Problems,
) -> Guard {
    let Some(mut table) = root.section("cameras") else {
        if let Some(camera) = first {
            let help = "add [cameras] with networks = [\"10.0.8.0/24\"]: those that cameras and recorders belong to";
            problems.add(camera.header(), "there are cameras and no [cameras]", help);
        }
        return Guard::only(Vec::new());
    };
    let networks = read_networks(&mut table, "networks", problems);
    if networks.is_empty() && !table.has("networks") {
        let message = "[cameras] names no network, so no camera can be asked";
        problems.add(table.header(), message, "add networks = [\"10.0.8.0/24\"]");
    }
    let days = bounded(&mut table, "keep_days", DAYS, problems).unwrap_or(Keeping::DAYS_DEFAULT);
    let mebibytes = bounded(&mut table, "keep_mib", MEBIBYTES, problems).unwrap_or(Keeping::MEBIBYTES_DEFAULT);
    settings.keeping = Keeping::of(days, mebibytes);
    table.finish(problems);
    Guard::only(networks)
}

fn bounded(
    table: &mut Table<'_>,
    key: &'static str,
    range: core::ops::RangeInclusive<i64>,
    problems: &mut Problems,
) -> Option<u32> {
    let written = table.integer(key, problems)?;
    if !range.contains(&written.value) {
        let message = format!("{} is too little or too much for {key}", written.value);
        problems.add(written.span, message, format!("write a number from {} to {}", range.start(), range.end()));
        return None;
    }
    u32::try_from(written.value).ok()
}

fn read_covers(table: &mut Table<'_>, problems: &mut Problems) -> Vec<String> {
    if !table.has("covers") {
        table.pass_over(&["covers"]);
        // That it covers nothing is the core's to say.
        return Vec::new();
    }
    let written = table.texts("covers", problems).unwrap_or_default();
    if written.len() > PLACES_LIMIT {
        let message = format!("the camera covers more than {PLACES_LIMIT} places");
        problems.add(table.span_of("covers"), message, "name the area around them");
    }
    written.into_iter().map(|path| path.value.to_owned()).collect()
}

fn read_also(table: &mut Table<'_>, problems: &mut Problems) -> AlsoWanted {
    let mut also = AlsoWanted::default();
    for word in table.texts_or_none("also", problems).unwrap_or_default() {
        match word.value {
            "minor-alarms" => also.minor_alarms = true,
            "openings" => also.openings = true,
            "denials" => also.denials = true,
            other => {
                let message = format!("\"{}\" is nothing that stills are wanted of", shown(other));
                problems.add(word.span, message, "write some of \"minor-alarms\", \"openings\" and \"denials\"");
            }
        }
    }
    also
}

/// The URL is never repeated: its path may hold a token.
fn read_url(url: &Member<&str>, guard: &Guard, problems: &mut Problems) -> Option<Endpoint> {
    let refused = match Endpoint::parse(url.value, guard) {
        Ok(endpoint) => return Some(endpoint),
        Err(NoEndpoint::Plain) => "pictures would come in the clear from an address that no network of [cameras] has",
        Err(NoEndpoint::Login) => "it holds a login; write username and password_file instead",
        Err(NoEndpoint::Scheme) => "it begins neither with https:// nor with http://",
        Err(NoEndpoint::Malformed) => "it is no URL",
    };
    let help =
        "write url = \"https://host:port\"; http:// is for addresses written as numbers that cameras.networks has";
    problems.add(url.span.clone(), format!("the url of the camera cannot be used: {refused}"), help);
    None
}

/// What stands there, and what is said of it and of nothing else.
fn read_kind(table: &mut Table<'_>, name: &str, problems: &mut Problems) -> Option<CameraKind> {
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Frigate,
        Snapshot,
    }
    let kind = table.required_choice("kind", &[("frigate", Kind::Frigate), ("snapshot", Kind::Snapshot)], problems);
    let camera = table.text("camera", problems);
    let keeps_video = table.flag("keep_video", problems).unwrap_or_default();
    let keep = bounded(table, "keep_seconds", RING_SECONDS, problems).and_then(|seconds| u8::try_from(seconds).ok());
    let mut misplaced = |keys: &[&'static str], help: &str| {
        for key in keys.iter().filter(|key| table.has(key)) {
            problems.add(table.span_of(key), format!("{key} does nothing at such a camera"), help);
        }
    };
    match kind?.value {
        Kind::Frigate => {
            misplaced(&["keep_seconds"], "remove it: the recorder has what is over");
            let written = camera.as_ref().map_or(name, |camera| camera.value);
            if written.len() > RECORDER_NAME_MAX_BYTES {
                let span = table.span_of("camera");
                problems.add(span, "no recorder calls a camera so", "write the name from its configuration");
            }
            let video = if keeps_video { Video::Keep } else { Video::AsItDoes };
            Some(CameraKind::Frigate { camera: written.to_owned(), video })
        }
        Kind::Snapshot => {
            misplaced(&["camera", "keep_video"], "remove it, or write kind = \"frigate\"");
            Some(CameraKind::Snapshot { keep })
        }
    }
}

fn read_login(
    table: &mut Table<'_>,
    base: &Path,
    endpoint: Option<&Endpoint>,
    problems: &mut Problems,
) -> Option<CameraLogin> {
    let has_login = table.has("username") || table.has("password_file");
    let (username, password) = read_named_login(table, ["username", "password_file"], base, problems)??;
    if has_login && endpoint.is_some_and(|endpoint| !endpoint.is_over_tls()) {
        let message = "the password of the camera would go out in the clear";
        problems.add(
            table.span_of("password_file"),
            message,
            "write url = \"https://...\", with ca_file if it needs one",
        );
    }
    Some(CameraLogin { username, password })
}
