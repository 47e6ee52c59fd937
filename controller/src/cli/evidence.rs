//! Evidence that was handed on, checked without a daemon: the site's signature under it, every byte that was signed, and every entry
//! of the journal in it. Evidence is an archive with a manifest, or that archive unpacked, or a file of records (of an access review).
//!
//! Decides what makes evidence whole. How archives are read is `evidence/archive.rs`'s; whether the journal still holds is
//! `store/verify.rs`'s.

pub(in crate::cli) mod archive;

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rackward_core::id::Seq;
use rackward_dashboard::wire::note::{EvidenceNote, head_json, link_of};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::failure::{Exit, Failure};
use super::output::{Report, Screen};
use crate::note::VerifierKey;
use archive::Archive;

/// The longest line of evidence, many times what ours have. As JSON in memory a line takes up to thirty times as much.
const LINE_MAX_BYTES: u64 = 4 << 20;
/// What an archive says of its other files, and what is signed of that.
const MANIFEST: &str = "manifest.json";
/// A file of an archive that is evidence in itself.
const RECORDS: &str = "review.ndjson";

/// The longest manifest, note and chain of an archive, which has 2,000 entries at most.
const FILE_MAX_BYTES: u64 = 32 << 20;
/// The most problems that are told one by one.
const TOLD_PROBLEMS: usize = 50;
/// How much of a file is hashed at once.
const PART_BYTES: usize = 64 << 10;

/// Checks evidence against the key that the site signs by.
///
/// # Errors
/// It cannot be read, or is not what the site signed; every problem with its place.
pub(super) fn verify(path: &Path, key: &VerifierKey) -> Result<Report, Failure> {
    let mut look = Look { key, told: Vec::new(), problems: 0, records: 0, lines: 0, entries: 0, newest: None };
    let note =
        look.read(path).map_err(|error| Failure::usage("--evidence", &format!("{}: {error}", path.display())))?;
    match note {
        Some(note) if look.problems == 0 => Ok(look.report(&note)),
        _ => Err(look.failure()),
    }
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    File::open(path).map(BufReader::new)
}

/// What evidence comes as, whatever its file is called.
enum Form {
    Records,
    Manifest,
    Archive,
}

impl Form {
    fn of(path: &Path) -> std::io::Result<Self> {
        let mut first = Vec::new();
        open(path)?.take(LINE_MAX_BYTES).read_until(b'\n', &mut first)?;
        let is_manifest = match serde_json::from_slice::<Value>(&first) {
            Ok(record) => record["files"].is_array(),
            // A manifest is written for people as well, in many lines.
            Err(_) => first.trim_ascii() == b"{",
        };
        Ok(match (first.starts_with(b"PK\x03\x04"), is_manifest) {
            (true, _) => Self::Archive,
            (false, true) => Self::Manifest,
            (false, false) => Self::Records,
        })
    }
}

/// What was seen of evidence so far.
struct Look<'k> {
    key: &'k VerifierKey,
    /// Where, and what: the first of them.
    told: Vec<Value>,
    problems: usize,
    records: usize,
    /// Lines of a review among them.
    lines: usize,
    entries: usize,
    /// The newest entry, and the hash after it.
    newest: Option<(Seq, [u8; 32])>,
}

impl Look<'_> {
    fn problem(&mut self, place: impl Into<String>, detail: impl Into<String>) {
        self.problems += 1;
        if self.told.len() < TOLD_PROBLEMS {
            self.told.push(json!({ "pointer": place.into(), "detail": detail.into() }));
        }
    }

    fn read(&mut self, path: &Path) -> std::io::Result<Option<EvidenceNote>> {
        match Form::of(path)? {
            Form::Records => self.records("", open(path)?),
            Form::Manifest => self.manifest(&mut Parts::Unpacked(path.to_owned()), path),
            Form::Archive => {
                let archive = Archive::open(open(path)?)?;
                self.manifest(&mut Parts::Packed(archive), Path::new(MANIFEST))
            }
        }
    }

    /// A file of records, the last of which says what was signed of those before it.
    fn records(&mut self, within: &str, mut file: impl BufRead) -> std::io::Result<Option<EvidenceNote>> {
        let (mut signed, mut last, mut line, mut count) = (Sha256::new(), Vec::new(), Vec::new(), 0_usize);
        while {
            line.clear();
            file.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut line)? > 0
        } {
            signed.update(&last);
            (self.records, count) = (self.records + 1, count + 1);
            let place = format!("{within}line {count}");
            match serde_json::from_slice::<Value>(&line) {
                Ok(record) if record["type"] == "entry" => self.entry(&place, &record),
                Ok(record) => self.lines += usize::from(record["type"] == "line"),
                Err(_) => self.problem(place, "it is no record"),
            }
            std::mem::swap(&mut last, &mut line);
        }
        let end: Value = serde_json::from_slice(&last).unwrap_or(Value::Null);
        let place = format!("{within}line {count}");
        if end["type"] != "end" {
            self.problem(place, "the file was cut off: its last record is no end");
            return Ok(None);
        }
        // It is behind what was signed, so it says nothing but this, and that once.
        let (head, note) = (&end["chain_head"], &end["note"]);
        let expected = json!({ "type": "end", "lines": self.lines, "chain_head": head, "note": note });
        if end != expected || expected.to_string().len() != last.trim_ascii_end().len() {
            self.problem(&place, "it says more than was signed, or something else");
        }
        Ok(self.note(&place, note.as_str(), signed.finalize().into(), head))
    }

    /// A manifest with what is signed of it beside it, and the files that it names.
    fn manifest(&mut self, parts: &mut Parts, manifest: &Path) -> std::io::Result<Option<EvidenceNote>> {
        let name = manifest.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut bytes = Vec::new();
        if let Some(file) = parts.open(name)? {
            file.take(FILE_MAX_BYTES).read_to_end(&mut bytes)?;
        }
        let written: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let files = written["files"].as_array().map_or(&[][..], Vec::as_slice);
        let note_name = Path::new(name).with_extension("note").display().to_string();
        for more in parts.names() {
            if more != name && more != note_name && !files.iter().any(|file| file["name"] == more) {
                self.problem(more, "it is in the archive, and the manifest does not name it");
            }
        }
        for file in files {
            self.records += 1;
            self.file(parts, file)?;
        }
        let note = match parts.open(&note_name)? {
            Some(file) => std::io::read_to_string(file.take(FILE_MAX_BYTES)).ok(),
            None => None,
        };
        let place = manifest.with_extension("note").display().to_string();
        Ok(self.note(&place, note.as_deref(), Sha256::digest(&bytes).into(), &written["chain_head"]))
    }

    /// A file that a manifest names.
    fn file(&mut self, parts: &mut Parts, told: &Value) -> std::io::Result<()> {
        let name = told["name"].as_str().unwrap_or_default();
        // A name that leads elsewhere is no file of an archive of ours.
        let is_name = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
        let found = match is_name.then(|| parts.open(name)).transpose() {
            Ok(Some(Some(file))) => digest_of(file),
            Ok(_) | Err(_) => None,
        };
        match found {
            None => self.problem(name, "the manifest names it, and it cannot be read"),
            Some(found) if told["sha256"] != HEXLOWER.encode(&found) => self.problem(name, "it is not what was signed"),
            Some(_) => {
                if let Some(file) = parts.open(name)? {
                    match name {
                        "chain.json" => self.chain(file),
                        RECORDS => drop(self.records(&format!("{RECORDS}, "), file)?),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn chain(&mut self, file: impl BufRead) {
        let chain: Value = serde_json::from_reader(file.take(FILE_MAX_BYTES)).unwrap_or(Value::Null);
        let Some(links) = chain["links"].as_array() else {
            return self.problem("chain.json", "it holds no entries");
        };
        for link in links {
            self.entry("chain.json", link);
        }
    }

    /// One entry between the two hashes of its chain, which leads on from the entry before it.
    fn entry(&mut self, place: &str, record: &Value) {
        let Some(link) = link_of(record) else {
            return self.problem(place, "it is no entry with the hashes before and after it");
        };
        let number = link.seq.get();
        if !link.holds() {
            self.problem(place, format!("entry {number} does not lead from the hash before it to the one after it"));
        }
        if let Some((seq, after)) = self.newest {
            if link.seq <= seq {
                self.problem(place, format!("entry {number} stands behind entry {}", seq.get()));
            } else if link.seq == seq.next() && link.before != after {
                self.problem(place, format!("entry {number} does not go on from the one before it"));
            }
        }
        self.entries += 1;
        self.newest = Some((link.seq, link.after));
    }

    /// What the site signed, where it is of these bytes and of this head.
    fn note(&mut self, place: &str, note: Option<&str>, digest: [u8; 32], head: &Value) -> Option<EvidenceNote> {
        let Some(note) = note else {
            self.problem(place, "it is not signed");
            return None;
        };
        let text = match self.key.open(note) {
            Ok(text) => text,
            Err(refused) => {
                self.problem(place, refused.to_string());
                return None;
            }
        };
        let Ok(note) = text.parse::<EvidenceNote>() else {
            self.problem(place, "what was signed is not about evidence");
            return None;
        };
        if note.sha256 != digest {
            self.problem(place, "what stands before the signature is not what was signed");
        }
        if *head != head_json(&note.head) {
            self.problem(place, "the head of the journal is not the one that was signed");
        }
        match self.newest {
            Some((seq, after)) if seq == note.head.seq && after != note.head.hash => {
                self.problem(place, "the newest entry does not lead to the head that was signed");
            }
            Some((seq, _)) if seq > note.head.seq => {
                self.problem(place, format!("entry {} came after the head that was signed", seq.get()));
            }
            _ => {}
        }
        Some(note)
    }

    fn report(&self, note: &EvidenceNote) -> Report {
        let document = json!({
            "site": note.site,
            "of": note.of,
            "made_at": note.made_at,
            "signed_by": self.key.to_string(),
            "records": self.records,
            "entries": self.entries,
            "chain_head": head_json(&note.head),
        });
        Report::Single { kind: "EvidenceVerified", document, text, exit: Exit::Done }
    }

    fn failure(&self) -> Failure {
        let noun = if self.problems == 1 { "problem" } else { "problems" };
        let title = format!("the evidence does not hold: {} {noun}", self.problems);
        let help = "ask the site for it anew; rackward audit key shows there by what it signs";
        Failure::new(Exit::NotVerified, "evidence-not-verified", &title, "", help).with("errors", json!(self.told))
    }
}

fn text(document: &Value, _: &Screen) -> String {
    let word = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let count = |pointer: &str| document.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    format!(
        "{} signed this: {}, made {}\nas it was signed: {} parts, among them entries of the journal: {}\nthe journal stood at \
         entry {}, hash {}\nsigned by {}",
        word("/site"),
        word("/of"),
        word("/made_at"),
        count("/records"),
        count("/entries"),
        count("/chain_head/sequence"),
        word("/chain_head/hash"),
        word("/signed_by"),
    )
}

fn digest_of(mut file: impl BufRead) -> Option<[u8; 32]> {
    let (mut hash, mut part) = (Sha256::new(), vec![0; PART_BYTES]);
    loop {
        match file.read(&mut part).ok()? {
            0 => return Some(hash.finalize().into()),
            count => hash.update(part.get(..count)?),
        }
    }
}

/// The files that evidence has.
enum Parts {
    /// Beside a manifest of this path.
    Unpacked(PathBuf),
    Packed(Archive<BufReader<File>>),
}

impl Parts {
    /// A file by its name; `None` where there is none.
    fn open(&mut self, name: &str) -> std::io::Result<Option<Box<dyn BufRead + '_>>> {
        match self {
            Self::Unpacked(manifest) => match open(&manifest.with_file_name(name)) {
                Ok(file) => Ok(Some(Box::new(file))),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Self::Packed(archive) => {
                Ok(archive.file(name)?.map(|file| -> Box<dyn BufRead + '_> { Box::new(BufReader::new(file)) }))
            }
        }
    }

    /// Every file that is handed on together; around a manifest that was unpacked there can be others.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Unpacked(_) => Vec::new(),
            Self::Packed(archive) => archive.names().map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rackward_core::Wall;
    use rackward_core::entry::{Entry, Stamped};
    use rackward_core::journal::{Chain, Link, canonical};
    use rackward_dashboard::archive::ChainHead;
    use rackward_dashboard::wire::at::At;
    use rackward_dashboard::wire::note::link_json;
    use tempfile::TempDir;

    use super::*;
    use crate::note::NoteKey;

    /// Evidence in a directory of its own, and the key of the site that signed it.
    struct Handed {
        dir: TempDir,
        key: NoteKey,
    }

    impl Handed {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let key = NoteKey::open(dir.path(), "lon1").unwrap();
            Self { dir, key }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn note(&self, signed: &[u8], head: ChainHead) -> String {
            let (site, of) = ("lon1".to_owned(), "access-review rv-1".to_owned());
            let made_at = At(Wall::from_seconds(1_000));
            self.key.sign(&EvidenceNote { site, of, made_at, sha256: Sha256::digest(signed).into(), head }.to_string())
        }

        /// A file of records: three entries of the journal, signed.
        fn records(&self) -> String {
            let (links, head) = links();
            let mut text = "{\"type\":\"version\"}\n{\"type\":\"line\"}\n".to_owned();
            for mut link in links {
                link["type"] = "entry".into();
                text.push_str(&format!("{link}\n"));
            }
            let note = self.note(text.as_bytes(), head);
            let end = json!({ "type": "end", "lines": 1, "chain_head": head_json(&head), "note": note });
            text.push_str(&format!("{end}\n"));
            text
        }

        /// Where each problem is and what it is, none where all is as it was signed.
        fn problems(&self, name: &str) -> Vec<String> {
            let Err(failure) = verify(&self.path(name), self.key.verifier()) else { return Vec::new() };
            assert_eq!(failure.exit, Exit::NotVerified, "{failure:?}");
            let word = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
            let errors = failure.document()["errors"].as_array().unwrap().clone();
            errors.iter().map(|error| format!("{}: {}", word(error, "pointer"), word(error, "detail"))).collect()
        }

        #[track_caller]
        fn check(&self, text: &str, expect: &[&str]) {
            std::fs::write(self.path("rv-1.ndjson"), text).unwrap();
            let problems = self.problems("rv-1.ndjson");
            assert_eq!(problems.len(), expect.len(), "{problems:?}");
            for (problem, part) in problems.iter().zip(expect) {
                assert!(problem.contains(part), "{problem} is not {part}");
            }
        }
    }

    /// Three entries, one after the other, and the hash after the last.
    fn links() -> (Vec<Value>, ChainHead) {
        let mut chain = Chain::new([3; 32]);
        let mut link = |seq: u64| {
            let (before, seq) = (chain.head(), Seq::new(seq));
            let bytes = canonical::encode(&Stamped { seq, at: Wall::from_seconds(9), entry: Entry::Stopped });
            let after = chain.extend(&bytes);
            link_json(&Link { seq, bytes, before, after })
        };
        let links = vec![link(7), link(8), link(9)];
        (links, ChainHead { seq: Seq::new(9), hash: chain.head() })
    }

    #[test]
    fn records_hold_as_they_were_signed_and_no_other_way() {
        let handed = Handed::new();
        let whole = handed.records();
        handed.check(&whole, &[]);
        let signed = "what stands before the signature is not what was signed";
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        let without = |line: usize| [&lines[..line], &lines[line + 1..]].concat().concat();
        handed.check(&without(0), &[signed]);
        handed.check(&without(1), &["more than was signed", signed]);
        handed.check(&without(3), &[signed]);
        let swapped = [lines[0], lines[1], lines[3], lines[2], lines[4], lines[5]].concat();
        handed.check(&swapped, &["behind", signed]);
        handed.check(&whole.replacen("version", "other", 1), &[signed]);
        let changed = |line: usize, member: &str, value: Value| {
            let mut record: Value = serde_json::from_str(lines[line]).unwrap();
            record[member] = value;
            whole.replacen(lines[line].trim_end(), &record.to_string(), 1)
        };
        let another = json!(HEXLOWER.encode(&[5; 32]));
        handed.check(&changed(2, "before", another.clone()), &["line 3: entry 7 does not lead", signed]);
        handed.check(&changed(2, "after", another), &["line 3: entry 7", "line 4: entry 8 does not go on", signed]);
        handed.check(&changed(4, "sequence", json!(10)), &["line 5: entry 10 does not lead", signed, "after the head"]);
        handed.check(&changed(4, "bytes", json!("AB")), &["line 5: it is no entry", signed]);
        handed.check(&without(5), &["line 5: the file was cut off"]);
        handed.check("", &["cut off"]);
        handed.check(&changed(0, "type", json!("entry")), &["line 1: it is no entry", signed]);
        handed.check(&whole.replacen(lines[0].trim_end(), "no record", 1), &["line 1: it is no record", signed]);
        // Nothing can be said behind what was signed.
        let more = "line 6: it says more than was signed";
        handed.check(&changed(5, "lines", json!(2)), &[more]);
        handed.check(&changed(5, "decisions", json!([])), &[more]);
        handed.check(&changed(5, "chain_head", json!({ "sequence": 9 })), &["head of the journal"]);
        handed.check(&whole.replace(",\"lines\":1", ",\"lines\":7,\"lines\":1"), &[more]);
        handed.check(&whole.replace(",\"lines\":1", ", \"lines\":1"), &[more]);
        handed.check(&whole.replace("\"note\":", "\"other\":"), &[more, "it is not signed"]);
        handed.check(&whole.replace("site lon1", "site lon2"), &["was another text"]);
        let other = Handed::new();
        handed.check(&other.records(), &["it was not signed by rackward/lon1"]);
        // No byte of it all can be another one.
        for place in 0..whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[place] ^= 1;
            std::fs::write(handed.path("rv-1.ndjson"), bytes).unwrap();
            assert!(!handed.problems("rv-1.ndjson").is_empty(), "byte {place}");
        }
    }

    #[test]
    fn a_manifest_holds_with_every_file_that_it_names() {
        let handed = Handed::new();
        let (links, head) = links();
        let write = |name: &str, text: &str| std::fs::write(handed.path(name), text).unwrap();
        let chain = json!({ "links": links }).to_string();
        let file = |name: &str, text: &str| json!({ "name": name, "sha256": HEXLOWER.encode(&Sha256::digest(text)) });
        let files = [file("chain.json", &chain), file("events.ndjson", "one\n")];
        let manifest = json!({ "chain_head": head_json(&head), "files": files }).to_string();
        let put = || {
            write("chain.json", &chain);
            write("events.ndjson", "one\n");
            write("manifest.json", &manifest);
            write("manifest.note", &handed.note(manifest.as_bytes(), head));
        };
        put();
        assert_eq!(handed.problems("manifest.json"), [""; 0]);
        write("events.ndjson", "two\n");
        assert_eq!(handed.problems("manifest.json"), ["events.ndjson: it is not what was signed"]);
        std::fs::remove_file(handed.path("events.ndjson")).unwrap();
        assert_eq!(handed.problems("manifest.json"), ["events.ndjson: the manifest names it, and it cannot be read"]);
        put();
        write("manifest.json", &manifest.replace("events", "../events"));
        assert_eq!(handed.problems("manifest.json").len(), 2, "the manifest is another, and leads elsewhere");
        write("chain.json", "{}");
        write(
            "manifest.json",
            &manifest.replace(&HEXLOWER.encode(&Sha256::digest(&chain)), &HEXLOWER.encode(&Sha256::digest("{}"))),
        );
        assert!(handed.problems("manifest.json").contains(&"chain.json: it holds no entries".to_owned()));
        std::fs::remove_file(handed.path("manifest.note")).unwrap();
        assert!(
            handed.problems("manifest.json").iter().any(|problem| problem.contains("manifest.note: it is not signed"))
        );
        write("e.zip", "PK\u{3}\u{4}...");
        let packed = verify(&handed.path("e.zip"), handed.key.verifier()).unwrap_err();
        assert!(packed.exit == Exit::Usage && packed.text().contains("as the site writes them"), "{packed:?}");
        let missing = verify(&handed.path("nowhere.json"), handed.key.verifier()).unwrap_err();
        assert_eq!(missing.exit, Exit::Usage, "{missing:?}");
    }

    #[test]
    fn an_archive_holds_as_its_manifest_says_and_with_nothing_more() {
        let handed = Handed::new();
        let (_, head) = links();
        let (records, sheet) = (handed.records(), b"%PDF-1.7 ...".as_slice());
        let file =
            |name: &str, bytes: &[u8]| json!({ "name": name, "sha256": HEXLOWER.encode(&Sha256::digest(bytes)) });
        let files = [file(RECORDS, records.as_bytes()), file("review.pdf", sheet)];
        let manifest = json!({ "chain_head": head_json(&head), "files": files }).to_string();
        let note = handed.note(manifest.as_bytes(), head);
        let check = |records: &str, sheet: &[u8], more: &[(&str, &[u8])], expect: &[&str]| {
            let mut parts = vec![(RECORDS, records.as_bytes()), ("review.pdf", sheet)];
            parts.extend([(MANIFEST, manifest.as_bytes()), ("manifest.note", note.as_bytes())]);
            parts.extend(more);
            std::fs::write(handed.path("rv-1.zip"), archive::packed(&parts)).unwrap();
            assert_eq!(handed.problems("rv-1.zip"), expect);
        };
        check(&records, sheet, &[], &[]);
        check(&records, b"%PDF-1.7 !..", &[], &["review.pdf: it is not what was signed"]);
        check(&records.replace("version", "other"), sheet, &[], &["review.ndjson: it is not what was signed"]);
        let more = "more.txt: it is in the archive, and the manifest does not name it";
        check(&records, sheet, &[("more.txt", b"see here")], &[more]);
        let report = verify(&handed.path("nowhere.zip"), handed.key.verifier()).unwrap_err();
        assert_eq!(report.exit, Exit::Usage);
        // What is wrong inside the records is told with its line.
        let (text, last) = records.trim_end().rsplit_once('\n').unwrap();
        let wrong = format!("{}\n{last}\n", text.replacen("line", "lime", 1));
        let manifest =
            manifest.replace(&HEXLOWER.encode(&Sha256::digest(&records)), &HEXLOWER.encode(&Sha256::digest(&wrong)));
        let note = handed.note(manifest.as_bytes(), head);
        let parts = [(RECORDS, wrong.as_bytes()), ("review.pdf", sheet), (MANIFEST, manifest.as_bytes())];
        let parts = [&parts[..], &[("manifest.note", note.as_bytes())]].concat();
        std::fs::write(handed.path("rv-1.zip"), archive::packed(&parts)).unwrap();
        let problems = handed.problems("rv-1.zip");
        assert!(problems.iter().all(|problem| problem.starts_with("review.ndjson, line 6: ")), "{problems:?}");
        assert_eq!(problems.len(), 2, "one line less, and not what was signed: {problems:?}");
    }
}
