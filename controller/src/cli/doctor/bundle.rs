//! The support bundle as a file: what would be in it is listed, it is asked whether it shall be written, and it is written for its
//! owner alone. A file that is there is never written over. Where no daemon answers it holds what was found here.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rackward_core::Wall;
use rackward_dashboard::support::{self, CHECKS, DAEMON, NEVER, Piece};
use serde_json::{Value, json};

use super::checks::Check;
use super::{Manner, screens};
use crate::account;
use crate::cli::client::{Client, Target};
use crate::cli::failure::{Exit, Failure};
use crate::cli::prompt;
use crate::cli::verbs::Consent;
use crate::clock;

/// Refuses a file that is there, before anything is asked of anybody.
///
/// # Errors
/// Something has that name.
pub(super) fn refuse_to_overwrite(file: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(file) {
        Ok(_) => Err(taken(file)),
        Err(_) => Ok(()),
    }
}

/// Lists what a bundle would hold, asks, and writes it; gives what was written.
///
/// # Errors
/// The daemon says no, somebody says no, or the file cannot be written.
pub(super) async fn write(
    file: &Path,
    client: Option<&Client>,
    found: &[Check],
    manner: Manner,
) -> Result<Value, Failure> {
    let own = pieces(found);
    let listed = match client {
        Some(client) => client.get(&Target::new(&["support-bundle"])).await?,
        None => {
            let files: Vec<_> = own.iter().map(Piece::listed).collect();
            json!({ "files": files, "never": NEVER })
        }
    };
    eprintln!("{}", screens::contents(&listed, file));
    agree(manner).await?;
    let bytes = match client {
        Some(client) => client.get_bytes(&Target::new(&["support-bundle", "download"])).await?,
        None => {
            let version = env!("CARGO_PKG_VERSION");
            support::unsigned(&own, version, now())
                .ok_or_else(|| Failure::usage("--bundle", &"it cannot be made"))?
                .into()
        }
    };
    write_new(file, &bytes)?;
    Ok(json!({
        "file": file.display().to_string(), "bytes": bytes.len(), "of": if client.is_some() { "daemon" } else { "here" },
        "files": listed["files"],
    }))
}

/// What is told where no daemon answers: this program, this machine, and what came of each check.
fn pieces(found: &[Check]) -> Vec<Piece> {
    let outcomes: Vec<Value> = found.iter().map(Check::outcome).collect();
    vec![Piece::document(DAEMON, &account::program()), Piece::document(CHECKS, &outcomes)]
}

fn now() -> Wall {
    clock::now().wall
}

/// Asks whether it shall be written.
async fn agree(manner: Manner) -> Result<(), Failure> {
    if manner.consent == Consent::Given {
        return Ok(());
    }
    if !manner.prompting.reaches_somebody() {
        let problem = "nobody can be asked whether this shall be written; look at the list and add --yes";
        return Err(Failure::usage("--bundle", &problem));
    }
    if prompt::agreed("Write it?").await? {
        return Ok(());
    }
    Err(Failure::new(Exit::Cancelled, "cancelled", "nothing was written", "you did not say yes", ""))
}

/// Writes a file that its owner alone can read.
fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).and_then(|mut open| {
        open.write_all(bytes)?;
        open.sync_all()
    });
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => taken(file),
        _ => Failure::usage("--bundle", &format!("{}: {error}", file.display())),
    })
}

fn taken(file: &Path) -> Failure {
    Failure::usage("--bundle", &format!("{} is there already and is left as it is; name another file", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_bundle_is_for_its_owner_and_writes_over_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("support.zip");
        write_new(&file, b"one").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write_new(&file, b"two").unwrap_err().text().contains("left as it is"));
        assert!(refuse_to_overwrite(&file).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"one");
        // A link to nowhere has the name as well.
        let link = dir.path().join("link.zip");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(refuse_to_overwrite(&link).is_err() && write_new(&link, b"x").is_err());
    }

    #[test]
    fn what_is_told_without_a_daemon_has_no_words_of_others() {
        let failure = Failure::new(Exit::Unreachable, "x", "no answer", "console.secret.example: refused", "");
        let pieces = pieces(&[Check::failed("reachability", &failure)]);
        let archive = support::unsigned(&pieces, "0", now()).unwrap();
        let text = String::from_utf8_lossy(&archive);
        assert!(text.contains("reachability") && !text.contains("console.secret.example"));
    }
}
