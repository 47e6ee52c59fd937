//! Racks from a file: what NetBox's API answered, whole or only its results, or a CSV export with the headings of NetBox's own
//! import form.

use std::path::Path;

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use rackward_dashboard::wire::request::RackOfRegister;
use serde_json::{Map, Value};

use super::{RACKS_MAX_COUNT, Racks, odd};
use crate::cli::failure::Failure;
use crate::cli::verbs::read_file;

/// The longest file that is read.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// The headings of NetBox's table, with the names of its import form.
const HEADINGS: [(&str, &str); 4] =
    [("height (u)", "u_height"), ("height", "u_height"), ("serial number", "serial"), ("facility id", "facility_id")];

/// Every rack of a file.
///
/// # Errors
/// It cannot be read, or is no whole list of racks; or everything that is wrong with single ones, by line where there are lines.
pub(crate) fn read(path: &Path) -> Result<Vec<RackOfRegister>, Failure> {
    let bytes = read_file(path, "the file", MAX_FILE_BYTES)?;
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&bytes);
    let begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let mut racks = Racks::default();
    if matches!(begins, Some(b'{' | b'[')) {
        of_json(bytes)?.iter().for_each(|item| racks.take_next(item));
    } else {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        of_csv(bytes, &name, &mut racks)?;
    }
    if racks.count > RACKS_MAX_COUNT {
        return Err(odd(format!("there are more than {RACKS_MAX_COUNT} racks")));
    }
    racks.whole()
}

fn of_json(bytes: &[u8]) -> Result<Vec<Value>, Failure> {
    let document: Value =
        serde_json::from_slice(bytes).map_err(|error| odd(format!("it is no whole JSON: {error}")))?;
    let count = document.get("count").and_then(Value::as_u64);
    let items = match document {
        Value::Array(items) => items,
        Value::Object(mut members) => match members.remove("results") {
            Some(Value::Array(items)) => items,
            _ => return Err(odd("it has no results")),
        },
        _ => return Err(odd("it is no list")),
    };
    if count.is_some_and(|count| count != items.len() as u64) {
        return Err(odd(format!(
            "it promises {} racks and has {}: one page of several",
            count.unwrap_or_default(),
            items.len()
        )));
    }
    Ok(items)
}

fn of_csv(bytes: &[u8], name: &str, racks: &mut Racks) -> Result<(), Failure> {
    let text = core::str::from_utf8(bytes).map_err(|_| odd("it is not UTF-8"))?;
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| odd(format!("it cannot be read as CSV: {error}"));
    let heads: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(heading).collect();
    if !["id", "name", "site"].iter().all(|head| heads.iter().any(|known| known == head)) {
        return Err(odd(format!("its heading wants id, name and site, and has {}", heads.join(", "))));
    }
    for record in reader.records() {
        let line = |place: Option<&csv::Position>| format!("{name}:{}", place.map_or(0, csv::Position::line));
        match record {
            Ok(record) => racks.take(line(record.position()), &rack_in(&heads, &record)),
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { pos, expected_len, len } => {
                    racks.count += 1;
                    let what = format!("it has {len} cells, and the heading has {expected_len}");
                    racks.faults.push((line(pos.as_ref()), what));
                }
                _ => return Err(unreadable(error)),
            },
        }
    }
    Ok(())
}

/// One line as the API would tell it. An id that is no whole number stays as it is written, and is found to be none.
fn rack_in(heads: &[String], record: &StringRecord) -> Value {
    let mut item = Map::new();
    for (head, cell) in heads.iter().zip(record.iter()) {
        let number = cell.trim().parse::<f64>().ok().filter(|_| matches!(head.as_str(), "id" | "u_height"));
        let value = match (head.as_str(), number) {
            ("id", Some(id)) if id.fract() == 0.0 && (0.0..4_294_967_296.0).contains(&id) => Value::from(id as u64),
            ("id", _) => Value::from(cell.trim()),
            (_, Some(number)) => Value::from(number),
            (_, None) => Value::from(cell),
        };
        item.insert(head.clone(), value);
    }
    Value::Object(item)
}

fn heading(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let known = HEADINGS.iter().find(|(head, _)| *head == text).map(|(_, name)| (*name).to_owned());
    known.unwrap_or_else(|| text.replace(' ', "_"))
}
