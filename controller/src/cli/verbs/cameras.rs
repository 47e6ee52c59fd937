//! Cameras: which there are and how each is; and the stills of an event or alarm as files. Each picture is compared with the digest
//! that the daemon tells, which is the journal's.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Report, Session, Target, list, screens, single, with};
use crate::cli::arguments::{CameraVerb, EventStills};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::column::CAMERAS;

/// What can be asked about cameras.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn camera(session: &Session, verb: &CameraVerb) -> Result<Report, Failure> {
    match verb {
        CameraVerb::List(part) => {
            let empty = "no cameras; [[camera]] of the site file names them";
            list(session, Target::new(&["cameras"]), part, "CameraList", CAMERAS, empty).await
        }
        CameraVerb::Show { camera } => {
            let document = session.get(Target::new(&["cameras", camera])).await?;
            Ok(single("Camera", document, screens::camera))
        }
    }
}

/// Writes the stills of an event or alarm into a directory, and says which there are and which are not.
///
/// # Errors
/// The daemon does not answer or says no, a file cannot be written, or a picture is not what the journal has.
pub(super) async fn stills(session: &Session, wanted: &EventStills) -> Result<Report, Failure> {
    let which = if wanted.event.starts_with("alm-") { "alarms" } else { "events" };
    let mut document = session.get(Target::new(&["stills"]).query(which, &wanted.event)).await?;
    let stills = document.get_mut("stills").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    if stills.iter().any(|still| still["state"] == "kept") {
        std::fs::create_dir_all(&wanted.directory).map_err(|error| unwritten(&wanted.directory, &error))?;
    }
    let mut told = Vec::with_capacity(stills.len());
    for still in stills {
        let file = if still["state"] == "kept" { Some(save(session, &still, &wanted.directory).await?) } else { None };
        told.push(with(still, "file", json!(file.map(|path| path.display().to_string()))));
    }
    Ok(single("Stills", with(document, "stills", Value::Array(told)), screens::stills))
}

async fn save(session: &Session, still: &Value, directory: &Path) -> Result<PathBuf, Failure> {
    let id = still["id"].as_u64().unwrap_or_default().to_string();
    let picture = session.client.get_bytes(&Target::new(&["stills", &id, "picture"])).await?;
    let digest = HEXLOWER.encode(&Sha256::digest(&picture));
    if still["sha256"].as_str() != Some(&digest) {
        let detail = format!("the picture of still {id} is not the one whose SHA-256 was told");
        return Err(Failure::new(Exit::NotVerified, "not-verified", "A picture is not what was kept", detail, ""));
    }
    let path = directory.join(file_name(still, &id));
    let mut open = std::fs::OpenOptions::new();
    let written = open.write(true).create_new(true).mode(0o600).open(&path);
    written.and_then(|mut file| file.write_all(&picture)).map_err(|error| unwritten(&path, &error))?;
    Ok(path)
}

/// Such as `still-12-hall-a-20260803T081500Z.jpg`: of what the daemon tells only what is plain.
fn file_name(still: &Value, id: &str) -> String {
    let plain = |member: &str| -> String {
        let text = still[member].as_str().unwrap_or_default();
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect()
    };
    let moment: String = plain("wanted_at").chars().filter(|c| *c != '-').collect();
    let extension = match still["media_type"].as_str() {
        Some("image/jpeg") => "jpg",
        Some("image/png") => "png",
        Some("image/webp") => "webp",
        Some(_) | None => "bin",
    };
    format!("still-{id}-{}-{moment}.{extension}", plain("camera_name"))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let detail = format!("{} cannot be written: {error}", path.display());
    Failure::new(Exit::Failed, "not-written", "A file could not be written", detail, "choose another directory")
}
