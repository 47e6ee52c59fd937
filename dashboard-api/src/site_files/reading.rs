//! Objects as text: their digest, and what is kept of them so that an apply can be undone.

use rackward_core::id::{AgreementId, CalendarId, GrantId, ProfileId, ScheduleId};
use rackward_core::site_files::{FileRecord, PART_MAX_BYTES, PARTS_MAX_COUNT};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::wire::site_file::Object;

/// SHA-256 of objects, whatever files they came from.
pub(crate) fn digest(objects: &[Object]) -> [u8; 32] {
    let text = serde_json::to_vec(objects).unwrap_or_default();
    Sha256::digest(&text).into()
}

/// What files would have said before an apply of all that it changed.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Former {
    /// Objects that were other than they became, or that went.
    pub(crate) objects: Vec<Object>,
    /// Kinds and names of objects that were not there.
    pub(crate) absent: Vec<(String, String)>,
    /// What was there and no files looked after; nothing where an earlier version kept it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) taken_over: Vec<TakenOver>,
}

/// Records that one object took over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TakenOver {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The numbers of their ids.
    numbers: Vec<u32>,
}

impl Former {
    /// Remembers that a record became the files' as part of an object.
    pub(crate) fn took_over(&mut self, kind: &str, name: &str, record: FileRecord) {
        let number = number_of(record);
        match self.taken_over.last_mut().filter(|last| last.kind == kind && last.name == name) {
            Some(last) => last.numbers.push(number),
            None => {
                let (kind, name) = (kind.to_owned(), name.to_owned());
                self.taken_over.push(TakenOver { kind, name, numbers: vec![number] });
            }
        }
    }
}

impl TakenOver {
    pub(crate) fn records(&self) -> impl Iterator<Item = FileRecord> + '_ {
        self.numbers.iter().map(|number| match self.kind.as_str() {
            "Calendar" => FileRecord::Calendar(CalendarId::new(*number)),
            "Schedule" => FileRecord::Schedule(ScheduleId::new(*number)),
            "Agreement" => FileRecord::Agreement(AgreementId::new(*number)),
            "AccessProfile" => FileRecord::Profile(ProfileId::new(*number)),
            _ => FileRecord::Grant(GrantId::new(*number)),
        })
    }
}

const fn number_of(record: FileRecord) -> u32 {
    match record {
        FileRecord::Calendar(id) => id.get(),
        FileRecord::Schedule(id) => id.get(),
        FileRecord::Agreement(id) => id.get(),
        FileRecord::Profile(id) => id.get(),
        FileRecord::Grant(id) => id.get(),
    }
}

/// It in parts that a journal has room for; none where it is too large to be kept.
pub(crate) fn former_parts(former: &Former) -> Vec<String> {
    let mut rest = serde_json::to_string(former).unwrap_or_default();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if parts.len() == PARTS_MAX_COUNT {
            return Vec::new();
        }
        let after = rest.split_off(rest.floor_char_boundary(PART_MAX_BYTES));
        parts.push(rest);
        rest = after;
    }
    parts
}

/// It as it was kept.
pub(crate) fn read_former(parts: &[String]) -> Option<Former> {
    if parts.is_empty() { None } else { serde_json::from_str(&parts.concat()).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_is_kept_in_parts_or_not_at_all() {
        let of = |count: usize| Former {
            objects: Vec::new(),
            absent: (0..count).map(|number| ("Grant".to_owned(), format!("ä{number}"))).collect(),
            taken_over: Vec::new(),
        };
        for count in [0, 1, 20_000] {
            let parts = former_parts(&of(count));
            assert!(parts.iter().all(|part| part.len() <= PART_MAX_BYTES), "{count}");
            assert_eq!(read_former(&parts), Some(of(count)));
        }
        assert_eq!(former_parts(&of(600_000)), Vec::<String>::new());
        assert_eq!(read_former(&[]), None);
    }
}
