//! The journal as evidence: its entries, and exports of them. The daemon writes an export as an archive of stored files
//! (`zip.rs` of the dashboard); with `--sign` that archive is what is kept, byte by byte as it comes, else the entries alone are
//! taken out of it. What breaks off on the way has no directory at its end, and nothing of it stays.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Session, Target, Text, events, screens, single};
use crate::cli::arguments::{AuditExport, AuditVerb};
use crate::cli::client::Opened;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;

/// How long no byte may come: a page of a large journal takes its time to be searched.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);
/// The longest export that is taken apart here; a longer one is kept whole, with --sign.
const TAKEN_APART_MAX_BYTES: usize = 256 << 20;
/// How much of the end of an archive is looked at: far more than the directory of its few files takes.
const TAIL_BYTES: usize = 1 << 16;

/// What the daemon is asked about evidence; `None` for what needs no daemon.
pub(super) async fn audit(session: &Session, verb: &AuditVerb) -> Option<Result<Report, Failure>> {
    Some(match verb {
        AuditVerb::List(wanted) => events::search(session, wanted).await,
        AuditVerb::Show { seq } => events::show(session, *seq).await,
        AuditVerb::Export(args) => export(session, args).await,
        AuditVerb::Key => key(session).await,
        AuditVerb::Verify { .. } => return None,
    })
}

/// By what the site's signatures are checked.
async fn key(session: &Session) -> Result<Report, Failure> {
    let text: Text = |document, _| document["verifier_key"].as_str().unwrap_or_default().to_owned();
    Ok(single("AuditKey", session.get(Target::new(&["audit", "key"])).await?, text))
}

async fn export(session: &Session, args: &AuditExport) -> Result<Report, Failure> {
    let target = Target::new(&["events", "export"])
        .maybe("q", args.query.as_deref())
        .maybe("from", args.from.as_deref())
        .maybe("to", args.to.as_deref())
        .query("format", args.format.word());
    let opened = session.client.fetch(&target).await?;
    let (document, signed) = match (&args.file, args.sign) {
        (Some(file), true) => {
            let (bytes, signed) = archive(session, opened, file).await?;
            (json!({ "file": file.display().to_string(), "bytes": bytes, "signed": signed }), signed)
        }
        (file, _) => {
            let text = entries(session, opened).await?;
            let (bytes, kept) = (text.len(), file.as_ref().map(|file| file.display().to_string()));
            if let Some(file) = file {
                new_file(file).and_then(|mut out| finished(file, out.write_all(text.as_bytes()), &out))?;
            }
            let text = if kept.is_some() { Value::Null } else { json!(text) };
            (json!({ "file": kept, "bytes": bytes, "text": text }), false)
        }
    };
    let document = super::with(document, "format", json!(args.format.word()));
    // Somebody relies on the signature: an archive without one is not what was wanted, though it is there.
    let exit = if args.sign && !signed { Exit::NotVerified } else { Exit::Done };
    Ok(Report::Single { kind: "AuditExport", document, text: screens::audit_exported, exit })
}

/// Keeps an archive as it comes; how long it is, and whether it is signed.
async fn archive(session: &Session, mut opened: Opened, path: &Path) -> Result<(u64, bool), Failure> {
    let mut out = new_file(path)?;
    let (mut bytes, mut tail) = (0_u64, Vec::new());
    let ended = loop {
        match next(session, &mut opened).await {
            Ok(Some(part)) => {
                bytes += part.len() as u64;
                tail.extend_from_slice(&part);
                if let Err(failure) = out.write_all(&part).map_err(|error| not_written(path, &error)) {
                    break Err(failure);
                }
                tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
            }
            Ok(None) => break filed(&tail).ok_or_else(|| cut_off(session)),
            Err(failure) => break Err(failure),
        }
    };
    let ended = ended.and_then(|files| finished(path, Ok(()), &out).map(|()| files));
    match ended {
        Ok(files) => Ok((bytes, files.iter().any(|file| file.name == "manifest.note"))),
        Err(failure) => {
            // What is left of it is no evidence; whoever cannot delete it sees that the verb failed.
            let _ = std::fs::remove_file(path);
            Err(failure)
        }
    }
}

/// The entries of an archive, without what goes with them.
async fn entries(session: &Session, mut opened: Opened) -> Result<String, Failure> {
    let mut whole = Vec::new();
    while let Some(part) = next(session, &mut opened).await? {
        if whole.len() + part.len() > TAKEN_APART_MAX_BYTES {
            let detail = format!("it is longer than {} MiB", TAKEN_APART_MAX_BYTES >> 20);
            let help = "ask for less with --from and --to, or keep the whole archive with --sign -f FILE";
            return Err(Failure::new(
                Exit::Invalid,
                "export-too-long",
                "the export is too long for this",
                detail,
                help,
            ));
        }
        whole.extend_from_slice(&part);
    }
    let found = filed(&whole).and_then(|files| data_of(&whole, files.first()?)).map(<[u8]>::to_vec);
    let text = found.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| cut_off(session))
}

async fn next(session: &Session, opened: &mut Opened) -> Result<Option<bytes::Bytes>, Failure> {
    let silent =
        |_| session.client.unreachable(format_args!("no byte of the export for {} s", SILENCE_LIMIT.as_secs()));
    timeout(SILENCE_LIMIT, opened.bytes()).await.map_err(silent)?.map_err(|error| session.client.unreachable(error))
}

fn cut_off(session: &Session) -> Failure {
    session.client.unreachable("the export was cut off; nothing of it was kept")
}

/// A file of an archive.
struct Filed {
    name: String,
    bytes: u64,
    /// Where its local header stands.
    at: u64,
}

/// Lengths of the records of an archive, and where in them something stands (APPNOTE 6.3.10, clauses 4.3.7, 4.3.12, 4.3.14 to
/// 4.3.16).
const LOCAL_BYTES: usize = 30;
const ENTRY_BYTES: usize = 46;
const END_64_BYTES: usize = 56;
const ENDS_BYTES: usize = END_64_BYTES + 20 + 22;

/// The files of an archive as its directory names them, from its last bytes; `None` of one that is not whole.
fn filed(tail: &[u8]) -> Option<Vec<Filed>> {
    let end = tail.get(tail.len().checked_sub(ENDS_BYTES)?..)?;
    if !end.starts_with(b"PK\x06\x06") {
        return None;
    }
    let length = usize::try_from(u64_at(end, 40)?).ok()?;
    let mut directory = tail.get(..tail.len() - ENDS_BYTES)?;
    directory = directory.get(directory.len().checked_sub(length)?..)?;
    let mut files = Vec::new();
    while !directory.is_empty() {
        if !directory.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra) = (u16_at(directory, 28)?, u16_at(directory, 30)?);
        let named = directory.get(ENTRY_BYTES..ENTRY_BYTES + name)?;
        // In the 64-bit form: a mark and a length of two bytes each, then the size twice and the place.
        let sizes = directory.get(ENTRY_BYTES + name..ENTRY_BYTES + name + extra)?;
        let name_text = String::from_utf8_lossy(named).into_owned();
        files.push(Filed { name: name_text, bytes: u64_at(sizes, 4)?, at: u64_at(sizes, 20)? });
        directory = directory.get(ENTRY_BYTES + name + extra + u16_at(directory, 32)?..)?;
    }
    Some(files)
}

/// What is in a file of a whole archive.
fn data_of<'a>(archive: &'a [u8], file: &Filed) -> Option<&'a [u8]> {
    let header = archive.get(usize::try_from(file.at).ok()?..)?;
    let begins = LOCAL_BYTES + u16_at(header, 26)? + u16_at(header, 28)?;
    header.get(begins..begins.checked_add(usize::try_from(file.bytes).ok()?)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Evidence is never written over other evidence.
fn new_file(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| Failure::usage("-f", &format!("{}: {error}", path.display())))
}

fn finished(path: &Path, written: std::io::Result<()>, file: &File) -> Result<(), Failure> {
    written.and_then(|()| file.sync_all()).map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    let detail = format!("{}: {error}", path.display());
    Failure::new(Exit::Failed, "not-written", "the export cannot be written", detail, "name a place with room for it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of two stored files, as the daemon writes it.
    fn archive_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (name, data) in files {
            let (at, length) = (out.len() as u64, (data.len() as u64).to_le_bytes());
            let name_length = (name.len() as u16).to_le_bytes();
            out.extend(
                [&b"PK\x03\x04"[..], &[0; 22], &name_length, &[20, 0], name.as_bytes(), &[0; 20], data].concat(),
            );
            out.extend([&b"PK\x07\x08"[..], &[0; 4], &length, &length].concat());
            directory
                .extend([&b"PK\x01\x02"[..], &[0; 24], &name_length, &[28, 0], &[0; 14], name.as_bytes()].concat());
            directory.extend([&[1, 0, 24, 0][..], &length, &length, &at.to_le_bytes()].concat());
        }
        let (begin, size) = ((out.len() as u64).to_le_bytes(), (directory.len() as u64).to_le_bytes());
        out.extend(directory);
        out.extend(
            [&b"PK\x06\x06"[..], &[0; 36], &size, &begin, b"PK\x06\x07", &[0; 16], b"PK\x05\x06", &[0; 18]].concat(),
        );
        out
    }

    #[test]
    fn entries_are_taken_out_of_a_whole_archive() {
        let archive = archive_of(&[("events.ndjson", b"{\"a\":1}\nPK\x01\x02"), ("manifest.json", b"{}")]);
        let files = filed(&archive).unwrap();
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["events.ndjson", "manifest.json"]);
        assert_eq!(data_of(&archive, &files[0]), Some(&b"{\"a\":1}\nPK\x01\x02"[..]));
        assert_eq!(data_of(&archive, &files[1]), Some(&b"{}"[..]));
    }

    #[test]
    fn whatever_is_cut_off_or_garbled_is_no_archive() {
        let archive = archive_of(&[("events.ndjson", b"{}"), ("manifest.note", b"note")]);
        for length in 0..archive.len() {
            assert!(filed(&archive[..length]).is_none(), "{length}");
        }
        for place in 0..archive.len() {
            for byte in [0, 0x7f, 0xff] {
                let mut garbled = archive.clone();
                garbled[place] = byte;
                // It may be another archive by that; it is read without a fault in any case.
                let files = filed(&garbled).unwrap_or_default();
                let found = files.iter().filter_map(|file| data_of(&garbled, file));
                assert!(found.map(<[u8]>::len).all(|length| length <= garbled.len()));
            }
        }
    }
}
